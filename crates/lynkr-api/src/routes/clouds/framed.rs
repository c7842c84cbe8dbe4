//! A stream of server-sent events on its way into AWS's frames.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use lynkr_protocol::bedrock_converse::invoke::ChunkEncoder;

/// The frames of a stream. Pulled by the client's connection, as what is inside is.
#[derive(Debug)]
pub(super) struct Framed {
    inside: Body,
    frames: ChunkEncoder,
}

impl Framed {
    pub(super) fn new(inside: Body) -> Self {
        Self { inside, frames: ChunkEncoder::new() }
    }
}

impl http_body::Body for Framed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let framed = self.get_mut();
        loop {
            let Some(next) = ready!(Pin::new(&mut framed.inside).poll_frame(cx)) else {
                return Poll::Ready(None);
            };
            let Ok(events) = next?.into_data() else { continue };
            let mut out = Vec::new();
            framed.frames.push(&events, &mut out);
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(Bytes::from(out)))));
            }
        }
    }
}
