//! The settings in effect, each with its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use crate::parse::Value;
use crate::{Kind, Source, mask};

/// A value and where it came from.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) value: Value,
    pub(crate) source: Source,
}

/// The settings in effect, by environment name.
///
/// Numbers, switches and durations of a setting that has no value are zero, off and zero, so that a reader
/// of a setting with a default needs no fallback of its own; [`Values::source`] tells unset from zero.
#[derive(Clone, Default)]
pub struct Values {
    entries: BTreeMap<&'static str, Entry>,
}

impl Values {
    pub(crate) fn set(&mut self, env: &'static str, entry: Entry) {
        self.entries.insert(env, entry);
    }

    fn value(&self, env: &str) -> Option<&Value> {
        self.entries.get(env).map(|entry| &entry.value)
    }

    /// Text, a URL or a choice.
    pub fn text(&self, env: &str) -> Option<&str> {
        match self.value(env)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A credential, or the URL of a server that may hold one.
    pub fn secret(&self, env: &str) -> Option<&SecretString> {
        match self.value(env)? {
            Value::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// A file or folder.
    pub fn path(&self, env: &str) -> Option<&Path> {
        match self.value(env)? {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }

    /// A switch.
    pub fn bool(&self, env: &str) -> bool {
        matches!(self.value(env), Some(Value::Bool(true)))
    }

    /// A whole number.
    pub fn integer(&self, env: &str) -> u64 {
        match self.value(env) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        }
    }

    /// A duration.
    pub fn milliseconds(&self, env: &str) -> Duration {
        match self.value(env) {
            Some(Value::Milliseconds(duration)) => *duration,
            _ => Duration::ZERO,
        }
    }

    /// A size.
    pub fn bytes(&self, env: &str) -> u64 {
        match self.value(env) {
            Some(Value::Bytes(bytes)) => *bytes,
            _ => 0,
        }
    }

    /// A share of a whole, from 0 to 1.
    pub fn share(&self, env: &str) -> f64 {
        match self.value(env) {
            Some(Value::Share(share)) => *share,
            _ => 0.0,
        }
    }

    /// A list; empty when unset.
    pub fn list(&self, env: &str) -> &[String] {
        match self.value(env) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// Name and value pairs; empty when unset.
    pub fn pairs(&self, env: &str) -> &[(String, String)] {
        match self.value(env) {
            Some(Value::Pairs(pairs)) => pairs,
            _ => &[],
        }
    }

    /// The model aliases: what a client may say, and the model that it stands for.
    pub fn aliases(&self) -> BTreeMap<String, String> {
        self.pairs("LYNKR_MODEL_ALIASES").iter().cloned().collect()
    }

    /// The names of all settings that have a value.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.entries.keys().copied()
    }

    /// The settings whose values differ from those in `other`, wherever they came from.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let all: BTreeSet<&'static str> = self.names().chain(other.names()).collect();
        let differs = |env: &&'static str| match (self.value(env), other.value(env)) {
            (Some(own), Some(others)) => !own.is_same(others),
            (own, others) => own.is_some() || others.is_some(),
        };
        all.into_iter().filter(differs).collect()
    }

    /// A number that two configurations share when they say the same, and hardly otherwise; settings of these names
    /// aside. It is the same in every process of one build.
    pub fn fingerprint(&self, aside: &[&str]) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (env, entry) in self.entries.iter().filter(|(env, _)| !aside.contains(*env)) {
            env.hash(&mut hasher);
            entry.value.hash_into(&mut hasher);
        }
        hasher.finish()
    }

    /// Where a setting's value came from; `None` when it has none.
    pub fn source(&self, env: &str) -> Option<&Source> {
        self.entries.get(env).map(|entry| &entry.source)
    }

    /// The value as it may be shown; `None` when there is none.
    pub fn shown(&self, env: &str) -> Option<String> {
        let entry = self.entries.get(env)?;
        Some(match &entry.value {
            Value::Text(text) => mask::for_display(entry.kind, text),
            Value::Secret(secret) if entry.kind == Kind::ServerUrl => {
                mask::without_password(secret.expose_secret())
            }
            Value::Secret(secret) => mask::mask(secret.expose_secret()),
            Value::Path(path) => path.display().to_string(),
            Value::Bool(switch) => switch.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Bytes(number) => size(*number),
            Value::Share(share) => share.to_string(),
            Value::Milliseconds(duration) => format!("{} ms", duration.as_millis()),
            Value::List(items) => items.join(","),
            Value::Pairs(pairs) if entry.kind == Kind::Headers => {
                pairs.iter().map(|(name, _)| format!("{name}=****")).collect::<Vec<_>>().join(",")
            }
            Value::Pairs(pairs) => {
                pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
            }
        })
    }
}

/// Shows what a listing shows: secrets, and URLs that may hold one, are masked.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.keys().map(|env| (env, self.shown(env)))).finish()
    }
}

/// A size in the largest unit that leaves no fraction.
fn size(bytes: u64) -> String {
    let unit = [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10)].into_iter();
    let fits = unit.into_iter().find(|(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit));
    fits.map_or_else(|| bytes.to_string(), |(name, unit)| format!("{}{name}", bytes / unit))
}
