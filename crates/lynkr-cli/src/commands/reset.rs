//! `lynkr reset`: forgets what the gateway remembers by itself. Keys, budgets and records are none of it.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;
use lynkr_store::{Store, StoreUrl};

use crate::arguments::{Arguments, Reset};
use crate::commands::opened::with_store;

/// What can be forgotten.
const RESOURCES: &[&str] = &["session_pins", "all"];

pub(crate) fn run(arguments: &Reset) -> anyhow::Result<ExitCode> {
    let Some(resource) = arguments.resource.as_deref() else {
        let mut command = Arguments::command();
        command.build();
        if let Some(own) = command.find_subcommand_mut("reset") {
            println!("{}", own.render_help());
        }
        return Ok(ExitCode::SUCCESS);
    };
    if !RESOURCES.contains(&resource) {
        eprintln!("error: `{resource}` can't be reset: write one of {}", RESOURCES.join(", "));
        return Ok(ExitCode::FAILURE);
    }
    let inputs = arguments.inputs();
    // A store that isn't there has nothing to forget, and isn't made for that.
    if let Ok(StoreUrl::Sqlite(path)) = StoreUrl::from_values(&lynkr_app::load(&inputs).values)
        && !path.exists()
    {
        eprintln!("error: there is no store at {}", path.display());
        return Ok(ExitCode::FAILURE);
    }
    with_store(&inputs, async |store| forget(store).await)
}

async fn forget(store: &Store) -> anyhow::Result<ExitCode> {
    let pins = store.pins().clear().await.context("can't forget the models of sessions")?;
    println!("session_pins: {pins}");
    Ok(ExitCode::SUCCESS)
}
