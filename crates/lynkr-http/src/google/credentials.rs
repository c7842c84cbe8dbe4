//! Which credentials there are, in their order, and the token for them.

use std::path::Path;
use std::time::Duration;

use super::environment::Environment;
use super::fetch::{Question, ask, granted};
use super::file::File;
use super::{SCOPE, external, file, grant};
use crate::transport::Transport;

/// How long the metadata server may take: it is next door or not at all.
const METADATA_PATIENCE: Duration = Duration::from_secs(3);

/// What to do where nothing is found.
const HINT: &str = "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS";

/// A token, for how long it is good, and whose quota it uses.
pub(super) struct Granted {
    pub(super) access_token: String,
    pub(super) lasts: Duration,
    pub(super) quota_project: Option<String>,
}

/// A token of the first credentials that there are. What is there and doesn't work is an error: other credentials
/// would be somebody else.
pub(super) async fn token(http: &dyn Transport, environment: &Environment) -> Result<Granted, String> {
    let well_known = environment.well_known.as_deref().filter(|path| path.is_file());
    let (place, path) = match (&environment.file, well_known) {
        (Some(path), _) => ("GOOGLE_APPLICATION_CREDENTIALS", path.as_path()),
        (None, Some(path)) => ("the gcloud CLI's credentials", path),
        (None, None) => return metadata(http, environment).await,
    };
    let named = |why: String| format!("{place}: {why}");
    let found = file::read(path).map_err(named)?;
    let (access_token, lasts) = of_file(http, &found).await.map_err(named)?;
    let quota_project = environment.quota_project.clone().or_else(|| quota_project(&found));
    Ok(Granted { access_token, lasts, quota_project })
}

async fn of_file(http: &dyn Transport, file: &File) -> Result<(String, Duration), String> {
    match file {
        File::ServiceAccount(account) => grant::service_account(http, account).await,
        File::AuthorizedUser(user) => grant::authorized_user(http, user).await,
        File::ExternalAccount(account) => external::token(http, account).await,
        File::ImpersonatedServiceAccount(own) => {
            let (source, _) = match &*own.source_credentials {
                File::ServiceAccount(account) => grant::service_account(http, account).await?,
                File::AuthorizedUser(user) => grant::authorized_user(http, user).await?,
                File::ExternalAccount(account) => external::token(http, account).await?,
                File::ImpersonatedServiceAccount(_) => {
                    return Err("its `source_credentials` impersonate in turn; use `delegates`".to_owned());
                }
            };
            let url = &own.service_account_impersonation_url;
            grant::impersonated(http, url, &own.delegates, None, &source).await
        }
    }
}

fn quota_project(file: &File) -> Option<String> {
    match file {
        File::ServiceAccount(account) => account.quota_project_id.clone(),
        File::AuthorizedUser(user) => user.quota_project_id.clone(),
        File::ExternalAccount(account) => account.quota_project_id.clone(),
        File::ImpersonatedServiceAccount(own) => own.quota_project_id.clone(),
    }
}

/// The token of the machine's own service account.
async fn metadata(http: &dyn Transport, environment: &Environment) -> Result<Granted, String> {
    let Some(host) = &environment.metadata_host else {
        return Err(nothing(environment, "the metadata server isn't to be asked (NO_GCE_CHECK)"));
    };
    let url =
        format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token?scopes={SCOPE}");
    let question = Question {
        patience: METADATA_PATIENCE,
        again: false,
        ..Question::get(&url).with("metadata-flavor", "Google")
    };
    let answer = ask(http, &question).await;
    let (access_token, lasts) =
        answer.and_then(|body| granted(&body)).map_err(|why| nothing(environment, &why))?;
    Ok(Granted { access_token, lasts, quota_project: environment.quota_project.clone() })
}

/// Says what was looked for.
fn nothing(environment: &Environment, metadata: &str) -> String {
    let file = environment.well_known.as_deref().map_or_else(
        || "no home folder to look for the gcloud CLI's in".to_owned(),
        |path: &Path| format!("no {}", path.display()),
    );
    format!(
        "no application-default credentials of Google's: GOOGLE_APPLICATION_CREDENTIALS is not set; {file}; {metadata}; {HINT}"
    )
}
