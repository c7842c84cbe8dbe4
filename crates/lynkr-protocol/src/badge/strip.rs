//! Taking badges out of a history, as edits: all other bytes stay as they are.

use std::ops::Range;

use serde_json::value::RawValue;

use super::raw::{elements, fields, span, text};
use super::{NOTHING, literal, may_hold};
use crate::peek::Edit;

/// The edits that take the badges out of a body's turns, which stand at `turns` ([`crate::peek::Peek::turn_spans`]).
/// Only texts that the model is said to have written are looked at, never its reasoning and never a tool's input. A part
/// that was nothing but a badge goes; a turn that was nothing else says an ellipsis.
pub fn strip(body: &[u8], turns: &[Range<usize>]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for turn in turns.iter().filter_map(|turn| body.get(turn.clone())).filter(|turn| may_hold(turn)) {
        if let Ok(raw) = crate::json::from_slice::<&RawValue>(turn) {
            in_turn(body, raw, &mut edits);
        }
    }
    edits
}

fn in_turn(body: &[u8], turn: &RawValue, edits: &mut Vec<Edit>) {
    let own = fields(turn);
    if !matches!(text(&own, "role").as_deref(), Some("assistant" | "model")) {
        return;
    }
    for (_, content) in own.iter().filter(|(name, _)| matches!(&**name, "content" | "parts")) {
        if content.get().starts_with('"') {
            edits.extend(in_text(body, content).map(Found::edit_or_nothing));
        } else {
            in_parts(body, &elements(content), edits);
        }
    }
}

/// A badge at the beginning of a text.
struct Found {
    /// Where it stands, with what separates it from the rest.
    badge: Range<usize>,
    /// Whether the text says nothing else.
    alone: bool,
}

impl Found {
    fn edit(self) -> Edit {
        Edit { range: self.badge, text: String::new() }
    }

    fn edit_or_nothing(self) -> Edit {
        let text = if self.alone { NOTHING.to_owned() } else { String::new() };
        Edit { text, ..self.edit() }
    }
}

fn in_text(body: &[u8], raw: &RawValue) -> Option<Found> {
    let end = literal::badge_end(raw.get())?;
    let start = span(body, raw).start;
    Some(Found { badge: start + 1..start + end, alone: literal::is_end(raw.get(), end) })
}

/// The badge in a part of a turn, if the part is a text of the answer.
fn in_part(body: &[u8], part: &RawValue) -> Option<Found> {
    if !may_hold(part.get().as_bytes()) {
        return None;
    }
    let own = fields(part);
    let is_text =
        text(&own, "type").is_none_or(|kind| matches!(kind.as_str(), "text" | "output_text" | "input_text"));
    let is_thought = own.iter().any(|(name, value)| name == "thought" && value.get() == "true");
    let (_, raw) = own.iter().rfind(|(name, _)| name == "text").filter(|_| is_text && !is_thought)?;
    in_text(body, raw)
}

fn in_parts(body: &[u8], parts: &[&RawValue], edits: &mut Vec<Edit>) {
    let mut found: Vec<Option<Found>> = parts.iter().map(|part| in_part(body, part)).collect();
    let goes: Vec<bool> = found.iter().map(|found| found.as_ref().is_some_and(|found| found.alone)).collect();
    if !goes.is_empty() && goes.iter().all(|goes| *goes) {
        let first = found.first_mut().and_then(Option::take);
        edits.extend(first.map(Found::edit_or_nothing));
        edits.extend(without(body, parts, |at| at > 0));
        return;
    }
    edits.extend(found.into_iter().flatten().filter(|found| !found.alone).map(Found::edit));
    edits.extend(without(body, parts, |at| goes.get(at).copied().unwrap_or_default()));
}

/// The edits that take elements out of a list with the commas that belong to them. At least one stays.
fn without(body: &[u8], parts: &[&RawValue], goes: impl Fn(usize) -> bool) -> Vec<Edit> {
    let spans: Vec<Range<usize>> = parts.iter().map(|part| span(body, part)).collect();
    let kept_before = |at: usize| {
        let before = spans.iter().enumerate().take(at).rev();
        before.filter(|(other, _)| !goes(*other)).map(|(_, span)| span.end).next()
    };
    let mut edits = Vec::new();
    for (at, own) in spans.iter().enumerate().filter(|(at, _)| goes(*at)) {
        let some_later_stays = (at + 1..spans.len()).any(|later| !goes(later));
        let range = match (some_later_stays, spans.get(at + 1)) {
            // A part goes with the comma after it; the last ones go with the comma before them, once.
            (true, Some(next)) => own.start..next.start,
            _ if at > 0 && goes(at - 1) => continue,
            _ => kept_before(at).unwrap_or(own.start)..spans.last().map_or(own.end, |last| last.end),
        };
        edits.push(Edit { range, text: String::new() });
    }
    edits
}
