//! Mappings of requests: what each field becomes, and what is receipted.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Dialect;
use crate::neutral::{
    Block, Document, Extra, Image, Media, Opaque, OutputFormat, Proof, Reasoning, ReasoningMode, Role,
    SystemPart, SystemRole, Text, Thinking, Tool, ToolChoice, ToolKind, ToolResult, ToolUse, Turn,
};
use crate::seal;
use crate::wire::Json;

fn foreign(turns: Vec<Turn>) -> Conversation {
    Conversation { origin: Some(Dialect::Anthropic), turns, ..Conversation::default() }
}

fn user(blocks: Vec<Block>) -> Turn {
    Turn::new(Role::User, blocks)
}

fn model(blocks: Vec<Block>) -> Turn {
    Turn::new(Role::Assistant, blocks)
}

fn call(id: &str) -> Block {
    Block::ToolUse(ToolUse { id: id.to_owned(), name: "f".to_owned(), ..ToolUse::default() })
}

fn result(id: &str, content: Vec<Block>) -> ToolResult {
    ToolResult { id: id.to_owned(), content, ..ToolResult::default() }
}

fn image(source: Media) -> Block {
    Block::Image(Image { source, detail: None, cache: None, extra: Extra::NONE })
}

fn png() -> Media {
    Media::Base64 { media_type: "image/png".to_owned(), data: "iVBORw0KGgo=".to_owned() }
}

fn function(name: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        namespace: None,
        description: None,
        kind: ToolKind::Function { schema: Some(Json::empty_object()), strict: None },
        cache: None,
        extra: Extra::NONE,
    }
}

fn refused(body: &str) -> (String, Option<String>) {
    let error = OpenAiChatCodec.decode_request(body.as_bytes()).unwrap_err();
    (error.message, error.field)
}

#[test]
fn wrong_requests_name_the_field() {
    assert_eq!(refused("{}").0, "messages: is required");
    assert_eq!(refused(r#"{"messages":[]}"#).1.as_deref(), Some("messages"));
    assert_eq!(refused(r#"{"messages":"hi"}"#).1.as_deref(), Some("messages"));
    assert_eq!(
        refused(r#"{"messages":[{"role":"robot","content":"x"}]}"#).1.as_deref(),
        Some("messages[0].role")
    );
    assert_eq!(refused(r#"{"messages":[{"content":"x"}]}"#).0, "messages[0].role: is required");
    assert_eq!(
        refused(r#"{"messages":[{"role":"tool","content":"x"}]}"#).1.as_deref(),
        Some("messages[0].tool_call_id")
    );
    let call =
        r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"arguments":"{}"}}]}]}"#;
    assert_eq!(refused(call).1.as_deref(), Some("messages[0].tool_calls[0].function.name"));
    assert_eq!(
        refused(r#"{"messages":[{"role":"user","content":"x"}],"temperature":"warm"}"#).1.as_deref(),
        Some("temperature")
    );
    assert_eq!(
        refused(r#"{"messages":[{"role":"user","content":"x"}],"tool_choice":"maybe"}"#).1.as_deref(),
        Some("tool_choice")
    );
    assert!(refused("{\"messages\":[").0.contains("not valid JSON"));
}

#[test]
fn every_vendors_tools_are_taken() {
    let tools = json!([
        {"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}},
        {"name": "b", "input_schema": {"type": "object"}},
        {"type": "function", "name": "c", "parameters": {"type": "object"}},
    ]);
    let body = json!({"messages": [{"role": "user", "content": "x"}], "tools": tools,
        "tool_choice": {"type": "any", "disable_parallel_tool_use": true}});
    let conversation = decode(&body.to_string());
    let (back, losses) = encode(&conversation);
    for (index, name) in ["a", "b", "c"].into_iter().enumerate() {
        let expected =
            json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}});
        assert_eq!(back["tools"][index], expected);
    }
    assert_eq!((&back["tool_choice"], &back["parallel_tool_calls"]), (&json!("required"), &json!(false)));
    assert_eq!(losses, Vec::<String>::new());
}

#[test]
fn an_anthropic_turn_in_full() {
    let thinking = Block::Thinking(Thinking {
        text: "hm".to_owned(),
        proof: Some(Proof::Signature("sig".to_owned())),
        ..Thinking::default()
    });
    let cached = Block::Text(Text {
        text: "Be brief.".to_owned(),
        cache: Some(Json::of(&json!({"type": "ephemeral"}))),
        ..Text::default()
    });
    let failed = ToolResult { is_error: Some(true), ..result("t2", vec![Block::text("no such file")]) };
    let mut conversation = foreign(vec![
        user(vec![Block::text("look"), Block::text("at this")]),
        model(vec![thinking, Block::text("I will."), call("t1"), call("t2")]),
        user(vec![
            Block::text("more"),
            Block::ToolResult(result("t1", vec![Block::text("seen"), image(png())])),
            Block::ToolResult(failed),
        ]),
    ]);
    let part = |block| SystemPart { role: SystemRole::Instructions, blocks: vec![block], extra: Extra::NONE };
    conversation.system = vec![part(Block::text("You help.")), part(cached)];
    conversation.stream = true;
    conversation.max_tokens = Some(100);
    let (body, losses) = encode(&conversation);
    insta::assert_json_snapshot!("anthropic_turn", body);
    assert_eq!(
        losses,
        [
            "Dropped cache_control",
            "Dropped thinking.signature",
            "Approximated tool_result.image",
            "Approximated tool_result.is_error"
        ]
    );
}

#[test]
fn openrouter_takes_cache_marks_of_every_client() {
    let text = Text {
        text: "a".to_owned(),
        cache: Some(Json::of(&json!({"type": "ephemeral"}))),
        ..Text::default()
    };
    let target = Target { cache_control: true, ..Target::new("up") };
    let (body, losses) = encode_for(&foreign(vec![user(vec![Block::Text(text)])]), &target);
    let part = json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}});
    assert_eq!(body["messages"][0]["content"], json!([part]));
    assert_eq!(losses, Vec::<String>::new());
}

#[test]
fn answers_follow_their_calls_whatever_stood_between() {
    let turns = vec![
        model(vec![call("a")]),
        model(vec![call("b")]),
        Turn::new(Role::Developer, vec![Block::text("note")]),
        user(vec![Block::ToolResult(result("a", vec![]))]),
        user(vec![Block::ToolResult(result("b", vec![Block::text("x"), Block::text("y")]))]),
        model(vec![Block::text("one")]),
        model(vec![Block::text("two")]),
    ];
    let (body, _) = encode(&foreign(turns));
    let roles: Vec<&str> =
        body["messages"].as_array().unwrap().iter().filter_map(|message| message["role"].as_str()).collect();
    assert_eq!(roles, ["assistant", "tool", "tool", "system", "assistant", "assistant"]);
    assert_eq!(body["messages"][0]["tool_calls"][1]["function"]["arguments"], "{}");
    assert_eq!(body["messages"][0]["content"], Value::Null);
    assert_eq!(body["messages"][1]["content"], "");
    assert_eq!(body["messages"][2]["content"], "x\n\ny");
}

#[test]
fn empty_texts_and_turns_are_left_out() {
    let turns = vec![
        user(vec![Block::text(""), Block::text("a"), Block::text("")]),
        model(vec![Block::Thinking(Thinking::default())]),
        model(vec![Block::text(""), call("c")]),
        user(vec![Block::text("")]),
    ];
    let (body, _) = encode(&foreign(turns));
    let messages = body["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["content"], "a");
    assert_eq!(messages[1]["content"], Value::Null);
}

#[test]
fn documents_that_have_a_form_and_those_that_have_none() {
    let document = |source| {
        let title = Some("t".to_owned());
        Block::Document(Document { source, title, cache: None, extra: Extra::NONE })
    };
    let text = foreign(vec![user(vec![document(Media::Text("words".to_owned()))])]);
    let (body, losses) = encode(&text);
    assert_eq!(body["messages"][0]["content"], "Document \"t\":\n\nwords");
    assert_eq!(losses, ["Approximated document"]);
    for source in [Media::Url("https://example.com/a.pdf".to_owned()), Media::File("file_1".to_owned())] {
        let error = OpenAiChatCodec
            .encode_request(&foreign(vec![user(vec![document(source)])]), &Target::new("up"))
            .unwrap_err();
        assert_eq!(error.feature, "document.source");
    }
    let (body, _) = encode(&foreign(vec![user(vec![document(Media::File("file-1".to_owned()))])]));
    assert_eq!(body["messages"][0]["content"][0]["file"]["file_id"], "file-1");
    let error = OpenAiChatCodec
        .encode_request(
            &foreign(vec![user(vec![image(Media::File("file_1".to_owned()))])]),
            &Target::new("up"),
        )
        .unwrap_err();
    assert_eq!(error.feature, "image.source");
}

#[test]
fn foreign_blocks_are_receipted() {
    let opaque = Block::Opaque(Opaque {
        dialect: Dialect::Anthropic,
        kind: "server_tool_use".to_owned(),
        value: Json::empty_object(),
    });
    let (body, losses) = encode(&foreign(vec![user(vec![Block::text("a")]), model(vec![opaque])]));
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    assert_eq!(losses, ["Dropped server_tool_use"]);
}

fn effort(reasoning: Reasoning, origin: Dialect) -> (Value, Vec<String>) {
    let mut conversation = foreign(vec![user(vec![Block::text("a")])]);
    conversation.origin = Some(origin);
    conversation.reasoning = Some(reasoning);
    let (body, losses) = encode(&conversation);
    (body.get("reasoning_effort").cloned().unwrap_or_default(), losses)
}

#[test]
fn reasoning_becomes_effort() {
    let budget = |tokens| Reasoning { mode: ReasoningMode::Budget(tokens), ..Reasoning::default() };
    for (tokens, word) in
        [(1_024, "low"), (4_096, "low"), (4_097, "medium"), (16_384, "medium"), (32_000, "high")]
    {
        let (effort, losses) = effort(budget(tokens), Dialect::Anthropic);
        assert_eq!((effort, losses), (json!(word), vec!["Approximated thinking.budget_tokens".to_owned()]));
    }
    let adaptive = |word: &str| Reasoning {
        mode: ReasoningMode::Adaptive,
        effort: Some(word.to_owned()),
        ..Reasoning::default()
    };
    assert_eq!(effort(adaptive("medium"), Dialect::Anthropic), (json!("medium"), vec![]));
    for word in ["max", "xhigh"] {
        let expected = (json!("high"), vec!["Approximated output_config.effort".to_owned()]);
        assert_eq!(effort(adaptive(word), Dialect::Anthropic), expected);
    }
    let said = |word: &str| Reasoning { effort: Some(word.to_owned()), ..Reasoning::default() };
    assert_eq!(effort(said("xhigh"), Dialect::OpenAiResponses), (json!("xhigh"), vec![]));
    assert_eq!(effort(said("minimal"), Dialect::OpenAiResponses), (json!("minimal"), vec![]));
    let disabled = Reasoning { mode: ReasoningMode::Disabled, ..Reasoning::default() };
    let expected = (Value::Null, vec!["Approximated thinking".to_owned()]);
    assert_eq!(effort(disabled, Dialect::Anthropic), expected);
}

#[test]
fn what_a_foreign_client_says_and_chat_cannot() {
    let mut conversation = foreign(vec![user(vec![Block::text("a")])]);
    conversation.sampling.top_k = Some(5);
    conversation.user = Some("u".repeat(65));
    conversation.metadata = Some(Json::empty_object());
    conversation.store = Some(false);
    conversation.service_tier = Some("standard_only".to_owned());
    conversation.stop = vec!["END".to_owned()];
    let (body, losses) = encode(&conversation);
    let expected = json!({"model": "up", "messages": [{"role": "user", "content": "a"}], "stop": ["END"],
        "service_tier": "default"});
    assert_eq!(body, expected);
    assert_eq!(
        losses,
        ["Dropped top_k", "Dropped metadata.user_id", "Dropped metadata", "Approximated service_tier"]
    );
    conversation.previous_response_id = Some("resp_1".to_owned());
    let error = OpenAiChatCodec.encode_request(&conversation, &Target::new("up")).unwrap_err();
    assert_eq!(error.feature, "previous_response_id");
}

#[test]
fn the_target_decides_names() {
    let body = r#"{"messages":[{"role":"developer","content":"d"},{"role":"user","content":"u"},
        {"role":"assistant","content":"a","reasoning_content":"r"},{"role":"user","content":"u"}],
        "max_tokens":9,"stream":true,"stream_options":{"include_usage":true},"reasoning_effort":"low"}"#;
    let plain =
        Target { stream_usage: false, reasoning_content: false, reasoning_effort: false, ..Target::new("") };
    let (body, losses) = encode_for(&decode(body), &plain);
    let expected = json!({"messages": [{"role": "system", "content": "d"}, {"role": "user", "content": "u"},
        {"role": "assistant", "content": "a"}, {"role": "user", "content": "u"}], "max_tokens": 9, "stream": true});
    assert_eq!(body, expected);
    assert_eq!(
        losses,
        ["Dropped reasoning_content", "Dropped stream_options.include_usage", "Dropped reasoning_effort"]
    );
    let (body, _) = encode_for(
        &decode(r#"{"messages":[{"role":"user","content":"u"}],"max_tokens":9}"#),
        &Target { max_completion_tokens: true, ..Target::new("up") },
    );
    assert_eq!((body.get("max_tokens"), &body["max_completion_tokens"]), (None, &json!(9)));
}

#[test]
fn instructions_where_only_the_first_message_may_be_one() {
    let mut conversation =
        foreign(vec![user(vec![Block::text("a")]), Turn::new(Role::System, vec![Block::text("late")])]);
    conversation.system = [SystemRole::System, SystemRole::Developer]
        .map(|role| SystemPart { role, blocks: vec![Block::text("early")], extra: Extra::NONE })
        .to_vec();
    let target = Target { late_system: false, ..Target::new("up") };
    let (body, losses) = encode_for(&conversation, &target);
    let expected = json!([{"role": "system", "content": "early\n\nearly"}, {"role": "user", "content": "a"},
        {"role": "user", "content": "<system-reminder>\n\nlate\n\n</system-reminder>"}]);
    assert_eq!(body["messages"], expected);
    assert_eq!(losses, ["Approximated messages[].role=system"]);
}

#[test]
fn tools_that_cannot_go_up() {
    let mut conversation = foreign(vec![user(vec![Block::text("a")])]);
    let server = ToolKind::Server { value: Json::empty_object(), dialect: Dialect::Anthropic };
    conversation.tools = vec![function("f"), Tool { kind: server, ..function("web_search") }];
    let (body, losses) = encode(&conversation);
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(losses, ["Dropped tools[].web_search"]);
    let forced = |name: &str| Some(ToolChoice::Tool { name: name.to_owned(), namespace: None });
    conversation.tool_choice = forced("web_search");
    assert!(OpenAiChatCodec.encode_request(&conversation, &Target::new("up")).is_err());
    conversation.tool_choice = forced("f");
    let (body, _) = encode(&conversation);
    assert_eq!(body["tool_choice"], json!({"type": "function", "function": {"name": "f"}}));
    let no_tools = Target { tools: false, ..Target::new("up") };
    assert!(OpenAiChatCodec.encode_request(&conversation, &no_tools).is_err());
    conversation.tool_choice = Some(ToolChoice::Auto);
    let (body, losses) = encode_for(&conversation, &no_tools);
    assert_eq!((body.get("tools"), body.get("tool_choice")), (None, None));
    assert_eq!(losses, ["Dropped tools"]);
}

#[test]
fn a_schema_without_a_name_gets_one() {
    let mut conversation = foreign(vec![user(vec![Block::text("a")])]);
    let schema = Json::empty_object();
    conversation.output = OutputFormat::JsonSchema { name: None, schema, strict: None, description: None };
    let (body, _) = encode(&conversation);
    let expected = json!({"type": "json_schema", "json_schema": {"name": "response", "schema": {}}});
    assert_eq!(body["response_format"], expected);
}

#[test]
fn response_formats_survive() {
    for format in [
        json!({"type": "text"}),
        json!({"type": "json_object"}),
        json!({"type": "json_object", "schema": {"type": "object"}}),
        json!({"type": "json_schema", "json_schema": {"name": "a", "schema": {}, "x": 1}, "y": 2}),
        json!({"type": "grammar", "grammar": "root ::= a"}),
    ] {
        let body = json!({"messages": [{"role": "user", "content": "a"}], "response_format": format});
        let (back, losses) = encode(&decode(&body.to_string()));
        assert_eq!(back["response_format"], format);
        assert_eq!(losses, Vec::<String>::new());
    }
}

#[test]
fn no_limit_is_said_by_a_number_below_zero() {
    let conversation = decode(r#"{"messages":[{"role":"user","content":"a"}],"max_tokens":-1,"top_k":-1}"#);
    assert_eq!((conversation.max_tokens, conversation.sampling.top_k), (None, None));
    let (body, _) = encode(&conversation);
    assert_eq!((&body["max_tokens"], &body["top_k"]), (&json!(-1), &json!(-1)));
}

#[test]
fn sealed_reasoning_comes_back_open() {
    let thinking = Thinking {
        text: "hm".to_owned(),
        proof: Some(Proof::Signature("sig".to_owned())),
        ..Thinking::default()
    };
    let body = json!({"messages": [{"role": "assistant", "content": "a", "reasoning_content": "hm",
        "reasoning_details": [{"type": "reasoning.encrypted", "data": seal::seal(&thinking)}]}]});
    let conversation = decode(&body.to_string());
    assert_eq!(conversation.turns.first().unwrap().blocks, [Block::Thinking(thinking), Block::text("a")]);
    let (body, losses) = encode(&conversation);
    assert_eq!(body["messages"][0]["reasoning_content"], "hm");
    assert_eq!(losses, ["Dropped reasoning_details"]);
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        "[a-z]{1,8}".prop_map(Block::text),
        "[a-z]{1,8}".prop_map(|name| image(Media::Url(format!("https://example.com/{name}")))),
        Just(image(png())),
    ]
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let user_turn = prop::collection::vec(block(), 1..4).prop_map(user);
    let said = ("[a-z]{1,8}", "[a-z]{0,8}", 0_usize..3);
    let model_turn = said.prop_map(|(text, thought, calls)| {
        let mut blocks = Vec::new();
        if !thought.is_empty() {
            blocks.push(Block::Thinking(Thinking { text: thought, ..Thinking::default() }));
        }
        blocks.push(Block::text(text));
        blocks.extend((0..calls).map(|number| {
            let id = format!("c{number}");
            Block::ToolUse(ToolUse {
                id,
                name: "f".to_owned(),
                arguments: "{\"a\":1}".to_owned(),
                ..ToolUse::default()
            })
        }));
        model(blocks)
    });
    let result_turn =
        "[a-z]{1,8}".prop_map(|text| user(vec![Block::ToolResult(result("c0", vec![Block::text(text)]))]));
    (user_turn, prop::collection::vec((model_turn, result_turn), 0..4)).prop_map(|(first, rest)| {
        let rest = rest.into_iter().flat_map(|(said, answered)| [said, answered]);
        std::iter::once(first).chain(rest).collect()
    })
}

proptest! {
    #[test]
    fn what_chat_can_say_comes_back(turns in turns()) {
        let conversation = Conversation {
            origin: Some(Dialect::OpenAiChat),
            model: "up".to_owned(),
            turns,
            tools: vec![function("f")],
            max_tokens: Some(10),
            ..Conversation::default()
        };
        let encoded = OpenAiChatCodec.encode_request(&conversation, &Target::new("up")).unwrap();
        prop_assert_eq!(&encoded.losses, &vec![]);
        prop_assert_eq!(OpenAiChatCodec.decode_request(&encoded.body).unwrap(), conversation);
    }
}
