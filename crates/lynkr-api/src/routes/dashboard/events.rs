//! Requests as they settle, as server-sent events.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use lynkr_report::{Flagship, call};
use lynkr_store::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use super::ask::Ask;
use crate::VERSION;
use crate::context::Service;
use crate::feed::{Heard, Listener};
use crate::routes::sessions::refused;

/// How often an idle stream shows that it lives.
const BEAT: Duration = Duration::from_secs(15);

/// A stream ends after this time, so that its key is looked at again.
const LIFE: Duration = Duration::from_secs(900);

/// `GET /dashboard/api/events`
pub(crate) async fn events(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    let Some(listener) = service.feed.listen() else {
        return refused(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_listeners",
            "as many listen already as may; close another dashboard",
        );
    };
    let start = Instant::now();
    let mut beats = interval_at(start + BEAT, BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stream = Stream {
        listener,
        beats,
        until: start + LIFE,
        shutdown: Box::pin(service.gateway.shutdown().comes()),
        flagship: Ask::new(query).flagship(&service),
        stage: Stage::Hello,
    };
    let body = Body::from_stream(futures_util::stream::unfold(stream, Stream::next));
    let headers =
        [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (X_ACCEL_BUFFERING, "no")];
    (headers, body).into_response()
}

/// nginx holds streams back unless it is told not to.
const X_ACCEL_BUFFERING: http::HeaderName = http::HeaderName::from_static("x-accel-buffering");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Hello,
    Live,
    Over,
}

/// One listener's stream.
struct Stream {
    listener: Listener,
    beats: Interval,
    until: Instant,
    shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
    flagship: Flagship,
    stage: Stage,
}

type Piece = Result<Bytes, std::convert::Infallible>;

impl Stream {
    async fn next(mut self) -> Option<(Piece, Self)> {
        let text = match self.stage {
            Stage::Over => return None,
            Stage::Hello => {
                self.stage = Stage::Live;
                let beat = u64::try_from(BEAT.as_millis()).unwrap_or(u64::MAX);
                let hello =
                    json!({"version": VERSION, "now": Timestamp::now().as_millis(), "heartbeatMs": beat});
                event("hello", None, &hello)
            }
            Stage::Live => self.live().await,
        };
        Some((Ok(Bytes::from(text)), self))
    }

    async fn live(&mut self) -> String {
        tokio::select! {
            biased;
            () = &mut self.shutdown => self.bye("shutdown"),
            () = sleep_until(self.until) => self.bye("renew"),
            heard = self.listener.next() => match heard {
                Heard::Request(record) => {
                    event("request", Some(&record.id), &call(&record, &self.flagship, &BTreeMap::new()))
                }
                Heard::Missed(count) => event("missed", None, &json!({"count": count})),
                Heard::Ended => self.bye("shutdown"),
            },
            _ = self.beats.tick() => ": beat\n\n".to_owned(),
        }
    }

    fn bye(&mut self, reason: &str) -> String {
        self.stage = Stage::Over;
        event("bye", None, &json!({"reason": reason}))
    }
}

/// JSON on one line has no line breaks, so it is one line of data.
fn event(name: &str, id: Option<&str>, data: &Value) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: {name}\n{id}data: {data}\n\n")
}
