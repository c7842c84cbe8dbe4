//! Checks of keys, remembered for a few seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lynkr_store::{ApiKey, KEY_PREFIX, KeyCheck, Timestamp};
use ring::digest::{SHA256, digest};

use super::Governor;

/// How long a check counts: a key that is revoked is good for at most this long.
pub const GOOD_FOR: Duration = Duration::from_secs(5);
/// How long a good check counts while the store can't be asked.
const GOOD_WITHOUT_STORE: Duration = Duration::from_secs(600);
/// The most checks that are remembered.
const MOST: usize = 4_096;

/// Whether a text is meant as a key of this gateway, good or not. No vendor's keys begin so.
pub(crate) fn is_gateway_key(text: &str) -> bool {
    text.starts_with(KEY_PREFIX)
}

/// What came of a look at a key.
#[derive(Debug, Clone)]
pub(crate) enum Checked {
    /// It is good.
    Good(Arc<ApiKey>),
    /// It isn't, for this reason.
    Bad(&'static str),
    /// Nobody can say.
    Unknowable,
}

/// What a key is known by: its secret isn't kept.
type Hash = [u8; 32];

#[derive(Debug, Clone)]
struct Entry {
    looked: Instant,
    checked: Checked,
}

/// The checks of late.
#[derive(Debug, Default)]
pub(super) struct KeyCache {
    entries: Mutex<HashMap<Hash, Entry>>,
}

impl KeyCache {
    fn get(&self, hash: &Hash) -> Option<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn put(&self, hash: Hash, checked: Checked) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST && !entries.contains_key(&hash) {
            entries.retain(|_, entry| entry.is_fresh());
            // Guesses must not push out what is good.
            if entries.len() >= MOST {
                entries.retain(|_, entry| matches!(entry.checked, Checked::Good(_)));
            }
            if entries.len() >= MOST {
                entries.clear();
            }
        }
        entries.insert(hash, Entry { looked: Instant::now(), checked });
    }
}

impl Entry {
    fn is_fresh(&self) -> bool {
        self.looked.elapsed() < GOOD_FOR
    }
}

impl Governor {
    /// What a key of the store is worth.
    pub(crate) async fn check_key(&self, secret: &str) -> Checked {
        let Some(store) = &self.store else { return Checked::Bad("nobody knows this key") };
        let mut hash = Hash::default();
        hash.iter_mut().zip(digest(&SHA256, secret.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
        let known = self.keys.get(&hash);
        if let Some(entry) = known.as_ref().filter(|entry| entry.is_fresh()) {
            return at(entry.checked.clone(), Timestamp::now());
        }
        let now = Timestamp::now();
        let checked = match store.keys().check(secret, now).await {
            Ok(KeyCheck::Valid(key)) => {
                store.writer().key_used(&key.id, now);
                Checked::Good(Arc::from(key))
            }
            Ok(KeyCheck::Expired(_)) => Checked::Bad("this key has expired"),
            Ok(KeyCheck::Revoked(_)) => Checked::Bad("this key was revoked"),
            Ok(KeyCheck::Unknown) => Checked::Bad("nobody knows this key"),
            Err(error) => {
                tracing::warn!(%error, "a key can't be checked");
                return match known {
                    Some(Entry { looked, checked: checked @ Checked::Good(_) })
                        if looked.elapsed() < GOOD_WITHOUT_STORE =>
                    {
                        at(checked, now)
                    }
                    _ => Checked::Unknowable,
                };
            }
        };
        self.keys.put(hash, checked.clone());
        checked
    }
}

/// A key ends on time, however fresh its check is.
fn at(checked: Checked, now: Timestamp) -> Checked {
    match &checked {
        Checked::Good(key) if key.rule.expires_at.is_some_and(|end| end <= now) => {
            Checked::Bad("this key has expired")
        }
        _ => checked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_don_t_grow_the_cache() {
        let cache = KeyCache::default();
        for number in 0_u64..10_000 {
            let mut hash = Hash::default();
            hash[..8].copy_from_slice(&number.to_le_bytes());
            cache.put(hash, Checked::Bad("nobody knows this key"));
        }
        assert!(cache.entries.lock().unwrap().len() <= MOST);
    }
}
