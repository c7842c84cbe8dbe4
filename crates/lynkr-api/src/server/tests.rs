//! What is known of a connection's HTTP by its first bytes, which stay to be read.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// What is made of these first bytes; all of them must still be there.
async fn known(first: &[u8]) -> Version {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    client.write_all(first).await.unwrap();
    client.shutdown().await.unwrap();
    let version = version(&server).await;
    let mut read = Vec::new();
    server.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, first);
    version
}

#[tokio::test]
async fn only_what_may_be_http_2_is_left_to_hyper() {
    for method in ["GET", "POST", "PUT", "PATCH", "PROPFIND", "DELETE", "OPTIONS", "HEAD"] {
        let line = format!("{method} /health HTTP/1.1\r\n");
        assert_eq!(known(line.as_bytes()).await, Version::Http1, "{method}");
    }
    for first in [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], b"PR", b"P", b""] {
        assert_eq!(known(first).await, Version::Unknown, "{first:?}");
    }
}
