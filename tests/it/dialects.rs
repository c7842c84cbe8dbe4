//! What a client of each dialect sends, and how strictly it reads what comes back. Written by hand, like the
//! scripted model: nothing here shares code with the gateway.

mod read;
mod talk;
mod turn;

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

pub(crate) use read::{Answer, Called, answer, answer_of_stream, frames};
pub(crate) use talk::Talk;
pub(crate) use turn::{CLIENT_KEY, busy, hear, round_trip};

/// All of them.
pub(crate) const ALL: [Dialect; 4] = [Dialect::Anthropic, Dialect::Chat, Dialect::Responses, Dialect::Ollama];

/// The key that the gateway has for its upstream.
pub(crate) const UPSTREAM_KEY: &str = "upstream-key-of-the-gateway";

/// Where clients send their requests.
pub(crate) fn path(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "/v1/messages",
        Dialect::Chat => "/v1/chat/completions",
        Dialect::Responses => "/v1/responses",
        Dialect::Ollama => "/api/chat",
    }
}

/// A model that an upstream of this dialect has.
pub(crate) fn model(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "claude-sonnet-4-5",
        Dialect::Chat | Dialect::Responses => "gpt-5",
        Dialect::Ollama => "qwen3:latest",
    }
}

/// The settings for an upstream that is spoken to in this dialect and in no other.
pub(crate) fn provider(dialect: Dialect, url: &str) -> Vec<(&'static str, String)> {
    let (name, endpoint, model_name, key) = match dialect {
        Dialect::Anthropic => {
            ("anthropic", ("ANTHROPIC_ENDPOINT", url.to_owned()), "ANTHROPIC_MODEL", "ANTHROPIC_API_KEY")
        }
        Dialect::Chat | Dialect::Responses => {
            let endpoint = ("OPENAI_ENDPOINT", format!("{url}{}", path(dialect)));
            ("openai", endpoint, "OPENAI_MODEL", "OPENAI_API_KEY")
        }
        Dialect::Ollama => {
            let endpoint = ("OLLAMA_ENDPOINT", format!("{url}/api/chat"));
            ("ollama", endpoint, "OLLAMA_MODEL", "OPENAI_API_KEY")
        }
    };
    vec![
        ("MODEL_PROVIDER", name.to_owned()),
        endpoint,
        (model_name, model(dialect).to_owned()),
        (key, UPSTREAM_KEY.to_owned()),
    ]
}

/// The smallest request.
pub(crate) fn ask(dialect: Dialect, text: &str, stream: bool) -> Value {
    let turns = json!([{"role": "user", "content": text}]);
    let model = model(dialect);
    match dialect {
        Dialect::Anthropic => {
            json!({"model": model, "max_tokens": 1000, "messages": turns, "stream": stream})
        }
        Dialect::Responses => json!({"model": model, "input": turns, "stream": stream, "store": false}),
        Dialect::Chat | Dialect::Ollama => json!({"model": model, "messages": turns, "stream": stream}),
    }
}

/// An error body in the dialect's own shape: its type name and its message.
#[track_caller]
pub(crate) fn error(dialect: Dialect, body: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {body}")).to_owned();
    match dialect {
        Dialect::Anthropic => {
            assert_eq!(body["type"], "error", "{body}");
            assert!(body["request_id"].is_string(), "{body}");
            (text(&body["error"]["type"]), text(&body["error"]["message"]))
        }
        Dialect::Chat | Dialect::Responses => {
            let error = body["error"].as_object().unwrap_or_else(|| panic!("no error in {body}"));
            for field in ["message", "type", "param", "code"] {
                assert!(error.contains_key(field), "{field} is missing: {body}");
            }
            (text(&body["error"]["type"]), text(&body["error"]["message"]))
        }
        Dialect::Ollama => (String::new(), text(&body["error"])),
    }
}

/// The error event of a stream that broke: one, and the last. Responses has two forms, of which its clients
/// read the one or the other.
#[track_caller]
pub(crate) fn error_event(dialect: Dialect, body: &str) -> String {
    let frames = frames(dialect, body);
    let errors = frames.iter().filter(|(name, data)| is_error(dialect, name, data)).count();
    let last = frames.len().saturating_sub(errors);
    let (names, data): (Vec<&str>, Vec<&Value>) =
        frames[last..].iter().map(|(name, data)| (name.as_str(), data)).unzip();
    let fits = match dialect {
        Dialect::Responses => {
            matches!(names[..], ["error" | "response.failed"] | ["error", "response.failed"])
        }
        Dialect::Anthropic => names == ["error"],
        Dialect::Chat | Dialect::Ollama => names == [""],
    };
    assert!(
        fits && frames[last..].iter().all(|(name, data)| is_error(dialect, name, data)),
        "one error event was expected, at the end:\n{body}"
    );
    let error = data[0];
    let message = match dialect {
        Dialect::Responses if names[0] == "error" => &error["message"],
        Dialect::Responses => &error["response"]["error"]["message"],
        Dialect::Ollama => &error["error"],
        Dialect::Anthropic | Dialect::Chat => &error["error"]["message"],
    };
    message.as_str().unwrap_or_default().to_owned()
}

fn is_error(dialect: Dialect, name: &str, data: &Value) -> bool {
    match dialect {
        Dialect::Responses => matches!(name, "error" | "response.failed"),
        Dialect::Anthropic => name == "error",
        Dialect::Chat | Dialect::Ollama => data.get("error").is_some_and(|error| !error.is_null()),
    }
}
