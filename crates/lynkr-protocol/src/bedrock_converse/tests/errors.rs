//! Error bodies, both ways.

use lynkr_types::FaultKind;

use super::*;

fn read(status: u16, body: &str) -> (FaultKind, String, Option<String>) {
    let error = BedrockConverseCodec.decode_error(status, body.as_bytes());
    assert_eq!(error.status, status);
    (error.kind, error.message, error.code)
}

#[test]
fn each_status_and_name() {
    let cases = [
        (400, json!({"message": "m"}), FaultKind::InvalidRequest, None),
        (403, json!({"Message": "m"}), FaultKind::Permission, None),
        (404, json!({"message": "m"}), FaultKind::NotFound, None),
        (408, json!({"message": "m"}), FaultKind::Timeout, None),
        (424, json!({"message": "m", "originalStatusCode": 500}), FaultKind::BadGateway, None),
        (429, json!({"message": "m"}), FaultKind::RateLimit, None),
        (500, json!({"message": "m"}), FaultKind::Internal, None),
        (503, json!({"message": "m"}), FaultKind::Unavailable, None),
        (
            429,
            json!({"message": "m", "__type": "ModelNotReadyException"}),
            FaultKind::Unavailable,
            Some("ModelNotReadyException"),
        ),
        (
            400,
            json!({"message": "m", "__type": "com.amazon.coral.service#ExpiredTokenException"}),
            FaultKind::Authentication,
            Some("ExpiredTokenException"),
        ),
        (
            400,
            json!({"message": "m", "__type": "ServiceQuotaExceededException"}),
            FaultKind::RateLimit,
            Some("ServiceQuotaExceededException"),
        ),
    ];
    for (status, body, kind, code) in cases {
        assert_eq!(
            read(status, &body.to_string()),
            (kind, "m".to_owned(), code.map(str::to_owned)),
            "{body}"
        );
    }
}

#[test]
fn words_tell_what_the_status_hides() {
    let kind = |message: &str| read(403, &json!({"message": message}).to_string()).0;
    assert_eq!(kind("The security token included in the request is invalid."), FaultKind::Authentication);
    assert_eq!(
        kind("Authentication failed: Please make sure your API Key is valid."),
        FaultKind::Authentication
    );
    assert_eq!(kind("User: x is not authorized to perform: bedrock:InvokeModel"), FaultKind::Permission);
    let (_, _, code) = read(400, "{\"message\":\"Input is too long for requested model.\"}");
    assert_eq!(code.as_deref(), Some("context_length_exceeded"));
}

#[test]
fn bodies_that_are_none() {
    assert_eq!(read(502, "<html>").1, "the provider answered 502 with an HTML page");
    assert_eq!(read(503, "").0, FaultKind::Unavailable);
    assert_eq!(read(400, "[1]").1, "the provider answered 400: [1]");
}

#[test]
fn what_is_written_is_read_back() {
    let kinds = [
        FaultKind::InvalidRequest,
        FaultKind::Authentication,
        FaultKind::Permission,
        FaultKind::NotFound,
        FaultKind::RateLimit,
        FaultKind::Internal,
        FaultKind::BadGateway,
        FaultKind::Unavailable,
        FaultKind::Timeout,
    ];
    for kind in kinds {
        let error = ApiError::new(kind, "m");
        let body = BedrockConverseCodec.encode_error(&error, "req_1");
        let value: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&value["message"], &value["requestId"]), (&json!("m"), &json!("req_1")));
        assert_eq!(BedrockConverseCodec.decode_error(error.status, &body).kind, kind);
    }
}
