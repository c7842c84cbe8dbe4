//! Sessions by name and by fingerprint.

use std::sync::Arc;

use lynkr_protocol::Dialect;
use lynkr_protocol::peek::peek;

use super::{Session, SessionId};
use crate::identity::Identity;
use crate::ingress::Ingress;

fn ingress(dialect: Dialect, headers: &[(&str, &str)], body: &str) -> Ingress {
    Ingress::sample(dialect, headers, body.to_owned())
}

fn of(dialect: Dialect, headers: &[(&str, &str)], body: &str) -> Option<SessionId> {
    let ingress = ingress(dialect, headers, body);
    let peek = peek(dialect, &ingress.body).unwrap();
    Session::of(&ingress, &peek, true).id().cloned()
}

#[test]
fn names_count_in_their_order() {
    let body = r#"{"conversation_id":"c","sessionId":"b","session_id":"a","messages":[{"role":"user","content":"x"}]}"#;
    let named = |headers: &[(&str, &str)], body: &str| {
        let found = of(Dialect::Anthropic, headers, body).unwrap();
        assert!(found.named);
        found.id
    };
    assert_eq!(named(&[("anthropic-session-id", "late"), ("x-session-id", "early")], body), "early");
    assert_eq!(named(&[("x-session-id", " ")], body), "a");
    assert_eq!(named(&[], &body.replace("\"a\"", "7")), "b");
    assert_eq!(named(&[], &body.replace("\"a\"", "\"\"").replace("\"b\"", "null")), "c");
    let mut surface = ingress(Dialect::Anthropic, &[("x-session-id", "header")], body);
    surface.identity = Arc::new(Identity { session: Some("surface".to_owned()), ..Identity::default() });
    assert_eq!(SessionId::of_head(&surface).unwrap().id, "surface");
}

/// `printf 'Hi.\0Be kind.\0cli/1' | sha256sum`
const DIGEST: &str = "fp-063345347031a85461bf8966e1729c50";

#[test]
fn the_fingerprint_is_the_older_products() {
    let agent = [("user-agent", "cli/1")];
    for (dialect, body) in [
        (Dialect::Anthropic, r#"{"system":"Be kind.","messages":[{"role":"user","content":"Hi."}]}"#),
        (
            Dialect::Anthropic,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>12:01</system-reminder>Hi."}]},
            {"role":"user","content":"later"}],"system":[{"type":"text","text":"Be kind."}]}"#,
        ),
        (Dialect::OpenAiResponses, r#"{"instructions":"Be kind.","input":"Hi."}"#),
        (
            Dialect::OpenAiResponses,
            r#"{"instructions":"Be kind.","input":[{"role":"developer","content":"x"},{"role":"user","content":[{"type":"input_text","text":"Hi."}]}]}"#,
        ),
        (
            Dialect::Gemini,
            r#"{"systemInstruction":{"parts":[{"text":"Be kind."}]},"contents":[{"parts":[{"text":"Hi."}]}]}"#,
        ),
    ] {
        let found = of(dialect, &agent, body).unwrap();
        assert_eq!((found.id.as_str(), found.named), (DIGEST, false), "{body}");
    }
}

#[test]
fn only_the_beginning_counts_and_nothing_is_no_session() {
    let body = |words: &str| format!(r#"{{"messages":[{{"role":"user","content":"{words}"}}]}}"#);
    let long = "\u{e9}".repeat(2_000);
    let id = |words: &str| of(Dialect::OpenAiChat, &[], &body(words)).map(|session| session.id);
    assert_eq!(id(&long), id(&(long.clone() + "x")));
    assert_ne!(id(&long), id(&("x".to_owned() + &long)));
    assert_eq!(id("<system-reminder>only</system-reminder>"), None);
    assert_eq!(of(Dialect::OpenAiChat, &[], r#"{"messages":[]}"#), None);
    let plain = ingress(Dialect::OpenAiChat, &[], &body("Hi."));
    let seen = peek(Dialect::OpenAiChat, &plain.body).unwrap();
    assert_eq!(Session::of(&plain, &seen, false).id(), None);
}
