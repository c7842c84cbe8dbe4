//! `fs_read`: the text of a file.

use async_trait::async_trait;
use serde_json::json;

use super::{PATH, check_encoding};
use crate::context::Context;
use crate::input::Input;
use crate::tool::{Effect, Output, Spec, Tool, ToolError};
use crate::workspace::Access;

/// Reads a file.
#[derive(Debug)]
pub(crate) struct FsRead;

#[async_trait]
impl Tool for FsRead {
    fn spec(&self) -> Spec {
        Spec {
            name: "fs_read".into(),
            category: "workspace",
            description: "Reads a text file of the workspace and returns its contents. Long files can be read in parts with offset and limit.".into(),
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "The file, relative to the workspace or absolute within it."},
                    "offset": {"type": "integer", "minimum": 1, "description": "The first line to read, from 1."},
                    "limit": {"type": "integer", "minimum": 1, "description": "How many lines to read."},
                    "encoding": {"type": "string", "enum": ["utf8"], "description": "The encoding; utf8 is the only one."}
                },
                "required": ["path"]
            }),
            effect: Effect::Reads,
        }
    }

    async fn run(&self, input: &Input, context: &Context) -> Result<Output, ToolError> {
        let path = input.required(PATH)?.to_owned();
        check_encoding(input)?;
        let (offset, limit) = (input.number(&["offset"])?, input.number(&["limit"])?);
        let (place, text) = context
            .blocking(move |context| {
                let place = context.workspace.locate(&path, Access::Read)?;
                let text = context.workspace.read_text(&place, context.limits.file_bytes)?;
                Ok((place, text))
            })
            .await?;
        let text = match (offset, limit) {
            (None, None) => text,
            (offset, limit) => {
                let lines = text.split_inclusive('\n').skip(offset.unwrap_or(1) - 1);
                lines.take(limit.unwrap_or(usize::MAX)).collect()
            }
        };
        Ok(Output::text(text).with("encoding", "utf8").with("resolved_path", place.absolute()))
    }
}
