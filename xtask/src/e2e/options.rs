//! The command line of `cargo xtask e2e`.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};

use super::case::Case;
use super::cell::Cell;
use super::client::{CLIENTS, Client};
use super::column::Column;
use super::install::Package;
use super::proof::{self, Proof, SDKS, Sdk};
use super::wrap::{WRAPS, Wrapped};

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
    sdks: Vec<&'static Sdk>,
    wraps: Vec<Wrapped>,
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
        sdks: Vec::new(),
        wraps: Vec::new(),
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
            "--client" => options.client(value()?)?,
            "--upstream" => options.columns.push(Column::parse(value()?)?),
            "--case" => options.cases.push(Case::parse(value()?)?),
            _ => bail!("unknown argument {arg}\n{USAGE}"),
        }
    }
    Ok(options)
}

impl Options {
    /// A name picks every client and proof that begins with it: `copilot` means all its wires.
    fn client(&mut self, name: &str) -> anyhow::Result<()> {
        let clients: Vec<_> = CLIENTS.iter().filter(|client| client.name.starts_with(name)).collect();
        let sdks: Vec<_> = SDKS.iter().filter(|sdk| sdk.name.starts_with(name)).collect();
        let wraps: Vec<_> = WRAPS.into_iter().filter(|wrap| wrap.name.starts_with(name)).collect();
        if clients.is_empty() && sdks.is_empty() && wraps.is_empty() {
            let names = CLIENTS.iter().map(|client| client.name).chain(SDKS.iter().map(|sdk| sdk.name));
            let names = names.chain(WRAPS.iter().map(|wrap| wrap.name));
            bail!("unknown client {name}; known: {}", names.collect::<Vec<_>>().join(", "));
        }
        self.clients.extend(clients);
        self.sdks.extend(sdks);
        self.wraps.extend(wraps);
        Ok(())
    }

    /// Whether nothing is picked by name.
    fn is_whole(&self) -> bool {
        self.names_nobody() && self.columns.is_empty() && self.cases.is_empty()
    }

    fn names_nobody(&self) -> bool {
        self.clients.is_empty() && self.sdks.is_empty() && self.wraps.is_empty()
    }

    /// The clients that are wrapped: those that are named, or all of them in a whole run.
    pub(super) fn wraps(&self) -> Vec<Wrapped> {
        if self.is_whole() && !self.direct { WRAPS.to_vec() } else { self.wraps.clone() }
    }

    /// The SDKs that are to prove the API, and before which columns.
    pub(super) fn proofs(&self) -> Vec<Proof> {
        let wanted = !self.sdks.is_empty() || (self.names_nobody() && self.cases.is_empty());
        if self.direct || !wanted {
            return Vec::new();
        }
        let sdks = if self.sdks.is_empty() { SDKS.iter().collect() } else { self.sdks.clone() };
        let columns = self.columns();
        let pairs = proof::COLUMNS.into_iter().filter(|column| columns.contains(column));
        pairs.flat_map(|column| sdks.iter().map(move |sdk| Proof { sdk, column })).collect()
    }

    /// A part of the matrix must not pass for the whole of it.
    pub(super) fn writes_document(&self) -> bool {
        self.width == Width::Full && self.is_whole() && !self.direct
    }

    pub(super) fn clients(&self) -> Vec<&'static Client> {
        if self.clients.is_empty() { CLIENTS.iter().collect() } else { self.clients.clone() }
    }

    pub(super) fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        if self.clients.is_empty() && !self.names_nobody() {
            return cells;
        }
        for client in self.clients() {
            let columns = if self.direct { vec![Column::Direct(client.wire)] } else { self.columns() };
            for column in columns {
                let cases = Case::ALL.into_iter().map(|case| Cell { client, column, case });
                cells.extend(cases.filter(|cell| self.wants(*cell)));
            }
        }
        cells
    }

    /// Whether a cell is run: what the command line names is, and of the rest what the width asks for.
    fn wants(&self, cell: Cell) -> bool {
        if !self.cases.is_empty() && !self.cases.contains(&cell.case) {
            return false;
        }
        let named = !self.clients.is_empty() || !self.columns.is_empty();
        match self.width {
            Width::Full if named => !self.cases.is_empty() || cell.column.takes(cell.case),
            Width::Full => {
                cell.column.takes(cell.case)
                    && cell.client.takes(cell.case)
                    && cell.client.goes_to(cell.column)
            }
            Width::Ci if self.cases.is_empty() && cell.case != Case::Tool => false,
            Width::Ci => named || self.direct || cell.client.is_narrow(cell.column),
        }
    }

    fn columns(&self) -> Vec<Column> {
        if self.columns.is_empty() { Column::ALL.to_vec() } else { self.columns.clone() }
    }

    /// What the wanted cells need installed.
    pub(super) fn packages(&self) -> BTreeSet<Package> {
        let (cells, proofs) = (self.cells(), self.proofs());
        let columns = cells.iter().map(|cell| cell.column).chain(proofs.iter().map(|proof| proof.column));
        let judges = columns.into_iter().any(Column::needs_judge).then_some(Package::Judges);
        let compiled = proofs.iter().any(|proof| proof.sdk.package == Package::SdkTypescript);
        let clients = cells.iter().map(|cell| cell.client.package());
        let sdks = proofs.iter().map(|proof| proof.sdk.package);
        let wraps = self.wraps().into_iter().map(|wrap| wrap.package);
        clients.chain(sdks).chain(wraps).chain(judges).chain(compiled.then_some(Package::Compiler)).collect()
    }
}

#[cfg(test)]
mod tests;
