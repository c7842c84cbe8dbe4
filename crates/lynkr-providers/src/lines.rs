//! Headers in their order, as they come from a client and as they go up.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Header lines in their order; several may have one name. Names are in lower case, values are text.
///
/// Copies share the bytes of what they are copies of, so that a client's header reaches its provider without having been
/// copied or read anew.
#[derive(Clone, Default)]
pub struct Headers {
    lines: Vec<(HeaderName, HeaderValue)>,
    /// A bit for each name that there is, or was: most names that are asked for aren't there, which this tells at once.
    names: u64,
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines
    }
}

impl Eq for Headers {}

/// Values may be secrets or tell who the user is: only names are shown.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines.iter().map(|(name, _)| name)).finish()
    }
}

/// The bit of a name. Two names may have the same one.
fn bit(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let ends =
        bytes.first().zip(bytes.last()).map_or(0, |(first, last)| u64::from(*first) * 5 + u64::from(*last));
    1 << ((ends + bytes.len() as u64 * 7) % 64)
}

/// A value as text. Lines whose values are none are never taken in.
fn text(value: &HeaderValue) -> &str {
    std::str::from_utf8(value.as_bytes()).unwrap_or_default()
}

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Self { lines: Vec::new(), names: 0 }
    }

    /// No headers, and room for so many.
    pub fn with_capacity(count: usize) -> Self {
        Self { lines: Vec::with_capacity(count), names: 0 }
    }

    /// How many lines there are.
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The value of the first line of a name, which is in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Whether there is a line of a name.
    pub fn contains(&self, name: &str) -> bool {
        self.may_have(name) && self.lines.iter().any(|(own, _)| own.as_str() == name)
    }

    /// `false` where there is no line of a name for sure.
    fn may_have(&self, name: &str) -> bool {
        self.names & bit(name) != 0
    }

    /// Takes a line whose value is known to be text.
    fn take(&mut self, name: HeaderName, value: HeaderValue) {
        self.names |= bit(name.as_str());
        self.lines.push((name, value));
    }

    /// The values of all lines of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = if self.may_have(name) { self.lines.as_slice() } else { &[] };
        lines.iter().filter(move |(own, _)| own.as_str() == name).map(|(_, value)| text(value))
    }

    /// Names and values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.lines.iter().map(|(name, value)| (name.as_str(), text(value)))
    }

    /// The lines themselves.
    pub fn lines(&self) -> &[(HeaderName, HeaderValue)] {
        &self.lines
    }

    /// Adds a line. One whose value is no text isn't added: nobody could judge it.
    pub fn push(&mut self, name: HeaderName, value: HeaderValue) {
        let bytes = value.as_bytes();
        if bytes.is_ascii() || std::str::from_utf8(bytes).is_ok() {
            self.take(name, value);
        }
    }

    /// Adds a line of texts. One that can't stand in a header isn't added, and `false` is returned.
    pub fn add(&mut self, name: &str, value: &str) -> bool {
        let line = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        line.map(|(name, value)| self.take(name, value)).is_some()
    }

    /// Adds a line unless there is one of that name.
    pub(crate) fn add_missing(&mut self, name: HeaderName, value: &'static str) {
        if !self.contains(name.as_str()) {
            self.take(name, HeaderValue::from_static(value));
        }
    }

    /// Keeps the lines for which this is true of name and value.
    pub fn retain(&mut self, mut keeps: impl FnMut(&str, &str) -> bool) {
        self.lines.retain(|(name, value)| keeps(name.as_str(), text(value)));
    }

    /// Takes out all lines of a name.
    pub fn remove(&mut self, name: &str) {
        if self.may_have(name) {
            self.lines.retain(|(own, _)| own.as_str() != name);
        }
    }

    /// The lines whose names these are, out of a copy.
    #[must_use]
    pub fn filtered(&self, mut wanted: impl FnMut(&str) -> bool) -> Self {
        let mut copy = Self::with_capacity(self.len());
        for (name, value) in self.lines.iter().filter(|(name, _)| wanted(name.as_str())) {
            copy.take(name.clone(), value.clone());
        }
        copy
    }

    /// Adds all lines of another.
    pub fn extend(&mut self, other: Self) {
        self.names |= other.names;
        self.lines.extend(other.lines);
    }
}

/// What is text of it.
impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        let mut headers = Self::with_capacity(map.len());
        let mut last = None;
        for (name, value) in map {
            // Only the first line of a name has it.
            if name.is_some() {
                last = name;
            }
            if let Some(name) = &last {
                headers.push(name.clone(), value);
            }
        }
        headers
    }
}

/// What is text of it.
impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        let mut headers = Self::with_capacity(map.len());
        for (name, value) in map {
            headers.push(name.clone(), value.clone());
        }
        headers
    }
}

impl IntoIterator for Headers {
    type Item = (HeaderName, HeaderValue);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.lines.into_iter()
    }
}

/// Of texts; what can't stand in a header is left out.
impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(lines: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in lines {
            headers.add(name.as_ref(), value.as_ref());
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_and_their_names() {
        let mut map = HeaderMap::new();
        for (name, value) in [("accept", "a"), ("x-two", "1"), ("x-two", "2"), ("user-agent", "é")] {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        map.append("x-bytes", HeaderValue::from_bytes(&[0xff]).unwrap());
        let headers = Headers::from(map);
        let all: Vec<_> = headers.iter().collect();
        assert_eq!(all, [("accept", "a"), ("x-two", "1"), ("x-two", "2"), ("user-agent", "é")]);
        assert_eq!(headers.all("x-two").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((headers.get("x-two"), headers.get("x-bytes")), (Some("1"), None));
        assert_eq!(format!("{headers:?}"), r#"["accept", "x-two", "x-two", "user-agent"]"#);
    }

    #[test]
    fn what_cant_stand_in_a_header_isnt_added() {
        let mut headers = Headers::new();
        assert!(headers.add("x-a", "b"));
        assert!(!headers.add("x a", "b"));
        assert!(!headers.add("x-b", "line\nbreak"));
        headers.add_missing(HeaderName::from_static("x-a"), "c");
        headers.add_missing(HeaderName::from_static("x-c"), "d");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("x-a", "b"), ("x-c", "d")]);
        headers.retain(|name, value| name != "x-a" || value != "b");
        assert_eq!(headers.len(), 1);
        headers.remove("x-c");
        assert!(headers.is_empty() && !headers.contains("x-c") && headers.get("x-c").is_none());
        headers.add("x-c", "e");
        assert_eq!(headers.get("x-c"), Some("e"));
    }
}
