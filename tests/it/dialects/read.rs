//! Reads answers as the vendors' own clients do, and minds what those would stumble over.

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

/// A tool call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Called {
    pub id: String,
    pub name: String,
    pub arguments: Value,
}

/// An answer, whichever dialect.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub id: String,
    pub model: String,
    pub thinking: String,
    pub text: String,
    pub calls: Vec<Called>,
    /// Why it ended, in the dialect's own word.
    pub stop: String,
    pub input: u64,
    pub cached: u64,
    pub output: u64,
    /// What the first event said of the input, in dialects that say it there.
    pub first_input: Option<u64>,
    /// What the client keeps of it in its conversation.
    pub turn: Vec<Value>,
}

/// The frames of a stream: event names (empty where the dialect has none) and data. The end mark of chat
/// streams is left out.
#[track_caller]
pub(crate) fn frames(dialect: Dialect, body: &str) -> Vec<(String, Value)> {
    let parse = |text: &str| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text:?}"));
    if dialect == Dialect::Ollama {
        return body.lines().map(|line| (String::new(), parse(line))).collect();
    }
    let mut frames = Vec::new();
    for frame in body.split("\n\n").filter(|frame| !frame.trim().is_empty()) {
        let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let Some(data) = field("data:").filter(|data| *data != "[DONE]") else { continue };
        frames.push((field("event:").unwrap_or_default().to_owned(), parse(data)));
    }
    frames
}

/// A whole answer.
#[track_caller]
pub(crate) fn answer(dialect: Dialect, body: &Value) -> Answer {
    match dialect {
        Dialect::Anthropic => anthropic(body),
        Dialect::Chat => chat(body),
        Dialect::Responses => responses(body),
        Dialect::Ollama => ollama(body),
    }
}

/// A streamed answer, put together event by event.
#[track_caller]
pub(crate) fn answer_of_stream(dialect: Dialect, body: &str) -> Answer {
    let frames = frames(dialect, body);
    match dialect {
        Dialect::Anthropic => anthropic_stream(&frames),
        Dialect::Chat => {
            assert!(body.trim_end().ends_with("data: [DONE]"), "a chat stream ends with its mark:\n{body}");
            chat_stream(&frames)
        }
        Dialect::Responses => responses_stream(&frames),
        Dialect::Ollama => ollama_stream(&frames),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[track_caller]
fn parsed(arguments: &str) -> Value {
    serde_json::from_str(arguments).unwrap_or_else(|error| panic!("{error} in the arguments {arguments:?}"))
}

fn anthropic(body: &Value) -> Answer {
    let mut answer = Answer {
        id: text(&body["id"]),
        model: text(&body["model"]),
        stop: text(&body["stop_reason"]),
        input: body["usage"]["input_tokens"].as_u64().expect("input_tokens"),
        cached: body["usage"]["cache_read_input_tokens"].as_u64().unwrap_or(0),
        output: body["usage"]["output_tokens"].as_u64().expect("output_tokens"),
        turn: vec![json!({"role": "assistant", "content": body["content"]})],
        ..Answer::default()
    };
    assert_eq!((&body["type"], &body["role"]), (&json!("message"), &json!("assistant")));
    for block in items(&body["content"]) {
        match text(&block["type"]).as_str() {
            "text" => answer.text += &text(&block["text"]),
            "thinking" => answer.thinking += &text(&block["thinking"]),
            "tool_use" => answer.calls.push(Called {
                id: text(&block["id"]),
                name: text(&block["name"]),
                arguments: block["input"].clone(),
            }),
            other => panic!("a block of type {other}"),
        }
    }
    answer
}

/// Builds the message that the events describe.
#[track_caller]
fn anthropic_stream(frames: &[(String, Value)]) -> Answer {
    let mut message = Value::Null;
    let mut partial: Vec<String> = Vec::new();
    let mut open = None;
    let mut ended = false;
    for (name, event) in frames {
        assert_eq!(event["type"], name.as_str(), "the event line must name the type");
        assert!(!ended, "{name} after the end");
        let index = event["index"].as_u64().map(|index| usize::try_from(index).expect("small"));
        match name.as_str() {
            "message_start" => message = event["message"].clone(),
            "content_block_start" => {
                assert_eq!((open, index), (None, Some(partial.len())), "blocks are dense and one at a time");
                open = index;
                partial.push(String::new());
                message["content"].as_array_mut().expect("a message").push(event["content_block"].clone());
            }
            "content_block_delta" => {
                assert_eq!(open, index, "a delta belongs to the open block");
                let block = &mut message["content"][index.expect("an index")];
                anthropic_delta(block, &mut partial[index.expect("an index")], &event["delta"]);
            }
            "content_block_stop" => {
                assert_eq!(open.take(), index);
                let (place, block) =
                    (index.expect("an index"), &mut message["content"][index.expect("an index")]);
                if block["type"] == "tool_use" && !partial[place].is_empty() {
                    block["input"] = parsed(&partial[place]);
                }
            }
            "message_delta" => {
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
                for (field, value) in event["usage"].as_object().expect("usage") {
                    message["usage"][field] = value.clone();
                }
            }
            "message_stop" => ended = true,
            "ping" => {}
            other => panic!("an event of type {other}"),
        }
    }
    assert!(ended && open.is_none(), "the stream has its end");
    let first = frames.iter().find(|(name, _)| name == "message_start").expect("a start");
    let first_input = first.1["message"]["usage"]["input_tokens"].as_u64();
    Answer { first_input, ..anthropic(&message) }
}

fn anthropic_delta(block: &mut Value, partial: &mut String, delta: &Value) {
    let mut add = |field: &str| block[field] = json!(text(&block[field]) + &text(&delta[field]));
    match text(&delta["type"]).as_str() {
        "text_delta" => add("text"),
        "thinking_delta" => add("thinking"),
        "signature_delta" => add("signature"),
        "input_json_delta" => *partial += &text(&delta["partial_json"]),
        other => panic!("a delta of type {other}"),
    }
}

fn chat(body: &Value) -> Answer {
    assert_eq!(body["object"], "chat.completion");
    let choice = &body["choices"][0];
    let mut answer = chat_message(&choice["message"]);
    answer.stop = text(&choice["finish_reason"]);
    answer.id = text(&body["id"]);
    answer.model = text(&body["model"]);
    chat_usage(&mut answer, &body["usage"]);
    answer
}

fn chat_message(message: &Value) -> Answer {
    let call = |call: &Value| Called {
        id: text(&call["id"]),
        name: text(&call["function"]["name"]),
        arguments: parsed(call["function"]["arguments"].as_str().expect("arguments are a string")),
    };
    Answer {
        thinking: text(&message["reasoning_content"]),
        text: text(&message["content"]),
        calls: items(&message["tool_calls"]).iter().map(call).collect(),
        turn: vec![message.clone()],
        ..Answer::default()
    }
}

fn chat_usage(answer: &mut Answer, usage: &Value) {
    answer.input = usage["prompt_tokens"].as_u64().unwrap_or(0);
    answer.cached = usage["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap_or(0);
    answer.output = usage["completion_tokens"].as_u64().unwrap_or(0);
}

#[track_caller]
fn chat_stream(frames: &[(String, Value)]) -> Answer {
    let mut message = json!({"role": "assistant", "content": null});
    let mut calls: Vec<Value> = Vec::new();
    let (mut stop, mut usage) = (String::new(), Value::Null);
    for (_, chunk) in frames {
        assert_eq!(chunk["object"], "chat.completion.chunk", "{chunk}");
        if chunk["usage"].is_object() {
            usage = chunk["usage"].clone();
        }
        for choice in items(&chunk["choices"]) {
            stop += &text(&choice["finish_reason"]);
            let delta = &choice["delta"];
            for field in ["content", "reasoning_content"] {
                if delta[field].is_string() {
                    message[field] = json!(text(&message[field]) + &text(&delta[field]));
                }
            }
            for part in items(&delta["tool_calls"]) {
                chat_call_part(&mut calls, part);
            }
        }
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let mut answer = chat_message(&message);
    answer.stop = stop;
    answer.id = text(&frames[0].1["id"]);
    answer.model = text(&frames[0].1["model"]);
    assert!(frames.iter().all(|(_, chunk)| chunk["id"] == frames[0].1["id"]), "one id for all chunks");
    chat_usage(&mut answer, &usage);
    answer
}

fn chat_call_part(calls: &mut Vec<Value>, part: &Value) {
    let index = usize::try_from(part["index"].as_u64().expect("an index")).expect("small");
    if index == calls.len() {
        assert!(part["id"].is_string() && part["function"]["name"].is_string(), "a call opens whole: {part}");
        calls.push(json!({"id": part["id"], "type": "function",
            "function": {"name": part["function"]["name"], "arguments": ""}}));
    }
    let arguments = &mut calls[index]["function"]["arguments"];
    *arguments = json!(text(arguments) + &text(&part["function"]["arguments"]));
}

fn responses(body: &Value) -> Answer {
    assert_eq!(body["object"], "response");
    let mut answer = Answer {
        id: text(&body["id"]),
        model: text(&body["model"]),
        stop: text(&body["status"]),
        input: body["usage"]["input_tokens"].as_u64().unwrap_or(0),
        cached: body["usage"]["input_tokens_details"]["cached_tokens"].as_u64().unwrap_or(0),
        output: body["usage"]["output_tokens"].as_u64().unwrap_or(0),
        turn: items(&body["output"]).to_vec(),
        ..Answer::default()
    };
    for item in items(&body["output"]) {
        match text(&item["type"]).as_str() {
            "message" => {
                for part in items(&item["content"]) {
                    answer.text += &text(&part["text"]);
                }
            }
            "reasoning" => {
                for part in items(&item["summary"]).iter().chain(items(&item["content"])) {
                    answer.thinking += &text(&part["text"]);
                }
            }
            "function_call" => answer.calls.push(Called {
                id: text(&item["call_id"]),
                name: text(&item["name"]),
                arguments: parsed(item["arguments"].as_str().expect("arguments are a string")),
            }),
            other => panic!("an item of type {other}"),
        }
    }
    answer
}

/// The items come whole at their end; the fragments before must add up to them.
#[track_caller]
fn responses_stream(frames: &[(String, Value)]) -> Answer {
    let mut done = Vec::new();
    let (mut added, mut texts, mut arguments) = (0, String::new(), String::new());
    for (place, (name, event)) in frames.iter().enumerate() {
        assert_eq!(event["type"], name.as_str(), "the event line must name the type");
        assert_eq!(event["sequence_number"].as_u64(), u64::try_from(place).ok(), "{event}");
        match name.as_str() {
            "response.output_item.added" => {
                assert_eq!(event["output_index"], added, "items are dense");
                added += 1;
            }
            "response.output_item.done" => done.push(event["item"].clone()),
            "response.output_text.delta" => texts += &text(&event["delta"]),
            "response.function_call_arguments.delta" => arguments += &text(&event["delta"]),
            _ => {}
        }
    }
    assert_eq!(frames.first().map(|(name, _)| name.as_str()), Some("response.created"));
    let (name, last) = frames.last().expect("a last event");
    assert!(matches!(name.as_str(), "response.completed" | "response.incomplete"), "ends with {last}");
    let response = &last["response"];
    assert_eq!(items(&response["output"]), done, "the items of the end are those that came");
    let answer = responses(response);
    assert_eq!(texts, answer.text, "the fragments add up to the text");
    let whole: String = done.iter().map(|item| text(&item["arguments"])).collect();
    assert!(arguments == whole || arguments.is_empty(), "the fragments add up to the arguments");
    answer
}

fn ollama(body: &Value) -> Answer {
    assert_eq!(body["done"], true, "{body}");
    let message = &body["message"];
    let call = |call: &Value| Called {
        id: text(&call["id"]),
        name: text(&call["function"]["name"]),
        arguments: call["function"]["arguments"].clone(),
    };
    Answer {
        model: text(&body["model"]),
        thinking: text(&message["thinking"]),
        text: text(&message["content"]),
        calls: items(&message["tool_calls"]).iter().map(call).collect(),
        stop: text(&body["done_reason"]),
        input: body["prompt_eval_count"].as_u64().unwrap_or(0),
        output: body["eval_count"].as_u64().unwrap_or(0),
        turn: vec![message.clone()],
        ..Answer::default()
    }
}

#[track_caller]
fn ollama_stream(frames: &[(String, Value)]) -> Answer {
    let (_, last) = frames.last().expect("a last line");
    let mut message = json!({"role": "assistant", "content": ""});
    let mut calls = Vec::new();
    for (place, (_, line)) in frames.iter().enumerate() {
        assert_eq!(line["done"], json!(place + 1 == frames.len()), "only the last line ends it");
        for field in ["content", "thinking"] {
            if line["message"][field].is_string() {
                message[field] = json!(text(&message[field]) + &text(&line["message"][field]));
            }
        }
        calls.extend(items(&line["message"]["tool_calls"]).iter().cloned());
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let mut whole = last.clone();
    whole["message"] = message;
    ollama(&whole)
}
