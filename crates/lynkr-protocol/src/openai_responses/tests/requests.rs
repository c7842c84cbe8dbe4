//! Requests: what each field becomes, in both directions.

use proptest::prelude::*;
use serde_json::json;

use super::fixtures::fixture;
use super::*;
use crate::Dialect;
use crate::neutral::{
    Block, Document, Extra, Image, Media, OutputFormat, Proof, Reasoning, ReasoningMode, Role, SystemPart,
    SystemRole, Text, Thinking, Tool, ToolChoice, ToolKind, ToolResult, ToolUse, Turn,
};
use crate::openai_responses::{output_items, with_history};
use crate::seal;
use crate::wire::Json;

fn foreign() -> Conversation {
    Conversation {
        origin: Some(Dialect::Anthropic),
        turns: vec![Turn::new(Role::User, vec![Block::text("hi")])],
        ..Conversation::default()
    }
}

fn read_error(body: &Value) -> (String, Option<String>) {
    let error = OpenAiResponsesCodec.decode_request(body.to_string().as_bytes()).unwrap_err();
    (error.message, error.field)
}

#[test]
fn the_system_part_is_what_stands_ahead() {
    let conversation = decode(fixture!("codex-reasoning/request.json"));
    let roles: Vec<SystemRole> = conversation.system.iter().map(|part| part.role).collect();
    assert_eq!(roles, [SystemRole::Developer, SystemRole::Developer]);
    let roles: Vec<Role> = conversation.turns.iter().map(|turn| turn.role).collect();
    let expected =
        [Role::User, Role::User, Role::Assistant, Role::User, Role::Assistant, Role::User, Role::Developer];
    assert_eq!(roles, expected);
    let kinds: Vec<&str> = conversation.turns[2].blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["thinking", "text", "text", "text", "thinking", "tool_use"]);
    let Block::Thinking(first) = &conversation.turns[2].blocks[0] else { panic!("reasoning") };
    assert_eq!(first.text, "First.\n\nThen.");
    let proof = Proof::Item { id: "rs_1".to_owned(), encrypted: Some("c2VjcmV0".to_owned()) };
    assert_eq!(first.proof, Some(proof));
    let Block::Thinking(loud) = &conversation.turns[4].blocks[0] else { panic!("reasoning") };
    assert_eq!(loud.text, "Out loud.");
}

#[test]
fn instructions_are_their_own_role() {
    let conversation = decode(fixture!("copilot/request.json"));
    assert_eq!(conversation.system[0].role, SystemRole::Instructions);
    assert_eq!(conversation.system[0].blocks, [Block::text("You are a terminal assistant.")]);
}

#[test]
fn outputs_of_one_round_share_a_turn() {
    let conversation = decode(fixture!("codex-tools/request.json"));
    let [.., calls, results, last] = conversation.turns.as_slice() else { panic!("turns") };
    assert_eq!(calls.blocks.len(), 3);
    assert_eq!(results.blocks.len(), 3);
    assert_eq!(last.blocks, [Block::text("go on")]);
    let Block::ToolUse(spawn) = &calls.blocks[1] else { panic!("a call") };
    assert_eq!(spawn.namespace.as_deref(), Some("agents"));
    let Block::ToolUse(patch) = &calls.blocks[2] else { panic!("a call") };
    assert!(patch.freeform);
    let Block::ToolResult(spawned) = &results.blocks[1] else { panic!("a result") };
    assert_eq!(spawned.content.iter().map(Block::kind).collect::<Vec<_>>(), ["text", "image"]);
    let Block::ToolResult(patched) = &results.blocks[2] else { panic!("a result") };
    assert!(patched.freeform && patched.content.is_empty());
}

#[test]
fn namespaces_are_spread_and_grouped_again() {
    let conversation = decode(fixture!("codex-first/request.json"));
    let names: Vec<(Option<&str>, &str)> = conversation
        .tools
        .iter()
        .map(|tool| (tool.namespace.as_ref().map(|space| space.name.as_str()), tool.name.as_str()))
        .collect();
    let expected = [
        (None, "exec_command"),
        (None, "update_plan"),
        (None, "apply_patch"),
        (Some("agents"), "spawn"),
        (Some("agents"), "close"),
        (None, "web_search"),
    ];
    assert_eq!(names, expected);
    assert!(matches!(conversation.tools[2].kind, ToolKind::Freeform { format: Some(_) }));
    assert!(matches!(conversation.tools[5].kind, ToolKind::Server { .. }));
}

#[test]
fn tools_of_every_vendor_are_taken() {
    let body = json!({"input": "x", "tools": [
        {"type": "function", "function": {"name": "a", "description": "d", "parameters": {"type": "object"}}},
        {"name": "b", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}},
        {"type": "custom", "name": "c", "input_schema": {"type": "object"}},
        {"type": "function", "name": "d", "parameters": {"type": "object"}},
    ]});
    let conversation = decode(&body.to_string());
    let strict: Vec<Option<bool>> = conversation
        .tools
        .iter()
        .map(
            |tool| {
                if let ToolKind::Function { strict, .. } = tool.kind { strict } else { panic!("function") }
            },
        )
        .collect();
    assert_eq!(strict, [Some(false), Some(false), Some(false), None]);
    let (back, losses) = encode(&conversation);
    assert_eq!(losses, ["cache_control"]);
    insta::assert_snapshot!(back["tools"].to_string(), @r#"[{"type":"function","name":"a","description":"d","parameters":{"type":"object"},"strict":false},{"type":"function","name":"b","parameters":{"type":"object"},"strict":false},{"type":"function","name":"c","parameters":{"type":"object"},"strict":false},{"type":"function","name":"d","parameters":{"type":"object"}}]"#);
}

#[test]
fn tool_choices() {
    let offered = json!([{"type": "custom", "name": "p"}, {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "f"}]}]);
    let named = |name: &str| ToolChoice::Tool { name: name.to_owned(), namespace: None };
    let cases = [
        (json!("auto"), ToolChoice::Auto, json!("auto")),
        (json!("none"), ToolChoice::None, json!("none")),
        (json!("required"), ToolChoice::Required, json!("required")),
        (json!({"type": "any"}), ToolChoice::Required, json!("required")),
        (json!({"type": "function", "name": "x"}), named("x"), json!({"type": "function", "name": "x"})),
        (
            json!({"type": "function", "function": {"name": "x"}}),
            named("x"),
            json!({"type": "function", "name": "x"}),
        ),
        (json!({"type": "tool", "name": "x"}), named("x"), json!({"type": "function", "name": "x"})),
        (json!({"type": "custom", "name": "p"}), named("p"), json!({"type": "custom", "name": "p"})),
        (
            json!({"type": "function", "name": "f", "namespace": "n"}),
            ToolChoice::Tool { name: "f".to_owned(), namespace: Some("n".to_owned()) },
            json!({"type": "function", "name": "f", "namespace": "n"}),
        ),
    ];
    for (wire, neutral, back) in cases {
        let body = json!({"input": "x", "tools": offered, "tool_choice": wire});
        let conversation = decode(&body.to_string());
        assert_eq!(conversation.tool_choice, Some(neutral), "{wire}");
        assert_eq!(encode(&conversation).0["tool_choice"], back, "{wire}");
    }
    let (message, field) = read_error(&json!({"input": "x", "tool_choice": "sometimes"}));
    assert!(message.contains("sometimes"), "{message}");
    assert_eq!(field.as_deref(), Some("tool_choice"));
}

#[test]
fn a_choice_that_cannot_be_said_is_an_error() {
    let server = Tool {
        name: "web_search".to_owned(),
        namespace: None,
        description: None,
        kind: ToolKind::Server {
            value: Json::of(&json!({"type": "web_search_20250305"})),
            dialect: Dialect::Anthropic,
        },
        cache: None,
        extra: Extra::NONE,
    };
    let mut conversation = Conversation { tools: vec![server], ..foreign() };
    assert_eq!(encode(&conversation).1, ["tools[].web_search"]);
    conversation.tool_choice = Some(ToolChoice::Tool { name: "web_search".to_owned(), namespace: None });
    let error = OpenAiResponsesCodec.encode_request(&conversation, &Target::new("up")).unwrap_err();
    assert_eq!(error.feature, "tool_choice");
    conversation.tool_choice = Some(ToolChoice::Required);
    let target = Target { tools: false, ..Target::new("up") };
    assert!(OpenAiResponsesCodec.encode_request(&conversation, &target).is_err());
    conversation.tool_choice = Some(ToolChoice::Auto);
    assert_eq!(encode_for(&conversation, &target).1, ["tools"]);
}

#[test]
fn allowed_tools_of_chat_are_flattened() {
    let chat = json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "a"}}]}});
    let choice = ToolChoice::Other { dialect: Dialect::OpenAiChat, value: Json::of(&chat) };
    let (back, _) = encode(&Conversation { tool_choice: Some(choice), ..foreign() });
    let flat =
        json!({"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "a"}]});
    assert_eq!(back["tool_choice"], flat);
}

#[test]
fn errors_name_the_field() {
    let cases = [
        (json!({}), "input", "input: is required"),
        (json!({"input": null}), "input", "input: is required"),
        (
            json!({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}),
            "input[0].content[0].text",
            "is required",
        ),
        (json!({"input": [{"type": "message", "content": "x"}]}), "input[0].role", "is required"),
        (json!({"input": ["x", {"type": "function_call", "name": "f"}]}), "input[0]", "expected an object"),
        (json!({"input": [{"type": "function_call", "name": "f"}]}), "input[0].call_id", "is required"),
        (json!({"input": [{"type": "function_call", "call_id": "c"}]}), "input[0].name", "is required"),
        (
            json!({"input": [{"type": "function_call_output", "output": "x"}]}),
            "input[0].call_id",
            "is required",
        ),
        (json!({"input": "x", "max_output_tokens": "many"}), "max_output_tokens", "expected u64"),
        (json!({"input": "x", "tools": [{"type": "function"}]}), "tools[0].name", "is required"),
        (
            json!({"input": "x", "tools": [{"type": "namespace", "name": "n", "tools": [{"type": "custom"}]}]}),
            "tools[0].tools[0].name",
            "is required",
        ),
        (
            json!({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}),
            "input[0].content[0].image_url",
            "image_url or file_id",
        ),
        (
            json!({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}),
            "input[0].content[0].file_data",
            "file_data, file_id or file_url",
        ),
    ];
    for (body, field, part) in cases {
        let (message, at) = read_error(&body);
        assert_eq!(at.as_deref(), Some(field), "{body}: {message}");
        assert!(message.contains(part), "{message}");
    }
    let broken = OpenAiResponsesCodec.decode_request(b"{\"input\":").unwrap_err();
    assert!(broken.message.contains("not valid JSON"), "{broken}");
}

fn image() -> Block {
    let source = Media::Base64 { media_type: "image/png".to_owned(), data: "AAAA".to_owned() };
    Block::Image(Image { source, detail: None, cache: None, extra: Extra::NONE })
}

fn document(source: Media, title: Option<&str>, cache: Option<Json>) -> Block {
    Block::Document(Document { source, title: title.map(str::to_owned), cache, extra: Extra::NONE })
}

fn result(text: Option<&str>) -> Block {
    Block::ToolResult(ToolResult {
        id: "toolu_1".to_owned(),
        content: text.into_iter().map(Block::text).collect(),
        is_error: Some(true),
        ..ToolResult::default()
    })
}

/// A turn of an agent whose tool failed, as Anthropic's dialect says it.
fn foreign_turns() -> Vec<Turn> {
    let thinking = Thinking {
        text: "hm".to_owned(),
        proof: Some(Proof::Signature("s".to_owned())),
        ..Thinking::default()
    };
    let call = ToolUse { id: "toolu_1".to_owned(), name: "ls".to_owned(), ..ToolUse::default() };
    let pdf = Media::Base64 { media_type: "application/pdf".to_owned(), data: "JVBE".to_owned() };
    let cache = Some(Json::of(&json!({"type": "ephemeral"})));
    vec![
        Turn::new(Role::User, vec![Block::text("look")]),
        Turn::new(Role::System, vec![Block::text("mind the gap")]),
        Turn::new(
            Role::Assistant,
            vec![
                Block::Thinking(thinking),
                Block::text("I look."),
                Block::text("Closely."),
                Block::ToolUse(call),
            ],
        ),
        Turn::new(
            Role::User,
            vec![
                result(Some("no such file")),
                image(),
                document(pdf, None, cache),
                document(Media::Text("plain".to_owned()), Some("notes"), None),
            ],
        ),
    ]
}

#[test]
fn another_dialects_conversation() {
    let mut conversation = foreign();
    conversation.system = vec![SystemPart {
        role: SystemRole::Instructions,
        blocks: vec![Block::text("One."), Block::text("Two.")],
        extra: Extra::NONE,
    }];
    conversation.turns = foreign_turns();
    conversation.tools = vec![Tool {
        name: "ls".to_owned(),
        namespace: None,
        description: None,
        kind: ToolKind::Function { schema: None, strict: None },
        cache: None,
        extra: Extra::NONE,
    }];
    conversation.stop = vec!["END".to_owned()];
    conversation.sampling.top_k = Some(4);
    conversation.max_tokens = Some(1);
    conversation.user = Some("u".repeat(80));
    let (body, mut losses) = encode(&conversation);
    insta::assert_snapshot!("foreign_request", serde_json::to_string_pretty(&body).unwrap());
    losses.sort_unstable();
    insta::assert_snapshot!(losses.join(" "), @"cache_control document max_tokens metadata.user_id stop_sequences thinking tool_result.is_error top_k");
}

#[test]
fn a_failed_tool_that_says_nothing_is_still_marked() {
    let mut conversation = foreign();
    conversation.turns.push(Turn::new(Role::User, vec![result(None)]));
    assert_eq!(encode(&conversation).0["input"][1]["output"], "[tool error]");
}

#[test]
fn reasoning_of_other_dialects() {
    let ask = |mode, effort: Option<&str>, summary: Option<&str>| Reasoning {
        mode,
        effort: effort.map(str::to_owned),
        summary: summary.map(str::to_owned),
        ..Reasoning::default()
    };
    let include = json!(["reasoning.encrypted_content"]);
    let cases = [
        (
            ask(ReasoningMode::Budget(4_096), None, None),
            json!({"effort": "low", "summary": "auto"}),
            vec!["thinking.budget_tokens"],
        ),
        (
            ask(ReasoningMode::Budget(16_384), None, None),
            json!({"effort": "medium", "summary": "auto"}),
            vec!["thinking.budget_tokens"],
        ),
        (
            ask(ReasoningMode::Budget(31_999), None, Some("omitted")),
            json!({"effort": "high"}),
            vec!["thinking.budget_tokens"],
        ),
        (
            ask(ReasoningMode::Adaptive, Some("high"), Some("summarized")),
            json!({"effort": "high", "summary": "auto"}),
            vec![],
        ),
        (
            ask(ReasoningMode::Adaptive, Some("max"), None),
            json!({"effort": "high", "summary": "auto"}),
            vec!["output_config.effort"],
        ),
        (ask(ReasoningMode::Unspecified, Some("minimal"), None), json!({"effort": "minimal"}), vec![]),
        (ask(ReasoningMode::Disabled, None, None), Value::Null, vec!["thinking"]),
        (ask(ReasoningMode::Disabled, Some("none"), None), json!({"effort": "none"}), vec![]),
    ];
    for (reasoning, expected, receipts) in cases {
        let off = reasoning.mode == ReasoningMode::Disabled;
        let (body, losses) = encode(&Conversation { reasoning: Some(reasoning.clone()), ..foreign() });
        assert_eq!(body["reasoning"], expected, "{reasoning:?}");
        assert_eq!(losses, receipts, "{reasoning:?}");
        assert_eq!(body["include"], if off { Value::Null } else { include.clone() }, "{reasoning:?}");
        assert_eq!(body["store"], false);
    }
    let asked = Conversation { reasoning: Some(ask(ReasoningMode::Adaptive, None, None)), ..foreign() };
    let target = Target { reasoning_effort: false, ..Target::new("up") };
    let (body, losses) = encode_for(&asked, &target);
    assert_eq!((&body["reasoning"], &body["include"]), (&Value::Null, &Value::Null));
    assert_eq!(losses, ["thinking"]);
}

#[test]
fn own_reasoning_goes_back_where_it_is_known() {
    let thinking = |encrypted: Option<&str>| {
        let proof = Proof::Item { id: "rs_1".to_owned(), encrypted: encrypted.map(str::to_owned) };
        Block::Thinking(Thinking { text: "hm".to_owned(), proof: Some(proof), ..Thinking::default() })
    };
    let asked = |block, store| {
        let mut conversation = Conversation { store, ..foreign() };
        conversation.turns.push(Turn::new(Role::Assistant, vec![block]));
        encode(&conversation)
    };
    let (body, losses) = asked(thinking(Some("e")), None);
    let item = json!({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "e"});
    assert_eq!(body["input"][1], item);
    assert!(losses.is_empty());
    assert_eq!(body["include"], json!(["reasoning.encrypted_content"]));
    assert_eq!(asked(thinking(None), None).1, ["thinking"]);
    assert_eq!(asked(thinking(None), Some(true)).1, [""; 0]);
    let unproven = Block::Thinking(Thinking { text: "hm".to_owned(), ..Thinking::default() });
    assert_eq!(asked(unproven, Some(true)).1, ["thinking"]);
}

#[test]
fn a_seal_opens_to_what_was_sealed() {
    let sealed = Thinking {
        text: "why".to_owned(),
        proof: Some(Proof::Signature("sig".to_owned())),
        ..Thinking::default()
    };
    let reply = Reply { blocks: vec![Block::Thinking(sealed.clone())], ..Reply::default() };
    let items = output_items(&reply, &context());
    let item = items[0].to_value();
    assert!(item["id"].as_str().unwrap().starts_with("rs_lynkr_"));
    assert_eq!(item["summary"], json!([{"type": "summary_text", "text": "why"}]));
    assert_eq!(item["encrypted_content"].as_str(), seal::seal(&sealed).as_deref());
    let conversation = decode(&json!({"input": [item]}).to_string());
    assert_eq!(conversation.turns[0].blocks, [Block::Thinking(sealed)]);
}

#[test]
fn reasoning_without_a_proof_stays_without_one() {
    let bare = Thinking { text: "why".to_owned(), ..Thinking::default() };
    let reply = Reply { blocks: vec![Block::Thinking(bare)], ..Reply::default() };
    let items = output_items(&reply, &context());
    let conversation =
        decode(&json!({"input": items.iter().map(Json::to_value).collect::<Vec<_>>()}).to_string());
    let Block::Thinking(thinking) = &conversation.turns[0].blocks[0] else { panic!("thinking") };
    assert_eq!((thinking.text.as_str(), &thinking.proof), ("why", &None));
    assert_eq!(encode(&conversation).1, ["reasoning item"]);
}

#[test]
fn formats_of_the_answer() {
    let schema = Json::of(&json!({"type": "object"}));
    let format = OutputFormat::JsonSchema { name: None, schema, strict: Some(true), description: None };
    let (body, _) = encode(&Conversation { output: format, ..foreign() });
    let expected = json!({"format": {"type": "json_schema", "name": "response", "schema": {"type": "object"}, "strict": true}});
    assert_eq!(body["text"], expected);
    for text in [
        json!({"format": {"type": "json_object"}}),
        json!({"format": {"type": "text"}, "verbosity": "high"}),
        json!({"format": {"type": "grammar", "definition": "x"}}),
        json!({"format": null}),
        json!({}),
        Value::Null,
    ] {
        let body = json!({"model": "up", "input": "x", "text": text});
        let (back, losses) = encode(&decode(&body.to_string()));
        assert_eq!(back, body);
        assert!(losses.is_empty());
    }
    let told = decode(&json!({"input": "x", "text": {"verbosity": "low"}}).to_string());
    let anthropic = crate::codec(Dialect::Anthropic).encode_request(&told, &Target::new("up")).unwrap();
    assert!(anthropic.losses.iter().any(|loss| loss.feature == "text.verbosity"), "{:?}", anthropic.losses);
}

#[test]
fn history_goes_in_front() {
    let earlier = [Json::of(&json!({"type": "message", "role": "user", "content": "one"}))];
    let body = json!({"model": "m", "input": "two", "previous_response_id": "resp_1", "later": [1.50]});
    let joined = with_history(body.to_string().as_bytes(), &earlier).unwrap();
    let joined: Value = serde_json::from_slice(&joined).unwrap();
    let expected = json!({"model": "m", "later": [1.50], "input": [
        {"type": "message", "role": "user", "content": "one"},
        {"type": "message", "role": "user", "content": "two"},
    ]});
    assert_eq!(joined, expected);
    let body = json!({"input": [{"role": "user", "content": "two"}]});
    let joined = with_history(body.to_string().as_bytes(), &earlier).unwrap();
    assert_eq!(decode(std::str::from_utf8(&joined).unwrap()).turns.len(), 2);
    assert!(with_history(b"{}", &earlier).is_err());
    assert!(with_history(b"[]", &earlier).is_err());
}

#[test]
fn extra_texts_of_one_message_stay_one_message() {
    let turn = Turn::new(Role::Assistant, vec![Block::text("a"), Block::Text(Text::new("b"))]);
    let (body, _) = encode(&Conversation { turns: vec![turn], ..foreign() });
    assert_eq!(body["input"].as_array().unwrap().len(), 1);
    assert_eq!(body["input"][0]["content"].as_array().unwrap().len(), 2);
}

fn block() -> impl Strategy<Value = Block> {
    let text = "[a-zäöü \"\n]{1,12}";
    prop_oneof![
        text.prop_map(Block::text),
        (text, any::<bool>()).prop_map(|(arguments, freeform)| Block::ToolUse(ToolUse {
            id: "c".to_owned(),
            name: "f".to_owned(),
            arguments,
            freeform,
            ..ToolUse::default()
        })),
        (text, proptest::option::of("[a-z]{1,4}")).prop_map(|(text, encrypted)| {
            let proof = Some(Proof::Item { id: "rs_1".to_owned(), encrypted });
            Block::Thinking(Thinking { text, proof, ..Thinking::default() })
        }),
    ]
}

proptest! {
    #[test]
    fn what_this_api_can_say_comes_back(blocks in proptest::collection::vec(block(), 1..6)) {
        let turns = vec![Turn::new(Role::Assistant, blocks)];
        let origin = Some(Dialect::OpenAiResponses);
        let once = Conversation { origin, turns, ..Conversation::default() };
        let (body, losses) = encode(&once);
        prop_assert!(losses.is_empty());
        // Reading adds where each message began; writing again must then give the same.
        prop_assert_eq!(encode(&decode(&body.to_string())).0, body);
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = OpenAiResponsesCodec.decode_request(&bytes);
        let _ = OpenAiResponsesCodec.decode_reply(&bytes);
        let _ = OpenAiResponsesCodec.decode_error(500, &bytes);
        let mut decoder = OpenAiResponsesCodec.event_decoder();
        let _ = decoder.push(&bytes, &mut Vec::new());
        let _ = decoder.finish(&mut Vec::new());
    }

    #[test]
    fn a_broken_fixture_never_panics(cut in 0usize..4_000, byte in any::<u8>()) {
        for (_, text) in super::fixtures::REQUESTS {
            let mut bytes = text.as_bytes().to_vec();
            if let Some(hit) = bytes.get_mut(cut) {
                *hit = byte;
            }
            if let Ok(conversation) = OpenAiResponsesCodec.decode_request(&bytes) {
                let _ = OpenAiResponsesCodec.encode_request(&conversation, &Target::new("up"));
            }
        }
    }
}

#[test]
fn tools_that_an_item_offers_are_the_conversations() {
    let conversation = decode(fixture!("codex-asides/request.json"));
    let names: Vec<(&str, &str)> = conversation
        .tools
        .iter()
        .map(|tool| (tool.namespace.as_ref().unwrap().name.as_str(), tool.name.as_str()))
        .collect();
    assert_eq!(names, [("functions", "exec"), ("functions", "wait"), ("clock", "sleep")]);
    // The items are nobody's turn: what stands behind them is still ahead of the conversation.
    assert_eq!((conversation.system.len(), conversation.turns.len()), (1, 1));
    let mut flat = conversation;
    let (_, _) = crate::tool_names::ToolNames::flatten(&mut flat);
    let target = Target::new("m");
    let encoded = crate::codec(Dialect::Anthropic).encode_request(&flat, &target).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(body["tools"][0]["name"], "functions__exec");
    let losses: Vec<&str> = encoded.losses.iter().map(|loss| loss.feature.as_ref()).collect();
    assert!(losses.contains(&"configuration_update") && !losses.contains(&"additional_tools"), "{losses:?}");
}

#[test]
fn a_broken_offer_names_its_place() {
    let body = json!({"input": [{"type": "additional_tools", "tools": [{"type": "custom"}]}]});
    assert_eq!(read_error(&body).0, "input[0].tools[0].name: is required");
    let body = json!({"input": [{"type": "additional_tools", "tools": 7}]});
    assert!(read_error(&body).0.starts_with("input[0].tools: invalid type"), "{}", read_error(&body).0);
}
