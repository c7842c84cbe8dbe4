//! TLS set-up behind one function, so that the crypto provider is chosen in one place.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// A client configuration with `ring`, the roots that browsers trust, and those that the machine trusts
/// (a company's own authority).
pub(crate) fn client_config() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let native = rustls_native_certs::load_native_certs();
    for error in native.errors {
        tracing::warn!(%error, "a certificate of this machine can't be read");
    }
    roots.add_parsable_certificates(native.certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
