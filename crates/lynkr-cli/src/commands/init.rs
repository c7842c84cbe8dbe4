//! `lynkr init`: puts a configuration together, tries it, and writes it.
//!
//! Three ways lead to a [`Plan`]: questions at a terminal (`wizard.rs`), flags (`machine.rs`), and another gateway's
//! configuration (`import.rs`). What becomes of it is the same for all: the gateway's own loader has to take it before a
//! file is touched, and reads it once more when it is written.

mod draft;
mod files;
mod import;
mod machine;
mod render;
mod report;
mod wizard;
mod world;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use lynkr_config::Loaded;
use lynkr_providers::{PROVIDERS, Provider, Upstream, custom_providers};

use crate::arguments::{Format, Init, Mode};
use crate::terminal::{Terminal, can_ask, toned};
use crate::tried::{in_words, try_all};
use draft::{Draft, errors};
use files::{Place, refuse_existing};
use world::World;

/// What was decided.
pub(crate) struct Plan {
    /// The configuration.
    draft: Draft,
    /// A line about it, for the file's head.
    about: String,
    /// What the gateway is for, if that was said.
    mode: Option<Mode>,
}

pub(crate) fn run(arguments: &Init) -> anyhow::Result<ExitCode> {
    let inputs = Init::inputs();
    let place = Place::of(arguments, &inputs)?;
    let imported = arguments.from.as_deref().map(|file| import::read(file, &inputs)).transpose()?;
    if imported.is_none() && !arguments.yes && !can_ask() {
        bail!(
            "there is no terminal to ask at\nhint: `lynkr init --yes` asks nothing; `lynkr init --help` has its flags"
        );
    }
    if !arguments.dry_run {
        let has_toml = imported.as_ref().is_some_and(|import| !import.draft.providers.is_empty());
        let toml = (has_toml || arguments.format == Format::Toml).then_some(place.toml.as_path());
        refuse_existing(
            &[Some(place.env.as_path()), toml].into_iter().flatten().collect::<Vec<_>>(),
            arguments.force,
        )?;
    }
    let world = World::new(inputs)?;
    let plan = match imported {
        Some(import) => take(import, arguments, &world)?,
        None if arguments.yes => Some(machine::plan(arguments, &world)?),
        None => wizard::plan(arguments, &world)?,
    };
    let Some(plan) = plan else {
        println!("nothing was written");
        return Ok(ExitCode::SUCCESS);
    };
    finish(&plan, arguments, &place, &world)
}

/// Another gateway's configuration: what came over and what didn't, credentials tried, and a last question where
/// somebody can be asked.
fn take(mut import: import::Import, arguments: &Init, world: &World) -> anyhow::Result<Option<Plan>> {
    print!("{}", import.report());
    for set in &arguments.set {
        machine::set(&mut import.draft, set)?;
    }
    if import.draft.is_empty() {
        bail!("there is nothing in it that can be carried over");
    }
    if !arguments.no_check {
        let loaded = import.draft.loaded(&world.inputs, true)?;
        show_tried(world, &involved(&loaded), &loaded);
    }
    let asks = !arguments.yes && !arguments.dry_run && can_ask();
    if asks && !Terminal::new().confirm("Write this configuration?", true)? {
        return Ok(None);
    }
    let about = format!("Carried over from {}.", import.kind.title());
    Ok(Some(Plan { draft: import.draft, about, mode: arguments.mode }))
}

/// The providers that a configuration sets up.
fn involved(loaded: &Loaded) -> Vec<&'static Provider> {
    let named = custom_providers(&loaded.values).providers;
    let all = PROVIDERS.iter().copied().chain(named);
    all.filter(|provider| Upstream::configured(provider, &loaded.values)).collect()
}

/// Tries credentials and prints what came of it. A failure is no reason to stop: whoever knows better goes on.
fn show_tried(world: &World, providers: &[&'static Provider], loaded: &Loaded) {
    if providers.is_empty() {
        return;
    }
    let tried = world.runtime.block_on(try_all(&world.scout, providers, &loaded.values));
    // Elsewhere a line was written for each as it came.
    let is_bar = console::Term::stderr().is_term();
    for (provider, checked) in tried.into_iter().filter(|_| is_bar) {
        let (tone, words) = in_words(provider, &checked);
        println!("{:<24}{}", provider.title, toned(&words, tone));
    }
}

/// Has the gateway's own loader read what was decided, writes it, has it read once more, and says what comes next.
fn finish(plan: &Plan, arguments: &Init, place: &Place, world: &World) -> anyhow::Result<ExitCode> {
    let draft = &plan.draft;
    let loaded = draft.loaded(&world.inputs, arguments.format == Format::Toml)?;
    let wrong = errors(&loaded);
    if !wrong.is_empty() {
        eprintln!("error: this configuration can't be used, and nothing was written:");
        for problem in wrong {
            eprintln!("  {}", problem.to_string().replace('\n', "\n  "));
        }
        return Ok(ExitCode::FAILURE);
    }
    let texts = Texts::of(plan, arguments.format, place, render::Secrets::Written);
    if arguments.dry_run {
        print!("{}", Texts::of(plan, arguments.format, place, render::Secrets::Masked).shown());
        return Ok(ExitCode::SUCCESS);
    }
    let written = texts.write(arguments.force)?;
    print!("{}", report::written(plan, &written, place, &loaded, world));
    Ok(ExitCode::SUCCESS)
}

/// The files with their texts.
struct Texts<'a>(Vec<(&'a std::path::Path, String)>);

impl<'a> Texts<'a> {
    fn of(plan: &Plan, format: Format, place: &'a Place, secrets: render::Secrets) -> Self {
        let draft = &plan.draft;
        let wants_env = format == Format::Env || draft.has_secrets();
        let wants_toml = format == Format::Toml || !draft.providers.is_empty();
        let env =
            wants_env.then(|| (place.env.as_path(), render::env_text(draft, format, &plan.about, secrets)));
        let toml = wants_toml.then(|| (place.toml.as_path(), render::toml_text(draft, format, &plan.about)));
        Self([env, toml].into_iter().flatten().collect())
    }

    fn shown(&self) -> String {
        let one = |(path, text): &(&std::path::Path, String)| format!("--- {} ---\n{text}\n", path.display());
        self.0.iter().map(one).collect::<Vec<_>>().concat()
    }

    fn write(&self, force: bool) -> anyhow::Result<Vec<report::Written>> {
        // Once more: questions may have taken their time, and both are written or none.
        refuse_existing(&self.0.iter().map(|(path, _)| *path).collect::<Vec<_>>(), force)?;
        let mut written = Vec::new();
        for (path, text) in &self.0 {
            let copy = files::write(path, text, force).context("the configuration isn't written")?;
            written.push(report::Written { path: path.to_path_buf(), copy });
        }
        Ok(written)
    }
}
