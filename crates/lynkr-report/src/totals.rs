//! What cells add up to, with what the flagship would have cost.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use lynkr_store::{Timestamp, UsageCell};
use serde_json::{Map, Value, json};

use crate::figures::{dollars, dollars_of_picos, mean, percent, percent_of_costs};
use crate::flagship::Flagship;

/// Sums of requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// How many.
    pub requests: u64,
    /// How many failed.
    pub errors: u64,
    /// How many another model than the first answered.
    pub fallbacks: u64,
    /// How many a session's pin decided.
    pub pinned: u64,
    /// Tokens in, outside of caches.
    pub input_tokens: u64,
    /// Tokens out.
    pub output_tokens: u64,
    /// Tokens from the providers' caches.
    pub cache_read_tokens: u64,
    /// Tokens into the providers' caches.
    pub cache_write_tokens: u64,
    /// Tokens of reasoning.
    pub reasoning_tokens: u64,
    /// Billionths of a dollar, of those whose price is known.
    pub cost_nanos: u64,
    /// How many have no known price.
    pub unpriced: u64,
    /// What all of them would have cost at the flagship, in 10⁻¹² dollars; `None` when that isn't known.
    pub flagship: Option<u128>,
    /// The same of those whose own price is known.
    pub flagship_of_priced: Option<u128>,
    /// How long all of them took.
    pub latency_ms: u64,
    /// How long those took to their first content that had any.
    pub first_token_ms: u64,
    /// How many had any.
    pub first_tokens: u64,
    /// When the first came.
    pub first_at: Option<Timestamp>,
    /// When the last came.
    pub last_at: Option<Timestamp>,
}

impl Totals {
    /// Nothing yet.
    pub fn none(flagship: &Flagship) -> Self {
        let zero = flagship.is_priced().then_some(0);
        Self { flagship: zero, flagship_of_priced: zero, ..Self::default() }
    }

    /// Adds a cell.
    pub fn add(&mut self, cell: &UsageCell, flagship: &Flagship) {
        self.requests += cell.requests;
        self.errors += cell.errors;
        self.fallbacks += cell.fallbacks;
        self.pinned += cell.pinned;
        self.input_tokens = self.input_tokens.saturating_add(cell.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(cell.output_tokens);
        self.cache_read_tokens = self.cache_read_tokens.saturating_add(cell.cache_read_tokens);
        self.cache_write_tokens = self.cache_write_tokens.saturating_add(cell.cache_write_tokens);
        self.reasoning_tokens = self.reasoning_tokens.saturating_add(cell.reasoning_tokens);
        self.cost_nanos = self.cost_nanos.saturating_add(cell.cost_nanos);
        self.unpriced += if cell.priced { 0 } else { cell.requests };
        let cost = flagship.cost(cell).map(lynkr_routing::Money::picos);
        self.flagship = plus(self.flagship, cost);
        if cell.priced {
            self.flagship_of_priced = plus(self.flagship_of_priced, cost);
        }
        self.latency_ms = self.latency_ms.saturating_add(cell.latency_ms);
        self.first_token_ms = self.first_token_ms.saturating_add(cell.first_token_ms);
        self.first_tokens += cell.first_tokens;
        self.first_at = Some(self.first_at.map_or(cell.first_at, |at| at.min(cell.first_at)));
        self.last_at = Some(self.last_at.map_or(cell.last_at, |at| at.max(cell.last_at)));
    }

    /// All tokens.
    pub fn tokens(&self) -> u64 {
        self.total_input().saturating_add(self.output_tokens)
    }

    /// All input, however it was served.
    pub fn total_input(&self) -> u64 {
        self.input_tokens.saturating_add(self.cache_read_tokens).saturating_add(self.cache_write_tokens)
    }

    /// In dollars, of those whose price is known; `None` where there are requests and none's is.
    pub fn actual_cost(&self) -> Option<f64> {
        self.is_priced().then(|| dollars(self.cost_nanos))
    }

    fn is_priced(&self) -> bool {
        self.requests == 0 || self.unpriced < self.requests
    }

    /// What the flagship would have cost, in dollars.
    pub fn flagship_cost(&self) -> Option<f64> {
        self.flagship.map(dollars_of_picos)
    }

    /// What was saved against the flagship, in 10⁻¹² dollars; over the requests whose price is known.
    fn saved_picos(&self) -> Option<u128> {
        let flagship = self.flagship_of_priced.filter(|_| self.is_priced())?;
        Some(flagship.saturating_sub(u128::from(self.cost_nanos) * 1_000))
    }

    /// What was saved against the flagship, in dollars: never less than nothing.
    pub fn saved(&self) -> Option<f64> {
        self.saved_picos().map(dollars_of_picos)
    }

    /// The same, of a hundred.
    pub fn saved_percent(&self) -> Option<f64> {
        percent_of_costs(self.saved_picos()?, self.flagship_of_priced?)
    }

    /// How much of the input came from caches, of a hundred.
    pub fn cache_read_percent(&self) -> Option<f64> {
        percent(self.cache_read_tokens, self.total_input())
    }

    /// The documented form.
    pub fn to_json(&self) -> Map<String, Value> {
        let body = json!({
            "requests": self.requests, "errors": self.errors, "fallbacks": self.fallbacks,
            "inputTokens": self.input_tokens, "outputTokens": self.output_tokens,
            "cacheReadTokens": self.cache_read_tokens, "cacheWriteTokens": self.cache_write_tokens,
            "reasoningTokens": self.reasoning_tokens, "totalTokens": self.tokens(),
            "actualCost": self.actual_cost(), "unpriced": self.unpriced,
            "flagshipCost": self.flagship_cost(), "saved": self.saved(), "savedPercent": self.saved_percent(),
            "cacheReadPct": self.cache_read_percent(), "avgLatencyMs": mean(self.latency_ms, self.requests),
        });
        if let Value::Object(body) = body { body } else { Map::new() }
    }
}

fn plus(sum: Option<u128>, more: Option<u128>) -> Option<u128> {
    Some(sum?.saturating_add(more?))
}

/// All cells together.
pub fn sum<'c>(cells: impl IntoIterator<Item = &'c UsageCell>, flagship: &Flagship) -> Totals {
    let mut totals = Totals::none(flagship);
    for cell in cells {
        totals.add(cell, flagship);
    }
    totals
}

/// Cells by the values of some of their groups, the dearest first.
pub fn by(cells: &[UsageCell], groups: &[usize], flagship: &Flagship) -> Vec<(Vec<String>, Totals)> {
    let mut sums: BTreeMap<Vec<String>, Totals> = BTreeMap::new();
    for cell in cells {
        let value = |group: &usize| cell.groups.get(*group).cloned().unwrap_or_default();
        let name: Vec<String> = groups.iter().map(value).collect();
        sums.entry(name).or_insert_with(|| Totals::none(flagship)).add(cell, flagship);
    }
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_key(|(_, own)| Reverse((own.cost_nanos, own.requests)));
    rows
}

/// The same cells by fewer of their groups: what one look at the records tells by several groups at once.
pub(crate) fn narrowed(cells: &[UsageCell], groups: &[usize]) -> Vec<UsageCell> {
    let mut sums: BTreeMap<(Vec<String>, bool, u64), UsageCell> = BTreeMap::new();
    for cell in cells {
        let value = |group: &usize| cell.groups.get(*group).cloned().unwrap_or_default();
        let name: Vec<String> = groups.iter().map(value).collect();
        match sums.entry((name, cell.priced, cell.length)) {
            Entry::Occupied(mut sum) => add(sum.get_mut(), cell),
            Entry::Vacant(place) => {
                let groups = place.key().0.clone();
                place.insert(UsageCell { groups, ..cell.clone() });
            }
        }
    }
    sums.into_values().collect()
}

fn add(sum: &mut UsageCell, cell: &UsageCell) {
    sum.requests += cell.requests;
    sum.errors += cell.errors;
    sum.fallbacks += cell.fallbacks;
    sum.pinned += cell.pinned;
    sum.input_tokens = sum.input_tokens.saturating_add(cell.input_tokens);
    sum.output_tokens = sum.output_tokens.saturating_add(cell.output_tokens);
    sum.cache_read_tokens = sum.cache_read_tokens.saturating_add(cell.cache_read_tokens);
    sum.cache_write_tokens = sum.cache_write_tokens.saturating_add(cell.cache_write_tokens);
    sum.reasoning_tokens = sum.reasoning_tokens.saturating_add(cell.reasoning_tokens);
    sum.cost_nanos = sum.cost_nanos.saturating_add(cell.cost_nanos);
    sum.latency_ms = sum.latency_ms.saturating_add(cell.latency_ms);
    sum.first_token_ms = sum.first_token_ms.saturating_add(cell.first_token_ms);
    sum.first_tokens += cell.first_tokens;
    sum.first_at = sum.first_at.min(cell.first_at);
    sum.last_at = sum.last_at.max(cell.last_at);
}

/// Such rows as JSON: the values under their names, null for none, and the totals.
pub fn rows(found: &[(Vec<String>, Totals)], names: &[&str]) -> Vec<Value> {
    let row = |(values, totals): &(Vec<String>, Totals)| {
        let mut body = Map::new();
        for (name, value) in names.iter().zip(values) {
            body.insert((*name).to_owned(), Some(value).filter(|value| !value.is_empty()).cloned().into());
        }
        body.extend(totals.to_json());
        Value::Object(body)
    };
    found.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lynkr_routing::Prices;

    fn cell(cost: Option<u64>, requests: u64, input: u64) -> UsageCell {
        UsageCell {
            groups: vec!["a".to_owned()],
            priced: cost.is_some(),
            requests,
            input_tokens: input,
            cost_nanos: cost.unwrap_or(0),
            ..UsageCell::default()
        }
    }

    fn totals(cells: &[UsageCell], flagship: &str) -> Totals {
        sum(cells, &Flagship::new(&Prices::default(), flagship))
    }

    #[test]
    fn savings_count_only_what_has_a_price() {
        // A million tokens are 3 dollars at the flagship.
        let both = [cell(Some(1_000_000_000), 4, 1_000_000), cell(None, 1, 1_000_000)];
        let sums = totals(&both, crate::FLAGSHIP);
        assert_eq!((sums.actual_cost(), sums.flagship_cost()), (Some(1.0), Some(6.0)));
        assert_eq!((sums.saved(), sums.saved_percent(), sums.unpriced), (Some(2.0), Some(66.7), 1));
    }

    #[test]
    fn what_is_not_known_is_null_and_what_is_nothing_is_zero() {
        let unpriced = totals(&[cell(None, 2, 10)], crate::FLAGSHIP);
        assert_eq!((unpriced.actual_cost(), unpriced.saved(), unpriced.saved_percent()), (None, None, None));
        let nothing = totals(&[], crate::FLAGSHIP);
        assert_eq!(
            (nothing.actual_cost(), nothing.saved(), nothing.saved_percent()),
            (Some(0.0), Some(0.0), None)
        );
        assert_eq!(nothing.to_json()["avgLatencyMs"], Value::Null);
        let unknown = totals(&[cell(Some(5), 1, 10)], "nobody-sells-this");
        assert_eq!((unknown.flagship_cost(), unknown.saved()), (None, None));
    }

    #[test]
    fn nothing_is_saved_with_a_dearer_model() {
        let dear = totals(&[cell(Some(9_000_000_000), 1, 1_000_000)], crate::FLAGSHIP);
        assert_eq!((dear.saved(), dear.saved_percent()), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn cells_by_fewer_groups_are_what_the_store_would_have_told() {
        let named = |names: [&str; 2], cell: UsageCell| UsageCell {
            groups: names.map(str::to_owned).to_vec(),
            ..cell
        };
        let cells = [
            named(["a", "x"], UsageCell { first_at: Timestamp::from_millis(5), ..cell(Some(1), 2, 10) }),
            named(["a", "y"], UsageCell { first_at: Timestamp::from_millis(3), ..cell(Some(4), 1, 20) }),
            named(["a", "x"], cell(None, 1, 7)),
            named(["b", "x"], UsageCell { length: 1, ..cell(Some(2), 1, 1) }),
        ];
        let found = narrowed(&cells, &[0]);
        let told = |own: &UsageCell| {
            (own.groups.clone(), own.priced, own.length, own.requests, own.input_tokens, own.cost_nanos)
        };
        let name = |name: &str| vec![name.to_owned()];
        assert_eq!(
            found.iter().map(told).collect::<Vec<_>>(),
            [(name("a"), false, 0, 1, 7, 0), (name("a"), true, 0, 3, 30, 5), (name("b"), true, 1, 1, 1, 2)]
        );
        assert_eq!(found[1].first_at, Timestamp::from_millis(3));
        assert_eq!(narrowed(&cells, &[1, 0])[0].groups, ["x", "a"]);
    }
}
