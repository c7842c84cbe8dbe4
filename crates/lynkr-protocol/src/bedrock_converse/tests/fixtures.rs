//! Every fixture: what is read is written back, on the wire and through the neutral form.

use super::super::wire::{Request, Response};
use super::*;

const REQUESTS: &[(&str, &str)] = &[
    ("minimal", fixture!("minimal/request.json")),
    ("first-turn", fixture!("first-turn/request.json")),
    ("after-tool", fixture!("after-tool/request.json")),
    ("everything", fixture!("everything/request.json")),
];

const REPLIES: &[&str] =
    &[fixture!("tool-turn/reply.json"), fixture!("cited/reply.json"), fixture!("guarded/reply.json")];

#[test]
fn the_wire_types_lose_nothing() {
    for (name, text) in REQUESTS {
        let wire: Request = serde_json::from_str(text).unwrap();
        assert_eq!(plain(serde_json::to_value(&wire).unwrap()), parse(text), "{name}");
    }
    for text in REPLIES {
        let wire: Response = serde_json::from_str(text).unwrap();
        assert_eq!(plain(serde_json::to_value(&wire).unwrap()), parse(text));
    }
}

#[test]
fn the_neutral_form_loses_nothing_of_its_own_dialect() {
    for (name, text) in REQUESTS {
        let (back, losses) = encode_for(&decode(text), CLAUDE);
        assert_eq!(plain(back), parse(text), "{name}");
        assert_eq!(losses, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn replies_survive() {
    for text in REPLIES {
        let reply = BedrockConverseCodec.decode_reply(text.as_bytes()).unwrap();
        let back: Value =
            serde_json::from_slice(&BedrockConverseCodec.encode_reply(&reply, &context())).unwrap();
        assert_eq!(plain(back), parse(text));
    }
}

#[test]
fn odd_forms_of_this_dialect_survive_too() {
    let cases = [
        json!({"messages": [{"role": "system", "content": [{"text": "Be brief."}]}]}),
        json!({"messages": [{"role": "user", "content": [{"text": "a", "tomorrow": 1}], "tomorrow": 2}]}),
        json!({"messages": [{"role": "user", "content": [{"tomorrow": {"x": 1}}]}], "system": []}),
        json!({"messages": [{"role": "user", "content": [{"cachePoint": {"type": "later", "x": 1}}]}]}),
        json!({"messages": [{"role": "user", "content": [{"text": "a"}]}], "inferenceConfig": {},
            "outputConfig": {}, "additionalModelRequestFields": {}}),
        json!({"messages": [{"role": "user", "content": [{"text": "a"}]}],
            "additionalModelRequestFields": {"thinking": {"type": "later"}, "top_k": "many"},
            "outputConfig": {"textFormat": {"type": "grammar"}}, "serviceTier": {"type": "flex", "x": 1}}),
        json!({"messages": [{"role": "user", "content": [{"toolResult": {"toolUseId": "a", "content": [],
            "status": "later"}}]}]}),
        json!({"messages": [{"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "a", "name": "search", "input": {}, "type": "server_tool_use"}},
            {"citationsContent": {"content": [{"text": "a"}, {"text": "b"}], "citations": []}},
            {"reasoningContent": {"reasoningText": {"text": "hm", "x": 1}}}]}]}),
    ];
    for case in cases {
        let (back, losses) = encode_for(&decode(&case.to_string()), CLAUDE);
        assert_eq!((back, losses), (case, Vec::new()));
    }
}
