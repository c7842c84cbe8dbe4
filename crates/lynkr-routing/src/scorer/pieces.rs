//! A line's pieces between blanks, each with the kinds of bytes that it holds: most pieces are letters alone, and
//! need not be asked whether they are a path or a number.

use crate::runs::{HIGH, within};

/// Kinds of bytes, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// `a` to `z`.
    pub(super) const LOWER: Self = Self(1);
    /// `A` to `Z`.
    pub(super) const UPPER: Self = Self(2);
    /// `0` to `9`.
    pub(super) const DIGIT: Self = Self(4);
    /// `_`
    pub(super) const UNDERSCORE: Self = Self(8);
    /// `'`
    pub(super) const APOSTROPHE: Self = Self(16);
    /// What joins the parts of paths and addresses: `/`, `.` and `:`.
    pub(super) const JOINT: Self = Self(32);
    /// The rest of ASCII.
    pub(super) const OTHER: Self = Self(64);
    /// Bytes of characters beyond ASCII.
    pub(super) const WIDE: Self = Self(128);
    /// Those of both.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of these is there.
    #[inline]
    pub(super) const fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    /// Whether there are no others than these.
    #[inline]
    pub(super) const fn are(self, all: Self) -> bool {
        self.0 & !all.0 == 0
    }

    /// A byte's; none for blanks.
    #[inline]
    pub(super) fn of(byte: u8) -> Self {
        Self(KINDS[usize::from(byte)])
    }

    const fn of_one(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' => Self::LOWER,
            b'A'..=b'Z' => Self::UPPER,
            b'0'..=b'9' => Self::DIGIT,
            b'_' => Self::UNDERSCORE,
            b'\'' => Self::APOSTROPHE,
            b'/' | b'.' | b':' => Self::JOINT,
            _ if byte.is_ascii_whitespace() => Self(0),
            _ if byte.is_ascii() => Self::OTHER,
            _ => Self::WIDE,
        }
    }
}

const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < kinds.len() {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let kind = Kinds::of_one(byte as u8);
        kinds[byte] = kind.0;
        byte += 1;
    }
    kinds
};

/// The pieces of a line, from the first on.
#[derive(Debug, Clone)]
pub(super) struct Pieces<'a>(&'a [u8]);

impl<'a> Pieces<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        Self(line.as_bytes())
    }
}

/// A piece that is a few lower-case letters, as most are, and what is behind the blank after it.
#[inline]
fn short_word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let bytes = u64::from_le_bytes(*line.first_chunk()?);
    let others = !within(bytes & !HIGH, b'a', b'z') & HIGH | bytes & HIGH;
    match line.split_at_checked(others.trailing_zeros() as usize / 8)? {
        (word @ [_, ..], [b' ', rest @ ..]) => Some((word, rest)),
        _ => None,
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (&'a [u8], Kinds);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while let [first, rest @ ..] = self.0
            && Kinds::of(*first).0 == 0
        {
            self.0 = rest;
        }
        if let Some((piece, rest)) = short_word(self.0) {
            self.0 = rest;
            return Some((piece, Kinds::LOWER));
        }
        let mut kinds = Kinds(0);
        let is_blank = |byte: &u8| {
            let kind = Kinds::of(*byte);
            kinds = kinds.and(kind);
            kind.0 == 0
        };
        let end = self.0.iter().position(is_blank).unwrap_or(self.0.len());
        let (piece, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!piece.is_empty()).then_some((piece, kinds))
    }
}

/// Whether a byte of ASCII may stand at the edge of a word, a path or a number.
#[inline]
const fn may_be_edge(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'~' | b'_')
}

/// A piece of ASCII without the marks around it.
pub(super) fn bare(mut piece: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = piece
        && !may_be_edge(*first)
    {
        piece = rest;
    }
    while let [rest @ .., last] = piece
        && !may_be_edge(*last)
    {
        piece = rest;
    }
    while let [rest @ .., b'.' | b'/'] = piece {
        piece = rest;
    }
    piece
}

/// The same of a piece of any script.
pub(super) fn bare_of_any_script(piece: &str) -> &str {
    let is_mark = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '.' | '~' | '_');
    piece.trim_matches(is_mark).trim_end_matches(['.', '/'])
}

/// What the marks behind a piece say of the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A question ends.
    Question,
    /// A part of a sentence ends.
    Comma,
    /// A sentence ends.
    End,
}

/// The last mark that counts behind a piece of ASCII.
pub(super) fn mark(piece: &[u8]) -> Option<Mark> {
    let marks = piece.iter().rev().take_while(|byte| !byte.is_ascii_alphanumeric());
    marks.copied().find_map(|byte| mark_of(char::from(byte)))
}

/// The same of a piece of any script.
pub(super) fn mark_of_any_script(piece: &str) -> Option<Mark> {
    piece.chars().rev().take_while(|c| !c.is_alphanumeric()).find_map(mark_of)
}

#[inline]
const fn mark_of(c: char) -> Option<Mark> {
    match c {
        '?' | '？' => Some(Mark::Question),
        ',' | '，' | '、' | ';' => Some(Mark::Comma),
        '.' | '!' | '。' => Some(Mark::End),
        _ => None,
    }
}
