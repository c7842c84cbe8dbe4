//! `lynkr doctor`: looks for what is wrong, one check after the other, and says what would help.
//!
//! A check is a row of [`CHECKS`] and a file of its own. None changes anything but for the store's schema, which every
//! program that opens the store brings up to date.

mod clients;
mod configuration;
mod finding;
mod gateway;
mod keys;
mod ports;
mod prices;
mod print;
mod servers;
mod store;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use lynkr_app::{Scout, load};
use lynkr_config::{Inputs, Loaded};

use crate::arguments::Doctor;
use crate::progress::Progress;
use finding::{Finding, Verdict};

/// What the checks look at.
pub(crate) struct Context {
    inputs: Inputs,
    loaded: Loaded,
    /// Asks servers; none where the configuration doesn't even allow that.
    scout: Option<Arc<Scout>>,
    /// Nobody outside of this machine is asked.
    offline: bool,
}

/// A check under way.
type Looking<'a> = Pin<Box<dyn Future<Output = Vec<Finding>> + 'a>>;

/// One check.
struct Check {
    /// The name for programs.
    name: &'static str,
    /// The heading for people.
    title: &'static str,
    look: fn(&Context) -> Looking<'_>,
}

/// All checks, in the order in which they are shown.
const CHECKS: &[Check] = &[
    Check {
        name: "configuration",
        title: "Configuration",
        look: |on| Box::pin(async { configuration::look(on) }),
    },
    Check { name: "keys", title: "Providers and keys", look: |on| Box::pin(keys::look(on)) },
    Check { name: "servers", title: "Model servers on this machine", look: |on| Box::pin(servers::look(on)) },
    Check { name: "ports", title: "Port", look: |on| Box::pin(ports::look(on)) },
    Check { name: "clients", title: "Clients", look: |on| Box::pin(clients::look(on)) },
    Check { name: "store", title: "Store", look: |on| Box::pin(store::look(on)) },
    Check { name: "prices", title: "Prices", look: |on| Box::pin(async { prices::look(on) }) },
    Check {
        name: "gateway",
        title: "What Claude Code expects of the running gateway",
        look: |on| Box::pin(gateway::look(on)),
    },
];

pub(crate) fn run(arguments: &Doctor, version: &'static str) -> anyhow::Result<ExitCode> {
    let inputs = arguments.inputs();
    let loaded = load(&inputs);
    let scout = Scout::new(&loaded.values, &inputs).ok().map(Arc::new);
    let context = Context { inputs, loaded, scout, offline: arguments.offline };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("can't start the runtime")?;
    let results = runtime.block_on(all(&context));
    let is_well = !results.iter().flat_map(|(_, found)| found).any(|own| own.verdict == Verdict::Wrong);
    if arguments.json {
        println!("{:#}", print::json(&results, version, is_well));
    } else {
        print!("{}", print::text(&results, is_well));
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn all(context: &Context) -> Vec<(&'static Check, Vec<Finding>)> {
    let is_seen = console::Term::stderr().is_term();
    let progress = is_seen.then(|| Progress::of("looking", CHECKS.len()));
    let mut results = Vec::new();
    for check in CHECKS {
        results.push((check, (check.look)(context).await));
        if let Some(progress) = &progress {
            progress.done(check.title);
        }
    }
    if let Some(progress) = progress {
        progress.end();
    }
    results
}
