//! A vendor's own host, as a gateway sees it: the right name, a certificate that is trusted, the usual port. It
//! lies on this machine because a debug build can be told where a host is.

use std::io::Write as _;
use std::sync::Arc;

use lynkr_testkit::{Recorded, Script, Upstream};
use tempfile::NamedTempFile;

use crate::gateway::Setup;

/// The hosts that are played.
const HOSTS: &[&str] = &["api.anthropic.com", "api.openai.com", "chatgpt.com"];

/// The vendors' hosts, all of them one server.
pub(crate) struct Vendor {
    upstream: Upstream,
    authority: NamedTempFile,
}

impl Vendor {
    /// Asks a closure for the answer to each request.
    pub(crate) async fn with(answer: impl Fn(&Recorded) -> Script + Send + Sync + 'static) -> Self {
        let upstream = Upstream::secure(HOSTS, answer).await.expect("a secure upstream starts");
        let mut authority = NamedTempFile::new().expect("a temporary file");
        let text = upstream.authority().expect("a secure upstream has an authority");
        authority.write_all(text.as_bytes()).expect("a file can be written");
        Self { upstream, authority }
    }

    /// A gateway that finds the vendors' hosts here, and trusts them.
    pub(crate) fn known_to(&self, setup: Setup) -> Setup {
        let address = self.upstream.address();
        let places: Vec<String> = HOSTS.iter().map(|host| format!("{host}={address}")).collect();
        setup
            .env("LYNKR_TEST_RESOLVE", &places.join(","))
            .env("SSL_CERT_FILE", &self.authority.path().to_string_lossy())
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Arc<Recorded>> {
        self.upstream.requests()
    }

    /// The request of this number, from 0; waits for it.
    pub(crate) async fn request(&self, number: usize) -> Arc<Recorded> {
        self.upstream.request(number).await
    }
}
