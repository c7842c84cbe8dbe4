//! The sessions' pins, in memory and bounded.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use lynkr_protocol::neutral::Usage;
use lynkr_routing::Pin;

use crate::ingress::Ingress;
use crate::session_id::SessionId;

/// So many pins are kept in memory, about.
const MOST: usize = 4_096;

/// Which session a pin is of: the caller and its name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PinKey(u64);

impl PinKey {
    pub(crate) fn of(ingress: &Ingress, session: &SessionId) -> Self {
        let mut hasher = DefaultHasher::new();
        ingress.caller().hash(&mut hasher);
        session.id.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Some session's.
    #[cfg(test)]
    pub(crate) const fn number(number: u64) -> Self {
        Self(number)
    }
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<PinKey, Pin>,
    old: HashMap<PinKey, Pin>,
}

/// The pins of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    generations: Mutex<Generations>,
}

impl Pins {
    pub(crate) fn get(&self, key: PinKey) -> Option<Pin> {
        let mut all = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pin) = all.young.get(&key) {
            return Some(pin.clone());
        }
        let pin = all.old.remove(&key)?;
        all.put(key, pin.clone());
        Some(pin)
    }

    pub(crate) fn put(&self, key: PinKey, pin: Pin) {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner).put(key, pin);
    }

    /// What the provider had cached of a session's prompt, as it measured it.
    fn warm(&self, key: PinKey, tokens: u64) {
        let mut all = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pin) = all.young.get_mut(&key) {
            pin.warm = Some(tokens);
        }
    }
}

impl Generations {
    fn put(&mut self, key: PinKey, pin: Pin) {
        if self.young.len() >= MOST / 2 && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, pin);
    }
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
