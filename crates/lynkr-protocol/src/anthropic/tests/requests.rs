//! Request mappings and their errors.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Dialect;
use crate::neutral::{
    Block, Extra, OutputFormat, Proof, Reasoning, Reply, Role, Sampling, Thinking, Tool, ToolChoice,
    ToolKind, ToolResult, ToolUse, Turn,
};
use crate::wire::Json;

fn foreign(turns: Vec<Turn>) -> Conversation {
    Conversation { origin: Some(Dialect::OpenAiChat), turns, ..Conversation::default() }
}

fn user(text: &str) -> Turn {
    Turn::new(Role::User, vec![Block::text(text)])
}

#[test]
fn errors_name_the_field() {
    let cases = [
        ("{", "the body is not valid JSON"),
        ("{}", "messages: is required"),
        (r#"{"messages":[{"role":"user"}]}"#, "messages[0].content: is required"),
        (r#"{"messages":[{"content":"x"}]}"#, "messages[0].role: is required"),
        (r#"{"messages":[{"role":"wizard","content":"x"}]}"#, "messages[0].role: `wizard` is not a role"),
        (r#"{"messages":[{"role":"user","content":7}]}"#, "messages[0].content: invalid type"),
        (r#"{"messages":"x"}"#, "messages: invalid type"),
        (r#"{"messages":[],"max_tokens":"many"}"#, "max_tokens: invalid type"),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}"#,
            "messages[0].content[0].tool_use_id: is required",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"text":"x"}]}]}"#,
            "messages[0].content[0].type: is required",
        ),
        (r#"{"messages":[]}"#, "messages: must not be empty"),
        (
            r#"{"messages":[{"role":"user","content":"x"}],"tools":[{"input_schema":{}}]}"#,
            "tools[0].name: is required",
        ),
        ("[]", "invalid type"),
    ];
    for (body, expected) in cases {
        let error = AnthropicCodec.decode_request(body.as_bytes()).unwrap_err();
        assert!(error.message.starts_with(expected), "{body}: {}", error.message);
    }
}

#[test]
fn tool_results_come_first_in_one_message() {
    let call = |id: &str| {
        Block::ToolUse(ToolUse {
            id: id.to_owned(),
            name: "f".to_owned(),
            arguments: String::new(),
            ..ToolUse::default()
        })
    };
    let result = |id: &str| {
        Block::ToolResult(ToolResult {
            id: id.to_owned(),
            content: vec![Block::text("ok")],
            ..ToolResult::default()
        })
    };
    let conversation = foreign(vec![
        user("go"),
        Turn::new(Role::Assistant, vec![call("a.1"), call("b")]),
        Turn::new(Role::User, vec![result("a.1")]),
        Turn::new(Role::User, vec![Block::text("also this")]),
        Turn::new(Role::User, vec![result("b")]),
    ]);
    let (body, losses) = encode(&conversation);
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "a_1", "name": "f", "input": {}},
                {"type": "tool_use", "id": "b", "name": "f", "input": {}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a_1", "content": "ok"},
                {"type": "tool_result", "tool_use_id": "b", "content": "ok"},
                {"type": "text", "text": "also this"}]},
        ])
    );
    assert!(losses.contains(&"tool_calls[].id".to_owned()));
}

#[test]
fn foreign_instructions_in_mid_conversation_become_reminders() {
    let conversation =
        foreign(vec![user("a"), Turn::new(Role::System, vec![Block::text("be kind")]), user("b")]);
    let (body, losses) = encode(&conversation);
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    assert_eq!(body["messages"][0]["content"][1]["text"], "<system-reminder>\nbe kind\n</system-reminder>");
    assert_eq!(losses, ["messages[].role=system"]);
}

#[test]
fn unsigned_and_foreign_reasoning_never_reaches_the_vendor() {
    let thinking = |proof| Block::Thinking(Thinking { text: "t".to_owned(), proof, ..Thinking::default() });
    for proof in [None, Some(Proof::Item { id: "rs".to_owned(), encrypted: None })] {
        let conversation =
            foreign(vec![user("a"), Turn::new(Role::Assistant, vec![thinking(proof), Block::text("x")])]);
        let (body, losses) = encode(&conversation);
        assert_eq!(body["messages"][1]["content"], "x");
        assert_eq!(losses, ["reasoning_content"]);
    }
}

#[test]
fn another_providers_reasoning_comes_back_through_the_client() {
    let proof = Proof::Item { id: "rs_1".to_owned(), encrypted: Some("enc".to_owned()) };
    let thinking = Thinking { text: "why".to_owned(), proof: Some(proof), ..Thinking::default() };
    let reply = Reply { blocks: vec![Block::Thinking(thinking.clone())], ..Reply::default() };
    let body = AnthropicCodec.encode_reply(&reply, &context());
    let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let request = json!({"messages": [{"role": "assistant", "content": value["content"]}]});
    let conversation = decode(&request.to_string());
    assert_eq!(conversation.turns[0].blocks, [Block::Thinking(thinking)]);
}

#[test]
fn arguments_that_are_no_object_are_wrapped() {
    for (arguments, expected, lost) in [
        ("{\"a\": 1}", json!({"a": 1}), false),
        ("", json!({}), false),
        ("  ", json!({}), false),
        ("{\"a\":", json!({"raw_arguments": "{\"a\":"}), true),
        ("[1]", json!({"raw_arguments": "[1]"}), true),
    ] {
        let call = ToolUse { id: "a".to_owned(), arguments: arguments.to_owned(), ..ToolUse::default() };
        let (body, losses) = encode(&foreign(vec![Turn::new(Role::Assistant, vec![Block::ToolUse(call)])]));
        assert_eq!(body["messages"][0]["content"][0]["input"], expected, "{arguments}");
        assert_eq!(losses.contains(&"tool_calls[].arguments".to_owned()), lost, "{arguments}");
    }
}

#[test]
fn effort_becomes_a_budget_where_the_vendor_takes_one() {
    let effort = |effort: &str| Reasoning { effort: Some(effort.to_owned()), ..Reasoning::default() };
    let mut conversation = foreign(vec![user("a")]);
    for (word, max, expected) in [
        ("low", 64_000, json!({"type": "enabled", "budget_tokens": 4096})),
        ("high", 64_000, json!({"type": "enabled", "budget_tokens": 32000})),
        ("high", 5_000, json!({"type": "enabled", "budget_tokens": 2500})),
        ("high", 1_000, serde_json::Value::Null),
        ("minimal", 64_000, serde_json::Value::Null),
    ] {
        conversation.reasoning = Some(effort(word));
        conversation.max_tokens = Some(max);
        let (body, _) = encode(&conversation);
        assert_eq!(body.get("thinking").cloned().unwrap_or_default(), expected, "{word} {max}");
    }
    conversation.max_tokens = Some(64_000);
    conversation.reasoning = Some(effort("high"));
    let call = ToolUse { id: "a".to_owned(), ..ToolUse::default() };
    conversation.turns.push(Turn::new(Role::Assistant, vec![Block::ToolUse(call)]));
    let (body, losses) = encode(&conversation);
    assert!(body.get("thinking").is_none());
    assert_eq!(losses, ["reasoning_effort"]);
}

#[test]
fn what_cant_be_said_is_receipted_or_refused() {
    let mut conversation = foreign(vec![user("a")]);
    conversation.sampling = Sampling {
        temperature: Some(1.7),
        seed: Some(1),
        presence_penalty: Some(0.5),
        ..Sampling::default()
    };
    conversation.metadata = Some(Json::of(&json!({"a": "b"})));
    conversation.service_tier = Some("flex".to_owned());
    conversation.output = OutputFormat::JsonObject;
    let (body, losses) = encode(&conversation);
    assert_eq!(body["temperature"], 1.0);
    for feature in ["temperature", "seed", "presence_penalty", "metadata", "service_tier", "response_format"]
    {
        assert!(losses.contains(&feature.to_owned()), "{feature} in {losses:?}");
    }
    conversation.tool_choice = Some(ToolChoice::Other {
        dialect: Dialect::OpenAiChat,
        value: Json::of(&json!({"type": "allowed_tools"})),
    });
    let error = AnthropicCodec.encode_request(&conversation, &Target::new("m")).unwrap_err();
    assert_eq!(error.feature, "tool_choice");
}

#[test]
fn a_forced_server_tool_of_another_vendor_is_refused() {
    let mut conversation = foreign(vec![user("a")]);
    let value = Json::of(&json!({"type": "web_search"}));
    conversation.tools = vec![Tool {
        name: "web_search".to_owned(),
        namespace: None,
        description: None,
        kind: ToolKind::Server { value, dialect: Dialect::OpenAiResponses },
        cache: None,
        extra: Extra::NONE,
    }];
    let (body, losses) = encode(&conversation);
    assert!(body.get("tools").is_none());
    assert_eq!(losses, ["tools[].web_search"]);
    conversation.tool_choice = Some(ToolChoice::Tool { name: "web_search".to_owned(), namespace: None });
    assert!(AnthropicCodec.encode_request(&conversation, &Target::new("m")).is_err());
}

#[test]
fn the_billing_line_goes_and_nothing_else() {
    let mut conversation = decode(fixtures::fixture!("first-turn/request.json"));
    assert!(super::super::remove_billing_line(&mut conversation));
    assert_eq!(conversation.system[0].blocks.len(), 2);
    assert!(!super::super::remove_billing_line(&mut conversation));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        let _ = AnthropicCodec.decode_request(&bytes);
        let _ = AnthropicCodec.decode_reply(&bytes);
        let _ = AnthropicCodec.decode_error(status, &bytes);
        let mut decoder = AnthropicCodec.event_decoder();
        let mut events = Vec::new();
        let _ = decoder.push(&bytes, &mut events);
        let _ = decoder.finish(&mut events);
    }

    #[test]
    fn mutated_requests_never_panic(at in 0usize..1500, byte in any::<u8>()) {
        let mut bytes = fixtures::fixture!("after-tool/request.json").as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(conversation) = AnthropicCodec.decode_request(&bytes) {
            let _ = AnthropicCodec.encode_request(&conversation, &Target::new("m"));
        }
    }
}
