//! Figures of an earlier run beside those of this one. Only ratios to the floor hold across runs and machines.

use anyhow::Context as _;
use serde_json::Value;
use std::path::Path;

/// Reads saved figures.
pub(super) fn read(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let figures: Value =
        serde_json::from_str(&text).with_context(|| format!("reading {}", file.display()))?;
    anyhow::ensure!(figures["cells"].is_array(), "{} holds no figures of this suite", file.display());
    Ok(figures)
}

/// A table of the ratios of both runs.
pub(super) fn changes(before: &Value, after: &Value) -> String {
    let mut lines = vec![
        "Ratios to the floor, before → after:\n".to_owned(),
        "| cell | | way | rate | CPU | added p50 | added p99 | lag p99 |".to_owned(),
        "|---|---|---|--:|--:|--:|--:|--:|".to_owned(),
    ];
    for own in after["cells"].as_array().into_iter().flatten() {
        let is_same = |other: &&Value| ["cell", "name", "way"].iter().all(|key| other[*key] == own[*key]);
        let Some(old) = before["cells"].as_array().into_iter().flatten().find(is_same) else { continue };
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
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    //! Two runs of one cell.

    use super::*;
    use serde_json::json;

    #[test]
    fn ratios_stand_side_by_side() {
        let run = |cpu: f64| json!({"cells": [{"cell": "c", "name": "lynkr", "way": "w", "times": {"cpu": cpu, "rate": null}}]});
        let text = changes(&run(2.0), &run(1.5));
        assert!(text.contains("| c | lynkr | w | – → – | 2.00 → 1.50 |"), "{text}");
        assert_eq!(changes(&json!({}), &run(1.0)).lines().count(), 4);
    }
}
