//! The coding tools on the search path, and their versions.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::Context;
use super::finding::{Finding, Verdict};
use crate::clients::ALL;

/// Some are slow to begin.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most of a version that is shown.
const MOST_SHOWN: usize = 60;

pub(super) async fn look(on: &Context) -> Vec<Finding> {
    let asked = ALL.into_iter().map(|client| {
        let place = client.find(&on.inputs);
        tokio::spawn(async move {
            let version = match &place {
                Some(program) => Some(version(program).await),
                None => None,
            };
            (client, place, version)
        })
    });
    let asked: Vec<_> = asked.collect();
    let mut found = Vec::new();
    for one in asked {
        let Ok((client, place, version)) = one.await else { continue };
        found.push(match (place, version) {
            (Some(place), Some(Ok(version))) => {
                Finding::new(Verdict::Good, client.title(), format!("{version} ({})", place.display()))
                    .with_suggestion(format!("lynkr wrap {}", client.name()))
            }
            (Some(place), Some(Err(why))) => {
                Finding::new(Verdict::Warning, client.title(), format!("{} {why}", place.display()))
            }
            _ => Finding::new(Verdict::Note, client.title(), "isn't installed")
                .with_suggestion(client.install()),
        });
    }
    found
}

/// The first line of what `--version` prints.
async fn version(program: &Path) -> Result<String, String> {
    let mut command = tokio::process::Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let ended = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = match ended {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("can't be run: {error}")),
        Err(_) => return Err(format!("doesn't tell its version within {} seconds", PATIENCE.as_secs())),
    };
    if !output.status.success() {
        return Err(format!("ends with {} when it is asked for its version", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Ok(line.trim().chars().filter(|c| !c.is_control()).take(MOST_SHOWN).collect())
}
