//! The texts of the bodies, with a place for the mark of each request.

use serde_json::{Value, json};

/// Stands where the mark goes; as long as the mark.
pub(crate) const MARK: &str = "@@mark-of-this-request@@";
/// The characters of each tool's result in the body of 92 KB.
pub(crate) const RESULT: usize = 1_300;

fn question() -> String {
    format!("{} Request {MARK}.", prose(1_080))
}

pub(crate) fn small(stream: bool) -> Value {
    json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 1024,
        "stream": stream,
        "system": prose(240),
        "messages": [{ "role": "user", "content": question() }],
    })
}

fn turns() -> Value {
    json!([{ "role": "system", "content": prose(240) }, { "role": "user", "content": question() }])
}

pub(crate) fn small_chat(stream: bool) -> Value {
    json!({ "model": "gpt-4o", "max_tokens": 1024, "stream": stream, "messages": turns() })
}

pub(crate) fn small_responses(stream: bool) -> Value {
    json!({
        "model": "gpt-4o", "max_output_tokens": 1024, "stream": stream, "store": false,
        "instructions": prose(240), "input": [{ "role": "user", "content": question() }],
    })
}

pub(crate) fn small_ollama(stream: bool) -> Value {
    json!({
        "model": "qwen3", "stream": stream, "messages": turns(),
        "options": { "num_predict": 1024 },
    })
}

/// Whether it is streamed is in the path.
pub(crate) fn small_gemini() -> Value {
    json!({
        "systemInstruction": { "parts": [{ "text": prose(240) }] },
        "contents": [{ "role": "user", "parts": [{ "text": question() }] }],
        "generationConfig": { "maxOutputTokens": 1024 },
    })
}

pub(crate) fn large(stream: bool, result: usize) -> Value {
    let mut messages: Vec<Value> = (0..60).map(|index| turn(index, result)).collect();
    // The last turn is the agent's: the mark is in its text, after everything that a prefix cache could hold.
    messages.push(json!({ "role": "user", "content": [
        { "type": "tool_result", "tool_use_id": "toolu_59", "content": prose(900) },
        { "type": "text", "text": format!("Go on with {MARK}.") },
    ]}));
    json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 8192,
        "stream": stream,
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
