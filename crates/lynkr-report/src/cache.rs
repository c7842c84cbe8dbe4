//! What the providers' caches saved.

use std::collections::BTreeMap;

use lynkr_routing::Prices;
use lynkr_store::{GroupBy, Store, StoreError, Timestamp, UsageCell, UsageFilter};
use serde_json::{Map, Value, json};

use crate::day::day_name;
use crate::figures::percent;
use crate::window::Window;

/// Sums of cached input.
#[derive(Debug, Clone, Copy, Default)]
struct Cached {
    requests: u64,
    input: u64,
    read: u64,
    write: u64,
    unpriced: u64,
    /// In 10⁻¹² dollars.
    read_saved: i128,
    write_extra: i128,
}

impl Cached {
    fn add(&mut self, cell: &UsageCell, prices: &Prices, provider: &str, model: &str) {
        self.requests += cell.requests;
        self.input = self.input.saturating_add(cell.input_tokens);
        self.read = self.read.saturating_add(cell.cache_read_tokens);
        self.write = self.write.saturating_add(cell.cache_write_tokens);
        match difference(cell, prices, provider, model) {
            Some((read, write)) => {
                self.read_saved = self.read_saved.saturating_add(read);
                self.write_extra = self.write_extra.saturating_add(write);
            }
            None => self.unpriced += cell.requests,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn to_json(self) -> Map<String, Value> {
        let total = self.input.saturating_add(self.read).saturating_add(self.write);
        let is_priced = self.requests == 0 || self.unpriced < self.requests;
        let dollars = |picos: i128| is_priced.then_some(picos as f64 / 1e12);
        let body = json!({
            "requests": self.requests, "inputTokens": self.input,
            "cacheReadTokens": self.read, "cacheWriteTokens": self.write,
            "cacheReadPct": percent(self.read, total),
            "readSavedUsd": dollars(self.read_saved), "writeExtraUsd": dollars(self.write_extra),
            "netSavedUsd": dollars(self.read_saved - self.write_extra), "unpriced": self.unpriced,
        });
        if let Value::Object(body) = body { body } else { Map::new() }
    }
}

/// What reads saved and what writes cost beyond the price of input, in 10⁻¹² dollars.
fn difference(cell: &UsageCell, prices: &Prices, provider: &str, model: &str) -> Option<(i128, i128)> {
    if cell.cache_read_tokens == 0 && cell.cache_write_tokens == 0 {
        return Some((0, 0));
    }
    let quote = prices.of(provider, model)?;
    let exceeded = usize::try_from(cell.length).ok()?.checked_sub(1);
    let length = exceeded.and_then(|index| lynkr_store::LENGTHS.get(index)).map_or(0, |length| length + 1);
    let rates = quote.price.rates_for(length);
    let input = i128::from(rates.input?);
    let part = |tokens: u64, rate: Option<u64>| -> Option<i128> {
        if tokens == 0 { Some(0) } else { Some(i128::from(tokens).saturating_mul(input - i128::from(rate?))) }
    };
    Some((
        part(cell.cache_read_tokens, rates.cache_read)?,
        -part(cell.cache_write_tokens, rates.cache_write)?,
    ))
}

/// What caches saved in a window: altogether, by provider, model, client and day.
pub async fn cache(
    store: &Store,
    filter: &UsageFilter,
    window: &Window,
    prices: &Prices,
) -> Result<Value, StoreError> {
    let filter = UsageFilter { since: window.since, until: window.until, ..filter.clone() };
    let groups = [GroupBy::Day, GroupBy::Provider, GroupBy::Model];
    let cells = store.usage().cells(&filter, &groups).await?;
    let clients = [GroupBy::Client, GroupBy::Provider, GroupBy::Model];
    let of_clients = store.usage().cells(&filter, &clients).await?;
    let total = grouped(&cells, prices, |_| Vec::new());
    let pick = |places: &'static [usize]| {
        move |cell: &UsageCell| places.iter().filter_map(|place| cell.groups.get(*place).cloned()).collect()
    };
    let mut days = grouped(&cells, prices, pick(&[0]));
    days.sort_by_key(|(values, _)| day_of(values));
    let days: Vec<(Vec<String>, Cached)> =
        days.into_iter().map(|(values, cached)| (vec![day_name(day_of(&values))], cached)).collect();
    Ok(json!({
        "window": window.name, "since": window.since.map(Timestamp::as_millis),
        "totals": total.first().map_or_else(Cached::default, |(_, cached)| *cached).to_json(),
        "byProvider": rows(&grouped(&cells, prices, pick(&[1])), &["name"]),
        "byModel": rows(&grouped(&cells, prices, pick(&[2, 1])), &["name", "provider"]),
        "byClient": rows(&grouped(&of_clients, prices, pick(&[0])), &["name"]),
        "byDay": rows(&days, &["name"]),
    }))
}

fn day_of(values: &[String]) -> i64 {
    values.first().and_then(|day| day.parse().ok()).unwrap_or(0)
}

/// Cells, whose second and third values are the provider and the model, by what is picked of them; the most tokens first.
fn grouped(
    cells: &[UsageCell],
    prices: &Prices,
    pick: impl Fn(&UsageCell) -> Vec<String>,
) -> Vec<(Vec<String>, Cached)> {
    let mut sums: BTreeMap<Vec<String>, Cached> = BTreeMap::new();
    for cell in cells {
        let text = |place: usize| cell.groups.get(place).map_or("", String::as_str);
        sums.entry(pick(cell)).or_default().add(cell, prices, text(1), text(2));
    }
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_key(|(_, cached)| std::cmp::Reverse(cached.read.saturating_add(cached.input)));
    rows
}

fn rows(found: &[(Vec<String>, Cached)], names: &[&str]) -> Vec<Value> {
    let row = |(values, cached): &(Vec<String>, Cached)| {
        let mut body = Map::new();
        for (name, value) in names.iter().zip(values) {
            body.insert((*name).to_owned(), Some(value).filter(|value| !value.is_empty()).cloned().into());
        }
        body.extend(cached.to_json());
        Value::Object(body)
    };
    found.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_save_and_writes_cost() {
        let cell = UsageCell {
            requests: 1,
            cache_read_tokens: 1_000_000,
            cache_write_tokens: 1_000_000,
            ..UsageCell::default()
        };
        let mut cached = Cached::default();
        cached.add(&cell, &Prices::default(), "anthropic", "claude-sonnet-4-5");
        let shown = cached.to_json();
        // 3 dollars for a million, 0.30 from the cache and 3.75 into it.
        assert_eq!((&shown["readSavedUsd"], &shown["writeExtraUsd"]), (&json!(2.7), &json!(0.75)));
        assert_eq!((&shown["netSavedUsd"], &shown["cacheReadPct"]), (&json!(1.95), &json!(50.0)));
        let mut unknown = Cached::default();
        unknown.add(&cell, &Prices::default(), "nobody", "nothing");
        assert_eq!((unknown.unpriced, &unknown.to_json()["netSavedUsd"]), (1, &Value::Null));
    }
}
