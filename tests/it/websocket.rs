//! `GET /v1/responses`: a WebSocket for those who ask for one, a status that says so for all others.

use lynkr_testkit::{Dialect, ModelScript};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Incoming, PATIENCE};

fn handshake() -> Call {
    Call::get("/v1/responses")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

/// A connection after its upgrade.
struct Socket {
    incoming: Incoming,
}

impl Socket {
    async fn open(gateway: &Gateway, call: Call) -> Self {
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
        let reader = &mut self.incoming.reader;
        assert_eq!(reader.read_u8().await?, 0x81, "a whole text frame");
        let length = match reader.read_u8().await? {
            126 => u64::from(reader.read_u16().await?),
            127 => reader.read_u64().await?,
            short => u64::from(short),
        };
        let mut text = vec![0; usize::try_from(length).expect("a short frame")];
        reader.read_exact(&mut text).await?;
        Ok(serde_json::from_slice(&text).expect("frames are JSON"))
    }

    /// Asks, and gives all events up to the last.
    async fn ask(&mut self, request: &Value) -> Vec<Value> {
        self.send(&request.to_string()).await;
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
