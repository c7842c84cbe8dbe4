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
mod faults;
mod files;
mod gateway;
mod hardening;
mod http;
mod passthrough;
mod providers;
mod reload;
mod scripted;
mod secrets;
mod start;
mod streaming;
mod subscription;
mod surfaces;
mod translate;
mod vendor;
mod verdicts;
mod vertex;
mod websocket;
