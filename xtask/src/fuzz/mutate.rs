//! Makes new inputs out of old ones: JSON by its structure, everything else by its bytes. Numbers decide, and the
//! same number always makes the same input.

use serde_json::{Value, json};

/// A small generator (xorshift64*): the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Begins at a number of the caller's.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below another; 0 for 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// Texts at which decoders have stumbled.
const WORDS: &[&str] = &[
    "",
    "null",
    "\u{0}",
    "\u{feff}",
    "é",
    "🦀",
    "a\u{301}",
    "\\",
    "\"",
    "data:",
    "[DONE]",
    "tool_use",
    "text",
    "user",
    "assistant",
    "system",
    "developer",
    "function",
    "call_1",
    "lynkr.v1.",
    "rs_lynkr_",
    "bHlua3IudjEu",
    "data:image/png;base64,iVBORw0KGgo=",
    "{\"a\":",
    "}",
    "-1",
    "1e999",
];

/// Pieces of the framings.
const MARKS: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\r\r",
    b"data: ",
    b"event: ",
    b":",
    b"\xff",
    b"\xed\xa0\x80",
    b"\0",
    b"[DONE]",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\"",
    b"\\u",
    b"\\ud800",
    b"1e999",
    b"-",
    b"\xe2\x80\xa8",
    b"data: [DONE]\n\n",
];

/// One input out of another, and of a third that some of it may come from.
pub(crate) fn mutate(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let parsed = serde_json::from_slice::<Value>(seed).ok().filter(|_| dice.below(4) > 0);
    let mut bytes = match parsed {
        Some(mut value) => {
            let donor = serde_json::from_slice(other).unwrap_or(Value::Null);
            for _ in 0..=dice.below(4) {
                change(&mut value, &donor, dice);
            }
            value.to_string().into_bytes()
        }
        None => change_lines(seed, other, dice),
    };
    if dice.below(3) == 0 {
        for _ in 0..=dice.below(6) {
            change_bytes(&mut bytes, other, dice);
        }
    }
    bytes
}

/// JSON inside of a framing is changed by its structure as well.
fn change_lines(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = seed.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let donors: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
    for _ in 0..=dice.below(3) {
        let at = dice.below(lines.len());
        match dice.below(5) {
            0 if lines.len() > 1 => drop(lines.remove(at)),
            1 => {
                let again = lines.get(at).cloned().unwrap_or_default();
                lines.insert(at, again);
            }
            2 => {
                let donor = dice.pick(&donors).map_or_else(Vec::new, |line| line.to_vec());
                lines.insert(at, donor);
            }
            _ => {
                if let Some(line) = lines.get_mut(at) {
                    change_line(line, dice);
                }
            }
        }
    }
    lines.concat()
}

fn change_line(line: &mut Vec<u8>, dice: &mut Dice) {
    let start = line.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let json = line.get(start..).and_then(|json| serde_json::from_slice::<Value>(json).ok());
    let Some(mut value) = json else { return change_bytes(line, b"", dice) };
    change(&mut value, &Value::Null, dice);
    line.truncate(start);
    line.extend_from_slice(value.to_string().as_bytes());
    line.push(b'\n');
}

fn change_bytes(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    match dice.below(6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..(at + dice.below(8)).min(bytes.len()))),
        2 => {
            let mark = dice.pick(MARKS).copied().unwrap_or_default();
            bytes.splice(at..at, mark.iter().copied());
        }
        3 => {
            let from = dice.below(other.len());
            let part: Vec<u8> = other.iter().skip(from).take(dice.below(64)).copied().collect();
            bytes.splice(at..at, part);
        }
        _ => {
            let byte = u8::try_from(dice.below(256)).unwrap_or(0);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
    }
}

/// Goes down to some place of a value and changes it there.
fn change(value: &mut Value, donor: &Value, dice: &mut Dice) {
    let deeper = dice.below(6) > 0;
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let at = dice.below(fields.len());
            let Some(name) = fields.keys().nth(at).cloned() else { return };
            match dice.below(12) {
                0 => drop(fields.remove(&name)),
                1 => {
                    let moved = fields.remove(&name).unwrap_or_default();
                    let new = dice.pick(WORDS).copied().unwrap_or_default().to_owned();
                    fields.insert(new, moved);
                }
                _ => {
                    if let Some(inner) = fields.get_mut(&name) {
                        change(inner, donor, dice);
                    }
                }
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = dice.below(items.len());
            match dice.below(10) {
                0 => drop(items.remove(at)),
                1 => {
                    let again = items.get(at).cloned().unwrap_or_default();
                    items.insert(at, again);
                }
                2 => items.reverse(),
                _ => {
                    if let Some(inner) = items.get_mut(at) {
                        change(inner, donor, dice);
                    }
                }
            }
        }
        other => *other = replacement(other, donor, dice),
    }
}

fn replacement(old: &Value, donor: &Value, dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(dice.below(2) == 0),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1.5e300),
        5 => json!([old]),
        6 => json!({ "type": old }),
        7 => part_of(donor, dice),
        8 => nested(dice),
        9 => json!("x".repeat(dice.below(300))),
        _ => json!(dice.pick(WORDS).copied().unwrap_or_default()),
    }
}

/// Some place of another input.
fn part_of(value: &Value, dice: &mut Dice) -> Value {
    let mut at = value;
    while dice.below(5) > 0 {
        let inner = match at {
            Value::Object(fields) => fields.values().nth(dice.below(fields.len())),
            Value::Array(items) => dice.pick(items),
            _ => None,
        };
        let Some(inner) = inner else { break };
        at = inner;
    }
    at.clone()
}

/// Around the depth at which parsers give up.
fn nested(dice: &mut Dice) -> Value {
    let wrap = |value, _| if dice.below(2) == 0 { json!([value]) } else { json!({ "a": value }) };
    (0..100).fold(json!(1), wrap)
}
