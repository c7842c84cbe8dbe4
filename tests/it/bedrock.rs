//! Amazon Bedrock as the provider: every model through Converse, Claude through InvokeModel, against the scripted
//! model that judges bodies and signatures as Bedrock would.

mod credentials;
mod failures;

use lynkr_testkit::{Bytes, Dialect, ModelScript, ModelUpstream, Script, bedrock, sigv4};
use serde_json::{Value, json};

use crate::dialects::{self, CLIENT_KEY, busy, round_trip};
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::scripted::Scripted;

const KEY: &str = "bedrock-key-0123456789";
const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const CLAUDE: &str = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
const ARN: &str = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/ab12cd34ef56";

fn with_key(url: &str, model: &str) -> Setup {
    Setup::new()
        .env("MODEL_PROVIDER", "bedrock")
        .env("AWS_BEDROCK_ENDPOINT", url)
        .env("AWS_BEDROCK_API_KEY", KEY)
        .env("AWS_BEDROCK_MODEL_ID", model)
}

/// Without a key: what is in the environment signs.
fn signing(url: &str, model: &str) -> Setup {
    with_key(url, model)
        .without("AWS_BEDROCK_API_KEY")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
}

async fn model(script: ModelScript) -> ModelUpstream {
    script.forbid(CLIENT_KEY).forbid(SECRET).start().await.unwrap()
}

async fn every_client(gateway: &Gateway, model: &ModelUpstream) {
    for client in dialects::ALL {
        for stream in [false, true] {
            let text = round_trip(gateway, client, stream).await;
            assert_eq!(model.violations(), Vec::<String>::new(), "{client:?}, stream {stream}");
            // The proof of the thinking came back through a client that carries reasoning.
            if client == Dialect::Anthropic {
                assert!(text.contains("thoughts=1"), "{text}");
            }
        }
    }
}

/// The paths that were asked, each once, in order.
fn paths(model: &ModelUpstream) -> Vec<String> {
    let mut paths: Vec<String> =
        model.upstream().requests().iter().map(|request| request.path.clone()).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// The model is an ARN, with colons and a slash.
#[tokio::test(flavor = "multi_thread")]
async fn converse_by_key_serves_every_client() {
    let model = model(busy().expect_key(KEY)).await;
    let gateway = with_key(&model.url(), ARN).start().await;
    every_client(&gateway, &model).await;
    let at = "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fab12cd34ef56";
    assert_eq!(paths(&model), [format!("{at}/converse"), format!("{at}/converse-stream")]);
}

/// Every request's signature is made again from the secret, bytes and all.
#[tokio::test(flavor = "multi_thread")]
async fn claude_serves_every_client_with_a_signature() {
    let model = model(busy().expect_key(KEY_ID).expect_signature(SECRET)).await;
    let gateway = signing(&model.url(), CLAUDE).start().await;
    every_client(&gateway, &model).await;
    let at = "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
    let expected = ["converse", "converse-stream", "invoke", "invoke-with-response-stream"];
    assert_eq!(paths(&model), expected.map(|operation| format!("{at}/{operation}")));
    let signed = sigv4::check(&model.upstream().requests()[0], SECRET).unwrap();
    assert_eq!((signed.region.as_str(), signed.service.as_str()), ("eu-west-1", "bedrock"));
    assert_eq!(signed.headers, ["content-type", "host", "x-amz-date"]);
    assert!(!gateway.log().contains(SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arn_is_signed_as_it_stands_in_the_path() {
    let model = model(ModelScript::new().steps(0).expect_key(KEY_ID).expect_signature(SECRET)).await;
    let gateway = signing(&model.url(), ARN).start().await;
    for stream in [false, true] {
        ask(&gateway, stream).await;
    }
    assert_eq!((model.violations(), model.generations()), (Vec::new(), 2));
}

/// Gemini's clients have the model in the path, here and there.
#[tokio::test(flavor = "multi_thread")]
async fn a_gemini_client_is_served() {
    let model = model(ModelScript::new().steps(0).expect_key(KEY)).await;
    let gateway = with_key(&model.url(), CLAUDE).start().await;
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]});
    for method in ["generateContent", "streamGenerateContent?alt=sse"] {
        let reply = gateway.post(&format!("/v1beta/models/gemini-2.5-pro:{method}"), &body).await;
        assert!(reply.status == 200 && reply.text().contains("LYNKR_DONE"), "{}", reply.text());
    }
    assert_eq!(model.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_claude_client_s_words_reach_claude_byte_for_byte() {
    let answer = "{\"id\": \"msg_1\",  \"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\
                  \"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1},\"zz\" : 7}";
    let server = Scripted::with(move |_| Script::body(200, "application/json", answer)).await;
    let gateway = with_key(&server.url(), CLAUDE).start().await;
    let inside = "\"max_tokens\" : 9,\n \"messages\":[{\"role\":\"user\",\"content\":\"hi\"}], \"unknown\": {\"kept\":1.50} }";
    let call = Call::bytes(
        "/v1/messages?beta=true",
        format!("{{\"model\":\"us.anthropic.claude-opus-4-6-v1\",\"stream\":false,{inside}"),
    )
    .header("content-type", "application/json")
    .header("anthropic-version", "2023-06-01")
    .header("x-amzn-bedrock-guardrailidentifier", "gr-1")
    .header("anthropic-beta", "context-1m-2025-08-07,files-api-2025-04-14");
    let reply = gateway.send(call).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, answer));
    let sent = server.post(0).await;
    assert_eq!((sent.path.as_str(), &sent.query), ("/model/us.anthropic.claude-opus-4-6-v1/invoke", &None));
    let expected = format!(
        "{{\"anthropic_version\":\"bedrock-2023-05-31\",\"anthropic_beta\":[\"context-1m-2025-08-07\"],{inside}"
    );
    assert_eq!(String::from_utf8_lossy(&sent.body), expected);
    for absent in ["anthropic-beta", "anthropic-version"] {
        assert_eq!(sent.header(absent), None);
    }
    assert_eq!(sent.header("x-amzn-bedrock-guardrailidentifier"), Some("gr-1"));
    let receipt = reply.header("x-lynkr-receipt").unwrap_or_default();
    for entry in [
        "moved=model->url",
        "moved=stream->url",
        "moved=header.anthropic-beta->anthropic_beta",
        "added=anthropic_version",
        "dropped=anthropic-beta:files-api-2025-04-14",
    ] {
        assert!(receipt.contains(entry), "{receipt}");
    }
}

/// Claude's events as Bedrock frames them.
fn framed(events: &[&str]) -> Vec<Bytes> {
    events.iter().map(|event| bedrock::chunk(&format!("data: {event}\n"))).collect()
}

const EVENTS: [&str; 3] = [
    r#"{"type":"message_start","message":{"id":"msg_bdrk_1","type":"message","role":"assistant","model":"c","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1},"zz" : 1.50}}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
    r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3}}"#,
];

#[tokio::test]
async fn a_claude_client_s_stream_comes_back_byte_for_byte() {
    let server =
        Scripted::with(|_| Script::stream(bedrock::CONTENT_TYPE, framed(&EVENTS)).split_every(11)).await;
    let gateway = with_key(&server.url(), CLAUDE).start().await;
    let reply = ask(&gateway, true).await;
    assert_eq!(reply.header("content-type"), Some("text/event-stream; charset=utf-8"));
    let [start, delta, stop] = EVENTS;
    let expected = format!(
        "event: message_start\ndata: {start}\n\nevent: message_delta\ndata: {delta}\n\nevent: message_stop\ndata: {stop}\n\n"
    );
    assert_eq!(reply.text(), expected);
    let sent = server.post(0).await;
    assert_eq!(sent.header("accept"), Some(bedrock::CONTENT_TYPE));
    assert_eq!(sent.json().get("stream"), None);
}

#[tokio::test]
async fn claude_s_tokens_are_counted_where_bedrock_counts_them() {
    let server = Scripted::new([
        Script::json(200, &json!({"inputTokens": 4711})),
        Script::json(400, &json!({"message": "The provided model doesn't support counting tokens."})),
    ])
    .await;
    let gateway = signing(&server.url(), CLAUDE).start().await;
    let body = json!({"model": CLAUDE, "messages": [{"role": "user", "content": "hi"}]});
    let reply = gateway.send(Call::json("/v1/messages/count_tokens", &body)).await;
    assert_eq!(reply.header("x-lynkr-estimate"), None);
    assert_eq!(reply.expect(200), json!({"input_tokens": 4711}));
    let sent = server.post(0).await;
    // CountTokens knows models, not the profiles of regions.
    assert_eq!(sent.path, "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens");
    sigv4::check(&sent, SECRET).unwrap();
    let inside = bedrock::base64(sent.json()["input"]["invokeModel"]["body"].as_str().unwrap());
    let inside: Value = serde_json::from_slice(&inside).unwrap();
    assert_eq!(
        inside,
        json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1, "messages": body["messages"]})
    );
    let reply = gateway.send(Call::json("/v1/messages/count_tokens", &body)).await;
    assert_eq!(reply.header("x-lynkr-estimate"), Some("true"));
    assert!(reply.expect(200)["input_tokens"].as_u64() > Some(0));
}

#[tokio::test]
async fn the_configured_model_is_on_offer() {
    let server = Scripted::new([]).await;
    let gateway = with_key(&server.url(), CLAUDE).start().await;
    let listed = gateway.get("/v1/models").await;
    assert!(listed.text().contains(CLAUDE), "{}", listed.text());
}

async fn ask(gateway: &Gateway, stream: bool) -> Reply {
    let body = json!({"model": "claude-sonnet-4-5", "max_tokens": 9, "stream": stream, "messages": [{"role": "user", "content": "hi"}]});
    gateway.post("/v1/messages", &body).await
}
