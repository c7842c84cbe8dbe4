//! `tidy`: the rules of the house that compilers don't check. Each rule is a pure function over text; all
//! violations are listed at once, as `file:line: message`.

mod addresses;
mod exclusive;
mod graph;
mod layers;
mod links;
mod locks;
mod registry;
mod secrets;
mod settings;
mod sources;

use crate::{codegen, process, tree};
use std::fmt;
use std::process::ExitCode;

/// One violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Runs every rule over the working tree.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &[])?;
    let files = tree::text_files()?;
    let mut findings = check_files(&files);
    findings.extend(check_graph()?);
    findings.extend(codegen::stale()?);
    let root = tree::root();
    findings.extend(links::check(&files, &|path| root.join(path).exists()));
    findings.extend(settings::check(&files, &codegen::setting_names()));
    for warning in files.iter().filter(|file| file.path == "Cargo.lock").flat_map(locks::duplicates) {
        println!("warning: {warning}");
    }
    findings.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} files, {} violations", files.len(), findings.len());
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// These files hold the very words that the rules look for.
fn names_the_rules(path: &str) -> bool {
    path.starts_with("xtask/src/tidy/")
}

/// Recorded exchanges: their text is their clients' and servers', down to the last space.
fn is_recorded(path: &str) -> bool {
    path.contains("/fixtures/") || tree::extension(path) == "snap"
}

fn check_files(files: &[tree::TextFile]) -> Vec<Finding> {
    const RULES: &[fn(&tree::TextFile) -> Vec<Finding>] = &[
        sources::check,
        addresses::check,
        secrets::check,
        registry::check,
        locks::check_cargo,
        locks::check_npm,
    ];
    files.iter().flat_map(|file| RULES.iter().flat_map(move |rule| rule(file))).collect()
}

fn check_graph() -> anyhow::Result<Vec<Finding>> {
    let arguments = ["metadata", "--format-version", "1", "--locked"];
    let metadata = serde_json::from_str(&process::capture(process::command("cargo", &arguments))?)?;
    let root = tree::root();
    let graph = graph::Graph::read(&metadata, &|manifest| {
        std::fs::read_to_string(root.join(manifest)).unwrap_or_default()
    });
    let mut findings = layers::check(&graph);
    findings.extend(exclusive::check(&graph));
    Ok(findings)
}
