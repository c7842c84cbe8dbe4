//! What models cost.

use std::collections::BTreeMap;

use lynkr_store::Charge;
use serde::Deserialize;

/// What a model costs, in dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Input.
    pub input: f64,
    /// Output.
    pub output: f64,
}

/// Prices by model. There is no table of vendors' prices: what isn't listed has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prices(BTreeMap<String, Price>);

impl Prices {
    /// Reads `{"model": {"input": 3, "output": 15}}`, dollars for a million tokens.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let prices: BTreeMap<String, Price> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        let is_price = |price: &f64| price.is_finite() && *price >= 0.0;
        match prices.iter().find(|(_, price)| !is_price(&price.input) || !is_price(&price.output)) {
            Some((model, _)) => Err(format!("the price of `{model}` is no amount")),
            None => Ok(Self(prices)),
        }
    }

    /// The price of a model.
    pub fn of(&self, model: &str) -> Option<Price> {
        self.0.get(model).copied()
    }
}

/// One request with these tokens; it costs nothing where no price is known.
pub(super) fn charge(price: Option<Price>, input: u64, output: u64) -> Charge {
    let cost_nanos =
        price.map_or(0, |price| nanos(price.input, input).saturating_add(nanos(price.output, output)));
    Charge { tokens: input.saturating_add(output), requests: 1, cost_nanos }
}

/// Dollars for a million tokens are thousands of billionths for one. Rounded up: small requests cost something.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an amount that is no less than zero, rounded up"
)]
fn nanos(dollars: f64, tokens: u64) -> u64 {
    (dollars * 1_000.0 * tokens as f64).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_of_the_listed_models() {
        let prices = Prices::parse(r#"{"m": {"input": 3, "output": 15}}"#).unwrap();
        let cost = |model| charge(prices.of(model), 1_000, 100).cost_nanos;
        assert_eq!((cost("m"), cost("other")), (4_500_000, 0));
        for wrong in
            [r#"{"m": {"input": -1, "output": 1}}"#, r#"{"m": 3}"#, "[]", "", r#"{"m": {"input": 1}}"#]
        {
            Prices::parse(wrong).unwrap_err();
        }
    }
}
