//! The integration tests: the shipped binary, driven from outside.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test can't do without ends it"
)]

mod badge;
mod bedrock;
mod binary;
mod clouds;
mod config;
mod contract;
mod count;
mod curl;
mod daemon;
mod dashboard_api;
mod db;
mod described;
mod dialects;
mod doctor;
mod documents;
mod edges;
mod embeddings;
mod error_types;
mod errors;
mod exposition;
mod faults;
mod files;
mod gateway;
mod hardening;
mod http;
mod init;
mod keys;
mod newcomer;
mod otel;
mod panics;
mod passthrough;
mod pins;
mod prices;
mod providers;
mod pty;
mod reload;
mod routing;
mod routing_budgets;
mod routing_embeddings;
mod routing_guards;
mod routing_headers;
mod routing_learn;
mod routing_refined;
mod scripted;
mod secrets;
#[path = "../../crates/lynkr-store/tests/conformance/servers.rs"]
#[expect(clippy::disallowed_methods, reason = "it starts servers, of which only some are wanted here")]
mod servers;
mod start;
mod store;
mod store_tls;
mod streaming;
mod subscription;
mod surfaces;
mod terminal;
mod tools;
mod trajectory;
mod translate;
mod usage;
mod vendor;
mod verdicts;
mod vertex;
mod websocket;
mod wrap;
