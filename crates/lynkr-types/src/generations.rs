//! A bounded memory.

use std::collections::HashMap;
use std::hash::Hash;

/// Entries in two generations: what is asked for moves to the younger one, and when that is half of what may be kept, it
/// becomes the older one and the one before is forgotten. So a bound costs nothing, and what is used stays.
#[derive(Debug, Clone)]
pub struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    most: usize,
}

impl<K: Eq + Hash, V> Generations<K, V> {
    /// A memory for about so many entries.
    pub fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), most }
    }

    /// What is known of a key; it is young again.
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        if !self.young.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.put(key, value);
        }
        self.young.get_mut(key)
    }

    /// Remembers, in place of what was known of the key.
    pub fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.most.div_ceil(2) && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// Forgets a key.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (young, old) = (self.young.remove(key), self.old.remove(key));
        young.or(old)
    }

    /// How many entries are remembered.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.young.is_empty() && self.old.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_is_bounded() {
        let mut memory = Generations::new(10);
        for key in 0..1_000_u32 {
            memory.put(key, key);
            assert_eq!(memory.get(&0), Some(&mut 0), "what is asked for stays");
            assert!(memory.len() <= 12, "{}", memory.len());
        }
        assert_eq!(memory.get(&500), None);
    }

    #[test]
    fn a_key_is_there_once() {
        let mut memory = Generations::new(2);
        memory.put("a", 1);
        memory.put("b", 2);
        memory.put("a", 3);
        assert_eq!(memory.get(&"a"), Some(&mut 3));
        assert_eq!(memory.len(), 2);
        assert_eq!(memory.remove(&"a"), Some(3));
        assert_eq!(memory.get(&"a"), None);
        assert_eq!(memory.remove(&"b"), Some(2));
        assert!(memory.is_empty());
    }
}
