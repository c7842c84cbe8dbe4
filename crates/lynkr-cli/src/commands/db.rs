//! `lynkr db`: looks after the store. Every task opens it, and so brings its schema up to date first.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use lynkr_store::Store;

use crate::arguments::{Db, DbTask};
use crate::commands::opened::{new_file, with_store};
use crate::progress::{Count, during};

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
            during("copying the store", store.backup(file)).await.context("can't back up")?;
            println!("{} is copied to {}", store.shown(), file.display());
            Ok(ExitCode::SUCCESS)
        }
        DbTask::Export { file } => export(store, file.as_deref()).await,
    }
}

async fn check(store: &Store) -> anyhow::Result<ExitCode> {
    let problems = during("looking for damage", store.check()).await.context("can't check")?;
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
        let to = BufWriter::new(io::stdout());
        let mut to = Counted { to, count: Count::of_output("exporting lines", None) };
        store.export(&mut to).await.context("can't export")?;
        return Ok(ExitCode::SUCCESS);
    };
    let mut to = Counted { to: BufWriter::new(new_file(path)?), count: Count::of("exporting lines", None) };
    let lines = store.export(&mut to).await.context("can't export")?;
    to.flush().with_context(|| format!("can't write {}", path.display()))?;
    drop(to);
    println!("{lines} lines are in {}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// Counts the lines that are written.
struct Counted<W> {
    to: W,
    count: Count,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        let written_bytes = bytes.get(..written).unwrap_or_default();
        let lines: usize = written_bytes.iter().map(|byte| usize::from(*byte == b'\n')).sum();
        if lines > 0 {
            self.count.add(lines);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
