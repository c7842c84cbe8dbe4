//! The course of a request: the models to ask one after the other, and what is told of it in headers and records.

use std::cmp::Ordering;
use std::sync::Arc;

use lynkr_http::{HeaderName, HeaderValue};
use lynkr_providers::Headers;
use lynkr_routing::learn::bandit::Choice;
use lynkr_routing::{Candidate, Decision, Learned, Pin, Tier, Verdict};

use crate::gateway::Gateway;
use crate::learning::Begun;
use crate::routing::{PinKey, PinNote, Pins};

/// How side requests are decided.
const SIDE: &str = "side_request";

/// One model to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    /// The model; an empty name is the provider's own.
    pub(crate) candidate: Candidate,
    /// The tier that it serves; `None` outside of tiers.
    pub(crate) tier: Option<Tier>,
}

/// How a request was routed; what usage records and telemetry keep.
#[derive(Debug, Clone, PartialEq)]
pub struct RoutingRecord {
    /// How it was decided.
    pub method: String,
    /// Why, in a word.
    pub reason: String,
    /// The tier that was decided on; `None` outside of tiers.
    pub tier: Option<Tier>,
    /// The tier of the score alone.
    pub base: Option<Tier>,
    /// The score, 0 to 100.
    pub score: Option<f32>,
    /// The tier whose model served.
    pub served: Option<Tier>,
    /// Whether another model than the first served.
    pub fallback: bool,
    /// Whether the session's pin served.
    pub pinned: bool,
    /// The models that could have been asked, in order, as `provider:model`.
    pub candidates: Vec<String>,
    /// For each of them the probability with which it was to be asked first.
    pub propensities: Vec<f64>,
    /// How many of them are the tier's own.
    pub arms: usize,
    /// What the learner said, where it was asked.
    pub learned: Option<Learned>,
}

/// The course of a request.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(crate) stops: Vec<Stop>,
    pub(crate) decision: Option<Arc<Decision>>,
    pub(crate) key: Option<PinKey>,
    /// What the learner will remember of the request, where it learns from it.
    pub(crate) begun: Option<Arc<Begun>>,
    method: &'static str,
    reason: &'static str,
    threshold: u8,
    /// Whether a model goes first that the operator has for such requests.
    pub(crate) led: bool,
}

impl Course {
    /// What the settings or the client name, without a choice.
    pub(crate) const fn fixed(reason: &'static str, threshold: u8) -> Self {
        Self {
            stops: Vec::new(),
            decision: None,
            key: None,
            begun: None,
            method: "static",
            reason,
            threshold,
            led: false,
        }
    }

    /// Answered without a model.
    pub(crate) fn here(reason: &'static str, threshold: u8) -> Self {
        Self { method: SIDE, ..Self::fixed(reason, threshold) }
    }

    /// The same course, which a model begins that the operator has for such requests. Nothing is remembered of it.
    pub(crate) fn led_by(mut self, candidate: Candidate, reason: &'static str) -> Self {
        self.stops.retain(|stop| stop.candidate != candidate);
        self.stops.insert(0, Stop { candidate, tier: None });
        let method = if reason == "subagent" { "agent" } else { SIDE };
        Self { decision: None, key: None, begun: None, method, reason, led: true, ..self }
    }

    /// By the number of tools.
    pub(crate) fn legacy(providers: Vec<String>, reason: &'static str, threshold: u8) -> Self {
        let stop = |provider| Stop { candidate: Candidate { provider, model: String::new() }, tier: None };
        let stops = providers.into_iter().map(stop).collect();
        Self { method: "legacy", stops, ..Self::fixed(reason, threshold) }
    }

    /// By tiers; in the end the fallback provider, if there is one.
    pub(crate) fn tiers(
        decision: Decision,
        (key, begun): (Option<PinKey>, Option<Arc<Begun>>),
        fallback: Option<&str>,
        threshold: u8,
    ) -> Self {
        let stop = |choice: &lynkr_routing::Choice| Stop {
            candidate: choice.candidate.clone(),
            tier: Some(choice.tier),
        };
        let mut stops: Vec<Stop> = decision.choices.iter().map(stop).collect();
        if let Some(provider) =
            fallback.filter(|own| stops.iter().all(|stop| stop.candidate.provider != *own))
        {
            let candidate = Candidate { provider: provider.to_owned(), model: String::new() };
            stops.push(Stop { candidate, tier: None });
        }
        let decision = Some(Arc::new(decision));
        Self { stops, decision, key, begun, method: "tiers", reason: "", threshold, led: false }
    }

    /// What is told of the request that the stop at this place served.
    pub(crate) fn record(&self, place: usize) -> RoutingRecord {
        let Some(decision) = &self.decision else {
            return RoutingRecord {
                method: self.method.to_owned(),
                reason: self.reason.to_owned(),
                tier: None,
                base: None,
                score: None,
                served: self.stops.get(place).and_then(|stop| stop.tier),
                fallback: place > 0,
                pinned: false,
                candidates: self.stops.iter().map(|stop| stop.candidate.to_string()).collect(),
                propensities: Choice::certain(self.stops.len()).propensities,
                arms: 0,
                learned: None,
            };
        };
        RoutingRecord {
            method: decision.method.clone(),
            reason: decision.reason.clone().into_owned(),
            tier: Some(decision.tier),
            base: Some(decision.base),
            score: Some(decision.score.get()),
            served: self.stops.get(place).and_then(|stop| stop.tier),
            fallback: place > 0,
            pinned: matches!(decision.pinned, Some(Verdict::Stays(_))),
            candidates: decision.choices.iter().map(|choice| choice.candidate.to_string()).collect(),
            propensities: decision.propensities(),
            arms: decision.choices.iter().take_while(|choice| choice.tier == decision.tier).count(),
            learned: decision.learned.clone(),
        }
    }

    /// Adds to the headers of an answer or a failure what was decided, and what served in the end.
    pub(crate) fn tell(&self, served: &Candidate, place: usize, headers: &mut Headers) {
        let mut tell = |name: HeaderName, value: &str| tell(headers, name, value);
        tell(told::PROVIDER, &served.provider);
        tell(told::MODEL, &served.model);
        let decision = self.decision.as_deref();
        let (method, reason) =
            decision.map_or((self.method, self.reason), |decision| (&*decision.method, &*decision.reason));
        tell(told::METHOD, method);
        tell(told::REASON, reason);
        if let Some(decision) = decision {
            tell(told::TIER, decision.tier.name());
            tell(told::SCORE, &decision.score.to_string());
            tell(told::THRESHOLD, &self.threshold.to_string());
            tell(told::AGENTIC, decision.agentic.kind.name());
            tell(told::RISK, decision.risk.level.name());
            tell(told::RISK_HITS, &decision.risk.hits.join(","));
            tell(told::COST_OPTIMIZED, yes_or_no(decision.cost_optimized && place == 0));
        }
        let (falls_back, serves) = (place > 0, self.stops.get(place).and_then(|stop| stop.tier));
        tell(told::FALLBACK, yes_or_no(falls_back));
        if let (true, Some(tier)) = (falls_back, decision.map(|decision| decision.tier)) {
            tell(told::FROM_TIER, tier.name());
            let direction = match serves.map(|serves| serves.cmp(&tier)) {
                Some(Ordering::Greater) => "up",
                Some(Ordering::Less) => "down",
                Some(Ordering::Equal) => "within",
                None => "provider",
            };
            tell(told::SERVED_TIER, serves.map_or("", Tier::name));
            tell(told::DIRECTION, direction);
        } else {
            tell(told::SERVED_TIER, serves.map_or("", Tier::name));
        }
    }

    /// The answer began: the session stays with the model that gave it.
    pub(crate) fn pin(
        &self,
        gateway: &Gateway,
        served: &Candidate,
        place: usize,
        (turns, tools): (usize, bool),
    ) {
        let (Some(decision), Some(key)) = (&self.decision, self.key) else { return };
        let Some(tier) = self.stops.get(place).and_then(|stop| stop.tier) else { return };
        // What is without tools in a session that has some is beside it, and so is what risk alone moved.
        if !decision.pins || decision.method.starts_with("risk") {
            return;
        }
        let pins = gateway.router().pins();
        let before = pins.get(key);
        if before.as_ref().is_some_and(|before| before.has_tools && !tools) {
            return;
        }
        let warm = before.filter(|before| before.candidate == *served).and_then(|before| before.warm);
        let at = gateway.ambient().unix_seconds();
        let pin =
            Pin { candidate: served.clone(), tier, score: decision.score, turns, at, warm, has_tools: tools };
        pins.put(key, pin);
    }

    /// Tells the pin what will be measured.
    pub(crate) fn note(&self, pins: &Arc<Pins>) -> Option<PinNote> {
        self.key.map(|key| PinNote { pins: Arc::clone(pins), key })
    }
}

/// The names under which it is told.
mod told {
    use lynkr_http::HeaderName;

    pub(super) const PROVIDER: HeaderName = HeaderName::from_static("x-lynkr-provider");
    pub(super) const MODEL: HeaderName = HeaderName::from_static("x-lynkr-model");
    pub(super) const METHOD: HeaderName = HeaderName::from_static("x-lynkr-routing-method");
    pub(super) const REASON: HeaderName = HeaderName::from_static("x-lynkr-routing-reason");
    pub(super) const TIER: HeaderName = HeaderName::from_static("x-lynkr-tier");
    pub(super) const SCORE: HeaderName = HeaderName::from_static("x-lynkr-complexity-score");
    pub(super) const THRESHOLD: HeaderName = HeaderName::from_static("x-lynkr-complexity-threshold");
    pub(super) const AGENTIC: HeaderName = HeaderName::from_static("x-lynkr-agentic");
    pub(super) const RISK: HeaderName = HeaderName::from_static("x-lynkr-risk");
    pub(super) const RISK_HITS: HeaderName = HeaderName::from_static("x-lynkr-risk-hits");
    pub(super) const COST_OPTIMIZED: HeaderName = HeaderName::from_static("x-lynkr-cost-optimized");
    pub(super) const FALLBACK: HeaderName = HeaderName::from_static("x-lynkr-fallback");
    pub(super) const FROM_TIER: HeaderName = HeaderName::from_static("x-lynkr-fallback-from-tier");
    pub(super) const DIRECTION: HeaderName = HeaderName::from_static("x-lynkr-fallback-direction");
    pub(super) const SERVED_TIER: HeaderName = HeaderName::from_static("x-lynkr-served-tier");
}

const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

/// Adds a header, unless there is nothing to say. Names of models are the operator's or the client's: what can't stand in a
/// header stays out.
fn tell(headers: &mut Headers, name: HeaderName, value: &str) {
    let fits = !value.is_empty() && !value.contains('\t');
    if let (true, Ok(value)) = (fits, HeaderValue::from_str(value)) {
        headers.push(name, value);
    }
}
