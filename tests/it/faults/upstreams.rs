//! Upstreams that do their worst.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lynkr_testkit::{Abort, Dialect, Gate, Script, Upstream};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{MIB, SLACK, goes_on, grew_at_most, hello};
use crate::dialects;
use crate::errors::{before, check};
use crate::gateway::Gateway;
use crate::http::Call;
use crate::scripted::{self, Scripted};

/// Both ways of a request: passed through and translated.
const UPSTREAMS: [Dialect; 2] = [Dialect::Anthropic, Dialect::Chat];

/// Asks in every dialect, whole and streamed; every answer has this status in the dialect's own form.
async fn all_get(gateway: &Gateway, status: u16) -> Vec<String> {
    let mut messages = Vec::new();
    for client in dialects::ALL {
        for stream in [false, true] {
            let reply = gateway.post(dialects::path(client), &hello(client, stream)).await;
            messages.push(check(client, &reply, status, false).1);
        }
    }
    goes_on(gateway).await;
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_reset_before_the_head_is_a_502() {
    for upstream in UPSTREAMS {
        let server = Scripted::with(|_| Script::new().abort(Abort::Reset)).await;
        let gateway = before(upstream, &server.url()).start().await;
        all_get(&gateway, 502).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_can_t_be_resolved_is_a_502_and_named() {
    // No label may be that long, so that no name server is asked.
    let host = format!("{}.invalid", "x".repeat(64));
    let gateway = before(Dialect::Chat, &format!("http://{host}:9")).start().await;
    let messages = all_get(&gateway, 502).await;
    assert!(messages.iter().all(|message| message.contains(&host)), "{messages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_is_a_502_and_nothing_is_sent() {
    let server = Upstream::secure(&["127.0.0.1"], |_| Script::new()).await.unwrap();
    let url = format!("https://{}", server.address());
    let gateway = before(Dialect::Anthropic, &url).start().await;
    let messages = all_get(&gateway, 502).await;
    assert!(messages.iter().all(|message| message.to_lowercase().contains("certificate")), "{messages:?}");
    assert_eq!(server.arrivals(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_behind_https_is_a_502() {
    let server = Scripted::new([]).await;
    let gateway = before(Dialect::Chat, &server.url().replace("http://", "https://")).start().await;
    all_get(&gateway, 502).await;
}

/// A server that takes no connection on and refuses none: its queue is full.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_nobody_takes_is_a_502() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(connected) =
        tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        waiting.push(connected.expect("it waits in the queue"));
        assert!(waiting.len() < 1_000, "the queue never fills");
    }
    for upstream in UPSTREAMS {
        let setup = before(upstream, &format!("http://{address}")).env("LYNKR_CONNECT_TIMEOUT_MS", "200");
        let gateway = setup.start().await;
        let started = Instant::now();
        let messages = all_get(&gateway, 502).await;
        assert!(messages.iter().all(|message| message.contains("can't connect")), "{messages:?}");
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    }
}

/// While everything fails, retries are a fifth of what is sent, and ten besides.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_isn_t_multiplied_by_retries() {
    let down = json!({"type": "error", "error": {"type": "api_error", "message": "down"}});
    let server = Scripted::with(move |_| Script::json(500, &down)).await;
    let setup = before(Dialect::Anthropic, &server.url()).env("API_RETRY_MAX_RETRIES", "3");
    let gateway = setup.env("API_RETRY_INITIAL_DELAY", "1").start().await;
    for _ in 0..100 {
        gateway.post("/v1/messages", &hello(Dialect::Anthropic, false)).await.expect(500);
    }
    let sent = server.posts().len();
    assert!((128..=130).contains(&sent), "{sent} for 100 requests");
    goes_on(&gateway).await;
}

/// A server that speaks no HTTP: to each connection it says this, byte by byte with pauses, again and again.
async fn babbling(said: &'static [u8], pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                for byte in said.iter().cycle() {
                    if stream.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                }
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_a_502() {
    let url = babbling(b"220 mail.example ESMTP\r\n", Duration::ZERO).await;
    let gateway = before(Dialect::Anthropic, &url).start().await;
    all_get(&gateway, 502).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_comes_byte_by_byte_is_a_504() {
    let url = babbling(b"HTTP/1.1 200 OK\r\nx-slow: ", Duration::from_millis(25)).await;
    let setup = before(Dialect::Chat, &url).env("LYNKR_FIRST_BYTE_TIMEOUT_MS", "200");
    let gateway = setup.start().await;
    all_get(&gateway, 504).await;
}

/// Never silent for long, never at its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_that_drips_is_a_504() {
    for upstream in UPSTREAMS {
        let drips = move |_: &_| {
            let head = Script::new().status(200).header("content-type", "application/json").head();
            (0..3_000).fold(head, |script, _| script.send(" ").sleep(Duration::from_millis(10)))
        };
        let server = Scripted::with(drips).await;
        let gateway = before(upstream, &server.url()).env("LYNKR_ANSWER_TIMEOUT_MS", "300").start().await;
        for client in dialects::ALL {
            let reply = gateway.post(dialects::path(client), &hello(client, false)).await;
            check(client, &reply, 504, false);
        }
        goes_on(&gateway).await;
    }
}

/// The status is known long before the body's end: a client that waited for it would wait for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_body_that_never_ends_is_not_waited_for() {
    let gate = Gate::new();
    let held = gate.clone();
    let server = Scripted::with(move |_| {
        let head = Script::new().status(500).header("content-type", "application/json").head();
        head.send("{\"error\": {\"message\": \"half").wait(&held)
    });
    let server = server.await;
    let setup = before(Dialect::Chat, &server.url()).env("LYNKR_STREAM_IDLE_TIMEOUT_MS", "200");
    let gateway = setup.start().await;
    let started = Instant::now();
    for client in dialects::ALL {
        let reply = gateway.post(dialects::path(client), &hello(client, false)).await;
        assert_eq!(reply.status, 500, "{}", reply.text());
    }
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    gate.open();
    goes_on(&gateway).await;
}

/// An answer of 100 MiB under a limit of 4.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_over_the_limit_is_a_502_and_costs_no_more_than_the_limit() {
    let spaces = " ".repeat(MIB);
    for upstream in UPSTREAMS {
        let spaces = spaces.clone();
        let server = Scripted::with(move |_| {
            let head = Script::new().status(200).header("content-type", "application/json").head();
            (0..100).fold(head, |script, _| script.send(spaces.clone()))
        });
        let server = server.await;
        let gateway = before(upstream, &server.url()).env("LYNKR_MAX_ANSWER_BYTES", "4mb").start().await;
        let memory = gateway.resident_memory();
        for client in dialects::ALL {
            let reply = gateway.post(dialects::path(client), &hello(client, false)).await;
            let (_, message) = check(client, &reply, 502, false);
            assert!(message.contains("LYNKR_MAX_ANSWER_BYTES"), "{message}");
        }
        grew_at_most(&gateway, memory, SLACK);
        goes_on(&gateway).await;
    }
}

/// An error page of 100 MiB: its beginning says enough.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_body_is_read_as_far_as_it_may_help() {
    let page = "<p>Sorry.</p>".repeat(MIB / 13);
    let server = Scripted::with(move |_| {
        let head = Script::new().status(503).header("content-type", "text/html").head();
        (0..100).fold(head, |script, _| script.send(page.clone()))
    });
    let server = server.await;
    let gateway = before(Dialect::Chat, &server.url()).start().await;
    let memory = gateway.resident_memory();
    all_get(&gateway, 503).await;
    grew_at_most(&gateway, memory, SLACK);
}

/// Text first, so that the answer has begun; then a line of 100 MiB.
fn endless_line(dialect: Dialect, megabyte: &str) -> Script {
    let frames = scripted::stream(dialect, "First.");
    let first = frames.iter().position(|frame| frame.contains("First.")).expect("the text") + 1;
    let begun = Script::sse(frames[..first].to_vec()).send("data: {\"");
    (0..100).fold(begun, |script, _| script.send(megabyte.to_owned()))
}

/// A line may have 64 MiB.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_end_ends_the_stream() {
    let megabyte = "x".repeat(MIB);
    for upstream in UPSTREAMS {
        let megabyte = megabyte.clone();
        let server = Scripted::with(move |_| endless_line(upstream, &megabyte)).await;
        let gateway = before(upstream, &server.url()).start().await;
        let memory = gateway.resident_memory();
        let client = Dialect::Anthropic;
        let started = Instant::now();
        let reply = gateway.post(dialects::path(client), &hello(client, true)).await;
        assert!(reply.text().contains("First."), "{upstream:?}: {} bytes", reply.body.len());
        let message = dialects::error_event(client, &reply.text());
        assert!(message.contains("longer than"), "{upstream:?}: {message}");
        // What is passed on and what is read of it, each in a buffer that has moved as it grew; what it moved from goes
        // back to the system a moment later.
        grew_at_most(&gateway, memory, 5 * 64 * MIB + SLACK);
        assert!(started.elapsed() < Duration::from_secs(25), "{upstream:?}: {:?}", started.elapsed());
        goes_on(&gateway).await;
    }
}

/// 128 MiB of events on their way to a client that takes them: none of it stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_stream_leaves_nothing_behind() {
    let text = "x".repeat(64 * 1024);
    for upstream in UPSTREAMS {
        let frames = scripted::stream(upstream, &text);
        let piece = frames.iter().position(|frame| frame.contains(&text)).expect("a frame with the text");
        let server = Scripted::with(move |_| {
            let begun = Script::sse(frames[..piece].to_vec());
            let flood = (0..2_048).fold(begun, |script, _| script.send(frames[piece].clone()));
            frames[piece + 1..].iter().fold(flood, |script, frame| script.send(frame.clone()))
        });
        let server = server.await;
        let gateway = before(upstream, &server.url()).start().await;
        let memory = gateway.resident_memory();
        let call = Call::json("/v1/messages", &hello(Dialect::Anthropic, true));
        let mut stream = gateway.open(call).await;
        let (mut bytes, mut last) = (0, Vec::new());
        while let Some(more) = stream.next().await {
            bytes += more.len();
            last = more;
        }
        assert!(bytes > 128 * MIB, "{upstream:?}: {bytes}");
        assert!(String::from_utf8_lossy(&last).contains("message_stop"), "{upstream:?}");
        // Of what was freed, some goes back to the system a moment later.
        grew_at_most(&gateway, memory, 2 * SLACK);
        goes_on(&gateway).await;
    }
}

/// Bytes of every kind in the place of an answer: an error in the client's form, and no answer made of it.
#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_an_error_in_the_clients_own_form() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let noise: Vec<u8> = (0..64 * 1024)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect();
    let deep = "[".repeat(100_000);
    let garbage: [Vec<u8>; 5] = [
        noise,
        deep.clone().into_bytes(),
        format!("{{\"content\": {deep}").into_bytes(),
        json!({"answer": 42}).to_string().into_bytes(),
        b"data: \xff\xfe\n\ndata: {\"type\":\n\n".to_vec(),
    ];
    for upstream in dialects::ALL {
        let next = Arc::new(Mutex::new(("", Vec::new())));
        let played = Arc::clone(&next);
        let server = Scripted::with(move |_| {
            let (kind, body) = played.lock().unwrap().clone();
            Script::body(200, kind, body)
        });
        let server = server.await;
        let gateway = before(upstream, &server.url()).start().await;
        for (number, bytes) in garbage.iter().enumerate() {
            for kind in ["application/json", "text/event-stream"] {
                *next.lock().unwrap() = (kind, bytes.clone());
                let other = if upstream == Dialect::Chat { Dialect::Ollama } else { Dialect::Chat };
                let place = format!("before {upstream:?}, garbage {number} as {kind}");
                for (client, stream) in [(upstream, false), (upstream, true), (other, false), (other, true)] {
                    is_an_error(&gateway, client, stream, &place).await;
                }
            }
        }
        goes_on(&gateway).await;
    }
}

async fn is_an_error(gateway: &Gateway, client: Dialect, stream: bool, place: &str) {
    let reply = gateway.post(dialects::path(client), &hello(client, stream)).await;
    let said: String = reply.text().chars().take(300).collect();
    assert!((500..600).contains(&reply.status), "{client:?} {place}: {} {said}", reply.status);
    dialects::error(client, &reply.json());
}
