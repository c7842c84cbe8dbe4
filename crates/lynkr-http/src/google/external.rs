//! Workload identity federation: another provider's token, exchanged for one of Google's.
//!
//! Sources: "Workload Identity Federation" and "Security Token Service API" in Google Cloud's documentation, and
//! AIP-4117 for the file.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::SCOPE;
use super::fetch::{Question, ask, check_safe, check_source, granted};
use super::file::{ExternalAccount, Format, Source};
use super::grant;
use crate::transport::Transport;

/// What is asked for where the token only lets act as a service account.
const IAM_SCOPE: &str = "https://www.googleapis.com/auth/iam";

/// A token for an identity of another provider.
pub(super) async fn token(
    http: &dyn Transport,
    account: &ExternalAccount,
) -> Result<(String, Duration), String> {
    check_safe("token_url", &account.token_url)?;
    let subject = subject_token(http, &account.credential_source).await?;
    let exchanged = granted(&ask(http, &exchange(account, &subject)).await?)?;
    match &account.service_account_impersonation_url {
        None => Ok(exchanged),
        Some(url) => {
            let lifetime = account.service_account_impersonation.token_lifetime_seconds;
            grant::impersonated(http, url, &[], lifetime, &exchanged.0).await
        }
    }
}

fn exchange(account: &ExternalAccount, subject: &str) -> Question {
    let client = account.client_id.as_deref().map(|id| (id, account.client_secret.as_deref().unwrap_or("")));
    // A workforce's requests are counted to a project that a client's own identity would name.
    let user_project = account.workforce_pool_user_project.as_ref().filter(|_| client.is_none());
    let options = user_project.map(|project| {
        let options = json!({"userProject": project}).to_string();
        url::form_urlencoded::byte_serialize(options.as_bytes()).collect::<String>()
    });
    // A token that only serves to become a service account needs no more.
    let scope = if account.service_account_impersonation_url.is_some() { IAM_SCOPE } else { SCOPE };
    let mut form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("audience", account.audience.as_str()),
        ("scope", scope),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token", subject),
        ("subject_token_type", account.subject_token_type.as_str()),
    ];
    if let Some(options) = &options {
        form.push(("options", options));
    }
    let question = Question::form(&account.token_url, &form);
    match client {
        None => question,
        Some((id, secret)) => {
            let basic = STANDARD.encode(format!("{id}:{secret}"));
            question.with(AUTHORIZATION.as_str(), &format!("Basic {basic}"))
        }
    }
}

async fn subject_token(http: &dyn Transport, source: &Source) -> Result<String, String> {
    let text = match (&source.file, &source.url) {
        (Some(file), _) => {
            std::fs::read(file).map_err(|error| format!("its `credential_source.file` {file}: {error}"))?
        }
        (None, Some(url)) => {
            check_source(url)?;
            let headers = source.headers.iter();
            let question =
                headers.fold(Question::get(url), |question, (name, value)| question.with(name, value));
            ask(http, &question).await?
        }
        (None, None) => {
            return Err("its `credential_source` is none that is understood here: `file` or `url`".to_owned());
        }
    };
    read(&text, &source.format).ok_or_else(|| "its `credential_source` holds no token".to_owned())
}

fn read(text: &[u8], format: &Format) -> Option<String> {
    let token = if format.kind.as_deref() == Some("json") {
        let value: Value = serde_json::from_slice(text).ok()?;
        value.get(format.subject_token_field_name.as_deref()?)?.as_str()?.to_owned()
    } else {
        std::str::from_utf8(text).ok()?.trim().to_owned()
    };
    (!token.is_empty()).then_some(token)
}
