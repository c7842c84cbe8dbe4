//! A map that knows in which order its entries came, so that the oldest can make room.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Entries by key, and keys by age. Both always hold the same keys, so what is removed leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Aged<K, V> {
    entries: HashMap<K, (u64, V)>,
    order: BTreeMap<u64, K>,
    next: u64,
}

impl<K, V> Default for Aged<K, V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), order: BTreeMap::new(), next: 0 }
    }
}

impl<K: Clone + Eq + Hash, V> Aged<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// Puts an entry in as the youngest one. Gives what had its key before.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.remove(&key);
        self.order.insert(self.next, key.clone());
        self.entries.insert(key, (self.next, value));
        self.next += 1;
        before
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (age, value) = self.entries.remove(key)?;
        self.order.remove(&age);
        Some(value)
    }

    /// Takes the oldest entry out.
    pub(crate) fn pop_oldest(&mut self) -> Option<V> {
        let (_, key) = self.order.pop_first()?;
        self.entries.remove(&key).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_leaves_nothing_behind() {
        let mut aged = Aged::default();
        for number in 0..1_000_u32 {
            assert_eq!(aged.insert(number % 2, number), None);
            assert_eq!(aged.insert(number % 2, number + 1), Some(number));
            assert_eq!(aged.remove(&(number % 2)), Some(number + 1));
        }
        assert_eq!((aged.entries.len(), aged.order.len()), (0, 0));
    }

    #[test]
    fn the_oldest_goes_first_and_what_is_put_in_again_is_young() {
        let mut aged = Aged::default();
        for key in ["a", "b", "c"] {
            aged.insert(key, key);
        }
        aged.insert("a", "again");
        assert_eq!(
            [aged.pop_oldest(), aged.pop_oldest(), aged.pop_oldest()],
            [Some("b"), Some("c"), Some("again")]
        );
        assert_eq!(aged.pop_oldest(), None);
    }
}
