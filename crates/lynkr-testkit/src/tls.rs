//! An identity for an upstream that plays a vendor's host: a certificate for that host's name, and the authority
//! that vouches for it, both made on the spot.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// What a secure upstream is known by.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    /// The authority's certificate, as PEM.
    pub(crate) authority: String,
}

impl Identity {
    /// A certificate for these hosts.
    pub(crate) fn of(hosts: &[&str]) -> io::Result<Self> {
        Self::make(hosts).map_err(io::Error::other)
    }

    fn make(hosts: &[&str]) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&authority_key)?;
        let names: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let key = KeyPair::generate()?;
        let own = CertificateParams::new(names)?.signed_by(&key, &Issuer::new(authority, authority_key))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], private)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), authority: pem(certificate.der()) })
    }
}

/// A certificate as text: its bytes in base64 between two marks (RFC 7468).
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// A certificate that vouches for itself, and its key, both as PEM.
#[derive(Debug, Clone)]
pub struct SelfSigned {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl SelfSigned {
    /// A certificate for a host.
    pub fn of(host: &str) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let params = CertificateParams::new(vec![host.to_owned()]).map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        let private = pem(&key.serialize_der()).replace("CERTIFICATE", "PRIVATE KEY");
        Ok(Self { certificate: pem(certificate.der()), key: private })
    }
}
