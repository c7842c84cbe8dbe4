//! Every fixture: what is read is written back, on the wire and through the neutral form.

use serde_json::Value;

use super::super::wire::{Request, Response};
use super::*;

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/dialects/anthropic/", $path))
    };
}
pub(super) use fixture;

const REQUESTS: &[(&str, &str)] = &[
    ("first-turn", fixture!("first-turn/request.json")),
    ("after-tool", fixture!("after-tool/request.json")),
    ("thinking", fixture!("thinking/request.json")),
    ("images", fixture!("images/request.json")),
    ("server-tools", fixture!("server-tools/request.json")),
    ("openai-forms", fixture!("openai-forms/request.json")),
    ("minimal", fixture!("minimal/request.json")),
];

#[test]
fn the_wire_types_lose_nothing() {
    for (name, text) in REQUESTS {
        let wire: Request = serde_json::from_str(text).unwrap();
        assert_eq!(
            serde_json::to_value(&wire).unwrap(),
            serde_json::from_str::<Value>(text).unwrap(),
            "{name}"
        );
    }
    let text = fixture!("tool-turn/reply.json");
    let wire: Response = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&wire).unwrap(), serde_json::from_str::<Value>(text).unwrap());
}

#[test]
fn the_neutral_form_loses_nothing_of_its_own_dialect() {
    for (name, text) in REQUESTS {
        let once = decode(text);
        let encoded = AnthropicCodec.encode_request(&once, &Target::new("up")).unwrap();
        assert_eq!(encoded.losses, [], "{name}");
        let mut twice = AnthropicCodec.decode_request(&encoded.body).unwrap();
        assert_eq!(twice.model, "up");
        twice.model.clone_from(&once.model);
        if once.max_tokens.is_none() {
            twice.max_tokens = None;
        }
        // Another vendor's form comes back in this dialect's own.
        if *name != "openai-forms" {
            assert_eq!(twice, once, "{name}");
        }
    }
}

#[test]
fn a_reply_survives() {
    let text = fixture!("tool-turn/reply.json");
    let reply = AnthropicCodec.decode_reply(text.as_bytes()).unwrap();
    let context = ReplyContext { model: "claude-opus-4-8".to_owned(), ..context() };
    let back: Value = serde_json::from_slice(&AnthropicCodec.encode_reply(&reply, &context)).unwrap();
    assert_eq!(back, serde_json::from_str::<Value>(text).unwrap());
}
