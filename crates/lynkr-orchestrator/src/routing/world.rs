//! What a decision asks of the gateway as it is at this moment.

use lynkr_routing::{Candidate, Outlook, Pin, Standing, Surroundings, TokenPrices, Unfit, pays};

use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::resilience::breaker::BreakerState;
use crate::warrant::Room;

/// The gateway, to one request.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) ingress: &'a Ingress,
    /// What the caller's budgets have room for, where that bounds the choice.
    pub(super) room: Option<Room>,
}

impl Surroundings for World<'_> {
    fn standing(&self, candidate: &Candidate) -> Standing {
        let Candidate { provider, model } = candidate;
        let Some(upstream) = self.gateway.upstream(provider) else {
            return Standing { barred: Some(Unfit::NotConfigured), ..Standing::default() };
        };
        let is_open = |name: &str| self.gateway.breaker_state(name) == BreakerState::Open;
        // Whether what the caller brought is for this provider is seen when the request is prepared.
        let has_none = upstream.lacks_key() && self.ingress.credential().is_none();
        let barred = if has_none {
            Some(Unfit::NotConfigured)
        } else if self.ingress.warrant.allows(provider, model, model).is_err() {
            Some(Unfit::Blocked)
        } else if is_open(provider) || is_open(&candidate.to_string()) {
            Some(Unfit::Broken)
        } else {
            None
        };
        let tools = (!upstream.tool_capable(model)).then_some(false);
        // Only a deadline asks how fast it is, and the answer takes a look at every model of the provider.
        let figures = || self.gateway.health().of_models(provider).into_iter().find(|(own, _)| own == model);
        let figures = self.ingress.header("lynkr-deadline-ms").and_then(|_| figures());
        let slow = figures.and_then(|(_, figures)| figures.latency_p95);
        let slow = slow.map(|slow| u64::try_from(slow.as_millis()).unwrap_or(u64::MAX));
        let quote = self.gateway.options().prices.now().of(provider, model);
        let entry = quote.as_ref().and_then(|quote| quote.entry.as_ref());
        // The table says of many models that see nothing of it: only where it knows them well is a no believed.
        let vision = entry.filter(|entry| entry.tools).map(|entry| entry.vision);
        let rates = quote.as_ref().map(|quote| &quote.price.rates);
        let affordable = self.room.zip(rates).and_then(|(room, rates)| room.prompt(rates));
        Standing { barred, context: entry.and_then(|entry| entry.context), vision, tools, slow, affordable }
    }

    fn pays(&self, pin: &Pin, to: &Candidate) -> Option<bool> {
        let prices = self.gateway.options().prices.now();
        let of = |candidate: &Candidate| {
            let quote = prices.of(&candidate.provider, &candidate.model)?;
            let rates = quote.price.rates;
            let number = |rate: Option<u64>| rate.map(number);
            let input = number(rates.input)?;
            Some(TokenPrices {
                input,
                cache_read: number(rates.cache_read).unwrap_or(input),
                cache_write: number(rates.cache_write).unwrap_or(input),
                output: number(rates.output)?,
            })
        };
        let warm = pin.warm.map_or(0.0, number);
        Some(pays(of(&pin.candidate)?, of(to)?, Outlook { warm, ..Outlook::default() }))
    }

    fn price(&self, candidate: &Candidate) -> Option<f64> {
        let quote = self.gateway.options().prices.now().of(&candidate.provider, &candidate.model)?;
        let rates = quote.price.rates;
        Some(number(rates.input?) + number(rates.output?))
    }

    fn now(&self) -> u64 {
        self.gateway.ambient().unix_seconds()
    }
}

#[expect(clippy::cast_precision_loss, reason = "prices and counts of tokens are far below 2^52")]
fn number(value: u64) -> f64 {
    value as f64
}
