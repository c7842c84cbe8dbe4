//! Seals open to what was sealed, and nothing else opens.

use super::*;

#[test]
fn round_trips() {
    for proof in [
        Proof::Signature("s".to_owned()),
        Proof::Item { id: "rs_1".to_owned(), encrypted: Some("e".to_owned()) },
        Proof::Item { id: "rs_1".to_owned(), encrypted: None },
        Proof::ThoughtSignature { signature: "t".to_owned(), alone: false },
        Proof::ThoughtSignature { signature: "t".to_owned(), alone: true },
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
}
