//! `lynkr trajectory`: sessions as one JSON object a line, for evaluation elsewhere. Reads the store; no gateway need run.

mod anonymous;

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use lynkr_report::{Asked, Window, trajectories};
use lynkr_store::{Store, Timestamp, UsageFilter};

use super::opened::{new_file, with_store};
use crate::arguments::Trajectory;
use crate::progress::{Count, during};

pub(crate) fn run(arguments: &Trajectory) -> anyhow::Result<ExitCode> {
    let window = match window(arguments) {
        Ok(window) => window,
        Err(sentence) => {
            eprintln!("--{sentence}");
            return Ok(ExitCode::from(2));
        }
    };
    let filter = UsageFilter {
        since: window.since,
        tier: arguments.tier.map(|tier| tier.name().to_owned()),
        ..UsageFilter::default()
    };
    with_store(&arguments.inputs(), async |store| export(store, arguments, &filter).await)
}

/// `--since` takes what other commands call a window as well.
fn window(arguments: &Trajectory) -> Result<Window, String> {
    let since = arguments.since.as_str();
    let is_span = since == "all" || since.ends_with(['h', 'd']);
    let asked = match &arguments.days {
        Some(days) => Asked { days: Some(days), ..Asked::default() },
        None if is_span => Asked { window: Some(since), ..Asked::default() },
        None => Asked { since: Some(since), ..Asked::default() },
    };
    let told = |sentence: String| sentence.replacen("window:", "since:", 1);
    Window::parse(&asked, "30d", Timestamp::now()).map_err(told)
}

async fn export(store: &Store, arguments: &Trajectory, filter: &UsageFilter) -> anyhow::Result<ExitCode> {
    let found = during("looking for sessions", trajectories(store, filter)).await?;
    if arguments.count {
        println!("{}", found.len());
        return Ok(ExitCode::SUCCESS);
    }
    let began = Instant::now();
    let is_file = arguments.output != Path::new("-");
    let mut to: Box<dyn Write + Send> = if is_file {
        Box::new(BufWriter::new(new_file(&arguments.output)?))
    } else {
        Box::new(BufWriter::new(io::stdout()))
    };
    let counted = if is_file { Count::of } else { Count::of_output };
    let mut count = counted("exporting sessions", Some(found.len()));
    let mut lines = 0;
    for session in &found {
        if let Some(mut told) = session.read(store).await? {
            if arguments.anonymize {
                anonymous::mask(&mut told);
            }
            match writeln!(to, "{told}") {
                // Whoever reads may have seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
                written => written.context("can't write the sessions")?,
            }
            lines += 1;
        }
        count.add(1);
    }
    drop(count);
    match to.flush() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        flushed => flushed.context("can't write the sessions")?,
    }
    if is_file {
        let took = began.elapsed().as_secs_f64();
        let sessions = if lines == 1 { "1 session is".to_owned() } else { format!("{lines} sessions are") };
        eprintln!("{sessions} in {} ({took:.1} s)", arguments.output.display());
    }
    Ok(ExitCode::SUCCESS)
}
