//! Error bodies, both ways.

use lynkr_types::FaultKind;
use serde_json::json;

use super::*;

#[track_caller]
fn check(cases: &[(u16, &str, FaultKind, &str)]) {
    for (status, body, kind, message) in cases {
        let error = OpenAiChatCodec.decode_error(*status, body.as_bytes());
        assert_eq!((error.kind, error.status), (*kind, *status), "{body}");
        assert!(error.message.contains(message), "{body}: {error}");
    }
}

#[test]
fn every_vendors_error_objects() {
    check(&[
        (
            400,
            r#"{"error":{"message":"bad","type":"invalid_request_error","param":"model","code":null}}"#,
            FaultKind::InvalidRequest,
            "bad",
        ),
        (
            401,
            r#"{"error":{"message":"key","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            FaultKind::Authentication,
            "key",
        ),
        (
            404,
            r#"{"error":{"message":"none","type":"invalid_request_error","code":"model_not_found"}}"#,
            FaultKind::NotFound,
            "none",
        ),
        (
            429,
            r#"{"error":{"message":"slow","type":"requests","code":"rate_limit_exceeded"}}"#,
            FaultKind::RateLimit,
            "slow",
        ),
        (
            429,
            r#"{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            FaultKind::Billing,
            "pay",
        ),
        (402, r#"{"error":{"message":"credits","code":402}}"#, FaultKind::Billing, "credits"),
        (503, r#"{"error":{"message":"busy","type":"overloaded_error"}}"#, FaultKind::Overloaded, "busy"),
        (
            502,
            r#"{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream died","provider_name":"X"}}}"#,
            FaultKind::BadGateway,
            "Provider returned error: upstream died",
        ),
        (
            400,
            r#"[{"error":{"code":400,"message":"list","status":"INVALID_ARGUMENT"}}]"#,
            FaultKind::InvalidRequest,
            "list",
        ),
    ]);
}

#[test]
fn error_bodies_of_other_shapes() {
    check(&[
        (500, r#"{"error":"text"}"#, FaultKind::Internal, "text"),
        (404, r#"{"detail":"Not Found"}"#, FaultKind::NotFound, "Not Found"),
        (
            422,
            r#"{"detail":[{"loc":["body","messages",0],"msg":"field required"}]}"#,
            FaultKind::Unprocessable,
            "body.messages.0: field required",
        ),
        (401, r#"{"object":"error","message":"no key","code":40101}"#, FaultKind::Authentication, "no key"),
        (502, "<html><body>Bad Gateway</body></html>", FaultKind::BadGateway, "HTML"),
        (500, "", FaultKind::Internal, "500"),
        (529, "{}", FaultKind::Overloaded, "529"),
    ]);
}

#[test]
fn codes_and_params_survive() {
    let body = br#"{"error":{"message":"long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#;
    let error = OpenAiChatCodec.decode_error(400, body);
    assert_eq!(error.code.as_deref(), Some("context_length_exceeded"));
    assert_eq!(error.param.as_deref(), Some("messages"));
    let back: Value = serde_json::from_slice(&OpenAiChatCodec.encode_error(&error, "")).unwrap();
    assert_eq!(back, serde_json::from_slice::<Value>(body).unwrap());
}

#[test]
fn every_kind_has_a_name() {
    for (kind, name, code) in [
        (FaultKind::InvalidRequest, "invalid_request_error", Value::Null),
        (FaultKind::Authentication, "authentication_error", json!("invalid_api_key")),
        (FaultKind::Permission, "permission_error", Value::Null),
        (FaultKind::NotFound, "not_found_error", Value::Null),
        (FaultKind::RateLimit, "rate_limit_error", json!("rate_limit_exceeded")),
        (FaultKind::Billing, "insufficient_quota", json!("insufficient_quota")),
        (FaultKind::Internal, "server_error", Value::Null),
        (FaultKind::BadGateway, "server_error", json!("bad_gateway")),
        (FaultKind::Overloaded, "overloaded_error", json!("overloaded")),
    ] {
        let error = ApiError::new(kind, "m");
        let body: Value = serde_json::from_slice(&OpenAiChatCodec.encode_error(&error, "req_1")).unwrap();
        let expected = json!({"error": {"message": "m", "type": name, "param": null, "code": code}, "request_id": "req_1"});
        assert_eq!(body, expected);
        // What we write, we read.
        let status = kind.status();
        assert_eq!(OpenAiChatCodec.decode_error(status, body.to_string().as_bytes()).kind, kind);
    }
}
