//! A walk over JSON that tells where values stand, and that they are JSON, without making anything of them.
//!
//! It takes exactly what RFC 8259 allows, whatever the depth: what it walks over may be handed on untouched. Texts are most of a
//! conversation, so that they are walked over by their marks.

use super::marks::Marks;
use super::text::{self, Text};
use crate::openai_responses::OWN_REASONING;
use crate::seal::PREFIX;

/// How texts begin that this gateway has sealed: reasoning of another provider and ids of it. Gemini's field holds base64, in
/// which a seal begins with that of its prefix.
const SEALS: [&str; 3] = [PREFIX, OWN_REASONING, "bHlua3IudjEu"];

/// What is open around the place where the walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    Object,
}

/// A walk over a JSON text. Whatever returns `None` has met something that is no JSON.
#[derive(Debug)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
    marks: Marks,
    open: Vec<Open>,
    /// The last text that was read with escapes in it, and what isn't of it.
    plain: Vec<u8>,
    /// Whether a text was met that begins with a seal.
    pub(crate) sealed: bool,
}

impl<'a> Scan<'a> {
    /// Stands before the text's first value.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, marks: Marks::new(), open: Vec::new(), plain: Vec::new(), sealed: false }
    }

    /// The first byte of the next value.
    pub(crate) fn first(&mut self) -> Option<u8> {
        self.space();
        self.byte()
    }

    /// Walks over the next value, whole.
    pub(crate) fn value(&mut self) -> Option<&'a str> {
        self.space();
        let begin = self.at;
        self.skip()?;
        self.text.get(begin..self.at)
    }

    /// Walks over an object. `each` is told each name, as it stands in its quotes, and walks over the value.
    pub(crate) fn members(&mut self, mut each: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.enter(b'{')?;
        if self.leaves(b'}') {
            return Some(());
        }
        loop {
            self.space();
            let begin = self.at;
            self.name()?;
            let name = self.text.get(begin..self.at)?;
            self.colon()?;
            each(self, name)?;
            if !self.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    /// Walks over a list. `each` is handed each element, whole.
    pub(crate) fn elements(&mut self, mut each: impl FnMut(&'a str)) -> Option<()> {
        self.items(|scan| scan.value().map(&mut each))
    }

    /// Walks over a list. `each` walks over each element.
    pub(crate) fn items(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.enter(b'[')?;
        if self.leaves(b']') {
            return Some(());
        }
        loop {
            self.space();
            each(self)?;
            if !self.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Walks over a value by other means; what it walked over.
    pub(crate) fn over(&mut self, walk: impl FnOnce(&mut Self) -> Option<()>) -> Option<&'a str> {
        self.space();
        let begin = self.at;
        walk(self)?;
        self.text.get(begin..self.at)
    }

    /// Nothing follows but white space.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn take(&mut self, wanted: u8) -> Option<()> {
        (self.byte()? == wanted).then(|| self.at += 1)
    }

    pub(super) fn enter(&mut self, bracket: u8) -> Option<()> {
        self.space();
        self.take(bracket)
    }

    /// Whether the bracket closes at once.
    pub(super) fn leaves(&mut self, bracket: u8) -> bool {
        self.space();
        self.take(bracket).is_some()
    }

    /// After a value: whether another one follows.
    pub(super) fn goes_on(&mut self, bracket: u8) -> Option<bool> {
        self.space();
        let next = self.byte()?;
        self.at += 1;
        match next {
            b',' => Some(true),
            _ if next == bracket => Some(false),
            _ => None,
        }
    }

    pub(super) fn name(&mut self) -> Option<()> {
        if self.byte()? == b'"' { self.string() } else { None }
    }

    pub(super) fn colon(&mut self) -> Option<()> {
        self.space();
        self.take(b':')?;
        self.space();
        Some(())
    }

    /// Walks over a value, with what it holds: no call for each level, since what comes from outside may be deep.
    fn skip(&mut self) -> Option<()> {
        self.open.clear();
        loop {
            if self.begins()? {
                continue;
            }
            loop {
                let Some(open) = self.open.last() else { return Some(()) };
                let is_object = *open == Open::Object;
                if self.goes_on(if is_object { b'}' } else { b']' })? {
                    self.space();
                    if is_object {
                        self.name()?;
                        self.colon()?;
                    }
                    break;
                }
                self.open.pop();
            }
        }
    }

    /// Walks over a value, or into it; whether the next value is one that it holds.
    fn begins(&mut self) -> Option<bool> {
        match self.byte()? {
            b'"' => self.string()?,
            b'{' => {
                self.at += 1;
                if !self.leaves(b'}') {
                    self.open.push(Open::Object);
                    self.name()?;
                    self.colon()?;
                    return Some(true);
                }
            }
            b'[' => {
                self.at += 1;
                if !self.leaves(b']') {
                    self.open.push(Open::List);
                    return Some(true);
                }
            }
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => self.number()?,
        }
        Some(false)
    }

    pub(super) fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let begin = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > begin).then_some(())
    }

    /// Walks over a text, from its opening quote to behind its closing one.
    fn string(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        let at = self.at + 1;
        if matches!(bytes.get(at), Some(b'l' | b'r' | b'b')) {
            let inside = bytes.get(at..)?;
            self.sealed |= SEALS.iter().any(|seal| inside.starts_with(seal.as_bytes()));
        }
        self.at = self.marks.end(bytes, at)? + 1;
        Some(())
    }

    /// Walks over a text and tells what it says.
    pub(super) fn text(&mut self) -> Option<Text<'a, '_>> {
        self.space();
        self.take(b'"')?;
        let (bytes, begin) = (self.text.as_bytes(), self.at);
        let special = self.marks.next(bytes, begin)?;
        if bytes.get(special) == Some(&b'"') {
            self.at = special + 1;
            return self.text.get(begin..special).map(Text::Plain);
        }
        let (behind, length) = text::unescape(bytes, begin, &mut self.plain)?;
        self.at = behind + 1;
        std::str::from_utf8(self.plain.get(..length)?).ok().map(Text::Unescaped)
    }
}

#[cfg(test)]
pub(super) mod tests;
