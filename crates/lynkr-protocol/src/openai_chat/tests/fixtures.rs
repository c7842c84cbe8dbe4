//! Every fixture: what is read is written back, on the wire and through the neutral form.

use serde_json::Value;

use super::super::wire::Request;
use super::super::wire_reply::Response;
use super::*;

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/dialects/openai_chat/", $path))
    };
}
pub(super) use fixture;

pub(super) const REQUESTS: &[(&str, &str)] = &[
    ("first-turn", fixture!("first-turn/request.json")),
    ("after-tool", fixture!("after-tool/request.json")),
    ("plain", fixture!("plain/request.json")),
    ("minimal", fixture!("minimal/request.json")),
    ("parts", fixture!("parts/request.json")),
    ("reasoning", fixture!("reasoning/request.json")),
    ("options", fixture!("options/request.json")),
];

const REPLIES: &[&str] = &[fixture!("tool-turn/reply.json"), fixture!("vendor/reply.json")];

/// Numbers as floats: `0` and `0.0` are the same number to every reader of JSON.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => serde_json::json!(number.as_f64()),
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

fn parse(text: &str) -> Value {
    plain(serde_json::from_str(text).unwrap())
}

/// The upstream that takes the request as it is.
fn target(request: &Value) -> Target {
    Target {
        max_completion_tokens: request.get("max_completion_tokens").is_some(),
        developer_role: true,
        stream_usage: request.get("stream_options").is_some(),
        ..Target::new(request["model"].as_str().unwrap_or_default())
    }
}

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
        let once = parse(text);
        let (back, losses) = encode_for(&decode(text), &target(&once));
        assert_eq!(plain(back), once, "{name}");
        assert_eq!(losses, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn replies_survive() {
    for text in REPLIES {
        let reply = OpenAiChatCodec.decode_reply(text.as_bytes()).unwrap();
        let back: Value = serde_json::from_slice(&OpenAiChatCodec.encode_reply(&reply, &context())).unwrap();
        assert_eq!(plain(back), parse(text));
    }
}

macro_rules! anthropic {
    ($path:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/dialects/anthropic/", $path))
    };
}

/// What an Anthropic client says and this dialect can't; or the field that is refused.
const FOREIGN: &[(&str, Result<&[&str], &str>)] = &[
    (anthropic!("first-turn/request.json"), Ok(&["Dropped cache_control", "Dropped context_management"])),
    (
        anthropic!("after-tool/request.json"),
        Ok(&[
            "Dropped thinking.signature",
            "Approximated tool_result.is_error",
            "Dropped cache_control",
            "Approximated thinking.budget_tokens",
        ]),
    ),
    (
        anthropic!("thinking/request.json"),
        Ok(&["Dropped top_k", "Approximated service_tier", "Approximated thinking"]),
    ),
    (anthropic!("images/request.json"), Err("image.source")),
    (anthropic!("server-tools/request.json"), Err("tool_choice")),
];

#[test]
fn an_anthropic_clients_requests_go_up() {
    for (text, expected) in FOREIGN {
        let conversation = crate::anthropic::AnthropicCodec.decode_request(text.as_bytes()).unwrap();
        match (OpenAiChatCodec.encode_request(&conversation, &Target::new("up")), expected) {
            (Ok(_), Ok(losses)) => assert_eq!(encode(&conversation).1, *losses),
            (Err(error), Err(feature)) => assert_eq!(error.feature, *feature),
            (found, _) => panic!("{found:?} instead of {expected:?}"),
        }
    }
}
