//! The usage report: totals, by tier, by provider, by model and by day.

use lynkr_store::{GroupBy, Store, StoreError, Timestamp, UsageCell, UsageFilter};
use serde_json::{Map, Value, json};

use crate::day::{day_name, number};
use crate::flagship::Flagship;
use crate::totals::{Totals, by, rows, sum};
use crate::window::Window;

/// The most days that are listed.
const MOST_DAYS: i64 = 3_660;

/// What was used in a window.
#[derive(Debug, Clone)]
pub struct UsageReport {
    /// The window.
    pub window: Window,
    /// What it is compared with.
    pub flagship: Flagship,
    /// Day, tier, provider and model.
    cells: Vec<UsageCell>,
}

/// Reads what was used; the window goes above the filter's own times.
pub async fn usage(
    store: &Store,
    filter: &UsageFilter,
    window: Window,
    flagship: Flagship,
) -> Result<UsageReport, StoreError> {
    let filter = UsageFilter { since: window.since, until: window.until, ..filter.clone() };
    let groups = [GroupBy::Day, GroupBy::Tier, GroupBy::Provider, GroupBy::Model];
    let cells = store.usage().cells(&filter, &groups).await?;
    Ok(UsageReport { window, flagship, cells })
}

impl UsageReport {
    /// All of it.
    pub fn totals(&self) -> Totals {
        sum(&self.cells, &self.flagship)
    }

    /// By the tier whose model served; an empty name for none.
    pub fn by_tier(&self) -> Vec<(Vec<String>, Totals)> {
        by(&self.cells, &[1], &self.flagship)
    }

    /// By provider.
    pub fn by_provider(&self) -> Vec<(Vec<String>, Totals)> {
        by(&self.cells, &[2], &self.flagship)
    }

    /// By model, whoever served it.
    pub fn models(&self) -> Vec<(Vec<String>, Totals)> {
        by(&self.cells, &[3], &self.flagship)
    }

    /// By model, then provider.
    pub fn by_model(&self) -> Vec<(Vec<String>, Totals)> {
        by(&self.cells, &[3, 2], &self.flagship)
    }

    /// The days of the window until now, those without a request too; from the first with one where the window has no
    /// beginning.
    pub fn by_day(&self, now: Timestamp) -> Vec<(String, Totals)> {
        let days: std::collections::BTreeMap<i64, Totals> = by(&self.cells, &[0], &self.flagship)
            .into_iter()
            .filter_map(|(values, totals)| Some((values.first()?.parse().ok()?, totals)))
            .collect();
        let last = number(self.window.until.map_or(now, |until| until.min(now)));
        let first = self.window.since.map(number).or_else(|| days.keys().next().copied()).unwrap_or(last);
        let day = |day: i64| {
            let totals = days.get(&day).cloned().unwrap_or_else(|| Totals::none(&self.flagship));
            (day_name(day), totals)
        };
        (first.max(last - MOST_DAYS)..=last).map(day).collect()
    }

    /// The documented form.
    pub fn to_json(&self) -> Map<String, Value> {
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        let body = json!({
            "object": "usage",
            "window": self.window.name, "days": self.window.days,
            "since": millis(self.window.since), "until": millis(self.window.until),
            "flagship": self.flagship.model, "flagshipPriced": self.flagship.is_priced(),
            "totals": self.totals().to_json(),
            "byTier": rows(&self.by_tier(), &["name"]),
            "byProvider": rows(&self.by_provider(), &["name"]),
            "byModel": rows(&self.by_model(), &["name", "provider"]),
        });
        if let Value::Object(body) = body { body } else { Map::new() }
    }

    /// [`UsageReport::by_day`] as JSON.
    pub fn days_json(&self, now: Timestamp) -> Vec<Value> {
        let found: Vec<_> = self.by_day(now).into_iter().map(|(name, totals)| (vec![name], totals)).collect();
        rows(&found, &["name"])
    }

    /// A line for each row of the report; an empty cell is what isn't known.
    pub fn to_csv(&self) -> String {
        let mut text = String::from(
            "group,name,requests,errors,fallbacks,input_tokens,output_tokens,cache_read_tokens,\
             cache_write_tokens,total_tokens,actual_usd,flagship_usd,saved_usd,saved_percent,unpriced\n",
        );
        let mut line = |group: &str, name: &str, totals: &Totals| {
            let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
            let cells = [
                group.to_owned(),
                csv_cell(name),
                totals.requests.to_string(),
                totals.errors.to_string(),
                totals.fallbacks.to_string(),
                totals.input_tokens.to_string(),
                totals.output_tokens.to_string(),
                totals.cache_read_tokens.to_string(),
                totals.cache_write_tokens.to_string(),
                totals.tokens().to_string(),
                number(totals.actual_cost()),
                number(totals.flagship_cost()),
                number(totals.saved()),
                number(totals.saved_percent()),
                totals.unpriced.to_string(),
            ];
            text.push_str(&cells.join(","));
            text.push('\n');
        };
        line("total", "", &self.totals());
        let groups = [("tier", self.by_tier()), ("provider", self.by_provider()), ("model", self.by_model())];
        for (group, found) in groups {
            for (values, totals) in &found {
                line(group, values.first().map_or("", String::as_str), totals);
            }
        }
        text
    }
}

/// A text as a cell of a CSV file. What a spreadsheet would take for a formula is kept from it.
pub fn csv_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lynkr_routing::Prices;

    fn report(since: i64, cells: Vec<UsageCell>) -> UsageReport {
        let window = Window {
            name: "custom".to_owned(),
            days: None,
            since: Some(Timestamp::from_millis(since)),
            until: None,
        };
        UsageReport { window, flagship: Flagship::new(&Prices::default(), crate::FLAGSHIP), cells }
    }

    fn cell(day: &str, model: &str, cost: u64) -> UsageCell {
        UsageCell {
            groups: [day, "", "openai", model].map(str::to_owned).to_vec(),
            priced: true,
            requests: 1,
            cost_nanos: cost,
            ..UsageCell::default()
        }
    }

    #[test]
    fn days_without_a_request_are_there_too() {
        let report = report(0, vec![cell("1", "m", 7)]);
        let days = report.by_day(Timestamp::from_millis(2 * 86_400_000));
        let shown: Vec<_> = days.iter().map(|(name, totals)| (name.as_str(), totals.requests)).collect();
        assert_eq!(shown, [("1970-01-01", 0), ("1970-01-02", 1), ("1970-01-03", 0)]);
    }

    #[test]
    fn csv_holds_awkward_names() {
        let report = report(0, vec![cell("0", "=cmd|' /C calc'!A0", 7), cell("0", "a,\"b\"", 8)]);
        let csv = report.to_csv();
        assert!(csv.contains("\nmodel,\"a,\"\"b\"\"\",1,"), "{csv}");
        assert!(csv.contains("\nmodel,'=cmd"), "{csv}");
        let columns = csv.lines().next().map_or(0, |line| line.split(',').count());
        assert_eq!(csv.lines().nth(1).map(|line| line.split(',').count()), Some(columns));
    }
}
