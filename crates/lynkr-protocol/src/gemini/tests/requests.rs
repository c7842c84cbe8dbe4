//! Requests: what each field means, and what other dialects' clients get.

use serde_json::json;

use super::fixtures::REQUESTS;
use super::*;
use crate::Dialect;
use crate::neutral::{
    Block, Document, Extra, Image, Media, OutputFormat, Reasoning, ReasoningMode, Role, SystemPart,
    SystemRole, Text, Tool, ToolChoice, ToolKind, ToolResult, ToolUse, Turn,
};
use crate::wire::Json;

fn fixture_named(name: &str) -> Conversation {
    decode(REQUESTS.iter().find(|(known, _)| *known == name).unwrap().1)
}

fn call(id: &str, name: &str, arguments: &str) -> Block {
    Block::ToolUse(ToolUse {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        ..ToolUse::default()
    })
}

fn result(id: &str, content: Vec<Block>) -> ToolResult {
    ToolResult { id: id.to_owned(), content, ..ToolResult::default() }
}

fn png() -> Block {
    Block::Image(Image {
        source: Media::Base64 { media_type: "image/png".to_owned(), data: "AA==".to_owned() },
        detail: None,
        cache: None,
        extra: Extra::NONE,
    })
}

fn foreign(turns: Vec<Turn>) -> Conversation {
    Conversation { origin: Some(Dialect::Anthropic), turns, ..Conversation::default() }
}

#[test]
fn a_cli_turn_reads_as_meant() {
    let conversation = fixture_named("after-tool");
    assert_eq!((conversation.model.as_str(), conversation.stream), ("", false));
    assert_eq!(conversation.sampling.top_k, Some(64));
    let reasoning = conversation.reasoning.unwrap();
    assert_eq!((reasoning.mode, reasoning.summary.as_deref()), (ReasoningMode::Budget(8192), Some("auto")));
    let Block::ToolResult(result) = &conversation.turns[2].blocks[0] else { panic!("a result") };
    assert_eq!((result.id.as_str(), &result.content), ("fc_1", &vec![Block::text("a.txt\nb.txt")]));
    assert_eq!(conversation.tools.len(), 2);
    let ToolKind::Function { schema, .. } = &conversation.tools[0].kind else { panic!("a function") };
    assert_eq!(schema.as_ref().unwrap().to_value()["required"], json!(["dir_path"]));
}

#[test]
fn calls_without_ids_are_paired_with_their_results() {
    let conversation = fixture_named("no-ids");
    let ids = |turn: usize| -> Vec<String> {
        let blocks = conversation.turns[turn].blocks.iter();
        let id = |block: &Block| match block {
            Block::ToolUse(call) => Some(call.id.clone()),
            Block::ToolResult(result) => Some(result.id.clone()),
            _ => None,
        };
        blocks.filter_map(id).collect()
    };
    assert_eq!(ids(1), ids(2));
    assert_eq!(ids(3)[0], ids(4)[0]);
    assert_eq!(ids(4)[1], "y9");
    assert_ne!(ids(1)[0], ids(1)[1]);
}

#[test]
fn schemas_become_json_schema() {
    let conversation = fixture_named("no-ids");
    let ToolKind::Function { schema, .. } = &conversation.tools[0].kind else { panic!("a function") };
    assert_eq!(
        schema.as_ref().unwrap().to_value(),
        json!({"type": "object", "required": ["city"], "properties": {
            "city": {"type": ["string", "null"]},
            "type": {"type": "string", "enum": ["STRING", "now"]}}})
    );
    let OutputFormat::JsonSchema { schema, .. } = fixture_named("routing").output else { panic!("a schema") };
    assert_eq!(schema.to_value()["properties"]["score"]["type"], "integer");
    // A changed schema goes up as JSON Schema; the one that was written is out of date.
    let mut changed = conversation;
    changed.tools[0].kind = ToolKind::Function { schema: Some(Json::empty_object()), strict: None };
    let (body, _) = encode(&changed);
    let declaration = &body["tools"][0]["functionDeclarations"][0];
    assert_eq!(declaration["parametersJsonSchema"], json!({}));
    assert_eq!(declaration.get("parameters"), None);
}

#[test]
fn tool_choices() {
    let cases = [
        (json!({"mode": "AUTO"}), Some(ToolChoice::Auto)),
        (json!({"mode": "NONE"}), Some(ToolChoice::None)),
        (json!({"mode": "ANY"}), Some(ToolChoice::Required)),
        (json!({"mode": "VALIDATED"}), Some(ToolChoice::Auto)),
        (
            json!({"mode": "ANY", "allowedFunctionNames": ["f"]}),
            Some(ToolChoice::Tool { name: "f".to_owned(), namespace: None }),
        ),
    ];
    for (calling, expected) in cases {
        let body = json!({"contents": [], "toolConfig": {"functionCallingConfig": calling},
            "tools": [{"functionDeclarations": [{"name": "f"}]}]});
        let conversation = decode(&body.to_string());
        assert_eq!(conversation.tool_choice, expected);
        assert_eq!(encode(&conversation).0, body);
    }
}

#[test]
fn other_vendors_tools_are_taken() {
    let forms = [
        json!({"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}),
        json!({"name": "f", "input_schema": {"type": "object"}}),
        json!({"type": "function", "name": "f", "parameters": {"type": "object"}}),
    ];
    for form in forms {
        let body = json!({"contents": [], "tools": [form]});
        let (body, _) = encode(&decode(&body.to_string()));
        let declaration = json!({"name": "f", "parametersJsonSchema": {"type": "object"}});
        assert_eq!(body["tools"], json!([{"functionDeclarations": [declaration]}]));
    }
}

#[test]
fn wrong_requests_name_the_field() {
    let cases = [
        ("{}", "contents"),
        (r#"{"contents":"hi"}"#, "contents"),
        (r#"{"contents":[{"role":"assistant","parts":[]}]}"#, "contents[0].role"),
        (r#"{"contents":[{"parts":[{"text":1}]}]}"#, "contents[0].parts[0].text"),
        (r#"{"contents":[{"parts":[{"functionCall":{}}]}]}"#, "contents[0].parts[0].functionCall.name"),
        (
            r#"{"contents":[],"tools":[{"functionDeclarations":[{}]}]}"#,
            "tools[0].functionDeclarations[0].name",
        ),
        (r#"{"contents":[],"generationConfig":{"topK":"x"}}"#, "generationConfig.topK"),
    ];
    for (body, field) in cases {
        let error = GeminiCodec.decode_request(body.as_bytes()).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field), "{}", error.message);
    }
}

#[test]
fn a_foreign_turn_with_tools() {
    let mut conversation = foreign(vec![
        Turn::new(Role::User, vec![Block::text("go"), Block::text("")]),
        Turn::new(Role::Assistant, vec![call("toolu_1", "ls", "{\"a\":1}"), call("toolu_2", "cat", "oops")]),
        Turn::new(Role::User, vec![Block::ToolResult(result("toolu_1", vec![Block::text("x"), png()]))]),
        Turn::new(
            Role::User,
            vec![Block::ToolResult(ToolResult {
                is_error: Some(true),
                ..result("toolu_2", vec![Block::text("bad")])
            })],
        ),
        Turn::new(Role::System, vec![Block::text("be quick")]),
        Turn::new(Role::User, vec![Block::ToolResult(result("lost", Vec::new()))]),
    ]);
    let instruction = Block::Text(Text { cache: Some(Json::empty_object()), ..Text::new("kind") });
    conversation.system =
        vec![SystemPart { role: SystemRole::System, blocks: vec![instruction], extra: Extra::NONE }];
    conversation.tools = vec![Tool {
        name: "ls".to_owned(),
        namespace: None,
        description: Some("Lists.".to_owned()),
        kind: ToolKind::Function { schema: Some(Json::empty_object()), strict: Some(true) },
        cache: None,
        extra: Extra::NONE,
    }];
    conversation.max_tokens = Some(100);
    conversation.parallel_tool_calls = Some(false);
    let (body, losses) = encode(&conversation);
    insta::assert_json_snapshot!("foreign_turn", body);
    assert_eq!(
        losses,
        [
            "Dropped tool_choice.disable_parallel_tool_use",
            "Dropped tools[].strict",
            "Dropped cache_control",
            "Approximated tool_use.input",
            "Approximated messages[].role=system",
            "Approximated tool_result.name",
        ]
    );
    // Older models read pictures beside the result and need no signature.
    let (body, losses) = encode_for(&conversation, &Target::new("gemini-2.0-flash"));
    let parts = &body["contents"][2]["parts"];
    assert_eq!(parts[0]["functionResponse"].get("parts"), None);
    assert_eq!(parts[1]["inlineData"]["mimeType"], "image/png");
    assert!(losses.contains(&"Approximated tool_result.image".to_owned()));
    assert!(!body.to_string().contains("thoughtSignature"));
}

#[test]
fn media_from_elsewhere() {
    let document = |source| {
        let document = Document { source, title: Some("t".to_owned()), cache: None, extra: Extra::NONE };
        foreign(vec![Turn::new(Role::User, vec![Block::Document(document)])])
    };
    let (body, losses) = encode(&document(Media::Url("https://h/a.pdf?x=1".to_owned())));
    let part = &body["contents"][0]["parts"][0];
    assert_eq!(part["fileData"], json!({"fileUri": "https://h/a.pdf?x=1", "mimeType": "application/pdf"}));
    assert_eq!(losses, ["Dropped document.title"]);
    let (body, losses) = encode(&document(Media::Text("words".to_owned())));
    assert_eq!(body["contents"][0]["parts"][0]["text"], "[document: t]\nwords");
    assert_eq!(losses, ["Approximated document"]);
    let refused = |source, model: &str| {
        GeminiCodec.encode_request(&document(source), &Target::new(model)).unwrap_err().feature
    };
    assert_eq!(refused(Media::File("file_1".to_owned()), "gemini-3-flash"), "document.source");
    assert_eq!(refused(Media::Url("https://h/a.pdf".to_owned()), "gemini-2.0-flash"), "document.source");
}

#[test]
fn a_forced_tool_that_cannot_be_sent_is_refused() {
    let choice = |choice| Conversation { tool_choice: Some(choice), ..foreign(Vec::new()) };
    let named = ToolChoice::Tool { name: "f".to_owned(), namespace: None };
    let other = ToolChoice::Other { dialect: Dialect::OpenAiChat, value: Json::null() };
    for conversation in [choice(named), choice(other)] {
        let error = GeminiCodec.encode_request(&conversation, &Target::new("m")).unwrap_err();
        assert_eq!(error.feature, "tool_choice");
    }
    let without = Target { tools: false, ..Target::new("m") };
    assert!(GeminiCodec.encode_request(&choice(ToolChoice::Required), &without).is_err());
}

#[test]
fn reasoning_by_model() {
    let by = |mode, effort: Option<&str>| Reasoning {
        mode,
        effort: effort.map(str::to_owned),
        ..Reasoning::default()
    };
    use ReasoningMode::{Adaptive, Budget, Disabled, Unspecified};
    let cases = [
        ("gemini-3-flash", by(Unspecified, Some("high")), json!({"thinkingLevel": "HIGH"}), ""),
        (
            "gemini-3-pro",
            by(Unspecified, Some("medium")),
            json!({"thinkingLevel": "HIGH"}),
            "reasoning.effort",
        ),
        ("gemini-3.1-pro", by(Unspecified, Some("medium")), json!({"thinkingLevel": "MEDIUM"}), ""),
        ("gemini-3-flash", by(Disabled, None), json!({"thinkingLevel": "MINIMAL"}), "reasoning"),
        ("gemini-3-flash", by(Adaptive, None), json!({"includeThoughts": true}), ""),
        ("gemini-2.5-flash", by(Disabled, None), json!({"thinkingBudget": 0}), ""),
        ("gemini-2.5-pro", by(Disabled, None), json!({"thinkingBudget": 128}), "reasoning"),
        (
            "gemini-2.5-flash",
            by(Budget(50_000), None),
            json!({"thinkingBudget": 24_576, "includeThoughts": true}),
            "reasoning.budget",
        ),
        (
            "gemini-2.5-flash",
            by(Unspecified, Some("low")),
            json!({"thinkingBudget": 1024}),
            "reasoning.effort",
        ),
        ("gemini-2.5-flash", by(Adaptive, None), json!({"thinkingBudget": -1, "includeThoughts": true}), ""),
        ("gemini-2.0-flash", by(Budget(5), None), Value::Null, "reasoning"),
    ];
    for (model, reasoning, expected, loss) in cases {
        let conversation = Conversation { reasoning: Some(reasoning), origin: None, ..foreign(Vec::new()) };
        let (body, losses) = encode_for(&conversation, &Target::new(model));
        assert_eq!(body["generationConfig"]["thinkingConfig"], expected, "{model}");
        let found: Vec<&str> = losses.iter().filter_map(|loss| loss.split(' ').nth(1)).collect();
        assert_eq!(found.join(" "), loss, "{model}");
    }
    // A client of this dialect that speaks of levels to a model that only knows budgets.
    let native = fixture_named("first-turn");
    let (body, _) = encode_for(&native, &Target::new("gemini-2.5-pro"));
    let config = &body["generationConfig"]["thinkingConfig"];
    assert_eq!(config, &json!({"thinkingBudget": 24_576, "includeThoughts": true}));
}

#[test]
fn what_only_this_dialect_says_is_reported_by_others() {
    let conversation = fixture_named("everything");
    let mut losses = Vec::new();
    conversation.extra.note_losses(Dialect::Anthropic, "", &mut losses);
    let features: Vec<&str> = losses.iter().map(|loss| loss.feature.as_ref()).collect();
    assert_eq!(
        features,
        [
            "safetySettings",
            "cachedContent",
            "toolConfig.retrievalConfig",
            "generationConfig.responseModalities"
        ]
    );
}

macro_rules! elsewhere {
    ($path:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/dialects/", $path))
    };
}

#[test]
fn other_dialects_requests_go_up() {
    let anthropic = crate::anthropic::AnthropicCodec;
    let chat = crate::openai_chat::OpenAiChatCodec;
    let responses = crate::openai_responses::OpenAiResponsesCodec;
    let cases: [(&dyn Codec, &str); 4] = [
        (&anthropic, elsewhere!("anthropic/first-turn/request.json")),
        (&anthropic, elsewhere!("anthropic/after-tool/request.json")),
        (&chat, elsewhere!("openai_chat/after-tool/request.json")),
        (&responses, elsewhere!("openai_responses/codex-tools/request.json")),
    ];
    for (codec, text) in cases {
        let conversation = codec.decode_request(text.as_bytes()).unwrap();
        let (body, _) = encode(&conversation);
        let again = decode(&body.to_string());
        let calls = |conversation: &Conversation| -> Vec<String> {
            let blocks = conversation.turns.iter().flat_map(|turn| &turn.blocks);
            let call = |block: &Block| match block {
                Block::ToolUse(call) => Some(format!("{} {}", call.id, call.name)),
                Block::ToolResult(result) => Some(result.id.clone()),
                _ => None,
            };
            blocks.filter_map(call).collect()
        };
        assert_eq!(calls(&again), calls(&conversation));
        assert!(!body["contents"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_cli_turn_goes_to_every_other_dialect() {
    let codecs: [(&dyn Codec, &[&str]); 4] = [
        (
            &crate::anthropic::AnthropicCodec,
            &[
                "Dropped thought",
                "Approximated thinkingConfig.includeThoughts",
                "Dropped thinkingConfig.thinkingBudget",
                "Dropped generationConfig.topP",
            ],
        ),
        (
            &crate::openai_chat::OpenAiChatCodec,
            &[
                "Dropped thoughtSignature",
                "Dropped generationConfig.topK",
                "Dropped thinkingConfig.includeThoughts",
                "Approximated thinkingConfig.thinkingBudget",
            ],
        ),
        (
            &crate::openai_responses::OpenAiResponsesCodec,
            &[
                "Dropped generationConfig.topK",
                "Dropped thought",
                "Approximated thinkingConfig.thinkingBudget",
            ],
        ),
        (
            &crate::ollama::OllamaCodec,
            &[
                "Dropped thoughtSignature",
                "Dropped thinkingConfig.includeThoughts",
                "Approximated thinkingConfig.thinkingBudget",
            ],
        ),
    ];
    for (codec, expected) in codecs {
        let encoded = codec.encode_request(&fixture_named("after-tool"), &Target::new("up")).unwrap();
        let losses: Vec<String> =
            encoded.losses.iter().map(|loss| format!("{:?} {}", loss.action, loss.feature)).collect();
        assert_eq!(losses, expected, "{}", codec.dialect());
        let text = String::from_utf8(encoded.body).unwrap();
        assert!(text.contains("run_shell_command") && text.contains("a.txt"), "{text}");
    }
}
