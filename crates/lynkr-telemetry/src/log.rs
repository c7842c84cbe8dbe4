//! Log set-up: one JSON object per line for machines, readable lines on a terminal, always on standard error,
//! since standard output may carry a command's own answer.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// One JSON object per line.
    Json,
    /// Readable lines.
    Text,
}

/// Sets up logging for the whole process. `level` is a level's name, `silent` or `fatal` included; `detail`
/// is a filter in `tracing`'s own language that goes before it. A second call changes nothing.
pub fn init(level: &str, format: LogFormat, detail: Option<&str>) {
    let level = match level {
        "trace" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "warn" => LevelFilter::WARN,
        // The levels of the older product that `tracing` has no name for.
        "error" | "fatal" => LevelFilter::ERROR,
        "silent" => LevelFilter::OFF,
        _ => LevelFilter::INFO,
    };
    // Libraries speak up when something is wrong; what they do in detail is seldom what one looks for.
    let libraries = level.min(LevelFilter::WARN);
    let own = format!("lynkr={level},{}", detail.unwrap_or_default());
    let filter = EnvFilter::builder().with_default_directive(libraries.into()).parse_lossy(own);
    let terminal = std::io::stderr().is_terminal();
    let json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE)
        .with_target(false);
    let outcome = if json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(terminal).compact().try_init()
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "logging was set up already");
    }
}
