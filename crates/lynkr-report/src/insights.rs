//! What the figures suggest: rules over what the store and the configuration say, each with the figures that it rests on.
//!
//! A rule is a pure function of the [`Evidence`]. It says nothing without figures, and says so where a price isn't known.

mod rules;

use lynkr_routing::Prices;
use lynkr_store::{GroupBy, Store, StoreError, Timestamp, UsageCell, UsageFilter};
use serde_json::{Map, Value, json};

use crate::totals::narrowed;
use crate::window::Window;

/// What the configuration contributes.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The tiers with their first models: tier, provider, model; empty without tiers.
    pub tiers: Vec<[String; 3]>,
    /// The budgets that have counted something.
    pub budgets: Vec<BudgetUse>,
}

/// How far a budget is used by one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetUse {
    /// Whose: `key laptop`, `team core`.
    pub subject: String,
    /// `day`, `month`.
    pub period: String,
    /// `cost` (in billionths of a dollar), `tokens`, `requests`.
    pub unit: &'static str,
    /// What is spent and reserved.
    pub used: u64,
    /// What warns, or blocks, whichever is larger.
    pub limit: u64,
}

/// What the rules look at.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Provider, model, tier.
    pub(crate) models: Vec<UsageCell>,
    /// Tier of the score alone, tier that served, provider, model; routed requests only.
    pub(crate) routed: Vec<UsageCell>,
    /// Provider, error.
    pub(crate) errors: Vec<UsageCell>,
    /// Client, provider.
    pub(crate) clients: Vec<UsageCell>,
    pub(crate) setup: Setup,
    pub(crate) prices: Prices,
}

/// Reads what the rules look at.
pub async fn evidence(
    store: &Store,
    window: &Window,
    setup: Setup,
    prices: &Prices,
) -> Result<Evidence, StoreError> {
    let filter = UsageFilter { since: window.since, until: window.until, ..UsageFilter::default() };
    let usage = store.usage();
    // The records are gone through once.
    let groups = [
        GroupBy::BaseTier,
        GroupBy::ServedTier,
        GroupBy::Provider,
        GroupBy::Model,
        GroupBy::Error,
        GroupBy::Client,
    ];
    let cells = usage.cells(&filter, &groups).await?;
    let is_routed = |cell: &UsageCell| cell.groups.first().is_some_and(|tier| !tier.is_empty());
    Ok(Evidence {
        models: usage.cells(&filter, &[GroupBy::Provider, GroupBy::Model, GroupBy::Tier]).await?,
        routed: narrowed(&cells, &[0, 1, 2, 3]).into_iter().filter(is_routed).collect(),
        errors: narrowed(&cells, &[2, 4]),
        clients: narrowed(&cells, &[5, 2]),
        setup,
        prices: prices.clone(),
    })
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Info,
    Warn,
    Critical,
}

impl Severity {
    const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Critical => "critical",
        }
    }
}

/// A figure that a suggestion rests on: label, value, unit.
pub(crate) type Figure = (&'static str, Value, &'static str);

/// Something that is worth a look.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suggestion {
    pub(crate) severity: Severity,
    pub(crate) title: String,
    pub(crate) text: String,
    /// Kind and name of what it is about.
    pub(crate) subject: (&'static str, String),
    pub(crate) evidence: Vec<Figure>,
    /// Dollars over the window; `None` when nothing is saved or that isn't known.
    pub(crate) saving: Option<f64>,
    pub(crate) action: Option<String>,
    /// Parameters for the list of requests.
    pub(crate) filter: Vec<(&'static str, String)>,
}

/// What a rule found, and at how many things it looked.
#[derive(Debug, Default)]
pub(crate) struct Finding {
    pub(crate) looked: usize,
    pub(crate) found: Vec<Suggestion>,
}

/// A rule: name, title, and what it finds.
pub(crate) type Rule = (&'static str, &'static str, fn(&Evidence) -> Finding);

/// What the rules say.
#[derive(Debug, Clone)]
pub struct Insights {
    suggestions: Vec<(&'static str, Suggestion)>,
    rules: Vec<Value>,
}

/// Runs every rule.
pub fn insights(evidence: &Evidence) -> Insights {
    let mut suggestions = Vec::new();
    let mut rules = Vec::new();
    for (id, title, rule) in rules::RULES {
        let finding = rule(evidence);
        rules.push(json!({
            "id": id, "title": title, "looked": finding.looked, "found": finding.found.len(),
        }));
        suggestions.extend(finding.found.into_iter().map(|own| (*id, own)));
    }
    suggestions.sort_by(|(_, a), (_, b)| {
        let saving = |own: &Suggestion| own.saving.unwrap_or(0.0);
        b.severity.cmp(&a.severity).then(saving(b).total_cmp(&saving(a)))
    });
    Insights { suggestions, rules }
}

impl Insights {
    /// How many things are worth a look.
    pub const fn count(&self) -> usize {
        self.suggestions.len()
    }

    /// How many, and how much the first of them matters.
    pub fn summary(&self) -> Value {
        let worst = self.suggestions.first().map(|(_, own)| own.severity.name());
        json!({"count": self.count(), "worst": worst})
    }

    /// The documented form.
    pub fn to_json(&self, window: &Window, now: Timestamp) -> Value {
        let suggestion = |(id, own): &(&'static str, Suggestion)| {
            let figure =
                |(label, value, unit): &Figure| json!({"label": label, "value": value, "unit": unit});
            let filter: Map<String, Value> =
                own.filter.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
            json!({
                "id": id, "severity": own.severity.name(), "title": own.title, "text": own.text,
                "subject": {"kind": own.subject.0, "name": own.subject.1},
                "evidence": own.evidence.iter().map(figure).collect::<Vec<_>>(),
                "savingUsd": own.saving, "action": own.action,
                "filter": (!filter.is_empty()).then_some(filter),
            })
        };
        json!({
            "window": window.name, "since": window.since.map(Timestamp::as_millis),
            "generatedAt": now.as_millis(),
            "recommendations": self.suggestions.iter().map(suggestion).collect::<Vec<_>>(),
            "rules": self.rules,
        })
    }
}
