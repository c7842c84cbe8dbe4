//! Errors, both ways.

use lynkr_types::FaultKind;

use super::*;
use crate::openai_responses::previous_response_not_found;

#[test]
fn upstream_errors() {
    let cases: &[(u16, &str, FaultKind, &str)] = &[
        (
            400,
            r#"{"error":{"message":"too long","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}"#,
            FaultKind::InvalidRequest,
            "too long",
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
        (401, r#"{"error":{"message":"key","code":"invalid_api_key"}}"#, FaultKind::Authentication, "key"),
        (503, r#"{"error":{"message":"busy","code":503}}"#, FaultKind::Unavailable, "busy"),
        (
            400,
            r#"{"detail":"Store must be set to false"}"#,
            FaultKind::InvalidRequest,
            "Store must be set to false",
        ),
        (500, r#"{"message":"oh"}"#, FaultKind::Internal, "oh"),
        (404, r#"{"error":"no route"}"#, FaultKind::NotFound, "no route"),
        (502, "<html>", FaultKind::BadGateway, "the provider answered 502 with an HTML page"),
        (529, "", FaultKind::Overloaded, "the provider answered 529 without a body"),
    ];
    for (status, body, kind, message) in cases {
        let error = OpenAiResponsesCodec.decode_error(*status, body.as_bytes());
        assert_eq!((error.kind, error.status, error.message.as_str()), (*kind, *status, *message), "{body}");
    }
    let error = OpenAiResponsesCodec.decode_error(400, cases[0].1.as_bytes());
    assert_eq!(
        (error.param.as_deref(), error.code.as_deref()),
        (Some("input"), Some("context_length_exceeded"))
    );
}

#[test]
fn client_errors() {
    let error = previous_response_not_found("resp_9");
    let body = OpenAiResponsesCodec.encode_error(&error, "req_1");
    insta::assert_snapshot!(String::from_utf8(body.clone()).unwrap(), @r#"{"error":{"message":"Previous response with id 'resp_9' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"}}"#);
    assert_eq!(OpenAiResponsesCodec.decode_error(400, &body), error);
    let body = OpenAiResponsesCodec.encode_error(&ApiError::new(FaultKind::Overloaded, "busy"), "req_1");
    insta::assert_snapshot!(String::from_utf8(body).unwrap(), @r#"{"error":{"message":"busy","type":"server_error","param":null,"code":null}}"#);
}
