//! What the neutral form doesn't name but a trip back to this dialect needs, kept in [`Extra`].
//!
//! Three kinds of names stand there:
//! - `name`: a field as it came; its loss on the way to another dialect is receipted;
//! - `#name`: a field that says nothing elsewhere (ids, statuses, empty lists); restored, never receipted;
//! - `#!name`: a marker of ours for how something was spelled; never written.
//!
//! A message item's own fields are kept with its turn or its first block, as `item.name`, since the
//! blocks of several assistant items share one turn.

use super::DIALECT;
use crate::neutral::Extra;
use crate::wire::{Json, Rest};

const ITEM: &str = "item.";
/// On the first block, or the turn, of a message item.
const MESSAGE: &str = "#!message";
/// The message's `type` was left out.
const UNTYPED: &str = "#!untyped";
/// The message's content was plain text.
const PLAIN: &str = "#!plain";

/// Collects what is to be kept.
#[derive(Debug, Default)]
pub(super) struct Keeper(Rest);

impl Keeper {
    /// Starts with the fields `rest`; empty lists are kept silently.
    pub(super) fn new(rest: Rest) -> Self {
        Self::with_prefix("", rest)
    }

    fn with_prefix(prefix: &str, rest: Rest) -> Self {
        let mut kept = Rest::default();
        for (name, value) in rest.iter() {
            let sign = if value.get() == "[]" { "#" } else { "" };
            kept.push(format!("{sign}{prefix}{name}"), value.clone());
        }
        Self(kept)
    }

    /// Keeps a field silently, when there is one.
    pub(super) fn silently(mut self, name: &str, value: Option<&impl serde::Serialize>) -> Self {
        if let Some(value) = value {
            self.0.push(format!("#{name}"), Json::of(value));
        }
        self
    }

    /// Keeps a field as one whose loss is receipted, when there is one.
    pub(super) fn openly(mut self, name: impl Into<String>, value: Option<&impl serde::Serialize>) -> Self {
        if let Some(value) = value {
            self.0.push(name, Json::of(value));
        }
        self
    }

    /// Takes a field out again.
    pub(super) fn take(mut self, name: &str) -> (Option<Json>, Self) {
        (self.0.remove(name), self)
    }

    /// Sets a marker.
    pub(super) fn mark(mut self, name: &str, set: bool) -> Self {
        if set {
            self.0.push(format!("#!{name}"), Json::of(&true));
        }
        self
    }

    pub(super) fn into_extra(self) -> Extra {
        Extra::new(DIALECT, self.0)
    }
}

/// What is kept already and `more`.
pub(super) fn join(extra: &Extra, more: &Rest) -> Extra {
    let mut kept = extra.of(DIALECT);
    for (name, value) in more.iter() {
        kept.push(name, value.clone());
    }
    Extra::new(DIALECT, kept)
}

/// Whether a marker is set.
pub(super) fn is_marked(extra: &Extra, name: &str) -> bool {
    extra.find(DIALECT, &format!("#!{name}")).is_some()
}

/// A kept field, however it was kept.
pub(super) fn find<'a>(extra: &'a Extra, name: &str) -> Option<&'a Json> {
    extra.find(DIALECT, name).or_else(|| extra.find(DIALECT, &format!("#{name}")))
}

/// The kept fields under their own names, without markers and a message's own fields.
pub(super) fn restore(extra: &Extra) -> Rest {
    fields(extra, |name| (!name.starts_with(ITEM)).then_some(name))
}

fn fields(extra: &Extra, own: impl Fn(&str) -> Option<&str>) -> Rest {
    let kept = extra.of(DIALECT);
    let names = kept.iter().filter(|(name, _)| !name.starts_with("#!"));
    names
        .filter_map(|(name, value)| {
            let name = own(name.strip_prefix('#').unwrap_or(name))?;
            Some((name.to_owned(), value.clone()))
        })
        .collect()
}

/// The fields of a message item around its content.
#[derive(Debug, Clone, Default)]
pub(super) struct Envelope {
    /// `id`, `status`, `phase` and whatever else it has.
    pub fields: Rest,
    /// Its `type` was left out.
    pub untyped: bool,
    /// Its content was plain text.
    pub plain: bool,
}

impl Envelope {
    /// What to keep of it, with a turn or a first block.
    pub(super) fn keep(&self) -> Rest {
        let mut fields = self.fields.clone();
        let quiet = [("id", fields.remove("id")), ("status", fields.remove("status"))];
        let mut keeper = Keeper::with_prefix(ITEM, fields);
        for (name, value) in quiet {
            keeper = keeper.silently(&format!("{ITEM}{name}"), value.as_ref());
        }
        keeper.mark("message", true).mark("untyped", self.untyped).mark("plain", self.plain).0
    }

    /// The envelope that was kept, when there is one: the block then begins a message.
    pub(super) fn of(extra: &Extra) -> Option<Self> {
        extra.find(DIALECT, MESSAGE)?;
        Some(Self {
            fields: fields(extra, |name| name.strip_prefix(ITEM)),
            untyped: extra.find(DIALECT, UNTYPED).is_some(),
            plain: extra.find(DIALECT, PLAIN).is_some(),
        })
    }
}
