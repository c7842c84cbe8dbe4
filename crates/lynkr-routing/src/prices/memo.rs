//! What was looked up before: a few models make up nearly all requests, and finding out that a name is unknown takes longest.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::Quote;

/// So many names are remembered; then it begins anew. Clients choose the names.
const MOST: usize = 512;

/// Quotes by seller and name.
#[derive(Default)]
pub(super) struct Memo(RwLock<HashMap<String, Option<Arc<Quote>>>>);

impl Memo {
    /// The quote of a name; found out at the first time.
    pub(super) fn get(
        &self,
        provider: &str,
        model: &str,
        find: impl FnOnce() -> Option<Quote>,
    ) -> Option<Arc<Quote>> {
        let key = [provider, "\0", model].concat();
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let found = find().map(Arc::new);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, found.clone());
        found
    }
}

/// A copy remembers for itself.
impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.read().unwrap_or_else(PoisonError::into_inner).len();
        write!(f, "Memo({count})")
    }
}
