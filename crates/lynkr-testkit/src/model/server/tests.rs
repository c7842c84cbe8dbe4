//! The scripted model in each dialect, asked over a plain connection.

use serde_json::{Value, json};

use super::*;
use crate::model::Dialect;
use crate::model::{Arguments, Fault, ToolUse};
use crate::probe::{Answer, Probe};
use crate::script::Abort;

const ALL: [Dialect; 4] = [Dialect::Anthropic, Dialect::Chat, Dialect::Responses, Dialect::Ollama];

fn path(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "/v1/messages",
        Dialect::Chat => "/v1/chat/completions",
        Dialect::Responses => "/v1/responses",
        Dialect::Ollama => "/api/chat",
    }
}

fn ask(dialect: Dialect, stream: bool) -> Value {
    let schema =
        json!({"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]});
    let user = json!([{"role": "user", "content": "hi"}]);
    let function = json!({"name": "bash", "parameters": schema});
    match dialect {
        Dialect::Anthropic => json!({"model": "m", "stream": stream, "max_tokens": 9, "messages": user,
            "thinking": {"type": "adaptive"}, "tools": [{"name": "bash", "input_schema": schema}]}),
        Dialect::Chat | Dialect::Ollama => json!({"model": "m", "stream": stream, "messages": user,
            "tools": [{"type": "function", "function": function}]}),
        Dialect::Responses => {
            json!({"model": "m", "stream": stream, "input": user, "include": ["reasoning.encrypted_content"],
            "tools": [{"type": "function", "name": "bash", "parameters": schema}]})
        }
    }
}

async fn post(model: &ModelUpstream, dialect: Dialect, body: &Value) -> Answer {
    let mut probe = Probe::open(model.upstream().address()).await;
    probe.post(path(dialect), &[("anthropic-version", "2023-06-01")], body).await
}

/// The JSON payloads of a stream, framing checked.
fn payloads(dialect: Dialect, body: &str) -> Vec<Value> {
    if dialect == Dialect::Ollama {
        return body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    }
    let frames = body.split_terminator("\n\n").map(|frame| {
        let (event, data) = frame.rsplit_once('\n').unwrap_or(("", frame));
        (event, data.strip_prefix("data: ").unwrap())
    });
    let parsed = frames.filter(|(_, data)| *data != "[DONE]").map(|(event, data)| {
        let value: Value = serde_json::from_str(data).unwrap();
        let named = event.strip_prefix("event: ").unwrap_or_default();
        assert_eq!(named, value["type"].as_str().unwrap_or_default(), "event line and type agree");
        value
    });
    parsed.collect()
}

#[tokio::test]
async fn whole_answers_carry_thinking_and_the_call() {
    for dialect in ALL {
        let model = ModelScript::new().thinking().start().await.unwrap();
        let answer = post(&model, dialect, &ask(dialect, false)).await;
        assert_eq!(answer.status, 200);
        for needle in ["bash", "thinks about request 0", "LYNKR_%s_42"] {
            assert!(answer.body.contains(needle), "{dialect:?}: {needle} in {}", answer.body);
        }
        assert_eq!((model.violations(), model.generations()), (vec![], 1));
    }
}

#[tokio::test]
async fn anthropic_streams_are_balanced() {
    let model = ModelScript::new().thinking().preamble("I look.").parallel(2).start().await.unwrap();
    let answer = post(&model, Dialect::Anthropic, &ask(Dialect::Anthropic, true)).await;
    let events = payloads(Dialect::Anthropic, &answer.body);
    let of_type = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of_type("content_block_start"), of_type("content_block_stop")), (4, 4));
    assert_eq!(events.first().unwrap()["type"], "message_start");
    assert_eq!(events.last().unwrap()["type"], "message_stop");
    let json: String = events
        .iter()
        .filter(|event| event["index"] == 3)
        .filter_map(|event| event["delta"]["partial_json"].as_str())
        .collect();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["command"], "printf 'LYNKR_%s_42\\n' TOOL");
}

#[tokio::test]
async fn chat_streams_end_with_usage_if_asked_and_done() {
    let model = ModelScript::new().steps(0).cached_tokens(5).start().await.unwrap();
    let mut body = ask(Dialect::Chat, true);
    body["stream_options"] = json!({"include_usage": true});
    let answer = post(&model, Dialect::Chat, &body).await;
    assert!(answer.body.ends_with("data: [DONE]\n\n"));
    let chunks = payloads(Dialect::Chat, &answer.body);
    let text: String =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(text, "LYNKR_DONE steps=0 result=[]");
    let last = chunks.last().unwrap();
    assert_eq!(
        (&last["choices"], &last["usage"]["prompt_tokens_details"]["cached_tokens"]),
        (&json!([]), &json!(5))
    );
}

#[tokio::test]
async fn responses_streams_say_arguments_as_told() {
    let cases = [
        (Arguments::Deltas, true, true, true),
        (Arguments::DeltasOnly, true, false, false),
        (Arguments::DoneOnly, false, true, true),
        (Arguments::Whole, false, false, true),
    ];
    for (style, deltas, done, item) in cases {
        let model = ModelScript::new().arguments(style).thinking().start().await.unwrap();
        let answer = post(&model, Dialect::Responses, &ask(Dialect::Responses, true)).await;
        let events = payloads(Dialect::Responses, &answer.body);
        let numbers: Vec<_> = events.iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (0..events.len() as u64).collect::<Vec<_>>());
        let has = |kind: &str| events.iter().any(|event| event["type"] == kind);
        assert_eq!(has("response.function_call_arguments.delta"), deltas);
        assert_eq!(has("response.function_call_arguments.done"), done);
        let output = &events.last().unwrap()["response"]["output"];
        assert_eq!(output[0]["type"], "reasoning");
        assert_eq!(output[1]["arguments"] != "", item);
    }
}

#[tokio::test]
async fn responses_are_kept_until_they_are_deleted() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let mut probe = Probe::open(model.upstream().address()).await;
    let mut ids = Vec::new();
    for (stream, store) in [(false, true), (true, true), (false, false)] {
        let body = json!({"model": "m", "input": "hi", "stream": stream, "store": store});
        post(&model, Dialect::Responses, &body).await;
        ids.push(format!("resp_kit{:04}", ids.len()));
    }
    let mut ask = async |method: &str, place: &str| {
        let answer = probe.ask(method, &format!("/v1/responses/{place}")).await;
        (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap())
    };
    for id in &ids[..2] {
        let (status, found) = ask("GET", id).await;
        assert_eq!((status, &found["id"], &found["status"]), (200, &json!(id), &json!("completed")));
        assert_eq!(found["output"][0]["content"][0]["text"], "LYNKR_DONE steps=0 result=[]");
        let (_, input) = ask("GET", &format!("{id}/input_items")).await;
        assert_eq!(input["data"][0]["content"], json!([{"type": "input_text", "text": "hi"}]));
    }
    assert_eq!(ask("DELETE", &ids[0]).await.1["deleted"], true);
    for (id, status) in ids.iter().zip([404, 200, 404]) {
        assert_eq!(ask("GET", id).await.0, status, "{id}");
    }
}

#[tokio::test]
async fn ollama_streams_lines_until_done() {
    let model = ModelScript::new().thinking().start().await.unwrap();
    let mut body = ask(Dialect::Ollama, true);
    body.as_object_mut().unwrap().remove("stream");
    let answer = post(&model, Dialect::Ollama, &body).await;
    let lines = payloads(Dialect::Ollama, &answer.body);
    assert!(
        lines.iter().rev().skip(1).all(|line| line["done"] == false) && lines.last().unwrap()["done"] == true
    );
    assert!(lines.iter().any(|line| line["message"]["tool_calls"][0]["function"]["name"] == "bash"));
}

#[tokio::test]
async fn the_final_text_tells_what_arrived() {
    let model = ModelScript::new().start().await.unwrap();
    let mut body = ask(Dialect::Anthropic, false);
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    body["messages"] = json!([
        {"role": "user", "content": [image, {"type": "text", "text": "look"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "bash", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [image, {"type": "text", "text": "exit 0\nLYNKR_TOOL_42"}]}]},
    ]);
    let answer = post(&model, Dialect::Anthropic, &body).await;
    let expected = "LYNKR_DONE steps=1 result=[LYNKR_TOOL_42] images=[image/png:8,image/png:8]";
    assert!(answer.body.contains(expected), "{}", answer.body);
    assert_eq!(model.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn tools_are_called_by_their_schema() {
    let write = ToolUse::Write { path: "a.txt".to_owned(), content: "x".to_owned() };
    let model = ModelScript::new().tool(write).start().await.unwrap();
    let mut body = ask(Dialect::Chat, false);
    body["tools"] = json!([{"type": "function", "function": {"name": "create", "parameters": {"type": "object",
        "properties": {"path": {}, "file_text": {}, "mode": {"enum": ["w"]}, "count": {"type": ["null", "integer"]}},
        "required": ["path", "file_text", "mode", "count"]}}}]);
    let answer: Value = serde_json::from_str(&post(&model, Dialect::Chat, &body).await.body).unwrap();
    let arguments =
        answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(arguments, json!({"path": "a.txt", "file_text": "x", "mode": "w", "count": 1}));
}

#[tokio::test]
async fn faults_strike_as_often_as_told() {
    for dialect in ALL {
        let limit = FaultKind::Status { code: 429, retry_after: Some(7) };
        let model = ModelScript::new()
            .fault(Fault::once(limit))
            .fault(Fault::once(FaultKind::Cut { events: 2, how: Abort::Close }).after(1))
            .fault(Fault::once(FaultKind::ErrorEvent { events: 2 }).after(2))
            .start()
            .await
            .unwrap();
        let limited = post(&model, dialect, &ask(dialect, true)).await;
        assert_eq!((limited.status, limited.headers["retry-after"].to_str().unwrap()), (429, "7"));
        assert!(!post(&model, dialect, &ask(dialect, true)).await.complete);
        let failed = post(&model, dialect, &ask(dialect, true)).await;
        assert!(failed.complete && failed.body.contains("scripted fault in the stream"));
        let healthy = post(&model, dialect, &ask(dialect, true)).await;
        assert!(healthy.complete && healthy.body.contains("bash"));
        assert_eq!(model.generations(), 4);
    }
}

#[tokio::test]
async fn an_enforcing_model_refuses_like_the_vendor() {
    let model = ModelScript::new().enforce().start().await.unwrap();
    let answer =
        post(&model, Dialect::Anthropic, &json!({"model": "m", "max_tokens": 1, "messages": []})).await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &body["error"]["type"]), (400, &json!("invalid_request_error")));
    assert_eq!(model.violations(), ["#0 /v1/messages: messages: at least one is required"]);
}

#[tokio::test]
async fn a_toolless_editor_gets_an_edit_block() {
    let model = ModelScript::new().aider_file("e.txt").start().await.unwrap();
    let body = json!({"model": "m", "messages": [{"role": "system", "content": "use <<<<<<< SEARCH"}, {"role": "user", "content": "go"}]});
    let answer = post(&model, Dialect::Chat, &body).await;
    assert!(answer.body.contains("e.txt\\n```text\\n<<<<<<< SEARCH"));
}
