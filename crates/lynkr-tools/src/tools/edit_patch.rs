//! `edit_patch`: a unified diff, applied to a file.

use async_trait::async_trait;
use serde_json::json;

use super::{PATH, check_encoding, check_unredacted};
use crate::context::Context;
use crate::input::Input;
use crate::patch;
use crate::tool::{Effect, Output, Spec, Tool, ToolError};
use crate::workspace::Access;

/// Patches a file.
#[derive(Debug)]
pub(crate) struct EditPatch;

#[async_trait]
impl Tool for EditPatch {
    fn spec(&self) -> Spec {
        Spec {
            name: "edit_patch".into(),
            category: "workspace",
            description: "Changes a text file of the workspace by a unified diff. The file must exist, and every line of context and every removed line must be in it exactly as in the diff; otherwise nothing is changed.".into(),
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "The file, relative to the workspace or absolute within it."},
                    "patch": {"type": "string", "description": "The unified diff of this one file: hunks that begin with @@ -line,count +line,count @@."},
                    "encoding": {"type": "string", "enum": ["utf8"], "description": "The encoding; utf8 is the only one."}
                },
                "required": ["path", "patch"]
            }),
            effect: Effect::Writes,
        }
    }

    async fn run(&self, input: &Input, context: &Context) -> Result<Output, ToolError> {
        let path = input.required(PATH)?.to_owned();
        let text = input.required(&["patch", "diff"])?.to_owned();
        check_encoding(input)?;
        let hunks = patch::parse(&text).map_err(ToolError::failed)?;
        for added in text.lines().filter(|line| line.starts_with('+')) {
            check_unredacted(added, "patch")?;
        }
        let shown = path.clone();
        let place = context
            .blocking(move |context| {
                let _alone = context.workspace.editing();
                let place = context.workspace.locate(&path, Access::Write)?;
                let before = context.workspace.read_text(&place, context.limits.file_bytes)?;
                let after = patch::apply(&before, &hunks).map_err(ToolError::failed)?;
                context.workspace.write(&place, after.as_bytes(), false)?;
                Ok(place)
            })
            .await?;
        Ok(Output::json(&json!({"path": shown, "resolved_path": place.absolute()})))
    }
}
