//! Which provider answers, under which model name, in which dialect.

use lynkr_protocol::wire::Json;
use lynkr_protocol::{ApiError, Dialect, Target};
use lynkr_providers::{CallerCredential, KeepAlive, ModelRules, Route, Upstream, choose_model};
use lynkr_routing::Candidate;
use lynkr_types::{Change, FaultKind, Receipt};

use crate::envelope::Wrapping;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::ingress::Ingress;

/// The longest name of a model, in bytes: Amazon's ARNs have the most. What is counted and remembered by model keeps it.
const LONGEST_NAME: usize = 2_048;

/// The decision.
#[derive(Debug)]
pub(crate) struct Routed<'a> {
    pub(crate) upstream: &'a Upstream,
    pub(crate) model: String,
    pub(crate) dialect: Dialect,
    /// Whether the model can call tools.
    pub(crate) tools: bool,
    /// Whether this is the official client's own request, which passes to its vendor untouched.
    pub(crate) verbatim: bool,
}

impl Routed<'_> {
    /// What the provider wraps around the dialect, if anything.
    pub(crate) fn envelope(&self) -> Option<Wrapping<'_>> {
        let envelope = self.upstream.envelope(self.dialect, &self.model)?;
        Some((envelope, self.upstream.allowed_betas()))
    }
}

/// What the settings and the client name for a request.
#[derive(Debug)]
pub(crate) struct Static<'a> {
    pub(crate) routed: Routed<'a>,
    /// What that changes.
    pub(crate) change: Option<Change>,
    /// Who named it, where somebody did so for this very request: then tiers don't choose.
    pub(crate) named: Option<&'static str>,
}

impl<'a> Static<'a> {
    /// What is routed, with its change on the receipt.
    pub(crate) fn noted(self, receipt: &mut Receipt) -> Routed<'a> {
        if let Some(change) = self.change {
            receipt.note(change);
        }
        self.routed
    }
}

/// Reasons of a choice that is somebody's own, and how headers say them.
const NAMED: &[(&str, &str)] =
    &[("forced", "forced_model"), ("named by client", "named_by_client"), ("alias", "model_alias")];

impl Gateway {
    /// Decides for a request that asks for `asked`. A stored answer that is continued decides before the name
    /// does.
    pub(crate) async fn route(
        &self,
        ingress: &Ingress,
        asked: &str,
        pinned: Option<&str>,
    ) -> Result<Static<'_>, Failure> {
        check_length(asked)?;
        let (client, caller) = (ingress.dialect, ingress.credential());
        let active = self.active();
        let models = self.known_models().await;
        let route = Route { upstream: active, models: &models, custom: self.custom() };
        let options = self.options();
        let rules = ModelRules {
            force: options.force_model.as_deref(),
            default: options.default_model.as_deref(),
            aliases: &options.aliases,
        };
        // A cloud's own name for a model means something to that cloud only.
        let named = asked;
        let plain = ingress.cloud.as_ref().and_then(|from| from.plain_model(asked, active.provider().name));
        let asked = plain.as_deref().unwrap_or(asked);
        let chosen = choose_model(asked, &route, &rules);
        let elsewhere = pinned.filter(|name| *name != chosen.provider.name);
        if let Some(upstream) = elsewhere.and_then(|name| self.upstream(name)) {
            let tools = upstream.tool_capable(asked);
            let verbatim = passes(upstream, caller, (client, client));
            let routed = Routed { upstream, model: asked.to_owned(), dialect: client, tools, verbatim };
            return Ok(Static { routed, change: None, named: Some("stored_response") });
        }
        let Some(upstream) = self.upstream(chosen.provider.name) else {
            return Err(self.not_configured(chosen.provider.name));
        };
        let (upstream, dialect, verbatim) = self.spoken_to(upstream, &chosen.model, ingress);
        // What the official client asks its own vendor for is the vendor's to judge.
        let model = if verbatim && !chosen.by_user && !asked.is_empty() { asked } else { &chosen.model };
        let change = (model != named).then(|| Change::Model {
            from: named.to_owned(),
            to: model.to_owned(),
            why: chosen.why,
        });
        let tools = upstream.tool_capable(model);
        let own = NAMED.iter().find(|(why, _)| *why == chosen.why).map(|(_, name)| *name);
        let own = own.or_else(|| pinned.map(|_| "stored_response"));
        let routed = Routed { upstream, model: model.to_owned(), dialect, tools, verbatim };
        Ok(Static { routed, change, named: own })
    }

    /// A model of a provider, whoever asked for what. Without a model, the provider's own.
    pub(crate) fn route_to(
        &self,
        ingress: &Ingress,
        candidate: &Candidate,
        asked: &str,
    ) -> Result<Routed<'_>, Failure> {
        let Some(upstream) = self.upstream(&candidate.provider) else {
            return Err(self.not_configured(&candidate.provider));
        };
        let named =
            if candidate.model.is_empty() { upstream.own_model(asked) } else { candidate.model.clone() };
        let model = upstream.spelled(&named);
        let (upstream, dialect, verbatim) = self.spoken_to(upstream, &model, ingress);
        let tools = upstream.tool_capable(&model);
        Ok(Routed { upstream, model, dialect, tools, verbatim })
    }

    /// Who is really asked for a provider's model, in which dialect, and whether the caller's subscription passes.
    fn spoken_to<'a>(
        &'a self,
        upstream: &'a Upstream,
        model: &str,
        ingress: &Ingress,
    ) -> (&'a Upstream, Dialect, bool) {
        let (client, caller) = (ingress.dialect, ingress.credential());
        let subscribers = caller.and_then(|caller| upstream.subscribers_provider(caller, client));
        let upstream = subscribers.and_then(|name| self.upstream(name)).unwrap_or(upstream);
        let dialect = upstream.dialect_for(client, model);
        (upstream, dialect, passes(upstream, caller, (client, dialect)))
    }

    pub(crate) fn not_configured(&self, provider: &str) -> Failure {
        let why = self.why_not(provider).unwrap_or("it has no settings");
        let message = format!("model: the provider `{provider}` isn't set up here: {why}");
        Failure::client(ApiError::new(FaultKind::NotFound, message).with_param("model"))
    }
}

/// Refuses the name of a model that none has.
pub(crate) fn check_length(asked: &str) -> Result<(), Failure> {
    if asked.len() <= LONGEST_NAME {
        return Ok(());
    }
    let message = format!("model: must be no longer than {LONGEST_NAME} bytes, and has {}", asked.len());
    Err(Failure::client(ApiError::new(FaultKind::InvalidRequest, message).with_param("model")))
}

/// Whether the caller's subscription passes to an upstream that is spoken to in the second dialect.
fn passes(
    upstream: &Upstream,
    caller: Option<CallerCredential<'_>>,
    (client, spoken): (Dialect, Dialect),
) -> bool {
    caller.is_some_and(|caller| upstream.passes_subscription(caller, client, spoken))
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
