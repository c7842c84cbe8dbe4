//! Whole texts are compressed for clients that ask for it; a stream's events go out as they come.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request};
use http_body::Body as _;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

/// Bodies shorter than this are sent as they are.
const SHORT: u64 = 1_024;

/// The encodings that a client takes, by its headers.
pub(crate) struct Accepted(Vec<HeaderValue>);

impl Accepted {
    pub(crate) fn by(headers: &HeaderMap) -> Self {
        Self(headers.get_all(ACCEPT_ENCODING).iter().cloned().collect())
    }

    /// The answer in an encoding that the client takes, if it is worth it. Most answers aren't, or are streams, so that no
    /// layer stands around all of them.
    pub(crate) async fn compress(self, response: Response) -> Response {
        if is_worth_it(&response) { Box::pin(self.packed(response)).await } else { response }
    }

    async fn packed(self, response: Response) -> Response {
        let mut asked = Request::new(());
        for encoding in self.0 {
            asked.headers_mut().append(ACCEPT_ENCODING, encoding);
        }
        let mut answer = Some(response);
        let inner = service_fn(move |_| ready(Ok::<_, Infallible>(answer.take().unwrap_or_default())));
        let layer = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(
            // It was looked at before.
            |_, _, _: &HeaderMap, _: &_| true,
        );
        match layer.layer(inner).oneshot(asked).await {
            Ok(compressed) => compressed.map(Body::new),
            Err(never) => match never {},
        }
    }
}

fn is_worth_it(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let texts = ["application/json", "text/plain", "text/html", "text/css", "text/javascript"];
    let is_text = texts.iter().any(|text| kind.starts_with(text));
    is_text && response.body().size_hint().exact().is_some_and(|length| length >= SHORT)
}
