//! The report for people.

use std::fmt::Write as _;

use lynkr_report::{Totals, UsageReport};

const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// The headline and a table for tiers, providers and models. What isn't known is a dash.
pub(super) fn table(report: &UsageReport, styled: bool) -> String {
    let (bold, plain) = if styled { (BOLD, PLAIN) } else { ("", "") };
    let totals = report.totals();
    let mut text = format!("{bold}Usage{plain}, {}\n", span(report));
    if totals.requests == 0 {
        text.push_str("No requests.\n");
        return text;
    }
    let _ = writeln!(
        text,
        "{bold}{}{plain} requests · {bold}{}{plain} tokens · {bold}{}{plain} · all on {}: {} · saved {bold}{}{plain}",
        count(totals.requests),
        count(totals.tokens()),
        money(totals.actual_cost()),
        report.flagship.model,
        money(totals.flagship_cost()),
        share(totals.saved_percent()),
    );
    if totals.errors > 0 || totals.fallbacks > 0 {
        let _ = writeln!(
            text,
            "{} failed · {} were answered by another model than the first",
            count(totals.errors),
            count(totals.fallbacks)
        );
    }
    if totals.unpriced > 0 {
        let _ = writeln!(text, "Without a known price, and in no cost: {} requests.", count(totals.unpriced));
    }
    if !report.flagship.is_priced() {
        let _ = writeln!(
            text,
            "The price of {} isn't known: nothing can be compared with it.",
            report.flagship.model
        );
    }
    let groups = [
        ("BY TIER", report.by_tier()),
        ("BY PROVIDER", report.by_provider()),
        ("BY MODEL", report.by_model()),
    ];
    for (title, found) in groups {
        let rows: Vec<Row> = found.iter().map(|(values, totals)| row(values, totals)).collect();
        write_rows(&mut text, title, &rows, (bold, plain));
    }
    text
}

/// The window in words.
pub(super) fn span(report: &UsageReport) -> String {
    let window = &report.window;
    match (window.days, window.since) {
        (Some(1), _) => "the last day".to_owned(),
        (Some(days), _) => format!("the last {days} days"),
        (None, None) => "from the beginning on".to_owned(),
        (None, Some(_)) if window.name.ends_with('h') => {
            format!("the last {} hours", window.name.trim_end_matches('h'))
        }
        (None, Some(since)) => {
            format!("since {}", lynkr_report::day_name(since.as_millis().div_euclid(86_400_000)))
        }
    }
}

type Row = [String; 7];

fn row(values: &[String], totals: &Totals) -> Row {
    let name = values.first().filter(|name| !name.is_empty()).map_or("(none)", String::as_str);
    [
        name.to_owned(),
        count(totals.requests),
        count(totals.tokens()),
        money(totals.actual_cost()),
        money(totals.flagship_cost()),
        money(totals.saved()),
        share(totals.saved_percent()),
    ]
}

fn write_rows(text: &mut String, title: &str, rows: &[Row], (bold, plain): (&str, &str)) {
    let head: Row = [title, "REQUESTS", "TOKENS", "ACTUAL", "FLAGSHIP", "SAVED", "PCT"].map(str::to_owned);
    let mut widths = head.each_ref().map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut line = |row: &Row, before: &str, after: &str| {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(
                |(place, (cell, width))| {
                    if place == 0 { format!("{cell:width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        let _ = writeln!(text, "{before}{}{after}", cells.join("  "));
    };
    line(&head, &format!("\n{bold}"), plain);
    for row in rows {
        line(row, "", "");
    }
}

/// Digits in groups of three.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Dollars: cents where there are some, more digits below.
pub(super) fn money(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value == 0.0 || value >= 1.0 => format!("${value:.2}"),
        Some(value) => format!("${value:.4}"),
    }
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1} %"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [None, Some(0.0), Some(0.01234), Some(12.345)].map(money),
            ["–", "$0.00", "$0.0123", "$12.35"]
        );
    }
}
