//! Looks words up in the groups of the lexicon, while they are hashed anyway.

use super::hash;
use super::lexicon::GROUPS;
use std::sync::LazyLock;

/// The groups of words, by hashes.
#[derive(Debug)]
pub(super) struct Groups {
    /// One bit for the hashes that may be known: most words end here.
    known: Box<[u64; FILTER / 64]>,
    /// Where a known hash's entry is: at the hash's place, or the next one that was free.
    places: Box<[u16; PLACES]>,
    /// Hash, groups as a whole word or phrase, groups as a stem.
    entries: Vec<(u32, u64, u64)>,
}

/// Bits of the filter.
const FILTER: usize = 1 << 15;
/// Places of entries: several times as many as there are.
const PLACES: usize = 1 << 12;
/// What a free place holds.
const FREE: u16 = u16::MAX;

impl Groups {
    /// The compiled-in ones.
    pub(super) fn shared() -> &'static Self {
        static SHARED: LazyLock<Groups> = LazyLock::new(Groups::build);
        &SHARED
    }

    fn build() -> Self {
        let (known, places) = (Box::new([0; FILTER / 64]), Box::new([FREE; PLACES]));
        let mut groups = Self { known, places, entries: Vec::new() };
        for (index, group) in GROUPS.iter().enumerate() {
            for entry in group.words.split(' ') {
                groups.add(entry, 1 << index);
            }
        }
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
        let (whole, stem) = if open { (0, bit) } else { (bit, 0) };
        match self.entries.iter_mut().find(|entry| entry.0 == key) {
            Some(entry) => {
                entry.1 |= whole;
                entry.2 |= stem;
            }
            None => self.enter((key, whole, stem)),
        }
    }

    fn enter(&mut self, entry: (u32, u64, u64)) {
        let key = entry.0 as usize;
        if let Some(bits) = self.known.get_mut(key % FILTER / 64) {
            *bits |= 1 << (key % 64);
        }
        let mut at = key % PLACES;
        while self.places.get(at).is_some_and(|taken| *taken != FREE) {
            at = (at + 1) % PLACES;
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = u16::try_from(self.entries.len()).unwrap_or(FREE);
        }
        self.entries.push(entry);
    }

    #[inline]
    fn find(&self, key: u32) -> Option<&(u32, u64, u64)> {
        let bits = self.known.get(key as usize % FILTER / 64)?;
        if bits & (1 << (key % 64)) == 0 {
            return None;
        }
        self.entry(key)
    }

    #[cold]
    fn entry(&self, key: u32) -> Option<&(u32, u64, u64)> {
        let mut at = key as usize % PLACES;
        loop {
            // A free place leads to no entry.
            let entry = self.entries.get(usize::from(*self.places.get(at)?))?;
            if entry.0 == key {
                return Some(entry);
            }
            at = (at + 1) % PLACES;
        }
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
