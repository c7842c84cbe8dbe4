//! The responder as a transport: the pipeline can't tell it from a provider across the network.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use lynkr_http::{
    HeaderMap, HeaderName, HeaderValue, Inbound, InboundBody, Outbound, StatusCode, Transport, TransportError,
};
use lynkr_protocol::ReplyContext;
use tokio::time::Sleep;

use crate::{Answer, Body, Options, Scenario, handle};

/// Answers in process what would else go over the network.
#[derive(Debug)]
pub struct BuiltinTransport {
    options: Options,
    answered: AtomicU64,
    /// Tells the ids of this process from those of the one before.
    began: u64,
}

impl BuiltinTransport {
    /// A responder that plays `scenario`, if there is one, and pauses for `pace` between a stream's pieces.
    pub fn new(scenario: Option<Scenario>, pace: Duration) -> Self {
        let options = Options { pace, scenario, ..Options::default() };
        let began = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
        Self { options, answered: AtomicU64::new(0), began: u64::try_from(began).unwrap_or(u64::MAX) }
    }

    /// Ids count up from the start of the process.
    fn context(&self) -> ReplyContext {
        let number = self.answered.fetch_add(1, Ordering::Relaxed);
        ReplyContext {
            model: String::new(),
            created: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            seed: format!("{:016x}{number:016x}", self.began),
            input_estimate: 0,
            include_usage: false,
            request: None,
        }
    }
}

#[async_trait]
impl Transport for BuiltinTransport {
    async fn send(&self, outbound: Outbound) -> Result<Inbound, TransportError> {
        let body = outbound.body.concat();
        let answer = handle(outbound.url.path(), &body, &self.options, self.context());
        tokio::time::sleep(answer.delay).await;
        Ok(inbound(answer))
    }
}

fn inbound(answer: Answer) -> Inbound {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static(answer.content_type));
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let body = match answer.body {
        Body::Whole(_) if answer.panics => defect(),
        Body::Whole(bytes) => InboundBody::full(bytes),
        Body::Stream(chunks) => InboundBody::new(Paced {
            chunks: chunks.into_iter(),
            next: None,
            cut: answer.cut,
            panics: answer.panics,
        }),
    };
    Inbound { status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK), headers, body }
}

/// A stream whose pieces come after their pauses.
#[derive(Debug)]
struct Paced {
    chunks: std::vec::IntoIter<(Duration, Vec<u8>)>,
    next: Option<(Pin<Box<Sleep>>, Vec<u8>)>,
    /// Whether the connection breaks at the end.
    cut: bool,
    /// Whether it panics at the end.
    panics: bool,
}

/// What a defect of the gateway does, on purpose.
#[expect(clippy::panic, reason = "a scenario of the operator's asks for it, to see what becomes of the rest")]
fn defect() -> ! {
    panic!("the scenario wants the gateway to panic")
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let paced = &mut *self;
        if paced.next.is_none() {
            match paced.chunks.next() {
                Some((pause, bytes)) if pause.is_zero() => {
                    return Poll::Ready(Some(Ok(Frame::data(Bytes::from(bytes)))));
                }
                Some((pause, bytes)) => paced.next = Some((Box::pin(tokio::time::sleep(pause)), bytes)),
                None if paced.panics => defect(),
                None if std::mem::take(&mut paced.cut) => {
                    return Poll::Ready(Some(Err(TransportError::Broken(
                        "the scenario cuts the connection".into(),
                    ))));
                }
                None => return Poll::Ready(None),
            }
        }
        let Some((sleep, bytes)) = &mut paced.next else { return Poll::Ready(None) };
        ready!(sleep.as_mut().poll(cx));
        let bytes = Bytes::from(std::mem::take(bytes));
        paced.next = None;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
