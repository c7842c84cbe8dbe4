//! AWS's chain of credentials, as AWS's own library walks it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_async::rt::sleep::TokioSleep;

use super::CredentialSource;
use super::client::Client;
use crate::transport::Transport;

/// What was looked for, for who has nothing of it.
const TRIED: &str = "no credentials of AWS's: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; the profile \
                     (AWS_PROFILE, else `default`) in ~/.aws/config and ~/.aws/credentials has none; \
                     AWS_WEB_IDENTITY_TOKEN_FILE and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI are not \
                     set; the instance's metadata service gave none; run `aws configure` or `aws sso login`, or set \
                     AWS_BEDROCK_API_KEY";

/// The most that is told of a failure: a process or a service may say anything.
const MOST_CHARS: usize = 600;

/// The chain, read anew each time: its files change under a running gateway.
pub(crate) struct Chain {
    http: Arc<dyn Transport>,
}

impl Chain {
    /// A chain whose services are asked through this client.
    pub(crate) fn new(http: Arc<dyn Transport>) -> Self {
        Self { http }
    }
}

#[async_trait]
impl CredentialSource for Chain {
    async fn credentials(&self, region: &str) -> Result<Credentials, String> {
        let config = ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(Client::new(Arc::clone(&self.http)))
            .with_sleep_impl(TokioSleep::new());
        // Said here, so that nobody asks the metadata service for it.
        let region = Region::new(region.to_owned());
        let chain = DefaultCredentialsChain::builder().configure(config).region(region).build().await;
        chain.provide_credentials().await.map_err(|error| explain(&error))
    }
}

/// Says nothing of what it holds.
impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain")
    }
}

/// What is missing, or what is there and doesn't work: other credentials would be somebody else.
fn explain(error: &CredentialsError) -> String {
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        return TRIED.to_owned();
    }
    let mut text = format!("AWS's credentials can't be had: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Layers often repeat what the one below says.
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text.chars().take(MOST_CHARS).collect()
}

#[cfg(test)]
mod tests;
