//! OAuth grants: a signed assertion, a refresh token, and acting as a service account.
//!
//! Sources: "Using OAuth 2.0 for Server to Server Applications" and "Create short-lived credentials for a service
//! account" in Google's documentation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;

use super::SCOPE;
use super::fetch::{Question, ask, check_safe, granted};
use super::file::{AuthorizedUser, ServiceAccount};
use crate::transport::Transport;

/// Google's token service, and whom assertions are meant for.
pub(super) const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// How long an assertion, and the token for it, is to be good.
const HOUR: u64 = 3600;

/// A token for a service account's own assertion.
pub(super) async fn service_account(
    http: &dyn Transport,
    account: &ServiceAccount,
) -> Result<(String, Duration), String> {
    check_safe("token_uri", &account.token_uri)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let assertion = assertion(account, now)?;
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let form = [("assertion", assertion.as_str()), ("grant_type", grant)];
    granted(&ask(http, &Question::form(&account.token_uri, &form)).await?)
}

/// A JSON web token, signed with RS256.
pub(super) fn assertion(account: &ServiceAccount, now: u64) -> Result<String, String> {
    let mut header = json!({"typ": "JWT", "alg": "RS256"});
    if let (Some(header), Some(id)) = (header.as_object_mut(), &account.private_key_id) {
        header.insert("kid".to_owned(), id.as_str().into());
    }
    let claims = json!({
        "iat": now,
        "exp": now + HOUR,
        "iss": account.client_email,
        "aud": TOKEN_URI,
        "scope": SCOPE,
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let key = key_pair(&account.private_key)?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| "the assertion can't be signed".to_owned())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn key_pair(pem: &str) -> Result<RsaKeyPair, String> {
    let unusable = || "its `private_key` is no RSA key in PEM form".to_owned();
    match PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| unusable())? {
        PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|_| unusable()),
        PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()).map_err(|_| unusable()),
        _ => Err(unusable()),
    }
}

/// A token for a user who has logged in.
pub(super) async fn authorized_user(
    http: &dyn Transport,
    user: &AuthorizedUser,
) -> Result<(String, Duration), String> {
    check_safe("token_uri", &user.token_uri)?;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", user.client_id.as_str()),
        ("client_secret", user.client_secret.as_str()),
        ("refresh_token", user.refresh_token.as_str()),
    ];
    granted(&ask(http, &Question::form(&user.token_uri, &form)).await?)
}

/// A token of a service account that somebody else may act as, for `source`, the other's token.
pub(super) async fn impersonated(
    http: &dyn Transport,
    url: &str,
    delegates: &[String],
    lifetime: Option<u64>,
    source: &str,
) -> Result<(String, Duration), String> {
    check_safe("service_account_impersonation_url", url)?;
    let seconds = lifetime.unwrap_or(HOUR);
    let delegates = (!delegates.is_empty()).then_some(delegates);
    let body = json!({"delegates": delegates, "scope": [SCOPE], "lifetime": format!("{seconds}s")});
    let answer = ask(http, &Question::json(url, &body, source)).await?;
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap_or_default();
    match answer.get("accessToken").and_then(serde_json::Value::as_str) {
        Some(token) => Ok((token.to_owned(), Duration::from_secs(seconds))),
        None => Err("the service account can't be acted as: the answer has no token".to_owned()),
    }
}
