//! Every fixture: what is read is written back, on the wire and through the neutral form.

use super::super::wire::{Request, Response};
use super::*;

pub(super) const REQUESTS: &[(&str, &str)] = &[
    ("first-turn", fixture!("first-turn/request.json")),
    ("after-tool", fixture!("after-tool/request.json")),
    ("routing", fixture!("routing/request.json")),
    ("minimal", fixture!("minimal/request.json")),
    ("everything", fixture!("everything/request.json")),
    ("no-ids", fixture!("no-ids/request.json")),
    ("openapi", fixture!("openapi/request.json")),
];

const REPLIES: &[&str] = &[fixture!("tool-turn/reply.json"), fixture!("filtered/reply.json")];

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
        let (back, losses) = encode(&decode(text));
        assert_eq!(plain(back), parse(text), "{name}");
        assert_eq!(losses, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn replies_survive() {
    for text in REPLIES {
        let reply = GeminiCodec.decode_reply(text.as_bytes()).unwrap();
        let context = ReplyContext { model: reply.model.clone(), ..context() };
        let back: Value = serde_json::from_slice(&GeminiCodec.encode_reply(&reply, &context)).unwrap();
        assert_eq!(plain(back), parse(text));
    }
}

#[test]
fn snake_case_is_the_same_request() {
    let (body, losses) = encode(&decode(fixture!("snake/request.json")));
    assert!(losses.is_empty());
    assert_eq!(body["systemInstruction"]["parts"][0]["text"], "Be kind.");
    assert_eq!(body["contents"][0]["parts"][1]["inlineData"]["mimeType"], "image/png");
    let call = &body["contents"][1]["parts"][0];
    assert_eq!(call["functionCall"]["args"]["user_name"], "a");
    assert_eq!(call["thoughtSignature"], "c2ln");
    assert_eq!(body["contents"][2]["parts"][0]["functionResponse"]["response"]["out_put"], 1);
    let tool = &body["tools"][0]["functionDeclarations"][0];
    assert_eq!(tool["parameters"]["properties"]["user_name"]["type"], "string");
    assert_eq!(body["tools"][1], serde_json::json!({"googleSearch": {}}));
    let calling = &body["toolConfig"]["functionCallingConfig"];
    assert_eq!(calling, &serde_json::json!({"mode": "ANY", "allowedFunctionNames": ["find_it"]}));
    let config = serde_json::json!(
        {"maxOutputTokens": 10, "stopSequences": ["X"], "thinkingConfig": {"thinkingBudget": 5}});
    assert_eq!(body["generationConfig"], config);
    assert_eq!(body["safetySettings"][0]["threshold"], "BLOCK_NONE");
}
