//! The findings as aligned text, and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Check;
use super::finding::{Finding, Verdict};
use crate::terminal::{Tone, toned};

/// The widest that a column of names gets.
const WIDEST: usize = 34;

/// As text.
pub(super) fn text(results: &[(&'static Check, Vec<Finding>)], is_well: bool) -> String {
    let all = || results.iter().flat_map(|(_, found)| found);
    let width = all().map(|own| own.what.chars().count()).max().unwrap_or(0).min(WIDEST);
    let mut text = String::new();
    for (check, found) in results {
        let _ = writeln!(text, "{}", toned(check.title, Tone::Heading));
        for own in found {
            let word = toned(&format!("{:<8}", own.verdict.word()), tone(own.verdict));
            let _ = writeln!(text, "  {word}{:width$}  {}", own.what, own.told.replace('\n', " "));
            if let Some(suggestion) = &own.suggestion {
                let _ =
                    writeln!(text, "  {:8}{:width$}  {} {suggestion}", "", "", toned("try:", Tone::Quiet));
            }
        }
        text.push('\n');
    }
    let count = |verdict| all().filter(|own| own.verdict == verdict).count();
    let (wrong, warnings) = (count(Verdict::Wrong), count(Verdict::Warning));
    let verdict = match (is_well, warnings) {
        (true, 0) => toned("All is well.", Tone::Good),
        (true, warnings) => toned(&format!("It works. Warnings: {warnings}."), Tone::Warning),
        (false, warnings) => toned(&format!("Wrong: {wrong}. Warnings: {warnings}."), Tone::Bad),
    };
    let _ = writeln!(text, "{verdict}");
    text
}

const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Good => Tone::Good,
        Verdict::Note => Tone::Quiet,
        Verdict::Warning => Tone::Warning,
        Verdict::Wrong => Tone::Bad,
    }
}

/// As JSON.
pub(super) fn json(results: &[(&'static Check, Vec<Finding>)], version: &str, is_well: bool) -> Value {
    let row = |(check, found): &(&'static Check, Vec<Finding>)| {
        let name = check.name;
        let rows = found.iter().map(move |own| {
            json!({
                "check": name,
                "what": own.what,
                "verdict": own.verdict.word(),
                "told": own.told,
                "suggestion": own.suggestion,
            })
        });
        rows.collect::<Vec<_>>()
    };
    json!({"version": version, "ok": is_well, "findings": results.iter().flat_map(row).collect::<Vec<_>>()})
}
