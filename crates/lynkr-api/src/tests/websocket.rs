//! The WebSocket form of the Responses API: warm-up, continuation, failures.

use futures_util::{SinkExt, StreamExt};
use lynkr_testkit::{ModelScript, Script, Upstream};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::gateway;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(endpoint: &str) -> Socket {
    let address = gateway(endpoint);
    connect_async(format!("ws://{address}/v1/responses")).await.unwrap().0
}

/// Sends a frame and reads events up to the one that ends the answer.
async fn ask(socket: &mut Socket, frame: Value) -> Vec<Value> {
    socket.send(Message::text(frame.to_string())).await.unwrap();
    let mut events = Vec::new();
    while let Some(message) = socket.next().await {
        let event: Value = serde_json::from_str(message.unwrap().to_text().unwrap()).unwrap();
        let ended = matches!(event["type"].as_str(), Some("response.completed" | "error"));
        events.push(event);
        if ended {
            break;
        }
    }
    events
}

fn last_id(events: &[Value]) -> String {
    events.last().unwrap()["response"]["id"].as_str().unwrap().to_owned()
}

fn create(input: &str, previous: Option<&str>) -> Value {
    let message =
        json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": input}]});
    json!({
        "type": "response.create", "model": "gpt-5.4", "store": false, "input": [message],
        "previous_response_id": previous,
    })
}

#[tokio::test]
async fn later_requests_bring_new_items_only_and_the_provider_sees_all() {
    for path in ["responses", "chat/completions"] {
        let model = ModelScript::new().enforce().start().await.unwrap();
        let mut socket = connect(&format!("{}/v1/{path}", model.url())).await;
        let warm =
            ask(&mut socket, json!({"type": "response.create", "model": "gpt-5.4", "generate": false})).await;
        assert_eq!(warm.last().unwrap()["type"], "response.completed", "{path}");
        let first = ask(&mut socket, create("one", Some(&last_id(&warm)))).await;
        assert_eq!(first.first().unwrap()["type"], "response.created");
        let second = ask(&mut socket, create("two", Some(&last_id(&first)))).await;
        assert_eq!(second.last().unwrap()["type"], "response.completed");
        let body = model.upstream().requests().last().unwrap().text();
        let positions: Vec<usize> =
            ["one", "LYNKR_DONE", "two"].iter().map(|word| body.find(word).unwrap()).collect();
        assert!(positions.is_sorted(), "{path}: {body}");
        assert_eq!(model.violations(), Vec::<String>::new(), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_answer_is_never_an_empty_history() {
    let model = ModelScript::new().start().await.unwrap();
    let mut socket = connect(&format!("{}/v1/responses", model.url())).await;
    let events = ask(&mut socket, create("x", Some("resp_unknown"))).await;
    assert_eq!(events[0]["error"]["code"], "previous_response_not_found");
    assert_eq!(events[0]["status"], 400);
    assert_eq!(model.generations(), 0);
    // The connection is still good.
    assert_eq!(ask(&mut socket, create("x", None)).await.last().unwrap()["type"], "response.completed");
}

#[tokio::test]
async fn wrong_frames_and_refusals_are_error_frames() {
    let refusal = Script::json(
        401,
        &json!({"error": {"message": "no", "type": "invalid_request_error", "code": "invalid_api_key"}}),
    );
    let upstream = Upstream::start(vec![refusal]).await.unwrap();
    let mut socket = connect(&format!("{}/v1/responses", upstream.url())).await;
    for (frame, expected) in [(json!({"type": "other"}), "type: must be"), (json!([1]), "not a JSON object")]
    {
        let events = ask(&mut socket, frame).await;
        let message = events[0]["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
    }
    let events = ask(&mut socket, create("x", None)).await;
    assert_eq!((&events[0]["status"], &events[0]["error"]["code"]), (&json!(401), &json!("invalid_api_key")));
}
