//! The operator's own prices.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::convert::whole;
use super::names::undated;
use super::price::{LongContext, Price, Rates};
use super::sellers::Seller;

/// What is wrong with the operator's prices, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// No JSON.
    #[error("is no JSON: {0}")]
    Json(String),
    /// Not an object.
    #[error("has to be an object with an object for each model")]
    NoObject,
    /// A model whose price isn't an object.
    #[error("`{0}` has to be an object such as {{\"input\": 3, \"output\": 15}}")]
    NoPrice(String),
    /// A field that is no amount.
    #[error("`{model}`: `{field}` has to be dollars for a million tokens, from 0 to 1000000")]
    NoAmount {
        /// The model.
        model: String,
        /// The field.
        field: String,
    },
    /// A field that has to be there.
    #[error("`{model}`: `{field}` is missing")]
    Missing {
        /// The model.
        model: String,
        /// The field.
        field: String,
    },
    /// A field that there isn't.
    #[error("`{model}`: there is no `{field}`; there are {KNOWN}")]
    Unknown {
        /// The model.
        model: String,
        /// The field.
        field: String,
    },
    /// A threshold that is no number of tokens.
    #[error(
        "`{model}`: `above` has to be an object such as {{\"200000\": {{\"input\": 6}}}}, and `{threshold}` is no number of tokens"
    )]
    NoThreshold {
        /// The model.
        model: String,
        /// What stands there.
        threshold: String,
    },
}

const KNOWN: &str = "input, output, cache_read, cache_write, cache_write_1h, above";

/// The operator's own prices by `model`, `provider:model` or `provider:*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides(BTreeMap<String, Price>);

impl Overrides {
    /// Reads `{"model": {"input": 3, "output": 15}}`, dollars for a million tokens. A price may have `cache_read`,
    /// `cache_write`, `cache_write_1h`, and `above` with other prices for requests with more input than a threshold.
    pub fn parse(text: &str) -> Result<Self, OverrideError> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| OverrideError::Json(error.to_string()))?;
        let list = value.as_object().ok_or(OverrideError::NoObject)?;
        let one = |(model, value): (&String, &Value)| {
            let fields = value.as_object().ok_or_else(|| OverrideError::NoPrice(model.clone()))?;
            Ok((model.trim().to_ascii_lowercase(), price(model, fields)?))
        };
        Ok(Self(list.iter().map(one).collect::<Result<_, OverrideError>>()?))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The price of a model, whose name is in small letters.
    pub(super) fn of(&self, seller: Seller<'_>, model: &str) -> Option<Price> {
        if self.0.is_empty() {
            return None;
        }
        let named = |model: &str| {
            let full = [format!("{}:{model}", seller.name), format!("{}/{model}", seller.name)];
            full.iter().find_map(|name| self.0.get(name)).or_else(|| self.0.get(model))
        };
        let dateless = || undated(model).and_then(|model| named(&model));
        let every = || self.0.get(&format!("{}:*", seller.name));
        named(model).or_else(dateless).or_else(every).cloned()
    }
}

fn price(model: &str, fields: &Map<String, Value>) -> Result<Price, OverrideError> {
    let rates = rates(model, fields)?;
    for (field, rate) in [("input", rates.input), ("output", rates.output)] {
        if rate.is_none() {
            return Err(OverrideError::Missing { model: model.to_owned(), field: field.to_owned() });
        }
    }
    let no_threshold = |threshold: &str| OverrideError::NoThreshold {
        model: model.to_owned(),
        threshold: threshold.to_owned(),
    };
    let mut long = Vec::new();
    if let Some(value) = fields.get("above") {
        for (threshold, value) in value.as_object().ok_or_else(|| no_threshold(&value.to_string()))? {
            let above = threshold.trim().parse().map_err(|_| no_threshold(threshold))?;
            let inner = value.as_object().ok_or_else(|| no_threshold(threshold))?;
            if inner.contains_key("above") {
                return Err(no_threshold(threshold));
            }
            long.push(LongContext { above, rates: self::rates(model, inner)? });
        }
    }
    long.sort_by_key(|long| long.above);
    Ok(Price { rates, long })
}

fn rates(model: &str, fields: &Map<String, Value>) -> Result<Rates, OverrideError> {
    let mut rates = Rates::default();
    for (field, value) in fields {
        let place = match field.as_str() {
            "input" => &mut rates.input,
            "output" => &mut rates.output,
            "cache_read" | "cacheRead" => &mut rates.cache_read,
            "cache_write" | "cacheWrite" => &mut rates.cache_write,
            "cache_write_1h" | "cacheWrite1h" => &mut rates.cache_write_1h,
            "above" => continue,
            _ => return Err(OverrideError::Unknown { model: model.to_owned(), field: field.clone() }),
        };
        let wrong = || OverrideError::NoAmount { model: model.to_owned(), field: field.clone() };
        // Dollars for a million tokens are millions of 10⁻¹² dollars for one.
        let amount = value.as_f64().filter(|dollars| (0.0..=1e6).contains(dollars)).ok_or_else(wrong)?;
        *place = whole((amount * 1e6).round());
    }
    Ok(rates)
}
