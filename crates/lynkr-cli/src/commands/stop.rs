//! `lynkr stop`: end a gateway that runs.

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use lynkr_app::load;
use lynkr_process::{SIGKILL, SIGTERM, send_signal};

use crate::arguments::Stop;
use crate::instances::{Instance, Kind, RunFolder};
use crate::progress::Waiting;

/// How often the end is looked for.
const EVERY: Duration = Duration::from_millis(20);

pub(crate) fn run(arguments: &Stop) -> anyhow::Result<ExitCode> {
    let loaded = load(&arguments.inputs());
    let run = RunFolder::of(&loaded.values).context("LYNKR_STATE_DIR isn't set, and there is no HOME")?;
    let running = run.running();
    let chosen: Vec<&Instance> = running.iter().filter(|instance| is_meant(arguments, instance)).collect();
    if chosen.is_empty() {
        println!("no gateway runs that could be stopped");
        return Ok(ExitCode::SUCCESS);
    }
    if chosen.len() > 1 && !arguments.all {
        let all: Vec<String> = chosen.iter().map(|instance| format!("  {}", told(instance))).collect();
        bail!(
            "more than one gateway runs:\n{}\nhint: --port chooses one, --all means every one",
            all.join("\n")
        );
    }
    for instance in chosen {
        stop(arguments, instance)?;
        // One that was killed couldn't tidy up.
        run.remove(instance);
        println!("stopped {}", told(instance));
    }
    Ok(ExitCode::SUCCESS)
}

/// Without a choice, those are meant that somebody started; the others end with their clients.
fn is_meant(arguments: &Stop, instance: &Instance) -> bool {
    match arguments.port {
        Some(port) => instance.address.port() == port,
        None => arguments.all || instance.kind != Kind::Wrap,
    }
}

fn told(instance: &Instance) -> String {
    format!("{} ({}, process {})", instance.url(), instance.kind.name(), instance.process.pid)
}

#[expect(clippy::disallowed_methods, reason = "there is no runtime here")]
fn stop(arguments: &Stop, instance: &Instance) -> anyhow::Result<()> {
    let signal = if arguments.force { SIGKILL } else { SIGTERM };
    match send_signal(instance.process, signal) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("can't stop {}", told(instance)));
        }
        // It may have ended by itself.
        _ => {}
    }
    let until = Instant::now() + Duration::from_secs(arguments.timeout);
    let mut waiting = Waiting::new("waiting for answers under way");
    while instance.process.is_running() {
        if Instant::now() > until {
            bail!(
                "{} still has answers under way after {} s\nhint: --force ends it at once",
                told(instance),
                arguments.timeout
            );
        }
        waiting.goes_on();
        thread::sleep(EVERY);
    }
    Ok(())
}
