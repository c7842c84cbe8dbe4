//! Signatures against vectors that others made: AWS's documentation, its test suite, and `botocore` 1.44.5
//! (`tests/botocore.json`, made with the keys and the body below at that time).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use super::sign::{Scope, sign};
use super::{AwsSigner, CredentialSource};
use crate::{Outbound, TransportError};

const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// 2015-08-30T12:36:00Z, the time of AWS's own examples.
const EXAMPLES: u64 = 1_440_938_160;
/// 2026-01-02T03:04:05Z.
const RECORDING: u64 = 1_767_323_045;

fn keys(token: Option<&str>, expires: Option<SystemTime>) -> Credentials {
    Credentials::new(ID, SECRET, token.map(str::to_owned), expires, "test")
}

fn request(method: Method, url: &str, content_type: Option<&'static str>, body: &[&'static str]) -> Outbound {
    let mut headers = HeaderMap::new();
    headers.extend(content_type.map(|kind| (http::header::CONTENT_TYPE, HeaderValue::from_static(kind))));
    Outbound {
        method,
        url: url.parse().unwrap(),
        headers,
        body: body.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect(),
        head_timeout: Duration::from_secs(1),
    }
}

fn authorization(
    mut request: Outbound,
    token: Option<&str>,
    (region, service, seconds): (&str, &str, u64),
) -> String {
    let time = UNIX_EPOCH + Duration::from_secs(seconds);
    sign(&mut request, &keys(token, None), &Scope { region, service, time }).unwrap();
    let header = &request.headers["authorization"];
    assert!(header.is_sensitive());
    assert_eq!(request.headers.get("x-amz-security-token").map(|value| value.to_str().unwrap()), token);
    header.to_str().unwrap().to_owned()
}

#[test]
fn aws_s_own_examples_are_signed_alike() {
    let form = Some("application/x-www-form-urlencoded; charset=utf-8");
    for (request, service, signed, signature) in [
        // "Signature Version 4 test suite": get-vanilla, post-vanilla.
        (
            request(Method::GET, "https://example.amazonaws.com/", None, &[]),
            "service",
            "host;x-amz-date",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            request(Method::POST, "https://example.amazonaws.com/", None, &[]),
            "service",
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        // post-x-www-form-urlencoded, the body in two pieces.
        (
            request(
                Method::POST,
                "https://example.amazonaws.com/",
                Some("application/x-www-form-urlencoded"),
                &["Param1", "=value1"],
            ),
            "service",
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        // "Create a signed AWS API request": the walk-through.
        (
            request(Method::GET, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", form, &[]),
            "iam",
            "content-type;host;x-amz-date",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    ] {
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential={ID}/20150830/us-east-1/{service}/aws4_request, SignedHeaders={signed}, \
             Signature={signature}"
        );
        assert_eq!(authorization(request, None, ("us-east-1", service, EXAMPLES)), expected);
    }
}

/// Model ids with a colon and ARNs with a slash stand encoded in the path, and are encoded once more in what is
/// signed.
#[test]
fn what_botocore_signs_is_signed_alike() {
    let recorded: Value = serde_json::from_str(include_str!("tests/botocore.json")).unwrap();
    for case in recorded.as_array().unwrap() {
        let text = |name: &str| case[name].as_str();
        let request = request(
            Method::POST,
            text("url").unwrap(),
            Some("application/json"),
            &["{\"mess", "", "ages\":[]}"],
        );
        let signed = authorization(request, text("token"), (text("region").unwrap(), "bedrock", RECORDING));
        assert_eq!(Some(signed.as_str()), text("authorization"), "{case}");
    }
}

#[test]
fn only_what_aws_wants_signed_is_signed() {
    let place = ("us-east-1", "bedrock", RECORDING);
    let plain = || {
        request(
            Method::POST,
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke",
            Some("application/json"),
            &["{}"],
        )
    };
    let mut dressed = plain();
    for (name, value) in [
        ("user-agent", "a client"),
        ("accept", "*/*"),
        ("x-amzn-bedrock-trace", "ENABLED"),
        ("lynkr-hops", "1"),
        ("authorization", "Bearer of-somebody"),
        ("x-amz-security-token", "somebody-s"),
        ("x-amz-date", "19700101T000000Z"),
    ] {
        dressed.headers.insert(name, HeaderValue::from_static(value));
    }
    assert_eq!(authorization(dressed, None, place), authorization(plain(), None, place));
}

/// Gives credentials that end when the test says.
struct Counted {
    asked: AtomicUsize,
    lasts: Option<Duration>,
}

#[async_trait]
impl CredentialSource for Counted {
    async fn credentials(&self, _: &str) -> Result<Credentials, String> {
        let before = self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        if before > 0 && self.lasts == Some(Duration::from_secs(60)) {
            return Err("the service is away".to_owned());
        }
        Ok(keys(Some("token"), self.lasts.map(|lasts| SystemTime::now() + lasts)))
    }
}

async fn asked(lasts: Option<Duration>, requests: usize) -> usize {
    let source = Arc::new(Counted { asked: AtomicUsize::new(0), lasts });
    let signer = AwsSigner::new(Arc::clone(&source) as Arc<dyn CredentialSource>);
    let sign_one = || async {
        let mut outbound = request(Method::POST, "https://example.com/", None, &[]);
        signer.sign(&mut outbound, "us-east-1", "bedrock").await.unwrap();
        assert_eq!(outbound.headers["x-amz-security-token"], "token");
    };
    let (first, second) = tokio::join!(sign_one(), sign_one());
    assert_eq!((first, second), ((), ()));
    for _ in 2..requests {
        sign_one().await;
    }
    source.asked.load(Ordering::Relaxed)
}

#[tokio::test]
async fn credentials_are_asked_for_once_while_they_are_good() {
    assert_eq!(asked(Some(Duration::from_secs(3600)), 5).await, 1);
    assert_eq!(asked(None, 5).await, 1);
    // They end soon: each request tries for new ones, and the old ones serve.
    assert!(asked(Some(Duration::from_secs(60)), 4).await > 1);
}

/// Has none.
struct Nothing;

#[async_trait]
impl CredentialSource for Nothing {
    async fn credentials(&self, _: &str) -> Result<Credentials, String> {
        Err("nothing was found".to_owned())
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_signed() {
    let signer = AwsSigner::new(Arc::new(Nothing));
    let mut outbound = request(Method::POST, "https://example.com/", None, &[]);
    let error = signer.sign(&mut outbound, "us-east-1", "bedrock").await.unwrap_err();
    assert!(matches!(&error, TransportError::Credential(why) if why == "nothing was found"), "{error}");
    assert!(outbound.headers.is_empty());
    assert_eq!(format!("{signer:?}"), "AwsSigner");
}
