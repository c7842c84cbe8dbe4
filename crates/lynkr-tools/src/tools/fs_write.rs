//! `fs_write`: a file with new contents.

use async_trait::async_trait;
use serde_json::json;

use super::{PATH, check_encoding, check_unredacted};
use crate::context::Context;
use crate::input::Input;
use crate::tool::{Effect, Output, Spec, Tool, ToolError};
use crate::workspace::Access;

/// Writes a file.
#[derive(Debug)]
pub(crate) struct FsWrite;

#[async_trait]
impl Tool for FsWrite {
    fn spec(&self) -> Spec {
        Spec {
            name: "fs_write".into(),
            category: "workspace",
            description: "Writes a text file of the workspace: makes it, or replaces all that is in it. To change a part of a file, use edit_patch.".into(),
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "The file, relative to the workspace or absolute within it."},
                    "content": {"type": "string", "description": "All that the file is to hold."},
                    "create_parents": {"type": "boolean", "description": "Whether missing folders are made; true unless said otherwise."},
                    "encoding": {"type": "string", "enum": ["utf8"], "description": "The encoding; utf8 is the only one."}
                },
                "required": ["path", "content"]
            }),
            effect: Effect::Writes,
        }
    }

    async fn run(&self, input: &Input, context: &Context) -> Result<Output, ToolError> {
        let path = input.required(PATH)?.to_owned();
        check_encoding(input)?;
        let content = input.text(&["content", "contents"])?.unwrap_or_default().to_owned();
        check_unredacted(&content, "content")?;
        let create_parents = input.flag(&["create_parents"], true)?;
        let (bytes, most) = (content.len(), context.limits.file_bytes);
        if bytes as u64 > most {
            let message =
                format!("content has {bytes} bytes, and {most} are the most (LYNKR_TOOLS_MAX_FILE_BYTES)");
            return Err(ToolError::failed(message));
        }
        let shown = path.clone();
        let place = context
            .blocking(move |context| {
                let _alone = context.workspace.editing();
                let place = context.workspace.locate(&path, Access::Write)?;
                context.workspace.write(&place, content.as_bytes(), create_parents)?;
                Ok(place)
            })
            .await?;
        let resolved = place.absolute();
        Ok(Output::json(&json!({"path": shown, "bytes": bytes, "resolved_path": resolved}))
            .with("bytes", bytes))
    }
}
