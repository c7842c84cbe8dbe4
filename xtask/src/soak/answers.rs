//! Reads answers as clients do, as far as the soak looks at them: text, one tool call, and whether it is complete.

use anyhow::Context as _;
use lynkr_testkit::Dialect;
use serde_json::Value;

/// What is looked at.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    arguments: String,
    pub(crate) complete: bool,
}

impl Answer {
    /// The command of the one tool call.
    pub(crate) fn command(&self) -> anyhow::Result<String> {
        let arguments: Value = serde_json::from_str(&self.arguments)
            .with_context(|| format!("the arguments {:?}", self.arguments))?;
        Ok(arguments["command"].as_str().context("no command in the arguments")?.to_owned())
    }

    fn says(&mut self, text: &Value) {
        self.text += text.as_str().unwrap_or_default();
    }

    fn calls(&mut self, arguments: &Value) {
        match arguments {
            Value::String(piece) => self.arguments += piece,
            Value::Object(_) => self.arguments += &arguments.to_string(),
            _ => {}
        }
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A whole answer.
pub(crate) fn whole(dialect: Dialect, body: &str) -> anyhow::Result<Answer> {
    let body: Value = serde_json::from_str(body)?;
    let mut answer = Answer::default();
    match dialect {
        Dialect::Anthropic => {
            for block in items(&body["content"]) {
                answer.says(&block["text"]);
                answer.calls(&block["input"]);
            }
            answer.complete = body["stop_reason"].is_string();
        }
        Dialect::Chat => {
            let choice = &body["choices"][0];
            answer.says(&choice["message"]["content"]);
            answer.calls(&choice["message"]["tool_calls"][0]["function"]["arguments"]);
            answer.complete = choice["finish_reason"].is_string();
        }
        Dialect::Responses => {
            for item in items(&body["output"]) {
                for part in items(&item["content"]) {
                    answer.says(&part["text"]);
                }
                answer.calls(&item["arguments"]);
            }
            answer.complete = body["status"] == "completed";
        }
        Dialect::Ollama => {
            answer.says(&body["message"]["content"]);
            answer.calls(&body["message"]["tool_calls"][0]["function"]["arguments"]);
            answer.complete = body["done"] == true;
        }
    }
    Ok(answer)
}

/// A streamed answer, read to its end.
pub(crate) fn streamed(dialect: Dialect, body: &str) -> anyhow::Result<Answer> {
    let mut answer = Answer::default();
    for line in body.lines() {
        let data = if dialect == Dialect::Ollama { Some(line) } else { line.strip_prefix("data: ") };
        let Some(data) = data.filter(|data| !data.is_empty()) else { continue };
        if data == "[DONE]" {
            answer.complete = true;
            continue;
        }
        let event: Value = serde_json::from_str(data).with_context(|| format!("in {data}"))?;
        take(dialect, &event, &mut answer);
    }
    Ok(answer)
}

fn take(dialect: Dialect, event: &Value, answer: &mut Answer) {
    match dialect {
        Dialect::Anthropic => {
            answer.says(&event["delta"]["text"]);
            answer.calls(&event["delta"]["partial_json"]);
            answer.complete |= event["type"] == "message_stop";
        }
        Dialect::Chat => {
            let delta = &event["choices"][0]["delta"];
            answer.says(&delta["content"]);
            answer.calls(&delta["tool_calls"][0]["function"]["arguments"]);
        }
        Dialect::Responses => match event["type"].as_str().unwrap_or_default() {
            "response.output_text.delta" => answer.says(&event["delta"]),
            "response.function_call_arguments.delta" => answer.calls(&event["delta"]),
            "response.completed" => answer.complete = true,
            _ => {}
        },
        Dialect::Ollama => {
            answer.says(&event["message"]["content"]);
            answer.calls(&event["message"]["tool_calls"][0]["function"]["arguments"]);
            answer.complete |= event["done"] == true;
        }
    }
}
