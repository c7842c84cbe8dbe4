//! What is asked for once and kept while it is good: tokens and keys of the machine's own credentials.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Keeps one thing until shortly before its end; of several who need a new one, one asks for it.
pub(crate) struct Kept<T> {
    /// How long before its end it is replaced.
    early: Duration,
    kept: Mutex<Option<Good<T>>>,
    /// Held by the one that asks.
    asking: tokio::sync::Mutex<()>,
}

/// A thing, and until when it is good.
struct Good<T> {
    thing: Arc<T>,
    until: SystemTime,
}

impl<T> Good<T> {
    fn lasts(&self, at_least: Duration) -> bool {
        SystemTime::now() + at_least < self.until
    }
}

impl<T> Clone for Good<T> {
    fn clone(&self) -> Self {
        Self { thing: Arc::clone(&self.thing), until: self.until }
    }
}

impl<T> Kept<T> {
    /// Nothing yet.
    pub(crate) fn new(early: Duration) -> Self {
        Self { early, kept: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    /// What is kept, or else what `ask` gives, with the time of its end. When nothing new can be had, the old one
    /// serves to its end, and the log says why, of `what`.
    pub(crate) async fn get<F>(&self, what: &str, ask: impl FnOnce() -> F) -> Result<Arc<T>, String>
    where
        F: Future<Output = Result<(T, SystemTime), String>>,
    {
        let old = self.kept();
        let _asking = match &old {
            Some(good) if good.lasts(self.early) => return Ok(Arc::clone(&good.thing)),
            // The old one serves while somebody gets the new one.
            Some(good) if good.lasts(Duration::ZERO) => match self.asking.try_lock() {
                Ok(asking) => asking,
                Err(_) => return Ok(Arc::clone(&good.thing)),
            },
            _ => self.asking.lock().await,
        };
        // Somebody else has got a new one meanwhile, which may be good for a short time only.
        let is_new = |good: &Good<T>| old.as_ref().is_none_or(|old| !Arc::ptr_eq(&old.thing, &good.thing));
        if let Some(good) = self.kept().filter(|good| is_new(good) && good.lasts(Duration::ZERO)) {
            return Ok(good.thing);
        }
        match ask().await {
            Ok((thing, until)) => {
                let good = Good { thing: Arc::new(thing), until };
                *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(good.clone());
                Ok(good.thing)
            }
            Err(why) => match old.filter(|good| good.lasts(Duration::ZERO)) {
                Some(good) => {
                    tracing::warn!(%why, "{what} can't be renewed yet");
                    Ok(good.thing)
                }
                None => Err(why),
            },
        }
    }

    fn kept(&self) -> Option<Good<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
