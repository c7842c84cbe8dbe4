//! The HTTP surface: routes, request ids, limits, and each dialect's own error bodies.
//!
//! A handler turns HTTP into an [`Ingress`](lynkr_orchestrator::Ingress) and an answer back into HTTP; what lies
//! between is the pipeline's. This crate knows no provider.
//!
//! *Boundary*: only this crate names axum.

#![warn(missing_docs)]

mod admin;
mod auth;
mod caller;
mod compress;
mod context;
mod error;
mod feed;
mod govern;
mod headers;
mod host;
mod identify;
mod ingress;
mod kept;
mod live;
mod observe;
mod openapi;
mod origin;
mod overload;
mod reply;
mod route;
mod router;
mod routes;
mod scope;
mod server;
mod table;
mod tls;
mod upload;

pub use admin::{Reload, Reloaded, ShownConfiguration, ShownSetting, Unchanging};
pub use context::{ApiOptions, Service, ServiceParts};
pub use feed::Feed;
pub use govern::{Governor, KEYS_GOOD_FOR, Policy, RateBy, RatePolicy};
pub use live::Live;
pub use openapi::openapi_json;
pub use overload::{Load, LoadLimits, Memory, MemoryGauge};
pub use router::router;
pub use routes::gauges;
pub use routes::instance::{instance_proof, new_start_token};
pub use server::{Listener, serve};
pub use tls::{Identity, IdentityError};

/// The gateway's version, as responses and `lynkr --version` show it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod tests;
