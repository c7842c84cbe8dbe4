//! The official SDKs as outside proof: each drives every part of the API that the gateway serves, through its own
//! helpers, and holds each answer to the vendor's schema as it carries it.
//!
//! The scenarios are in `proof/`. One run of an SDK drives all of them through one gateway, whose provider is a
//! scripted model that fails when a prompt orders it to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use lynkr_testkit::ModelScript;
use serde_json::Value;
use tokio::process::Command;

use super::cell::{Setting, Stage};
use super::column::{CLIENT_KEY, Column};
use super::install::{Installed, Package};
use super::process::Invocation;
use super::scratch::Scratch;

/// Files of the scenarios.
const PYTHON: &[(&str, &str)] = &[
    ("proof.py", include_str!("proof/proof.py")),
    ("common.py", include_str!("proof/common.py")),
    ("anthropic_sdk.py", include_str!("proof/anthropic_sdk.py")),
    ("openai_sdk.py", include_str!("proof/openai_sdk.py")),
];
const TYPESCRIPT: &[(&str, &str)] = &[
    ("common.mts", include_str!("proof/common.mts")),
    ("anthropic.mts", include_str!("proof/anthropic.mts")),
    ("openai.mts", include_str!("proof/openai.mts")),
    ("tsconfig.json", include_str!("proof/tsconfig.json")),
];

/// Every scenario of every SDK comes to its end well within this.
const LIMIT: Duration = Duration::from_secs(120);

/// An SDK, in one of its languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sdk {
    pub(super) name: &'static str,
    vendor: &'static str,
    pub(super) package: Package,
}

pub(super) const SDKS: [Sdk; 4] = [
    Sdk { name: "proof-py-anthropic", vendor: "anthropic", package: Package::SdkPython },
    Sdk { name: "proof-py-openai", vendor: "openai", package: Package::SdkPython },
    Sdk { name: "proof-ts-anthropic", vendor: "anthropic", package: Package::SdkTypescript },
    Sdk { name: "proof-ts-openai", vendor: "openai", package: Package::SdkTypescript },
];

/// The columns whose dialects differ.
pub(super) const COLUMNS: [Column; 6] = [
    Column::Anthropic,
    Column::OpenAiChat,
    Column::OpenAiResponses,
    Column::Ollama,
    Column::Gemini,
    Column::Bedrock,
];

/// An SDK before a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    pub(super) sdk: &'static Sdk,
    pub(super) column: Column,
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} × {}", self.sdk.name, self.column.name())
    }
}

/// How a scenario went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) scenario: String,
    /// `ok`, `skipped` or `failed`.
    pub(super) verdict: String,
    pub(super) why: String,
}

impl Line {
    fn read(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        Some(Self { scenario: text("scenario")?, verdict: text("verdict")?, why: text("why")? })
    }

    fn failed(scenario: &str, why: String) -> Self {
        Self { scenario: scenario.to_owned(), verdict: "failed".to_owned(), why }
    }
}

/// The scenarios in a folder of their own, those in TypeScript checked against the SDKs' types and compiled.
#[derive(Debug)]
pub(super) struct Scripts {
    folder: tempfile::TempDir,
}

impl Scripts {
    pub(super) async fn prepare(installed: &Installed, typescript: bool) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        for (name, text) in PYTHON.iter().chain(TYPESCRIPT) {
            std::fs::write(folder.path().join(name), text)?;
        }
        let scripts = Self { folder };
        if typescript {
            scripts.compile(installed).await?;
        }
        Ok(scripts)
    }

    async fn compile(&self, installed: &Installed) -> anyhow::Result<()> {
        let modules = installed.node_modules_root().join("node_modules");
        std::os::unix::fs::symlink(modules, self.path("node_modules"))?;
        let compiler = installed.program(Package::Compiler);
        let output = Command::new(compiler).arg("-p").arg(self.folder.path()).output().await?;
        let words = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "the scenarios don't fit the SDKs' types: {words}");
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn invocation(&self, sdk: &Sdk, installed: &Installed, url: &str) -> Invocation {
        let run = Invocation::new(installed.program(sdk.package));
        let text = |path: &Path| path.display().to_string();
        let run = if sdk.package == Package::SdkPython {
            run.arg("-B").arg(&text(&self.path("proof.py"))).arg(sdk.vendor)
        } else {
            run.arg(&text(&self.path(&format!("out/{}.mjs", sdk.vendor))))
        };
        run.args(&[url, CLIENT_KEY])
    }
}

/// Runs all scenarios of an SDK before a column; at least one line always.
pub(super) async fn run(setting: &Setting, scripts: &Scripts, proof: Proof) -> Vec<Line> {
    match attempt(setting, scripts, proof).await {
        Ok(lines) if !lines.is_empty() => lines,
        Ok(_) => vec![Line::failed("run", "no scenario was run".to_owned())],
        Err(error) => vec![Line::failed("run", format!("{error:#}"))],
    }
}

async fn attempt(setting: &Setting, scripts: &Scripts, proof: Proof) -> anyhow::Result<Vec<Line>> {
    let scratch = Scratch::create(&format!("{}-{}", proof.sdk.name, proof.column.name()))?;
    let model = ModelScript::new().obeys().forbid(CLIENT_KEY).start().await?;
    let more = [
        ("LYNKR_API_KEYS", CLIENT_KEY),
        // What is sent again is the SDK's to decide here, and no trouble that it orders may close the provider.
        ("API_RETRY_MAX_RETRIES", "0"),
        ("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "1000000"),
    ];
    let stage = Stage::set(setting, proof.column, &model.url(), &scratch, &more).await?;
    let url =
        stage.gateway.as_ref().map(super::gateway::Gateway::url).context("a proof needs the gateway")?;
    let run = scripts.invocation(proof.sdk, &setting.installed, &url);
    let outcome = run.start("client", &setting.installed.search_path(), &scratch)?.finish(LIMIT).await?;
    let mut lines: Vec<Line> = outcome.stdout.lines().filter_map(Line::read).collect();
    if !outcome.succeeded() {
        lines.push(Line::failed("run", outcome.last_words()));
    }
    let mut faults = stage.clear(setting, proof.column, Some(&model)).await?;
    faults.extend(model.violations());
    if !faults.is_empty() {
        lines.push(Line::failed("upstream", faults.into_iter().take(3).collect::<Vec<_>>().join("; ")));
    }
    if setting.keep || lines.iter().any(|line| line.verdict == "failed") {
        super::cell::keep_requests(Some(&model), &scratch)?;
    } else {
        scratch.remove();
    }
    Ok(lines)
}

/// The result as Markdown: a table of scenarios per SDK, and what isn't green.
pub(super) fn render(results: &[(Proof, Vec<Line>)]) -> String {
    let mut lines = Vec::new();
    for vendor in ["anthropic", "openai"] {
        let here: Vec<_> = results.iter().filter(|(proof, _)| proof.sdk.vendor == vendor).collect();
        let mut columns: Vec<&str> = Vec::new();
        let mut scenarios: Vec<&str> = Vec::new();
        for (proof, found) in &here {
            let names = found.iter().map(|line| line.scenario.as_str());
            let new: Vec<&str> = names.filter(|name| !scenarios.contains(name)).collect();
            scenarios.extend(new);
            if !columns.contains(&proof.column.name()) {
                columns.push(proof.column.name());
            }
        }
        if here.is_empty() {
            continue;
        }
        lines.push(format!("| {vendor} SDK | {} |", columns.join(" | ")));
        lines.push(format!("|---|{}", "---|".repeat(columns.len())));
        for scenario in scenarios {
            let cells = columns.iter().map(|column| marks(&here, column, scenario));
            lines.push(format!("| `{scenario}` | {} |", cells.collect::<Vec<_>>().join(" | ")));
        }
        lines.push(String::new());
    }
    lines
        .push("Python first, then TypeScript (✓ green, ✗ red, – not served, · no such scenario).".to_owned());
    lines.extend(exceptions(results, "failed", "Red"));
    lines.extend(exceptions(results, "skipped", "Not served"));
    lines.join("\n")
}

fn marks(results: &[&(Proof, Vec<Line>)], column: &str, scenario: &str) -> String {
    let mark = |package: Package| {
        let run =
            results.iter().find(|(proof, _)| proof.sdk.package == package && proof.column.name() == column);
        let line = run.and_then(|(_, lines)| lines.iter().find(|line| line.scenario == scenario));
        match line.map(|line| line.verdict.as_str()) {
            Some("ok") => "✓",
            Some("skipped") => "–",
            Some(_) => "✗",
            None => "·",
        }
    };
    [Package::SdkPython, Package::SdkTypescript].map(mark).concat()
}

fn exceptions(results: &[(Proof, Vec<Line>)], verdict: &str, title: &str) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (proof, lines) in results {
        for line in lines.iter().filter(|line| line.verdict == verdict) {
            let key = format!("{} × `{}`: {}", proof.sdk.name, line.scenario, line.why);
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, columns)) => columns.push(proof.column.name()),
                None => groups.push((key, vec![proof.column.name()])),
            }
        }
    }
    if groups.is_empty() {
        return Vec::new();
    }
    let lines = groups.into_iter().map(|(key, columns)| format!("- {key} ({})", columns.join(", ")));
    [String::new(), format!("{title}:"), String::new()].into_iter().chain(lines).collect()
}

#[cfg(test)]
mod tests;
