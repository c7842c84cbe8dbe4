//! One connection: requests in, events out, and the history that ids refer to.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use lynkr_orchestrator::{Answer, AnswerBody, Failure, Headers, Identity, Ingress, Shutdown, Warrant};
use lynkr_protocol::wire::Json;
use lynkr_protocol::{ApiError, Dialect, openai_responses};
use lynkr_telemetry::{ServerMessage, ServerSpan};
use lynkr_types::{FaultKind, TraceContext};
use serde_json::{Map, Value, json};

use super::events::{Closed, Complete, relay_events, send, send_events, told};
use crate::context::Service;
use crate::ingress;
use crate::observe::{Scheme, defect};

/// Answers of one connection that can be continued. Clients continue the last one.
const MOST_ANSWERS: usize = 8;

/// How long the client may take to answer a close frame. Before that, what was sent last may still be lost.
const FAREWELL: Duration = Duration::from_millis(250);

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    service: Service,
    headers: Headers,
    gateway_key: Option<usize>,
    identity: Arc<Identity>,
    trace: Option<TraceContext>,
    scheme: Scheme,
    warrant: Arc<dyn Warrant>,
    request_id: String,
    requests: u64,
    /// The newest answers with all items that lead to them.
    answers: VecDeque<(String, Vec<Json>)>,
}

/// A frame of the client, read.
struct Create {
    body: Map<String, Value>,
    /// All items: those that lead to the answer which is continued, then the new ones.
    items: Vec<Json>,
    generate: bool,
}

impl Session {
    pub(super) fn new(service: Service, request: &Request, request_id: String) -> Self {
        Self {
            service,
            headers: Headers::from(request.headers()),
            gateway_key: ingress::gateway_key(request.extensions()),
            identity: ingress::identity(request.extensions()),
            trace: ingress::trace(request.extensions()),
            scheme: Scheme::of(request.extensions()),
            warrant: ingress::warrant(request.extensions()),
            request_id,
            requests: 0,
            answers: VecDeque::new(),
        }
    }

    /// Serves until the client goes.
    pub(super) async fn run(mut self, socket: WebSocket) {
        let (mut sink, mut source) = socket.split();
        let mut waiting = VecDeque::new();
        loop {
            let text = if let Some(text) = waiting.pop_front() {
                text
            } else {
                tokio::select! {
                    text = next_text(&mut source) => match text {
                        Ok(text) => text,
                        Err(Closed) => return,
                    },
                    () = self.service.gateway.shutdown().comes() => return go_away(&mut sink, &mut source).await,
                }
            };
            let answer = self.answer(&text, &mut sink, &mut source, &mut waiting);
            let answered = if let Ok(answered) = AssertUnwindSafe(answer).catch_unwind().await {
                answered
            } else {
                tracing::error!(request_id = %self.id(), "a request panicked");
                send_error(&mut sink, &defect()).await
            };
            if answered.is_err() {
                return;
            }
        }
    }

    /// The id of the request that came last.
    fn id(&self) -> String {
        format!("{}-{}", self.request_id, self.requests)
    }

    /// The span of that request, if there are spans.
    fn span(&self) -> Option<ServerSpan> {
        self.service.otel.as_ref()?.message(&ServerMessage {
            kind: "response.create",
            route: "/v1/responses",
            scheme: self.scheme.0,
            request_id: &self.id(),
            opened_by: self.trace,
        })
    }

    async fn answer(
        &mut self,
        text: &str,
        sink: &mut SplitSink<WebSocket, Message>,
        source: &mut SplitStream<WebSocket>,
        waiting: &mut VecDeque<String>,
    ) -> Result<(), Closed> {
        self.requests += 1;
        let create = match self.read(text) {
            Ok(create) => create,
            Err(error) => return send_error(sink, &error).await,
        };
        if !create.generate {
            return self.answer_warm_up(create, sink).await;
        }
        // Under way until its last event, like a request over HTTP.
        let _place = match self.service.load.take_on() {
            Ok(place) => place,
            Err(error) => return send_error(sink, &error).await,
        };
        let items = create.items.clone();
        let mut span = self.span();
        let ingress = self.ingress(create, span.as_ref().map(ServerSpan::context));
        let answer = tokio::select! {
            biased;
            answer = Box::pin(self.service.gateway.generate(ingress)) => answer,
            gone = listen(source, waiting) => return Err(gone),
            () = self.service.gateway.shutdown().comes() => return send_error(sink, &Shutdown::error()).await,
        };
        let head = answer.as_ref().map(told).unwrap_or_default();
        let relayed = match answer {
            Ok(Answer { body: AnswerBody::Stream(relay), .. }) => tokio::select! {
                relayed = relay_events(*relay, sink, head) => relayed?,
                gone = listen(source, waiting) => return Err(gone),
            },
            Ok(Answer { body: AnswerBody::Agent(run), .. }) => tokio::select! {
                relayed = relay_events(*run, sink, head) => relayed?,
                gone = listen(source, waiting) => return Err(gone),
            },
            Ok(Answer { body: AnswerBody::Whole(bytes), .. }) => send_events(&bytes, sink, head).await?,
            // Answers of models never come so.
            Ok(Answer { body: AnswerBody::Passing(_), .. }) => None,
            Err(failure) => {
                if let Some(span) = &mut span {
                    span.answered(failure.error.status);
                }
                return send_failure(sink, &failure).await;
            }
        };
        if let Some(span) = span.as_mut().filter(|_| relayed.is_none()) {
            span.failed("incomplete");
        }
        self.keep(relayed, items);
        Ok(())
    }

    fn read(&self, text: &str) -> Result<Create, ApiError> {
        let wrong = |message: String| ApiError::new(FaultKind::InvalidRequest, message);
        let mut body: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| wrong(format!("the frame is not a JSON object: {error}")))?;
        let kind = body.remove("type");
        if kind.as_ref().and_then(Value::as_str) != Some("response.create") {
            return Err(wrong("type: must be `response.create`".to_owned()).with_param("type"));
        }
        let generate = body.remove("generate").and_then(|value| value.as_bool()).unwrap_or(true);
        let mut items = match body.remove("previous_response_id") {
            Some(Value::String(id)) => self.history(&id)?,
            _ => Vec::new(),
        };
        let new = match body.get("input") {
            None | Some(Value::Null) if !generate => Vec::new(),
            _ => openai_responses::input_items(&serde_json::to_vec(&body).unwrap_or_default())?,
        };
        items.extend(new);
        Ok(Create { body, items, generate })
    }

    fn history(&self, id: &str) -> Result<Vec<Json>, ApiError> {
        let found = self.answers.iter().find(|(own, _)| own == id).map(|(_, items)| items.clone());
        found.ok_or_else(|| openai_responses::previous_response_not_found(id))
    }

    /// A warm-up: nothing is asked, an id is given.
    async fn answer_warm_up(
        &mut self,
        create: Create,
        sink: &mut SplitSink<WebSocket, Message>,
    ) -> Result<(), Closed> {
        let id = format!("resp_{}", uuid::Uuid::new_v4().simple());
        let response = |status: &str| {
            json!({
                "id": id, "object": "response", "created_at": 0, "status": status, "output": [],
                "model": create.body.get("model"), "error": null, "incomplete_details": null,
                "usage": {
                    "input_tokens": 0, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "output_tokens": 0,
                    "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 0,
                },
            })
        };
        let created =
            json!({"type": "response.created", "sequence_number": 0, "response": response("in_progress")});
        let completed =
            json!({"type": "response.completed", "sequence_number": 1, "response": response("completed")});
        send(sink, created.to_string()).await?;
        send(sink, completed.to_string()).await?;
        self.remember(id, create.items);
        Ok(())
    }

    fn ingress(&self, create: Create, trace: Option<TraceContext>) -> Ingress {
        let mut body = create.body;
        body.insert("stream".to_owned(), true.into());
        let items: Vec<Value> = create.items.iter().map(Json::to_value).collect();
        body.insert("input".to_owned(), items.into());
        Ingress {
            dialect: Dialect::OpenAiResponses,
            body: Bytes::from(serde_json::to_vec(&body).unwrap_or_default()),
            headers: self.headers.clone(),
            query: None,
            in_url: None,
            cloud: None,
            request_id: self.id(),
            gateway_key: self.gateway_key,
            identity: Arc::clone(&self.identity),
            trace: trace.or(self.trace),
            warrant: Arc::clone(&self.warrant),
        }
    }

    /// Keeps a complete answer, so that the next request can continue it.
    fn keep(&mut self, relayed: Option<Complete>, mut items: Vec<Json>) {
        if let Some((id, output)) = relayed {
            items.extend(output);
            self.remember(id, items);
        }
    }

    fn remember(&mut self, id: String, items: Vec<Json>) {
        self.answers.push_back((id, items));
        if self.answers.len() > MOST_ANSWERS {
            self.answers.pop_front();
        }
    }
}

/// The gateway ends, and the client may come again.
async fn go_away(sink: &mut SplitSink<WebSocket, Message>, source: &mut SplitStream<WebSocket>) {
    let reason = Utf8Bytes::from_static("the gateway is shutting down");
    let _ = sink.send(Message::Close(Some(CloseFrame { code: close_code::AWAY, reason }))).await;
    let gone = async { while source.next().await.is_some_and(|message| message.is_ok()) {} };
    let _ = tokio::time::timeout(FAREWELL, gone).await;
}

/// The next request. Pings are answered by the socket itself.
async fn next_text(source: &mut SplitStream<WebSocket>) -> Result<String, Closed> {
    loop {
        match source.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Binary(bytes))) => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Closed),
        }
    }
}

/// Listens while an answer is on its way: requests wait, and only the end of the connection ends this.
async fn listen(source: &mut SplitStream<WebSocket>, waiting: &mut VecDeque<String>) -> Closed {
    loop {
        match next_text(source).await {
            Ok(text) if waiting.len() < MOST_ANSWERS => waiting.push_back(text),
            Ok(_) | Err(Closed) => return Closed,
        }
    }
}

async fn send_error(sink: &mut SplitSink<WebSocket, Message>, error: &ApiError) -> Result<(), Closed> {
    let body = lynkr_protocol::codec(Dialect::OpenAiResponses).encode_error(error, "");
    let inner: Value = serde_json::from_slice(&body).unwrap_or_default();
    let error = json!({"type": "error", "status": error.status, "error": inner.get("error")});
    send(sink, error.to_string()).await
}

/// A failure before the first event: the frame says the status, and when to come again.
async fn send_failure(sink: &mut SplitSink<WebSocket, Message>, failure: &Failure) -> Result<(), Closed> {
    let raw = failure.raw.as_ref().filter(|raw| raw.dialect == Dialect::OpenAiResponses);
    let body = raw.map_or_else(
        || lynkr_protocol::codec(Dialect::OpenAiResponses).encode_error(&failure.error, "").into(),
        |raw| raw.bytes.clone(),
    );
    let inner: Value = serde_json::from_slice(&body).unwrap_or_default();
    let headers: Map<String, Value> =
        failure.headers.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let frame = json!({
        "type": "error", "status": failure.error.status, "error": inner.get("error"), "headers": headers,
    });
    send(sink, frame.to_string()).await
}
