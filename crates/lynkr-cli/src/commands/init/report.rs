//! What is said when the configuration is written: what is in effect, what stands in its way, what comes next.

use std::fmt::Write as _;
use std::path::PathBuf;

use lynkr_app::load;
use lynkr_config::{Inputs, Loaded, Severity};

use super::Plan;
use super::files::Place;
use super::world::World;
use crate::arguments::Mode;
use crate::clients::ALL;
use crate::terminal::{Tone, toned};

/// A file that was written.
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    /// Where that is which was there before.
    pub(crate) copy: Option<PathBuf>,
}

/// The whole report. The files are read once more, as the gateway will read them.
pub(crate) fn written(
    plan: &Plan,
    files: &[Written],
    place: &Place,
    meant: &Loaded,
    world: &World,
) -> String {
    let mut text = String::new();
    for Written { path, copy } in files {
        let _ = writeln!(text, "{} {}", toned("written", Tone::Good), path.display());
        if let Some(copy) = copy {
            let _ = writeln!(text, "        what was there is in {}", copy.display());
        }
    }
    let has_toml = files.iter().any(|file| file.path == place.toml);
    let inputs = as_started(world, place, has_toml);
    let loaded = load(&inputs);
    let width = plan.draft.settings().map(|(name, _)| name.len()).max().unwrap_or(0);
    text.push('\n');
    for (name, _) in plan.draft.settings() {
        let value = loaded.values.shown(name).unwrap_or_else(|| "-".to_owned());
        let _ = writeln!(text, "  {name:width$}  {value}");
    }
    for provider in &plan.draft.providers {
        let _ = writeln!(text, "  [providers.{}]  {}", provider.name, provider.kind);
    }
    let others: Vec<&str> = loaded.values.differing(&meant.values);
    for name in others.into_iter().filter(|name| plan.draft.get(name).is_some()) {
        let source = loaded.values.source(name).map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            text,
            "{} {name} has another value in the {source}, which goes before the file",
            toned("warning", Tone::Warning)
        );
    }
    for problem in &loaded.problems {
        let (word, tone) = match problem.severity {
            Severity::Error => ("error", Tone::Bad),
            Severity::Warning => ("warning", Tone::Warning),
        };
        let told = problem.to_string();
        let told = told.split_once(": ").map_or(told.as_str(), |(_, rest)| rest).replace('\n', "\n        ");
        let _ = writeln!(text, "{} {told}", toned(word, tone));
    }
    text.push_str(&next(plan, place, has_toml, world));
    text
}

/// The inputs of a gateway that is started as the report says.
fn as_started(world: &World, place: &Place, has_toml: bool) -> Inputs {
    if place.is_usual {
        return world.inputs.clone();
    }
    let env_file = place.env.exists().then(|| place.env.clone());
    let toml_file = if has_toml { Some(place.toml.clone()) } else { world.inputs.toml_file.clone() };
    Inputs { env_file, toml_file, ..world.inputs.clone() }
}

fn next(plan: &Plan, place: &Place, has_toml: bool, world: &World) -> String {
    let mut options = String::new();
    if !place.is_usual {
        if place.env.exists() {
            let _ = write!(options, " --env-file {}", place.env.display());
        }
        if has_toml {
            let _ = write!(options, " --config {}", place.toml.display());
        }
    }
    let mut rows: Vec<(String, String)> = Vec::new();
    let start =
        (format!("lynkr start{options}"), "start the gateway; it says how to connect each client".to_owned());
    let mut wraps: Vec<(String, String)> = world
        .clients
        .iter()
        .map(|(client, _)| {
            (
                format!("lynkr wrap {}{options}", client.name()),
                format!("{} through the gateway", client.title()),
            )
        })
        .collect();
    if let (true, Some(client)) = (wraps.is_empty(), ALL.first()) {
        let told = format!("once {} is installed: {}", client.title(), client.install());
        wraps.push((format!("lynkr wrap {}{options}", client.name()), told));
    }
    if plan.mode == Some(Mode::Direct) {
        rows.push(start);
        rows.extend(wraps);
    } else {
        rows.extend(wraps);
        rows.push(start);
    }
    rows.push((format!("lynkr doctor{options}"), "look for what is wrong".to_owned()));
    let width = rows.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    let mut text = format!("\n{}\n", toned("Next:", Tone::Heading));
    for (command, about) in rows {
        let _ = writeln!(text, "  {command:width$}  {about}");
    }
    text
}
