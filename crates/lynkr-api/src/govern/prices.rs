//! What is charged to budgets.

use lynkr_routing::{Quote, TokenUse};
use lynkr_store::Charge;

/// One request with these tokens; it costs nothing where no price is known.
pub(super) fn charge(quote: Option<&Quote>, tokens: &TokenUse) -> Charge {
    let cost = quote.and_then(|quote| quote.price.cost(tokens));
    Charge {
        tokens: tokens.total_input().saturating_add(tokens.output),
        requests: 1,
        cost_nanos: cost.map_or(0, lynkr_routing::Money::nanos),
    }
}

#[cfg(test)]
mod tests {
    use lynkr_routing::{Overrides, Prices, Table};

    use super::*;

    #[test]
    fn costs_are_of_known_models() {
        let overrides = Overrides::parse(r#"{"m": {"input": 3, "output": 15}}"#).unwrap();
        let prices = Prices::new(Table::built_in(), overrides);
        let tokens = TokenUse { input: 900, cache_read: 100, output: 100, ..TokenUse::default() };
        let cost = |model| charge(prices.of("anthropic", model).as_deref(), &tokens);
        // 900 at 3, 100 at a tenth of it, 100 at 15 dollars for a million.
        assert_eq!(
            cost("m"),
            Charge { tokens: 1_100, requests: 1, cost_nanos: 2_700_000 + 30_000 + 1_500_000 }
        );
        assert_eq!(cost("unheard-of").cost_nanos, 0);
    }
}
