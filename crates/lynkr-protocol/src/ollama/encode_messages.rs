//! System parts and turns → messages.

use std::collections::HashMap;

use super::calls::is_real_id;
use super::encode::Losses;
use super::encode_content::Draft;
use super::marks::{self, Native};
use super::wire::Message;
use crate::neutral::{Block, Conversation, Extra, Role, SystemPart, ToolResult, Turn};
use crate::{Dialect, EncodeError};

/// What stands between two texts of one message. Ollama itself joins neighbouring messages that way.
const PARAGRAPH: &str = "\n\n";

/// The messages written so far.
#[derive(Debug)]
pub(super) struct Messages<'a> {
    out: Vec<Message>,
    /// The name of each call by its id; a later call wins, since servers may repeat ids.
    names: HashMap<&'a str, &'a str>,
    /// Whether the model takes tools. Else calls and results are told in words.
    tools: bool,
    /// The client's dialect.
    origin: Option<Dialect>,
}

impl<'a> Messages<'a> {
    /// All messages of a conversation.
    pub(super) fn of(
        conversation: &'a Conversation,
        tools: bool,
        losses: &mut Losses,
    ) -> Result<Vec<Message>, EncodeError> {
        let mut messages =
            Self { out: Vec::new(), names: HashMap::new(), tools, origin: conversation.origin };
        for part in &conversation.system {
            messages.system(part, losses)?;
        }
        for turn in &conversation.turns {
            messages.turn(turn, losses)?;
        }
        Ok(messages.out)
    }

    fn system(&mut self, part: &SystemPart, losses: &mut Losses) -> Result<(), EncodeError> {
        let mut draft = Draft::default();
        for block in &part.blocks {
            draft.add(block, PARAGRAPH, losses)?;
        }
        let first = self.out.len();
        if self.native() || !draft.is_empty() {
            self.out.push(draft.into_message("system"));
        }
        self.restore(first, &part.extra, losses);
        Ok(())
    }

    fn turn(&mut self, turn: &'a Turn, losses: &mut Losses) -> Result<(), EncodeError> {
        let (role, separator) = match turn.role {
            Role::User => ("user", PARAGRAPH),
            // Anthropic gives what it cites in pieces of one text.
            Role::Assistant
                if self.origin == Some(Dialect::Anthropic) && turn.blocks.iter().any(is_cited) =>
            {
                ("assistant", "")
            }
            Role::Assistant => ("assistant", PARAGRAPH),
            Role::System | Role::Developer => ("system", PARAGRAPH),
        };
        let first = self.out.len();
        let mut draft = Draft::default();
        for block in &turn.blocks {
            match block {
                Block::ToolResult(result) if self.tools => {
                    self.flush(std::mem::take(&mut draft), role);
                    self.result(result, losses)?;
                }
                Block::ToolResult(result) => self.tell_result(result, &mut draft, losses)?,
                Block::ToolUse(call) => {
                    self.names.insert(&call.id, &call.name);
                    if self.tools {
                        draft.add(block, separator, losses)?;
                    } else {
                        losses.approximated("tool history");
                        draft.add_words(&format!("[called {} with {}]", call.name, call.arguments), "\n");
                    }
                }
                other => draft.add(other, separator, losses)?,
            }
        }
        if self.native() && self.out.len() == first {
            self.out.push(draft.into_message(role));
        } else {
            self.flush(draft, role);
        }
        self.restore(first, &turn.extra, losses);
        Ok(())
    }

    /// Whether the client spoke this dialect: then its empty messages stay.
    fn native(&self) -> bool {
        self.origin == Some(Dialect::Ollama)
    }

    fn flush(&mut self, draft: Draft, role: &str) {
        if !draft.is_empty() {
            self.out.push(draft.into_message(role));
        }
    }

    fn result(&mut self, result: &ToolResult, losses: &mut Losses) -> Result<(), EncodeError> {
        let draft = result_draft(result, losses)?;
        let mut message = draft.into_message("tool");
        message.tool_name = self.names.get(result.id.as_str()).map(|name| (*name).to_owned());
        message.tool_call_id = is_real_id(&result.id).then(|| result.id.clone());
        self.out.push(message);
        Ok(())
    }

    fn tell_result(
        &mut self,
        result: &ToolResult,
        draft: &mut Draft,
        losses: &mut Losses,
    ) -> Result<(), EncodeError> {
        losses.approximated("tool history");
        let name = self.names.get(result.id.as_str()).copied().unwrap_or("the tool");
        draft.add_words(&format!("[{name} answered:"), "\n");
        for block in &result.content {
            draft.add(block, "\n", losses)?;
        }
        draft.add_words("]", "");
        Ok(())
    }

    /// Gives the first message of a native turn what the neutral form doesn't hold.
    fn restore(&mut self, first: usize, extra: &Extra, losses: &mut Losses) {
        losses.extra(extra, "messages[].");
        let Some(message) = self.out.get_mut(first) else { return };
        let native = Native::of(extra);
        if native.has(marks::CONTENT_ABSENT) && message.content.as_ref().is_some_and(String::is_empty) {
            message.content = None;
        }
        if native.has(marks::IMAGES_EMPTY) && message.images.is_none() {
            message.images = Some(Vec::new());
        }
        if native.has(marks::CALLS_EMPTY) && message.tool_calls.is_none() {
            message.tool_calls = Some(Vec::new());
        }
        if native.has(marks::NAME_ABSENT) || native.rest.find("tool_name").is_some() {
            message.tool_name = None;
        }
        message.rest = native.rest;
    }
}

fn is_cited(block: &Block) -> bool {
    matches!(block, Block::Text(text) if text.citations.is_some())
}

fn result_draft(result: &ToolResult, losses: &mut Losses) -> Result<Draft, EncodeError> {
    losses.cache(result.cache.as_ref());
    losses.extra(&result.extra, "tool_result.");
    let mut draft = Draft::default();
    // There is no field for it, and a model that takes a failure for an answer goes astray.
    if result.is_error == Some(true) {
        losses.approximated("tool_result.is_error");
        draft.add_words("[tool error]", "\n");
    }
    for block in &result.content {
        draft.add(block, "\n", losses).map_err(|mut error| {
            error.feature.insert_str(0, "tool_result.");
            error
        })?;
    }
    Ok(draft)
}
