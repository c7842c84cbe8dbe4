//! Errors, both ways.

use std::time::Duration;

use lynkr_types::FaultKind;
use serde_json::json;

use super::*;

#[test]
fn an_upstreams_errors() {
    let quota = json!({"error": {"code": 429, "message": "You exceeded your quota.", "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}]}});
    let error = GeminiCodec.decode_error(429, quota.to_string().as_bytes());
    assert_eq!((error.kind, error.status), (FaultKind::RateLimit, 429));
    assert_eq!(error.retry_after, Some(Duration::from_millis(34_500)));
    assert_eq!(error.code.as_deref(), Some("RESOURCE_EXHAUSTED"));

    let key = json!({"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}});
    let error = GeminiCodec.decode_error(400, key.to_string().as_bytes());
    assert_eq!((error.kind, error.status), (FaultKind::Authentication, 400));

    let field = json!([{"error": {"code": 400, "message": "wrong", "status": "INVALID_ARGUMENT",
        "details": [{"@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": "contents[0].parts", "description": "wrong"}]}]}}]);
    let error = GeminiCodec.decode_error(400, field.to_string().as_bytes());
    assert_eq!(error.param.as_deref(), Some("contents[0].parts"));

    let cases = [
        (503, "UNAVAILABLE", "The model is overloaded.", FaultKind::Overloaded),
        (400, "FAILED_PRECONDITION", "Enable billing first.", FaultKind::Billing),
        (404, "NOT_FOUND", "no such model", FaultKind::NotFound),
        (500, "INTERNAL", "oops", FaultKind::Internal),
    ];
    for (code, status, message, kind) in cases {
        let body = json!({"error": {"code": code, "message": message, "status": status}});
        assert_eq!(GeminiCodec.decode_error(code, body.to_string().as_bytes()).kind, kind, "{status}");
    }
    let long = json!({"error": {"code": 400, "status": "INVALID_ARGUMENT",
        "message": "The input token count (2) exceeds the maximum number of tokens allowed (1)."}});
    let error = GeminiCodec.decode_error(400, long.to_string().as_bytes());
    assert_eq!(error.code.as_deref(), Some("context_length_exceeded"));
    let html = GeminiCodec.decode_error(502, b"<html>");
    assert_eq!(html.message, "the provider answered 502 with an HTML page");
}

#[test]
fn a_clients_errors() {
    let error = ApiError {
        retry_after: Some(Duration::from_millis(1500)),
        ..ApiError::new(FaultKind::RateLimit, "slow down").with_code("busy").with_param("contents")
    };
    let body: Value = serde_json::from_slice(&GeminiCodec.encode_error(&error, "req_1")).unwrap();
    let kind = |name: &str| format!("type.googleapis.com/google.rpc.{name}");
    assert_eq!(
        body,
        json!({"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED", "details": [
            {"@type": kind("ErrorInfo"), "reason": "busy", "domain": "lynkr"},
            {"@type": kind("BadRequest"), "fieldViolations": [{"field": "contents", "description": "slow down"}]},
            {"@type": kind("RetryInfo"), "retryDelay": "1.5s"},
            {"@type": kind("RequestInfo"), "requestId": "req_1"}]}})
    );
    let back = GeminiCodec.decode_error(429, body.to_string().as_bytes());
    assert_eq!(back, error);
}

#[test]
fn a_200_that_is_no_answer_is_an_error() {
    let cases = [
        (json!({}), FaultKind::BadGateway, "no `candidates`"),
        (json!([]), FaultKind::BadGateway, "not a Gemini answer"),
        (json!({"candidates": []}), FaultKind::BadGateway, "no `candidates`"),
        (
            json!([{"error": {"code": 503, "message": "m", "status": "UNAVAILABLE"}}]),
            FaultKind::Unavailable,
            "m",
        ),
        (json!({"error": {"code": 429, "message": "m"}}), FaultKind::RateLimit, "m"),
        (
            json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}),
            FaultKind::InvalidRequest,
            "PROHIBITED_CONTENT",
        ),
        (
            json!({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "call:x("}]}),
            FaultKind::BadGateway,
            "MALFORMED_FUNCTION_CALL: call:x(",
        ),
        (
            json!({"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}]}),
            FaultKind::BadGateway,
            "no content",
        ),
        (
            json!({"candidates": [{"content": {"parts": [{"text": "", "thoughtSignature": "c2ln"}]}, "finishReason": "STOP"}]}),
            FaultKind::BadGateway,
            "no content",
        ),
    ];
    for (body, kind, words) in cases {
        let error = GeminiCodec.decode_reply(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.kind, kind, "{body}");
        assert!(error.message.contains(words), "{}", error.message);
        let frame = stream(std::slice::from_ref(&body));
        let mut decoder = GeminiCodec.event_decoder();
        let mut events = Vec::new();
        let pushed = decoder.push(frame.as_bytes(), &mut events);
        if pushed.is_ok() {
            decoder.finish(&mut events).unwrap();
            let Some(Event::Error(error)) = events.last() else { panic!("an error: {events:?}") };
            assert_eq!(error.kind, kind, "{body}");
        } else {
            assert!(body.is_array());
        }
    }
}

#[test]
fn an_error_in_mid_stream() {
    let frames = [
        json!({"candidates": [{"content": {"parts": [{"text": "Hel"}], "role": "model"}}]}),
        json!({"error": {"code": 503, "message": "gone", "status": "UNAVAILABLE"}}),
    ];
    let events = events_of(&[stream(&frames).as_bytes()]);
    assert_order(&events);
    assert_eq!(sum(&events).unwrap_err().kind, FaultKind::Unavailable);
    let text = encode_events(&events);
    // Once as an event, and once as Google's SDK for JavaScript notices it: not as one.
    let (event, bare) = text.rsplit_once("\n\n").unwrap();
    assert!(bare.ends_with("\"message\":\"gone\",\"status\":\"UNAVAILABLE\"}}"), "{text}");
    assert!(event.ends_with(&format!("data: {bare}")), "{text}");
}
