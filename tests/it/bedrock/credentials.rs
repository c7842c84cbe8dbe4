//! AWS's chain of credentials, link by link, with its services on loopback. What signs is read off the request.

use std::path::Path;

use lynkr_testkit::{Dialect, Recorded, Script, Upstream, sigv4};
use serde_json::json;

use super::{ARN, KEY_ID, SECRET, ask, signing};
use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::scripted::Scripted;

const TOKEN: &str = "a/session+token==";
const ENDS: &str = "2999-01-01T00:00:00Z";

/// A Bedrock that answers anything.
async fn server() -> Scripted {
    let good = json!({
        "output": {"message": {"role": "assistant", "content": [{"text": "Hi."}]}},
        "stopReason": "end_turn", "usage": {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4},
    });
    Scripted::with(move |_| Script::json(200, &good)).await
}

/// A gateway that has no credentials yet.
fn bare(server: &Scripted) -> Setup {
    signing(&server.url(), ARN).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
}

fn write(setup: &Setup, name: &str, text: &str) {
    let path = setup.home().join(".aws").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Asks twice and checks both signatures; the session token that was shown.
async fn signed(gateway: &Gateway, server: &Scripted) -> Option<String> {
    for number in 0..2 {
        ask(gateway, false).await.expect(200);
        let sent = server.post(number).await;
        let signed = sigv4::check(&sent, SECRET).unwrap();
        assert_eq!(signed.key_id, KEY_ID);
        assert_eq!(
            sent.header("x-amz-security-token").is_some(),
            signed.headers.contains(&"x-amz-security-token".to_owned())
        );
    }
    let log = gateway.log();
    assert!(!log.contains(SECRET) && !log.contains(TOKEN), "{log}");
    server.post(0).await.header("x-amz-security-token").map(str::to_owned)
}

async fn service(answer: impl Fn(&Recorded) -> Script + Send + Sync + 'static) -> Upstream {
    Upstream::with(answer).await.unwrap()
}

#[tokio::test]
async fn the_environment() {
    let server = server().await;
    let setup = signing(&server.url(), ARN).env("AWS_SESSION_TOKEN", TOKEN);
    assert_eq!(signed(&setup.start().await, &server).await.as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn a_profile_s_keys() {
    let server = server().await;
    let setup = bare(&server).env("AWS_PROFILE", "work");
    let keys = format!(
        "[default]\naws_access_key_id = OTHER\naws_secret_access_key = other\n\n[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    );
    write(&setup, "credentials", &keys);
    assert_eq!(signed(&setup.start().await, &server).await, None);
}

#[tokio::test]
async fn a_profile_s_process() {
    let server = server().await;
    let setup = bare(&server);
    let said = json!({"Version": 1, "AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "SessionToken": TOKEN, "Expiration": ENDS});
    let file = setup.home().join("said.json");
    std::fs::write(&file, said.to_string()).unwrap();
    let process = Path::new("/bin/cat").display().to_string();
    write(&setup, "config", &format!("[default]\ncredential_process = {process} {}\n", file.display()));
    assert_eq!(signed(&setup.start().await, &server).await.as_deref(), Some(TOKEN));
}

/// The answer of the token service for both of its operations.
fn assumed(operation: &str) -> Script {
    let xml = format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result><Credentials>\
         <AccessKeyId>{KEY_ID}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>\
         <Expiration>{ENDS}</Expiration></Credentials></{operation}Result></{operation}Response>"
    );
    Script::body(200, "text/xml", xml)
}

#[tokio::test]
async fn a_profile_s_role() {
    let server = server().await;
    let sts = service(|request| {
        // The role is asked for with the keys of the other profile.
        match sigv4::check(request, "the-other-secret") {
            Ok(signed) if signed.service == "sts" && request.text().contains("Action=AssumeRole&") => {
                assumed("AssumeRole")
            }
            _ => Script::body(403, "text/xml", "<ErrorResponse/>"),
        }
    })
    .await;
    let setup = bare(&server).env("AWS_ENDPOINT_URL_STS", &sts.url());
    let profiles = "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n\n\
                    [profile base]\naws_access_key_id = BASE\naws_secret_access_key = the-other-secret\n";
    write(&setup, "config", profiles);
    assert_eq!(signed(&setup.start().await, &server).await.as_deref(), Some(TOKEN));
    assert_eq!(sts.requests().len(), 1);
}

#[tokio::test]
async fn a_profile_s_sign_in() {
    let server = server().await;
    let portal = service(|request| {
        let is_right = request.path == "/federation/credentials"
            && request.header("x-amz-sso_bearer_token") == Some("signed-in");
        if !is_right {
            return Script::json(401, &json!({"message": "no"}));
        }
        Script::json(200, &json!({"roleCredentials": {
            "accessKeyId": KEY_ID, "secretAccessKey": SECRET, "sessionToken": TOKEN, "expiration": 32_472_144_000_000_u64,
        }}))
    })
    .await;
    let setup = bare(&server).env("AWS_ENDPOINT_URL_SSO", &portal.url());
    let profiles = "[default]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = r\n\n\
                    [sso-session work]\nsso_region = us-east-1\nsso_start_url = https://work.awsapps.com/start\n";
    write(&setup, "config", profiles);
    let token = json!({"accessToken": "signed-in", "expiresAt": ENDS, "region": "us-east-1", "startUrl": "https://work.awsapps.com/start"});
    // The name is the SHA-1 of the session's.
    write(&setup, "sso/cache/e274eeff768c6396088ec6eb091f4bf4d47ab1e0.json", &token.to_string());
    assert_eq!(signed(&setup.start().await, &server).await.as_deref(), Some(TOKEN));
    assert_eq!(portal.requests().len(), 1);
}

#[tokio::test]
async fn a_web_identity() {
    let server = server().await;
    let sts = service(|request| {
        let text = request.text();
        if text.contains("Action=AssumeRoleWithWebIdentity&") && text.contains("WebIdentityToken=a-web-token")
        {
            assumed("AssumeRoleWithWebIdentity")
        } else {
            Script::body(403, "text/xml", "<ErrorResponse/>")
        }
    })
    .await;
    let setup = bare(&server);
    let file = setup.home().join("token");
    std::fs::write(&file, "a-web-token").unwrap();
    let setup = setup
        .env("AWS_ENDPOINT_URL_STS", &sts.url())
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", &file.display().to_string())
        .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r")
        .env("AWS_ROLE_SESSION_NAME", "lynkr");
    assert_eq!(signed(&setup.start().await, &server).await.as_deref(), Some(TOKEN));
    assert_eq!(sts.requests().len(), 1);
}

#[tokio::test]
async fn a_container_s_role() {
    let server = server().await;
    let agent = service(|request| {
        if (request.path.as_str(), request.header("authorization")) != ("/role", Some("of-the-pod")) {
            return Script::json(403, &json!({}));
        }
        Script::json(
            200,
            &json!({"AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "Token": TOKEN, "Expiration": ENDS}),
        )
    })
    .await;
    let setup = bare(&server);
    let file = setup.home().join("token");
    std::fs::write(&file, "of-the-pod").unwrap();
    let setup = setup
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/role", agent.url()))
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &file.display().to_string());
    assert_eq!(signed(&setup.start().await, &server).await.as_deref(), Some(TOKEN));
    assert_eq!(agent.requests().len(), 1);
}

#[tokio::test]
async fn an_instance_s_role() {
    let server = server().await;
    let metadata = service(|request| match (request.method.as_str(), request.path.as_str()) {
        ("PUT", "/latest/api/token") => Script::body(200, "text/plain", "imds")
            .first_header("x-aws-ec2-metadata-token-ttl-seconds", "21600"),
        ("GET", _) if request.header("x-aws-ec2-metadata-token") != Some("imds") => {
            Script::json(401, &json!({}))
        }
        ("GET", "/latest/meta-data/iam/security-credentials/") => Script::body(200, "text/plain", "my-role"),
        ("GET", "/latest/meta-data/iam/security-credentials/my-role") => Script::json(
            200,
            &json!({
                "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": KEY_ID, "SecretAccessKey": SECRET,
                "Token": TOKEN, "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": ENDS,
            }),
        ),
        _ => Script::json(404, &json!({})),
    })
    .await;
    let setup = bare(&server)
        .without("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata.url());
    assert_eq!(signed(&setup.start().await, &server).await.as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn without_credentials_it_is_said_what_was_looked_for() {
    let server = server().await;
    let gateway = bare(&server).start().await;
    let (kind, message) = dialects::error(Dialect::Anthropic, &ask(&gateway, false).await.expect(401));
    assert_eq!(kind, "authentication_error");
    for place in ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS", "AWS_BEDROCK_API_KEY"] {
        assert!(message.contains(place), "{message}");
    }
    assert!(server.posts().is_empty());
}

/// What is there and doesn't work is no reason to be somebody else.
#[tokio::test]
async fn credentials_that_fail_are_named() {
    let server = server().await;
    let setup = bare(&server);
    write(&setup, "config", "[default]\ncredential_process = /bin/sh -c 'echo no-such-vault >&2; exit 3'\n");
    let gateway = setup.start().await;
    let (_, message) = dialects::error(Dialect::Anthropic, &ask(&gateway, false).await.expect(401));
    assert!(message.contains("no-such-vault"), "{message}");
    assert!(server.posts().is_empty());
}

/// A cloned folder's own file must not be able to have the machine's proof sent anywhere, nor say whose it is.
#[tokio::test]
async fn a_project_folder_s_endpoint_never_sees_a_signature() {
    let server = server().await;
    for env in ["AWS_BEDROCK_ENDPOINT", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] {
        let setup = signing("http://unused", ARN)
            .without("AWS_BEDROCK_ENDPOINT")
            .project_file(".env", &format!("{env}={}\n", server.url()));
        ask(&setup.start().await, false).await;
    }
    let heard = server.posts();
    assert!(heard.iter().all(|request| request.header("authorization").is_none()), "{heard:?}");
    assert!(heard.iter().all(|request| request.header("x-amz-security-token").is_none()));
}

#[tokio::test]
async fn a_project_folder_can_not_choose_the_profile() {
    let server = server().await;
    let setup = bare(&server).project_file(".env", "AWS_PROFILE=production\nAWS_ACCESS_KEY_ID=THEIRS\n");
    let keys = format!(
        "[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n\n[production]\naws_access_key_id = PROD\naws_secret_access_key = prod\n"
    );
    write(&setup, "credentials", &keys);
    assert_eq!(signed(&setup.start().await, &server).await, None);
}
