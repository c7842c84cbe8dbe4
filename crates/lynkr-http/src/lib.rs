//! How bytes reach a provider: one [`Transport`] seam, and the client behind it, which keeps connections of hyper's in pools of its own.
//!
//! A transport sends one request and hands back the head and a body that is pulled frame by frame, so
//! back-pressure and cancellation come from dropping or not polling. Retries are decided above.
//!
//! *Boundary*: only this crate and the HTTP surface name hyper.

#![warn(missing_docs)]

mod aws;
mod body;
mod client;
mod connect;
mod error;
mod google;
mod kept;
mod lanes;
mod later;
mod line;
mod patience;
mod pool;
mod proxy;
mod rerun;
mod resolve;
mod signer;
mod timer;
mod tls;
mod transport;
mod within;

pub use body::{Gathered, InboundBody, Pieces, Upload};
pub use client::{ClientOptions, HttpTransport, READ_BUFFER};
pub use error::{Phase, TransportError};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
pub use lanes::{Habits, Lanes};
pub use later::{catch_up, caught_up, later, patiently, put_off};
pub use proxy::Proxies;
pub use rerun::Rerun;
pub use signer::{MachineSigner, Proof, Signer};
pub use timer::Timer;
pub use transport::{Inbound, Outbound, Transport};
pub use within::within;

#[cfg(test)]
mod tests;
