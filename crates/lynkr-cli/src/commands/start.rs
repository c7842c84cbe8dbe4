//! `lynkr start`: serve until Ctrl-C or SIGTERM.

mod detached;

use std::io::{ErrorKind, IsTerminal as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use lynkr_app::{FileWatch, Reloader, StartError, build, summary};
use lynkr_config::{Inputs, Loaded, Problem, Values};
use lynkr_telemetry::{LogFile, LogFormat, LogOptions, Logging, Turn, init};

use super::daemon;
use crate::arguments::Start;
use crate::progress::during;
use detached::Announced;

/// Threads for what is done beside serving.
const BESIDE: usize = 2;

pub(crate) fn run(arguments: &Start, version: &'static str) -> anyhow::Result<ExitCode> {
    if arguments.daemon {
        return daemon::run(arguments);
    }
    if arguments.is_detached() {
        lynkr_process::leave_terminal();
    }
    let (inputs, loaded) = detached::loaded(arguments)?;
    let _logging = init_logging(&loaded.values)?;
    // What requests don't wait for: the store's writer, watches, refreshes. Connections have threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(BESIDE)
        .enable_all()
        .build()
        .context("can't start the runtime")?;
    runtime.block_on(serve(arguments, &loaded, inputs, version))
}

async fn serve(
    arguments: &Start,
    loaded: &Loaded,
    inputs: Inputs,
    version: &str,
) -> anyhow::Result<ExitCode> {
    let building = build(loaded, inputs);
    // Elsewhere than in a terminal each line is the log's.
    let built = if std::io::stderr().is_terminal() {
        during("opening the store and looking for providers", building).await
    } else {
        building.await
    };
    let mut built = match built {
        Ok(built) => built,
        Err(StartError::Configuration(problems)) => return Ok(refuse(&problems)),
        Err(error) => return Err(error.into()),
    };
    if arguments.users().is_some() {
        // Its clients are on this machine, and are told an address that no certificate is for.
        built.identity = None;
    }
    let running = match lynkr_app::start(&built, loaded) {
        Ok(running) => running,
        Err(StartError::Bind { address, source }) if source.kind() == ErrorKind::AddrInUse => {
            return Err(taken(address));
        }
        Err(error) => return Err(error.into()),
    };
    follow(&built.reloader, &loaded.values);
    eprint!("{}", summary(version, &built, loaded, running.address));
    let announced = Announced::new(arguments, &built, &loaded.values, running.address, version);
    drop(built);
    let users = arguments.users().map(Path::to_owned);
    let stop = async {
        tokio::select! {
            () = stop_signal() => {}
            () = detached::left_alone(users) => {}
        }
    };
    let busy = tokio::select! {
        busy = running.serve(stop) => busy,
        () = insisted() => 0,
    };
    drop(announced);
    if busy > 0 {
        tracing::warn!(cut = busy, "ended with requests still under way");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Who has the address, as far as the system says.
fn taken(address: SocketAddr) -> anyhow::Error {
    let by = lynkr_process::listener_on(address);
    let by = by
        .map_or_else(|| "something else does already".to_owned(), |holder| format!("{holder} does already"));
    anyhow::anyhow!(
        "can't listen on {address}: {by}\n\
         hint: `--port 0` takes any free port; PORT and --port choose another; `lynkr status` lists gateways, `lynkr stop` ends one"
    )
}

/// Reads the configuration anew at SIGHUP and, unless that is switched off, when its files change.
fn follow(reloader: &Arc<Reloader>, values: &Values) {
    #[cfg(unix)]
    if let Ok(hangups) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
        tokio::spawn(reload_at(hangups, Arc::clone(reloader)));
    }
    if !values.bool("HOT_RELOAD_ENABLED") {
        return;
    }
    let watch = FileWatch::begin(Arc::clone(reloader));
    tokio::spawn(watch.follow(values.milliseconds("HOT_RELOAD_DEBOUNCE_MS")));
}

#[cfg(unix)]
async fn reload_at(mut hangups: tokio::signal::unix::Signal, reloader: Arc<Reloader>) {
    while hangups.recv().await.is_some() {
        reloader.reload_by("signal").await;
    }
}

pub(super) fn refuse(problems: &[Problem]) -> ExitCode {
    eprintln!("error: the configuration can't be used:");
    for problem in problems {
        // The heading says that these are errors; a hint stays below its own problem.
        let problem = problem.to_string();
        eprintln!("  {}", problem.strip_prefix("error: ").unwrap_or(&problem).replace('\n', "\n  "));
    }
    eprintln!("`lynkr config` shows every setting and where it comes from");
    ExitCode::FAILURE
}

fn init_logging(values: &Values) -> anyhow::Result<Logging> {
    let level = |env| values.text(env).unwrap_or("info").to_owned();
    let file = values.bool("LOG_FILE_ENABLED").then(|| LogFile {
        path: log_file(values),
        level: level("LOG_FILE_LEVEL"),
        turn: match values.text("LOG_FILE_FREQUENCY") {
            Some("hourly") => Turn::Hourly,
            Some("never") => Turn::Never,
            _ => Turn::Daily,
        },
        keep: usize::try_from(values.integer("LOG_FILE_MAX_FILES")).unwrap_or(usize::MAX),
    });
    let options = LogOptions {
        level: level("LOG_LEVEL"),
        format: match values.text("LOG_FORMAT") {
            Some("json") => LogFormat::Json,
            Some("text") => LogFormat::Text,
            _ => LogFormat::Auto,
        },
        without_requests: !values.bool("REQUEST_LOGGING_ENABLED"),
        file,
    };
    init(&options).with_context(|| format!("LOG_FILE_PATH: can't write {}", log_file(values).display()))
}

pub(super) fn log_file(values: &Values) -> PathBuf {
    let in_state = || values.path("LYNKR_STATE_DIR").map(|dir| dir.join("logs/lynkr.log"));
    values.path("LOG_FILE_PATH").map(Path::to_owned).or_else(in_state).unwrap_or_else(|| "lynkr.log".into())
}

/// Resolves at the second Ctrl-C: whoever asks twice doesn't want to wait for answers under way.
async fn insisted() {
    let _ = tokio::signal::ctrl_c().await;
    let _ = tokio::signal::ctrl_c().await;
    tracing::warn!("stopped at once: answers under way are cut");
}

/// Resolves at the first Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
    tracing::info!("stopping: requests under way may finish");
}
