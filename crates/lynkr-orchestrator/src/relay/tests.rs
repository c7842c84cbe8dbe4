//! The relay on virtual time: the hold, signs of life, silence, cuts.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use lynkr_http::{InboundBody, TransportError};
use lynkr_protocol::{Dialect, ReplyContext};
use lynkr_types::{FaultKind, Receipt};
use tokio::time::Sleep;

use super::{Relay, RelayPlan};
use crate::gateway::Limits;
use crate::ingress::Ingress;
use crate::ledger::Ledgers;
use crate::plan::Way;
use crate::settle::{Account, Books};
use crate::stored::Keeper;

const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"content\":[],\"usage\":{\"input_tokens\":3}}}\n\n";
const BLOCK: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const OVERLOADED: &str = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";

/// What a scripted provider does next.
enum Act {
    Send(&'static str),
    Wait(Duration),
    Break,
    Hang,
}

struct Scripted {
    acts: VecDeque<Act>,
    sleeping: Option<Pin<Box<Sleep>>>,
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        loop {
            if let Some(sleep) = &mut self.sleeping {
                std::task::ready!(sleep.as_mut().poll(cx));
                self.sleeping = None;
            }
            match self.acts.pop_front() {
                None => return Poll::Ready(None),
                Some(Act::Send(text)) => return Poll::Ready(Some(Ok(Frame::data(Bytes::from(text))))),
                Some(Act::Wait(time)) => self.sleeping = Some(Box::pin(tokio::time::sleep(time))),
                Some(Act::Break) => return Poll::Ready(Some(Err(TransportError::Broken("cut".into())))),
                Some(Act::Hang) => {
                    self.acts.push_front(Act::Hang);
                    return Poll::Pending;
                }
            }
        }
    }
}

fn relay(acts: Vec<Act>) -> Relay {
    let ingress = Ingress::sample(Dialect::Anthropic, &[], Bytes::new());
    let context = ReplyContext {
        model: "m".to_owned(),
        created: 0,
        seed: "0".repeat(32),
        input_estimate: 0,
        include_usage: false,
        request: None,
    };
    let books = Books { ledger: Arc::new(Ledgers::default()), prices: Arc::default() };
    let plan = RelayPlan {
        framed: false,
        badge: None,
        client: Dialect::Anthropic,
        upstream: Dialect::Anthropic,
        way: &Way::Passthrough { strip_usage: false, count: false },
        context,
        keeper: Keeper::idle(),
        account: Account::here(&ingress, "", true, &Receipt::default(), books),
    };
    let body = InboundBody::new(Scripted { acts: acts.into(), sleeping: None });
    Relay::new(body, plan, &Limits::default())
}

async fn read(mut relay: Relay) -> String {
    let mut text = String::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut relay).poll_frame(cx)).await {
        let data = frame.unwrap_or_else(|never| match never {}).into_data().unwrap();
        text.push_str(std::str::from_utf8(&data).unwrap());
    }
    text
}

#[tokio::test(start_paused = true)]
async fn an_error_before_content_never_reaches_the_client() {
    let mut relay = relay(vec![Act::Send(START), Act::Wait(Duration::from_secs(2)), Act::Send(OVERLOADED)]);
    let error = relay.hold().await.unwrap_err();
    assert_eq!((error.kind, error.status), (FaultKind::Overloaded, 529));
}

#[tokio::test(start_paused = true)]
async fn the_hold_ends_with_its_time() {
    let began = tokio::time::Instant::now();
    let mut relay = relay(vec![Act::Send(START), Act::Wait(Duration::from_secs(20)), Act::Send(OVERLOADED)]);
    relay.hold().await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    // From here on the error is the dialect's own event, and there is one sign of life before it.
    let text = read(relay).await;
    assert_eq!(text.matches("event: ping").count(), 1, "{text}");
    assert!(text.starts_with(START) && text.contains("overloaded_error"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_empty_stream_is_an_error_before_content() {
    for acts in [vec![], vec![Act::Send(START)], vec![Act::Send(START), Act::Break]] {
        assert_eq!(relay(acts).hold().await.unwrap_err().kind, FaultKind::BadGateway);
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_pass_untouched_and_only_in_whole_events() {
    let (head, tail) = BLOCK.split_at(20);
    let mut relay = relay(vec![Act::Send(START), Act::Send(head), Act::Send(tail), Act::Send(STOP)]);
    relay.hold().await.unwrap();
    assert_eq!(read(relay).await, [START, BLOCK, STOP].concat());
}

#[tokio::test(start_paused = true)]
async fn a_cut_ends_in_one_error_event_after_whole_events() {
    let mut relay =
        relay(vec![Act::Send(START), Act::Send(BLOCK), Act::Send("event: content_block_del"), Act::Break]);
    relay.hold().await.unwrap();
    let text = read(relay).await;
    assert!(text.starts_with(&[START, BLOCK].concat()), "{text}");
    let rest = &text[START.len() + BLOCK.len()..];
    assert!(rest.starts_with("event: error\ndata: {\"type\":\"error\""), "{rest}");
    assert_eq!(rest.matches("event:").count(), 1, "{rest}");
}

#[tokio::test(start_paused = true)]
async fn silence_is_bridged_by_pings_and_ended_by_the_idle_time() {
    let mut relay = relay(vec![Act::Send(START), Act::Send(BLOCK), Act::Hang]);
    relay.hold().await.unwrap();
    let began = tokio::time::Instant::now();
    let text = read(relay).await;
    assert_eq!(began.elapsed(), Duration::from_secs(90));
    // Every 15 seconds, but not at the moment at which the stream ends.
    assert_eq!(text.matches("event: ping").count(), 5, "{text}");
    assert!(text.contains("timeout_error"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_speaks_now_and_then_is_never_idle() {
    let mut acts = vec![Act::Send(START), Act::Send(BLOCK)];
    for _ in 0..5 {
        acts.push(Act::Wait(Duration::from_secs(80)));
        acts.push(Act::Send(": alive\n\n"));
    }
    acts.push(Act::Send(STOP));
    let mut relay = relay(acts);
    relay.hold().await.unwrap();
    let text = read(relay).await;
    assert!(text.ends_with(STOP) && !text.contains("event: error"), "{text}");
}
