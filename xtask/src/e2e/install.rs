//! The real clients, at pinned versions, in a cache that survives between runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::process::Command;

use super::options::Options;

/// What is installed as one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Package {
    ClaudeCode,
    Codex,
    Copilot,
    GeminiCli,
    Aider,
    SdkPython,
    SdkTypescript,
    /// The compiler that checks what is written for the TypeScript SDKs.
    Compiler,
    /// The vendors' own libraries that judge signatures and assertions.
    Judges,
}

enum Source {
    /// Packages for the shared `node_modules`, and the program there (none: `node` itself).
    Npm(&'static [&'static str], Option<&'static str>),
    /// Packages for a virtual environment of this name, and the program in it.
    Pip(&'static str, &'static [&'static str], &'static str),
}

impl Package {
    fn source(self) -> Source {
        match self {
            Self::ClaudeCode => Source::Npm(&["@anthropic-ai/claude-code@2.1.197"], Some("claude")),
            Self::Codex => Source::Npm(&["@openai/codex@0.169.0"], Some("codex")),
            Self::Copilot => Source::Npm(&["@github/copilot@1.0.102"], Some("copilot")),
            Self::GeminiCli => Source::Npm(&["@google/gemini-cli@0.61.0"], Some("gemini")),
            Self::Aider => Source::Pip("aider", &["aider-chat==0.86.2"], "aider"),
            Self::SdkPython => Source::Pip("sdk-py", &["anthropic==2.11.0", "openai==3.52.0"], "python"),
            Self::SdkTypescript => Source::Npm(&["@anthropic-ai/sdk@1.11.0", "openai@6.49.0"], None),
            Self::Compiler => Source::Npm(&["typescript@5.9.3", "@types/node@20.19.43"], Some("tsc")),
            Self::Judges => Source::Pip("judges", &["botocore==1.44.5", "google-auth==2.62.2"], "python"),
        }
    }

    /// Names and versions, for the document.
    pub(super) fn pins(self) -> &'static [&'static str] {
        match self.source() {
            Source::Npm(pins, _) | Source::Pip(_, pins, _) => pins,
        }
    }
}

/// What is there to run.
#[derive(Debug)]
pub(super) struct Installed {
    cache: PathBuf,
    node: PathBuf,
    missing: Vec<(Package, String)>,
}

impl Installed {
    pub(super) fn program(&self, package: Package) -> PathBuf {
        match package.source() {
            Source::Npm(_, Some(name)) => self.node_modules_root().join("node_modules/.bin").join(name),
            Source::Npm(_, None) => self.node.clone(),
            Source::Pip(folder, _, name) => self.cache.join(folder).join("bin").join(name),
        }
    }

    pub(super) fn node_modules_root(&self) -> PathBuf {
        self.cache.join("npm")
    }

    /// The search path of every client: the interpreter of half of them, and the system.
    pub(super) fn search_path(&self) -> String {
        let node = self.node.parent().unwrap_or(Path::new("/usr/bin")).display();
        format!("{node}:/usr/local/bin:/usr/bin:/bin")
    }

    /// Why a package is not there, if so.
    pub(super) fn missing(&self, package: Package) -> Option<&str> {
        self.missing.iter().find(|(missing, _)| *missing == package).map(|(_, why)| why.as_str())
    }
}

/// Installs what the wanted clients need and is not there yet. A package that can't be had makes its cells
/// impossible, not the whole run.
pub(super) async fn prepare(options: &Options) -> anyhow::Result<Installed> {
    let cache = cache_folder()?;
    fs::create_dir_all(cache.join("npm"))?;
    let node = on_path("node").context("node is not on the search path")?;
    let mut installed = Installed { cache, node, missing: Vec::new() };
    let wanted: BTreeSet<Package> = options.packages();
    for package in wanted {
        if let Err(error) = install(&installed, package).await {
            installed.missing.push((package, format!("{error:#}")));
        }
    }
    Ok(installed)
}

async fn install(installed: &Installed, package: Package) -> anyhow::Result<()> {
    match package.source() {
        Source::Npm(pins, _) => {
            let root = installed.node_modules_root();
            if pins.iter().all(|pin| npm_has(&root, pin)) {
                return Ok(());
            }
            fs::write(root.join("package.json"), "{\"private\":true}\n")?;
            // All pins at once: npm removes what the manifest does not name.
            let all = all_npm_pins();
            let flags = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
            checked(Command::new("npm").args(flags).args(all).current_dir(root)).await
        }
        Source::Pip(folder, pins, _) => {
            let root = installed.cache.join(folder);
            let (stamp, wanted) = (root.join("pins.txt"), pins.join("\n"));
            if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
                return Ok(());
            }
            checked(Command::new("python3").args(["-m", "venv"]).arg(&root)).await?;
            checked(Command::new(root.join("bin/pip")).args(["install", "--quiet"]).args(pins)).await?;
            Ok(fs::write(stamp, wanted)?)
        }
    }
}

fn npm_has(root: &Path, pin: &str) -> bool {
    let Some((name, version)) = pin.rsplit_once('@') else { return false };
    let manifest = fs::read(root.join("node_modules").join(name).join("package.json")).unwrap_or_default();
    serde_json::from_slice::<serde_json::Value>(&manifest)
        .is_ok_and(|manifest| manifest["version"] == version)
}

fn all_npm_pins() -> Vec<&'static str> {
    let packages = [
        Package::ClaudeCode,
        Package::Codex,
        Package::Copilot,
        Package::GeminiCli,
        Package::SdkTypescript,
        Package::Compiler,
    ];
    packages.into_iter().flat_map(Package::pins).copied().collect()
}

async fn checked(command: &mut Command) -> anyhow::Result<()> {
    let program = command.as_std().get_program().display().to_string();
    let output = command.output().await.with_context(|| format!("run {program}"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    let last = words.lines().rev().take(5).collect::<Vec<_>>().join(" | ");
    anyhow::ensure!(output.status.success(), "{program} failed: {last}");
    Ok(())
}

/// The folder that survives between runs.
pub(crate) fn cache_folder() -> anyhow::Result<PathBuf> {
    if let Some(given) = setting("LYNKR_E2E_CACHE") {
        return Ok(given.into());
    }
    let base = setting("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| setting("HOME").map(|home| Path::new(&home).join(".cache")));
    Ok(base.context("neither LYNKR_E2E_CACHE nor HOME is set")?.join("lynkr-e2e"))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = setting("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A non-empty environment variable of the developer's own shell.
#[expect(clippy::disallowed_methods, reason = "a development tool without settings of its own")]
pub(super) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
