//! `lynkr config`: the settings in effect, and what is wrong with them.

use std::fmt::Write as _;
use std::process::ExitCode;

use lynkr_app::load;
use lynkr_config::{Row, Severity, effective};
use serde_json::{Value, json};

use crate::arguments::Config;

pub(crate) fn run(arguments: &Config) -> ExitCode {
    let loaded = load(&arguments.inputs());
    let rows = effective(&loaded, &loaded.tables);
    let failed = loaded.problems.iter().any(|problem| problem.severity == Severity::Error);
    if arguments.json {
        let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        let settings: Vec<Value> = rows.iter().map(row_json).collect();
        println!("{:#}", json!({"settings": settings, "problems": problems}));
    } else if !arguments.check {
        print!("{}", table(&rows, arguments.all));
    }
    if !arguments.json {
        for problem in &loaded.problems {
            eprintln!("{problem}");
        }
    }
    if arguments.check && loaded.problems.is_empty() && !arguments.json {
        println!("the configuration is fine");
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn row_json(row: &Row) -> Value {
    json!({"name": row.name, "toml": row.toml, "value": row.value, "source": row.source})
}

/// The settings by section, as in `lynkr.toml`.
fn table(rows: &[Row], all: bool) -> String {
    let shown: Vec<(&Row, &str)> =
        rows.iter().filter_map(|row| Some((row, row.value.as_deref().or(all.then_some("-"))?))).collect();
    let name = shown.iter().map(|(row, _)| row.name.len()).max().unwrap_or(0);
    let width = shown.iter().map(|(_, value)| value.len()).max().unwrap_or(0).min(48);
    let mut text = String::new();
    let mut section = "";
    for (row, value) in &shown {
        let own = row.toml.split('.').next().unwrap_or_default();
        if own != section {
            section = own;
            let _ = writeln!(text, "{}[{section}]", if text.is_empty() { "" } else { "\n" });
        }
        let _ = writeln!(text, "{:name$}  {value:width$}  {}", row.name, row.source);
    }
    let hidden = rows.len() - shown.len();
    if hidden > 0 {
        let _ = writeln!(text, "\n{hidden} more have no value: `--all` shows them");
    }
    text
}
