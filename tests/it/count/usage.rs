//! Measured token counts, from every kind of upstream to every kind of client, streamed and not: what the cache
//! served, what was written to it and what was thought keep their places, and nothing is counted twice.

use lynkr_testkit::{Bytes, Recorded, Script, bedrock};
use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup};
use crate::scripted::Scripted;

/// What an upstream measured.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    /// Input that was neither read from the cache nor written to it.
    fresh: u64,
    read: u64,
    written: u64,
    /// Output, the thinking included.
    output: u64,
    /// None: the API doesn't say.
    thinking: Option<u64>,
}

impl Measured {
    fn input(self) -> u64 {
        self.fresh + self.read + self.written
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Anthropic,
    Chat,
    Responses,
    Gemini,
    Ollama,
}

const CLIENTS: [Client; 5] =
    [Client::Anthropic, Client::Chat, Client::Responses, Client::Gemini, Client::Ollama];

impl Client {
    fn request(self, stream: bool) -> (&'static str, Value) {
        let turns = json!([{"role": "user", "content": "hi"}]);
        match self {
            Self::Anthropic => {
                ("/v1/messages", json!({"model": "m", "max_tokens": 99, "messages": turns, "stream": stream}))
            }
            Self::Chat => (
                "/v1/chat/completions",
                json!({"model": "m", "messages": turns, "stream": stream, "stream_options": {"include_usage": true}}),
            ),
            Self::Responses => ("/v1/responses", json!({"model": "m", "input": turns, "stream": stream})),
            Self::Gemini => {
                let body = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]});
                let streams = "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse";
                (if stream { streams } else { "/v1beta/models/gemini-2.5-pro:generateContent" }, body)
            }
            Self::Ollama => ("/api/chat", json!({"model": "m", "messages": turns, "stream": stream})),
        }
    }

    /// The counts that a client keeps of an answer: those of the last event that has some.
    fn counts(self, text: &str) -> Value {
        let frames = text.lines().map(|line| line.strip_prefix("data:").unwrap_or(line));
        let values = frames.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut counts = values.map(|mut value| match self {
            Self::Anthropic | Self::Chat => value["usage"].take(),
            Self::Responses if value["response"].is_object() => value["response"]["usage"].take(),
            Self::Responses => value["usage"].take(),
            Self::Gemini => value["usageMetadata"].take(),
            Self::Ollama if value["done"] == true => value,
            Self::Ollama => Value::Null,
        });
        counts.rfind(Value::is_object).unwrap_or_default()
    }

    /// The counts in this dialect's own fields; what isn't measured is `null` or 0, as the dialect has it.
    fn expected(self, of: Measured) -> Vec<(&'static str, Value)> {
        let (input, output) = (of.input(), of.output);
        match self {
            Self::Anthropic => vec![
                ("/input_tokens", json!(of.fresh)),
                ("/cache_read_input_tokens", json!(of.read)),
                ("/cache_creation_input_tokens", json!(of.written)),
                ("/output_tokens", json!(output)),
                ("/output_tokens_details/thinking_tokens", json!(of.thinking)),
            ],
            Self::Chat => vec![
                ("/prompt_tokens", json!(input)),
                ("/prompt_tokens_details/cached_tokens", json!(of.read)),
                ("/completion_tokens", json!(output)),
                ("/completion_tokens_details/reasoning_tokens", json!(of.thinking)),
                ("/total_tokens", json!(input + output)),
                ("/estimated", Value::Null),
            ],
            Self::Responses => vec![
                ("/input_tokens", json!(input)),
                ("/input_tokens_details/cached_tokens", json!(of.read)),
                ("/input_tokens_details/cache_write_tokens", json!(of.written)),
                ("/output_tokens", json!(output)),
                ("/output_tokens_details/reasoning_tokens", json!(of.thinking.unwrap_or(0))),
                ("/total_tokens", json!(input + output)),
            ],
            Self::Gemini => vec![
                ("/promptTokenCount", json!(input)),
                ("/cachedContentTokenCount", json!(of.read)),
                ("/candidatesTokenCount", json!(output - of.thinking.unwrap_or(0))),
                ("/thoughtsTokenCount", json!(of.thinking)),
                ("/totalTokenCount", json!(input + output)),
            ],
            Self::Ollama => vec![("/prompt_eval_count", json!(input)), ("/eval_count", json!(output))],
        }
    }
}

/// Every client before an upstream that measures the same each time.
async fn everyone_is_told(gateway: &Gateway, of: Measured) {
    for client in CLIENTS {
        is_told(gateway, client, of).await;
    }
}

/// One client, streamed and not.
async fn is_told(gateway: &Gateway, client: Client, of: Measured) {
    for stream in [false, true] {
        let (path, body) = client.request(stream);
        let reply = gateway.post(path, &body).await;
        let text = reply.text();
        assert_eq!(reply.status, 200, "{client:?}: {text}");
        let counts = client.counts(&if stream { text.clone() } else { reply.json().to_string() });
        for (place, expected) in client.expected(of) {
            let found = counts.pointer(place).cloned().unwrap_or_default();
            assert_eq!(found, expected, "{client:?}, stream {stream}, {place}: {counts}");
        }
        if client == Client::Anthropic && stream {
            let first = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_default();
            let start: Value = serde_json::from_str(first).unwrap();
            assert!(start["message"]["usage"]["input_tokens"].as_u64() > Some(0), "{start}");
        }
    }
}

fn by_key(provider: &str, endpoint: (&str, &str), key: &str, model: (&str, &str)) -> Setup {
    Setup::new()
        .env("MODEL_PROVIDER", provider)
        .env(endpoint.0, endpoint.1)
        .env(key, "upstream-key-0123456789")
        .env(model.0, model.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_s_counts_reach_every_client() {
    let of = Measured { fresh: 305, read: 1000, written: 0, output: 107, thinking: Some(37) };
    let counts = json!({
        "promptTokenCount": 1300, "cachedContentTokenCount": 1000, "candidatesTokenCount": 70,
        "thoughtsTokenCount": 37, "toolUsePromptTokenCount": 5, "totalTokenCount": 1412,
    });
    let server = Scripted::with(move |request: &Recorded| {
        let part = |text: &str, finish: Value, counts: &Value| {
            let candidate =
                json!({"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish});
            json!({"candidates": [candidate], "usageMetadata": counts, "modelVersion": "gemini-2.5-pro"})
        };
        if request.path.ends_with(":generateContent") {
            return Script::json(200, &part("Hello.", json!("STOP"), &counts));
        }
        let early =
            json!({"promptTokenCount": 1300, "cachedContentTokenCount": 1000, "totalTokenCount": 1300});
        let frames = [part("Hel", Value::Null, &early), part("lo.", json!("STOP"), &counts)];
        Script::sse(frames.map(|frame| format!("data: {frame}\n\n")))
    })
    .await;
    let url = server.url();
    let setup =
        by_key("vertex", ("VERTEX_ENDPOINT", &url), "VERTEX_API_KEY", ("VERTEX_MODEL", "gemini-2.5-pro"));
    // Gemini's own client gets Google's bytes: the tokens of Google's tools stand apart there.
    let gateway = setup.start().await;
    let (path, body) = Client::Gemini.request(false);
    let own = gateway.post(path, &body).await.expect(200);
    assert_eq!(
        (&own["usageMetadata"]["promptTokenCount"], &own["usageMetadata"]["toolUsePromptTokenCount"]),
        (&json!(1300), &json!(5))
    );
    for client in CLIENTS.into_iter().filter(|client| *client != Client::Gemini) {
        is_told(&gateway, client, of).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn converse_s_counts_reach_every_client() {
    let of = Measured { fresh: 100, read: 1000, written: 200, output: 70, thinking: None };
    let server = Scripted::with(move |request: &Recorded| {
        let counts = json!({
            "inputTokens": 100, "outputTokens": 70, "totalTokens": 1370, "cacheReadInputTokens": 1000,
            "cacheWriteInputTokens": 200,
        });
        if request.path.ends_with("/converse") {
            let message = json!({"role": "assistant", "content": [{"text": "Hello."}]});
            return Script::json(200, &json!({"output": {"message": message}, "stopReason": "end_turn", "usage": counts, "metrics": {"latencyMs": 5}}));
        }
        let events = [
            ("messageStart", json!({"role": "assistant"})),
            ("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"text": "Hello."}})),
            ("contentBlockStop", json!({"contentBlockIndex": 0})),
            ("messageStop", json!({"stopReason": "end_turn"})),
            ("metadata", json!({"usage": counts, "metrics": {"latencyMs": 5}})),
        ];
        Script::stream(bedrock::CONTENT_TYPE, events.map(|(kind, payload)| bedrock::event(kind, &payload)))
    })
    .await;
    let url = server.url();
    let model = ("AWS_BEDROCK_MODEL_ID", "amazon.nova-pro-v1:0");
    let gateway =
        by_key("bedrock", ("AWS_BEDROCK_ENDPOINT", &url), "AWS_BEDROCK_API_KEY", model).start().await;
    everyone_is_told(&gateway, of).await;
}

/// Claude's answer, whole or as events.
fn claude(stream: bool) -> Vec<Value> {
    let counts = json!({
        "input_tokens": 100, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200, "output_tokens": 70,
        "output_tokens_details": {"thinking_tokens": 30},
    });
    let message = |content: Value, stop: Value, counts: &Value| {
        json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": content,
            "stop_reason": stop, "stop_sequence": null, "usage": counts})
    };
    if !stream {
        return vec![message(json!([{"type": "text", "text": "Hello."}]), json!("end_turn"), &counts)];
    }
    let early = json!({"input_tokens": 100, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200, "output_tokens": 1});
    vec![
        json!({"type": "message_start", "message": message(json!([]), Value::Null, &early)}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello."}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": counts}),
        json!({"type": "message_stop"}),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_s_counts_reach_every_client() {
    let of = Measured { fresh: 100, read: 1000, written: 200, output: 70, thinking: Some(30) };
    let server = Scripted::with(move |request: &Recorded| {
        let events = claude(true);
        if request.path.ends_with("/invoke-with-response-stream") {
            let frames: Vec<Bytes> =
                events.iter().map(|event| bedrock::chunk(&format!("data: {event}\n"))).collect();
            return Script::stream(bedrock::CONTENT_TYPE, frames);
        }
        if request.json()["stream"] == true {
            let named =
                |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
            return Script::sse(events.iter().map(named));
        }
        Script::json(200, &claude(false)[0])
    })
    .await;
    let url = server.url();
    let endpoint = ("ANTHROPIC_ENDPOINT", url.as_str());
    let model = ("ANTHROPIC_MODEL", "claude-sonnet-4-5");
    let gateway = by_key("anthropic", endpoint, "ANTHROPIC_API_KEY", model).start().await;
    everyone_is_told(&gateway, of).await;
    // On Bedrock in Anthropic's own form for its own clients; the others' way there is Converse.
    let model = ("AWS_BEDROCK_MODEL_ID", "us.anthropic.claude-sonnet-4-5-20250929-v1:0");
    let endpoint = ("AWS_BEDROCK_ENDPOINT", url.as_str());
    let gateway = by_key("bedrock", endpoint, "AWS_BEDROCK_API_KEY", model).start().await;
    is_told(&gateway, Client::Anthropic, of).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_s_counts_reach_every_client() {
    let of = Measured { fresh: 100, read: 1000, written: 200, output: 70, thinking: Some(30) };
    let server = Scripted::with(move |request: &Recorded| {
        let counts = json!({
            "prompt_tokens": 1300, "completion_tokens": 70, "total_tokens": 1370,
            "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 200},
            "completion_tokens_details": {"reasoning_tokens": 30},
        });
        let answer = |object: &str, choices: Value, counts: &Value| {
            json!({"id": "chatcmpl-1", "object": object, "created": 1, "model": "gpt-4o", "choices": choices, "usage": counts})
        };
        if request.json()["stream"] != true {
            let choice = json!({"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"});
            return Script::json(200, &answer("chat.completion", json!([choice]), &counts));
        }
        let piece = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
        let chunks = [
            answer("chat.completion.chunk", piece(json!({"role": "assistant", "content": "Hello."}), Value::Null), &Value::Null),
            answer("chat.completion.chunk", piece(json!({}), json!("stop")), &Value::Null),
            answer("chat.completion.chunk", json!([]), &counts),
        ];
        let end = ["data: [DONE]\n\n".to_owned()];
        Script::sse(chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).chain(end))
    })
    .await;
    let url = format!("{}/v1/chat/completions", server.url());
    let gateway = by_key("openai", ("OPENAI_ENDPOINT", &url), "OPENAI_API_KEY", ("OPENAI_MODEL", "gpt-4o"))
        .start()
        .await;
    everyone_is_told(&gateway, of).await;
}
