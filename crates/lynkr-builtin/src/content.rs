//! Reads a conversation: what the user said last, what the tools answered, what was attached.

use std::collections::HashMap;

use lynkr_protocol::neutral::{Block, Conversation, Media, Role, ToolResult};

/// The facts that an answer depends on.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    /// What the user said last; empty when nothing.
    pub(crate) user: &'a str,
    /// How many results stand after it.
    pub(crate) results_since_user: usize,
    /// All results with their tools' names, oldest first.
    pub(crate) results: Vec<(&'a str, &'a ToolResult)>,
    /// How many of the results came after the model's last turn: it must answer these.
    pub(crate) fresh: usize,
    /// How many calls the conversation holds.
    pub(crate) calls: usize,
    /// The pictures: media type and size.
    pub(crate) images: Vec<Attachment<'a>>,
    /// The documents: type and size.
    pub(crate) documents: Vec<Attachment<'a>>,
    /// How many turns are the user's (results not counted) and the model's.
    pub(crate) turns: (usize, usize),
}

/// Something attached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attachment<'a> {
    /// What it is.
    pub(crate) kind: &'a str,
    /// Its size, where it is in place.
    pub(crate) bytes: Option<usize>,
}

impl<'a> Content<'a> {
    pub(crate) fn of(conversation: &'a Conversation) -> Self {
        let mut content = Self {
            user: "",
            results_since_user: 0,
            results: Vec::new(),
            fresh: 0,
            calls: 0,
            images: Vec::new(),
            documents: Vec::new(),
            turns: (0, 0),
        };
        let mut names: HashMap<&str, &str> = HashMap::new();
        for turn in &conversation.turns {
            match turn.role {
                Role::User => content.user_turn(&turn.blocks, &names),
                Role::Assistant => {
                    content.turns.1 += 1;
                    content.fresh = 0;
                    for block in &turn.blocks {
                        if let Block::ToolUse(call) = block {
                            content.calls += 1;
                            names.insert(&call.id, &call.name);
                        }
                    }
                }
                Role::System | Role::Developer => {}
            }
        }
        content
    }

    fn user_turn(&mut self, blocks: &'a [Block], names: &HashMap<&str, &'a str>) {
        for block in blocks {
            self.attached(block);
            if let Block::ToolResult(result) = block {
                result.content.iter().for_each(|inner| self.attached(inner));
                let name = names.get(result.id.as_str()).copied().unwrap_or("(unknown)");
                self.results.push((name, result));
                self.fresh += 1;
                self.results_since_user += 1;
            }
        }
        let said = blocks.iter().filter_map(Block::as_text).rfind(|text| is_said(text));
        if let Some(text) = said {
            self.user = text;
            self.turns.0 += 1;
            // Words beside results are a client's note, not a new question.
            if !blocks.iter().any(|block| matches!(block, Block::ToolResult(_))) {
                self.results_since_user = 0;
            }
        }
    }

    fn attached(&mut self, block: &'a Block) {
        match block {
            Block::Image(image) => self.images.push(attachment(&image.source)),
            Block::Document(document) => self.documents.push(attachment(&document.source)),
            _ => {}
        }
    }
}

/// Whether a text is a person's: not empty, and not wholly inside one tag, as clients wrap their own notes.
fn is_said(text: &str) -> bool {
    let text = text.trim();
    let wrapped = text.strip_prefix('<').and_then(|rest| {
        let name: &str = rest.split(['>', ' ', '\n']).next()?;
        text.strip_suffix(&format!("</{name}>"))
    });
    !text.is_empty() && wrapped.is_none()
}

fn attachment(source: &Media) -> Attachment<'_> {
    match source {
        Media::Base64 { media_type, data } => {
            Attachment { kind: media_type, bytes: Some(decoded_length(data)) }
        }
        Media::Url(_) => Attachment { kind: "at a URL", bytes: None },
        Media::File(_) => Attachment { kind: "in a file store", bytes: None },
        Media::Text(text) => Attachment { kind: "text/plain", bytes: Some(text.len()) },
        Media::Other { .. } => Attachment { kind: "of another kind", bytes: None },
    }
}

/// How many bytes a base64 text stands for.
fn decoded_length(data: &str) -> usize {
    let digits = data.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').count();
    digits.saturating_mul(3) / 4
}

/// The text of a result; what isn't text is named.
pub(crate) fn result_text(result: &ToolResult) -> String {
    let parts: Vec<String> = result
        .content
        .iter()
        .map(|block| match block {
            Block::Text(text) => text.text.clone(),
            other => format!("[{}]", other.kind()),
        })
        .collect();
    parts.join("\n")
}

/// A text cut to `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}… ({} bytes)", text.get(..at).unwrap_or_default(), text.len()),
        None => text.to_owned(),
    }
}
