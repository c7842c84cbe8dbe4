//! The result as Markdown.

use std::fmt;

use super::case::Case;
use super::cell::{Cell, Verdict};
use super::client::{CLIENTS, Client};
use super::install::Installed;
use super::proof::{Line, Proof};

type Judged = (Cell, Verdict);

/// How many cells came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) green: usize,
    pub(super) red: usize,
    pub(super) impossible: usize,
}

impl Totals {
    pub(super) fn of(verdicts: &[Judged]) -> Self {
        let mut totals = Self::default();
        totals.count(verdicts.iter().map(|(_, verdict)| verdict));
        totals
    }
}

impl Totals {
    /// Counts verdicts in.
    pub(super) fn count<'a>(&mut self, verdicts: impl IntoIterator<Item = &'a Verdict>) {
        for verdict in verdicts {
            match verdict {
                Verdict::Green => self.green += 1,
                Verdict::Red(..) => self.red += 1,
                Verdict::Impossible(_) => self.impossible += 1,
            }
        }
    }

    /// Counts the scenarios of the proofs in.
    pub(super) fn add(&mut self, proofs: &[(Proof, Vec<Line>)]) {
        for line in proofs.iter().flat_map(|(_, lines)| lines) {
            match line.verdict.as_str() {
                "ok" => self.green += 1,
                "skipped" => self.impossible += 1,
                _ => self.red += 1,
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} green, {} red, {} not possible", self.green, self.red, self.impossible)
    }
}

/// The table, the legend, and a list of everything that is not green.
pub(super) fn render(verdicts: &[Judged], installed: &Installed) -> String {
    let cases: Vec<Case> =
        Case::ALL.into_iter().filter(|case| verdicts.iter().any(|(cell, _)| cell.case == *case)).collect();
    let mut columns: Vec<&str> = Vec::new();
    for (cell, _) in verdicts {
        if !columns.contains(&cell.column.name()) {
            columns.push(cell.column.name());
        }
    }
    let mut lines = vec![
        format!("| client | {} |", columns.join(" | ")),
        format!("|---|{}", "---|".repeat(columns.len())),
    ];
    for client in CLIENTS.iter().filter(|client| verdicts.iter().any(|(cell, _)| cell.client == *client)) {
        let cells = columns.iter().map(|column| marks(verdicts, client, column, &cases));
        lines.push(format!("| {} | {} |", client.name, cells.collect::<Vec<_>>().join(" | ")));
    }
    lines.push(String::new());
    lines
        .push("Each mark is one case, in this order (✓ green, ✗ red, – not possible, · not run):".to_owned());
    lines.push(String::new());
    lines.extend(
        cases.iter().enumerate().map(|(at, case)| format!("{}. `{}`: {}", at + 1, case.name(), case.about())),
    );
    lines.extend(exceptions("Red", verdicts, |verdict| matches!(verdict, Verdict::Red(..))));
    lines.extend(exceptions("Not possible", verdicts, |verdict| matches!(verdict, Verdict::Impossible(_))));
    lines.push(String::new());
    lines.push(format!("Clients: {}.", versions(verdicts, installed).join(", ")));
    lines.join("\n")
}

/// The page in `docs/`: the table of clients, and that of what the SDKs prove.
pub(super) fn document(table: &str, proven: &str) -> String {
    format!(
        "# Client matrix\n\nReal clients against the release binary, with a scripted model as the upstream. \
         Written by `cargo xtask e2e --full`.\n\nThe columns from `bedrock-claude` on are clouds that wrap one of the \
         dialects before them: what they check besides the body, the address and the proof of who asks, doesn't \
         hang on the client, so they are put through fewer cases. AWS's signatures are judged by botocore, Google's \
         service accounts by google-auth.\n\n{table}\n\n## What the official SDKs prove\n\nEach scenario drives \
         one part of the API through the SDK's own helpers, and holds the answers to the schema that the SDK \
         carries: no field missing, none of another type, none unknown.\n\n{proven}\n"
    )
}

fn marks(verdicts: &[Judged], client: &Client, column: &str, cases: &[Case]) -> String {
    let mark = |case: &Case| {
        let here = |cell: &Cell| cell.client == client && cell.column.name() == column && cell.case == *case;
        match verdicts.iter().find(|(cell, _)| here(cell)) {
            Some((_, Verdict::Green)) => "✓",
            Some((_, Verdict::Red(..))) => "✗",
            Some((_, Verdict::Impossible(_))) => "–",
            None => "·",
        }
    };
    cases.iter().map(mark).collect()
}

/// Cells of a kind, those of one client and case with the same reason on one line.
fn exceptions(title: &str, verdicts: &[Judged], wanted: impl Fn(&Verdict) -> bool) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&str>, String)> = Vec::new();
    for (cell, verdict) in verdicts.iter().filter(|(_, verdict)| wanted(verdict)) {
        let (name, reason) = (format!("{} × {}", cell.client.name, cell.case.name()), verdict.reason());
        match groups.iter_mut().find(|(known, _, why)| *known == name && *why == reason) {
            Some((_, columns, _)) => columns.push(cell.column.name()),
            None => groups.push((name, vec![cell.column.name()], reason)),
        }
    }
    if groups.is_empty() {
        return Vec::new();
    }
    let lines =
        groups.into_iter().map(|(name, columns, why)| format!("- {name} ({}){why}", columns.join(", ")));
    [String::new(), format!("{title}:"), String::new()].into_iter().chain(lines).collect()
}

fn versions(verdicts: &[Judged], installed: &Installed) -> Vec<String> {
    let mut packages: Vec<_> = verdicts.iter().map(|(cell, _)| cell.client.package()).collect();
    packages.sort_unstable();
    packages.dedup();
    let name = |package: super::install::Package| match installed.missing(package) {
        Some(_) => format!("{} (not installed)", package.pins().join(" and ")),
        None => package.pins().join(" and "),
    };
    packages.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests;
