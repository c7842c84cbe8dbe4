//! AWS Signature Version 4, with the credentials of AWS's own chain.
//!
//! They are looked for as "AWS SDKs and Tools Reference Guide", "Credential provider chain", says: the process's
//! environment, the profile in the shared configuration files (keys, roles, SSO, processes), web identity, the
//! container's endpoint, the instance's metadata service. They are kept until shortly before their end; of several
//! requests that need new ones, one asks for them. What the environment says is the process's own: a project
//! folder's `.env` can't name a profile or a key.

mod chain;
mod client;
mod sign;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;

pub(crate) use chain::Chain;

use crate::error::TransportError;
use crate::kept::Kept;
use crate::transport::Outbound;

/// How long before their end credentials are replaced: what a request takes until AWS looks at its signature, and
/// room for a service that doesn't answer at once.
const EARLY: Duration = Duration::from_secs(120);

/// How long credentials are kept that don't say when they end. Tools that write short-lived ones into the shared
/// file don't say it there, and reading it again costs little.
const ENDLESS: Duration = Duration::from_secs(300 + 120);

/// Where credentials come from.
#[async_trait]
pub(crate) trait CredentialSource: Send + Sync {
    /// The credentials, or why there are none: a sentence without secrets. Services that give some are asked in
    /// `region`, unless their own settings say otherwise.
    async fn credentials(&self, region: &str) -> Result<Credentials, String>;
}

/// Signs requests.
pub(crate) struct AwsSigner {
    source: Arc<dyn CredentialSource>,
    kept: Kept<Credentials>,
}

impl AwsSigner {
    pub(crate) fn new(source: Arc<dyn CredentialSource>) -> Self {
        Self { source, kept: Kept::new(EARLY) }
    }

    /// Signs a request that is complete otherwise.
    pub(crate) async fn sign(
        &self,
        request: &mut Outbound,
        region: &str,
        service: &str,
    ) -> Result<(), TransportError> {
        let credentials = self.kept.get("AWS's credentials", || self.ask(region)).await;
        let credentials = credentials.map_err(TransportError::Credential)?;
        sign::sign(request, &credentials, &sign::Scope { region, service, time: SystemTime::now() })
            .map_err(TransportError::Credential)
    }

    async fn ask(&self, region: &str) -> Result<(Credentials, SystemTime), String> {
        let credentials = self.source.credentials(region).await?;
        let until = credentials.expiry().unwrap_or_else(|| SystemTime::now() + ENDLESS);
        Ok((credentials, until))
    }
}

/// Says nothing of what it holds.
impl fmt::Debug for AwsSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsSigner")
    }
}

#[cfg(test)]
mod tests;
