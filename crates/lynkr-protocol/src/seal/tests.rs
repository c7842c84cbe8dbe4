//! Seals open to what was sealed, and nothing else opens.

use super::*;

#[test]
fn round_trips() {
    for proof in [
        Proof::Signature("s".to_owned()),
        Proof::Item { id: "rs_1".to_owned(), encrypted: Some("e".to_owned()) },
        Proof::Item { id: "rs_1".to_owned(), encrypted: None },
        Proof::Details(Json::of(&json!([{"type": "reasoning.encrypted", "data": "d", "index": 0}]))),
    ] {
        let thinking = Thinking { text: "why".to_owned(), proof: Some(proof), ..Thinking::default() };
        assert_eq!(open(&seal(&thinking).unwrap()), Some(thinking));
    }
    let redacted = Thinking { proof: Some(Proof::Redacted("r".to_owned())), ..Thinking::default() };
    assert_eq!(open(&seal(&redacted).unwrap()), Some(redacted));
}

#[test]
fn foreign_fields_stay_closed() {
    for field in ["", "EqQBCg…", "lynkr.v1.", "lynkr.v1.!!!", "lynkr.v1.e30="] {
        assert_eq!(open(field), None, "{field}");
    }
    assert_eq!(seal(&Thinking::default()), None);
    // Details of words alone prove nothing.
    let words = Json::of(&json!([{"type": "reasoning.text", "text": "why", "index": 0}]));
    assert_eq!(seal(&Thinking { proof: Some(Proof::Details(words)), ..Thinking::default() }), None);
}
