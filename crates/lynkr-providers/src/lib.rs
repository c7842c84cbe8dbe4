//! The model providers: one file each, mostly data, and the pure rules that every one of them follows.
//!
//! A [`Provider`] says where a vendor lives, how it is asked and what is odd about it. [`Upstream`] is a
//! provider as it is configured here: its endpoint, key and model. [`Upstream::prepare`] turns a [`Call`]
//! into a [`Prepared`] request: method, URL, headers and credential. [`choose_model`] decides which model
//! name goes up, [`detection_order`] which providers are looked for when none is configured.
//!
//! Two rules run through all of it. A credential goes only to the host that it is for, or to an endpoint
//! that the operator has set up for it; what a project's own `.env` says is never joined with it. And a
//! request is changed as little as possible: what the client sent in the upstream's own dialect is passed on.
//!
//! Deliberately absent: I/O, a clock, randomness, request bodies, and any knowledge of the surfaces.

#![warn(missing_docs)]
#![deny(clippy::indexing_slicing)]

mod anthropic;
mod anthropic_compatible;
mod api;
mod atlas;
mod azure_anthropic;
mod azure_openai;
mod baidu;
mod base;
mod bedrock;
mod betas;
mod builtin;
mod chatgpt;
mod credential;
mod custom;
mod databricks;
mod deepseek;
mod detection;
mod discovery;
mod document;
mod edenai;
mod embeddings;
mod endpoint;
mod envelope;
mod errors;
mod headers;
mod lines;
mod llamacpp;
mod lmstudio;
mod model;
mod moonshot;
mod ollama;
mod openai;
mod openai_compatible;
mod openrouter;
mod pattern;
mod prepare;
mod project;
mod provider;
mod query;
mod quirks;
mod region;
mod registry;
#[cfg(test)]
mod samples;
mod subscription;
mod template;
mod upstream;
mod vertex;
mod zai;

pub use api::{Api, ApiCall, Apis};
pub use betas::{Cloud, MappedBetas, map_betas};
pub use credential::{AmbientCredential, CallerCredential, Credential, Origin};
pub use custom::{CUSTOM_SECTION, CustomProviders, custom_providers, custom_settings, find_provider};
pub use detection::{Detection, Probe, Proof, Step, detection_order, is_lynkr, reported_version};
pub use discovery::{meant_by, shown_name};
pub use document::providers_markdown;
pub use embeddings::{
    ChosenEmbeddings, EMBEDDINGS_FALLBACKS, Embeddings, EmbeddingsForm, choose_embeddings_model,
    named_provider,
};
pub use endpoint::{Endpoint, Layout, Offer, Version};
pub use envelope::{BetaPlace, CountBody, Envelope, Frames};
pub use errors::{Again, ERROR_ROWS, ErrorRow, Example, Said, Verdict, Wait, errors_markdown, judge};
pub use headers::forward_headers;
pub use lines::Headers;
pub use model::{Chosen, ModelRules, Route, choose_model};
pub use ollama::{KeepAlive, reports_tools, tool_capable};
pub use pattern::matches;
pub use prepare::{Call, Operation, PrepareError, Prepared};
pub use project::CloudProject;
pub use provider::{AuthScheme, ModelNames, Names, Provider};
pub use quirks::Quirks;
pub use registry::{PROVIDERS, provider_named, resolve_provider, settings_tables};
pub use upstream::{ToolSupport, Upstream};
