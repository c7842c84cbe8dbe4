//! Credential files, as Google's tools write them.

use std::path::Path;

use serde::Deserialize;

/// A credential file. Fields are named as in the file.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum File {
    ServiceAccount(ServiceAccount),
    AuthorizedUser(AuthorizedUser),
    ExternalAccount(Box<ExternalAccount>),
    ImpersonatedServiceAccount(Impersonated),
}

/// A service account with its private key.
#[derive(Deserialize)]
pub(super) struct ServiceAccount {
    pub(super) client_email: String,
    pub(super) private_key: String,
    pub(super) private_key_id: Option<String>,
    #[serde(default = "token_uri")]
    pub(super) token_uri: String,
    pub(super) quota_project_id: Option<String>,
}

/// A user who has logged in.
#[derive(Deserialize)]
pub(super) struct AuthorizedUser {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) refresh_token: String,
    #[serde(default = "token_uri")]
    pub(super) token_uri: String,
    pub(super) quota_project_id: Option<String>,
}

/// An identity of another provider (workload or workforce identity federation).
#[derive(Deserialize)]
pub(super) struct ExternalAccount {
    pub(super) audience: String,
    pub(super) subject_token_type: String,
    pub(super) token_url: String,
    pub(super) credential_source: Source,
    pub(super) service_account_impersonation_url: Option<String>,
    #[serde(default)]
    pub(super) service_account_impersonation: Lifetime,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    pub(super) workforce_pool_user_project: Option<String>,
    pub(super) quota_project_id: Option<String>,
}

/// Where the other provider's token is found.
#[derive(Deserialize)]
pub(super) struct Source {
    pub(super) file: Option<String>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub(super) format: Format,
}

/// How it is written there.
#[derive(Default, Deserialize)]
pub(super) struct Format {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) subject_token_field_name: Option<String>,
}

/// How long a service account is impersonated.
#[derive(Default, Deserialize)]
pub(super) struct Lifetime {
    pub(super) token_lifetime_seconds: Option<u64>,
}

/// A service account that another identity acts as.
#[derive(Deserialize)]
pub(super) struct Impersonated {
    pub(super) source_credentials: Box<File>,
    pub(super) service_account_impersonation_url: String,
    #[serde(default)]
    pub(super) delegates: Vec<String>,
    pub(super) quota_project_id: Option<String>,
}

fn token_uri() -> String {
    super::grant::TOKEN_URI.to_owned()
}

/// Reads a file. What serde says of it is left out where it could quote what stands there.
pub(super) fn read(path: &Path) -> Result<File, String> {
    let text = std::fs::read(path).map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    parse(&text).map_err(|why| format!("{}: {why}", path.display()))
}

fn parse(text: &[u8]) -> Result<File, String> {
    serde_json::from_slice(text).map_err(|error| {
        if !error.is_data() {
            return "it is no JSON".to_owned();
        }
        let kind = serde_json::from_slice::<serde_json::Value>(text).ok();
        let kind = kind.as_ref().and_then(|value| value.get("type")?.as_str());
        match kind {
            Some(
                "service_account" | "authorized_user" | "external_account" | "impersonated_service_account",
            ) => {
                // Names of fields alone; a wrong value isn't repeated.
                let text = error.to_string();
                let missing = text.starts_with("missing field").then(|| text.split(" at line").next());
                missing.flatten().unwrap_or("a field has the wrong form").to_owned()
            }
            Some(_) => "its `type` is none that is understood here: service_account, authorized_user, \
                        external_account or impersonated_service_account"
                .to_owned(),
            None => "it has no `type`".to_owned(),
        }
    })
}
