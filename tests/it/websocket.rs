//! `GET /v1/responses`: a WebSocket for those who ask for one, a status that says so for all others.

use lynkr_testkit::{Dialect, Gate, ModelScript, Script};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Incoming, PATIENCE};
use crate::scripted::{self, Scripted};

pub(crate) fn handshake() -> Call {
    Call::get("/v1/responses")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

/// A connection after its upgrade.
pub(crate) struct Socket {
    incoming: Incoming,
}

impl Socket {
    pub(crate) async fn open(gateway: &Gateway, call: Call) -> Self {
        let incoming = gateway.open(call).await;
        assert_eq!(incoming.status, 101);
        Self { incoming }
    }

    /// One text frame, masked with zeros, which leave it as it is.
    async fn send(&mut self, text: &str) {
        let mut frame = vec![0x81];
        match u8::try_from(text.len()) {
            Ok(short) if short < 126 => frame.push(0x80 | short),
            _ => {
                frame.push(0xfe);
                frame.extend(u16::try_from(text.len()).expect("a short text").to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.incoming.reader.get_mut().write_all(&frame).await.expect("the connection is open");
    }

    /// The next text frame as JSON.
    async fn next(&mut self) -> Value {
        tokio::time::timeout(PATIENCE, self.frame())
            .await
            .expect("a frame comes")
            .expect("the connection is open")
    }

    async fn frame(&mut self) -> std::io::Result<Value> {
        let (kind, text) = self.any_frame().await?;
        assert_eq!(kind, 0x81, "a whole text frame");
        Ok(serde_json::from_slice(&text).expect("frames are JSON"))
    }

    /// The next frame's first byte, and what is in it.
    async fn any_frame(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let reader = &mut self.incoming.reader;
        let kind = reader.read_u8().await?;
        let length = match reader.read_u8().await? {
            126 => u64::from(reader.read_u16().await?),
            127 => reader.read_u64().await?,
            short => u64::from(short),
        };
        let mut text = vec![0; usize::try_from(length).expect("a short frame")];
        reader.read_exact(&mut text).await?;
        Ok((kind, text))
    }

    /// The close frame's code; the close is answered, and nothing follows it.
    async fn closed(mut self) -> u16 {
        let closing = async {
            let (kind, said) = self.any_frame().await.expect("a close frame comes");
            assert_eq!(kind, 0x88, "a close frame: {}", String::from_utf8_lossy(&said));
            let code = u16::from_be_bytes([said[0], said[1]]);
            let stream = self.incoming.reader.get_mut();
            let _ = stream.write_all(&[0x88, 0x82, 0, 0, 0, 0, said[0], said[1]]).await;
            assert!(self.any_frame().await.is_err(), "nothing follows");
            code
        };
        tokio::time::timeout(PATIENCE, closing).await.expect("the connection ends")
    }

    /// Reads events until one of this kind is there.
    async fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Asks, and gives all events up to the last.
    pub(crate) async fn ask(&mut self, request: &Value) -> Vec<Value> {
        self.send(&request.to_string()).await;
        self.rest().await
    }

    /// All events up to the last of an answer.
    async fn rest(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await;
            let kind = event["type"].as_str().unwrap_or_default().to_owned();
            events.push(event);
            if matches!(kind.as_str(), "response.completed" | "response.failed" | "error") {
                return events;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_asks_for_no_web_socket_is_told_to() {
    let gateway = Gateway::builtin().await;
    let reply = gateway.get("/v1/responses").await;
    dialects::error(Dialect::Responses, &reply.expect(426));
    assert_eq!(reply.header("upgrade"), Some("websocket"));
}

/// As Codex does it: a warm-up without an answer, then only what is new, each time naming the answer before.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_over_one_connection() {
    for upstream in [Dialect::Anthropic, Dialect::Responses] {
        let model = ModelScript::new().steps(0).text("It is blue.").start().await.unwrap();
        let gateway = Gateway::before(upstream, &model.url()).await;
        let mut socket = Socket::open(&gateway, handshake()).await;
        let turn = |text: &str, previous: &Value| {
            let input = json!([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}]);
            json!({"type": "response.create", "model": "gpt-5", "store": false, "input": input, "previous_response_id": previous})
        };
        let warm = json!({"type": "response.create", "generate": false, "model": "gpt-5", "input": []});
        let warm = socket.ask(&warm).await;
        assert_eq!(model.generations(), 0);
        let mut last = warm.last().expect("an event")["response"]["id"].clone();
        for text in ["FIRST_QUESTION", "SECOND_QUESTION"] {
            let events = socket.ask(&turn(text, &last)).await;
            let end = events.last().expect("an event");
            assert_eq!(end["type"], "response.completed", "{end}");
            assert_eq!(dialects::answer(Dialect::Responses, &end["response"]).text, "It is blue.");
            last = end["response"]["id"].clone();
        }
        let sent = model.upstream().requests().last().expect("a request").text();
        let places = ["FIRST_QUESTION", "It is blue.", "SECOND_QUESTION"].map(|text| sent.find(text));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{upstream:?}: {sent}");
        assert_eq!(model.violations(), Vec::<String>::new(), "{upstream:?}");
        // What isn't known is refused, and the connection lives on.
        let events = socket.ask(&turn("Hello.", &json!("resp_unknown"))).await;
        assert!(events[0].to_string().contains("previous_response_not_found"), "{events:?}");
        let events = socket.ask(&json!({"type": "nonsense"})).await;
        assert_eq!(events[0]["type"], "error", "{events:?}");
        assert_eq!(
            socket.ask(&turn("Still there?", &last)).await.last().expect("an event")["type"],
            "response.completed"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_wants_a_key_where_keys_are_set() {
    let gateway = Setup::builtin().env("LYNKR_API_KEYS", "gateway-key-of-this-test").start().await;
    let refused = gateway.send(handshake()).await;
    dialects::error(Dialect::Responses, &refused.expect(401));
    Socket::open(&gateway, handshake().header("authorization", "Bearer gateway-key-of-this-test")).await;
}

/// One that has begun to answer and goes on when the gate opens.
async fn half_way(gate: &Gate) -> Scripted {
    let held = gate.clone();
    Scripted::with(move |_| {
        let frames = scripted::stream(Dialect::Responses, "Half way.");
        Script::sse(frames[..4].to_vec()).wait(&held).send(frames[4..].concat())
    })
    .await
}

fn create() -> Value {
    json!({"type": "response.create", "model": "gpt-5", "store": false, "input": "Hello."})
}

/// Going away, RFC 6455, section 7.4.1.
const GOING_AWAY: u16 = 1001;

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_process_lets_an_open_response_finish_and_closes_with_a_frame() {
    let gate = Gate::new();
    let upstream = half_way(&gate).await;
    let gateway = Gateway::before(Dialect::Responses, &upstream.url()).await;
    let mut busy = Socket::open(&gateway, handshake()).await;
    let mut idle = Socket::open(&gateway, handshake()).await;
    let silent = Socket::open(&gateway, handshake()).await;
    busy.send(&create().to_string()).await;
    busy.until("response.output_text.delta").await;
    gateway.signal("TERM");
    gateway.logged(|line| line.contains("stopping")).await;
    // Nothing new is taken on: on no open connection, and on no new one.
    let refused = idle.ask(&create()).await;
    assert_eq!((&refused[0]["type"], &refused[0]["status"]), (&json!("error"), &json!(503)), "{refused:?}");
    dialects::error(Dialect::Responses, &gateway.send(handshake()).await.expect(503));
    busy.send(&create().to_string()).await;
    gate.open();
    let events = busy.rest().await;
    assert_eq!(events.last().expect("an event")["type"], "response.completed", "{events:?}");
    let refused = busy.next().await;
    assert_eq!((&refused["type"], &refused["status"]), (&json!("error"), &json!(503)), "{refused}");
    let closed = tokio::join!(busy.closed(), idle.closed(), silent.closed());
    assert_eq!(closed, (GOING_AWAY, GOING_AWAY, GOING_AWAY));
    let (code, log) = gateway.ended().await;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(upstream.posts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_outlasts_the_grace_gets_its_error_and_the_close_frame() {
    let gate = Gate::new();
    let upstream = half_way(&gate).await;
    let setup = Setup::upstream(Dialect::Responses, &upstream.url());
    let gateway = setup.env("GRACEFUL_SHUTDOWN_TIMEOUT", "3000").start().await;
    let mut busy = Socket::open(&gateway, handshake()).await;
    busy.send(&create().to_string()).await;
    busy.until("response.output_text.delta").await;
    gateway.signal("TERM");
    let last = busy.rest().await.pop().expect("an event");
    assert!(last.to_string().contains("the gateway is shutting down"), "{last}");
    assert_eq!(busy.closed().await, GOING_AWAY);
    let (code, log) = gateway.ended().await;
    assert_eq!(code, Some(1), "it was cut: {log}");
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_event_tells_what_a_head_would() {
    // Passed through, and translated.
    for dialect in [Dialect::Responses, Dialect::Chat] {
        let upstream = Scripted::with(move |_| Script::sse(scripted::stream(dialect, "Hello."))).await;
        let setup = Setup::upstream(dialect, &upstream.url())
            .env("TIER_SIMPLE", "openai:small")
            .env("TIER_REASONING", "openai:strong");
        let gateway = setup.start().await;
        let mut socket = Socket::open(&gateway, handshake()).await;
        let request =
            |text: &str| json!({"type": "response.create", "model": "m", "input": text, "store": false});
        let events = socket.ask(&request("hi")).await;
        let told = |events: &[Value], name: &str| {
            let first = &events[0];
            assert_eq!(first["type"], "response.created", "{first}");
            assert!(first["response"]["id"].is_string(), "{first}");
            first["response"]["headers"][name].clone()
        };
        assert_eq!(told(&events, "x-lynkr-tier"), "SIMPLE");
        assert_eq!(told(&events, "x-lynkr-model"), "small");
        assert_eq!(told(&events, "x-lynkr-routing-method"), "force");
        assert!(told(&events, "x-lynkr-receipt").as_str().unwrap().contains("->small(tier)"));
        assert!(events[1..].iter().all(|event| event["response"].get("headers").is_none()), "{events:?}");
        let proof = "Prove that every greedy schedule of this queue terminates, step by step and rigorously.";
        assert_eq!(told(&socket.ask(&request(proof)).await, "x-lynkr-tier"), "REASONING");
    }
}
