//! Credentials that the machine has rather than the configuration: fetched, kept fresh and applied when a request is
//! sent.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::aws::{AwsSigner, Chain};
use crate::error::TransportError;
use crate::google::{Environment, GoogleSigner};
use crate::transport::{Outbound, Transport};

/// How a request is to prove who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof<'a> {
    /// AWS Signature Version 4, with the standard chain of credentials.
    AwsSigV4 {
        /// The region that is signed for.
        region: &'a str,
        /// The service that is signed for.
        service: &'a str,
    },
    /// A bearer token of Google's application-default credentials.
    GoogleToken,
}

/// Something that can prove who asks.
#[async_trait]
pub trait Signer: Send + Sync + fmt::Debug {
    /// Adds the proof to a request that is complete otherwise.
    async fn sign(&self, request: &mut Outbound, proof: Proof<'_>) -> Result<(), TransportError>;
}

/// Proves with what this machine has: AWS's chain of credentials, Google's application-default ones.
#[derive(Debug)]
pub struct MachineSigner {
    aws: AwsSigner,
    google: GoogleSigner,
}

impl MachineSigner {
    /// A signer that asks credential services through this client.
    pub fn new(http: Arc<dyn Transport>) -> Self {
        let google = GoogleSigner::new(Arc::clone(&http), Environment::of_process());
        Self { aws: AwsSigner::new(Arc::new(Chain::new(http))), google }
    }
}

#[async_trait]
impl Signer for MachineSigner {
    async fn sign(&self, request: &mut Outbound, proof: Proof<'_>) -> Result<(), TransportError> {
        match proof {
            Proof::GoogleToken => self.google.sign(request).await,
            Proof::AwsSigV4 { region, service } => self.aws.sign(request, region, service).await,
        }
    }
}
