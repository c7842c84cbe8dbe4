//! What a decision asks of the gateway as it is at this moment.

use lynkr_routing::{Candidate, Pin, Standing, Surroundings, Unfit};

use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::resilience::breaker::BreakerState;

/// The gateway, to one request.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) ingress: &'a Ingress,
}

impl Surroundings for World<'_> {
    fn standing(&self, candidate: &Candidate) -> Standing {
        let Candidate { provider, model } = candidate;
        let Some(upstream) = self.gateway.upstream(provider) else {
            return Standing { barred: Some(Unfit::NotConfigured), ..Standing::default() };
        };
        let is_open = |name: &str| self.gateway.breaker_state(name) == BreakerState::Open;
        let barred = if self.ingress.warrant.allows(provider, model, model).is_err() {
            Some(Unfit::Blocked)
        } else if is_open(provider) || is_open(&candidate.to_string()) {
            Some(Unfit::Broken)
        } else {
            None
        };
        let tools = (!upstream.tool_capable(model)).then_some(false);
        let figures = self.gateway.health().of_models(provider).into_iter().find(|(own, _)| own == model);
        let slow = figures.and_then(|(_, figures)| figures.latency_p95);
        let slow = slow.map(|slow| u64::try_from(slow.as_millis()).unwrap_or(u64::MAX));
        Standing { barred, context: None, vision: None, tools, slow }
    }

    fn pays(&self, _: &Pin, _: &Candidate) -> Option<bool> {
        None
    }

    fn now(&self) -> u64 {
        self.gateway.ambient().unix_seconds()
    }
}
