//! The small card: 46 columns, for a screenshot.

use std::fmt::Write as _;

use lynkr_report::{Totals, UsageReport, percent};

use super::table::{count, money, span};

/// The whole card, with its edges.
const WIDTH: usize = 46;

/// Providers on the operator's own machine.
const LOCAL: [&str; 4] = ["ollama", "llamacpp", "lmstudio", "builtin"];

/// Requests, where they went, what caches gave, and what was saved.
pub(super) fn card(report: &UsageReport) -> String {
    let totals = report.totals();
    let providers = report.by_provider();
    let is_local = |(values, _): &&(Vec<String>, Totals)| {
        values.first().is_some_and(|name| LOCAL.contains(&name.as_str()))
    };
    let local: u64 = providers.iter().filter(is_local).map(|(_, own)| own.requests).sum();
    let share =
        |part| percent(part, totals.requests).map_or_else(|| "–".to_owned(), |own| format!("{own:.0} %"));
    let lines = [
        (format!("Lynkr, {}", span(report)), String::new()),
        (String::new(), String::new()),
        ("Requests".to_owned(), count(totals.requests)),
        ("  on this machine".to_owned(), share(local)),
        ("  in the cloud".to_owned(), share(totals.requests - local)),
        ("Tokens".to_owned(), count(totals.tokens())),
        ("  from caches".to_owned(), count(totals.cache_read_tokens)),
        ("Cost".to_owned(), money(totals.actual_cost())),
        ("Estimated cost avoided".to_owned(), money(totals.saved())),
    ];
    let inner = WIDTH - 4;
    let edge = "─".repeat(WIDTH - 2);
    let mut text = format!("╭{edge}╮\n");
    for (name, value) in lines {
        let room = inner.saturating_sub(value.chars().count());
        let name: String = name.chars().take(room).collect();
        let _ = writeln!(text, "│ {name:room$}{value} │");
    }
    let _ = writeln!(text, "╰{edge}╯");
    text
}
