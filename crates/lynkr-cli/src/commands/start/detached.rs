//! What a gateway does differently that runs by itself: it logs into files, says where it is, and may end with its users.

use std::fs::File;
use std::path::PathBuf;
use std::thread;

use anyhow::Context as _;
use lynkr_app::{Built, load, reachable, shown_model};
use lynkr_config::{ExposeSecret, Inputs, Loaded, Source, Values};
use lynkr_process::Identity;
use tokio::sync::oneshot;

use crate::arguments::Start;
use crate::instances::{Instance, Kind, RunFolder, unix_seconds};

/// What is logged where nobody watches, unless the settings say otherwise: all in files, and what is wrong beside the
/// summary as well.
const LOGGING: [(&str, &str); 3] =
    [("LOG_LEVEL", "error"), ("LOG_FILE_ENABLED", "true"), ("LOG_FILE_LEVEL", "info")];

const TOKEN: &str = "LYNKR_START_TOKEN";

/// The inputs of this start, and what they come to.
pub(super) fn loaded(arguments: &Start) -> anyhow::Result<(Inputs, Loaded)> {
    let mut inputs = arguments.inputs();
    if !inputs.environment.contains_key(TOKEN) {
        let token = lynkr_api::new_start_token().context("the system gives no random bytes")?;
        inputs.environment.insert(TOKEN.to_owned(), token);
    }
    let loaded = load(&inputs);
    if !arguments.is_detached() {
        return Ok((inputs, loaded));
    }
    let is_open = |env: &str| matches!(loaded.values.source(env), None | Some(Source::Default));
    let open = LOGGING.into_iter().filter(|(env, _)| is_open(env));
    inputs.flags.extend(open.map(|(env, value)| (env, value.to_owned())));
    // Its users have to show a key, and nobody made one: the token is theirs as well.
    if arguments.users().is_some() && loaded.values.bool("LYNKR_REQUIRE_KEY") && is_open("LYNKR_API_KEYS") {
        let token = inputs.environment.get(TOKEN).cloned().unwrap_or_default();
        inputs.flags.push(("LYNKR_API_KEYS", token));
    }
    let loaded = load(&inputs);
    Ok((inputs, loaded))
}

/// Says that the gateway runs, until it is dropped.
pub(super) struct Announced {
    run: RunFolder,
    instance: Instance,
}

impl Announced {
    /// Says so. A state folder that can't be written is no reason not to serve.
    pub(super) fn new(
        arguments: &Start,
        built: &Built,
        values: &Values,
        address: std::net::SocketAddr,
        version: &str,
    ) -> Option<Self> {
        let run = RunFolder::of(values)?;
        let upstream = built.service.gateway.active();
        let kind = match (arguments.users(), arguments.is_detached()) {
            (Some(_), _) => Kind::Wrap,
            (None, true) => Kind::Daemon,
            (None, false) => Kind::Foreground,
        };
        let instance = Instance {
            process: Identity::own(),
            kind,
            address: reachable(address),
            tls: built.identity.is_some(),
            token: values.secret(TOKEN)?.expose_secret().to_owned(),
            version: version.to_owned(),
            started_at: unix_seconds(),
            provider: upstream.provider().kind_name().to_owned(),
            title: upstream.provider().title.to_owned(),
            model: shown_model(built).to_owned(),
            fingerprint: arguments.fingerprint().map(str::to_owned),
            users: arguments.users().map(PathBuf::from),
            said: arguments.said().map(PathBuf::from),
        };
        if let Err(error) = run.write(&instance) {
            tracing::warn!(%error, "`lynkr status` and `lynkr stop` won't know of this gateway");
            return None;
        }
        Some(Self { run, instance })
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.run.remove(&self.instance);
    }
}

/// Resolves when nobody holds a lock on this file any more. From then on nobody can: the lock is kept, so that whoever
/// comes later sees that this gateway is about to end.
pub(super) async fn left_alone(users: Option<PathBuf>) {
    let Some(path) = users else { return std::future::pending().await };
    let (tell, told) = oneshot::channel();
    let waiting = move || {
        let file = File::open(&path);
        // Without the file nobody can be waited for.
        let held = file.and_then(|file| file.lock().map(|()| file));
        let _ = tell.send(held);
    };
    if thread::Builder::new().name("users".to_owned()).spawn(waiting).is_err() {
        return std::future::pending().await;
    }
    if let Ok(Ok(held)) = told.await {
        tracing::info!("stopping: the last client has left");
        // It lasts until the process has ended.
        std::mem::forget(held);
    }
}
