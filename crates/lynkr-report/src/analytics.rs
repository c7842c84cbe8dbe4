//! The explorer: any metric by any dimension, stacked by another.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lynkr_store::{GroupBy, Store, StoreError, Timestamp, UsageCell, UsageFilter};
use serde_json::{Value, json};

use crate::day::{DAY, day_name, first_of_day, number};
use crate::figures::percent;
use crate::flagship::Flagship;
use crate::totals::{Totals, by};
use crate::usage::csv_cell;

/// A metric: name, unit, label, whether values of parts add up to the whole's, and how it is taken.
type Metric = (&'static str, &'static str, &'static str, bool, fn(&Totals) -> Option<f64>);

#[expect(
    clippy::cast_precision_loss,
    clippy::unnecessary_wraps,
    reason = "a figure for people, as all metrics"
)]
fn count(value: u64) -> Option<f64> {
    Some(value as f64)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn mean(sum: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| (sum as f64 / of as f64).round())
}

/// Costs of no requests at all aren't measured.
fn some(totals: &Totals, value: Option<f64>) -> Option<f64> {
    value.filter(|_| totals.requests > 0)
}

/// Every metric.
const METRICS: &[Metric] = &[
    ("cost", "usd", "Cost", true, |own| some(own, own.actual_cost())),
    ("saved", "usd", "Saved against the flagship", false, |own| some(own, own.saved())),
    ("requests", "requests", "Requests", true, |own| count(own.requests)),
    ("errors", "requests", "Errors", true, |own| count(own.errors)),
    ("error_pct", "percent", "Share of errors", false, |own| percent(own.errors, own.requests)),
    ("fallbacks", "requests", "Fallbacks", true, |own| count(own.fallbacks)),
    ("unpriced", "requests", "Requests without a price", true, |own| count(own.unpriced)),
    ("tokens", "tokens", "Tokens", true, |own| count(own.tokens())),
    ("input_tokens", "tokens", "Input tokens outside of caches", true, |own| count(own.input_tokens)),
    ("output_tokens", "tokens", "Output tokens", true, |own| count(own.output_tokens)),
    ("cache_read_tokens", "tokens", "Tokens from caches", true, |own| count(own.cache_read_tokens)),
    ("cache_write_tokens", "tokens", "Tokens into caches", true, |own| count(own.cache_write_tokens)),
    ("cache_read_pct", "percent", "Share of input from caches", false, Totals::cache_read_percent),
    ("latency", "ms", "Mean time to the end", false, |own| mean(own.latency_ms, own.requests)),
    ("first_token", "ms", "Mean time to the first content", false, |own| {
        mean(own.first_token_ms, own.first_tokens)
    }),
];

/// Every dimension.
const DIMENSIONS: &[(&str, GroupBy)] = &[
    ("day", GroupBy::Day),
    ("tier", GroupBy::Tier),
    ("provider", GroupBy::Provider),
    ("model", GroupBy::Model),
    ("key", GroupBy::Key),
    ("client", GroupBy::Client),
    ("session", GroupBy::Session),
    ("surface", GroupBy::Surface),
    ("status", GroupBy::Status),
    ("error", GroupBy::Error),
    ("user", GroupBy::User),
    ("team", GroupBy::Team),
];

/// At most so many buckets, days aside, and so many series.
const BUCKETS: usize = 100;
const SERIES: usize = 12;
const OTHERS: &str = "(other)";

/// What was asked for and found.
#[derive(Debug, Clone)]
pub struct Analytics {
    metric: &'static Metric,
    by: &'static str,
    stack: Option<&'static str>,
    days: u64,
    since: Timestamp,
    buckets: Vec<String>,
    series: Vec<(String, Vec<Option<f64>>)>,
    totals: Vec<Option<f64>>,
    total: Option<f64>,
    truncated: bool,
}

fn dimension(parameter: &str, name: &str) -> Result<(&'static str, GroupBy), String> {
    DIMENSIONS.iter().find(|own| own.0 == name).copied().ok_or_else(|| {
        let known: Vec<&str> = DIMENSIONS.iter().map(|own| own.0).collect();
        format!("{parameter}: is one of {}, not `{name}`", known.join(", "))
    })
}

/// Why there is no answer.
#[derive(Debug)]
pub enum AnalyticsError {
    /// A parameter can't be read; a sentence that names it.
    Asked(String),
    /// The store can't be asked.
    Store(StoreError),
}

/// The metric over the last days by a dimension, stacked by another one where `stack` isn't empty.
pub async fn analytics(
    store: &Store,
    filter: &UsageFilter,
    (metric, group, stack): (&str, &str, &str),
    (days, now): (u64, Timestamp),
    flagship: &Flagship,
) -> Result<Analytics, AnalyticsError> {
    let metric = METRICS.iter().find(|own| own.0 == metric).ok_or_else(|| {
        let known: Vec<&str> = METRICS.iter().map(|own| own.0).collect();
        AnalyticsError::Asked(format!("metric: is one of {}, not `{metric}`", known.join(", ")))
    })?;
    let group = dimension("by", group).map_err(AnalyticsError::Asked)?;
    let stack =
        if stack.is_empty() { None } else { Some(dimension("stack", stack).map_err(AnalyticsError::Asked)?) };
    // Whole days: the first one begins at midnight.
    let back = i64::try_from(days.saturating_sub(1)).unwrap_or(0).saturating_mul(DAY);
    let since = Timestamp::from_millis(first_of_day(now).as_millis().saturating_sub(back));
    let filter = UsageFilter { since: Some(since), until: None, ..filter.clone() };
    let groups: Vec<GroupBy> = [Some(group.1), stack.map(|own| own.1)].into_iter().flatten().collect();
    let cells = store.usage().cells(&filter, &groups).await.map_err(AnalyticsError::Store)?;
    let mut found = Analytics {
        metric,
        by: group.0,
        stack: stack.map(|own| own.0),
        days,
        since,
        buckets: Vec::new(),
        series: Vec::new(),
        totals: Vec::new(),
        total: None,
        truncated: false,
    };
    found.fill(&cells, number(since)..=number(now), flagship);
    Ok(found)
}

impl Analytics {
    fn fill(&mut self, cells: &[UsageCell], days: std::ops::RangeInclusive<i64>, flagship: &Flagship) {
        let take = self.metric.4;
        let sums: BTreeMap<Vec<String>, Totals> = by(cells, &[0, 1], flagship).into_iter().collect();
        let wholes: BTreeMap<String, Totals> = by(cells, &[0], flagship).into_iter().map(first).collect();
        let stacks: BTreeMap<String, Totals> = by(cells, &[1], flagship).into_iter().map(first).collect();
        self.buckets = if self.by == "day" {
            days.map(|day| day.to_string()).collect()
        } else {
            self.largest(&wholes, BUCKETS)
        };
        let none = Totals::none(flagship);
        let value = |totals: Option<&Totals>| take(totals.unwrap_or(&none));
        self.totals = self.buckets.iter().map(|bucket| value(wholes.get(bucket))).collect();
        self.total = take(&crate::totals::sum(cells, flagship));
        if self.stack.is_none() {
            self.series = vec![(self.metric.0.to_owned(), self.totals.clone())];
            return;
        }
        let names = self.largest(&stacks, SERIES);
        let of = |bucket: &String, name: &String| sums.get(&vec![bucket.clone(), name.clone()]);
        let line = |name: &String| self.buckets.iter().map(|bucket| value(of(bucket, name))).collect();
        self.series = names.iter().map(|name| (name.clone(), line(name))).collect();
        if stacks.len() > names.len() && self.metric.3 {
            let rest = |(index, whole): (usize, &Option<f64>)| {
                let shown: f64 =
                    self.series.iter().filter_map(|own| own.1.get(index).copied().flatten()).sum();
                whole.map(|whole| (whole - shown).max(0.0))
            };
            let rest = self.totals.iter().enumerate().map(rest).collect();
            self.series.push((OTHERS.to_owned(), rest));
        }
    }

    /// The names with the largest values.
    fn largest(&mut self, of: &BTreeMap<String, Totals>, most: usize) -> Vec<String> {
        let take = self.metric.4;
        let mut found: Vec<(&String, f64, u64)> =
            of.iter().map(|(name, own)| (name, take(own).unwrap_or(-1.0), own.requests)).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.2.cmp(&a.2)).then(a.0.cmp(b.0)));
        self.truncated |= found.len() > most;
        found.into_iter().take(most).map(|own| own.0.clone()).collect()
    }

    fn shown(name: &str, dimension: &str) -> Option<String> {
        match dimension {
            _ if name.is_empty() => None,
            "day" => Some(name.parse().map_or_else(|_| name.to_owned(), day_name)),
            _ => Some(name.to_owned()),
        }
    }

    /// The documented form.
    pub fn to_json(&self) -> Value {
        let buckets: Vec<_> = self.buckets.iter().map(|name| Self::shown(name, self.by)).collect();
        let stack = self.stack.unwrap_or_default();
        let series: Vec<Value> = self
            .series
            .iter()
            .map(|(name, values)| json!({"name": Self::shown(name, stack), "values": values}))
            .collect();
        let metrics: Vec<Value> =
            METRICS.iter().map(|own| json!({"name": own.0, "unit": own.1, "label": own.2})).collect();
        json!({
            "metric": self.metric.0, "unit": self.metric.1, "by": self.by, "stack": self.stack,
            "days": self.days, "since": self.since.as_millis(),
            "buckets": buckets, "series": series, "totals": self.totals, "total": self.total,
            "truncated": self.truncated, "metrics": metrics,
            "dimensions": DIMENSIONS.iter().map(|own| own.0).collect::<Vec<_>>(),
        })
    }

    /// A line for each value; an empty cell is what wasn't measured.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("bucket,series,value\n");
        for (name, values) in &self.series {
            let series = Self::shown(name, self.stack.unwrap_or_default()).unwrap_or_default();
            for (bucket, value) in self.buckets.iter().zip(values) {
                let bucket = Self::shown(bucket, self.by).unwrap_or_default();
                let value = value.map(|value| value.to_string()).unwrap_or_default();
                let _ = writeln!(text, "{},{},{value}", csv_cell(&bucket), csv_cell(&series));
            }
        }
        text
    }
}

fn first((values, totals): (Vec<String>, Totals)) -> (String, Totals) {
    (values.into_iter().next().unwrap_or_default(), totals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lynkr_routing::Prices;

    fn filled(metric: &str, by: &'static str, stack: Option<&'static str>, cells: &[UsageCell]) -> Analytics {
        let mut found = Analytics {
            metric: METRICS.iter().find(|own| own.0 == metric).unwrap(),
            by,
            stack,
            days: 2,
            since: Timestamp::from_millis(0),
            buckets: Vec::new(),
            series: Vec::new(),
            totals: Vec::new(),
            total: None,
            truncated: false,
        };
        found.fill(cells, 0..=1, &Flagship::new(&Prices::default(), crate::FLAGSHIP));
        found
    }

    fn cell(groups: [&str; 2], requests: u64, cost: Option<u64>) -> UsageCell {
        UsageCell {
            groups: groups.map(str::to_owned).to_vec(),
            requests,
            priced: cost.is_some(),
            cost_nanos: cost.unwrap_or(0),
            ..UsageCell::default()
        }
    }

    #[test]
    fn days_without_a_request_have_no_cost_and_no_requests() {
        let cells = [cell(["1", "SIMPLE"], 2, Some(3_000_000_000)), cell(["1", ""], 1, None)];
        let cost = filled("cost", "day", Some("tier"), &cells).to_json();
        assert_eq!(cost["buckets"], json!(["1970-01-01", "1970-01-02"]));
        assert_eq!(cost["totals"], json!([null, 3.0]));
        assert_eq!(cost["series"][0], json!({"name": "SIMPLE", "values": [null, 3.0]}));
        assert_eq!(cost["series"][1], json!({"name": null, "values": [null, null]}));
        let requests = filled("requests", "day", None, &cells).to_json();
        assert_eq!(requests["series"], json!([{"name": "requests", "values": [0.0, 3.0]}]));
        assert_eq!(
            filled("cost", "day", None, &cells).to_csv(),
            "bucket,series,value\n1970-01-01,cost,\n1970-01-02,cost,3\n"
        );
    }

    #[test]
    fn what_does_not_fit_is_put_together() {
        let names: Vec<String> = (0..20).map(|number| format!("m{number:02}")).collect();
        let cells: Vec<UsageCell> =
            names.iter().map(|name| cell(["0", name], 1, Some(1_000_000_000))).collect();
        let found = filled("cost", "day", Some("model"), &cells);
        assert!(found.truncated);
        assert_eq!(found.series.len(), SERIES + 1);
        assert_eq!(found.series.last().map(|own| (own.0.as_str(), own.1[0])), Some((OTHERS, Some(8.0))));
        let means = filled("latency", "day", Some("model"), &cells);
        assert_eq!((means.series.len(), means.truncated), (SERIES, true));
    }
}
