//! The sessions' pins: bounded in memory, and kept beyond the process where somebody keeps them.
//!
//! What memory has is believed for a while and then read again, since another process may have moved the session, and
//! the operator may have forgotten it.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use lynkr_protocol::neutral::Usage;
use lynkr_routing::{BEGINNING, Pin};
use lynkr_types::Generations;
use ring::digest::{Context, SHA256};
use tokio::time::Instant;

use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::session_id::SessionId;
use crate::stored::owner;

/// So many pins are kept in memory, about.
const MOST: usize = 4_096;

/// So long is believed what memory has.
const FRESH: Duration = Duration::from_secs(10);

/// Whoever keeps pins beyond the process. An id is a digest of whose session it is and of its name.
#[async_trait]
pub trait PinShelf: Send + Sync + fmt::Debug {
    /// Keeps a pin, in place of an older one. Called on a request's own path: it doesn't wait.
    fn keep(&self, id: &str, pin: &Pin);
    /// The pin of a session, if it has one; `None` when that can't be asked for.
    async fn find(&self, id: &str) -> Option<Option<Pin>>;
}

/// Which session a pin is of: the caller and its name for it. The same in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PinKey([u8; 16]);

impl PinKey {
    pub(crate) fn of(ingress: &Ingress, session: &SessionId) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(owner(ingress).as_bytes());
        digest.update(b"\0");
        digest.update(session.id.as_bytes());
        Self(digest.finish().as_ref().first_chunk().copied().unwrap_or_default())
    }

    /// Its bytes as two numbers.
    pub(crate) fn halves(self) -> [u64; 2] {
        let (halves, _) = self.0.as_chunks::<8>();
        [halves.first(), halves.last()].map(|half| half.map_or(0, |bytes| u64::from_be_bytes(*bytes)))
    }

    fn id(self) -> String {
        self.0.iter().fold(String::with_capacity(32), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// Some session's.
    #[cfg(test)]
    pub(crate) fn number(number: u64) -> Self {
        Self(u128::from(number).to_be_bytes())
    }
}

/// What is known of a session.
#[derive(Debug, Clone)]
struct Held {
    /// Its pin; `None` where it is known to have none.
    pin: Option<Pin>,
    /// When that was last certain.
    seen: Instant,
}

/// The pins of all sessions.
#[derive(Debug)]
pub(crate) struct Pins {
    memory: Mutex<Generations<PinKey, Held>>,
    shelf: OnceLock<Arc<dyn PinShelf>>,
}

impl Default for Pins {
    fn default() -> Self {
        Self { memory: Mutex::new(Generations::new(MOST)), shelf: OnceLock::new() }
    }
}

impl Pins {
    fn memory(&self) -> MutexGuard<'_, Generations<PinKey, Held>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pin of a session, as memory has it.
    pub(crate) fn get(&self, key: PinKey) -> Option<Pin> {
        self.memory().get(&key)?.pin.clone()
    }

    /// Brings what is kept of a session into memory, where memory has nothing certain.
    pub(crate) async fn fetch(&self, key: PinKey) {
        let Some(shelf) = self.shelf.get() else { return };
        if self.is_certain(key) {
            return;
        }
        let Some(found) = shelf.find(&key.id()).await else { return };
        // Another request of the session may have pinned it meanwhile.
        if self.is_certain(key) {
            return;
        }
        let mut memory = self.memory();
        let own = memory.get(&key).and_then(|held| held.pin.clone());
        let newer = own.filter(|own| found.as_ref().is_some_and(|found| own.at > found.at));
        memory.put(key, Held { pin: newer.or(found), seen: Instant::now() });
    }

    fn is_certain(&self, key: PinKey) -> bool {
        self.memory().get(&key).is_some_and(|held| held.seen.elapsed() < FRESH)
    }

    pub(crate) fn put(&self, key: PinKey, pin: Pin) {
        self.shelve(key, &pin);
        self.memory().put(key, Held { pin: Some(pin), seen: Instant::now() });
    }

    /// What the provider had cached of a session's prompt, as it measured it.
    fn warm(&self, key: PinKey, tokens: u64) {
        let mut memory = self.memory();
        let Some(pin) = memory.get(&key).and_then(|held| held.pin.as_mut()) else { return };
        pin.warm = Some(tokens);
        let pin = pin.clone();
        drop(memory);
        self.shelve(key, &pin);
    }

    fn shelve(&self, key: PinKey, pin: &Pin) {
        if let Some(shelf) = self.shelf.get() {
            shelf.keep(&key.id(), pin);
        }
    }
}

impl Gateway {
    /// Keeps the pins of sessions here as well. The first one counts; gateways that follow have the same.
    pub fn pin_on(&self, shelf: Arc<dyn PinShelf>) {
        let _ = self.router().pins().shelf.set(shelf);
    }

    /// Brings the pin of a session into memory, where pins decide anything. `turns` are those of its conversation.
    pub(crate) async fn fetch_pin(&self, ingress: &Ingress, session: Option<&SessionId>, turns: usize) {
        let sticks = self.options().routing.policy.as_ref().is_some_and(|policy| policy.sticky.enabled);
        if let Some(session) = session.filter(|own| sticks && may_be_pinned(own, turns)) {
            self.router().pins().fetch(PinKey::of(ingress, session)).await;
        }
    }
}

/// Whether a session may have a pin. No conversation has one at its beginning; where only its first words tell whose it is, another
/// that began so doesn't count. Whoever only asks once would make the store look for nothing, each time.
const fn may_be_pinned(session: &SessionId, turns: usize) -> bool {
    session.given || turns > BEGINNING
}

/// Tells a session's pin what was measured.
#[derive(Debug, Clone)]
pub(crate) struct PinNote {
    pub(crate) pins: Arc<Pins>,
    pub(crate) key: PinKey,
}

impl PinNote {
    pub(crate) fn tell(&self, usage: &Usage) {
        let cached =
            usage.cache_read.unwrap_or_default().saturating_add(usage.cache_write.unwrap_or_default());
        if cached > 0 {
            self.pins.warm(self.key, cached);
        }
    }
}

#[cfg(test)]
mod tests;
