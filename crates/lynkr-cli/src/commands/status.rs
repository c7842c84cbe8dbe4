//! `lynkr status`: the gateways of this user that run.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use lynkr_app::load;
use serde_json::{Value, json};

use crate::arguments::Status;
use crate::instances::{Instance, RunFolder, proves_itself, unix_seconds};

/// What tools for services say of one that doesn't run.
const NOT_RUNNING: u8 = 3;

pub(crate) fn run(arguments: &Status) -> anyhow::Result<ExitCode> {
    let loaded = load(&arguments.inputs());
    let run = RunFolder::of(&loaded.values).context("LYNKR_STATE_DIR isn't set, and there is no HOME")?;
    let running: Vec<(Instance, bool)> = run
        .running()
        .into_iter()
        .map(|instance| {
            let answers = proves_itself(&instance);
            (instance, answers)
        })
        .collect();
    if arguments.json {
        let all: Vec<Value> = running.iter().map(|(instance, answers)| to_json(instance, *answers)).collect();
        println!("{:#}", json!({ "gateways": all }));
    } else if running.is_empty() {
        println!("no gateway runs");
    } else {
        print!("{}", table(&running, unix_seconds()));
    }
    Ok(if running.is_empty() { ExitCode::from(NOT_RUNNING) } else { ExitCode::SUCCESS })
}

fn to_json(instance: &Instance, answers: bool) -> Value {
    json!({
        "pid": instance.process.pid, "kind": instance.kind.name(), "url": instance.url(), "answers": answers,
        "version": instance.version, "started_at": instance.started_at, "provider": instance.provider,
        "model": instance.model,
    })
}

fn table(running: &[(Instance, bool)], now: u64) -> String {
    let mut text = format!("{:<11} {:<8} {:<28} {:<9} PROVIDER\n", "KIND", "PID", "URL", "SINCE");
    for (instance, answers) in running {
        let since = duration(now.saturating_sub(instance.started_at));
        let silent = if *answers { "" } else { "  (doesn't answer)" };
        let Instance { kind, process, title, version, .. } = instance;
        let _ = writeln!(
            text,
            "{:<11} {:<8} {:<28} {since:<9} {title}, Lynkr {version}{silent}",
            kind.name(),
            process.pid,
            instance.url()
        );
    }
    text
}

/// A time that people read at a glance: two units of it.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_units() {
        for (seconds, wanted) in [(0, "0s"), (59, "59s"), (61, "1m 1s"), (3_660, "1h 1m"), (90_000, "1d 1h")]
        {
            assert_eq!(duration(seconds), wanted);
        }
    }
}
