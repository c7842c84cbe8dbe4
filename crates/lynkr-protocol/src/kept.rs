//! The fields that a dialect keeps of its own objects, apart from its notes about them.
//!
//! A note is a field of the object's [`Extra`] whose name begins with `#`, which no field of an API does. It
//! remembers how an object wrote what the neutral form says in one way only, so that it goes back out as it
//! came. Other dialects never report notes as losses.

use crate::Dialect;
use crate::neutral::Extra;
use crate::wire::{Json, Rest};

/// The fields of an object of one dialect, apart from the notes about it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The fields that the neutral form doesn't name.
    pub(crate) rest: Rest,
    notes: Rest,
}

impl Kept {
    /// What `extra` keeps for `dialect`; nothing when it is another's.
    pub(crate) fn of(extra: &Extra, dialect: Dialect) -> Self {
        let mut kept = Self::default();
        for (name, value) in extra.of(dialect).iter() {
            let place = if name.starts_with('#') { &mut kept.notes } else { &mut kept.rest };
            place.push(name, value.clone());
        }
        kept
    }

    /// A note.
    pub(crate) fn note(&self, name: &str) -> Option<&Json> {
        self.notes.find(name)
    }

    /// Whether there is such a note.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.note(name).is_some()
    }

    /// A note that is text.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        self.note(name)?.as_string()
    }

    /// Takes the fields under `prefix` and a dot out of the rest.
    pub(crate) fn take(&mut self, prefix: &str) -> Rest {
        let mut taken = Rest::default();
        let mut others = Rest::default();
        for (name, value) in self.rest.iter() {
            match name.strip_prefix(prefix).and_then(|name| name.strip_prefix('.')) {
                Some(inner) => taken.push(inner, value.clone()),
                None => others.push(name, value.clone()),
            }
        }
        self.rest = others;
        taken
    }
}

/// Appends each field of `inner` under `prefix` and a dot, so that receipts name the whole path.
pub(crate) fn nest(rest: &mut Rest, prefix: &str, inner: &Rest) {
    for (name, value) in inner.iter() {
        rest.push([prefix, ".", name].concat(), value.clone());
    }
}

/// Notes that something was there, without a value.
pub(crate) fn mark(rest: &mut Rest, name: &str) {
    rest.push(name, Json::null());
}
