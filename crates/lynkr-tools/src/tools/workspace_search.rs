//! `workspace_search`: where a text stands.

use async_trait::async_trait;
use regex::{Regex, RegexBuilder};
use serde_json::{Value, json};

use crate::context::Context;
use crate::input::Input;
use crate::tool::{Effect, Output, Spec, Tool, ToolError};
use crate::walk::{Wanted, walk};
use crate::workspace::Access;

/// How many matches are given, unless more are asked for; and the most that may be.
const USUAL: usize = 50;
const MOST: usize = 200;

/// The most that is shown of a line, in characters.
const LINE: usize = 400;

/// The most memory that an expression may take, in bytes.
const EXPRESSION: usize = 1024 * 1024;

/// Searches files.
#[derive(Debug)]
pub(crate) struct WorkspaceSearch;

#[async_trait]
impl Tool for WorkspaceSearch {
    fn spec(&self) -> Spec {
        Spec {
            name: "workspace_search".into(),
            category: "workspace",
            description: "Finds the lines of the workspace's files that hold a text or match a regular expression. Hidden files and what .gitignore names are left out.".into(),
            schema: json!({
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "The text to find, case and all; a regular expression if regex is true."},
                    "regex": {"type": "boolean", "description": "Whether query is a regular expression."},
                    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "description": "The most matches; 50 unless said otherwise."},
                    "patterns": {"type": "array", "items": {"type": "string"}, "description": "Glob patterns of the files to search; all unless said otherwise."},
                    "ignore": {"type": "array", "items": {"type": "string"}, "description": "Glob patterns, or names, of what is left out."}
                },
                "required": ["query"]
            }),
            effect: Effect::Reads,
        }
    }

    async fn run(&self, input: &Input, context: &Context) -> Result<Output, ToolError> {
        let query = input.required(&["query", "term", "pattern"])?.to_owned();
        let is_regex = input.flag(&["regex", "is_regex"], false)?;
        let limit = input.number(&["limit"])?.unwrap_or(USUAL).min(MOST);
        let wanted = Wanted::new(&input.texts(&["patterns"])?, &input.texts(&["ignore"])?)?;
        let text = if is_regex { query.clone() } else { regex::escape(&query) };
        let expression = RegexBuilder::new(&text).size_limit(EXPRESSION).build();
        let expression =
            expression.map_err(|error| ToolError::failed(format!("query is no expression: {error}")))?;
        let matches = context.blocking(move |context| search(context, &wanted, &expression, limit)).await?;
        Ok(Output::json(&json!({
            "engine": "fallback", "query": query, "regex": is_regex, "limit": limit, "matches": matches
        })))
    }
}

fn search(
    context: &Context,
    wanted: &Wanted,
    expression: &Regex,
    limit: usize,
) -> Result<Vec<Value>, ToolError> {
    let mut matches = Vec::new();
    walk(context, wanted, |found| {
        if found.kind() != "file" {
            return Ok(true);
        }
        let path = found.shown();
        // What can't be read, or is no text, or is too long, holds nothing.
        let place = context.workspace.locate(&path, Access::Read);
        let read = place.and_then(|place| context.workspace.read_text(&place, context.limits.file_bytes));
        let Ok(text) = read else { return Ok(true) };
        for (number, line) in text.lines().enumerate() {
            let Some(hit) = expression.find(line) else { continue };
            let column = line.get(..hit.start()).unwrap_or_default().chars().count() + 1;
            let shown: String = line.chars().take(LINE).collect();
            matches.push(json!({"path": path, "line": number + 1, "column": column, "match": shown}));
            if matches.len() == limit {
                return Ok(false);
            }
        }
        Ok(true)
    })?;
    Ok(matches)
}
