//! Tool results: neutral → wire.
//!
//! `response` holds the words under `output`, or under `error` when the tool failed: the two names that
//! the API gives a meaning. Media stand inside the result for models that read them there, else right
//! after it.

use super::DIALECT;
use super::media;
use super::model::has_levels;
use super::notes::{self, Kept};
use super::read_parts::is_real_id;
use super::wire::{FunctionResponse, Part};
use super::write_parts::{Side, Writer, text_of};
use crate::error::EncodeError;
use crate::losses::leave_out;
use crate::neutral::{Block, Media, ToolResult};
use crate::wire::Json;

impl Writer<'_> {
    /// Writes a result, and the media that must stand after it.
    pub(super) fn result(&mut self, result: &ToolResult, parts: &mut Vec<Part>) -> Result<(), EncodeError> {
        self.losses.cache(result.cache.as_ref());
        self.losses.extra(&result.extra, "tool_result.");
        let mut kept = Kept::of(&result.extra, DIALECT);
        let (text, media) = self.answer(result)?;
        let inside = self.native || has_levels(self.model);
        let (inner, after) = if inside { (media, Vec::new()) } else { (Vec::new(), media) };
        if !after.is_empty() {
            self.losses.approximated("tool_result.image");
        }
        let id = match kept.note(notes::ID) {
            Some(id) => id.as_string(),
            None => is_real_id(&result.id).then(|| result.id.clone()),
        };
        let has_media = !inner.is_empty() || !after.is_empty();
        let function_response = FunctionResponse {
            id,
            name: Some(self.name(result, &kept)),
            response: response(result, text, &kept, has_media),
            parts: (!inner.is_empty()).then_some(inner),
            rest: kept.take("functionResponse"),
        };
        parts.push(Part { function_response: Some(function_response), rest: kept.rest, ..Part::default() });
        parts.extend(after);
        Ok(())
    }

    /// The name of the tool that answered.
    fn name(&mut self, result: &ToolResult, kept: &Kept) -> String {
        if let Some(name) = kept.word(notes::NAME) {
            return name;
        }
        if let Some(name) = self.names.get(&result.id) {
            return name.clone();
        }
        // The call was trimmed away. The API insists on a name, not on a known one.
        self.losses.approximated("tool_result.name");
        "unknown_tool".to_owned()
    }

    /// What a result says in words, and its media.
    fn answer(&mut self, result: &ToolResult) -> Result<(Option<String>, Vec<Part>), EncodeError> {
        let mut text: Option<String> = None;
        let mut parts = Vec::new();
        for block in &result.content {
            let words = match block {
                Block::Text(words) => {
                    self.losses.cache(words.cache.as_ref());
                    self.losses.extra(&words.extra, "tool_result.text.");
                    words.text.clone()
                }
                Block::Document(document)
                    if let Some(words) = text_of(&document.source).filter(|_| !self.native) =>
                {
                    self.losses.approximated("tool_result.document");
                    words
                }
                Block::Image(image) => {
                    parts.extend(self.attached(&image.source, &image.extra, "tool_result.image")?);
                    continue;
                }
                Block::Document(document) => {
                    parts.extend(self.attached(&document.source, &document.extra, "tool_result.document")?);
                    continue;
                }
                Block::Opaque(opaque) if opaque.dialect == DIALECT => {
                    parts.extend(opaque.value.read::<Part>().ok());
                    continue;
                }
                Block::Opaque(opaque) => {
                    leave_out(opaque, DIALECT, &mut self.losses.0)?;
                    continue;
                }
                other => {
                    self.losses.dropped(&format!("tool_result.{}", other.kind()));
                    continue;
                }
            };
            let text = text.get_or_insert_default();
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&words);
        }
        Ok((text, parts))
    }

    fn attached(
        &self,
        source: &Media,
        extra: &crate::neutral::Extra,
        feature: &str,
    ) -> Result<Option<Part>, EncodeError> {
        match self.side {
            Side::Upstream => media::write(source, extra, self.model, feature).map(Some),
            Side::Client => Ok(media::write_for_client(source, extra)),
        }
    }
}

/// The object that holds the words.
fn response(result: &ToolResult, text: Option<String>, kept: &Kept, has_media: bool) -> Option<Json> {
    let form = kept.word(notes::FORM);
    let form = form.as_deref().unwrap_or_default();
    let Some(text) = text else {
        return match form {
            "absent" => None,
            "empty" => Some(Json::empty_object()),
            _ if has_media => Some(Json::empty_object()),
            _ => Some(worded(result, &"")),
        };
    };
    let parsed = if matches!(form, "object" | "value") { Json::parse(&text).ok() } else { None };
    Some(match parsed {
        Some(object) if form == "object" => object,
        Some(value) => worded(result, &value),
        None => worded(result, &text),
    })
}

fn worded<T: serde::Serialize>(result: &ToolResult, text: &T) -> Json {
    let name = if result.is_error == Some(true) { "error" } else { "output" };
    Json::of(&std::collections::BTreeMap::from([(name, text)]))
}
