//! One model's price, and what tokens cost at it.

use super::amount::Money;

/// Prices of one token of each kind, in 10⁻¹² dollars: a million times as much in dollars for a million tokens.
/// `None` is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    /// Input that no cache served and that went into none.
    pub input: Option<u64>,
    /// Output.
    pub output: Option<u64>,
    /// Input from the provider's cache.
    pub cache_read: Option<u64>,
    /// Input that goes into the provider's cache, for the few minutes that are usual.
    pub cache_write: Option<u64>,
    /// Input that goes into the provider's cache for an hour.
    pub cache_write_1h: Option<u64>,
    /// Reasoning, where it costs something else than other output.
    pub reasoning: Option<u64>,
}

impl Rates {
    /// Every price by one rule.
    fn map(self, rule: impl Fn(u64) -> u64) -> Self {
        Self {
            input: self.input.map(&rule),
            output: self.output.map(&rule),
            cache_read: self.cache_read.map(&rule),
            cache_write: self.cache_write.map(&rule),
            cache_write_1h: self.cache_write_1h.map(&rule),
            reasoning: self.reasoning.map(&rule),
        }
    }

    /// What the cache costs where nothing is said.
    fn with_cache(self, caching: Caching) -> Self {
        let part = |thousandths| self.input.map(|input| scaled(input, thousandths, 1_000));
        let cache_write = self.cache_write.or_else(|| part(caching.write));
        let hour = cache_write.map(|write| scaled(write, caching.write_1h, caching.write));
        Self {
            cache_read: self.cache_read.or_else(|| part(caching.read)),
            cache_write,
            cache_write_1h: self.cache_write_1h.or(hour),
            ..self
        }
    }

    /// What is missing, from others.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            cache_read: self.cache_read.or(other.cache_read),
            cache_write: self.cache_write.or(other.cache_write),
            cache_write_1h: self.cache_write_1h.or(other.cache_write_1h),
            reasoning: self.reasoning.or(other.reasoning),
        }
    }
}

/// Prices of requests whose whole input has more tokens than a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LongContext {
    /// Requests with more input tokens than this, cached ones counted.
    pub above: u64,
    /// What every token of such a request costs.
    pub rates: Rates,
}

/// One model's price.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Price {
    /// What tokens cost.
    pub rates: Rates,
    /// Other prices for long requests, the smallest threshold first.
    pub long: Vec<LongContext>,
}

/// What a seller's cache costs where a price doesn't say, in thousandths of the price of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caching {
    pub(super) read: u64,
    pub(super) write: u64,
    pub(super) write_1h: u64,
}

/// The tokens of one request; each is counted in one place only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenUse {
    /// Input that no cache served and that went into none.
    pub input: u64,
    /// Input from the provider's cache.
    pub cache_read: u64,
    /// Input that went into the provider's cache for a few minutes.
    pub cache_write: u64,
    /// Input that went into the provider's cache for an hour.
    pub cache_write_1h: u64,
    /// Output, reasoning included.
    pub output: u64,
    /// The part of the output that was reasoning.
    pub reasoning: u64,
}

impl TokenUse {
    /// All input, however it was served.
    pub const fn total_input(&self) -> u64 {
        let cached = self.cache_read.saturating_add(self.cache_write).saturating_add(self.cache_write_1h);
        self.input.saturating_add(cached)
    }
}

impl Price {
    /// Costs nothing.
    pub const FREE: Self = Self {
        rates: Rates {
            input: Some(0),
            output: Some(0),
            cache_read: Some(0),
            cache_write: Some(0),
            cache_write_1h: Some(0),
            reasoning: None,
        },
        long: Vec::new(),
    };

    /// What these tokens cost; `None` when some of them have no price. A request whose input exceeds a threshold costs
    /// that threshold's prices altogether, not only beyond it.
    pub fn cost(&self, tokens: &TokenUse) -> Option<Money> {
        let rates = self.rates_for(tokens.total_input());
        let reasoning = rates.reasoning.map_or(0, |_| tokens.reasoning.min(tokens.output));
        let parts = [
            (tokens.input, rates.input),
            (tokens.cache_read, rates.cache_read),
            (tokens.cache_write, rates.cache_write),
            (tokens.cache_write_1h, rates.cache_write_1h),
            (tokens.output - reasoning, rates.output),
            (reasoning, rates.reasoning),
        ];
        let mut sum = Money::ZERO;
        for (count, rate) in parts.into_iter().filter(|(count, _)| *count > 0) {
            sum += Money::from_picos(u128::from(count) * u128::from(rate?));
        }
        Some(sum)
    }

    /// The prices that hold for a request with this much input.
    pub fn rates_for(&self, total_input: u64) -> Rates {
        let long = self.long.iter().rev().find(|long| total_input > long.above);
        long.map_or(self.rates, |long| long.rates)
    }

    /// The same price with what the cache costs where it doesn't say. What a threshold doesn't say follows the
    /// input's price there.
    pub(super) fn filled(mut self, caching: Caching) -> Self {
        self.rates = self.rates.with_cache(caching);
        let base = self.rates;
        for long in &mut self.long {
            let raised = match (base.input, long.rates.input) {
                (Some(from), Some(to)) if from > 0 => base.map(|rate| scaled(rate, to, from)),
                _ => base,
            };
            let output = Rates { output: base.output, reasoning: base.reasoning, ..raised };
            long.rates = long.rates.or(output);
        }
        self
    }
}

fn scaled(rate: u64, by: u64, of: u64) -> u64 {
    let scaled = (u128::from(rate) * u128::from(by)).div_ceil(u128::from(of).max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}
