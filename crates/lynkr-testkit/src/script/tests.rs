//! Scripts: splitting and pacing keep every byte.

use std::time::Duration;

use super::*;

fn sends(script: Script) -> Vec<String> {
    let mut sends = Vec::new();
    for step in script.into_steps() {
        if let Step::Send(bytes) = step {
            sends.push(String::from_utf8(bytes.to_vec()).unwrap());
        }
    }
    sends
}

#[test]
fn split_every_cuts_each_send() {
    assert_eq!(sends(Script::new().send("abcde").send("fg").split_every(2)), ["ab", "cd", "e", "fg"]);
}

#[test]
fn split_at_joins_and_cuts_at_offsets_only() {
    assert_eq!(sends(Script::new().send("abc").send("def").split_at(&[1, 4, 0, 6, 99])), ["a", "bcd", "ef"]);
}

#[test]
fn paced_sleeps_between_sends() {
    let steps = Script::new().send("a").send("b").paced(Duration::from_millis(7)).into_steps();
    assert!(matches!(steps.as_slice(), [Step::Send(_), Step::Sleep(_), Step::Send(_)]));
}
