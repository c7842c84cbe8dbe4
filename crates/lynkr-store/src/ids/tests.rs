//! Names stay short, apart and in order.

use super::*;

#[test]
fn long_names_stay_apart_and_short() {
    assert_eq!(bounded("s"), "s");
    let (one, two) = ("ß".repeat(1000), format!("{}x", "ß".repeat(1000)));
    assert_ne!(bounded(&one), bounded(&two));
    assert_eq!(bounded(&one), bounded(&one));
    assert!(bounded(&one).len() <= LONGEST && bounded(&one).starts_with("ßß"));
    assert_eq!(bounded(&bounded(&one)), bounded(&one));
}

#[test]
fn ids_are_unique_and_in_order() {
    let ids: Vec<String> = (0..1000).map(|_| record_id()).collect();
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(ids, sorted);
}
