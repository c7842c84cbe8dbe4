//! Tool results: wire → neutral. They name their tool; their call is found by id, or by that name.

use super::DIALECT;
use super::notes::{self, nest};
use super::read_parts::{BY_PLACE, Reader, is_real_id};
use super::wire::FunctionResponse;
use crate::error::DecodeError;
use crate::neutral::{Block, Extra, ToolResult};
use crate::wire::{Json, Rest};

impl Reader {
    /// Reads a result.
    pub(super) fn result(
        &mut self,
        response: FunctionResponse,
        mut extra: Rest,
        path: &str,
    ) -> Result<ToolResult, DecodeError> {
        let path = format!("{path}.functionResponse");
        let name = response.name.unwrap_or_default();
        let given = response.id.filter(|id| !id.is_empty());
        nest(&mut extra, "functionResponse", &response.rest);
        let found = self.answered(given.as_deref(), &name);
        let (id, called) = found.unwrap_or_else(|| {
            let spare = format!("{BY_PLACE}{}", self.calls);
            self.calls = self.calls.saturating_add(1);
            (given.clone().unwrap_or(spare), String::new())
        });
        if called != name {
            extra.push(notes::NAME, Json::of(&name));
        }
        if given.as_deref() != Some(&id).filter(|id| is_real_id(id)).map(String::as_str) {
            extra.push(notes::ID, given.map_or_else(Json::null, |given| Json::of(&given)));
        }
        let (mut content, is_error) = read_response(response.response, &mut extra);
        if let Some(parts) = response.parts {
            content.extend(self.turn(parts, &format!("{path}.parts"))?);
        }
        Ok(ToolResult { id, content, is_error, extra: Extra::new(DIALECT, extra), ..ToolResult::default() })
    }

    /// The call that a result answers: by its id, else the first one of that name that has no answer. A
    /// client may have made up an id for a call that had none.
    fn answered(&mut self, id: Option<&str>, name: &str) -> Option<(String, String)> {
        let by_id = |(known, ..): &&mut (String, String, bool)| Some(known.as_str()) == id;
        let found = match self.known.iter_mut().rev().find(by_id) {
            Some(found) => Some(found),
            None => self.known.iter_mut().find(|(known, called, answered)| {
                !*answered && called == name && (id.is_none() || !is_real_id(known))
            }),
        };
        let (id, name, answered) = found?;
        *answered = true;
        Some((id.clone(), name.clone()))
    }
}

/// The words of a result, and whether they tell of a failure. What has another form than the usual one is
/// noted, so that it goes back as it came.
fn read_response(response: Option<Json>, extra: &mut Rest) -> (Vec<Block>, Option<bool>) {
    let Some(response) = response else {
        extra.push(notes::FORM, Json::of("absent"));
        return (Vec::new(), None);
    };
    let fields: serde_json::Map<String, serde_json::Value> = response.read().unwrap_or_default();
    let mut pairs = fields.iter();
    let only = pairs.next().filter(|_| pairs.next().is_none());
    match only {
        Some((name, value)) if matches!(name.as_str(), "output" | "error") => {
            let is_error = (name == "error").then_some(true);
            let text = if let Some(text) = value.as_str() {
                text.to_owned()
            } else {
                extra.push(notes::FORM, Json::of("value"));
                value.to_string()
            };
            (vec![Block::text(text)], is_error)
        }
        None if response.is_object() && fields.is_empty() => {
            extra.push(notes::FORM, Json::of("empty"));
            (Vec::new(), None)
        }
        _ => {
            extra.push(notes::FORM, Json::of("object"));
            (vec![Block::text(response.get())], None)
        }
    }
}
