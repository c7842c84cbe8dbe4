//! The scripted model behind Bedrock's paths, asked over a plain connection.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};

use super::*;
use crate::model::{Fault, FaultKind, ModelScript, ModelUpstream};
use crate::probe::{Answer, Probe};

const MODEL: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";

/// Each frame of a stream: its type, and its payload.
fn frames(bytes: &[u8]) -> Vec<(String, Value)> {
    let (mut bytes, mut decoder, mut frames) = (bytes, MessageFrameDecoder::new(), Vec::new());
    while let DecodedFrame::Complete(message) = decoder.decode_frame(&mut bytes).unwrap() {
        let header =
            message.headers().iter().find(|header| header.name().as_str().ends_with("-type")).unwrap();
        let kind = header.value().as_string().unwrap().as_str().to_owned();
        frames.push((kind, serde_json::from_slice(message.payload()).unwrap()));
    }
    frames
}

fn converse() -> Value {
    let schema = json!({"type": "object", "properties": {"command": {"type": "string"}}});
    json!({
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "toolConfig": {"tools": [{"toolSpec": {"name": "bash", "inputSchema": {"json": schema}}}]},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2048}},
    })
}

fn invoke() -> Value {
    json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 4096, "messages": [{"role": "user", "content": "hi"}],
        "thinking": {"type": "enabled", "budget_tokens": 2048},
        "tools": [{"name": "bash", "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}}}]})
}

async fn post(model: &ModelUpstream, operation: &str, body: &Value) -> Answer {
    let mut probe = Probe::open(model.upstream().address()).await;
    probe.post(&format!("{MODEL}/{operation}"), &[], body).await
}

#[test]
fn paths_tell_model_and_operation() {
    let address = Address::of_path("/model/a.b-v1%3A0/converse-stream").unwrap();
    assert_eq!((address.wire, address.model.as_str(), address.stream), (Wire::Converse, "a.b-v1:0", true));
    let profile = "/model/arn%3Aaws%3Abedrock%3A%3A1%3Ainference-profile%2Fus.x/invoke";
    assert_eq!(Address::of_path(profile).unwrap().model, "arn:aws:bedrock::1:inference-profile/us.x");
    assert_eq!(Address::of_path("/model/a/count-tokens"), None);
    assert_eq!(Address::of_path("/v1/messages"), None);
}

#[tokio::test]
async fn whole_answers_carry_thinking_and_the_call() {
    for (operation, body) in [("converse", converse()), ("invoke", invoke())] {
        let model = ModelScript::new().thinking().start().await.unwrap();
        let answer = post(&model, operation, &body).await;
        for needle in ["bash", "thinks about request 0", "LYNKR_%s_42"] {
            assert!(answer.body.contains(needle), "{operation}: {needle} in {}", answer.body);
        }
        assert_eq!((model.violations(), model.generations()), (vec![], 1));
    }
}

#[tokio::test]
async fn converse_streams_in_frames() {
    let model =
        ModelScript::new().thinking().preamble("I look.").parallel(2).split_every(7).start().await.unwrap();
    let answer = post(&model, "converse-stream", &converse()).await;
    assert_eq!(answer.headers["content-type"], CONTENT_TYPE);
    let frames = frames(&answer.bytes);
    let count = |kind: &str| frames.iter().filter(|(name, _)| name == kind).count();
    assert_eq!((count("contentBlockStart"), count("contentBlockStop")), (2, 4));
    assert_eq!((frames[0].0.as_str(), frames[frames.len() - 1].0.as_str()), ("messageStart", "metadata"));
    let calls = frames.iter().filter(|(_, payload)| payload["contentBlockIndex"] == 3);
    let input: String =
        calls.filter_map(|(_, payload)| payload["delta"]["toolUse"]["input"].as_str()).collect();
    assert_eq!(serde_json::from_str::<Value>(&input).unwrap()["command"], "printf 'LYNKR_%s_42\\n' TOOL");
    assert_eq!(model.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn invoke_streams_claudes_own_events_in_chunks() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let answer = post(&model, "invoke-with-response-stream", &invoke()).await;
    let events = frames(&answer.bytes).into_iter().map(|(kind, payload)| {
        assert_eq!(kind, "chunk");
        let bytes = STANDARD.decode(payload["bytes"].as_str().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    });
    let kinds: Vec<String> = events.map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!((kinds[0].as_str(), kinds[kinds.len() - 1].as_str()), ("message_start", "message_stop"));
}

#[tokio::test]
async fn a_stream_can_fail_with_an_exception() {
    let fault = Fault::once(FaultKind::ErrorEvent { events: 2 });
    let model = ModelScript::new().fault(fault).start().await.unwrap();
    let frames = frames(&post(&model, "converse-stream", &converse()).await.bytes);
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[2].0, "serviceUnavailableException");
    assert_eq!(frames[2].1["message"], "scripted fault in the stream");
}

#[tokio::test]
async fn it_judges_as_bedrock_would() {
    let user = |text: &str| json!({"role": "user", "content": [{"text": text}]});
    let called = json!({"role": "assistant", "content": [{"toolUse": {"toolUseId": "t/1", "name": "b", "input": {}}}]});
    let file =
        |name: &str| json!({"document": {"format": "pdf", "name": name, "source": {"bytes": "JVBERi0="}}});
    let cases: [(&str, Value, &[&str]); 7] = [
        (
            "converse",
            json!({"messages": [user("a"), user(" ")], "model": "m"}),
            &["model: unknown field", "roles alternate", "must not be blank"],
        ),
        (
            "converse",
            json!({"messages": [user("a"), called]}),
            &["does not match", "at the end without toolResult", "toolConfig: must be there"],
        ),
        (
            "converse",
            json!({"messages": [{"role": "user", "content": [file("a_b"), file("a_b")]}]}),
            &["beside a text", "characters", "characters", "used twice"],
        ),
        (
            "converse",
            json!({"messages": [user("a")], "toolConfig": {"tools": [], "toolChoice": {"none": {}}}}),
            &["at least one is required", "none: unknown field"],
        ),
        (
            "converse",
            json!({"messages": [user("a")], "inferenceConfig": {"maxTokens": 0, "temperature": 1.5, "topK": 1}}),
            &["topK: unknown field", "positive integer", "from 0 to 1"],
        ),
        (
            "converse",
            json!({"messages": [user("a"), {"role": "assistant", "content":
            [{"reasoningContent": {"reasoningText": {"text": "hm", "signature": "x"}}}]}]}),
            &["does not fit the reasoning text"],
        ),
        (
            "invoke",
            json!({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1, "model": "m", "stream": true}),
            &["model: unknown field", "stream: unknown field", "anthropic_version"],
        ),
    ];
    for (operation, body, expected) in cases {
        let model = ModelScript::new().start().await.unwrap();
        post(&model, operation, &body).await;
        let violations = model.violations();
        let fits = violations.len() == expected.len()
            && violations.iter().zip(expected).all(|(rule, needle)| rule.contains(needle));
        assert!(fits, "expected {expected:?}, got {violations:#?}");
    }
}

#[tokio::test]
async fn a_key_or_a_signature_is_a_credential() {
    let model = ModelScript::new().expect_key("AKIDEXAMPLE").start().await.unwrap();
    let signature = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0";
    let mut probe = Probe::open(model.upstream().address()).await;
    let path = format!("{MODEL}/converse");
    probe.post(&path, &[("authorization", "Bearer AKIDEXAMPLE")], &converse()).await;
    probe.post(&path, &[("authorization", signature), ("x-amz-date", "20260101T000000Z")], &converse()).await;
    assert_eq!(model.violations(), Vec::<String>::new());
    probe.post(&path, &[("authorization", signature)], &converse()).await;
    assert_eq!(model.violations().len(), 1);
}
