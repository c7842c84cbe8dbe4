//! Requests: what comes in goes out the same, and the neutral form says what they mean.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{asking, fixture, function, sent};
use crate::Dialect;
use crate::codec::{Codec, Target};
use crate::neutral::{
    Block, Conversation, Media, OutputFormat, Reasoning, ReasoningMode, Role, Text, Thinking, ToolResult,
    ToolUse, Turn,
};
use crate::ollama::OllamaCodec;
use crate::wire::Json;

fn read(text: &str) -> Conversation {
    OllamaCodec.decode_request(text.as_bytes()).unwrap()
}

#[test]
fn every_request_comes_out_as_it_came_in() {
    for text in [
        fixture!("edit-blocks/request.json"),
        fixture!("tools-offered/request.json"),
        fixture!("tool-results-by-name/request.json"),
        fixture!("tool-results-by-id/request.json"),
        fixture!("everything-else/request.json"),
        fixture!("minimal/request.json"),
    ] {
        let conversation = read(text);
        let (body, losses) = sent(&conversation, &Target::new(conversation.model.clone()));
        assert_eq!(body, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(losses, Vec::<String>::new());
    }
}

#[test]
fn an_answer_is_streamed_unless_told_otherwise() {
    assert!(read(fixture!("minimal/request.json")).stream);
    assert!(!read(fixture!("everything-else/request.json")).stream);
    let mut conversation = read(fixture!("minimal/request.json"));
    conversation.stream = false;
    assert_eq!(sent(&conversation, &Target::new("m")).0["stream"], json!(false));
}

#[test]
fn options_have_their_neutral_names() {
    let conversation = read(fixture!("everything-else/request.json"));
    assert_eq!(conversation.max_tokens, None, "-1 is no limit");
    assert_eq!(conversation.stop, ["END", "\n\n"]);
    assert_eq!(conversation.sampling.top_k, Some(40));
    assert_eq!(conversation.sampling.seed, Some(42));
    assert_eq!(conversation.sampling.temperature, Some(0.7));
    assert!(matches!(conversation.output, OutputFormat::JsonSchema { .. }));
    assert_eq!(conversation.reasoning.unwrap().mode, ReasoningMode::Disabled);
    assert_eq!(conversation.system.len(), 2);
    let body = r#"{"messages":[],"options":{"num_predict":12.0}}"#;
    assert_eq!(read(body).max_tokens, Some(12));
}

#[test]
fn pictures_are_known_by_how_they_begin() {
    let conversation = read(fixture!("everything-else/request.json"));
    let kinds: Vec<_> = conversation.turns[0]
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Image(image) => Some(image.source.clone()),
            _ => None,
        })
        .collect();
    let image = |media_type: &str, data: &str| Media::Base64 {
        media_type: media_type.to_owned(),
        data: data.to_owned(),
    };
    assert_eq!(
        kinds,
        [image("image/jpeg", "/9j/4AAQSkZJRg=="), image("image/png", "iVBORw0KGgoAAAANSUhEUg==")]
    );
}

#[test]
fn results_find_their_calls() {
    let by_name = read(fixture!("tool-results-by-name/request.json"));
    assert_eq!(pairs(&by_name), [("get_weather", 1), ("run_shell", 0), ("run_shell", 0)]);
    let by_id = read(fixture!("tool-results-by-id/request.json"));
    assert_eq!(pairs(&by_id), [("run_shell", 0), ("run_shell", 1)]);
}

/// Each call's name and the place of its answer among the answers that follow its turn.
fn pairs(conversation: &Conversation) -> Vec<(&str, usize)> {
    let mut pairs = Vec::new();
    for (at, turn) in conversation.turns.iter().enumerate() {
        for block in &turn.blocks {
            let Block::ToolUse(call) = block else { continue };
            let answers = conversation.turns[at + 1..].iter().flat_map(|turn| &turn.blocks);
            let place = answers
                .take_while(|block| !matches!(block, Block::ToolResult(result) if result.id == call.id));
            pairs.push((call.name.as_str(), place.count()));
        }
    }
    pairs
}

#[test]
fn errors_name_the_field() {
    for (body, expected) in [
        (r#"{"model":"m"}"#, "messages: is required"),
        (r#"{"messages":[{"content":"a"}]}"#, "messages[0].role: is required"),
        (
            r#"{"messages":[{"role":"robot"}]}"#,
            "messages[0].role: must be one of `system`, `user`, `assistant`, `tool`, not `robot`",
        ),
        (r#"{"messages":[],"think":3}"#, "think: must be a boolean or one of `low`, `medium`, `high`"),
        (r#"{"messages":[],"tools":[{"type":"function"}]}"#, "tools[0].name: is required"),
        (r#"{"messages":[],"tools":[{"function":{}}]}"#, "tools[0].function.name: is required"),
        (
            r#"{"messages":[{"role":"assistant","tool_calls":[{}]}]}"#,
            "messages[0].tool_calls[0].function: is required",
        ),
        ("{", "the body is not valid JSON: EOF while parsing an object at line 1 column 1"),
    ] {
        assert_eq!(OllamaCodec.decode_request(body.as_bytes()).unwrap_err().message, expected);
    }
    let wrong = OllamaCodec.decode_request(br#"{"messages":[{"role":"user","content":[1]}]}"#).unwrap_err();
    assert_eq!(wrong.field.as_deref(), Some("messages[0].content"));
}

#[test]
fn a_foreign_turn_with_results_and_words_becomes_several_messages() {
    let call = |id: &str, name: &str| {
        Block::ToolUse(ToolUse {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: "{\"a\":1}".to_owned(),
            ..ToolUse::default()
        })
    };
    let result = |id: &str, text: &str| {
        Block::ToolResult(ToolResult {
            id: id.to_owned(),
            content: vec![Block::text(text), Block::text("more")],
            ..ToolResult::default()
        })
    };
    let mut conversation = asking(vec![Block::text("one"), Block::text("two")]);
    conversation.turns.push(Turn::new(
        Role::Assistant,
        vec![
            Block::Thinking(Thinking { text: "hm".to_owned(), ..Thinking::default() }),
            Block::text("I look."),
            Block::text("Now."),
            call("a", "first"),
            call("b", "second"),
        ],
    ));
    conversation.turns.push(Turn::new(
        Role::User,
        vec![result("b", "B"), result("a", "A"), Block::Text(Text::new("and then?"))],
    ));
    let (body, losses) = sent(&conversation, &Target::new("m"));
    assert_eq!(losses, Vec::<String>::new());
    let lines: Vec<String> = body["messages"].as_array().unwrap().iter().map(Value::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"role":"user","content":"one\n\ntwo"}
    {"role":"assistant","content":"I look.\n\nNow.","thinking":"hm","tool_calls":[{"id":"a","function":{"name":"first","arguments":{"a":1}}},{"id":"b","function":{"name":"second","arguments":{"a":1}}}]}
    {"role":"tool","content":"B\nmore","tool_name":"second","tool_call_id":"b"}
    {"role":"tool","content":"A\nmore","tool_name":"first","tool_call_id":"a"}
    {"role":"user","content":"and then?"}
    "#);
}

#[test]
fn thinking_levels_go_to_models_that_take_them() {
    let table = [
        ("gpt-oss:20b", Some("high"), json!("high"), 0),
        ("gpt-oss:20b", Some("xhigh"), json!("high"), 1),
        ("qwen3:8b", Some("high"), json!(true), 1),
        ("qwen3:8b", None, json!(true), 0),
        ("qwen3:8b", Some("none"), json!(false), 0),
    ];
    for (model, effort, expected, lost) in table {
        let mut conversation = asking(vec![Block::text("x")]);
        let effort = effort.map(str::to_owned);
        conversation.reasoning =
            Some(Reasoning { mode: ReasoningMode::Adaptive, effort, ..Reasoning::default() });
        let (body, losses) = sent(&conversation, &Target::new(model));
        assert_eq!((&body["think"], losses.len()), (&expected, lost), "{model}");
    }
}

#[test]
fn other_vendors_forms_of_tools_are_taken() {
    let body = r#"{"messages":[],"tools":[{"name":"a","input_schema":{"type":"object"}},{"type":"function","name":"b","parameters":{}}],"tool_choice":{"type":"tool","name":"b"}}"#;
    let conversation = read(body);
    assert_eq!(conversation.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let (body, _) = sent(&conversation, &Target::new("m"));
    assert_eq!(body["tools"], json!([{"type": "function", "function": {"name": "b", "parameters": {}}}]));
}

#[test]
fn keep_alive_is_the_clients_then_the_operators() {
    let target = Target { keep_alive: Some(Json::of("1h")), ..Target::new("m") };
    assert_eq!(sent(&read(fixture!("minimal/request.json")), &target).0["keep_alive"], json!("1h"));
    assert_eq!(sent(&read(fixture!("tools-offered/request.json")), &target).0["keep_alive"], json!("10m"));
}

fn words() -> impl Strategy<Value = String> {
    "[a-zäé\n\"\\\\ ]{1,12}"
}

/// What the dialect can say, as the dialect's own decoder would build it.
fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let user = words().prop_map(|text| Turn::new(Role::User, vec![Block::text(text)]));
    let assistant = (words(), proptest::option::of(words())).prop_map(|(text, thinking)| {
        let thinking = thinking.map(|text| Block::Thinking(Thinking { text, ..Thinking::default() }));
        Turn::new(Role::Assistant, thinking.into_iter().chain([Block::text(text)]).collect())
    });
    let trip = (words(), "[a-z]{1,8}", any::<u32>()).prop_map(|(answer, name, id)| {
        let id = format!("call_{id}");
        let arguments = format!("{{\"x\":{}}}", serde_json::to_string(&answer).unwrap());
        let call = ToolUse { id: id.clone(), name, arguments, ..ToolUse::default() };
        let result = ToolResult { id, content: vec![Block::text(answer)], ..ToolResult::default() };
        vec![
            Turn::new(Role::Assistant, vec![Block::ToolUse(call)]),
            Turn::new(Role::User, vec![Block::ToolResult(result)]),
        ]
    });
    let part = prop_oneof![user.prop_map(|turn| vec![turn]), assistant.prop_map(|turn| vec![turn]), trip];
    proptest::collection::vec(part, 1..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn what_the_dialect_can_say_survives(turns in turns(), stream in any::<bool>(), max_tokens in proptest::option::of(0u64..100_000)) {
        let conversation = Conversation {
            origin: Some(Dialect::Ollama),
            model: "m".to_owned(),
            turns,
            stream,
            max_tokens,
            tools: vec![function("f")],
            ..Conversation::default()
        };
        let encoded = OllamaCodec.encode_request(&conversation, &Target::new("m")).unwrap();
        prop_assert!(encoded.losses.is_empty());
        prop_assert_eq!(OllamaCodec.decode_request(&encoded.body).unwrap(), conversation);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = OllamaCodec.decode_request(&bytes);
        let _ = OllamaCodec.decode_reply(&bytes);
        let _ = OllamaCodec.decode_error(500, &bytes);
    }

    #[test]
    fn no_damaged_request_panics(at in 0usize..900, byte in any::<u8>()) {
        let mut bytes = fixture!("tool-results-by-id/request.json").as_bytes().to_vec();
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        let _ = OllamaCodec.decode_request(&bytes);
        bytes.truncate(at);
        let _ = OllamaCodec.decode_request(&bytes);
    }
}
