//! From LiteLLM's price list (JSON) to the table. The list is read entry by entry, so that it is never in memory as a
//! whole besides its text.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::date::Date;
use super::form;
use super::price::{LongContext, Price, Rates};
use super::table::{Entry, Mode, Table, TableError};

/// Where a list came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Its name, with a version where it has one.
    pub source: &'a str,
    /// Its licence, in a line.
    pub licence: &'a str,
    /// When it was fetched.
    pub date: Date,
}

/// Why a list can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// It is no JSON object of objects.
    #[error("it is no list of prices")]
    Json(#[source] serde_json::Error),
    /// What it has makes no table.
    #[error("it makes no table")]
    Table(#[from] TableError),
}

/// Models whose sellers give them away. Elsewhere a price of zero for everything means that nobody filled it in.
const GIVEN_AWAY: &[&str] = &["zai/glm-4.5-flash", "zai/glm-4.7-flash"];

/// A dollar for a token, a thousand times the dearest there is: nothing beyond it is a price.
const DEAREST: f64 = 1.0;

/// The table of a list: models that are paid by the token and have a price for input, sorted by name.
pub fn convert(json: &[u8], origin: Origin<'_>) -> Result<Table, ConvertError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let lines = reader.deserialize_map(Lines).map_err(ConvertError::Json)?;
    reader.end().map_err(ConvertError::Json)?;
    let one_line = |text: &str| text.replace(['\n', '\r'], " ");
    let mut text = format!(
        "{}\n# source: {}\n# licence: {}\n# date: {}\n{}\n",
        form::TITLE,
        one_line(origin.source),
        one_line(origin.licence),
        origin.date,
        form::FIELDS
    );
    for line in lines.into_values() {
        text.push_str(&line);
        text.push('\n');
    }
    Ok(Table::parse(text)?)
}

/// Lines by name.
struct Lines;

impl<'de> Visitor<'de> for Lines {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an object for each model")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut lines = BTreeMap::new();
        while let Some((name, value)) = list.next_entry::<String, Value>()? {
            let entry = value.as_object().and_then(|facts| entry(&name, facts));
            if let Some(entry) = entry {
                lines.entry(entry.name.clone()).or_insert_with(|| form::write(&entry));
            }
        }
        Ok(lines)
    }
}

/// A model, if it is one that is paid by the token.
fn entry(name: &str, facts: &Map<String, Value>) -> Option<Entry> {
    let name = name.to_ascii_lowercase();
    let is_name = !name.is_empty() && !name.starts_with('#') && !name.contains(char::is_control);
    let text = |field: &str| facts.get(field).and_then(Value::as_str).unwrap_or_default();
    let can = |field: &str| facts.get(field) == Some(&Value::Bool(true));
    let mode = Mode::named(text("mode"))?;
    let provider = text("litellm_provider");
    let tiers = tiered(facts);
    let base = tiers.first().map(|(_, rates)| *rates).unwrap_or_default();
    let rates = rates(facts, "").or(base);
    let mut long = above(facts);
    long.extend(tiers.iter().skip(1).map(|(above, rates)| LongContext { above: *above, rates: *rates }));
    long.sort_by_key(|long| long.above);
    long.dedup_by_key(|long| long.above);
    rates.input?;
    let is_zero = rates.input == Some(0) && rates.output.unwrap_or(0) == 0;
    let is_unfilled = is_zero && provider != "ollama" && !GIVEN_AWAY.contains(&name.as_str());
    if !is_name || is_unfilled || name.contains('*') || provider.contains(char::is_control) {
        return None;
    }
    Some(Entry {
        provider: provider.to_owned(),
        mode,
        tools: can("supports_function_calling"),
        vision: can("supports_vision"),
        reasoning: can("supports_reasoning"),
        context: tokens(facts, "max_input_tokens").or_else(|| tokens(facts, "max_tokens")),
        most_output: tokens(facts, "max_output_tokens"),
        price: Price { rates, long },
        batch_input: rate(facts, "input_cost_per_token_batches"),
        batch_output: rate(facts, "output_cost_per_token_batches"),
        name,
    })
}

/// The prices whose fields end so.
fn rates(facts: &Map<String, Value>, ending: &str) -> Rates {
    let field = |name: &str| rate(facts, &format!("{name}{ending}"));
    let output = field("output_cost_per_token");
    Rates {
        input: field("input_cost_per_token"),
        output,
        cache_read: field("cache_read_input_token_cost"),
        cache_write: field("cache_creation_input_token_cost"),
        cache_write_1h: field("cache_creation_input_token_cost_above_1hr"),
        reasoning: field("output_cost_per_reasoning_token").filter(|reasoning| Some(*reasoning) != output),
    }
}

/// Prices above thresholds, which stand in the names of fields.
fn above(facts: &Map<String, Value>) -> Vec<LongContext> {
    let threshold = |field: &String| {
        let thousands = field.strip_prefix("input_cost_per_token_above_")?.strip_suffix("k_tokens")?;
        thousands.parse::<u64>().ok()?.checked_mul(1_000)
    };
    let at = |above: u64| LongContext {
        above,
        rates: Rates { reasoning: None, ..rates(facts, &format!("_above_{}k_tokens", above / 1_000)) },
    };
    facts.keys().filter_map(threshold).map(at).filter(|long| long.rates.input.is_some()).collect()
}

/// Prices by ranges of the input's length: from where each begins, in order.
fn tiered(facts: &Map<String, Value>) -> Vec<(u64, Rates)> {
    let tier = |tier: &Value| {
        let from = tier.get("range")?.get(0).and_then(number)?;
        Some((whole(from)?, Rates { reasoning: None, ..rates(tier.as_object()?, "") }))
    };
    let list = facts.get("tiered_pricing").and_then(Value::as_array);
    let mut tiers: Vec<(u64, Rates)> = list.into_iter().flatten().filter_map(tier).collect();
    tiers.sort_by_key(|(from, _)| *from);
    tiers
}

/// Numbers are written as texts at times.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite())
}

fn tokens(facts: &Map<String, Value>, field: &str) -> Option<u64> {
    facts.get(field).and_then(number).and_then(whole).filter(|tokens| *tokens > 0)
}

fn rate(facts: &Map<String, Value>, field: &str) -> Option<u64> {
    let dollars = facts.get(field).and_then(number).filter(|dollars| (0.0..=DEAREST).contains(dollars))?;
    whole((dollars * 1e12).round())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between zero and a trillion")]
pub(super) fn whole(number: f64) -> Option<u64> {
    (0.0..=1e12).contains(&number).then_some(number as u64)
}
