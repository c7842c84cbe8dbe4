//! Reading the configuration anew while the gateway runs: when it is asked to, and when a file changes.
//!
//! A new configuration counts as a whole or not at all. Requests under way end as they began.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lynkr_api::{Live, Reload, Reloaded, ShownConfiguration, ShownSetting};
use lynkr_config::{Inputs, Kind, Problem, Row, Severity, Values, effective};
use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;

use crate::build::{StartError, assemble};

/// What is decided once: sockets, folders, and what the process around the gateway does.
const AT_START: &[&str] = &[
    "PORT",
    "LYNKR_HOST",
    "LYNKR_START_TOKEN",
    "LYNKR_TLS_CERT",
    "LYNKR_TLS_KEY",
    "LYNKR_STATE_DIR",
    "LYNKR_DATABASE_URL",
    "DATABASE_URL",
    "SESSION_DB_PATH",
    "LYNKR_TEST_DATABASE_PAGES",
    "REDIS_URL",
    "LYNKR_STORED_RESPONSES_MAX_BYTES",
    "GRACEFUL_SHUTDOWN_TIMEOUT",
    "HOT_RELOAD_ENABLED",
    "HOT_RELOAD_DEBOUNCE_MS",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "LOG_FILE_ENABLED",
    "LOG_FILE_PATH",
    "LOG_FILE_LEVEL",
    "LOG_FILE_FREQUENCY",
    "LOG_FILE_MAX_FILES",
    "REQUEST_LOGGING_ENABLED",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_SDK_DISABLED",
    "OTEL_METRIC_EXPORT_INTERVAL",
];

/// Replaces what is served by what the configuration says now.
#[derive(Debug)]
pub struct Reloader {
    inputs: Inputs,
    /// The values in effect. Held over a reload, so that two don't cross.
    values: Mutex<Values>,
    live: OnceLock<Weak<Live>>,
    /// For the service that comes next.
    own: Weak<Self>,
}

impl Reloader {
    /// For a gateway that was made of these values.
    pub(crate) fn new(inputs: Inputs, values: Values) -> Arc<Self> {
        Arc::new_cyclic(|own| Self {
            inputs,
            values: Mutex::new(values),
            live: OnceLock::new(),
            own: Weak::clone(own),
        })
    }

    /// What is replaced.
    pub(crate) fn serves(&self, live: &Arc<Live>) {
        let _ = self.live.set(Arc::downgrade(live));
    }

    /// The values in effect.
    pub(crate) async fn values(&self) -> tokio::sync::MutexGuard<'_, Values> {
        self.values.lock().await
    }

    /// Reads the configuration anew because of something other than a request: `signal` or `file`. What comes of it is
    /// in the log and in the audit log.
    pub async fn reload_by(&self, cause: &str) {
        let outcome = self.reload().await;
        if let Some(live) = self.live.get().and_then(Weak::upgrade) {
            live.service().record_reload(cause, &outcome).await;
        }
    }

    async fn replace(&self) -> Result<Reloaded, Vec<String>> {
        let ended = || vec!["the gateway has ended".to_owned()];
        let mut values = self.values.lock().await;
        let live = self.live.get().and_then(Weak::upgrade).ok_or_else(ended)?;
        let own = self.own.upgrade().ok_or_else(ended)?;
        let loaded = crate::load(&self.inputs);
        let before = live.service();
        let assembled =
            assemble(&loaded, &self.inputs, Some(&before), own).await.map_err(|error| reasons(&error))?;
        let (at_next_start, changed) =
            values.differing(&loaded.values).into_iter().partition(|env| AT_START.contains(env));
        let is_warning = |problem: &&Problem| problem.severity == Severity::Warning;
        let warnings = loaded.problems.iter().filter(is_warning).map(ToString::to_string).collect();
        live.replace(assembled.service);
        *values = loaded.values;
        Ok(Reloaded { changed, at_next_start, warnings })
    }
}

#[async_trait]
impl Reload for Reloader {
    async fn reload(&self) -> Result<Reloaded, Vec<String>> {
        let outcome = self.replace().await;
        match &outcome {
            Ok(reloaded) => tracing::info!(
                changed = reloaded.changed.join(","),
                at_next_start = reloaded.at_next_start.join(","),
                "the configuration was read anew"
            ),
            Err(problems) => tracing::error!(
                problems = problems.join("; "),
                "the configuration can't be used; the one before stays in effect"
            ),
        }
        outcome
    }

    /// The values in effect; what is wrong is said of the files as they are now.
    async fn configuration(&self) -> Option<ShownConfiguration> {
        let mut loaded = crate::load(&self.inputs);
        loaded.values = self.values.lock().await.clone();
        let of = |row: Row| {
            let setting = loaded.tables.iter().flat_map(|table| table.iter()).find(|own| own.env == row.name);
            ShownSetting {
                secret: setting.is_some_and(|own| own.kind == Kind::Secret),
                help: setting.map_or("", |own| own.doc),
                name: row.name,
                toml: row.toml,
                value: row.value,
                source: row.source,
            }
        };
        Some(ShownConfiguration {
            settings: effective(&loaded, &loaded.tables).into_iter().map(of).collect(),
            problems: loaded.problems.iter().map(ToString::to_string).collect(),
            files: self.inputs.files().iter().map(|file| file.display().to_string()).collect(),
        })
    }
}

fn reasons(error: &StartError) -> Vec<String> {
    match error {
        StartError::Configuration(problems) => {
            problems.iter().map(|problem| format!("{} {}", problem.key, problem.message)).collect()
        }
        StartError::Bind { .. } | StartError::Threads(_) => vec![error.to_string()],
    }
}

/// Sees changes of the configuration's files from when it was made. It looks at them now and then: a watch by the system
/// would have to be of their folders, since editors replace files, and tell of each log line that is written there; and
/// folders that are mounted into a container tell of nothing.
#[derive(Debug)]
pub struct FileWatch {
    reloader: Arc<Reloader>,
    files: Vec<PathBuf>,
    seen: Vec<Option<Trace>>,
}

/// What tells one state of a file from another: when it was written, how long it is, and which file it is.
type Trace = (Option<SystemTime>, u64, u64);

impl FileWatch {
    /// Takes the files as they are now.
    pub fn begin(reloader: Arc<Reloader>) -> Self {
        let files = reloader.inputs.files();
        let seen = traces(&files);
        Self { reloader, files, seen }
    }

    /// Reads the configuration anew whenever a file has changed and all have been left alone for `debounce`.
    pub async fn follow(mut self, debounce: Duration) {
        let mut looks = tokio::time::interval(debounce.clamp(OFTEN, SELDOM));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if !self.changed() {
                continue;
            }
            while {
                tokio::time::sleep(debounce).await;
                self.changed()
            } {}
            self.reloader.reload_by("file").await;
        }
    }

    fn changed(&mut self) -> bool {
        let now = traces(&self.files);
        std::mem::replace(&mut self.seen, now) != self.seen
    }
}

/// How long files aren't looked at.
const OFTEN: Duration = Duration::from_millis(20);
const SELDOM: Duration = Duration::from_secs(1);

fn traces(files: &[PathBuf]) -> Vec<Option<Trace>> {
    let trace = |file: &PathBuf| {
        let found = file.metadata().ok()?;
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&found);
        #[cfg(not(unix))]
        let number = 0;
        Some((found.modified().ok(), found.len(), number))
    };
    files.iter().map(trace).collect()
}
