//! Which providers there are, and what is in effect. No key, no query of an endpoint, which may hold one.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use lynkr_orchestrator::{Gateway, ProviderEntry};
use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use crate::VERSION;
use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::error_response;
use crate::observe::RequestId;
use crate::routes::models::json_response;

/// `GET /v1/providers`: those that are set up, and the active one however it was found.
pub(crate) async fn list(State(service): State<Service>) -> Response {
    let gateway = &service.gateway;
    let mut data = Vec::new();
    for provider in gateway.providers() {
        data.push(shape(gateway, &provider).await);
    }
    json_response(&json!({
        "object": "list",
        "data": data,
        "primary": active(gateway),
        "fallback": null,
        "fallback_enabled": false,
    }))
}

/// `GET /v1/providers/{name}`: any that can be asked, by any of its names.
pub(crate) async fn one(
    State(service): State<Service>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let gateway = &service.gateway;
    match gateway.provider(&name) {
        Some(provider) => json_response(&shape(gateway, &provider).await),
        None => unknown_provider(gateway, &name, &request),
    }
}

/// `GET /v1/config`: what is in effect, as far as clients are concerned.
pub(crate) async fn config(State(service): State<Service>) -> Response {
    let gateway = &service.gateway;
    let options = gateway.options();
    let configured: Vec<&str> = gateway.providers().iter().map(|provider| provider.name).collect();
    json_response(&json!({
        "object": "config",
        "version": VERSION,
        "model_provider": active(gateway),
        "configured_providers": configured,
        "model_default": options.default_model,
        "model_forced": options.force_model,
        "model_aliases": options.aliases,
        "key_required": service.options.key_required(),
        "request_limit_bytes": service.options.body_limit,
        "fallback_provider": null,
        "fallback_enabled": false,
        "tier_routing_enabled": false,
        "memory_enabled": false,
        "smart_tool_selection": false,
    }))
}

/// The name of the provider that answers.
pub(crate) fn active(gateway: &Gateway) -> String {
    gateway.options().active.clone()
}

async fn shape(gateway: &Gateway, provider: &ProviderEntry) -> Value {
    let dialects: Vec<&str> = provider.dialects.iter().map(|dialect| dialect.name()).collect();
    json!({
        "object": "provider",
        "name": provider.name,
        "type": provider.kind,
        "title": provider.title,
        "aliases": provider.aliases,
        "base_url": provider.endpoint,
        "dialects": dialects,
        "models": gateway.models_of(provider).await,
        "model": provider.model,
        // What can't be asked is not in the list.
        "active": true,
        "configured": provider.configured,
        "has_key": provider.has_key,
        "is_primary": provider.active,
        "is_fallback": false,
    })
}

/// 404 for a provider that can't be asked, with the reason where there is one.
pub(crate) fn unknown_provider(gateway: &Gateway, name: &str, request: &Request) -> Response {
    let why = gateway.why_not(name).unwrap_or("GET /v1/providers lists those that are set up");
    let message = format!("name: the provider `{name}` isn't set up here: {why}");
    let error =
        ApiError::new(FaultKind::NotFound, message).with_code("provider_not_found").with_param("name");
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    error_response(&error, dialect_of(request.uri().path(), request.headers()), &id)
}
