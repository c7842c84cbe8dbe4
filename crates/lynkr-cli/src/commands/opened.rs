//! The store for commands that work on it.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use lynkr_app::load;
use lynkr_config::Inputs;
use lynkr_store::{AuditEntry, Store, StoreOptions, StoreUrl, Timestamp, record_id};
use serde_json::Value;

use crate::progress::during;

/// How long what waits to be written may take at the end.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// Opens the store that the settings name, hands it to a task and closes it.
pub(crate) fn with_store<T>(inputs: &Inputs, task: T) -> anyhow::Result<ExitCode>
where
    T: AsyncFnOnce(&Store) -> anyhow::Result<ExitCode>,
{
    let loaded = load(inputs);
    let url = match StoreUrl::from_values(&loaded.values) {
        Ok(url) => url,
        Err(problem) => {
            eprintln!("{problem}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("can't start the runtime")?;
    runtime.block_on(async {
        let shown = url.shown();
        // A schema that has to be brought up to date may take its time.
        let opened = during("opening the store", Store::open(&StoreOptions::new(url))).await;
        let store = opened.with_context(|| format!("can't open {shown}"))?;
        let outcome = task(&store).await;
        store.close(CLOSE_WITHIN).await;
        outcome
    })
}

/// Puts on record what the command did.
pub(crate) async fn audit(store: &Store, action: &str, target: &str, detail: Value) -> anyhow::Result<()> {
    let entry = AuditEntry {
        id: record_id(),
        at: Timestamp::now(),
        actor: "cli".to_owned(),
        action: action.to_owned(),
        target: target.to_owned(),
        outcome: "ok".to_owned(),
        request_id: None,
        detail,
    };
    store.audit().insert(&[entry]).await.context("can't write the audit log")
}

/// A file that isn't there yet, for its owner alone: what the store has is nobody else's.
pub(crate) fn new_file(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("can't write {}", path.display()))
}

/// JSON for programs.
pub(crate) fn print_json(value: &Value) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
