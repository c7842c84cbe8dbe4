//! Each rule with figures that speak for it and against it.

use lynkr_routing::Prices;

use super::super::{BudgetUse, Setup};
use super::*;

fn cell(groups: &[&str], requests: u64) -> UsageCell {
    UsageCell {
        groups: groups.iter().map(|&own| own.to_owned()).collect(),
        priced: true,
        requests,
        ..UsageCell::default()
    }
}

fn tiers() -> Setup {
    let tier = |own: [&str; 3]| own.map(str::to_owned);
    Setup {
        tiers: vec![
            tier(["SIMPLE", "openai", "gpt-4o-mini"]),
            tier(["COMPLEX", "anthropic", "claude-sonnet-4-5"]),
        ],
        budgets: Vec::new(),
    }
}

fn evidence() -> Evidence {
    Evidence { setup: tiers(), prices: Prices::default(), ..Evidence::default() }
}

#[test]
fn a_dear_model_for_easy_requests_is_told_with_what_it_costs() {
    let dear = UsageCell {
        input_tokens: 1_000_000,
        cost_nanos: 3_000_000_000,
        ..cell(&["SIMPLE", "COMPLEX", "anthropic", "claude-sonnet-4-5"], 40)
    };
    let found = overkill(&Evidence { routed: vec![dear.clone()], ..evidence() }).found;
    assert_eq!(found.len(), 1);
    assert!((found[0].saving.unwrap() - 2.85).abs() < 1e-9, "{found:?}");
    // Too few; the right tier; no tiers.
    let few = UsageCell { requests: 19, ..dear.clone() };
    assert!(overkill(&Evidence { routed: vec![few], ..evidence() }).found.is_empty());
    let right = UsageCell {
        groups: ["COMPLEX", "COMPLEX", "anthropic", "x"].map(str::to_owned).to_vec(),
        ..dear.clone()
    };
    assert!(overkill(&Evidence { routed: vec![right], ..evidence() }).found.is_empty());
    assert!(overkill(&Evidence { routed: vec![dear], ..Evidence::default() }).found.is_empty());
}

#[test]
fn an_unknown_price_is_said_and_no_saving_is_made_up() {
    let unknown = UsageCell { priced: false, ..cell(&["SIMPLE", "COMPLEX", "mine", "secret"], 40) };
    let found = overkill(&Evidence { routed: vec![unknown], ..evidence() }).found;
    assert_eq!((found[0].saving, found[0].evidence[1].1.clone()), (None, json!("not known")));
    let model = UsageCell { priced: false, input_tokens: 5, ..cell(&["mine", "secret", ""], 3) };
    let found = unpriced(&Evidence { models: vec![model], ..evidence() }).found;
    assert_eq!(found[0].evidence[0].1, json!(3));
}

#[test]
fn a_provider_that_fails_is_told_and_clients_that_leave_are_not_its_fault() {
    let errors = |failed: u64, left: u64| {
        let failure = |kind: &str, count: u64| UsageCell { errors: count, ..cell(&["openai", kind], count) };
        vec![cell(&["openai", ""], 100 - failed - left), failure("Overloaded", failed), failure(LEFT, left)]
    };
    let found = |failed, left| failing(&Evidence { errors: errors(failed, left), ..evidence() }).found;
    assert!(found(4, 50).is_empty() || found(4, 50)[0].severity == Severity::Warn);
    assert!(found(0, 60).is_empty());
    let warned = found(10, 0);
    assert_eq!(
        (warned[0].severity, warned[0].title.as_str()),
        (Severity::Warn, "openai fails 10 % of its requests")
    );
    assert_eq!(warned[0].evidence[3].1, json!("Overloaded (10)"));
    assert_eq!(found(30, 0)[0].severity, Severity::Critical);
}

#[test]
fn fallbacks_are_told_by_tier() {
    let often = UsageCell { fallbacks: 10, ..cell(&["openai", "m", "SIMPLE"], 40) };
    let found = fallbacks(&Evidence { models: vec![often], ..evidence() }).found;
    assert_eq!(found[0].title, "SIMPLE falls back 25 % of the time");
    let seldom = UsageCell { fallbacks: 1, ..cell(&["openai", "m", "SIMPLE"], 40) };
    assert!(fallbacks(&Evidence { models: vec![seldom], ..evidence() }).found.is_empty());
}

#[test]
fn cold_caches_are_told_where_caches_work() {
    let client = |name: &str, read: u64| UsageCell {
        input_tokens: 400_000,
        cache_read_tokens: read,
        ..cell(&[name, "anthropic"], 40)
    };
    let found = cache_low(&Evidence {
        clients: vec![client("aider", 1_000), client("claude-cli", 4_000_000)],
        ..evidence()
    });
    assert_eq!(found.found.iter().map(|own| own.subject.1.as_str()).collect::<Vec<_>>(), ["aider"]);
    // Nobody reads from this provider's cache: perhaps it has none.
    assert!(cache_low(&Evidence { clients: vec![client("aider", 0)], ..evidence() }).found.is_empty());
}

#[test]
fn budgets_are_told_from_four_fifths_on() {
    let budget = |used| BudgetUse {
        subject: "key laptop".to_owned(),
        period: "month".to_owned(),
        unit: "cost",
        used,
        limit: 10_000_000_000,
    };
    let found = |used| {
        let setup = Setup { budgets: vec![budget(used)], ..tiers() };
        budget_near(&Evidence { setup, ..evidence() }).found
    };
    assert!(found(7_900_000_000).is_empty());
    assert_eq!(found(8_000_000_000)[0].evidence[0].1, json!(8.0));
    assert_eq!(found(10_000_000_000)[0].severity, Severity::Critical);
}

#[test]
fn one_dear_model_is_told_only_without_tiers() {
    let model = UsageCell { cost_nanos: 5, output_tokens: 4_000, ..cell(&["anthropic", "opus", ""], 40) };
    let without = Evidence { models: vec![model.clone()], setup: Setup::default(), ..evidence() };
    assert_eq!(one_for_all(&without).found.len(), 1);
    assert!(one_for_all(&Evidence { models: vec![model], ..evidence() }).found.is_empty());
}

#[test]
fn without_figures_nothing_is_said() {
    for (id, _, rule) in RULES {
        assert!(rule(&evidence()).found.is_empty(), "{id}");
        assert!(rule(&Evidence::default()).found.is_empty(), "{id}");
    }
}
