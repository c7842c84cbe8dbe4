//! `lynkr config`: the settings in effect, and what is wrong with them.

use std::fmt::Write as _;
use std::process::ExitCode;

use lynkr_app::{load, settings_tables};
use lynkr_config::{Row, Severity, effective};
use serde_json::{Value, json};

use crate::arguments::Config;

pub(crate) fn run(arguments: &Config) -> ExitCode {
    let loaded = load(&arguments.inputs());
    let rows = effective(&loaded, &settings_tables());
    let failed = loaded.problems.iter().any(|problem| problem.severity == Severity::Error);
    if arguments.json {
        let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        let settings: Vec<Value> = rows.iter().map(row_json).collect();
        println!("{:#}", json!({"settings": settings, "problems": problems}));
    } else if !arguments.check {
        print!("{}", table(&rows));
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

fn table(rows: &[Row]) -> String {
    let name = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let value = |row: &Row| row.value.clone().unwrap_or_else(|| "-".to_owned());
    let width = rows.iter().map(|row| value(row).len()).max().unwrap_or(0).min(48);
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(text, "{:name$}  {:width$}  {}", row.name, value(row), row.source);
    }
    text
}
