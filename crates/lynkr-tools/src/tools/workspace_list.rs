//! `workspace_list`: what is in the workspace.

use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::context::Context;
use crate::input::Input;
use crate::tool::{Effect, Output, Spec, Tool, ToolError};
use crate::walk::{Found, Wanted, walk};

/// How many entries a list has, unless more are asked for; and the most that it may have.
const USUAL: usize = 1_000;
const MOST: usize = 10_000;

/// Lists files.
#[derive(Debug)]
pub(crate) struct WorkspaceList;

#[async_trait]
impl Tool for WorkspaceList {
    fn spec(&self) -> Spec {
        Spec {
            name: "workspace_list".into(),
            category: "workspace",
            description: "Lists the files of the workspace that match patterns such as **/*.rs. Hidden files and what .gitignore names are left out.".into(),
            schema: json!({
                "type": "object",
                "properties": {
                    "patterns": {"type": "array", "items": {"type": "string"}, "description": "Glob patterns; **/* unless said otherwise."},
                    "ignore": {"type": "array", "items": {"type": "string"}, "description": "Glob patterns, or names, of what is left out."},
                    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "description": "The most entries; 1000 unless said otherwise."},
                    "with_stats": {"type": "boolean", "description": "Whether each entry has its size in bytes and the time of its last change."},
                    "include_directories": {"type": "boolean", "description": "Whether folders are listed too."}
                }
            }),
            effect: Effect::Reads,
        }
    }

    async fn run(&self, input: &Input, context: &Context) -> Result<Output, ToolError> {
        let wanted = Wanted::new(&input.texts(&["patterns", "pattern"])?, &input.texts(&["ignore"])?)?;
        let limit = input.number(&["limit"])?.unwrap_or(USUAL).min(MOST);
        let stats = input.flag(&["with_stats", "include_stats"], false)?;
        let folders = input.flag(&["include_directories"], false)?;
        let (entries, more) = context
            .blocking(move |context| {
                let (mut entries, mut more) = (Vec::new(), false);
                walk(context, &wanted, |found| {
                    if found.kind() == "directory" && !folders {
                        return Ok(true);
                    }
                    more = entries.len() == limit;
                    if !more {
                        entries.push(entry(found, stats));
                    }
                    Ok(!more)
                })?;
                Ok((entries, more))
            })
            .await?;
        let mut body = json!({"entries": entries});
        if more {
            body["truncated"] = true.into();
        }
        Ok(Output::json(&body))
    }
}

fn entry(found: &Found<'_>, stats: bool) -> Value {
    let mut entry = json!({"path": found.shown(), "type": found.kind()});
    if let Some(metadata) = found.entry.metadata().ok().filter(|_| stats) {
        entry["size"] = metadata.len().into();
        let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        entry["mtimeMs"] = since.map(|since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)).into();
    }
    entry
}
