//! The client against a real listener on loopback.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use lynkr_testkit::{Abort, Gate, Script, Upstream};

use crate::{ClientOptions, HttpTransport, Inbound, Outbound, Phase, Transport, TransportError};

fn outbound(url: &str, body: Vec<Bytes>) -> Outbound {
    Outbound {
        method: Method::POST,
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body,
        head_timeout: Duration::from_secs(5),
    }
}

async fn read(mut inbound: Inbound) -> Result<Vec<u8>, TransportError> {
    let mut all = Vec::new();
    while let Some(bytes) = inbound.body.next().await {
        all.extend_from_slice(&bytes?);
    }
    Ok(all)
}

#[tokio::test]
async fn pieces_arrive_as_one_body_with_its_length() {
    let upstream = Upstream::start(vec![Script::body(200, "text/plain", "ok")]).await.unwrap();
    let client = HttpTransport::new(ClientOptions::default());
    let body = vec![Bytes::from_static(b"ab"), Bytes::new(), Bytes::from_static(b"cd")];
    let inbound = client.send(outbound(&upstream.url(), body)).await.unwrap();
    assert_eq!(inbound.status, 200);
    assert_eq!(read(inbound).await.unwrap(), b"ok");
    let request = upstream.request(0).await;
    assert_eq!(&request.body[..], b"abcd");
    assert_eq!(request.header("content-length"), Some("4"));
}

#[tokio::test]
async fn a_refused_connection_is_a_connect_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = HttpTransport::new(ClientOptions::default());
    let error = client.send(outbound(&url, Vec::new())).await.unwrap_err();
    assert!(matches!(error, TransportError::Connect(_)), "{error:?}");
    assert!(error.chain().contains("refused"), "{}", error.chain());
}

#[tokio::test]
async fn a_late_head_is_a_timeout() {
    let gate = Gate::new();
    let upstream = Upstream::start(vec![Script::new().wait(&gate).status(200).head()]).await.unwrap();
    let client = HttpTransport::new(ClientOptions::default());
    let request =
        Outbound { head_timeout: Duration::from_millis(30), ..outbound(&upstream.url(), Vec::new()) };
    let error = client.send(request).await.unwrap_err();
    assert!(matches!(error, TransportError::Timeout { phase: Phase::Head, .. }), "{error:?}");
}

#[tokio::test]
async fn a_cut_body_is_a_broken_connection() {
    let script = Script::new().status(200).head().send("half").abort(Abort::Reset);
    let upstream = Upstream::start(vec![script]).await.unwrap();
    let client = HttpTransport::new(ClientOptions::default());
    let inbound = client.send(outbound(&upstream.url(), Vec::new())).await.unwrap();
    assert!(matches!(read(inbound).await, Err(TransportError::Broken(_))));
}

#[test]
fn a_debug_print_shows_no_headers_and_no_body() {
    let mut request = outbound("http://127.0.0.1/x", vec![Bytes::from_static(b"a secret")]);
    request.headers.insert("authorization", "Bearer sk-test-secret".parse().unwrap());
    let text = format!("{request:?}");
    assert!(!text.contains("secret") && text.contains("body_bytes: 8"), "{text}");
}

#[tokio::test]
async fn a_given_address_counts_instead_of_the_systems() {
    let upstream = Upstream::start(vec![Script::body(200, "text/plain", "ok")]).await.unwrap();
    let resolve = [("nowhere.invalid".to_owned(), upstream.address())].into();
    let client = HttpTransport::new(ClientOptions { resolve, ..ClientOptions::default() });
    let inbound = client.send(outbound("http://Nowhere.invalid/x", Vec::new())).await.unwrap();
    assert_eq!(inbound.status, 200);
    assert_eq!(
        upstream.request(0).await.header("host").map(str::to_lowercase),
        Some("nowhere.invalid".to_owned())
    );
}
