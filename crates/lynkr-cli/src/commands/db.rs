//! `lynkr db`: looks after the store. Every task opens it, and so brings its schema up to date first.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use lynkr_store::Store;

use crate::arguments::{Db, DbTask};
use crate::commands::opened::with_store;

pub(crate) fn run(arguments: &Db) -> anyhow::Result<ExitCode> {
    with_store(&arguments.inputs(), async |store| perform(store, &arguments.task).await)
}

async fn perform(store: &Store, task: &DbTask) -> anyhow::Result<ExitCode> {
    match task {
        DbTask::Migrate => {
            println!("{} has schema {}", store.shown(), store.schema().await?);
            Ok(ExitCode::SUCCESS)
        }
        DbTask::Check => check(store).await,
        DbTask::Backup { file } => {
            store.backup(file).await.context("can't back up")?;
            println!("{} is copied to {}", store.shown(), file.display());
            Ok(ExitCode::SUCCESS)
        }
        DbTask::Export { file } => export(store, file.as_deref()).await,
    }
}

async fn check(store: &Store) -> anyhow::Result<ExitCode> {
    let problems = store.check().await.context("can't check")?;
    for problem in &problems {
        eprintln!("{problem}");
    }
    if !problems.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    println!("{} is sound", store.shown());
    Ok(ExitCode::SUCCESS)
}

async fn export(store: &Store, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let Some(path) = file else {
        store.export(&mut BufWriter::new(std::io::stdout())).await.context("can't export")?;
        return Ok(ExitCode::SUCCESS);
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Transcripts are nobody else's.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).with_context(|| format!("can't write {}", path.display()))?;
    let mut to = BufWriter::new(file);
    let lines = store.export(&mut to).await.context("can't export")?;
    to.flush().with_context(|| format!("can't write {}", path.display()))?;
    println!("{lines} lines are in {}", path.display());
    Ok(ExitCode::SUCCESS)
}
