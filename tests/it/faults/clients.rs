//! Clients that do their worst.

use std::time::Duration;

use lynkr_testkit::{Dialect, Script};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{MIB, SLACK, goes_on, grew_at_most, hello};
use crate::dialects;
use crate::errors::before;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Incoming, PATIENCE};
use crate::scripted::{self, Scripted};

/// Impatient with clients.
async fn impatient() -> Gateway {
    Setup::builtin().env("LYNKR_CLIENT_TIMEOUT_MS", "300").start().await
}

/// Sends these bytes and reads until the gateway closes.
async fn say(gateway: &Gateway, bytes: &[u8]) -> String {
    let stream = TcpStream::connect(gateway.address()).await.expect("the gateway listens");
    let (mut read, mut write) = stream.into_split();
    let bytes = bytes.to_vec();
    // At the same time: an answer may come before all is sent.
    let writing = tokio::spawn(async move {
        let _ = write.write_all(&bytes).await;
        write
    });
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = vec![0; 16 * 1024];
        // A reset ends it as well: who is refused with bytes under way sees one.
        while let Ok(count @ 1..) = read.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the gateway closes the connection");
    writing.abort();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The statuses of all answers in what a connection gave.
fn statuses(said: &str) -> Vec<&str> {
    said.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_end() {
    let gateway = impatient().await;
    let silent: [&[u8]; 5] =
        [b"", b"P", b"PRI * HTTP/2.0\r\n", b"GET /health", b"GET /health HTTP/1.1\r\nhost: localhost\r\n"];
    for bytes in silent {
        let said = say(&gateway, bytes).await;
        assert!(said.is_empty() || statuses(&said) == ["408"], "{bytes:?}: {said}");
    }
    // One that has been answered and then says nothing.
    let said = say(&gateway, b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(statuses(&said), ["200"], "{said}");
    goes_on(&gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_is_a_408_in_the_clients_own_form() {
    let gateway = impatient().await;
    for client in dialects::ALL {
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{",
            dialects::path(client)
        );
        let said = say(&gateway, head.as_bytes()).await;
        assert_eq!(statuses(&said), ["408"], "{client:?}: {said}");
        let body = said.split_once("\r\n\r\n").expect("a head").1;
        let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {said}"));
        let (_, message) = dialects::error(client, &body);
        assert!(message.contains("LYNKR_CLIENT_TIMEOUT_MS"), "{message}");
    }
    goes_on(&gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn header_bombs_are_refused() {
    let gateway = Gateway::builtin().await;
    let memory = gateway.resident_memory();
    let many = (0..5_000).map(|number| format!("x-{number}: y\r\n")).collect::<Vec<_>>().concat();
    let bombs = [
        ("many headers", format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{many}\r\n")),
        (
            "a long header",
            format!("GET /health HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(8 * MIB)),
        ),
        (
            "a long name",
            format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{}: y\r\n\r\n", "y".repeat(8 * MIB)),
        ),
        ("a long address", format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "y".repeat(8 * MIB))),
    ];
    for (name, bomb) in &bombs {
        let said = say(&gateway, bomb.as_bytes()).await;
        // Who still sends when the answer comes may see the connection reset instead.
        let fits = matches!(statuses(&said)[..], ["431" | "414" | "400"] | []);
        assert!(fits, "{name}: {}", said.chars().take(300).collect::<String>());
    }
    let said = say(&gateway, bombs[0].1.as_bytes()).await;
    assert!(matches!(statuses(&said)[..], ["431"] | []), "{said}");
    grew_at_most(&gateway, memory, SLACK);
    goes_on(&gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_a_row_are_answered_up_to_the_first_that_is_none() {
    let gateway = Gateway::builtin().await;
    let live = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let said = say(&gateway, format!("{}\0\x01 no HTTP\r\n\r\n{live}", live.repeat(50)).as_bytes()).await;
    let statuses = statuses(&said);
    assert_eq!(statuses.len(), 51, "{said}");
    assert!(statuses[..50].iter().all(|status| *status == "200"), "{said}");
    assert_eq!(statuses[50], "400", "{said}");
    // Bodies that say two lengths are how requests are smuggled past a proxy.
    let two =
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 4\r\n\r\n{}{}";
    let said = say(&gateway, two.as_bytes()).await;
    assert_eq!(self::statuses(&said), ["400"], "{said}");
    goes_on(&gateway).await;
}

/// 100,000 levels at every place that is read differently: refused, or passed on unread; never a stack's end.
#[tokio::test(flavor = "multi_thread")]
async fn deep_json_is_harmless() {
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let objects = ("{\"a\":".repeat(100_000), "}".repeat(100_000));
    let deep = [format!("{open}{close}"), format!("{}1{}", objects.0, objects.1), open.clone()];
    for upstream in [Dialect::Anthropic, Dialect::Chat] {
        let server = Scripted::with(move |_| Script::json(200, &scripted::whole(upstream, "Well."))).await;
        let gateway = before(upstream, &server.url()).start().await;
        for client in dialects::ALL {
            for value in &deep {
                for place in ["unknown_field", "messages", "input", "tools", "metadata", "system", "format"] {
                    let mut body = hello(client, false);
                    body[place] = json!("@");
                    let body = body.to_string().replace("\"@\"", value);
                    let reply = gateway.send(Call::bytes(dialects::path(client), body)).await;
                    let said: String = reply.text().chars().take(300).collect();
                    assert!(
                        matches!(reply.status, 200 | 400),
                        "{client:?} before {upstream:?} in {place}: {} {said}",
                        reply.status
                    );
                }
                let reply = gateway.send(Call::bytes(dialects::path(client), value.clone())).await;
                dialects::error(client, &reply.expect(400));
            }
        }
        goes_on(&gateway).await;
    }
}

/// 300 MB, announced and not: the announced one is refused unread, the other at the limit.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_300_megabytes_costs_no_more_than_the_limit() {
    let gateway = Setup::builtin().env("REQUEST_JSON_LIMIT", "8mb").start().await;
    let memory = gateway.resident_memory();
    let piece = vec![b' '; MIB];
    for announced in [true, false] {
        let socket = TcpStream::connect(gateway.address()).await.expect("the gateway listens");
        let (read, mut write) = socket.into_split();
        let framing = if announced { "content-length: 314572800" } else { "transfer-encoding: chunked" };
        let head = format!("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n\r\n");
        write.write_all(head.as_bytes()).await.expect("the head goes out");
        let piece = piece.clone();
        let writing = tokio::spawn(async move {
            let mut sent = 0;
            while sent < 300 {
                let size = if announced { String::new() } else { format!("{MIB:x}\r\n") };
                let end: &[u8] = if announced { b"" } else { b"\r\n" };
                let pieces = [size.as_bytes(), &piece, end].concat();
                if write.write_all(&pieces).await.is_err() {
                    break;
                }
                sent += 1;
            }
            sent
        });
        let mut read = read;
        let mut first = [0; 12];
        let answered = tokio::time::timeout(PATIENCE, read.read_exact(&mut first)).await;
        answered.expect("an answer comes").expect("before the connection ends");
        assert_eq!(String::from_utf8_lossy(&first), "HTTP/1.1 413", "announced: {announced}");
        drop(read);
        let sent = tokio::time::timeout(PATIENCE, writing).await.expect("the gateway hangs up").unwrap();
        assert!(sent < 300, "all of it was taken");
    }
    grew_at_most(&gateway, memory, 2 * 8 * MIB + SLACK);
    goes_on(&gateway).await;
}

/// Connections that a test may hold here, of those that are wanted.
fn allowed(wanted: usize) -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or("1024");
    let soft: usize = line.split_whitespace().next().and_then(|soft| soft.parse().ok()).unwrap_or(1024);
    // The rest is for the tests beside this one, which may run in the same process.
    wanted.min(if soft > 4_096 { soft - 2_048 } else { soft / 2 })
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_cost_little_and_keep_nobody_out() {
    let count = allowed(10_000);
    let gateway = Gateway::builtin().await;
    let before = gateway.resident_memory();
    let mut idle = Vec::new();
    for number in 0..count {
        let mut stream = TcpStream::connect(gateway.address()).await.expect("the gateway listens");
        // Half of them have been served once.
        if number % 2 == 0 {
            let live = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
            stream.write_all(live).await.expect("the request goes out");
            let mut first = [0; 12];
            stream.read_exact(&mut first).await.expect("an answer");
            assert_eq!(&first, b"HTTP/1.1 200");
        }
        idle.push(stream);
    }
    let each = gateway.resident_memory().saturating_sub(before) / count;
    assert!(each < 64 * 1024, "{each} bytes for each of {count} idle connections");
    gateway.post("/v1/messages", &hello(Dialect::Anthropic, false)).await.expect(200);
    drop(idle);
    goes_on(&gateway).await;
}

/// Thirty streams of 64 MiB each for clients that don't read them.
#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_cost_a_buffer_each() {
    const READERS: usize = 30;
    let text = "x".repeat(64 * 1024);
    for upstream in [Dialect::Anthropic, Dialect::Chat] {
        let frames = scripted::stream(upstream, &text);
        let piece = frames.iter().position(|frame| frame.contains(&text)).expect("a frame with the text");
        // The frames share their bytes: what they cost is the gateway's.
        let (begin, piece) = (frames[..piece].to_vec(), lynkr_testkit::Bytes::from(frames[piece].clone()));
        let server = Scripted::with(move |_| {
            (0..1_024).fold(Script::sse(begin.clone()), |script, _| script.send(piece.clone()))
        });
        let server = server.await;
        let gateway = before(upstream, &server.url()).start().await;
        let memory = gateway.resident_memory();
        let mut readers: Vec<Incoming> = Vec::new();
        for _ in 0..READERS {
            let call = Call::json("/v1/messages", &hello(Dialect::Anthropic, true)).receive_buffer(16 * 1024);
            let mut stream = gateway.open(call).await;
            stream.until("xxxx").await;
            readers.push(stream);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        grew_at_most(&gateway, memory, READERS * 2 * MIB + SLACK);
        drop(readers);
        goes_on(&gateway).await;
    }
}

/// A client that asks and hangs up at once, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_reset_leave_nothing_behind() {
    let gateway = Gateway::builtin().await;
    let body = hello(Dialect::Anthropic, true).to_string();
    let request = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    for cut in (0..request.len()).step_by(3) {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_zero_linger().expect("a close can be a reset");
        let mut stream = socket.connect(gateway.address()).await.expect("the gateway listens");
        let _ = stream.write_all(&request.as_bytes()[..cut]).await;
        drop(stream);
    }
    let quiet = async {
        while gateway.get("/metrics/load-shedding").await.expect(200)["activeRequests"] != 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, quiet).await.expect("no request is left");
    goes_on(&gateway).await;
}
