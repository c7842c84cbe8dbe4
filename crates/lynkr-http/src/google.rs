//! Access tokens of Google's application-default credentials.
//!
//! They are looked for as "How Application Default Credentials works" in Google Cloud's documentation says: the file
//! that `GOOGLE_APPLICATION_CREDENTIALS` names, the file that the gcloud CLI left, the metadata server. A token is
//! kept until shortly before it ends; of several requests that need a new one, one asks for it.

mod credentials;
mod environment;
mod external;
mod fetch;
mod file;
mod grant;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use http::header::AUTHORIZATION;

pub(crate) use environment::Environment;

use crate::error::TransportError;
use crate::kept::Kept;
use crate::transport::{Outbound, Transport};

/// What Google's own libraries ask for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// How long before its end a token is replaced, which is what Google's own libraries do.
const EARLY: Duration = Duration::from_secs(225);

/// Gives requests a bearer token of the application-default credentials.
pub(crate) struct GoogleSigner {
    http: Arc<dyn Transport>,
    environment: Environment,
    kept: Kept<Token>,
}

/// A token.
struct Token {
    bearer: HeaderValue,
    /// Whose quota its requests are counted to, where that isn't the project that they are for.
    quota_project: Option<HeaderValue>,
}

impl GoogleSigner {
    pub(crate) fn new(http: Arc<dyn Transport>, environment: Environment) -> Self {
        Self { http, environment, kept: Kept::new(EARLY) }
    }

    /// Adds the token to a request.
    pub(crate) async fn sign(&self, request: &mut Outbound) -> Result<(), TransportError> {
        let token = self.token().await.map_err(TransportError::Credential)?;
        request.headers.insert(AUTHORIZATION, token.bearer.clone());
        if let Some(project) = &token.quota_project {
            request.headers.insert("x-goog-user-project", project.clone());
        }
        Ok(())
    }

    async fn token(&self) -> Result<Arc<Token>, String> {
        self.kept.get("Google's access token", || self.ask()).await
    }

    async fn ask(&self) -> Result<(Token, SystemTime), String> {
        let granted = credentials::token(&*self.http, &self.environment).await?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", granted.access_token))
            .map_err(|_| "Google's access token can't stand in a header".to_owned())?;
        bearer.set_sensitive(true);
        let quota_project = granted.quota_project.and_then(|project| HeaderValue::from_str(&project).ok());
        Ok((Token { bearer, quota_project }, SystemTime::now() + granted.lasts))
    }
}

/// Says nothing of what it holds.
impl fmt::Debug for GoogleSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GoogleSigner")
    }
}

#[cfg(test)]
mod tests;
