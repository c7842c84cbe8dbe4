//! Every kind of credentials against token services on loopback. What Google's own library sends for the same
//! credentials was recorded from `google-auth` 2.62.2 (`tests/google-auth.json`), and ours must say the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, Method};
use lynkr_testkit::{Recorded, Script, Upstream};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use super::{Environment, GoogleSigner};
use crate::{ClientOptions, HttpTransport, Outbound, TransportError};

const KEY: &[u8] = include_bytes!("tests/key.der");
const OLDER_KEY: &[u8] = include_bytes!("tests/key.pkcs1.der");

/// A key in the file's form, written so that no checker takes it for somebody's.
fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

async fn service(answers: impl Fn(&Recorded) -> Script + Send + Sync + 'static) -> Upstream {
    Upstream::with(answers).await.unwrap()
}

/// A token service that grants whatever it is asked for.
async fn generous() -> Upstream {
    service(|request| {
        if request.path.contains("generateAccessToken") {
            return Script::json(
                200,
                &json!({"accessToken": "impersonated", "expireTime": "2026-01-01T00:00:00Z"}),
            );
        }
        Script::json(200, &json!({"access_token": "granted", "expires_in": 3599, "token_type": "Bearer"}))
    })
    .await
}

fn signer(environment: Environment) -> GoogleSigner {
    GoogleSigner::new(Arc::new(HttpTransport::new(ClientOptions::default())), environment)
}

fn with_file(folder: &Path, credentials: &Value) -> GoogleSigner {
    let path = folder.join("credentials.json");
    std::fs::write(&path, credentials.to_string()).unwrap();
    signer(Environment { file: Some(path), ..Environment::default() })
}

fn request() -> Outbound {
    Outbound {
        method: Method::POST,
        url: "https://aiplatform.googleapis.com/".parse().unwrap(),
        headers: HeaderMap::new(),
        body: Vec::new(),
        head_timeout: Duration::from_secs(1),
    }
}

/// What a signed request shows: the credential, and whose quota it uses.
async fn shown(signer: &GoogleSigner) -> Result<(String, Option<String>), String> {
    let mut request = request();
    match signer.sign(&mut request).await {
        Ok(()) => {
            let text = |name| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            Ok((text("authorization").unwrap(), text("x-goog-user-project")))
        }
        Err(TransportError::Credential(why)) => Err(why),
        Err(other) => panic!("{other}"),
    }
}

async fn refused(signer: &GoogleSigner) -> String {
    shown(signer).await.unwrap_err()
}

/// A request as the recording has it: where it goes is the recording's own, since ours goes to loopback.
fn said(request: &Recorded, url: &Value) -> Value {
    let content_type = request.header("content-type");
    let mut said = json!({
        "method": request.method, "url": url, "content_type": content_type,
        "authorization": request.header("authorization"),
    });
    if content_type == Some("application/json") {
        said["json"] = request.json();
        return said;
    }
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    said["form"] = json!(form);
    if let Some(assertion) = form.get("assertion") {
        let part = |at| {
            let part = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(at).unwrap()).unwrap();
            serde_json::from_slice::<Value>(&part).unwrap()
        };
        said["form"]["assertion"] = json!({"header": part(0), "claims": part(1)});
    }
    said
}

/// Times are the machine's, and how an option is written is nobody's business.
fn comparable(mut said: Value) -> Value {
    if let Some(claims) = said.pointer_mut("/form/assertion/claims") {
        let (issued, ends) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        claims["exp"] = json!(ends - issued);
        claims["iat"] = json!("now");
    }
    if let Some(options) = said.pointer_mut("/form/options") {
        let text = url::form_urlencoded::parse(format!("x={}", options.as_str().unwrap()).as_bytes())
            .into_owned()
            .next()
            .unwrap()
            .1;
        *options = serde_json::from_str(&text).unwrap();
    }
    said
}

/// The credentials that were recorded, with their services at `url`.
fn recorded_credentials(url: &str, folder: &Path) -> Vec<(&'static str, Value, &'static str)> {
    let subject = folder.join("subject");
    std::fs::write(&subject, "subject-token\n").unwrap();
    let imp = format!("{url}/v1/projects/-/serviceAccounts/other:generateAccessToken");
    let robot = json!({
        "type": "service_account", "client_email": "robot@my-project.iam.gserviceaccount.com",
        "private_key": pem("PRIVATE KEY", KEY), "private_key_id": "key-1", "token_uri": format!("{url}/token"),
    });
    let user = json!({
        "type": "authorized_user", "client_id": "client.apps.example", "client_secret": "a client secret&=",
        "refresh_token": "1//refresh", "quota_project_id": "my-quota", "token_uri": format!("{url}/token"),
    });
    let external = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": format!("{url}/v1/token"),
        "credential_source": {"file": subject},
    });
    let with = |more: Value| {
        let mut external = external.clone();
        external.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        external
    };
    let acting = with(json!({
        "service_account_impersonation_url": imp, "service_account_impersonation": {"token_lifetime_seconds": 2800},
    }));
    let workforce = with(json!({
        "audience": "//iam.googleapis.com/locations/global/workforcePools/p/providers/q",
        "workforce_pool_user_project": "my-project",
    }));
    let impersonated = json!({
        "type": "impersonated_service_account", "source_credentials": user, "service_account_impersonation_url": imp,
        "delegates": ["d@my-project.iam.gserviceaccount.com"],
    });
    vec![
        ("service_account", robot, "granted"),
        ("authorized_user", user, "granted"),
        ("external_account", external.clone(), "granted"),
        ("external_account_impersonated", acting, "impersonated"),
        ("workforce", workforce, "granted"),
        ("external_account_client", with(json!({"client_id": "id", "client_secret": "secret"})), "granted"),
        ("impersonated", impersonated, "impersonated"),
    ]
}

#[tokio::test]
async fn what_is_sent_is_what_google_s_own_library_sends() {
    let recorded: Value = serde_json::from_str(include_str!("tests/google-auth.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, _, expected) in recorded_credentials("", folder.path()) {
        let service = generous().await;
        let credentials = recorded_credentials(&service.url(), folder.path());
        let (_, credentials, _) = credentials.into_iter().find(|(own, ..)| *own == name).unwrap();
        let (bearer, quota) = shown(&with_file(folder.path(), &credentials)).await.unwrap();
        assert_eq!(bearer, format!("Bearer {expected}"), "{name}");
        assert_eq!(quota.as_deref(), (name == "authorized_user").then_some("my-quota"), "{name}");
        let theirs = recorded[name].as_array().unwrap();
        let requests = service.requests();
        let ours: Vec<Value> = requests
            .iter()
            .zip(theirs)
            .map(|(request, their)| comparable(said(request, &their["url"])))
            .collect();
        let theirs: Vec<Value> = theirs.iter().cloned().map(comparable).collect();
        assert_eq!((ours, requests.len()), (theirs.clone(), theirs.len()), "{name}");
    }
}

#[test]
fn an_assertion_is_signed_with_the_account_s_key_in_either_form() {
    for private_key in [pem("PRIVATE KEY", KEY), pem("RSA PRIVATE KEY", OLDER_KEY)] {
        let account: super::file::ServiceAccount =
            serde_json::from_value(json!({"client_email": "robot", "private_key": private_key})).unwrap();
        let assertion = super::grant::assertion(&account, 1_700_000_000).unwrap();
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let public = RsaKeyPair::from_pkcs8(KEY).unwrap().public().as_ref().to_vec();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_workload_s_token_is_read_from_a_file_or_a_url_in_either_form() {
    let service = service(|request| match request.path.as_str() {
        "/identity" if request.header("metadata") == Some("true") => {
            Script::json(200, &json!({"inner": "subject-of-url"}))
        }
        "/identity" => Script::body(403, "text/plain", "no"),
        _ => Script::json(200, &json!({"access_token": "granted"})),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token.json");
    std::fs::write(&file, r#"{"inner":"subject-of-file"}"#).unwrap();
    let json_form = json!({"type": "json", "subject_token_field_name": "inner"});
    let url = service.url();
    for (source, subject) in [
        (json!({"file": file, "format": json_form}), "subject-of-file"),
        (
            json!({"url": format!("{url}/identity"), "headers": {"Metadata": "true"}, "format": json_form}),
            "subject-of-url",
        ),
    ] {
        let credentials = json!({
            "type": "external_account", "audience": "a", "subject_token_type": "t",
            "token_url": format!("{url}/token"), "credential_source": source,
        });
        assert_eq!(shown(&with_file(folder.path(), &credentials)).await.unwrap().0, "Bearer granted");
        let exchange = service.requests().last().unwrap().clone();
        assert!(String::from_utf8_lossy(&exchange.body).contains(subject), "{exchange:?}");
    }
}

#[tokio::test]
async fn the_metadata_server_is_asked_where_there_is_no_file() {
    let server = service(|request| {
        assert_eq!(request.header("metadata-flavor"), Some("Google"));
        assert_eq!(request.path, "/computeMetadata/v1/instance/service-accounts/default/token");
        assert_eq!(request.query.as_deref(), Some("scopes=https://www.googleapis.com/auth/cloud-platform"));
        Script::json(200, &json!({"access_token": "of-the-machine", "expires_in": 3599}))
    })
    .await;
    let host = server.address().to_string();
    let environment = Environment { metadata_host: Some(host), ..Environment::default() };
    assert_eq!(shown(&signer(environment)).await.unwrap(), ("Bearer of-the-machine".to_owned(), None));
}

#[tokio::test]
async fn the_file_that_is_named_goes_first_and_its_failure_is_no_reason_to_be_somebody_else() {
    let service = generous().await;
    let folder = tempfile::tempdir().unwrap();
    let well_known = folder.path().join("application_default_credentials.json");
    let user = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r",
        "token_uri": format!("{}/token", service.url()),
    });
    std::fs::write(&well_known, user.to_string()).unwrap();
    let environment = Environment { well_known: Some(well_known), ..Environment::default() };
    assert_eq!(shown(&signer(environment.clone())).await.unwrap().0, "Bearer granted");
    let missing = Environment { file: Some(folder.path().join("none.json")), ..environment.clone() };
    let why = refused(&signer(missing)).await;
    assert!(why.starts_with("GOOGLE_APPLICATION_CREDENTIALS: ") && why.contains("none.json"), "{why}");
    let quota = Environment { quota_project: Some("another".to_owned()), ..environment };
    assert_eq!(shown(&signer(quota)).await.unwrap().1.as_deref(), Some("another"));
}

#[tokio::test]
async fn what_was_looked_for_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Environment { well_known: Some(folder.path().join("none.json")), ..Environment::default() };
    let why = refused(&signer(nowhere.clone())).await;
    for word in ["GOOGLE_APPLICATION_CREDENTIALS is not set", "none.json", "NO_GCE_CHECK", "gcloud auth"] {
        assert!(why.contains(word), "{why}");
    }
    let server = service(|_| Script::body(404, "text/plain", "no such thing")).await;
    let host = server.address().to_string();
    let why = refused(&signer(Environment { metadata_host: Some(host.clone()), ..nowhere })).await;
    assert!(why.contains(&host) && why.contains("404"), "{why}");
}

#[tokio::test]
async fn a_refusal_is_told_without_secrets_and_what_may_pass_is_asked_again() {
    let failures = AtomicUsize::new(0);
    let service = service(move |_| match failures.fetch_add(1, Ordering::Relaxed) {
        0 => Script::json(503, &json!({})),
        _ => Script::json(
            400,
            &json!({"error": "invalid_grant", "error_description": "Token has been revoked."}),
        ),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let user = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "very-secret", "refresh_token": "very-secret",
        "token_uri": format!("{}/token", service.url()),
    });
    let signer = with_file(folder.path(), &user);
    let why = refused(&signer).await;
    assert!(why.contains("400: invalid_grant: Token has been revoked."), "{why}");
    assert!(!format!("{why}{signer:?}").contains("very-secret"), "{why}");
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn files_that_can_not_be_used_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let robot = |token_uri: &str, key: &str| json!({"type": "service_account", "client_email": "r", "private_key": key, "token_uri": token_uri});
    let external = |source: Value| json!({"type": "external_account", "audience": "a", "subject_token_type": "t", "token_url": "http://127.0.0.1:1/", "credential_source": source});
    for (credentials, expected) in [
        (json!({}), "it has no `type`"),
        (json!({"type": "gdch_service_account"}), "none that is understood"),
        (
            json!({"type": "authorized_user", "client_id": "c", "client_secret": "very-secret"}),
            "missing field `refresh_token`",
        ),
        (json!({"type": "authorized_user", "client_secret": ["very-secret"]}), "wrong form"),
        (robot("http://token.example/", "x"), "`token_uri` must be an https URL"),
        (robot("ftp://127.0.0.1/", "x"), "`token_uri` must be an https URL"),
        (robot("http://127.0.0.1:1/", "very-secret"), "`private_key` is no RSA key"),
        (external(json!({"environment_id": "aws1"})), "none that is understood here"),
        (external(json!({"url": "http://evil.example/"})), "must be an https URL"),
        (external(json!({"file": folder.path().join("no-token")})), "no-token"),
    ] {
        let why = refused(&with_file(folder.path(), &credentials)).await;
        assert!(why.contains(expected) && !why.contains("very-secret"), "{why}");
    }
    let path = folder.path().join("no.json");
    std::fs::write(&path, "very-secret").unwrap();
    let why = refused(&signer(Environment { file: Some(path), ..Environment::default() })).await;
    assert!(why.ends_with("it is no JSON"), "{why}");
}

#[tokio::test]
async fn one_of_many_asks_and_a_token_that_ends_soon_is_replaced() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let service = service(move |_| {
        let number = counter.fetch_add(1, Ordering::Relaxed);
        // The first is over so soon that it must be replaced at once.
        let lasts = if number == 0 { 100 } else { 3600 };
        Script::json(200, &json!({"access_token": format!("token-{number}"), "expires_in": lasts}))
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let user = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r",
        "token_uri": format!("{}/token", service.url()),
    });
    let signer = Arc::new(with_file(folder.path(), &user));
    assert_eq!(shown(&signer).await.unwrap().0, "Bearer token-0");
    assert_eq!(shown(&signer).await.unwrap().0, "Bearer token-1");
    let fresh = Arc::new(with_file(folder.path(), &user));
    let many: Vec<_> = (0..20)
        .map(|_| {
            let signer = Arc::clone(&fresh);
            tokio::spawn(async move { shown(&signer).await.unwrap().0 })
        })
        .collect();
    for one in many {
        assert_eq!(one.await.unwrap(), "Bearer token-2");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_token_that_is_still_good_serves_while_it_can_not_be_renewed() {
    let asked = AtomicUsize::new(0);
    let service = service(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Script::json(200, &json!({"access_token": "still-good", "expires_in": 100})),
        _ => Script::json(400, &json!({"error": "invalid_grant"})),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let user = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r",
        "token_uri": format!("{}/token", service.url()),
    });
    let signer = with_file(folder.path(), &user);
    for _ in 0..2 {
        assert_eq!(shown(&signer).await.unwrap().0, "Bearer still-good");
    }
    assert_eq!(service.requests().len(), 2);
}

#[test]
fn google_s_variables_say_where_to_look() {
    let of = |pairs: &[(&str, &str)]| {
        let pairs: BTreeMap<String, String> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment::of(&|name| pairs.get(name).cloned())
    };
    let plain = of(&[("HOME", "/home/me")]);
    let well_known = "/home/me/.config/gcloud/application_default_credentials.json";
    assert_eq!(plain.well_known.as_deref(), Some(Path::new(well_known)));
    assert_eq!(plain.metadata_host.as_deref(), Some("metadata.google.internal"));
    let said = of(&[
        ("HOME", "/home/me"),
        ("CLOUDSDK_CONFIG", "/etc/gcloud"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/robot.json"),
        ("GCE_METADATA_HOST", "127.0.0.1:1"),
    ]);
    let well_known = "/etc/gcloud/application_default_credentials.json";
    assert_eq!(said.well_known.as_deref(), Some(Path::new(well_known)));
    assert_eq!(said.file.as_deref(), Some(Path::new("/etc/robot.json")));
    assert_eq!(said.metadata_host.as_deref(), Some("127.0.0.1:1"));
    assert_eq!(of(&[("NO_GCE_CHECK", "True")]).metadata_host, None);
}
