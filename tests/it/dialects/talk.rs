//! A conversation as a client keeps it: what it sends grows by the answers that it gets.

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use super::{Answer, Called, ask, path};
use crate::http::Call;

/// The beginning of a picture: enough for everyone who looks at its first bytes only.
const PNG: &str = "iVBORw0KGgo=";

/// A conversation.
pub(crate) struct Talk {
    dialect: Dialect,
    pub body: Value,
}

impl Talk {
    pub(crate) fn new(dialect: Dialect, text: &str, stream: bool) -> Self {
        Self { dialect, body: ask(dialect, text, stream) }
    }

    /// The model's instructions.
    pub(crate) fn system(mut self, text: &str) -> Self {
        match self.dialect {
            Dialect::Anthropic => {
                self.body["system"] =
                    json!([{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]);
            }
            Dialect::Responses => self.body["instructions"] = json!(text),
            Dialect::Chat | Dialect::Ollama => {
                self.turns().insert(0, json!({"role": "system", "content": text}));
            }
        }
        self
    }

    /// A picture in the user's message.
    pub(crate) fn picture(mut self) -> Self {
        let url = format!("data:image/png;base64,{PNG}");
        let dialect = self.dialect;
        let last = self.turns().last_mut().expect("there is a message");
        let text = last["content"].clone();
        match dialect {
            Dialect::Anthropic => {
                let source = json!({"type": "base64", "media_type": "image/png", "data": PNG});
                last["content"] =
                    json!([{"type": "text", "text": text}, {"type": "image", "source": source}]);
            }
            Dialect::Chat => {
                last["content"] =
                    json!([{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}]);
            }
            Dialect::Responses => {
                last["content"] = json!([{"type": "input_text", "text": text}, {"type": "input_image", "image_url": url, "detail": "auto"}]);
            }
            Dialect::Ollama => last["images"] = json!([PNG]),
        }
        self
    }

    /// Offers a shell, under the name that it has in this dialect's best-known client.
    pub(crate) fn tools(mut self) -> Self {
        let schema = json!({
            "type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"],
            "additionalProperties": false,
        });
        let function = json!({"name": "Bash", "description": "Runs a command.", "parameters": schema});
        self.body["tools"] = match self.dialect {
            Dialect::Anthropic => {
                json!([{"name": "Bash", "description": "Runs a command.", "input_schema": schema}])
            }
            Dialect::Chat | Dialect::Ollama => json!([{"type": "function", "function": function}]),
            Dialect::Responses => {
                let mut tool = function;
                tool["type"] = json!("function");
                tool["strict"] = json!(false);
                json!([tool])
            }
        };
        self
    }

    /// Asks for thinking.
    pub(crate) fn thinking(mut self) -> Self {
        match self.dialect {
            Dialect::Anthropic => {
                self.body["max_tokens"] = json!(8000);
                self.body["thinking"] = json!({"type": "enabled", "budget_tokens": 2048});
            }
            Dialect::Chat => self.body["reasoning_effort"] = json!("high"),
            Dialect::Responses => {
                self.body["reasoning"] = json!({"effort": "high", "summary": "auto"});
                self.body["include"] = json!(["reasoning.encrypted_content"]);
            }
            Dialect::Ollama => self.body["think"] = json!(true),
        }
        self
    }

    pub(crate) fn set(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }

    pub(crate) fn call(&self) -> Call {
        Call::json(path(self.dialect), &self.body)
    }

    fn turns(&mut self) -> &mut Vec<Value> {
        let field = if self.dialect == Dialect::Responses { "input" } else { "messages" };
        self.body[field].as_array_mut().expect("turns are a list")
    }

    /// Takes the answer into the conversation, as it came.
    pub(crate) fn heard(&mut self, answer: &Answer) {
        self.turns().extend(answer.turn.iter().cloned());
    }

    /// Answers every call: the first with a text and a picture where the dialect has room for one, the others
    /// with a failure.
    pub(crate) fn results(&mut self, calls: &[Called]) {
        let dialect = self.dialect;
        let results: Vec<Value> =
            calls.iter().enumerate().map(|(place, call)| result(dialect, place, call)).collect();
        match dialect {
            Dialect::Anthropic => self.turns().push(json!({"role": "user", "content": results})),
            Dialect::Chat | Dialect::Responses | Dialect::Ollama => self.turns().extend(results),
        }
    }
}

fn result(dialect: Dialect, place: usize, call: &Called) -> Value {
    let text = format!("LYNKR_RESULT_{place}");
    match (dialect, place) {
        (Dialect::Anthropic, 0) => {
            let source = json!({"type": "base64", "media_type": "image/png", "data": PNG});
            let content = json!([{"type": "text", "text": text}, {"type": "image", "source": source}]);
            json!({"type": "tool_result", "tool_use_id": call.id, "content": content})
        }
        (Dialect::Anthropic, _) => {
            json!({"type": "tool_result", "tool_use_id": call.id, "content": text, "is_error": true})
        }
        (Dialect::Chat, _) => json!({"role": "tool", "tool_call_id": call.id, "content": text}),
        (Dialect::Responses, 0) => {
            let picture = json!({"type": "input_image", "image_url": format!("data:image/png;base64,{PNG}"), "detail": "auto"});
            let output = json!([{"type": "input_text", "text": text}, picture]);
            json!({"type": "function_call_output", "call_id": call.id, "output": output})
        }
        (Dialect::Responses, _) => {
            json!({"type": "function_call_output", "call_id": call.id, "output": text})
        }
        (Dialect::Ollama, _) => json!({"role": "tool", "tool_name": call.name, "content": text}),
    }
}
