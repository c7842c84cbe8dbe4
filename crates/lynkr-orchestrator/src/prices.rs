//! What requests cost: the prices in effect, and what one request's counts come to at them.

use std::sync::{Arc, PoisonError, RwLock};

use lynkr_protocol::Dialect;
use lynkr_protocol::neutral::Usage;
use lynkr_routing::{Prices, TokenUse};

/// The prices in effect, which may be replaced at any time.
#[derive(Debug, Default)]
pub struct PriceBook(RwLock<Arc<Prices>>);

impl PriceBook {
    /// These prices, until they are replaced.
    pub fn new(prices: Prices) -> Self {
        Self(RwLock::new(Arc::new(prices)))
    }

    /// The prices as they are now.
    pub fn now(&self) -> Arc<Prices> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Other prices from now on.
    pub fn replace(&self, prices: Prices) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(prices);
    }
}

/// What a request cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// In billionths of a US dollar, rounded up.
    pub nanos: u64,
    /// How the price was found; [`lynkr_routing::PriceSource::name`], or one of this type's own.
    pub source: &'static str,
}

impl Cost {
    /// There was no answer: nobody charges for that.
    pub const UNANSWERED: Self = Self { nanos: 0, source: "unanswered" };

    /// No provider was asked.
    pub const MADE_HERE: Self = Self { nanos: 0, source: "local" };

    /// What these counts cost. `None` when the input or the output wasn't measured, or a price isn't known.
    pub fn of(prices: &Prices, served: Served<'_>, usage: &Usage) -> Option<Self> {
        usage.total_input().and(usage.output)?;
        let quote = prices.of_served(served.provider, served.model, served.answered_by)?;
        let cost = quote.price.cost(&tokens(usage))?;
        Some(Self { nanos: cost.nanos(), source: quote.source.name() })
    }

    /// In US dollars, for the log.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub(crate) fn dollars(self) -> f64 {
        self.nanos as f64 / 1e9
    }

    /// In US dollars, exactly, without zeros at the end: `0.00042`.
    pub(crate) fn to_dollars(self) -> String {
        let (whole, rest) = (self.nanos / 1_000_000_000, self.nanos % 1_000_000_000);
        let digits = format!("{rest:09}");
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() { whole.to_string() } else { format!("{whole}.{digits}") }
    }
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served<'a> {
    /// The provider.
    pub provider: &'a str,
    /// The model that it was asked for.
    pub model: &'a str,
    /// The model's own name for itself; empty when it didn't say.
    pub answered_by: &'a str,
}

/// The counts of an answer as they are paid for; what wasn't measured is zero.
pub fn tokens(usage: &Usage) -> TokenUse {
    let written = usage.cache_write.unwrap_or(0);
    let for_an_hour = if written == 0 { 0 } else { written_for_an_hour(usage).min(written) };
    TokenUse {
        input: usage.input.unwrap_or(0),
        cache_read: usage.cache_read.unwrap_or(0),
        cache_write: written - for_an_hour,
        cache_write_1h: for_an_hour,
        output: usage.output.unwrap_or(0),
        reasoning: usage.reasoning.unwrap_or(0),
    }
}

/// What went into the cache for an hour, as Anthropic and Bedrock tell it apart.
fn written_for_an_hour(usage: &Usage) -> u64 {
    if let Some(parts) = usage.extra.find(Dialect::Anthropic, "cache_creation") {
        return parts.to_value()["ephemeral_1h_input_tokens"].as_u64().unwrap_or(0);
    }
    let Some(parts) = usage.extra.find(Dialect::BedrockConverse, "cacheDetails") else { return 0 };
    let parts = parts.to_value();
    let of_an_hour = parts.as_array().into_iter().flatten().filter(|part| part["ttl"] == "1h");
    of_an_hour.filter_map(|part| part["inputTokens"].as_u64()).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    //! Counts as they are paid for.

    use lynkr_protocol::neutral::Extra;
    use lynkr_protocol::wire::{Json, Rest};
    use serde_json::json;

    use super::*;

    fn usage(dialect: Dialect, name: &str, value: &serde_json::Value) -> Usage {
        let mut rest = Rest::default();
        rest.push(name, Json::of(value));
        Usage {
            input: Some(10),
            cache_write: Some(100),
            output: Some(5),
            extra: Extra::new(dialect, rest),
            ..Usage::default()
        }
    }

    #[test]
    fn an_hour_in_the_cache_is_told_apart() {
        let parts = json!({"ephemeral_5m_input_tokens": 40, "ephemeral_1h_input_tokens": 60});
        let counted = tokens(&usage(Dialect::Anthropic, "cache_creation", &parts));
        assert_eq!((counted.cache_write, counted.cache_write_1h), (40, 60));
        let parts = json!([{"inputTokens": 30, "ttl": "1h"}, {"inputTokens": 70, "ttl": "5m"}]);
        let counted = tokens(&usage(Dialect::BedrockConverse, "cacheDetails", &parts));
        assert_eq!((counted.cache_write, counted.cache_write_1h), (70, 30));
        // Parts are never more than the whole.
        let parts = json!({"ephemeral_1h_input_tokens": 1_000_000});
        let counted = tokens(&usage(Dialect::Anthropic, "cache_creation", &parts));
        assert_eq!((counted.cache_write, counted.cache_write_1h), (0, 100));
    }

    #[test]
    fn dollars_are_exact() {
        let shown = |nanos| Cost { nanos, source: "local" }.to_dollars();
        let rows = [
            (0, "0"),
            (1, "0.000000001"),
            (420_000, "0.00042"),
            (1_000_000_000, "1"),
            (12_500_000_000, "12.5"),
        ];
        for (nanos, dollars) in rows {
            assert_eq!(shown(nanos), dollars);
        }
    }

    #[test]
    fn what_was_not_measured_has_no_cost() {
        let served = Served { provider: "ollama", model: "m", answered_by: "" };
        assert_eq!(Cost::of(&Prices::default(), served, &Usage::default()), None);
        let output = Usage { output: Some(3), ..Usage::default() };
        assert_eq!(Cost::of(&Prices::default(), served, &output), None);
        let measured = Usage { input: Some(0), ..output };
        let cost = Cost::of(&Prices::default(), served, &measured);
        assert_eq!(cost, Some(Cost { nanos: 0, source: "local" }));
    }
}
