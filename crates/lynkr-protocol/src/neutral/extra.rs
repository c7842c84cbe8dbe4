//! Fields that only their own dialect knows.

use lynkr_types::Loss;

use crate::Dialect;
use crate::wire::{Json, Rest};

/// Fields that the neutral form doesn't name, with the dialect that they belong to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extra(Option<(Dialect, Rest)>);

impl Extra {
    /// Nothing extra.
    pub const NONE: Self = Self(None);

    /// The fields `rest` of an object in `dialect`.
    pub fn new(dialect: Dialect, rest: Rest) -> Self {
        if rest.is_empty() { Self::NONE } else { Self(Some((dialect, rest))) }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The fields, when they belong to `dialect`; else an empty set.
    pub fn of(&self, dialect: Dialect) -> Rest {
        match &self.0 {
            Some((owner, rest)) if *owner == dialect => rest.clone(),
            _ => Rest::default(),
        }
    }

    /// One field, when the fields belong to `dialect`.
    pub fn find(&self, dialect: Dialect, name: &str) -> Option<&Json> {
        match &self.0 {
            Some((owner, rest)) if *owner == dialect => rest.find(name),
            _ => None,
        }
    }

    /// Takes one field out, when the fields belong to `dialect`.
    pub fn take(&mut self, dialect: Dialect, name: &str) -> Option<Json> {
        let (owner, rest) = self.0.as_mut()?;
        let taken = if *owner == dialect { rest.remove(name) } else { None };
        if rest.is_empty() {
            self.0 = None;
        }
        taken
    }

    /// Notes each field as dropped, as `prefix` + name, when the target is another dialect. `null`s
    /// say nothing, so their loss is none. Nor is that of names that begin with `#`: a dialect keeps its
    /// own bookkeeping under such names (item ids, which of two spellings a client used).
    pub fn note_losses(&self, target: Dialect, prefix: &str, losses: &mut Vec<Loss>) {
        let Some((owner, rest)) = &self.0 else { return };
        if *owner == target {
            return;
        }
        for (name, value) in rest.iter() {
            if !value.is_null() && !name.starts_with('#') {
                losses.push(Loss::dropped(format!("{prefix}{name}")));
            }
        }
    }
}
