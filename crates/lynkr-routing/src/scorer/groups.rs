//! Looks words up in the groups of the lexicon, while they are hashed anyway.

use super::hash;
use super::lexicon::GROUPS;
use std::sync::LazyLock;

/// The groups of words, by hashes.
#[derive(Debug)]
pub(super) struct Groups {
    /// One bit for the hashes that may be known: most words end here.
    known: Vec<u64>,
    /// Hash, groups as a whole word or phrase, groups as a stem; sorted by hash.
    entries: Vec<(u32, u64, u64)>,
}

/// Bits of the filter.
const FILTER: u32 = 1 << 15;

impl Groups {
    /// The compiled-in ones.
    pub(super) fn shared() -> &'static Self {
        static SHARED: LazyLock<Groups> = LazyLock::new(Groups::build);
        &SHARED
    }

    fn build() -> Self {
        let mut groups = Self { known: vec![0; FILTER as usize / 64], entries: Vec::new() };
        for (index, group) in GROUPS.iter().enumerate() {
            for entry in group.words.split(' ') {
                groups.add(entry, 1 << index);
            }
        }
        groups.entries.sort_unstable_by_key(|entry| entry.0);
        groups
    }

    fn add(&mut self, entry: &str, bit: u64) {
        let stem = entry.strip_suffix('*');
        // Scripts without spaces: what follows belongs to the next word.
        let open = stem.is_some() || entry.chars().any(super::tokens::stands_alone);
        let (first, second) = stem.unwrap_or(entry).split_once('_').unwrap_or((stem.unwrap_or(entry), ""));
        let mut key = hash::word(first);
        if !second.is_empty() {
            key = hash::join(key, hash::word(second));
        }
        if let Some(bits) = self.known.get_mut((key % FILTER) as usize / 64) {
            *bits |= 1 << (key % 64);
        }
        let (whole, stem) = if open { (0, bit) } else { (bit, 0) };
        match self.entries.iter_mut().find(|entry| entry.0 == key) {
            Some(entry) => {
                entry.1 |= whole;
                entry.2 |= stem;
            }
            None => self.entries.push((key, whole, stem)),
        }
    }

    #[inline]
    fn find(&self, key: u32) -> Option<&(u32, u64, u64)> {
        let bits = self.known.get((key % FILTER) as usize / 64)?;
        if bits & (1 << (key % 64)) == 0 {
            return None;
        }
        self.entries.binary_search_by_key(&key, |entry| entry.0).ok().and_then(|at| self.entries.get(at))
    }

    /// The groups that a whole word, or a phrase, belongs to.
    #[inline]
    pub(super) fn whole(&self, key: u32) -> u64 {
        self.find(key).map_or(0, |(_, whole, stem)| whole | stem)
    }

    /// The groups that words belong to which begin so.
    #[inline]
    pub(super) fn stem(&self, key: u32) -> u64 {
        self.find(key).map_or(0, |(_, _, stem)| *stem)
    }
}
