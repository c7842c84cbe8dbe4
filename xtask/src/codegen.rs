//! `codegen`: documents that are written from the program's own tables, so that they can't drift from it.

use crate::tidy::Finding;
use crate::tree;
use anyhow::Context as _;
use std::process::ExitCode;

/// A document, and the function that writes all of it.
type Generated = (&'static str, fn() -> String);

/// Every generated document, by path.
const GENERATED: &[Generated] = &[
    (".env.example", || lynkr_config::env_example(&settings())),
    ("docs/cli.md", lynkr_cli::cli_markdown),
    ("docs/configuration.md", || lynkr_config::reference_markdown(&settings())),
    ("docs/dialects.md", lynkr_protocol::losses::dialects_markdown),
    ("docs/openapi.json", lynkr_api::openapi_json),
    ("docs/errors.md", lynkr_providers::errors_markdown),
    ("docs/prices.md", lynkr_routing::prices_markdown),
    ("docs/providers.md", lynkr_providers::providers_markdown),
];

/// Every settings table of the program, the gateway's own first.
fn settings() -> Vec<&'static [lynkr_config::Setting]> {
    lynkr_app::settings_tables()
}

/// The environment name of every setting.
pub(crate) fn setting_names() -> Vec<&'static str> {
    settings().into_iter().flatten().map(|setting| setting.env).collect()
}

/// Writes what differs; with `--check` only lists it.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &["--check"])?;
    let stale = stale()?;
    if !arguments.is_empty() {
        for finding in &stale {
            println!("{finding}");
        }
        return Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    for (path, render) in
        GENERATED.iter().filter(|(path, _)| stale.iter().any(|finding| finding.file == *path))
    {
        let target = tree::root().join(path);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        std::fs::write(&target, with_one_line_end(&render())).with_context(|| format!("writing {path}"))?;
        println!("wrote {path}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Documents that aren't what their tables say today.
pub(crate) fn stale() -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, render) in GENERATED {
        let present = match std::fs::read_to_string(tree::root().join(path)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("reading {path}")),
        };
        findings.extend(difference(path, &present, &with_one_line_end(&render())));
    }
    Ok(findings)
}

fn difference(path: &str, present: &str, wanted: &str) -> Option<Finding> {
    if present == wanted {
        return None;
    }
    let same = present.lines().zip(wanted.lines()).take_while(|(left, right)| left == right).count();
    Some(Finding::new(path, same + 1, "out of date: run `cargo xtask codegen`"))
}

fn with_one_line_end(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests;
