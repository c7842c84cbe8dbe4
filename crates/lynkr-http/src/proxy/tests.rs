//! Which way a request goes out, and what a proxy sees of it.

use std::sync::{Arc, Mutex};

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::{ClientOptions, HttpTransport, Outbound, Transport};

fn way(proxies: &Proxies, url: &str) -> Option<String> {
    Ways::new(proxies).of(&url.parse().unwrap()).map(|intercept| intercept.uri().to_string())
}

#[test]
fn each_url_finds_its_proxy() {
    let both = Proxies {
        http: "http://plain.example:3128".to_owned(),
        https: "http://secure.example:3129".to_owned(),
        none: "internal.example,10.0.0.0/8".to_owned(),
        ..Proxies::default()
    };
    let all = Proxies { all: "http://all.example:1".to_owned(), ..Proxies::default() };
    let plain = Some("http://plain.example:3128/".to_owned());
    let secure = Some("http://secure.example:3129/".to_owned());
    for (proxies, url, expected) in [
        (&both, "http://api.example/v1", plain),
        (&both, "https://api.example/v1", secure),
        (&both, "https://api.internal.example/v1", None),
        (&both, "http://10.1.2.3/v1", None),
        (&both, "http://localhost:11434/api/chat", None),
        (&both, "http://127.0.0.1:11434/api/chat", None),
        // The clouds' own services beside a machine give credentials to whoever asks from here.
        (&both, "http://169.254.169.254/latest/api/token", None),
        (&both, "http://169.254.170.23/v1/credentials", None),
        (&both, "http://[fd00:ec2::254]/latest/api/token", None),
        (&both, "http://metadata.google.internal/computeMetadata/v1/", None),
        (&both, "http://[::1]:11434/api/chat", None),
        (&all, "https://api.example/v1", Some("http://all.example:1/".to_owned())),
        (&Proxies::default(), "https://api.example/v1", None),
    ] {
        assert_eq!(way(proxies, url), expected, "{url}");
    }
}

/// A proxy that answers one request itself. Returns its URL, and what it was sent up to the end of the head.
async fn proxy(answer: &'static str) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:hush@{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        *shared.lock().unwrap() = String::from_utf8(head).unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    (url, seen)
}

fn through(proxies: Proxies) -> HttpTransport {
    HttpTransport::new(ClientOptions { proxies, ..ClientOptions::default() })
}

fn get(url: &str) -> Outbound {
    Outbound {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: http::HeaderMap::new(),
        body: Vec::new(),
        head_timeout: Duration::from_secs(10),
    }
}

#[tokio::test]
async fn plain_http_is_asked_for_by_its_whole_url() {
    let (http, seen) = proxy("HTTP/1.1 204 No Content\r\n\r\n").await;
    let client = through(Proxies { http, ..Proxies::default() });
    let inbound = client.send(get("http://api.example/v1/models?a=b")).await.unwrap();
    assert_eq!(inbound.status, 204);
    let head = seen.lock().unwrap().clone();
    assert!(head.starts_with("GET http://api.example/v1/models?a=b HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("proxy-authorization: Basic dXNlcjpodXNo\r\n"), "{head}");
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_a_refusal_is_told() {
    let (https, seen) = proxy("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let client = through(Proxies { https, ..Proxies::default() });
    let error = client.send(get("https://api.example/v1/models")).await.unwrap_err();
    let head = seen.lock().unwrap().clone();
    assert!(head.starts_with("CONNECT api.example:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic dxnlcjpodxno\r\n"), "{head}");
    let told = error.chain();
    assert!(told.contains("tunnel") && !told.contains("hush"), "{told}");
}

#[tokio::test]
async fn other_kinds_of_proxies_are_refused_by_name() {
    let proxies = Proxies { all: "socks5://127.0.0.1:9".to_owned(), ..Proxies::default() };
    let error = through(proxies).send(get("https://api.example/v1/models")).await.unwrap_err();
    assert!(error.chain().contains("http:// URLs"), "{}", error.chain());
}
