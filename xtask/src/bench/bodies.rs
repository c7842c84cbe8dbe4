//! The requests that are sent: a small one, and one like a coding agent's in the middle of its work. Every request
//! carries a mark of its own, so that no cache can answer it.

use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// About 1.6 KB: one question.
    Small,
    /// About 92 KB: 60 messages, a new one, and 20 tools.
    Large,
    /// About 200 KB: the same with longer results of tools.
    Longer,
    /// About 1 MB.
    Huge,
}

impl Size {
    /// As reports say it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Small => "1.6 KB",
            Self::Large => "92 KB",
            Self::Longer => "200 KB",
            Self::Huge => "1 MB",
        }
    }

    /// The characters of each tool's result.
    const fn result(self) -> usize {
        match self {
            Self::Small | Self::Large => 1_300,
            Self::Longer => 4_800,
            Self::Huge => 31_500,
        }
    }
}

/// How it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Whole,
    Stream,
}

impl Mode {
    /// As reports say it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Stream => "stream",
        }
    }
}

/// Stands where the mark goes; as long as the mark.
const MARK: &str = "@@mark-of-this-request@@";

/// A request in the Anthropic dialect, cut where the mark goes.
#[derive(Debug)]
pub(crate) struct Body {
    before: String,
    after: String,
    sent: AtomicU64,
    run: u32,
}

impl Body {
    /// Builds a body once; requests are copies of it.
    pub(crate) fn new(size: Size, mode: Mode) -> Self {
        let text = match size {
            Size::Small => small(mode),
            Size::Large | Size::Longer | Size::Huge => large(mode, size.result()),
        }
        .to_string();
        let (before, after) = text.split_once(MARK).unwrap_or((text.as_str(), ""));
        Self {
            before: before.to_owned(),
            after: after.to_owned(),
            sent: AtomicU64::new(0),
            run: std::process::id(),
        }
    }

    /// The next request's bytes, unlike all before it.
    pub(crate) fn next(&self) -> Bytes {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let (before, run, after) = (&self.before, self.run, &self.after);
        Bytes::from(format!("{before}{run:08x}{number:016x}{after}"))
    }
}

fn small(mode: Mode) -> Value {
    let question = format!("{} Request {MARK}.", prose(1_080));
    json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 1024,
        "stream": mode == Mode::Stream,
        "system": prose(240),
        "messages": [{ "role": "user", "content": question }],
    })
}

fn large(mode: Mode, result: usize) -> Value {
    let mut messages: Vec<Value> = (0..60).map(|index| turn(index, result)).collect();
    // The last turn is the agent's: the mark is in its text, after everything that a prefix cache could hold.
    messages.push(json!({ "role": "user", "content": [
        { "type": "tool_result", "tool_use_id": "toolu_59", "content": prose(900) },
        { "type": "text", "text": format!("Go on with {MARK}.") },
    ]}));
    json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 8192,
        "stream": mode == Mode::Stream,
        "system": [{ "type": "text", "text": prose(9_000), "cache_control": { "type": "ephemeral" } }],
        "tools": (0..20).map(tool).collect::<Vec<_>>(),
        "messages": messages,
    })
}

/// Alternating turns: a question or a tool's result, then a word and a tool call.
fn turn(index: usize, result: usize) -> Value {
    if index == 0 {
        return json!({ "role": "user", "content": prose(1_200) });
    }
    if index % 2 == 1 {
        return json!({ "role": "assistant", "content": [
            { "type": "text", "text": prose(180) },
            { "type": "tool_use", "id": format!("toolu_{index}"), "name": format!("tool_{}", index % 20),
              "input": { "path": format!("src/module_{index}.rs"), "pattern": prose(160) } },
        ]});
    }
    let result = json!({ "type": "tool_result", "tool_use_id": format!("toolu_{}", index - 1), "content": prose(result) });
    json!({ "role": "user", "content": [result] })
}

fn tool(index: usize) -> Value {
    json!({
        "name": format!("tool_{index}"),
        "description": prose(540),
        "input_schema": {
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": prose(120) },
                "pattern": { "type": "string", "description": prose(120) },
                "limit": { "type": "integer", "minimum": 1, "maximum": 1000 },
                "recursive": { "type": "boolean" },
            },
            "required": ["path"],
            "additionalProperties": false,
        },
    })
}

/// Text of a length, with quotes and line ends as code has them.
fn prose(length: usize) -> String {
    const SAMPLE: &str =
        "The parser reads \"one\" token at a time;\n    let next = tokens.peek()?;\n then decides. ";
    SAMPLE.chars().cycle().take(length).collect()
}

#[cfg(test)]
mod tests;
