//! What each model gets, and what the API's rules make of other dialects' requests.

use super::*;
use crate::neutral::{Block, Proof};

fn user(text: &str) -> Value {
    json!({"role": "user", "content": [{"text": text}]})
}

fn anthropic(request: &Value, model: &str) -> (Value, Vec<String>) {
    translate(Dialect::Anthropic, request, model)
}

fn tool() -> Value {
    json!({"name": "look", "description": "", "input_schema": {"properties": {}}})
}

fn called() -> Vec<Value> {
    vec![
        json!({"role": "user", "content": "hi"}),
        json!({"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {}}]}),
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "", "is_error": true}]}),
    ]
}

#[test]
fn roles_alternate_and_the_user_begins() {
    let messages = json!({"messages": [
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "a"},
        {"role": "user", "content": " \n"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "b"},
    ]});
    let (body, losses) = anthropic(&messages, CLAUDE);
    let expected = json!([
        user("(The conversation begins here.)"),
        {"role": "assistant", "content": [{"text": "Hello."}]},
        {"role": "user", "content": [{"text": "a"}, {"text": "b"}]},
    ]);
    assert_eq!(body["messages"], expected);
    assert_eq!(losses, ["Approximated messages", "Dropped text"]);
}

#[test]
fn answers_of_tools_come_first() {
    let mut messages = called();
    messages.insert(2, json!({"role": "user", "content": "wait"}));
    let (body, _) = anthropic(&json!({"messages": messages, "tools": [tool()]}), CLAUDE);
    let content = &body["messages"][2]["content"];
    let result =
        json!({"toolResult": {"toolUseId": "t1", "content": [{"text": "(empty)"}], "status": "error"}});
    assert_eq!(content, &json!([result, {"text": "wait"}]));
}

#[test]
fn history_with_calls_needs_tools() {
    let (body, losses) = anthropic(&json!({"messages": called()}), CLAUDE);
    assert_eq!(body["toolConfig"]["tools"][0]["toolSpec"]["name"], "look");
    assert!(losses.contains(&"Approximated tools".to_owned()), "{losses:?}");
    let none = json!({"messages": called(), "tools": [tool()], "tool_choice": {"type": "none"}});
    let (body, losses) = anthropic(&none, CLAUDE);
    assert_eq!(
        body["toolConfig"],
        json!({"tools": [{"toolSpec":
        {"name": "look", "inputSchema": {"json": {"type": "object", "properties": {}}}}}]})
    );
    assert!(losses.contains(&"Approximated tool_choice".to_owned()), "{losses:?}");
    let fresh = json!({"messages": [{"role": "user", "content": "hi"}], "tools": [tool()], "tool_choice": {"type": "none"}});
    assert_eq!(anthropic(&fresh, CLAUDE).0.get("toolConfig"), None);
}

#[test]
fn ids_fit_the_api() {
    let long = "x".repeat(70);
    let messages = json!({"messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "a/b", "name": "look", "input": {}},
            {"type": "tool_use", "id": long, "name": "look", "input": {}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "a/b", "content": "1"},
            {"type": "tool_result", "tool_use_id": long, "content": "2"}]},
    ], "tools": [tool()]});
    let (body, losses) = anthropic(&messages, CLAUDE);
    let id = |message: usize, block: usize, kind: &str| {
        body["messages"][message]["content"][block][kind]["toolUseId"].as_str().unwrap().to_owned()
    };
    assert_eq!(id(1, 0, "toolUse"), "a_b");
    assert_eq!((id(1, 0, "toolUse"), id(1, 1, "toolUse")), (id(2, 0, "toolResult"), id(2, 1, "toolResult")));
    assert_eq!(id(1, 1, "toolUse").len(), 64);
    assert_eq!(losses, ["Approximated tool_use.id"]);
}

#[test]
fn files_have_plain_names_that_differ_and_stand_beside_words() {
    let pdf = |title: &str| {
        let source = json!({"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="});
        json!({"type": "document", "title": title, "source": source, "citations": {"enabled": true}})
    };
    let content = json!([pdf("a_b.pdf"), pdf("Plan"), pdf("Plan")]);
    let (body, losses) = anthropic(&json!({"messages": [{"role": "user", "content": content}]}), CLAUDE);
    let content = &body["messages"][0]["content"];
    let names: Vec<&Value> = (0..3).map(|at| &content[at]["document"]["name"]).collect();
    assert_eq!(names, ["a b pdf", "Plan", "Plan (2)"]);
    assert_eq!(content[0]["document"]["citations"], json!({"enabled": true}));
    assert_eq!(content[3]["text"], "(See the attached document.)");
    assert_eq!(losses, ["Approximated document.title", "Approximated messages[].content"]);
}

#[test]
fn cache_points_go_to_models_that_have_them() {
    let mark = json!({"type": "ephemeral", "ttl": "1h"});
    let mut marked = tool();
    marked["cache_control"] = mark.clone();
    let request = json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": mark}]}],
        "tools": [marked]});
    let points = |model: &str| {
        let (body, losses) = anthropic(&request, model);
        let content = body["messages"][0]["content"].get(1).cloned();
        (content, body["toolConfig"]["tools"].get(1).cloned(), losses)
    };
    let long = Some(json!({"cachePoint": {"type": "default", "ttl": "1h"}}));
    assert_eq!(points(CLAUDE), (long.clone(), long, vec![]));
    let short = Some(json!({"cachePoint": {"type": "default"}}));
    let lost = vec!["Dropped cache_control".to_owned(), "Approximated cache_control".to_owned()];
    assert_eq!(points(NOVA), (short, None, lost));
    assert_eq!(points(LLAMA), (None, None, vec!["Dropped cache_control".to_owned()]));
}

#[test]
fn each_vendor_is_told_how_much_to_reason_in_its_own_way() {
    let request =
        json!({"messages": [{"role": "user", "content": "hi"}], "reasoning_effort": "high", "top_k": 5});
    let told = |model: &str| {
        let (body, losses) = translate(Dialect::OpenAiChat, &request, model);
        (body["additionalModelRequestFields"].clone(), losses)
    };
    let thinking = json!({"thinking": {"type": "enabled", "budget_tokens": 8_192}});
    assert_eq!(
        told(CLAUDE),
        (thinking, vec!["Approximated reasoning_effort".into(), "Dropped top_k".into()])
    );
    assert_eq!(
        told("openai.gpt-oss-120b-1:0"),
        (json!({"reasoning_effort": "high"}), vec!["Dropped top_k".into()])
    );
    let nova = json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}, "inferenceConfig": {"topK": 5}});
    assert_eq!(told("us.amazon.nova-2-lite-v1:0"), (nova, vec!["Approximated reasoning_effort".into()]));
    assert_eq!(told(LLAMA), (Value::Null, vec!["Dropped reasoning".into(), "Dropped top_k".into()]));
    let old = "anthropic.claude-3-5-sonnet-20240620-v1:0";
    assert_eq!(told(old), (json!({"top_k": 5}), vec!["Dropped reasoning".into()]));
}

#[test]
fn anthropics_clients_keep_what_is_anthropics() {
    let request = json!({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 9_000, "top_k": 3,
        "thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "xhigh"},
        "anthropic_beta": ["a-1"]});
    let (body, losses) = anthropic(&request, CLAUDE);
    let additional = &body["additionalModelRequestFields"];
    assert_eq!(additional["thinking"], json!({"type": "adaptive", "display": "omitted"}));
    assert_eq!(additional["anthropic_beta"], json!(["a-1"]));
    assert_eq!(body["outputConfig"], json!({"effort": "xhigh"}));
    assert_eq!(losses, ["Dropped top_k"]);
}

#[test]
fn a_tool_that_failed_is_told_in_words_where_there_is_no_status() {
    let (body, losses) = anthropic(&json!({"messages": called(), "tools": [tool()]}), LLAMA);
    let result = &body["messages"][2]["content"][0]["toolResult"];
    assert_eq!(result, &json!({"toolUseId": "t1", "content": [{"text": "[tool error]"}]}));
    assert_eq!(losses, ["Approximated tool_result.is_error"]);
}

#[test]
fn proofs_of_other_providers_come_back_out_of_their_seals() {
    let reasoning = |signature: &str| json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": signature}}});
    let sealed = "lynkr.v1.eyJpZCI6InJzXzEiLCJlbmNyeXB0ZWQiOiJnQUFBIiwidGV4dCI6ImhtIn0=";
    let request = json!({"messages": [user("hi"), {"role": "assistant", "content": [reasoning(sealed), {"text": "so"}]}, user("go on")]});
    let conversation = decode(&request.to_string());
    let Block::Thinking(thinking) = &conversation.turns[1].blocks[0] else { panic!("reasoning") };
    assert!(matches!(&thinking.proof, Some(Proof::Item { id, .. }) if id == "rs_1"));
    let upstream =
        codec(Dialect::OpenAiResponses).encode_request(&conversation, &Target::new("gpt-5")).unwrap();
    assert!(String::from_utf8(upstream.body).unwrap().contains("\"encrypted_content\":\"gAAA\""));
    assert!(!crate::peek::peek(Dialect::BedrockConverse, request.to_string().as_bytes()).unwrap().native);
    // The provider of this dialect can't check it.
    let (body, losses) = encode_for(&conversation, CLAUDE);
    assert_eq!(body["messages"][1]["content"], json!([{"text": "so"}]));
    assert_eq!(losses, ["Dropped reasoningContent"]);
}

#[test]
fn errors_name_the_field() {
    let cases = [
        (json!({}), "messages: is required"),
        (json!({"messages": []}), "messages: must not be empty"),
        (
            json!({"messages": [{"role": "tool", "content": []}]}),
            "messages[0].role: `tool` is none of `user`, `assistant`, `system`",
        ),
        (json!({"messages": [{"role": "user"}]}), "messages[0].content: is required"),
        (
            json!({"messages": [{"role": "user", "content": [{}]}]}),
            "messages[0].content[0]: must have one field",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"toolUse": {"name": "a"}}]}]}),
            "messages[0].content[0].toolUse.toolUseId: is required",
        ),
        (
            json!({"messages": [user("a")], "toolConfig": {"tools": [{"toolSpec": {}}]}}),
            "toolConfig.tools[0].toolSpec.name: is required",
        ),
    ];
    for (request, expected) in cases {
        let error = BedrockConverseCodec.decode_request(request.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.message, expected);
    }
}

#[test]
fn tools_in_other_vendors_forms_are_read_and_not_passed_through() {
    let request = json!({"messages": [user("a")], "toolConfig": {"tools": [
        {"name": "one", "input_schema": {"type": "object"}},
        {"type": "function", "function": {"name": "two", "parameters": {"type": "object"}}}]}});
    let conversation = decode(&request.to_string());
    let names: Vec<&str> = conversation.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    let seen = crate::peek::peek(Dialect::BedrockConverse, request.to_string().as_bytes()).unwrap();
    assert_eq!((seen.native, seen.tools, seen.model_in_url), (false, 2, true));
}
