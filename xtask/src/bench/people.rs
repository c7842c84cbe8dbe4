//! `bench people`: how long people wait for the commands that answer from the store, with 100,000 requests in it, each the
//! shipped binary from its start to its end; and for what the dashboard asks. Each stands beside the limit that it has to keep.

mod endpoints;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::options::Options;
use crate::dashboard::seed;
use crate::e2e::gateway::{self, Gateway};
use crate::e2e::scratch::Scratch;
use crate::process;

/// How many requests the store holds.
const REQUESTS: u64 = 100_000;
/// The status line is drawn anew after each message.
const AT_ONCE: Duration = Duration::from_millis(50);
/// A report is waited for.
const SOON: Duration = Duration::from_millis(300);
/// What Claude Code hands to its status line, in short.
const SESSION: &str =
    r#"{"session_id":"session-0001","model":{"id":"claude-opus-4-5","display_name":"Opus 4.5"}}"#;

/// A command, what its answer has to hold, and how long it may take.
struct Asked {
    line: &'static str,
    holds: &'static str,
    limit: Duration,
}

const ASKED: [Asked; 6] = [
    Asked { line: "statusline", holds: "Opus 4.5 · ", limit: AT_ONCE },
    Asked { line: "usage", holds: "BY MODEL", limit: SOON },
    Asked { line: "usage --window all --json", holds: "\"byModel\"", limit: SOON },
    Asked { line: "usage --days 7 --csv", holds: "\nmodel,gpt-4o-mini,", limit: SOON },
    Asked { line: "usage --provider openai --model gpt-4o", holds: "gpt-4o", limit: SOON },
    Asked { line: "stats", holds: "Requests ", limit: SOON },
];

/// What one command or one request took.
struct Figure {
    what: String,
    median: Duration,
    slowest: Duration,
    limit: Duration,
}

impl Figure {
    fn of(what: String, mut times: Vec<Duration>, limit: Duration) -> Self {
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        Self { what, median, slowest: times.last().copied().unwrap_or_default(), limit }
    }
}

/// Measures every command; with `--strict` a median beyond its limit is a failure.
pub(super) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let binary = gateway::binary().await?;
    let scratch = Scratch::create("people")?;
    let store = scratch.root().join("lynkr.db");
    seed::fill(&store, REQUESTS).await?;
    let settings = |port: Option<&str>| {
        let mut settings = vec![
            ("MODEL_PROVIDER".to_owned(), "builtin".to_owned()),
            ("SESSION_DB_PATH".to_owned(), store.display().to_string()),
        ];
        settings.extend(port.map(|port| ("PORT".to_owned(), port.to_owned())));
        settings
    };
    let gateway =
        Gateway::start(binary.clone(), settings(Some("0")), "/usr/local/bin:/usr/bin:/bin", &scratch).await?;
    let commands = measure(&binary, &scratch, &settings(None), options.rounds);
    let endpoints = endpoints::measure(&gateway.url(), options.rounds).await;
    gateway.stop().await?;
    let figures: Vec<Figure> = commands?.into_iter().chain(endpoints?).collect();
    scratch.remove();
    report(&figures, options)?;
    let late = figures.iter().any(|own| own.median > own.limit);
    Ok(if late && options.strict { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Rounds over all commands, so that a machine's moods hit them alike.
fn measure(
    binary: &Path,
    scratch: &Scratch,
    settings: &[(String, String)],
    rounds: usize,
) -> anyhow::Result<Vec<Figure>> {
    let mut times: Vec<Vec<Duration>> = ASKED.iter().map(|_| Vec::new()).collect();
    // The first round fills the machine's caches and isn't counted.
    for round in 0..=rounds {
        for (asked, own) in ASKED.iter().zip(&mut times) {
            let time = once(command(binary, asked, scratch, settings)?, asked)?;
            if round > 0 {
                own.push(time);
            }
        }
    }
    let figure = |(asked, own): (&Asked, _)| Figure::of(format!("lynkr {}", asked.line), own, asked.limit);
    Ok(ASKED.iter().zip(times).map(figure).collect())
}

fn command(
    binary: &Path,
    asked: &Asked,
    scratch: &Scratch,
    settings: &[(String, String)],
) -> anyhow::Result<Command> {
    let program = binary.to_str().context("the program's path isn't UTF-8")?;
    let arguments: Vec<&str> = asked.line.split(' ').collect();
    let mut command = process::command(program, &arguments);
    command.env_clear().env("HOME", scratch.home()).envs(settings.iter().map(|(name, value)| (name, value)));
    command.current_dir(scratch.project());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

fn once(mut command: Command, asked: &Asked) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("starting lynkr {}", asked.line))?;
    // Who doesn't read it may be gone already.
    let _ = child.stdin.take().map(|mut input| input.write_all(SESSION.as_bytes()));
    let output = child.wait_with_output()?;
    let took = started.elapsed();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(
        output.status.success() && said.contains(asked.holds),
        "lynkr {}: {}\n{said}{complained}",
        asked.line,
        output.status
    );
    Ok(took)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn report(figures: &[Figure], options: &Options) -> anyhow::Result<()> {
    println!("{REQUESTS} requests stored, {} runs of each\n", options.rounds);
    println!("| What | median ms | slowest ms | limit ms | |\n|---|---:|---:|---:|---|");
    for Figure { what, median, slowest, limit } in figures {
        println!(
            "| `{what}` | {:.0} | {:.0} | {:.0} | {} |",
            millis(*median),
            millis(*slowest),
            millis(*limit),
            if median > limit { "too slow" } else { "kept" }
        );
    }
    let rows: Vec<_> = figures
        .iter()
        .map(|own| {
            json!({
                "what": own.what, "median_ms": millis(own.median), "slowest_ms": millis(own.slowest),
                "limit_ms": millis(own.limit),
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&json!({"requests": REQUESTS, "people": rows}))?;
    for path in &options.json {
        std::fs::write(path, &text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
