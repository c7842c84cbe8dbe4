//! Figures of an earlier run beside those of this one. Only ratios to the floor hold across runs and machines; components
//! are compared with themselves.

use anyhow::Context as _;
use serde_json::Value;
use std::path::Path;

/// Reads saved figures.
pub(super) fn read(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let figures: Value =
        serde_json::from_str(&text).with_context(|| format!("reading {}", file.display()))?;
    anyhow::ensure!(figures["suites"].is_object(), "{} holds no figures of this tool", file.display());
    Ok(figures)
}

/// Tables of what both runs have.
pub(super) fn changes(before: &Value, after: &Value) -> String {
    let suite = |name: &str| (&before["suites"][name], &after["suites"][name]);
    let tables = [cells(suite("compare")), components(suite("components"))];
    tables.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// The ratios of the cells.
fn cells((before, after): (&Value, &Value)) -> Option<String> {
    let mut lines = vec![
        "Ratios to the floor of each way, before → after:\n".to_owned(),
        "| cell | | way | rate | CPU | added p50 | added p99 | lag p99 |".to_owned(),
        "|---|---|---|--:|--:|--:|--:|--:|".to_owned(),
    ];
    let earlier = before["cells"].as_array()?;
    for own in after["cells"].as_array()? {
        let is_same = |other: &&Value| ["cell", "name", "way"].iter().all(|key| other[*key] == own[*key]);
        let Some(old) = earlier.iter().find(is_same) else { continue };
        let both = |key: &str| {
            let shown =
                |value: &Value| value.as_f64().map_or_else(|| "–".to_owned(), |times| format!("{times:.2}"));
            format!("{} → {}", shown(&old["times"][key]), shown(&own["times"][key]))
        };
        let name = |key: &str| own[key].as_str().unwrap_or_default();
        lines.push(format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            name("cell"),
            name("name"),
            name("way"),
            both("rate"),
            both("cpu"),
            both("added_p50"),
            both("added_p99"),
            both("lag_p99"),
        ));
    }
    Some(lines.join("\n"))
}

/// The medians of the components, and how much longer each takes.
fn components((before, after): (&Value, &Value)) -> Option<String> {
    let earlier = before["components"].as_array()?;
    let mut lines = vec![
        "Components, medians in nanoseconds:\n".to_owned(),
        "| component | before | after | change |".to_owned(),
        "|---|--:|--:|--:|".to_owned(),
    ];
    for own in after["components"].as_array()? {
        let old = earlier.iter().find(|other| other["name"] == own["name"]);
        let medians = old.and_then(|old| Some((old["median_ns"].as_f64()?, own["median_ns"].as_f64()?)));
        let Some((old, new)) = medians.filter(|(old, _)| *old > 0.0) else { continue };
        let name = own["name"].as_str().unwrap_or_default();
        lines.push(format!("| {name} | {old:.1} | {new:.1} | {:+.0} % |", (new / old - 1.0) * 100.0));
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    //! Two runs of one cell and of one component.

    use super::*;
    use serde_json::json;

    #[test]
    fn ratios_stand_side_by_side() {
        let run = |cpu: f64| {
            let cell = json!({"cell": "c", "name": "lynkr", "way": "w", "times": {"cpu": cpu, "rate": null}});
            json!({"suites": {"compare": {"cells": [cell]}}})
        };
        let text = changes(&run(2.0), &run(1.5));
        assert!(text.contains("| c | lynkr | w | – → – | 2.00 → 1.50 |"), "{text}");
        assert_eq!(changes(&json!({}), &run(1.0)), "");
    }

    #[test]
    fn components_are_compared_with_themselves() {
        let run = |median: f64| json!({"suites": {"components": {"components": [{"name": "peek", "median_ns": median}]}}});
        let text = changes(&run(200.0), &run(150.0));
        assert!(text.contains("| peek | 200.0 | 150.0 | -25 % |"), "{text}");
    }
}
