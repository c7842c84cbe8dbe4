//! Texts of JSON: escaped and plain, both ways, sixteen bytes at a time. What a step leaves behind its end is written over by the
//! next one.

use std::borrow::Cow;

use super::Scan;
use super::marks::{Marks, meant, of_step};

const STEP: usize = 16;
/// So much room a step takes at most: itself, and an escape.
const ROOM: usize = STEP + 8;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// A text that was read.
#[derive(Debug)]
pub(super) enum Text<'a, 's> {
    /// It stands in the JSON as it is.
    Plain(&'a str),
    /// It had escapes.
    Unescaped(&'s str),
}

/// What a JSON text says, where `json` is one text in its quotes.
pub(crate) fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let mut scan = Scan::new(json);
    let text = match scan.text()? {
        Text::Plain(text) => Cow::Borrowed(text),
        Text::Unescaped(text) => Cow::Owned(text.to_owned()),
    };
    scan.end().map(|()| text)
}

/// The same of a text that was walked over already: what has no escapes is what stands between the quotes.
pub fn walked(json: &str) -> Option<Cow<'_, str>> {
    let plain = json.strip_prefix('"')?.strip_suffix('"')?;
    if plain.contains('\\') { unquoted(json) } else { Some(Cow::Borrowed(plain)) }
}

/// Reads a text up to its closing quote into `plain`: where it stands and how long the text is. `None` where it doesn't end, or
/// an escape in it stands for no character.
pub(super) fn unescape(bytes: &[u8], from: usize, plain: &mut Vec<u8>) -> Option<(usize, usize)> {
    let (mut at, mut end) = (from, 0);
    loop {
        let step = step_at(bytes, at)?;
        let marks = of_step(&step);
        put(plain, end, &step);
        if marks == 0 {
            (at, end) = (at + STEP, end + STEP);
            continue;
        }
        let place = marks.trailing_zeros() as usize;
        (at, end) = (at + place, end + place);
        match bytes.get(at)? {
            b'"' => return Some((at, end)),
            b'\\' => {}
            _ => return None,
        }
        let meant = meant(*bytes.get(at + 1)?);
        if meant != 0 {
            put(plain, end, &[meant]);
            (at, end) = (at + 2, end + 1);
            continue;
        }
        let (character, behind) = coded(bytes, at)?;
        let mut form = [0; 4];
        character.encode_utf8(&mut form);
        put(plain, end, &form);
        (at, end) = (behind, end + character.len_utf8());
    }
}

/// The next step; one that is cut off goes on as control characters, which end any text.
#[inline]
fn step_at(bytes: &[u8], at: usize) -> Option<[u8; STEP]> {
    let rest = bytes.get(at..)?;
    Some(rest.first_chunk().copied().unwrap_or_else(|| {
        let mut step = [0; STEP];
        step.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        step
    }))
}

/// Writes bytes where there is room for them, or makes room.
#[inline]
fn put<const N: usize>(out: &mut Vec<u8>, at: usize, bytes: &[u8; N]) {
    if out.len() < at + ROOM {
        grow(out, at);
    }
    if let Some(place) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = *bytes;
    }
}

#[cold]
fn grow(out: &mut Vec<u8>, at: usize) {
    out.resize((2 * at).max(at + 4 * ROOM), 0);
}

/// The character that is written as a number, or as a pair of them, and where that ends.
fn coded(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let unit = |at: usize| -> Option<u32> {
        let (prefix, digits) = (bytes.get(at..at + 2)?, bytes.get(at + 2..at + 6)?);
        let is_unit = prefix == b"\\u" && digits.iter().all(u8::is_ascii_hexdigit);
        is_unit.then(|| {
            std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok())
        })?
    };
    let first = unit(at)?;
    if !(0xd800..0xdc00).contains(&first) {
        return Some((char::from_u32(first)?, at + 6));
    }
    let second = unit(at + 6)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)?, at + 12))
}

/// Writes a text in quotes, escaped as `serde_json` escapes it.
pub(super) fn quote(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    // Names of fields, most of all.
    let is_short_and_plain = bytes.len() < STEP && !bytes.iter().any(|byte| is_special(*byte));
    if is_short_and_plain {
        out.extend_from_slice(bytes);
    } else {
        put_escaped(out, bytes);
    }
    out.push(b'"');
}

fn put_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    let (mut marks, mut from) = (Marks::new(), 0);
    while let Some(at) = marks.next(bytes, from) {
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        escape(out, bytes.get(at).copied().unwrap_or_default());
        from = at + 1;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
}

const fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// Writes an escape.
#[inline]
fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = SHORT.get(usize::from(byte)).copied().unwrap_or_default();
    if short == 0 {
        let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or_default();
        out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
    } else {
        out.extend_from_slice(&[b'\\', short]);
    }
}

/// What stands for a byte behind a backslash; zero for bytes that have to be told by their number.
#[expect(
    clippy::indexing_slicing,
    reason = "it is made by the compiler, which would refuse a place that isn't there"
)]
const SHORT: [u8; 128] = {
    let mut all = [0; 128];
    all[b'"' as usize] = b'"';
    all[b'\\' as usize] = b'\\';
    all[b'\n' as usize] = b'n';
    all[b'\t' as usize] = b't';
    all[b'\r' as usize] = b'r';
    all[0x08] = b'b';
    all[0x0c] = b'f';
    all
};
