//! `lynkr start --daemon`: a gateway in the background.

use std::process::ExitCode;

use anyhow::Context as _;
use lynkr_app::load;
use lynkr_config::{Problem, Severity};

use super::start::{log_file, refuse};
use crate::arguments::Start;
use crate::instances::{Kind, RunFolder, proves_itself};
use crate::launch::{Launch, launch};

pub(crate) fn run(arguments: &Start) -> anyhow::Result<ExitCode> {
    let loaded = load(&arguments.inputs());
    let errors: Vec<Problem> =
        loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        return Ok(refuse(&errors));
    }
    let run = RunFolder::of(&loaded.values).context("LYNKR_STATE_DIR isn't set, and there is no HOME")?;
    let daemons = run.running().into_iter().filter(|instance| instance.kind == Kind::Daemon);
    if let Some(there) = daemons.into_iter().find(proves_itself) {
        anyhow::bail!(
            "a gateway runs in the background already: {} (process {})\n\
             hint: `lynkr stop` ends it; `lynkr start` without --daemon starts another",
            there.url(),
            there.process.pid
        );
    }
    let instance =
        launch(&Launch { run: &run, arguments: arguments.again(), without: Vec::new(), folder: None })?;
    let summary =
        instance.said.as_ref().and_then(|said| std::fs::read_to_string(said).ok()).unwrap_or_default();
    eprint!("{summary}");
    eprintln!(
        "\nIt runs in the background (process {}) and logs to {}.\n\
         `lynkr status` looks at it, `lynkr logs -f` follows its log, `lynkr stop` ends it.",
        instance.process.pid,
        log_file(&loaded.values).display()
    );
    Ok(ExitCode::SUCCESS)
}
