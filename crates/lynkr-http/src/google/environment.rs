//! The variables that say where application-default credentials are. They are Google's own and belong to the
//! process: a project folder's `.env` can't name them.

use std::path::PathBuf;

/// Where gcloud keeps what `gcloud auth application-default login` made.
const WELL_KNOWN: &str = "application_default_credentials.json";

/// The name under which every machine of Google's cloud reaches its metadata server.
const METADATA_HOST: &str = "metadata.google.internal";

/// Where to look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// `GOOGLE_APPLICATION_CREDENTIALS`.
    pub(crate) file: Option<PathBuf>,
    /// The file of the gcloud CLI, whether it is there or not.
    pub(crate) well_known: Option<PathBuf>,
    /// The metadata server, unless it isn't to be asked (`NO_GCE_CHECK`).
    pub(crate) metadata_host: Option<String>,
    /// `GOOGLE_CLOUD_QUOTA_PROJECT`.
    pub(crate) quota_project: Option<String>,
}

impl Environment {
    /// What the process's own environment says.
    pub(crate) fn of_process() -> Self {
        Self::of(&variable)
    }

    /// What an environment says.
    pub(crate) fn of(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let folder = variable("CLOUDSDK_CONFIG").map(PathBuf::from).or_else(|| {
            // Where gcloud keeps it on Windows, and everywhere else.
            let windows = variable("APPDATA").map(|data| PathBuf::from(data).join("gcloud"));
            windows.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".config/gcloud")))
        });
        let asks = !variable("NO_GCE_CHECK").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let host = || variable("GCE_METADATA_HOST").unwrap_or_else(|| METADATA_HOST.to_owned());
        Self {
            file: variable("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from),
            well_known: folder.map(|folder| folder.join(WELL_KNOWN)),
            metadata_host: asks.then(host),
            quota_project: variable("GOOGLE_CLOUD_QUOTA_PROJECT"),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the credentials are the process's own, not settings of ours")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
