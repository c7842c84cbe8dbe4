//! Raw JSON values and ordered maps of them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A JSON value kept as the text it was written in. Two are equal when their texts are.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// `null`.
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// `{}`.
    pub fn empty_object() -> Self {
        Self::of(&serde_json::Map::new())
    }

    /// Parses `text`, which must be one complete JSON value.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        crate::json::from_str(text).map(Self)
    }

    /// Any value that serialises; a value that can't (a map with keys that aren't strings) becomes `null`.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let text = crate::json::to_vec(value, 0);
        crate::json::from_slice(&text).map_or_else(|_| Self::null(), Self)
    }

    /// The text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Reads the value as a `T`.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        crate::json::from_str(self.get())
    }

    /// The value as a tree; `null` in the case that can't be, that the text isn't JSON.
    pub fn to_value(&self) -> serde_json::Value {
        self.read().unwrap_or(serde_json::Value::Null)
    }

    /// The string, when the value is one.
    pub fn as_string(&self) -> Option<String> {
        if self.get().starts_with('"') { self.read().ok() } else { None }
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.get().starts_with('{')
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.get() == "null"
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::null()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bodies may hold anything a person typed: a debug print shows the size, never the content.
        write!(f, "Json({} bytes)", self.get().len())
    }
}

/// The fields of an object that its type doesn't name, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rest(Vec<(String, Json)>);

impl Rest {
    /// Appends a field.
    pub fn push(&mut self, name: impl Into<String>, value: Json) {
        self.0.push((name.into(), value));
    }

    /// The fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The last field of that name.
    pub fn find(&self, name: &str) -> Option<&Json> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Removes every field of that name and returns the last.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let mut found = None;
        while let Some(at) = self.0.iter().position(|(key, _)| key == name) {
            found = Some(self.0.remove(at).1);
        }
        found
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Json)> for Rest {
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

/// An object key or a tag value, borrowed from the input where it has no escapes.
pub(crate) struct Key<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(text)))
    }
}
