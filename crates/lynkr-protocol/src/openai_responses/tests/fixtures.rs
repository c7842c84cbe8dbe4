//! Every fixture: what is read is written back, on the wire and through the neutral form.

use super::super::wire::{Request, Response};
use super::*;

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/dialects/openai_responses/", $path))
    };
}
pub(super) use fixture;

pub(super) const REQUESTS: &[(&str, &str)] = &[
    ("codex-first", fixture!("codex-first/request.json")),
    ("codex-tools", fixture!("codex-tools/request.json")),
    ("codex-reasoning", fixture!("codex-reasoning/request.json")),
    ("codex-asides", fixture!("codex-asides/request.json")),
    ("codex-images", fixture!("codex-images/request.json")),
    ("schema", fixture!("schema/request.json")),
    ("copilot", fixture!("copilot/request.json")),
    ("sdk-text", fixture!("sdk-text/request.json")),
    ("sdk-tool", fixture!("sdk-tool/request.json")),
    ("server-items", fixture!("server-items/request.json")),
];

const REPLIES: &[(&str, &str)] = &[
    ("tool-turn", fixture!("tool-turn/reply.json")),
    ("reasoning-turn", fixture!("reasoning-turn/reply.json")),
];

#[test]
fn the_wire_types_lose_nothing() {
    for (name, text) in REQUESTS {
        let wire: Request = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&wire).unwrap(), value(text), "{name}");
    }
    for (name, text) in REPLIES {
        let wire: Response = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&wire).unwrap(), value(text), "{name}");
    }
}

#[test]
fn a_request_comes_back_as_it_was() {
    for (name, text) in REQUESTS {
        let conversation = decode(text);
        let target = Target::new(conversation.model.clone());
        let (back, losses) = encode_for(&conversation, &target);
        assert_eq!(losses, [""; 0], "{name}");
        assert_eq!(back, value(text), "{name}");
    }
}

#[test]
fn the_neutral_form_comes_back_too() {
    for (name, text) in REQUESTS {
        // Raw values compare by their text, so the layout must be the same on both sides.
        let once = decode(&value(text).to_string());
        let (back, _) = encode_for(&once, &Target::new(once.model.clone()));
        assert_eq!(decode(&back.to_string()), once, "{name}");
    }
}

#[test]
fn a_reply_comes_back_as_it_was() {
    for (name, text) in REPLIES {
        let reply = OpenAiResponsesCodec.decode_reply(text.as_bytes()).unwrap();
        let context = ReplyContext { model: "gpt-5.4".to_owned(), ..context() };
        let mut back: Value =
            serde_json::from_slice(&OpenAiResponsesCodec.encode_reply(&reply, &context)).unwrap();
        let mut expected = value(text);
        if *name == "reasoning-turn" {
            // A refusal has no place for its item's id and status.
            for object in [&mut back, &mut expected] {
                let item = object.pointer_mut("/output/1").unwrap().as_object_mut().unwrap();
                item.remove("id");
                item.remove("status");
            }
        }
        assert_eq!(back, expected, "{name}");
    }
}
