//! What tokens cost: exactly, per kind, above thresholds, and the laws that hold for every price.

use proptest::prelude::*;

use crate::prices::{Money, Overrides, Price, Prices, Rates, Table, TokenUse};

fn price(provider: &str, json: &str) -> Price {
    let prices = Prices::new(Table::built_in(), Overrides::parse(&format!(r#"{{"m": {json}}}"#)).unwrap());
    prices.of(provider, "m").unwrap().price.clone()
}

/// In millionths of a dollar; the amounts here have no smaller parts.
fn micros(price: &Price, tokens: TokenUse) -> u128 {
    let picos = price.cost(&tokens).unwrap().picos();
    assert_eq!(picos % 100_000, 0, "{picos}");
    picos / 1_000_000
}

#[test]
fn each_kind_of_token_has_its_price() {
    let price = price(
        "anthropic",
        r#"{"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75, "cache_write_1h": 6}"#,
    );
    let million = 1_000_000;
    let of = |tokens: TokenUse| micros(&price, tokens);
    assert_eq!(of(TokenUse { input: million, ..TokenUse::default() }), 3_000_000);
    assert_eq!(of(TokenUse { output: million, ..TokenUse::default() }), 15_000_000);
    assert_eq!(of(TokenUse { cache_read: million, ..TokenUse::default() }), 300_000);
    assert_eq!(of(TokenUse { cache_write: million, ..TokenUse::default() }), 3_750_000);
    assert_eq!(of(TokenUse { cache_write_1h: million, ..TokenUse::default() }), 6_000_000);
    // Reasoning is output already.
    assert_eq!(of(TokenUse { output: million, reasoning: million / 2, ..TokenUse::default() }), 15_000_000);
}

#[test]
fn what_a_price_does_not_say_of_caches_is_the_familys() {
    let all =
        TokenUse { cache_read: 1_000, cache_write: 1_000, cache_write_1h: 1_000, ..TokenUse::default() };
    for (provider, wanted) in [
        ("anthropic", 1_000 + 12_500 + 20_000),
        ("bedrock", 1_000 + 12_500 + 20_000),
        ("openai", 1_000 + 10_000 + 10_000),
        ("deepseek", 200 + 10_000 + 10_000),
        ("openai-compatible", 30_000),
    ] {
        assert_eq!(micros(&price(provider, r#"{"input": 10, "output": 1}"#), all), wanted, "{provider}");
    }
}

#[test]
fn a_long_request_costs_more_altogether() {
    let price = price(
        "anthropic",
        r#"{"input": 3, "output": 15, "above": {"200000": {"input": 6, "output": 22.5}, "500000": {"input": 9}}}"#,
    );
    let cost = |input: u64, cache_read: u64| {
        micros(&price, TokenUse { input, cache_read, output: 1_000, ..TokenUse::default() })
    };
    assert_eq!(cost(200_000, 0), 615_000);
    assert_eq!(cost(200_001, 0), 200_001 * 6 + 22_500);
    // Cached input counts to the threshold, and its price rises with the input's.
    assert_eq!(cost(100_000, 100_010), 600_000 + 10_001 * 6 + 22_500);
    // What the higher threshold doesn't say is the base's.
    assert_eq!(cost(600_000, 0), 600_000 * 9 + 15_000);
}

#[test]
fn reasoning_has_a_price_of_its_own_where_it_is_listed() {
    let rates = Rates { input: Some(1), output: Some(10), reasoning: Some(40), ..Rates::default() };
    let price = Price { rates, long: Vec::new() };
    let cost = |output, reasoning| price.cost(&TokenUse { output, reasoning, ..TokenUse::default() });
    assert_eq!(cost(100, 30), Some(Money::from_picos(70 * 10 + 30 * 40)));
    // No more than the output can be reasoning.
    assert_eq!(cost(100, 300), Some(Money::from_picos(100 * 40)));
}

#[test]
fn a_kind_without_a_price_makes_the_cost_unknown() {
    let price = Price { rates: Rates { input: Some(1), ..Rates::default() }, long: Vec::new() };
    assert_eq!(price.cost(&TokenUse { input: 5, ..TokenUse::default() }), Some(Money::from_picos(5)));
    assert_eq!(price.cost(&TokenUse { output: 5, ..TokenUse::default() }), None);
    assert_eq!(Price::default().cost(&TokenUse::default()), Some(Money::ZERO));
}

#[test]
fn nanos_round_up() {
    assert_eq!(Money::from_picos(0).nanos(), 0);
    assert_eq!(Money::from_picos(1).nanos(), 1);
    assert_eq!(Money::from_picos(1_000).nanos(), 1);
    assert_eq!(Money::from_picos(1_001).nanos(), 2);
    assert_eq!(Money::from_picos(u128::MAX).nanos(), u64::MAX);
}

fn any_use() -> impl Strategy<Value = TokenUse> {
    let count = 0..2_000_000_u64;
    (count.clone(), count.clone(), count.clone(), count.clone(), count).prop_map(
        |(input, cache_read, cache_write, cache_write_1h, output)| TokenUse {
            input,
            cache_read,
            cache_write,
            cache_write_1h,
            output,
            reasoning: output / 2,
        },
    )
}

fn sum(a: TokenUse, b: TokenUse) -> TokenUse {
    TokenUse {
        input: a.input + b.input,
        cache_read: a.cache_read + b.cache_read,
        cache_write: a.cache_write + b.cache_write,
        cache_write_1h: a.cache_write_1h + b.cache_write_1h,
        output: a.output + b.output,
        reasoning: a.reasoning + b.reasoning,
    }
}

proptest! {
    /// Where no threshold is crossed, two requests cost what one with both's tokens does.
    #[test]
    fn costs_add_up(a in any_use(), b in any_use(), input in 0_u32..100_000, output in 0_u32..100_000) {
        let json = format!(r#"{{"input": {}, "output": {}}}"#, f64::from(input) / 100.0, f64::from(output) / 100.0);
        let price = price("anthropic", &json);
        let cost = |tokens| price.cost(&tokens).unwrap();
        prop_assert_eq!(cost(a) + cost(b), cost(sum(a, b)));
    }

    /// More tokens never cost less, thresholds or not.
    #[test]
    fn costs_rise(a in any_use(), b in any_use(), above in 1_u64..1_000_000) {
        let json = format!(r#"{{"input": 3, "output": 15, "above": {{"{above}": {{"input": 6, "output": 22.5}}}}}}"#);
        let price = price("anthropic", &json);
        let cost = |tokens| price.cost(&tokens).unwrap();
        prop_assert!(cost(a) <= cost(sum(a, b)));
    }

    /// No number of tokens is too large for the sum.
    #[test]
    fn nothing_overflows(input in any::<u64>(), output in any::<u64>(), reasoning in any::<u64>()) {
        let price = price("anthropic", r#"{"input": 1000000, "output": 1000000}"#);
        let tokens = TokenUse { input, output, reasoning, cache_read: input, ..TokenUse::default() };
        prop_assert!(price.cost(&tokens).is_some());
    }
}
