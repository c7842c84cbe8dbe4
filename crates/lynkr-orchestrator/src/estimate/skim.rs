//! What the turns of a body weigh, from their JSON as it stands: for requests that pass through, whose tokens matter to
//! somebody and that nobody decodes. A turn is walked over once and found again by its digest, since later requests of its
//! conversation bring it again.
//!
//! A text counts as if it were decoded, a call's input as the JSON that it is. Where something is met whose size isn't that
//! of its letters, such as an image, the walk gives up, and the request is decoded after all.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use lynkr_protocol::peek::Peek;
use lynkr_tokens::{Meter, Scale, Weight};
use lynkr_types::Generations;
use xxhash_rust::xxh3::xxh3_128;

/// So many turns, system prompts and lists of tools are remembered.
const MOST: usize = 8_192;
/// Values that lie deeper aren't walked into.
const DEEPEST: usize = 32;

/// What framing a tool costs beside its own JSON, whose names of fields are counted already.
const TOOL: u64 = 12;

/// What a part of a body weighs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Part {
    weight: Weight,
    /// Calls and results, each framed like a turn.
    framed: u64,
}

/// What was weighed before; `None` for parts that have to be decoded.
#[derive(Debug)]
pub(crate) struct Weights(Mutex<Generations<u128, Option<Part>>>);

impl Default for Weights {
    fn default() -> Self {
        Self(Mutex::new(Generations::new(MOST)))
    }
}

impl Weights {
    /// An estimate of a request's input tokens; `None` where it has to be decoded for that.
    pub(crate) fn input_tokens(&self, body: &[u8], peek: &Peek, model: &str) -> Option<u64> {
        let meter = Meter::estimating(model);
        let mut parts = Part::default();
        let mut turns = 0;
        for span in peek.turn_spans.iter().chain(&peek.system) {
            parts.add(self.part(body, span, turn)?);
            turns += 1;
        }
        if turns == 0 {
            return None;
        }
        let mut tokens = meter.request();
        if let Some(span) = &peek.tools_span {
            parts.add(self.part(body, span, |json| Some(tools(json)))?);
            tokens += meter.any_tools() + TOOL * peek.tools as u64;
        }
        Some(tokens + meter.turn() * (turns + parts.framed) + meter.weighed(parts.weight))
    }

    /// What a part weighs, as it was weighed before or is now.
    fn part(&self, body: &[u8], span: &Range<usize>, weigh: impl Fn(&str) -> Option<Part>) -> Option<Part> {
        let json = body.get(span.clone())?;
        let digest = xxh3_128(json);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).copied();
        known.unwrap_or_else(|| {
            // Outside of the lock: a long part holds up nobody.
            let part = str::from_utf8(json).ok().and_then(weigh);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).put(digest, part);
            part
        })
    }
}

impl Part {
    fn add(&mut self, other: Self) {
        self.weight.add(other.weight);
        self.framed += other.framed;
    }
}

/// Tools are told to most models as the JSON that they come in.
fn tools(json: &str) -> Part {
    let mut scale = Scale::default();
    scale.push(json);
    Part { weight: scale.weight(), framed: 0 }
}

fn turn(json: &str) -> Option<Part> {
    let mut walk = Walk { json, at: 0, scale: Scale::default(), framed: 0 };
    walk.value(Name::Text, 0)?;
    Some(Part { weight: walk.scale.weight(), framed: walk.framed })
}

/// What the name of a field says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    /// Words, or something that holds words.
    Text,
    /// What kind of thing it stands in.
    Kind,
    /// Says nothing to the model.
    Silent,
    /// An object in it is told to the model as JSON.
    Json,
    /// A call or a result, framed like a turn.
    Framed,
    /// Holds bytes, or tells where they are.
    Bytes,
}

impl Name {
    /// By the name, as it stands between its quotes.
    fn of(name: &str) -> Self {
        match name {
            "type" => Self::Kind,
            "role" | "id" | "tool_use_id" | "tool_call_id" | "call_id" | "toolUseId" | "status"
            | "signature" | "thoughtSignature" | "cache_control" | "cachePoint" | "is_error" => Self::Silent,
            "input" | "arguments" | "args" | "action" | "response" | "json" => Self::Json,
            "functionCall" | "functionResponse" | "toolUse" | "toolResult" | "function" => Self::Framed,
            "source" | "data" | "url" | "image_url" | "image" | "images" | "inlineData" | "inline_data"
            | "fileData" | "file_data" | "file" | "file_id" | "document" | "video" | "audio"
            | "input_audio" | "bytes" => Self::Bytes,
            _ => Self::Text,
        }
    }
}

/// A walk over one value of a body that is known to be JSON; what is none after all ends it.
struct Walk<'a> {
    json: &'a str,
    at: usize,
    scale: Scale,
    framed: u64,
}

impl<'a> Walk<'a> {
    /// The next byte that isn't white space.
    fn next(&mut self) -> Option<u8> {
        let bytes = self.json.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn value(&mut self, name: Name, depth: usize) -> Option<()> {
        let opening = self.next()?;
        match (opening, name) {
            (_, Name::Bytes) => None,
            (b'"', _) => self.text(name),
            (b'{' | b'[', Name::Silent) => self.over(),
            (b'{' | b'[', Name::Json) => {
                let begin = self.at;
                self.over()?;
                self.scale.begin();
                self.scale.push(self.json.get(begin..self.at)?);
                Some(())
            }
            (b'{' | b'[', _) if depth == DEEPEST => None,
            (b'{', _) => {
                self.framed += u64::from(name == Name::Framed);
                self.members(depth + 1)
            }
            (b'[', _) => self.elements(name, depth + 1),
            // A number, or a word of JSON's own.
            _ => {
                let rest = self.json.as_bytes().get(self.at..)?;
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                (length > 0).then_some(())?;
                self.at += length;
                Some(())
            }
        }
    }

    fn members(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        loop {
            match self.next()? {
                b'}' => break,
                b',' => self.at += 1,
                b'"' => {
                    let name = Name::of(self.string()?.0);
                    (self.next()? == b':').then_some(())?;
                    self.at += 1;
                    self.value(name, depth)?;
                }
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    fn elements(&mut self, name: Name, depth: usize) -> Option<()> {
        self.at += 1;
        loop {
            match self.next()? {
                b']' => break,
                b',' => self.at += 1,
                _ => self.value(name, depth)?,
            }
        }
        self.at += 1;
        Some(())
    }

    /// Walks over the string that begins here: what stands between its quotes, and whether anything in it is escaped.
    fn string(&mut self) -> Option<(&'a str, bool)> {
        let begin = self.at + 1;
        let mut at = begin;
        let mut escaped = false;
        loop {
            let rest = self.json.as_bytes().get(at..)?;
            at += memchr::memchr2(b'"', b'\\', rest)?;
            if self.json.as_bytes().get(at) == Some(&b'"') {
                break;
            }
            escaped = true;
            at += 2;
        }
        self.at = at + 1;
        Some((self.json.get(begin..at)?, escaped))
    }

    /// Walks over an object or a list without looking at it.
    fn over(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            match *self.json.as_bytes().get(self.at)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Some(());
            }
        }
    }

    fn text(&mut self, name: Name) -> Option<()> {
        let (text, escaped) = self.string()?;
        match name {
            Name::Kind => match text {
                "tool_use"
                | "server_tool_use"
                | "tool_result"
                | "function_call"
                | "function_call_output"
                | "custom_tool_call"
                | "custom_tool_call_output" => self.framed += 1,
                "image" | "document" | "input_image" | "input_file" | "input_audio" => return None,
                _ => {}
            },
            Name::Silent => {}
            _ => {
                self.scale.begin();
                if escaped {
                    self.scale.push_json(text)?;
                } else {
                    self.scale.push(text);
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
