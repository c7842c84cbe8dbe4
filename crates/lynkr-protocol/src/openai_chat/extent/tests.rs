//! The end of an object is seen at any split.

use super::*;

fn is_whole(fragments: &[&str]) -> bool {
    let mut extent = Extent::default();
    for fragment in fragments {
        extent.push(fragment);
    }
    extent.is_whole()
}

#[test]
fn objects_end_where_they_end() {
    let text = r#" {"a": "}\\\"{", "b": [1, {"c": "]"}]} "#;
    let end = text.rfind('}').unwrap();
    for at in 0..text.len() {
        let (one, two) = text.split_at(at);
        assert!(is_whole(&[one, two]), "{at}");
        assert_eq!(is_whole(&[one]), at > end, "{at}");
    }
    assert!(is_whole(&["{", "}"]));
}

#[test]
fn what_never_began_is_not_whole() {
    for text in ["", "  ", "null", "\"{}\"", "plain"] {
        assert!(!is_whole(&[text]), "{text}");
    }
}
