//! The integration tests: the shipped binary, driven from outside.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test can't do without ends it"
)]

mod bedrock;
mod binary;
mod config;
mod contract;
mod count;
mod curl;
mod db;
mod dialects;
mod edges;
mod embeddings;
mod errors;
mod files;
mod gateway;
mod hardening;
mod http;
mod keys;
mod passthrough;
mod providers;
mod reload;
mod scripted;
mod secrets;
#[path = "../../crates/lynkr-store/tests/conformance/servers.rs"]
mod servers;
mod start;
mod streaming;
mod subscription;
mod surfaces;
mod translate;
mod vendor;
mod verdicts;
mod vertex;
mod websocket;
