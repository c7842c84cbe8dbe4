//! Taking top-level fields out of a body without touching what stands between them.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Edit;
use crate::error::DecodeError;
use crate::wire::Key;

/// A top-level field: where its name begins, where its value ends.
#[derive(Debug)]
struct Member {
    span: Range<usize>,
    goes: bool,
}

/// The edits that take the named top-level fields out of a JSON object, however often they stand there.
pub fn remove_members(body: &[u8], names: &[&str]) -> Result<Vec<Edit>, DecodeError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let members = deserializer
        .deserialize_map(Members { body, names })
        .map_err(|error| DecodeError::new(format!("the body must be a JSON object: {error}")))?;
    let mut edits = Vec::new();
    for (at, member) in members.iter().enumerate().filter(|(_, member)| member.goes) {
        let rest = members.get(at + 1..).unwrap_or_default();
        // A field goes with the comma after it; the last ones go with the comma before them, once.
        let range = match rest.first() {
            Some(next) if rest.iter().any(|later| !later.goes) => member.span.start..next.span.start,
            _ => {
                let before = members.get(..at).unwrap_or_default();
                if before.last().is_some_and(|previous| previous.goes) {
                    continue;
                }
                let start = before.last().map_or(member.span.start, |previous| previous.span.end);
                start..members.last().map_or(member.span.end, |last| last.span.end)
            }
        };
        edits.push(Edit { range, text: String::new() });
    }
    Ok(edits)
}

struct Members<'a> {
    body: &'a [u8],
    names: &'a [&'a str],
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<Member> = Vec::new();
        while let Some(Key(name)) = map.next_key()? {
            let goes = self.names.contains(&&*name);
            let value: &RawValue = map.next_value()?;
            let start = (value.get().as_ptr() as usize).saturating_sub(self.body.as_ptr() as usize);
            let after = members.last().map_or(0, |member| member.span.end);
            // Between two values stand the comma, blanks and the name, whose quote is the first one.
            let between = self.body.get(after..start).unwrap_or_default();
            let name_at = memchr::memchr(b'"', between).map_or(start, |at| after + at);
            members.push(Member { span: name_at..start + value.get().len(), goes });
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests;
