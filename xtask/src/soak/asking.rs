//! The soak's clients: one request after the other, in every dialect, whole and streamed.

use super::answers;
use super::upstream::{self, Kind};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use lynkr_testkit::Dialect;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// Far more than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);
const DIALECTS: [Dialect; 4] = [Dialect::Anthropic, Dialect::Chat, Dialect::Responses, Dialect::Ollama];

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// As it had to be; the word is its kind.
    Right(&'static str),
    /// What was wrong.
    Wrong(String),
}

/// A client of one gateway.
pub(crate) struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    gateway: SocketAddr,
}

impl Client {
    pub(crate) fn new(gateway: SocketAddr) -> Self {
        Self { http: Http::builder(TokioExecutor::new()).build(HttpConnector::new()), gateway }
    }

    /// Asks what the number says and judges the answer.
    pub(crate) async fn ask(&self, number: u64) -> Outcome {
        let (word, kind) = Kind::of(number);
        // The kinds repeat after fifteen numbers, which shares nothing with eight.
        let dialect = DIALECTS[usize::try_from(number % 4).unwrap_or_default()];
        let is_stream = (number / 4).is_multiple_of(2);
        let place = || format!("request {number}, {word}, {dialect:?}, stream {is_stream}");
        match tokio::time::timeout(PATIENCE, self.exchange(number, kind, dialect, is_stream)).await {
            Ok(Ok(())) => Outcome::Right(word),
            Ok(Err(error)) => Outcome::Wrong(format!("{}: {error:#}", place())),
            Err(_) => Outcome::Wrong(format!("{}: no answer in {PATIENCE:?}", place())),
        }
    }

    async fn exchange(
        &self,
        number: u64,
        kind: Kind,
        dialect: Dialect,
        is_stream: bool,
    ) -> anyhow::Result<()> {
        let request = Request::post(format!("http://{}{}", self.gateway, path(dialect)))
            .header("content-type", "application/json")
            // A client that counts its own retries: nothing is sent again behind its back.
            .header("x-stainless-retry-count", "1")
            .body(Full::new(Bytes::from(body(number, dialect, is_stream).to_string())))?;
        let response = self.http.request(request).await?;
        let status = response.status();
        let mut body = response.into_body();
        if kind == Kind::Left {
            // A first piece, and gone.
            let _ = body.frame().await;
            return Ok(());
        }
        let bytes = body.collect().await?.to_bytes();
        judge(number, kind, dialect, is_stream, status, &String::from_utf8(bytes.to_vec())?)
    }
}

fn path(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "/v1/messages",
        Dialect::Chat => "/v1/chat/completions",
        Dialect::Responses => "/v1/responses",
        Dialect::Ollama => "/api/chat",
    }
}

fn body(number: u64, dialect: Dialect, is_stream: bool) -> Value {
    let turns = json!([{"role": "user", "content": format!("Please do this. soak:{number}: {}", "Text. ".repeat(40))}]);
    let schema =
        json!({"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]});
    let function = json!({"name": "Bash", "description": "Runs a command.", "parameters": schema});
    let tool = json!({"type": "function", "function": function});
    match dialect {
        Dialect::Anthropic => json!({
            "model": "claude-sonnet-4-5", "max_tokens": 1000, "messages": turns, "stream": is_stream,
            "tools": [{"name": "Bash", "description": "Runs a command.", "input_schema": schema}],
        }),
        Dialect::Responses => {
            let mut tool = function;
            tool["type"] = json!("function");
            json!({"model": "gpt-4o", "input": turns, "stream": is_stream, "tools": [tool]})
        }
        Dialect::Chat | Dialect::Ollama => {
            json!({"model": "gpt-4o", "messages": turns, "stream": is_stream, "tools": [tool]})
        }
    }
}

fn judge(
    number: u64,
    kind: Kind,
    dialect: Dialect,
    is_stream: bool,
    status: StatusCode,
    body: &str,
) -> anyhow::Result<()> {
    let expected = match kind {
        Kind::Refused => Some(500),
        Kind::Limited => Some(429),
        Kind::Reset => Some(502),
        Kind::Cut if !is_stream => Some(502),
        _ => None,
    };
    let start = || body.chars().take(500).collect::<String>();
    if let Some(expected) = expected {
        anyhow::ensure!(status == expected, "{status} where {expected} is due: {}", start());
        let error: Value = serde_json::from_str(body)?;
        anyhow::ensure!(!error["error"].is_null(), "no error in {error}");
        return Ok(());
    }
    let answer = if is_stream { answers::streamed(dialect, body) } else { answers::whole(dialect, body) };
    if kind == Kind::Cut {
        anyhow::ensure!(
            status == 502 || !answer.is_ok_and(|answer| answer.complete),
            "a broken answer looks whole: {}",
            start()
        );
        return Ok(());
    }
    anyhow::ensure!(status == 200, "{status}: {}", start());
    let answer = answer?;
    anyhow::ensure!(answer.complete, "incomplete: {body}");
    let said = if kind == Kind::Tool { answer.command()? } else { answer.text };
    anyhow::ensure!(said == upstream::text(number), "another text than was sent: {said:?} in {body}");
    Ok(())
}
