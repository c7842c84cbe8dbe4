//! A walk over JSON that tells where values stand, and that they are JSON, without making anything of them.
//!
//! It takes exactly what RFC 8259 allows, whatever the depth: what it walks over may be handed on untouched. Texts are most of a
//! conversation, so that they are walked over eight bytes at a time.

use std::ops::Range;

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
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Open>,
    /// Whether a text was met that begins with a seal.
    pub(super) sealed: bool,
}

impl<'a> Scan<'a> {
    /// Stands before the text's first value.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new(), sealed: false }
    }

    /// The first byte of the next value.
    pub(super) fn first(&mut self) -> Option<u8> {
        self.space();
        self.byte()
    }

    /// Walks over the next value, whole.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        self.space();
        let begin = self.at;
        self.skip()?;
        self.text.get(begin..self.at)
    }

    /// Walks over an object. `each` is told each name, as it stands in its quotes, and walks over the value.
    pub(super) fn members(&mut self, mut each: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
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
    pub(super) fn elements(&mut self, mut each: impl FnMut(&'a str)) -> Option<()> {
        self.enter(b'[')?;
        if self.leaves(b']') {
            return Some(());
        }
        loop {
            each(self.value()?);
            if !self.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Nothing follows but white space.
    pub(super) fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.byte()? == wanted).then(|| self.at += 1)
    }

    fn enter(&mut self, bracket: u8) -> Option<()> {
        self.space();
        self.take(bracket)
    }

    /// Whether the bracket closes at once.
    fn leaves(&mut self, bracket: u8) -> bool {
        self.space();
        self.take(bracket).is_some()
    }

    /// After a value: whether another one follows.
    fn goes_on(&mut self, bracket: u8) -> Option<bool> {
        self.space();
        let next = self.byte()?;
        self.at += 1;
        match next {
            b',' => Some(true),
            _ if next == bracket => Some(false),
            _ => None,
        }
    }

    fn name(&mut self) -> Option<()> {
        if self.byte()? == b'"' { self.string() } else { None }
    }

    fn colon(&mut self) -> Option<()> {
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

    fn word(&mut self, word: &str) -> Option<()> {
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
        let mut at = self.at + 1;
        if matches!(bytes.get(at), Some(b'l' | b'r' | b'b')) {
            let inside = bytes.get(at..)?;
            self.sealed |= SEALS.iter().any(|seal| inside.starts_with(seal.as_bytes()));
        }
        loop {
            at = special(bytes, at)?;
            match bytes.get(at)? {
                b'"' => {
                    self.at = at + 1;
                    return Some(());
                }
                b'\\' => at = escape(bytes, at)?.end,
                // A control character.
                _ => return None,
            }
        }
    }
}

/// Where an escape stands that begins here.
fn escape(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    match bytes.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at..at + 2),
        b'u' => {
            let digits = bytes.get(at + 2..at + 6)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(at..at + 6)
        }
        _ => None,
    }
}

const ONES: u64 = u64::MAX / 0xff;
const HIGHS: u64 = ONES << 7;

/// The place of the next byte that isn't plainly part of a text: a quote, a backslash or a control character.
fn special(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut is_long) = (from, false);
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*eight);
        let (quote, slash) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5c));
        // The lowest mark is exact: a borrow goes upwards only.
        let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let is_control = word.wrapping_sub(ONES * 0x20) & !word;
        let marks = (is_zero(quote) | is_zero(slash) | is_control) & HIGHS;
        if marks != 0 {
            return Some(at + (marks.trailing_zeros() / 8) as usize);
        }
        at += 8;
        if !std::mem::replace(&mut is_long, true) {
            at = behind_plain_blocks(bytes, at);
        }
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|more| at + more)
}

/// The same for whole blocks, in a form that the compiler makes vectors of.
fn behind_plain_blocks(bytes: &[u8], from: usize) -> usize {
    const BLOCK: usize = 32;
    let blocks = bytes.get(from..).unwrap_or_default().as_chunks::<BLOCK>().0;
    let is_plain = |block: &&[u8; BLOCK]| {
        let mark = |byte: &u8| u8::from(*byte < 0x20) | u8::from(*byte == b'"') | u8::from(*byte == b'\\');
        block.iter().fold(0, |marks, byte| marks | mark(byte)) == 0
    };
    from + BLOCK * blocks.iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests;
