//! Which connection a request goes out on, against servers that are written byte by byte, and against hyper's with TLS.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::Method;
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::body::{InboundBody, Pieces, Upload};
use crate::proxy::{Dialer, Proxies, Ways};

const CONNECT: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(30);

fn dialer() -> Dialer {
    Dialer::new(BTreeMap::new(), Ways::new(&Proxies::default()), CONNECT)
}

fn pool(idle_timeout: Duration) -> Arc<Pool> {
    Pool::new(Arc::new(Connector::new(dialer())), idle_timeout)
}

fn request(body: &'static str) -> Request<RequestBody> {
    let mut request =
        Request::new(RequestBody::Pieces(Pieces::new(vec![Bytes::from_static(body.as_bytes())])));
    *request.method_mut() = Method::POST;
    request
}

async fn ask(pool: &Arc<Pool>, url: &str) -> Result<Response<AnswerBody>, SendError> {
    pool.send(&url.parse().unwrap(), request("{}"), Patience::new(CONNECT, None)).await
}

async fn read(answer: Response<AnswerBody>) -> Vec<u8> {
    answer.into_body().collect().await.unwrap().to_bytes().to_vec()
}

fn resting(pool: &Pool) -> usize {
    pool.state().shelves.iter().map(|shelf| shelf.resting.len()).sum()
}

/// A connection that a server has taken.
struct Peer(TcpStream);

impl Peer {
    /// A request with a body of two bytes, to the end; the head in lower case.
    async fn hear(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        let mut body = [0; 2];
        self.0.read_exact(&mut body).await.unwrap();
        String::from_utf8(head).unwrap().to_lowercase()
    }

    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Whether the other side has closed.
    async fn is_closed(&mut self) -> bool {
        self.0.read_u8().await.is_err()
    }
}

struct Server {
    listener: TcpListener,
    url: String,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1?a=b", listener.local_addr().unwrap());
        Self { listener, url }
    }

    async fn accept(&self) -> Peer {
        Peer(self.listener.accept().await.unwrap().0)
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_connection_is_used_again_once_its_answer_is_read() {
    let (server, pool) = (Server::start().await, pool(IDLE));
    let (answer, mut peer) = tokio::join!(ask(&pool, &server.url), async {
        let mut peer = server.accept().await;
        let head = peer.hear().await;
        let host = server.listener.local_addr().unwrap();
        assert!(head.starts_with("post /v1?a=b http/1.1\r\n"), "{head}");
        assert!(head.contains(&format!("host: {host}\r\n")), "{head}");
        peer.say(OK).await;
        peer
    });
    let answer = answer.unwrap();
    // While one is lent, another is made.
    let (second, mut other) = tokio::join!(ask(&pool, &server.url), async {
        let mut other = server.accept().await;
        other.hear().await;
        other.say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").await;
        other
    });
    assert_eq!(read(second.unwrap()).await, b"ok");
    assert_eq!(read(answer).await, b"ok");
    assert_eq!(resting(&pool), 2);
    // The one that rested last comes first; an answer without a body rests at once.
    let (third, ()) = tokio::join!(ask(&pool, &server.url), async {
        peer.hear().await;
        peer.say("HTTP/1.1 204 No Content\r\n\r\n").await;
    });
    assert_eq!(third.unwrap().status(), 204);
    assert_eq!(resting(&pool), 2);
    drop(pool);
    assert!(peer.is_closed().await && other.is_closed().await);
}

#[tokio::test]
async fn one_that_was_closed_at_rest_costs_only_another_try() {
    let (server, pool) = (Server::start().await, pool(IDLE));
    for _ in 0..3 {
        let (answer, peer) = tokio::join!(ask(&pool, &server.url), async {
            let mut peer = server.accept().await;
            peer.hear().await;
            peer.say(OK).await;
            peer
        });
        assert_eq!(read(answer.unwrap()).await, b"ok");
        assert_eq!(resting(&pool), 1);
        drop(peer);
        // The runtime hears of it when it looks.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn one_that_its_server_means_to_close_isn_t_kept() {
    let (server, pool) = (Server::start().await, pool(IDLE));
    let (answer, mut peer) = tokio::join!(ask(&pool, &server.url), async {
        let mut peer = server.accept().await;
        peer.hear().await;
        peer.say("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok").await;
        peer
    });
    assert_eq!(read(answer.unwrap()).await, b"ok");
    assert_eq!(resting(&pool), 0);
    assert!(peer.is_closed().await);
}

#[tokio::test]
async fn what_rests_too_long_is_closed() {
    let idle_timeout = Duration::from_millis(40);
    let (server, pool) = (Server::start().await, pool(idle_timeout));
    let (answer, mut peer) = tokio::join!(ask(&pool, &server.url), async {
        let mut peer = server.accept().await;
        peer.hear().await;
        peer.say(OK).await;
        peer
    });
    assert_eq!(read(answer.unwrap()).await, b"ok");
    assert!(peer.is_closed().await);
    while pool.state().is_swept {
        tokio::time::sleep(idle_timeout / 4).await;
    }
    assert!(pool.state().shelves.is_empty());
}

#[test]
fn another_runtime_looks_after_what_one_has_left() {
    let (pool, once) =
        (pool(IDLE), || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
    for _ in 0..2 {
        once().block_on(async {
            let server = Server::start().await;
            let (answer, peer) = tokio::join!(ask(&pool, &server.url), async {
                let mut peer = server.accept().await;
                peer.hear().await;
                peer.say(OK).await;
                peer
            });
            assert_eq!(read(answer.unwrap()).await, b"ok");
            assert!(pool.state().is_swept);
            drop(peer);
        });
        assert!(!pool.state().is_swept);
    }
}

#[tokio::test]
async fn a_dropped_body_closes_its_connection_and_a_dropped_wait_as_well() {
    let (server, pool) = (Server::start().await, pool(IDLE));
    let (answer, mut peer) = tokio::join!(ask(&pool, &server.url), async {
        let mut peer = server.accept().await;
        peer.hear().await;
        peer.say("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nok").await;
        peer
    });
    drop(answer.unwrap());
    assert!(peer.is_closed().await);
    let heard = async {
        let mut peer = server.accept().await;
        peer.hear().await;
        peer
    };
    let mut peer = tokio::select! {
        _ = ask(&pool, &server.url) => unreachable!("nobody answers"),
        peer = heard => peer,
    };
    assert!(peer.is_closed().await);
    assert_eq!(resting(&pool), 0);
}

#[tokio::test]
async fn an_answer_that_comes_before_the_request_has_gone_is_heard() {
    let (server, pool) = (Server::start().await, pool(IDLE));
    // It never ends.
    let body = StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let mut request = Request::new(RequestBody::Upload(Upload::new(body)));
    *request.method_mut() = Method::POST;
    let url = server.url.parse().unwrap();
    let (answer, mut peer) = tokio::join!(pool.send(&url, request, Patience::new(CONNECT, None)), async {
        let mut peer = server.accept().await;
        peer.0.read_u8().await.unwrap();
        peer.say("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno").await;
        peer
    });
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(read(answer).await, b"no");
    assert_eq!(resting(&pool), 0, "nobody knows where the next request would begin");
    let mut rest = Vec::new();
    peer.0.read_to_end(&mut rest).await.unwrap();
}

#[tokio::test]
async fn thousands_of_pieces_go_up_and_come_down() {
    const PIECES: usize = 5_000;
    let (server, pool) = (Server::start().await, pool(IDLE));
    let pieces = vec![Bytes::from_static(b"piece"); PIECES];
    let mut request = Request::new(RequestBody::Pieces(Pieces::new(pieces)));
    *request.method_mut() = Method::PUT;
    let url = server.url.parse().unwrap();
    let (answer, _peer) = tokio::join!(
        async { read(pool.send(&url, request, Patience::new(CONNECT, None)).await.unwrap()).await },
        async {
            let mut peer = server.accept().await;
            let mut all = Vec::new();
            while !all.ends_with(b"\r\n\r\n") {
                all.push(peer.0.read_u8().await.unwrap());
            }
            let mut body = vec![0; 5 * PIECES];
            peer.0.read_exact(&mut body).await.unwrap();
            peer.say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            for _ in 0..PIECES {
                peer.say("5\r\npiece\r\n").await;
            }
            peer.say("0\r\n\r\n").await;
            peer
        }
    );
    assert_eq!(answer, b"piece".repeat(PIECES));
    assert_eq!(resting(&pool), 1);
}

#[tokio::test]
async fn what_comes_while_nobody_reads_is_there_later() {
    let (server, pool) = (Server::start().await, pool(IDLE));
    let (answer, _peer) = tokio::join!(ask(&pool, &server.url), async {
        let mut peer = server.accept().await;
        peer.hear().await;
        peer.say("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n").await;
        peer.say("ok").await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        peer.say("ay").await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        peer
    });
    let mut body = InboundBody::answer(answer.unwrap().into_body());
    // Another task reads than the one that has asked.
    let all = tokio::spawn(async move {
        let mut all = Vec::new();
        while let Some(bytes) = body.next().await {
            all.extend_from_slice(&bytes.unwrap());
        }
        (all, body.is_at_end())
    });
    assert_eq!(all.await.unwrap(), (b"okay".to_vec(), true));
    assert_eq!(resting(&pool), 1);
}

#[tokio::test]
async fn each_request_on_a_connection_has_its_own_time() {
    let (server, pool) = (Server::start().await, pool(IDLE));
    let url = server.url.parse().unwrap();
    let mut peer = None;
    // The first asks the runtime for a time that is long over when the last one waits; the second has less.
    for (after, is_answered) in [(40, true), (20, true), (60_000, true), (30, false)] {
        let after = Duration::from_millis(after);
        let began = Instant::now();
        let (answer, ()) = tokio::join!(pool.send(&url, request("{}"), Patience::new(after, None)), async {
            let peer = match &mut peer {
                Some(peer) => peer,
                none => none.insert(server.accept().await),
            };
            peer.hear().await;
            if is_answered {
                peer.say(OK).await;
            }
        });
        match answer {
            Ok(answer) => {
                assert!(is_answered);
                assert_eq!(read(answer).await, b"ok");
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            Err(error) => {
                assert!(matches!(error, SendError::Late) && !is_answered, "{error:?}");
                assert!(began.elapsed() >= after);
            }
        }
    }
    assert!(peer.unwrap().is_closed().await);
}

#[test]
fn the_host_is_named_without_the_port_that_goes_without_saying() {
    for (url, host) in [
        ("http://api.example/v1", "api.example"),
        ("http://api.example:80/v1", "api.example"),
        ("http://api.example:443/v1", "api.example:443"),
        ("https://api.example:443/v1", "api.example"),
        ("https://user:hush@api.example:8443/", "api.example:8443"),
        ("http://[::1]:11434/api", "[::1]:11434"),
    ] {
        assert_eq!(Place::of(&url.parse().unwrap()).unwrap().host, host, "{url}");
    }
    let place = Place::of(&"https://api.example/v1".parse().unwrap()).unwrap();
    for (url, same) in [
        ("https://API.example/v2", true),
        ("http://api.example/v1", false),
        ("https://api.example:444/v1", false),
    ] {
        assert_eq!(place.is_of(&url.parse().unwrap()), same, "{url}");
    }
    assert!(Place::of(&"/v1".parse().unwrap()).is_err());
}

#[test]
fn the_path_is_what_is_asked_for() {
    for (url, path) in
        [("http://a", "/"), ("http://a/", "/"), ("http://a?b=c", "/?b=c"), ("https://a/b?c", "/b?c")]
    {
        assert_eq!(origin_form(&url.parse().unwrap()).to_string(), path, "{url}");
    }
}

/// A server with TLS that offers these versions, how often it was connected to, and a pool that trusts it.
async fn secure(versions: &[&[u8]]) -> (String, Arc<AtomicUsize>, Arc<Pool>) {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = || Arc::new(rustls::crypto::ring::default_provider());
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    config.alpn_protocols = versions.iter().map(|version| version.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/v1", listener.local_addr().unwrap().port());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let echo = service_fn(|request: Request<Incoming>| async move {
                    let said = format!("{:?} {} ", request.version(), request.uri().path());
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    let all = [said.as_bytes(), &body].concat();
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(all))))
                });
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), echo)
                    .await;
            });
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let mut trusting = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    trusting.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (url, connections, Pool::new(Arc::new(Connector::trusting(dialer(), trusting)), IDLE))
}

#[tokio::test]
async fn over_tls_the_version_is_agreed_on() {
    for (versions, said) in [
        (&[&b"h2"[..], b"http/1.1"][..], "HTTP/2.0 /v1 {}"),
        (&[b"http/1.1"], "HTTP/1.1 /v1 {}"),
        (&[], "HTTP/1.1 /v1 {}"),
    ] {
        let (url, connections, pool) = secure(versions).await;
        for _ in 0..3 {
            assert_eq!(read(ask(&pool, &url).await.unwrap()).await, said.as_bytes());
        }
        assert_eq!(connections.load(Ordering::SeqCst), 1, "{said}");
    }
}

#[tokio::test]
async fn requests_share_a_connection_of_http2_and_a_stranger_isn_t_trusted() {
    let (url, connections, pool) = secure(&[b"h2"]).await;
    let first = ask(&pool, &url).await.unwrap();
    let (second, third) = tokio::join!(ask(&pool, &url), ask(&pool, &url));
    for answer in [third.unwrap(), first, second.unwrap()] {
        assert_eq!(read(answer).await, b"HTTP/2.0 /v1 {}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let (stranger, _, _) = secure(&[b"h2"]).await;
    let error = ask(&pool, &stranger).await.map(|answer| answer.status()).unwrap_err();
    assert!(matches!(error, SendError::Connect(_)), "{error:?}");
}
