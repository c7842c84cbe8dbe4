//! The store that the gateway keeps things in.

use std::sync::Weak;
use std::time::Duration;

use lynkr_api::Live;
use lynkr_config::{Problem, Trust, Values};
use lynkr_store::{Retention, Store, StoreOptions, StoreUrl, Timestamp};

use crate::reload::Reloader;

/// A hundred years.
const FOR_EVER: Duration = Duration::from_secs(3_153_600_000);

/// So many sessions' models are kept at most.
const MOST_PINS: u64 = 100_000;

/// How often what is old is forgotten.
const EVERY: Duration = Duration::from_secs(300);

/// Opens the store. A store that the operator named and that can't be opened is a reason not to start; the file that is
/// used when nobody named one isn't: the gateway then works without keeping anything, and says so.
pub(crate) async fn open(values: &Values) -> Result<Option<Store>, Problem> {
    let url = StoreUrl::from_values(values)?;
    let shown = url.shown();
    let options = StoreOptions { most_pages: most_pages(values)?, ..StoreOptions::new(url) };
    match Store::open(&options).await {
        Ok(store) => Ok(Some(store)),
        Err(error) => {
            if let Some(env) = named(values) {
                return Err(Problem::error(env, format!("names {shown}, which can't be opened: {error}")));
            }
            tracing::warn!(store = shown, %error, "nothing is kept: the store can't be opened");
            Ok(None)
        }
    }
}

/// A store that is full after so many pages, for tests: nobody else wants one.
fn most_pages(values: &Values) -> Result<Option<u32>, Problem> {
    const ENV: &str = "LYNKR_TEST_DATABASE_PAGES";
    let Some(source) = values.source(ENV).filter(|source| **source != lynkr_config::Source::Default) else {
        return Ok(None);
    };
    if !cfg!(debug_assertions) || source.trust() == Trust::Project {
        return Err(Problem::error(ENV, "is for tests of the gateway itself and is refused here"));
    }
    Ok(u32::try_from(values.integer(ENV)).ok().filter(|pages| *pages > 0))
}

/// How long things are kept, as the configuration says; 0 keeps them for ever.
fn retention(values: &Values) -> Retention {
    let age = |env| Some(values.milliseconds(env)).filter(|age| !age.is_zero());
    Retention {
        sessions: age("LYNKR_KEEP_SESSIONS"),
        turns: age("LYNKR_KEEP_HISTORY"),
        usage: age("LYNKR_KEEP_USAGE"),
        telemetry: age("LYNKR_KEEP_TELEMETRY"),
        audit: age("LYNKR_KEEP_AUDIT"),
        responses: age("LYNKR_KEEP_RESPONSES"),
        pins: age("LYNKR_STICKY_TTL_MS"),
        spending: None,
    }
}

/// Forgets what is old, for as long as the gateway lives. The ages are those in effect at the time.
pub(crate) async fn forget(live: Weak<Live>, reloader: Weak<Reloader>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (Some(live), Some(reloader)) = (live.upgrade(), reloader.upgrade()) else { return };
        let Some(store) = live.service().store.clone() else { return };
        let values = reloader.values().await;
        let (keep, most) = (retention(&values), values.bytes("LYNKR_STORED_RESPONSES_MAX_BYTES"));
        drop(values);
        drop((live, reloader));
        let age = keep.responses.unwrap_or(FOR_EVER);
        if let Err(error) = store.responses().trim(most, age, Timestamp::now()).await {
            tracing::warn!(%error, "stored answers can't be forgotten");
        }
        if let Err(error) = store.pins().trim(MOST_PINS).await {
            tracing::warn!(%error, "the models of sessions can't be forgotten");
        }
        match store.forget(&keep, Timestamp::now()).await {
            Ok(forgotten) => tracing::debug!(?forgotten, "what was old is forgotten"),
            Err(error) => tracing::warn!(%error, "what is old can't be forgotten"),
        }
    }
}

/// Whether the operator named the store, so that it has to be there.
pub(crate) fn is_named(values: &Values) -> bool {
    named(values).is_some()
}

/// The setting that names the store, if one does.
fn named(values: &Values) -> Option<&'static str> {
    ["LYNKR_DATABASE_URL", "DATABASE_URL", "SESSION_DB_PATH"]
        .into_iter()
        .find(|env| values.source(env).is_some())
}
