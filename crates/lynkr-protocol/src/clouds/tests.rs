//! Envelopes come off whole, and clouds' names for models become the vendor's.

use super::{open, plain_bedrock_model, plain_vertex_model};

#[test]
fn an_envelope_comes_off_and_nothing_else() {
    let body = br#"{ "anthropic_version":"bedrock-2023-05-31", "max_tokens" : 9,"anthropic_beta":["a","b"], "messages":[] , "zz":1.50}"#;
    let opened = open(body, Some("m\"1"), Some(true)).unwrap();
    let expected = r#"{"model":"m\"1","stream":true, "max_tokens" : 9,"messages":[] , "zz":1.50}"#;
    assert_eq!(String::from_utf8(opened.body).unwrap(), expected);
    assert_eq!(opened.version.as_deref(), Some("bedrock-2023-05-31"));
    assert_eq!(opened.betas, ["a", "b"]);
    let counted = open(br#"{"messages":[],"model":"c"}"#, None, None).unwrap();
    assert_eq!(counted.body, br#"{"model":"c","messages":[]}"#);
    for (empty, model, expected) in [
        ("{}", Some("m"), r#"{"model":"m","stream":true}"#),
        (r#"{"anthropic_version":"v" }"#, Some("m"), r#"{"model":"m","stream":true }"#),
        ("{}", None, r#"{"stream":true}"#),
    ] {
        let opened = open(empty.as_bytes(), model, Some(true)).unwrap();
        assert_eq!(String::from_utf8(opened.body).unwrap(), expected);
    }
    assert_eq!(open(b"{ }", None, None).unwrap().body, b"{ }");
    for wrong in [&b"[]"[..], b"{", b"", br#"{"anthropic_beta":"a"}"#] {
        assert!(open(wrong, Some("m"), None).is_err());
    }
}

#[test]
fn names_of_the_clouds_have_a_plain_form() {
    for (name, plain) in [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            "claude-3-haiku-20240307",
        ),
        ("global.anthropic.claude-sonnet-5", "claude-sonnet-5"),
        ("eu.amazon.nova-pro-v1:0", "eu.amazon.nova-pro-v1:0"),
        ("gpt-5", "gpt-5"),
    ] {
        assert_eq!(plain_bedrock_model(name), plain);
    }
    for (name, plain) in [
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"),
        ("claude-opus-4-6@default", "claude-opus-4-6"),
        ("gpt-5", "gpt-5"),
    ] {
        assert_eq!(plain_vertex_model(name), plain);
    }
}
