//! A raw client for this crate's own tests.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// One connection; aborting it closes the socket.
pub(crate) struct Probe {
    sender: SendRequest<Full<Bytes>>,
    connection: JoinHandle<()>,
    host: String,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    /// The body as text; what is none is shown by its replacement character.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) complete: bool,
}

impl Probe {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("connect");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("handshake");
        let connection = tokio::spawn(async move { drop(connection.await) });
        Self { sender, connection, host: address.to_string() }
    }

    pub(crate) async fn send(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> hyper::Result<Response<Incoming>> {
        let mut request =
            Request::post(path).header("host", &self.host).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.to_string())).expect("request");
        self.sender.send_request(request).await
    }

    pub(crate) async fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        read(self.send(path, headers, body).await.expect("answer")).await
    }

    /// A request without a body.
    pub(crate) async fn ask(&mut self, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("host", &self.host);
        let request = request.body(Full::default()).expect("request");
        read(self.sender.send_request(request).await.expect("answer")).await
    }

    pub(crate) fn close(self) {
        self.connection.abort();
    }
}

async fn read(response: Response<Incoming>) -> Answer {
    let (head, mut body) = response.into_parts();
    let (mut bytes, mut complete) = (Vec::new(), true);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            complete = false;
            break;
        };
        bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
    }
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: head.status.as_u16(), headers: head.headers, body, bytes, complete }
}
