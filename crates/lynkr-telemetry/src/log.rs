//! Log set-up: one JSON object per line for machines, readable lines on a terminal, always on standard error,
//! since standard output may carry a command's own answer; and JSON in files that take turns, where wanted.

mod json;
mod stamp;
mod stderr;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use tracing::Subscriber;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use json::JsonLines;
use stderr::Lines;
pub use stderr::{hold_lines, release_lines};

use crate::panics::watch_panics;

/// The target of the lines that tell of one request each.
pub const REQUEST_TARGET: &str = "lynkr::request";

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// One JSON object per line.
    Json,
    /// Readable lines.
    Text,
}

/// What is logged, and where.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// A level's name; `silent` and `fatal` are known as well, and what isn't known is `info`.
    pub level: String,
    /// How lines on standard error look.
    pub format: LogFormat,
    /// Whether lines that tell of one request are left out.
    pub without_requests: bool,
    /// Log files besides.
    pub file: Option<LogFile>,
}

/// Log files, one JSON object per line.
#[derive(Debug, Clone)]
pub struct LogFile {
    /// The file's folder, its stem and its extension; the time stands in between.
    pub path: PathBuf,
    /// A level's name, as above.
    pub level: String,
    /// When the next file is begun.
    pub turn: Turn,
    /// How many files are kept.
    pub keep: usize,
}

/// When the next log file is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Every hour.
    Hourly,
    /// Every day, by UTC.
    Daily,
    /// Never.
    Never,
}

/// Writes what is left when it is dropped.
#[derive(Debug, Default)]
pub struct Logging {
    _file: Option<WorkerGuard>,
}

/// Sets up logging for the whole process, panics included; what it returns lives as long. A second call changes nothing.
/// Fails when the log files can't be written.
pub fn init(options: &LogOptions) -> io::Result<Logging> {
    let terminal = io::stderr().is_terminal();
    let json = match options.format {
        LogFormat::Auto => !terminal,
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(Lines::open()).with_target(false);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if json {
        lines.event_format(JsonLines).with_filter(filter(&options.level, options)).boxed()
    } else {
        lines.with_ansi(terminal).compact().with_filter(filter(&options.level, options)).boxed()
    };
    let (file, guard) = match &options.file {
        Some(file) => {
            let (writer, guard) = tracing_appender::non_blocking(appender(file)?);
            (Some(file_layer(writer).with_filter(filter(&file.level, options))), Some(guard))
        }
        None => (None, None),
    };
    match tracing_subscriber::registry().with(lines).with(file).try_init() {
        Ok(()) => watch_panics(),
        Err(error) => tracing::debug!(%error, "logging was set up already"),
    }
    Ok(Logging { _file: guard })
}

fn file_layer<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> tracing_subscriber::fmt::MakeWriter<'a> + 'static,
{
    tracing_subscriber::fmt::layer().with_writer(writer).event_format(JsonLines)
}

fn appender(file: &LogFile) -> io::Result<RollingFileAppender> {
    let folder = file.path.parent().map(PathBuf::from).unwrap_or_default();
    let part = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
    let rotation = match file.turn {
        Turn::Hourly => Rotation::HOURLY,
        Turn::Daily => Rotation::DAILY,
        Turn::Never => Rotation::NEVER,
    };
    // The library makes it as well, but complains on standard error that it isn't there.
    std::fs::create_dir_all(&folder)?;
    RollingFileAppender::builder()
        .rotation(rotation)
        .filename_prefix(part(file.path.file_stem()).unwrap_or_else(|| "lynkr".to_owned()))
        .filename_suffix(part(file.path.extension()).unwrap_or_else(|| "log".to_owned()))
        .max_log_files(file.keep.max(1))
        .build(folder)
        .map_err(io::Error::other)
}

fn filter(level: &str, options: &LogOptions) -> EnvFilter {
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
    let requests = if options.without_requests { "off".to_owned() } else { level.to_string() };
    let own = format!("lynkr={level},{REQUEST_TARGET}={requests}");
    EnvFilter::builder().with_default_directive(libraries.into()).parse_lossy(own)
}
