//! What the dialect can't say: receipted, told in words, or refused.

use serde_json::json;

use super::{asking, function, sent};
use crate::Dialect;
use crate::codec::{Codec, Target};
use crate::neutral::{
    Block, Conversation, Document, Extra, Image, Media, Opaque, OutputFormat, Proof, Reasoning,
    ReasoningMode, Role, Text, Thinking, Tool, ToolChoice, ToolKind, ToolResult, ToolUse, Turn,
};
use crate::ollama::OllamaCodec;
use crate::wire::{Json, Rest};

fn hello() -> Conversation {
    Conversation { tools: vec![function("a"), function("b")], ..asking(vec![Block::text("hi")]) }
}

fn losses(conversation: &Conversation) -> Vec<String> {
    sent(conversation, &Target::new("m")).1
}

#[track_caller]
fn refused(conversation: &Conversation) -> String {
    OllamaCodec.encode_request(conversation, &Target::new("m")).unwrap_err().to_string()
}

#[test]
fn fields_without_a_place_are_receipted() {
    let mut rest = Rest::default();
    rest.push("logit_bias", Json::of(&1));
    let conversation = Conversation {
        user: Some("u".to_owned()),
        metadata: Some(Json::empty_object()),
        service_tier: Some("flex".to_owned()),
        store: Some(true),
        parallel_tool_calls: Some(false),
        extra: Extra::new(Dialect::OpenAiChat, rest),
        ..hello()
    };
    assert_eq!(
        losses(&conversation),
        [
            "Dropped logit_bias",
            "Dropped user",
            "Dropped metadata",
            "Dropped service_tier",
            "Dropped store",
            "Dropped parallel_tool_calls",
        ]
    );
    assert!(
        losses(&Conversation { store: Some(false), parallel_tool_calls: Some(true), ..hello() }).is_empty()
    );
}

#[test]
fn each_tool_choice() {
    let chosen = |choice: ToolChoice| {
        let (body, losses) = sent(&Conversation { tool_choice: Some(choice), ..hello() }, &Target::new("m"));
        let names = body["tools"].as_array().map_or(0, Vec::len);
        (names, losses)
    };
    let tool = |name: &str| ToolChoice::Tool { name: name.to_owned(), namespace: None };
    let approximated = vec!["Approximated tool_choice".to_owned()];
    assert_eq!(chosen(ToolChoice::Auto), (2, vec![]));
    assert_eq!(chosen(ToolChoice::None), (0, approximated.clone()));
    assert_eq!(chosen(ToolChoice::Required), (2, vec!["Dropped tool_choice".to_owned()]));
    assert_eq!(chosen(tool("b")), (1, approximated));
    let unknown = Conversation { tool_choice: Some(tool("zzz")), ..hello() };
    assert_eq!(
        refused(&unknown),
        "ollama can't express tool_choice: the tool `zzz` that must be called can't be offered"
    );
}

#[test]
fn another_providers_tools_are_left_out() {
    let server = Tool {
        kind: ToolKind::Server { value: Json::empty_object(), dialect: Dialect::Anthropic },
        ..function("web_search")
    };
    let mut conversation = hello();
    conversation.tools.push(server);
    assert_eq!(losses(&conversation), ["Dropped tools[].web_search"]);
    conversation.tool_choice = Some(ToolChoice::Tool { name: "web_search".to_owned(), namespace: None });
    assert!(refused(&conversation).contains("web_search"));
}

#[test]
fn markers_and_proofs_are_receipted_once() {
    let marked = |text: &str| Block::Text(Text { cache: Some(Json::empty_object()), ..Text::new(text) });
    let thinking = |text: &str| {
        let proof = Some(Proof::Signature("s".to_owned()));
        Block::Thinking(Thinking { text: text.to_owned(), proof, ..Thinking::default() })
    };
    let mut conversation = asking(vec![marked("a"), marked("b")]);
    conversation.turns.push(Turn::new(Role::Assistant, vec![thinking("x"), thinking("")]));
    let (body, losses) = sent(&conversation, &Target::new("m"));
    assert_eq!(losses, ["Dropped cache_control", "Dropped thinking.proof"]);
    assert_eq!(body["messages"][1], json!({"role": "assistant", "content": "", "thinking": "x"}));
}

#[test]
fn documents_are_text_or_refused() {
    let document = |source: Media| {
        let document = Document { source, title: Some("T".to_owned()), cache: None, extra: Extra::NONE };
        asking(vec![Block::Document(document), Block::text("?")])
    };
    let base64 = |media_type: &str, data: &str| Media::Base64 {
        media_type: media_type.to_owned(),
        data: data.to_owned(),
    };
    for source in [Media::Text("words".to_owned()), base64("text/plain", "d29yZHM=")] {
        let (body, losses) = sent(&document(source), &Target::new("m"));
        assert_eq!(body["messages"][0]["content"], "[document: T]\nwords\n\n?");
        assert_eq!(losses, ["Approximated document"]);
    }
    assert!(refused(&document(base64("application/pdf", "AAAA"))).contains("application/pdf"));
    assert!(refused(&document(Media::Url("https://example.com".to_owned()))).contains("document.source"));
}

#[test]
fn a_picture_at_a_url_is_refused() {
    let source = Media::Url("https://example.com/a.png".to_owned());
    let image = Image { source, detail: None, cache: None, extra: Extra::NONE };
    assert_eq!(
        refused(&asking(vec![Block::Image(image)])),
        "ollama can't express image.url: it takes pictures as base64 only; send the bytes"
    );
}

#[test]
fn failures_of_tools_and_foreign_blocks() {
    let opaque = Opaque {
        dialect: Dialect::Anthropic,
        kind: "tool_reference".to_owned(),
        value: Json::empty_object(),
    };
    let result = ToolResult {
        id: "x".to_owned(),
        content: vec![Block::text("no such file"), Block::Opaque(opaque)],
        is_error: Some(true),
        ..ToolResult::default()
    };
    let (body, losses) = sent(&asking(vec![Block::ToolResult(result)]), &Target::new("m"));
    assert_eq!(
        body["messages"][0],
        json!({"role": "tool", "content": "[tool error]\nno such file", "tool_call_id": "x"})
    );
    assert_eq!(losses, ["Approximated tool_result.is_error", "Dropped tool_reference"]);
}

#[test]
fn arguments_that_are_no_object_keep_their_text() {
    let call = |arguments: &str| {
        let call = ToolUse { arguments: arguments.to_owned(), name: "f".to_owned(), ..ToolUse::default() };
        let turn = Turn::new(Role::Assistant, vec![Block::ToolUse(call)]);
        let conversation = Conversation { turns: vec![turn], ..Conversation::default() };
        let (body, losses) = sent(&conversation, &Target::new("m"));
        (body["messages"][0]["tool_calls"][0]["function"]["arguments"].clone(), losses.len())
    };
    assert_eq!(call(""), (json!({}), 0));
    assert_eq!(call("{\"a\":1}"), (json!({"a": 1}), 0));
    assert_eq!(call("{\"a\":"), (json!({"raw_arguments": "{\"a\":"}), 1));
    assert_eq!(call("[1]"), (json!({"raw_arguments": "[1]"}), 1));
}

#[test]
fn a_model_without_tools_is_told_in_words() {
    let call = ToolUse {
        id: "1".to_owned(),
        name: "ls".to_owned(),
        arguments: "{}".to_owned(),
        ..ToolUse::default()
    };
    let result =
        ToolResult { id: "1".to_owned(), content: vec![Block::text("a.txt")], ..ToolResult::default() };
    let mut conversation = hello();
    conversation.turns.push(Turn::new(Role::Assistant, vec![Block::text("Look:"), Block::ToolUse(call)]));
    conversation.turns.push(Turn::new(Role::User, vec![Block::ToolResult(result), Block::text("go on")]));
    let target = Target { tools: false, ..Target::new("m") };
    let (body, losses) = sent(&conversation, &target);
    assert_eq!(losses, ["Dropped tools", "Approximated tool history"]);
    assert_eq!(body.get("tools"), None);
    assert_eq!(body["messages"][1]["content"], "Look:\n[called ls with {}]");
    assert_eq!(body["messages"][2]["content"], "[ls answered:\na.txt]\n\ngo on");
    conversation.tool_choice = Some(ToolChoice::Required);
    assert!(OllamaCodec.encode_request(&conversation, &target).is_err());
}

#[test]
fn a_model_that_can_not_reason_is_not_asked_to() {
    let mut conversation = asking(vec![Block::text("x")]);
    conversation.reasoning = Some(Reasoning { mode: ReasoningMode::Budget(1_000), ..Reasoning::default() });
    let target = Target { reasoning_effort: false, ..Target::new("m") };
    let (body, lost) = sent(&conversation, &target);
    assert_eq!((body.get("think"), lost), (None, vec!["Dropped reasoning".to_owned()]));
    let (body, lost) = sent(&conversation, &Target::new("m"));
    assert_eq!((&body["think"], lost), (&json!(true), vec!["Approximated reasoning.budget".to_owned()]));
}

#[test]
fn output_formats() {
    let with = |output: OutputFormat| {
        let (body, losses) = sent(&Conversation { output, ..hello() }, &Target::new("m"));
        (body.get("format").cloned(), losses.len())
    };
    assert_eq!(with(OutputFormat::Text), (None, 0));
    assert_eq!(with(OutputFormat::JsonObject), (Some(json!("json")), 0));
    let schema = OutputFormat::JsonSchema {
        name: Some("n".to_owned()),
        schema: Json::of(&json!({"type": "object"})),
        strict: Some(true),
        description: Some("d".to_owned()),
    };
    assert_eq!(with(schema), (Some(json!({"type": "object"})), 1));
}
