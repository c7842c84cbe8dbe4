//! The handlers, one file per kind of route.

pub(crate) mod admin;
pub(crate) mod apis;
pub(crate) mod clouds;
pub(crate) mod dashboard;
pub(crate) mod description;
pub(crate) mod embeddings;
pub(crate) mod gemini;
pub(crate) mod generate;
pub(crate) mod health;
pub(crate) mod instance;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod ollama;
pub(crate) mod page;
pub(crate) mod providers;
pub(crate) mod readiness;
pub(crate) mod root;
pub(crate) mod routing;
pub(crate) mod sessions;
pub(crate) mod websocket;

pub use metrics::gauges;
