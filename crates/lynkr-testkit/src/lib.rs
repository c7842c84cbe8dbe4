//! Scripted upstreams: what a gateway is tested against instead of a vendor.
//!
//! Two levels. [`Upstream`] plays exact bytes: a [`Script`] of [`Step`]s per request, paced, split, held at a
//! [`Gate`] or cut, with every request recorded and the peer's disconnect observable. [`ModelScript`] plays a
//! model in four dialects, and behind the paths of Amazon Bedrock and Google: it calls tools, reads their results back, thinks, sees images and fails on
//! request, and it judges each request as a strict vendor would ([`ModelUpstream::violations`]).
//!
//! Wire shapes are written here by hand and `lynkr-protocol` is deliberately absent: a test that shares its
//! opinion of a format with the code under test proves nothing.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use lynkr_testkit::{ModelScript, Script, Upstream};
//! let bytes = Upstream::start(vec![Script::sse(["data: {}\n\n", "data: [DONE]\n\n"]).split_every(3)]).await?;
//! let model = ModelScript::new().steps(2).parallel(2).start().await?;
//! assert!(model.violations().is_empty());
//! # let _ = bytes; Ok(())
//! # }
//! ```
#![warn(missing_docs)]

mod apis;
pub mod bedrock;
mod gate;
mod google;
mod hear;
mod json;
mod model;
#[cfg(test)]
mod probe;
mod recorded;
mod script;
mod serve;
pub mod sigv4;
mod speak;
mod strict;
mod tls;
mod upstream;

pub use bytes::Bytes;
pub use gate::Gate;
pub use model::{Arguments, Dialect, Fault, FaultKind, ModelScript, ModelUpstream, ToolUse};
pub use recorded::{Progress, Recorded};
pub use script::{Abort, Script, Step};
pub use tls::SelfSigned;
pub use upstream::Upstream;
