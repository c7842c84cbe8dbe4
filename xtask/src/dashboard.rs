//! `cargo xtask dashboard`: the dashboard in a real Chromium, before the shipped binary and 100,000 stored requests.
//!
//! The checks are in `dashboard/browser`: every view is opened, in both themes and on a narrow screen, and looked over
//! by axe-core; a request is seen as it comes; filters, files, receipts, sessions, keys and the keyboard are used.
//! `--screenshots` draws the pictures of `docs/dashboard` as well.

pub(crate) mod seed;

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use lynkr_testkit::{Script, Upstream};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::e2e::gateway::{self, Gateway};
use crate::e2e::scratch::Scratch;
use crate::{process, tree};

/// How many requests the store holds.
const REQUESTS: u64 = 100_000;
/// The key of the gateway that wants one.
const KEY: &str = "operator-key-of-the-dashboard-checks";
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// A hanging browser fails the run.
const LIMIT: Duration = Duration::from_mins(8);

/// Runs the checks. Without a browser they are left out with a line that says so; `--must` makes that an error.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &["--must", "--screenshots"])?;
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let tools = match Tools::find() {
        Ok(tools) => tools,
        Err(missing) if has("--must") => {
            return Err(missing.context("LYNKR_CI_DASHBOARD=0 leaves the dashboard's checks out"));
        }
        Err(missing) => {
            println!("dashboard: skipped: {missing:#}");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = check(&tools, has("--screenshots")) => done,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    })
}

/// The programs that are needed and don't come with the repository.
struct Tools {
    browser: PathBuf,
    node: PathBuf,
    npm: PathBuf,
}

impl Tools {
    fn find() -> anyhow::Result<Self> {
        let browser = match process::variable("LYNKR_CHROMIUM") {
            Some(given) => PathBuf::from(given),
            None => BROWSERS
                .iter()
                .find_map(|name| on_path(name))
                .context("chromium isn't installed (apt-get install chromium)")?,
        };
        let node = on_path("node").context("node isn't installed")?;
        Ok(Self { browser, node, npm: on_path("npm").context("npm isn't installed")? })
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = process::variable("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

async fn check(tools: &Tools, screenshots: bool) -> anyhow::Result<ExitCode> {
    let (modules, binary) = tokio::try_join!(modules(tools), gateway::binary())?;
    let started = Instant::now();
    let scratch = Scratch::create("dashboard")?;
    let store = scratch.root().join("lynkr.db");
    seed::fill(&store, REQUESTS).await?;
    println!("dashboard: {REQUESTS} requests stored in {:.1} s", started.elapsed().as_secs_f64());
    let upstream = upstream().await?;
    let kept = store.to_string_lossy().into_owned();
    let start = |more: &[(&str, &str)]| {
        let environment = environment(&upstream.url(), more);
        Gateway::start(binary.clone(), environment, "/usr/local/bin:/usr/bin:/bin", &scratch)
    };
    let open = start(&[("SESSION_DB_PATH", &kept)]).await?;
    let keyed = start(&[("SESSION_DB_PATH", &kept), ("LYNKR_API_KEYS", KEY)]).await?;
    // No folder can be made below a file: nothing is kept.
    let bare = start(&[("XDG_STATE_HOME", "/dev/null")]).await?;
    let gateways =
        [("OPEN_GATEWAY", open.url()), ("KEYED_GATEWAY", keyed.url()), ("BARE_GATEWAY", bare.url())];
    let passed = browse(tools, &modules, screenshots, gateways).await;
    for gateway in [open, keyed, bare] {
        gateway.stop().await?;
    }
    scratch.remove();
    println!("dashboard: {:.0} s", started.elapsed().as_secs_f64());
    Ok(if passed? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the checks in the browser; whether all of them passed.
async fn browse(
    tools: &Tools,
    modules: &Path,
    screenshots: bool,
    gateways: [(&str, String); 3],
) -> anyhow::Result<bool> {
    let mut node = Command::new(&tools.node);
    node.arg(source().join("run.mjs"))
        .env("MODULES", modules)
        .env("CHROMIUM", &tools.browser)
        .envs(gateways)
        .env("GATEWAY_KEY", KEY)
        .env("STORED", REQUESTS.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if screenshots {
        node.env("SCREENSHOTS", tree::root().join("docs/dashboard"));
    }
    let ended = tokio::time::timeout(LIMIT, node.status()).await;
    Ok(ended.context("the browser's checks took too long")??.success())
}

/// What the browser's checks import, at the versions of the lock file, in a cache that survives between runs.
async fn modules(tools: &Tools) -> anyhow::Result<PathBuf> {
    let cache = crate::e2e::install::cache_folder()?.join("dashboard");
    std::fs::create_dir_all(&cache)?;
    let lock = std::fs::read(source().join("package-lock.json"))?;
    let stamp = cache.join("installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(cache);
    }
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(source().join(name), cache.join(name))?;
    }
    let flags = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    let status = Command::new(&tools.npm).args(flags).current_dir(&cache).status().await?;
    ensure!(status.success(), "npm ci failed in {}", cache.display());
    std::fs::write(stamp, lock)?;
    Ok(cache)
}

fn source() -> PathBuf {
    tree::root().join("xtask/src/dashboard/browser")
}

/// A vendor that answers everything in Chat Completions.
async fn upstream() -> anyhow::Result<Upstream> {
    let answer = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940,
                  "prompt_tokens_details": {"cached_tokens": 600}},
    });
    let respond = move |request: &lynkr_testkit::Recorded| {
        let mut answer = answer.clone();
        if let Ok(asked) = serde_json::from_slice::<Value>(&request.body) {
            answer["model"] = asked["model"].clone();
        }
        Script::json(200, &answer)
    };
    Ok(Upstream::with(respond).await?)
}

/// A gateway with tiers over two providers, of which one is a local server.
fn environment(upstream: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let endpoint = format!("{upstream}/v1");
    let settings = [
        ("MODEL_PROVIDER", "openai"),
        ("OPENAI_API_KEY", "sk-of-the-checks"),
        ("OPENAI_ENDPOINT", endpoint.as_str()),
        ("ANTHROPIC_API_KEY", "sk-ant-of-the-checks"),
        ("TIER_SIMPLE", "openai:gpt-4o-mini"),
        ("TIER_MEDIUM", "openai:gpt-4o-mini,openai:gpt-4o"),
        ("TIER_COMPLEX", "openai:gpt-4o,anthropic:claude-sonnet-4-5"),
        ("TIER_REASONING", "anthropic:claude-opus-4-5"),
    ];
    settings.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
