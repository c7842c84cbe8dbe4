//! The report in `docs/routing.md`.

use super::judge::{self, Report};
use super::pipeline;
use super::sets::Prompt;
use anyhow::Context as _;
use lynkr_routing::Tier;
use lynkr_routing::scorer::Model;
use std::fmt::Write as _;

/// Rows of an evaluation set: the columns before the text, and the text.
pub(crate) type Rows = Vec<(Vec<String>, String)>;

/// Between these two lines of the document stands the report.
const BEGIN: &str = "<!-- report: begin, written by `cargo xtask train-router` -->";
const END: &str = "<!-- report: end -->";

/// The document with another report.
pub(crate) fn placed(document: &str, report: &str) -> anyhow::Result<String> {
    let (before, rest) = document.split_once(BEGIN).context("the document has no place for a report")?;
    let (_, after) = rest.split_once(END).context("the place for the report has no end")?;
    Ok(format!("{before}{BEGIN}\n\n{report}\n{END}{after}"))
}

/// The figures of a model on the held-out prompts and the evaluation sets.
pub(crate) fn markdown(
    model: &Model,
    prompts: &[Prompt],
    outcomes: usize,
    evaluation: &[(&str, Rows)],
) -> String {
    let mut text = String::new();
    let count = |holds: &dyn Fn(&&Prompt) -> bool| prompts.iter().filter(holds).count();
    let _ = writeln!(
        text,
        "Trained on {} prompts ({} written one by one, {} from forms with slots or with words around them) and {outcomes} public \
         outcomes; {} prompts are held out.\n",
        count(&|prompt| !prompt.held_out),
        count(&|prompt| !prompt.held_out && prompt.hand),
        count(&|prompt| !prompt.held_out && !prompt.hand),
        count(&|prompt| prompt.held_out),
    );
    text.push_str("| Prompts | Count | Right tier | Right or next to it | Too hard | Too easy | Calibration error | Choice entropy |\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
    let held =
        |holds: &dyn Fn(&Prompt) -> bool| prompts.iter().filter(|prompt| holds(prompt)).collect::<Vec<_>>();
    let rows = [
        ("Held out, written one by one", held(&|prompt| prompt.held_out && prompt.hand)),
        ("Held out, families of forms", held(&|prompt| prompt.held_out && !prompt.hand)),
        ("All held out", held(&|prompt| prompt.held_out)),
        ("Trained on", held(&|prompt| !prompt.held_out)),
    ];
    for (name, prompts) in &rows {
        row(&mut text, name, &Report::of(&pipeline::judge(model, prompts.iter().copied())));
    }
    let all = Report::of(&pipeline::judge(model, rows[2].1.iter().copied()));
    let _ = write!(text, "\nAll held-out prompts by tier:\n\n{}\n", all.table());
    for (name, rows) in evaluation {
        let _ = writeln!(text, "- {}", evaluated(model, name, rows));
    }
    text
}

fn row(text: &mut String, name: &str, report: &Report) {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let _ = writeln!(
        text,
        "| {name} | {} | {} | {} | {} | {} | {:.3} | {:.2} bits |",
        report.count,
        percent(report.accuracy),
        percent(report.adjacent),
        percent(report.over),
        percent(report.under),
        report.calibration,
        report.entropy
    );
}

/// One line on an evaluation set.
pub(crate) fn evaluated(model: &Model, name: &str, rows: &Rows) -> String {
    let tiers: Vec<usize> = rows.iter().map(|(_, text)| pipeline::tier(&model.score(text))).collect();
    let entropy = judge::entropy(tiers.iter().copied());
    if name == "harmless" {
        let wrong: Vec<&str> =
            wrong(rows, &tiers, |_, tier| tier <= Tier::Medium).map(|(_, text)| text.as_str()).collect();
        let count = rows.len();
        return format!(
            "harmless: {} of {count} above MEDIUM, choice entropy {entropy:.2} bits{}",
            wrong.len(),
            listed(&wrong)
        );
    }
    let right = |columns: &[String], tier: Tier| {
        columns.get(1).is_some_and(|right| right.split(',').any(|name| name == tier.name()))
    };
    let wrong: Vec<&str> =
        wrong(rows, &tiers, right).filter_map(|(columns, _)| columns.first().map(String::as_str)).collect();
    let count = rows.len();
    format!(
        "{name}: {} of {count} right by the words alone, choice entropy {entropy:.2} bits{}",
        count - wrong.len(),
        listed(&wrong)
    )
}

fn wrong<'a>(
    rows: &'a Rows,
    tiers: &'a [usize],
    right: impl Fn(&[String], Tier) -> bool,
) -> impl Iterator<Item = &'a (Vec<String>, String)> {
    rows.iter()
        .zip(tiers)
        .filter(move |((columns, _), tier)| !right(columns, Tier::at(**tier)))
        .map(|(row, _)| row)
}

fn listed(wrong: &[&str]) -> String {
    if wrong.is_empty() { String::new() } else { format!(" (wrong: {})", wrong.join("; ")) }
}
