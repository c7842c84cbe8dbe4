//! The command line of `cargo xtask e2e`.

use anyhow::{Context as _, bail};

use super::case::Case;
use super::cell::Cell;
use super::client::{CLIENTS, Client};
use super::column::Column;

/// How much of the matrix is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// One tool round trip per client and upstream.
    Ci,
    /// Every case, and the document is written.
    Full,
}

/// The parsed command line.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) width: Width,
    pub(super) direct: bool,
    pub(super) keep: bool,
    pub(super) jobs: usize,
    clients: Vec<&'static Client>,
    columns: Vec<Column>,
    cases: Vec<Case>,
}

const USAGE: &str = "usage: cargo xtask e2e [--ci|--full] [--direct] [--client NAME] [--upstream DIALECT] \
                     [--case NAME] [--jobs N] [--keep]";

pub(super) fn parse(args: &[String]) -> anyhow::Result<Options> {
    let mut options = Options {
        width: Width::Ci,
        direct: false,
        keep: false,
        jobs: 2,
        clients: Vec::new(),
        columns: Vec::new(),
        cases: Vec::new(),
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value\n{USAGE}"));
        match arg.as_str() {
            "--ci" => options.width = Width::Ci,
            "--full" => options.width = Width::Full,
            "--direct" => options.direct = true,
            "--keep" => options.keep = true,
            "--jobs" => options.jobs = value()?.parse().context("--jobs needs a number")?,
            "--client" => options.clients.extend(clients(value()?)?),
            "--upstream" => options.columns.push(Column::parse(value()?)?),
            "--case" => options.cases.push(Case::parse(value()?)?),
            _ => bail!("unknown argument {arg}\n{USAGE}"),
        }
    }
    Ok(options)
}

/// A name picks every client that begins with it: `copilot` means all its wires.
fn clients(name: &str) -> anyhow::Result<Vec<&'static Client>> {
    let found: Vec<_> = CLIENTS.iter().filter(|client| client.name.starts_with(name)).collect();
    if found.is_empty() {
        let names: Vec<_> = CLIENTS.iter().map(|client| client.name).collect();
        bail!("unknown client {name}; known: {}", names.join(", "));
    }
    Ok(found)
}

impl Options {
    /// A part of the matrix must not pass for the whole of it.
    pub(super) fn writes_document(&self) -> bool {
        let whole = self.clients.is_empty() && self.columns.is_empty() && self.cases.is_empty();
        self.width == Width::Full && whole && !self.direct
    }

    pub(super) fn clients(&self) -> Vec<&'static Client> {
        if self.clients.is_empty() { CLIENTS.iter().collect() } else { self.clients.clone() }
    }

    pub(super) fn cells(&self) -> Vec<Cell> {
        let cases = match (self.cases.as_slice(), self.width) {
            ([], Width::Full) => Case::ALL.to_vec(),
            ([], Width::Ci) => vec![Case::Tool],
            (given, _) => given.to_vec(),
        };
        let mut cells = Vec::new();
        for client in self.clients() {
            let columns = if self.direct { vec![Column::Direct(client.wire)] } else { self.columns() };
            for column in columns {
                cells.extend(cases.iter().map(|case| Cell { client, column, case: *case }));
            }
        }
        cells
    }

    fn columns(&self) -> Vec<Column> {
        if self.columns.is_empty() { Column::ALL.to_vec() } else { self.columns.clone() }
    }
}

#[cfg(test)]
mod tests;
