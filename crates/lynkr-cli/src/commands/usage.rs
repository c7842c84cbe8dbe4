//! `lynkr usage` and `lynkr stats`: what was used, what it cost, and what one flagship would have cost. Reads the store; no
//! gateway need run, and no provider is asked.

mod card;
mod table;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use lynkr_app::{load, price_list};
use lynkr_report::{Asked, FLAGSHIP, Flagship, Window, usage};
use lynkr_store::{Timestamp, UsageFilter};
use serde_json::{Value, json};

use super::opened::{print_json, with_store};
use crate::arguments::Usage;
use crate::progress::during;

/// The window unless another is asked for.
const WINDOW: &str = "30d";

pub(crate) fn run(arguments: &Usage) -> anyhow::Result<ExitCode> {
    let inputs = arguments.inputs();
    let prices = match price_list(&load(&inputs).values) {
        Ok(prices) => prices,
        Err(problem) => {
            eprintln!("{problem}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let now = Timestamp::now();
    let asked = Asked {
        window: arguments.window.as_deref(),
        days: arguments.days.as_deref(),
        since: arguments.since.as_deref(),
        until: None,
    };
    let window = match Window::parse(&asked, WINDOW, now) {
        Ok(window) => window,
        Err(sentence) => {
            eprintln!("--{sentence}");
            return Ok(ExitCode::from(2));
        }
    };
    let flagship = Flagship::new(&prices, arguments.flagship.as_deref().unwrap_or(FLAGSHIP));
    let filter = UsageFilter {
        provider: arguments.provider.clone(),
        model: arguments.model.clone(),
        ..UsageFilter::default()
    };
    let plain = inputs.environment.contains_key("NO_COLOR") || !std::io::stdout().is_terminal();
    with_store(&inputs, async move |store| {
        let report = during("adding up", usage(store, &filter, window, flagship)).await?;
        if arguments.json {
            let mut body = report.to_json();
            let table = prices.table();
            let date = table.date().map(|date| date.to_string());
            body.insert("prices".to_owned(), json!({"source": table.origin(), "date": date}));
            print_json(&Value::Object(body))?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = match (arguments.csv, arguments.card) {
            (true, _) => report.to_csv(),
            (_, true) => card::card(&report),
            _ => table::table(&report, !plain),
        };
        // Whoever reads may have seen enough.
        let _ = std::io::stdout().write_all(text.as_bytes());
        Ok(ExitCode::SUCCESS)
    })
}
