//! What was measured beside what is asked for: one row per figure, and whether it is kept.

use super::limits::{Bound, LIMITS, Limit};
use anyhow::Context as _;
use serde_json::{Value, json};

/// A figure of those with a limit, by its name in the table of limits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    pub(crate) figure: String,
    pub(crate) value: f64,
}

/// Collects figures, leaving out what couldn't be measured.
#[derive(Debug, Default)]
pub(crate) struct Figures(pub(crate) Vec<Measured>);

impl Figures {
    /// Takes a figure, if there is one.
    pub(crate) fn take(&mut self, figure: String, value: Option<f64>) {
        self.0.extend(value.filter(|value| value.is_finite()).map(|value| Measured { figure, value }));
    }
}

/// A limit and what was measured of it; nothing where its suite didn't run, or couldn't tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    limit: &'static Limit,
    measured: Option<f64>,
}

/// The verdicts on the figures of some suites. A figure that has no limit is a mistake of the suite's.
pub(crate) fn verdicts(measured: &[Measured], suites: &[&str]) -> anyhow::Result<Vec<Verdict>> {
    for own in measured {
        let known = LIMITS.iter().any(|limit| limit.figure == own.figure);
        known.then_some(()).with_context(|| format!("no limit is known for {:?}", own.figure))?;
    }
    let verdict = |limit: &'static Limit| {
        let found = measured.iter().find(|own| own.figure == limit.figure);
        Verdict { limit, measured: found.map(|own| own.value) }
    };
    Ok(LIMITS.iter().filter(|limit| suites.contains(&limit.suite)).map(verdict).collect())
}

impl Verdict {
    /// Whether the limit is kept, where it was measured.
    fn is_met(&self) -> Option<bool> {
        self.measured.map(|measured| self.limit.bound.is_met(measured))
    }

    /// What is told of it.
    fn word(&self) -> &'static str {
        match self.is_met() {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "not measured",
        }
    }
}

/// Whether a limit isn't kept.
pub(crate) fn is_missed(verdicts: &[Verdict]) -> bool {
    verdicts.iter().any(|own| own.is_met() == Some(false))
}

/// The table, with the figures of an earlier run beside them where there is one.
pub(crate) fn markdown(verdicts: &[Verdict], before: Option<&Value>) -> String {
    let mut lines = vec!["## Figures and their limits\n".to_owned()];
    let (head, rule) = match before {
        Some(_) => ("| figure | limit | before | measured | met? |", "|---|--:|--:|--:|---|"),
        None => ("| figure | limit | measured | met? |", "|---|--:|--:|---|"),
    };
    lines.extend([head.to_owned(), rule.to_owned()]);
    for own in verdicts {
        let (sign, bound) = match own.limit.bound {
            Bound::AtLeast(bound) => ("≥", bound),
            Bound::AtMost(bound) => ("≤", bound),
        };
        let earlier = before.map_or_else(String::new, |before| {
            format!(" {} |", shown(measured_before(before, own.limit.figure)))
        });
        let Limit { figure, unit, .. } = own.limit;
        let (measured, word) = (shown(own.measured), own.word());
        lines.push(format!("| {figure} | {sign} {bound} {unit} |{earlier} {measured} | {word} |"));
    }
    let count = |wanted| verdicts.iter().filter(|own| own.is_met() == wanted).count();
    lines.push(format!(
        "\n{} met, {} missed, {} not measured.",
        count(Some(true)),
        count(Some(false)),
        count(None)
    ));
    lines.join("\n")
}

/// The same for programs.
pub(crate) fn json(verdicts: &[Verdict]) -> Value {
    let row = |own: &Verdict| {
        let (side, limit) = match own.limit.bound {
            Bound::AtLeast(bound) => ("at_least", bound),
            Bound::AtMost(bound) => ("at_most", bound),
        };
        json!({ "figure": own.limit.figure, side: limit, "unit": own.limit.unit, "measured": own.measured,
                "met": own.is_met() })
    };
    verdicts.iter().map(row).collect()
}

fn measured_before(before: &Value, figure: &str) -> Option<f64> {
    let rows = before["verdicts"].as_array()?;
    rows.iter().find(|row| row["figure"] == figure)?["measured"].as_f64()
}

/// Two digits where they say something, none where the figure is large.
fn shown(value: Option<f64>) -> String {
    match value {
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
        None => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests;
