//! From the events of a streamed answer to text frames.

use std::convert::Infallible;
use std::pin::Pin;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use http_body::Body;
use lynkr_orchestrator::Answer;
use lynkr_protocol::framing::SseDecoder;
use lynkr_protocol::openai_responses;
use lynkr_protocol::wire::Json;
use serde_json::{Map, Value};

/// The header that tells what was changed.
const RECEIPT: &str = "x-lynkr-receipt";

/// The end of a connection.
#[derive(Debug)]
pub(super) struct Closed;

/// An answer that is complete: its id and its items.
pub(super) type Complete = (String, Vec<Json>);

/// Sends one text frame.
pub(super) async fn send(sink: &mut SplitSink<WebSocket, Message>, text: String) -> Result<(), Closed> {
    sink.send(Message::Text(text.into())).await.map_err(|_| Closed)
}

/// What the head of an answer over HTTP would say of the gateway's part.
pub(super) type Told = Vec<(String, String)>;

/// It, for an answer's first event: a connection's head is sent before there is a decision.
pub(super) fn told(answer: &Answer) -> Told {
    let own = answer.headers.iter().filter(|(name, _)| name.starts_with("x-lynkr-"));
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let receipt = (!answer.receipt.is_empty()).then(|| (RECEIPT.to_owned(), answer.receipt.to_header()));
    own.chain(receipt).collect()
}

/// Sends the events of a stream as they come. Returns the answer's id and items when it is complete.
pub(super) async fn relay_events(
    mut relay: impl Body<Data = Bytes, Error = Infallible> + Unpin,
    sink: &mut SplitSink<WebSocket, Message>,
    told: Told,
) -> Result<Option<Complete>, Closed> {
    let mut events = Events { told, ..Events::default() };
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut relay).poll_frame(cx)).await {
        let bytes = frame.unwrap_or_else(|never| match never {}).into_data().unwrap_or_default();
        events.forward(&bytes, sink).await?;
    }
    Ok(events.answer)
}

/// The same of a stream that came whole.
pub(super) async fn send_events(
    bytes: &[u8],
    sink: &mut SplitSink<WebSocket, Message>,
    told: Told,
) -> Result<Option<Complete>, Closed> {
    let mut events = Events { told, ..Events::default() };
    events.forward(bytes, sink).await?;
    Ok(events.answer)
}

/// Turns server-sent events into text frames, and watches for the answer's end.
#[derive(Debug, Default)]
struct Events {
    decoder: SseDecoder,
    answer: Option<Complete>,
    /// What the first event is still to tell.
    told: Told,
}

impl Events {
    async fn forward(
        &mut self,
        bytes: &[u8],
        sink: &mut SplitSink<WebSocket, Message>,
    ) -> Result<(), Closed> {
        let mut frames = Vec::new();
        if self.decoder.push(bytes, &mut frames).is_err() {
            return Err(Closed);
        }
        for frame in frames {
            if matches!(frame.event.as_str(), "response.completed" | "response.incomplete") {
                self.answer = finished(&frame.data);
            }
            let told =
                if frame.event == "response.created" { std::mem::take(&mut self.told) } else { Told::new() };
            let data =
                (!told.is_empty()).then(|| openai_responses::with_headers(&frame.data, &told)).flatten();
            send(sink, data.unwrap_or(frame.data)).await?;
        }
        Ok(())
    }
}

/// The id and the items of a `response.completed` event.
fn finished(data: &str) -> Option<Complete> {
    let event: Map<String, Value> = serde_json::from_str(data).ok()?;
    let response = event.get("response")?;
    let id = response.get("id")?.as_str()?.to_owned();
    let output = response.get("output").and_then(Value::as_array).cloned().unwrap_or_default();
    Some((id, output.iter().map(Json::of).collect()))
}
