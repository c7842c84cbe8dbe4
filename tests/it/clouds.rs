//! Claude Code set to a cloud: Anthropic's dialect in Bedrock's and Vertex AI's envelopes, before any provider.

use lynkr_testkit::{Dialect, Script, bedrock};
use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::scripted::{self, Scripted};

const BEDROCK: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const VERTEX: &str = "/projects/my-project/locations/us-east5/publishers/anthropic/models";

fn body(version: &str) -> Value {
    json!({
        "anthropic_version": version, "anthropic_beta": ["context-1m-2025-08-07", "new-beta-2027-01-01"],
        "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}],
    })
}

/// What an SDK makes of a stream in AWS's frames.
fn events(reply: &Reply) -> String {
    assert_eq!(reply.header("content-type"), Some(bedrock::CONTENT_TYPE));
    let frames = bedrock::frames(&reply.body);
    assert!(frames.iter().all(|(name, _)| name == "chunk" || name == "ping"), "{frames:?}");
    let chunks = frames.iter().filter(|(name, _)| name == "chunk");
    let inside = chunks.map(|(_, payload)| bedrock::base64(payload["bytes"].as_str().unwrap()));
    String::from_utf8(inside.collect::<Vec<_>>().concat()).unwrap()
}

async fn anthropic(scripts: impl IntoIterator<Item = Script>) -> (Scripted, Gateway) {
    let upstream = Scripted::new(scripts).await;
    let gateway = Gateway::before(Dialect::Anthropic, &upstream.url()).await;
    (upstream, gateway)
}

/// The envelope comes off: version and betas of the cloud would be refused in Anthropic's body.
#[tokio::test]
async fn anthropic_gets_its_own_form() {
    let whole = || Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."));
    let (upstream, gateway) = anthropic([whole(), whole()]).await;
    let targets = [
        (format!("{BEDROCK}/invoke"), "bedrock-2023-05-31"),
        (format!("/v1{VERTEX}/claude-sonnet-4-5@20250929:rawPredict"), "vertex-2023-10-16"),
    ];
    for (number, (target, version)) in targets.iter().enumerate() {
        let call = Call::json(target, &body(version)).header("authorization", "Bearer of-the-cloud");
        let reply = gateway.send(call).await;
        assert_eq!(reply.expect(200)["content"][0]["text"], "Hello.");
        let sent = upstream.post(number).await;
        let mut expected = body(version);
        for gone in ["anthropic_version", "anthropic_beta"] {
            expected.as_object_mut().unwrap().remove(gone);
        }
        expected["stream"] = json!(false);
        expected["model"] = json!("claude-sonnet-4-5-20250929");
        assert_eq!(sent.json(), expected);
        assert_eq!(sent.header("anthropic-beta"), Some("context-1m-2025-08-07,new-beta-2027-01-01"));
        assert_eq!(sent.header("anthropic-version"), Some("2023-06-01"));
        assert!(!format!("{:?}", sent.headers).contains("of-the-cloud"));
    }
}

#[tokio::test]
async fn any_provider_s_stream_is_put_into_frames() {
    for dialect in [Dialect::Anthropic, Dialect::Chat, Dialect::Responses] {
        let upstream = Scripted::with(move |_| Script::sse(scripted::stream(dialect, "Hello."))).await;
        let gateway = Gateway::before(dialect, &upstream.url()).await;
        let target = format!("{BEDROCK}/invoke-with-response-stream");
        let reply = gateway.post(&target, &body("bedrock-2023-05-31")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let text = events(&reply);
        assert!(
            text.starts_with(r#"{"type":"message_start""#) && text.contains("Hello."),
            "{dialect:?}: {text}"
        );
        assert!(text.ends_with(r#"{"type":"message_stop"}"#), "{dialect:?}: {text}");
        let target = format!("{VERTEX}/claude-sonnet-4-5@20250929:streamRawPredict");
        let reply = gateway.post(&target, &body("vertex-2023-10-16")).await;
        assert_eq!(reply.header("content-type"), Some("text/event-stream; charset=utf-8"));
        assert!(reply.text().contains("event: message_stop"), "{dialect:?}: {}", reply.text());
    }
}

/// Version and betas, known or not, are the client's and its cloud's affair.
#[tokio::test]
async fn a_cloud_s_own_client_reaches_it_unchanged() {
    let answer = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "c", "content": [],
        "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}});
    let upstream = Scripted::with(move |_| Script::json(200, &answer)).await;
    let gateway = Setup::new()
        .env("MODEL_PROVIDER", "bedrock")
        .env("AWS_BEDROCK_ENDPOINT", &upstream.url())
        .env("AWS_BEDROCK_API_KEY", "bedrock-key-0123456789")
        .start()
        .await;
    let sent_body = body("bedrock-2099-01-01");
    gateway.post(&format!("{BEDROCK}/invoke"), &sent_body).await.expect(200);
    let sent = upstream.post(0).await;
    assert_eq!((sent.path.as_str(), sent.json()), (format!("{BEDROCK}/invoke").as_str(), sent_body));
}

#[tokio::test]
async fn tokens_are_counted_in_each_cloud_s_form() {
    let count = || Script::json(200, &json!({"input_tokens": 4711}));
    let (upstream, gateway) = anthropic([count(), count()]).await;
    let inside = bedrock_body(&body("bedrock-2023-05-31"));
    let asked = json!({"input": {"invokeModel": {"body": inside}}});
    let reply = gateway.post(&format!("{BEDROCK}/count-tokens"), &asked).await;
    assert_eq!(reply.expect(200), json!({"inputTokens": 4711}));
    let asked = json!({"model": "claude-sonnet-4-5@20250929", "anthropic_version": "vertex-2023-10-16",
        "messages": [{"role": "user", "content": "hi"}]});
    let reply = gateway.post(&format!("{VERTEX}/count-tokens:rawPredict"), &asked).await;
    assert_eq!(reply.expect(200), json!({"input_tokens": 4711}));
    for number in 0..2 {
        let sent = upstream.post(number).await;
        assert_eq!(sent.path, "/v1/messages/count_tokens");
        assert_eq!(sent.json()["model"], "claude-sonnet-4-5-20250929");
        assert_eq!(sent.json().get("anthropic_version"), None);
    }
}

fn bedrock_body(body: &Value) -> String {
    let frame = bedrock::chunk(&format!("data: {body}"));
    bedrock::frames(&frame)[0].1["bytes"].as_str().unwrap().to_owned()
}

/// Clients that are set to Azure put a prefix before every path.
#[tokio::test]
async fn azure_s_prefix_changes_nothing() {
    let upstream = Scripted::with(|_| Script::json(200, &json!({"id": "b", "object": "batch"}))).await;
    let gateway = Setup::new()
        .env("MODEL_PROVIDER", "openai")
        .env("OPENAI_ENDPOINT", &format!("{}/v1", upstream.url()))
        .env("OPENAI_API_KEY", "sk-0123456789")
        .start()
        .await;
    gateway.post("/openai/v1/batches", &json!({"input_file_id": "f"})).await.expect(200);
    assert_eq!(upstream.post(0).await.path, "/v1/batches");
}

/// The name of an AWS error, which the header and the body must agree on.
#[track_caller]
fn named(reply: &Reply) -> String {
    let body = reply.json();
    assert!(body["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    assert_eq!(reply.header("x-amzn-errortype"), body["__type"].as_str(), "{body}");
    body["__type"].as_str().unwrap().to_owned()
}

/// What is found wrong before a handler is asked is told as by the cloud too.
#[tokio::test]
async fn a_missing_key_is_told_as_the_cloud_tells_it() {
    let gateway = Setup::new()
        .env("MODEL_PROVIDER", "builtin")
        .env("LYNKR_API_KEYS", "key-of-the-team-0123")
        .start()
        .await;
    let reply = gateway.post(&format!("{BEDROCK}/invoke"), &body("bedrock-2023-05-31")).await;
    assert_eq!((reply.status, named(&reply).as_str()), (401, "UnrecognizedClientException"));
    let reply = gateway.post(&format!("/v1{VERTEX}/claude-x:rawPredict"), &body("vertex-2023-10-16")).await;
    assert_eq!((reply.status, reply.json()["error"]["type"].as_str()), (401, Some("authentication_error")));
}

/// Before the first word it is a status, after it an exception.
#[tokio::test]
async fn failures_are_told_as_the_cloud_tells_them() {
    let refused = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down."}});
    let invalid =
        json!({"type": "error", "error": {"type": "invalid_request_error", "message": "Slow down."}});
    let mut broken = scripted::stream(Dialect::Anthropic, "Hello.");
    broken.truncate(4);
    broken.push(format!("event: error\ndata: {refused}\n\n"));
    let (_upstream, gateway) = anthropic([Script::json(400, &invalid), Script::sse(broken)]).await;
    let target = format!("{BEDROCK}/invoke-with-response-stream");
    let reply = gateway.post(&target, &body("bedrock-2023-05-31")).await;
    assert_eq!((reply.status, named(&reply).as_str()), (400, "ValidationException"));
    assert_eq!(reply.json()["message"], "Slow down.");
    let reply = gateway.post(&target, &body("bedrock-2023-05-31")).await;
    let (name, payload) = bedrock::frames(&reply.body).pop().unwrap();
    assert_eq!((name.as_str(), &payload["message"]), ("throttlingException", &json!("Slow down.")));
    let unknown = gateway.post("/model/x/embed", &json!({})).await;
    assert_eq!((unknown.status, named(&unknown).as_str()), (404, "ResourceNotFoundException"));
    let unread = gateway.send(Call::bytes(&target, "{")).await;
    assert_eq!((unread.status, named(&unread).as_str()), (400, "ValidationException"));
    let unknown = gateway.post(&format!("{VERTEX}/x:embed"), &json!({})).await;
    assert_eq!((unknown.status, unknown.json()["type"].as_str()), (404, Some("error")));
}
