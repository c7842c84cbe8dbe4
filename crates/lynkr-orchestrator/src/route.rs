//! Which provider answers, under which model name, in which dialect.

use lynkr_protocol::wire::Json;
use lynkr_protocol::{ApiError, Dialect, Target};
use lynkr_providers::{KeepAlive, ModelRules, Route, Upstream, choose_model};
use lynkr_types::{Change, FaultKind, Receipt};

use crate::failure::Failure;
use crate::gateway::Gateway;

/// The decision.
#[derive(Debug)]
pub(crate) struct Routed<'a> {
    pub(crate) upstream: &'a Upstream,
    pub(crate) model: String,
    pub(crate) dialect: Dialect,
    /// Whether the model can call tools.
    pub(crate) tools: bool,
}

impl Gateway {
    /// Decides for a client of `client` that asks for `asked`. A stored answer that is continued decides
    /// before the name does.
    pub(crate) async fn route(
        &self,
        client: Dialect,
        asked: &str,
        pinned: Option<&str>,
        receipt: &mut Receipt,
    ) -> Result<Routed<'_>, Failure> {
        let active = self.active();
        let models = self.known_models().await;
        let route = Route { upstream: active, models: &models };
        let options = self.options();
        let rules = ModelRules {
            force: options.force_model.as_deref(),
            default: options.default_model.as_deref(),
            aliases: &options.aliases,
        };
        let chosen = choose_model(asked, &route, &rules);
        let elsewhere = pinned.filter(|name| *name != chosen.provider.name);
        if let Some(upstream) = elsewhere.and_then(|name| self.upstream(name)) {
            let tools = upstream.tool_capable(asked);
            return Ok(Routed { upstream, model: asked.to_owned(), dialect: client, tools });
        }
        let Some(upstream) = self.upstream(chosen.provider.name) else {
            return Err(self.not_configured(chosen.provider.name));
        };
        if chosen.model != asked {
            receipt.note(Change::Model { from: asked.to_owned(), to: chosen.model.clone(), why: chosen.why });
        }
        let dialect = upstream.dialect_for(client, &chosen.model);
        let tools = upstream.tool_capable(&chosen.model);
        Ok(Routed { upstream, model: chosen.model, dialect, tools })
    }

    fn not_configured(&self, provider: &str) -> Failure {
        let why = self.why_not(provider).unwrap_or("it has no settings");
        let message = format!("model: the provider `{provider}` isn't set up here: {why}");
        Failure::client(ApiError::new(FaultKind::NotFound, message).with_param("model"))
    }
}

/// What the upstream can take, for the encoders.
pub(crate) fn target(routed: &Routed<'_>) -> Target {
    let (upstream, model) = (routed.upstream, routed.model.as_str());
    let quirks = &upstream.provider().quirks;
    Target {
        model: model.to_owned(),
        default_max_tokens: quirks.max_tokens_for(model),
        max_completion_tokens: quirks.wants_max_completion_tokens(model),
        developer_role: quirks.developer_role,
        stream_usage: quirks.stream_usage_option,
        reasoning_content: quirks.reasoning_content_history,
        reasoning_effort: quirks.takes_reasoning_effort(model),
        cache_control: quirks.cache_control,
        late_system: quirks.late_system,
        tools: routed.tools,
        keep_alive: upstream.keep_alive().map(|keep| match keep {
            KeepAlive::Seconds(seconds) => Json::of(seconds),
            KeepAlive::Text(text) => Json::of(text),
        }),
    }
}
