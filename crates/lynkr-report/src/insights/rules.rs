//! The rules.

use lynkr_routing::{Money, Price};
use lynkr_store::UsageCell;
use serde_json::json;

use super::{Evidence, Figure, Finding, Rule, Severity, Suggestion};
use crate::figures::{dollars, dollars_of_picos, percent};
use crate::flagship::{Flagship, cost_at};
use crate::totals::{Totals, by};

/// Every rule, in the order in which they are listed.
pub(super) const RULES: &[Rule] = &[
    ("tier-overkill", "Easy requests go to models of higher tiers", overkill),
    ("provider-failing", "A provider fails often", failing),
    ("fallbacks-frequent", "Another model than the first often answers", fallbacks),
    ("cache-low", "Little of a client's long input comes from caches", cache_low),
    ("budget-near", "A budget is nearly used up", budget_near),
    ("unpriced", "A model has no known price", unpriced),
    ("one-model-for-all", "One dear model answers everything", one_for_all),
];

/// Fewer requests prove nothing.
const LEAST: u64 = 20;

fn text(values: &[String], place: usize) -> String {
    values.get(place).cloned().unwrap_or_default()
}

/// No comparison: only sums are wanted.
fn nobody(evidence: &Evidence) -> Flagship {
    Flagship::new(&evidence.prices, "")
}

fn requests(label: &'static str, count: u64) -> Figure {
    (label, json!(count), "requests")
}

fn usd(label: &'static str, value: Option<f64>) -> Figure {
    match value {
        Some(value) => (label, json!(value), "usd"),
        None => (label, json!("not known"), "text"),
    }
}

fn share(label: &'static str, value: Option<f64>) -> Figure {
    (label, json!(value), "percent")
}

/// What the cells of one subject would have cost at another model's price.
fn at_price(cells: &[&UsageCell], price: &Price) -> Option<u128> {
    let costs: Option<Vec<u128>> = cells.iter().map(|cell| cost_at(price, cell).map(Money::picos)).collect();
    costs.map(|costs| costs.into_iter().sum())
}

/// Requests whose score alone asks for a lower tier than the one that served, model by model.
fn overkill(evidence: &Evidence) -> Finding {
    let place = |tier: &str| evidence.setup.tiers.iter().position(|own| own[0] == tier);
    let groups = by(&evidence.routed, &[0, 1, 2, 3], &nobody(evidence));
    let looked = groups.len();
    let found = groups.iter().filter_map(|(values, totals)| {
        let (base, served) = (text(values, 0), text(values, 1));
        let (low, high) = (place(&base)?, place(&served)?);
        let [_, provider, model] = evidence.setup.tiers.get(low)?;
        if low >= high || totals.requests < LEAST {
            return None;
        }
        let cells: Vec<&UsageCell> =
            evidence.routed.iter().filter(|cell| cell.priced && cell.groups == *values).collect();
        let actual = totals.actual_cost();
        let cheaper = evidence.prices.of(provider, model).and_then(|quote| at_price(&cells, &quote.price));
        let cheaper = cheaper.map(dollars_of_picos);
        let saving = actual.zip(cheaper).map(|(actual, cheaper)| actual - cheaper).filter(|own| *own > 0.0);
        // Where both prices are known, it has to be worth it.
        if actual.is_some() && cheaper.is_some() && saving.is_none() {
            return None;
        }
        let dear = text(values, 3);
        Some(Suggestion {
            severity: Severity::Info,
            title: format!("{dear} answers requests that score {base}"),
            text: format!(
                "{} requests scored {base} and were served by {dear} of {served}; {model} is there for {base}. Sticky \
                 sessions, risk words or agents may have asked for it: look at why.",
                totals.requests
            ),
            subject: ("model", dear.clone()),
            evidence: vec![
                requests("requests", totals.requests),
                usd("spent", actual),
                usd("the same with the lower tier's model", cheaper),
                requests("of them pinned by their session", totals.pinned),
            ],
            saving,
            action: Some("lynkr route \"a prompt of yours\"".to_owned()),
            filter: vec![("model", dear), ("tier", served)],
        })
    });
    Finding { looked, found: found.collect() }
}

/// What the client gave up isn't the provider's fault.
const LEFT: &str = "ClientLeft";

fn failing(evidence: &Evidence) -> Finding {
    let flagship = nobody(evidence);
    let kinds = by(&evidence.errors, &[0, 1], &flagship);
    let providers = by(&evidence.errors, &[0], &flagship);
    let found = providers.iter().filter_map(|(values, totals)| {
        let provider = text(values, 0);
        let own = |(values, _): &&(Vec<String>, Totals)| text(values, 0) == provider;
        let left: u64 = kinds.iter().filter(own).filter(|(values, _)| text(values, 1) == LEFT).map(|(_, own)| own.requests).sum();
        let (failed, judged) = (totals.errors.saturating_sub(left), totals.requests.saturating_sub(left));
        let rate = percent(failed, judged)?;
        if judged < LEAST || rate < 5.0 {
            return None;
        }
        let most = kinds
            .iter()
            .filter(own)
            .filter(|(values, _)| !matches!(text(values, 1).as_str(), "" | LEFT))
            .max_by_key(|(_, own)| own.requests)?;
        let (kind, times) = (text(&most.0, 1), most.1.requests);
        Some(Suggestion {
            severity: if rate >= 25.0 { Severity::Critical } else { Severity::Warn },
            title: format!("{provider} fails {rate} % of its requests"),
            text: format!(
                "{failed} of {judged} requests to {provider} failed, {times} of them with {kind}. `lynkr doctor` tries its \
                 key and address; a second model in its tier takes over when it fails."
            ),
            subject: ("provider", provider.clone()),
            evidence: vec![
                requests("requests", judged),
                requests("failed", failed),
                share("share", Some(rate)),
                ("most frequent error", json!(format!("{kind} ({times})")), "text"),
            ],
            saving: None,
            action: Some("lynkr doctor".to_owned()),
            filter: vec![("provider", provider)],
        })
    });
    Finding { looked: providers.len(), found: found.collect() }
}

fn fallbacks(evidence: &Evidence) -> Finding {
    let tiers = by(&evidence.models, &[2], &nobody(evidence));
    let found = tiers.iter().filter_map(|(values, totals)| {
        let (tier, rate) = (text(values, 0), percent(totals.fallbacks, totals.requests)?);
        if tier.is_empty() || totals.requests < LEAST || rate < 10.0 {
            return None;
        }
        let first = evidence.setup.tiers.iter().find(|own| own[0] == tier);
        let first = first.map_or_else(|| "the first model".to_owned(), |own| format!("{}:{}", own[1], own[2]));
        Some(Suggestion {
            severity: Severity::Warn,
            title: format!("{tier} falls back {rate} % of the time"),
            text: format!(
                "In {} of {} requests of {tier} another model than {first} answered: it was passed over, or it failed.",
                totals.fallbacks, totals.requests
            ),
            subject: ("tier", tier.clone()),
            evidence: vec![
                requests("requests", totals.requests),
                requests("answered by another model", totals.fallbacks),
                share("share", Some(rate)),
            ],
            saving: None,
            action: Some(format!("look at the health of {first}; put a model first that answers")),
            filter: vec![("tier", tier)],
        })
    });
    Finding { looked: tiers.len(), found: found.collect() }
}

/// Shorter input than this is too short for most providers' caches.
const CACHEABLE: u64 = 4_000;

fn cache_low(evidence: &Evidence) -> Finding {
    let flagship = nobody(evidence);
    let rows = by(&evidence.clients, &[0, 1], &flagship);
    let found = rows.iter().filter_map(|(values, totals)| {
        let (client, provider) = (text(values, 0), text(values, 1));
        let reads = totals.cache_read_percent()?;
        let mean = totals.total_input() / totals.requests.max(1);
        if client.is_empty() || totals.requests < LEAST || mean < CACHEABLE || reads >= 20.0 {
            return None;
        }
        // Only where caches are known to work: another client reads from this provider's, or this one does a little.
        let best = rows
            .iter()
            .filter(|(values, _)| text(values, 1) == provider)
            .filter_map(|(_, own)| own.cache_read_percent())
            .fold(0.0_f64, f64::max);
        if best <= 0.0 {
            return None;
        }
        Some(Suggestion {
            severity: Severity::Info,
            title: format!("{client} reads only {reads} % of its input from {provider}'s cache"),
            text: format!(
                "Its requests have {mean} input tokens on average, long enough to be cached. What changes early in a \
                 conversation, a session that moves between models, or a client that marks nothing keeps caches cold."
            ),
            subject: ("client", client.clone()),
            evidence: vec![
                requests("requests", totals.requests),
                ("input tokens", json!(totals.total_input()), "tokens"),
                share("from caches", Some(reads)),
                share("the best client of this provider", Some(best)),
            ],
            saving: None,
            action: None,
            filter: vec![("client", client), ("provider", provider)],
        })
    });
    Finding { looked: rows.len(), found: found.collect() }
}

fn budget_near(evidence: &Evidence) -> Finding {
    let budgets = &evidence.setup.budgets;
    let found = budgets.iter().filter_map(|budget| {
        let used = percent(budget.used, budget.limit)?;
        if used < 80.0 {
            return None;
        }
        let is_cost = budget.unit == "cost";
        let amount = |value: u64| if is_cost { json!(dollars(value)) } else { json!(value) };
        let unit = if is_cost { "usd" } else { budget.unit };
        Some(Suggestion {
            severity: if used >= 100.0 { Severity::Critical } else { Severity::Warn },
            title: format!("{} has used {used} % of its budget for the {}", budget.subject, budget.period),
            text: "Requests beyond the limit are refused until the period begins anew.".to_owned(),
            subject: ("budget", budget.subject.clone()),
            evidence: vec![
                ("used", amount(budget.used), unit),
                ("limit", amount(budget.limit), unit),
                share("share", Some(used)),
            ],
            saving: None,
            action: Some("lynkr budgets list".to_owned()),
            filter: Vec::new(),
        })
    });
    Finding { looked: budgets.len(), found: found.collect() }
}

fn unpriced(evidence: &Evidence) -> Finding {
    let models = by(&evidence.models, &[0, 1], &nobody(evidence));
    let found = models.iter().filter(|(_, totals)| totals.unpriced > 0 && totals.tokens() > 0).filter_map(
        |(values, totals)| {
            let (provider, model) = (text(values, 0), text(values, 1));
            // A price that is known by now needs nobody's help: what was asked before stays without one.
            if evidence.prices.of(&provider, &model).is_some() {
                return None;
            }
            Some(Suggestion {
                severity: Severity::Info,
                title: format!("{model} of {provider} has no known price"),
                text: format!("{} requests count nowhere in costs, savings and budgets.", totals.unpriced),
                subject: ("model", model.clone()),
                evidence: vec![
                    requests("requests without a price", totals.unpriced),
                    ("tokens", json!(totals.tokens()), "tokens"),
                ],
                saving: None,
                action: Some(format!(
                    "MODEL_PRICE_OVERRIDES={{\"{provider}:{model}\": {{\"input\": 1, \"output\": 3}}}}"
                )),
                filter: vec![("provider", provider), ("model", model)],
            })
        },
    );
    Finding { looked: models.len(), found: found.collect() }
}

/// Without tiers, where one model takes most of the money.
fn one_for_all(evidence: &Evidence) -> Finding {
    if !evidence.setup.tiers.is_empty() {
        return Finding::default();
    }
    let models = by(&evidence.models, &[0, 1], &nobody(evidence));
    let spent: u64 = models.iter().map(|(_, totals)| totals.cost_nanos).sum();
    let found = models.iter().filter_map(|(values, totals)| {
        let of_all = percent(totals.cost_nanos, spent)?;
        let mean = totals.output_tokens.checked_div(totals.requests)?;
        if totals.requests < LEAST || of_all < 80.0 || mean > 300 {
            return None;
        }
        let model = text(values, 1);
        Some(Suggestion {
            severity: Severity::Info,
            title: format!("{model} answers everything, and its answers are short"),
            text: format!(
                "It took {of_all} % of what was spent, with {mean} tokens in an answer on average. With tiers, easy requests \
                 go to a cheaper model."
            ),
            subject: ("model", model.clone()),
            evidence: vec![
                requests("requests", totals.requests),
                usd("spent", totals.actual_cost()),
                share("of all spending", Some(of_all)),
                ("tokens in an answer", json!(mean), "tokens"),
            ],
            saving: None,
            action: Some("set TIER_SIMPLE, TIER_MEDIUM, TIER_COMPLEX and TIER_REASONING".to_owned()),
            filter: vec![("model", model)],
        })
    });
    Finding { looked: models.len(), found: found.collect() }
}

#[cfg(test)]
mod tests;
