//! A badge in front of a streamed answer: an event of its own before the first text, and what later events say of the
//! whole text put right.

use serde_json::{Map, Value, json};

use super::prefix;
use super::shift::{may_hold_places, shift};
use crate::Dialect;

/// Puts a badge into a client's stream, which is handed over in whole events. What comes before the first text and, in
/// most dialects, all that comes after it passes as it is.
#[derive(Debug, Clone)]
pub struct Inserter {
    dialect: Dialect,
    prefix: String,
    state: State,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    /// No text has come yet.
    Waiting,
    /// It stands in front of this text (Responses: the item and the part).
    Put(Value, Value),
    /// There is no place for it.
    Off,
}

/// What becomes of an event.
enum Event {
    /// It goes on as it is.
    Same,
    /// Another goes before it.
    After(Value),
    /// It is another.
    Changed(Value),
    /// Another goes before it, and it is another.
    Both(Value, Value),
}

impl Inserter {
    /// For a stream of this dialect.
    pub fn new(dialect: Dialect, badge: &str) -> Self {
        Self { dialect, prefix: prefix(badge), state: State::Waiting }
    }

    /// Whether what comes passes as it is, whatever it is.
    pub fn is_idle(&self, events: &[u8]) -> bool {
        match self.state {
            State::Waiting => false,
            State::Off => true,
            // Its events are numbered, and the last ones say the whole text again.
            State::Put(..) => self.dialect != Dialect::OpenAiResponses && !may_hold_places(events),
        }
    }

    /// Takes whole events, and gives what goes to the client.
    pub fn push(&mut self, events: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(events.len() + 256);
        let mut rest = events;
        while !rest.is_empty() {
            let (event, after) = rest.split_at(self.end(rest).clamp(1, rest.len()));
            rest = after;
            let data = self.data(event);
            match data.map_or(Event::Same, |data| self.take(data)) {
                Event::Same => out.extend_from_slice(event),
                Event::After(before) => {
                    self.write(event, &before, &mut out);
                    out.extend_from_slice(event);
                }
                Event::Changed(now) => self.write(event, &now, &mut out),
                Event::Both(before, now) => {
                    self.write(event, &before, &mut out);
                    self.write(event, &now, &mut out);
                }
            }
        }
        out
    }

    /// Where the first event ends.
    fn end(&self, bytes: &[u8]) -> usize {
        if self.dialect == Dialect::Ollama {
            return memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        }
        let after = |needle: &[u8]| memchr::memmem::find(bytes, needle).map(|at| at + needle.len());
        [after(b"\n\n"), after(b"\n\r\n"), after(b"\r\r")].into_iter().flatten().min().unwrap_or(bytes.len())
    }

    /// What an event says, if that is JSON.
    fn data(&self, event: &[u8]) -> Option<Value> {
        if self.dialect == Dialect::Ollama {
            return crate::json::from_slice(event).ok();
        }
        let text = std::str::from_utf8(event).ok()?;
        let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data:")).collect();
        crate::json::from_str(lines.join("\n").trim()).ok()
    }

    /// Writes an event of the same name that says something else.
    fn write(&self, like: &[u8], data: &Value, out: &mut Vec<u8>) {
        if self.dialect != Dialect::Ollama {
            let text = String::from_utf8_lossy(like);
            let kept = text.lines().filter(|line| !line.starts_with("data:") && !line.is_empty());
            kept.for_each(|line| {
                out.extend_from_slice(line.as_bytes());
                out.push(b'\n');
            });
            out.extend_from_slice(b"data: ");
        }
        out.extend_from_slice(data.to_string().as_bytes());
        out.extend_from_slice(if self.dialect == Dialect::Ollama { b"\n" } else { b"\n\n" });
    }

    fn take(&mut self, data: Value) -> Event {
        match (&self.state, self.dialect) {
            (State::Off, _) => Event::Same,
            (State::Waiting, dialect) => self.wait(dialect, data),
            (State::Put(..), Dialect::OpenAiResponses) => self.renumbered(data),
            (State::Put(..), _) => {
                let mut moved = data.clone();
                shift(&mut moved, &self.prefix);
                if moved == data { Event::Same } else { Event::Changed(moved) }
            }
        }
    }

    fn wait(&mut self, dialect: Dialect, data: Value) -> Event {
        let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let before = match dialect {
            Dialect::Anthropic => {
                if !text("/content_block/text").is_empty() {
                    self.state = State::Off;
                }
                anthropic(&data, &self.prefix)
            }
            Dialect::OpenAiChat => chat(&data, &self.prefix),
            Dialect::OpenAiResponses => responses(&data, &self.prefix),
            Dialect::Ollama => ollama(&data, &self.prefix),
            Dialect::Gemini => gemini(&data, &self.prefix),
            Dialect::BedrockConverse => None,
        };
        let Some(before) = before else { return Event::Same };
        let part = |name: &str| data.get(name).cloned().unwrap_or_default();
        self.state = State::Put(part("output_index"), part("content_index"));
        if dialect == Dialect::OpenAiResponses {
            let mut now = data;
            next_number(&mut now);
            return Event::Both(before, now);
        }
        let mut moved = data.clone();
        shift(&mut moved, &self.prefix);
        if moved == data { Event::After(before) } else { Event::Both(before, moved) }
    }

    /// An event of Responses after the one that was put in: its number is one more, and the text that it says whole
    /// begins with the badge.
    fn renumbered(&self, mut data: Value) -> Event {
        next_number(&mut data);
        let State::Put(item, part) = &self.state else { return Event::Same };
        let is_part = data.get("output_index") == Some(item) && data.get("content_index") == Some(part);
        let kind = data.get("type").and_then(Value::as_str).unwrap_or_default();
        let part_place = part.as_u64().unwrap_or_default();
        let in_output =
            format!("/response/output/{}/content/{part_place}", item.as_u64().unwrap_or_default());
        let in_item = format!("/item/content/{part_place}");
        match kind {
            "response.output_text.done" if is_part => {
                if let Some(Value::String(text)) = data.get_mut("text") {
                    text.insert_str(0, &self.prefix);
                }
            }
            "response.output_text.annotation.added" if is_part => {
                data.get_mut("annotation").into_iter().for_each(|own| shift(own, &self.prefix));
            }
            "response.content_part.done" if is_part => self.part(data.get_mut("part")),
            "response.output_item.done" if data.get("output_index") == Some(item) => {
                self.part(data.pointer_mut(&in_item));
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.part(data.pointer_mut(&in_output));
            }
            _ => {}
        }
        Event::Changed(data)
    }

    fn part(&self, part: Option<&mut Value>) {
        let Some(part) = part else { return };
        if let Some(Value::String(text)) = part.get_mut("text") {
            text.insert_str(0, &self.prefix);
        }
        part.get_mut("annotations").into_iter().for_each(|own| shift(own, &self.prefix));
    }
}

fn next_number(data: &mut Value) {
    if let Some(own) = data.get_mut("sequence_number")
        && let Some(number) = own.as_u64()
    {
        *own = number.saturating_add(1).into();
    }
}

/// A text that says something.
fn says(data: &Value, pointer: &str) -> bool {
    data.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}

fn anthropic(data: &Value, prefix: &str) -> Option<Value> {
    let index = data.get("index")?;
    says(data, "/delta/text").then(|| {
        json!({"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": prefix}})
    })
}

fn chat(data: &Value, prefix: &str) -> Option<Value> {
    let choices = data.get("choices")?.as_array()?;
    let choice = choices.iter().find(|choice| choice.get("index").is_none_or(|index| index == 0))?;
    if !says(choice, "/delta/content") {
        return None;
    }
    let mut before = without(data, &["choices", "usage", "obfuscation"]);
    let delta = match choice.pointer("/delta/role") {
        Some(role) => json!({"role": role, "content": prefix}),
        None => json!({"content": prefix}),
    };
    before.insert("choices".to_owned(), json!([{"index": 0, "delta": delta, "finish_reason": null}]));
    Some(Value::Object(before))
}

fn responses(data: &Value, prefix: &str) -> Option<Value> {
    let is_text = data.get("type").is_some_and(|kind| kind == "response.output_text.delta");
    if !is_text || !says(data, "/delta") {
        return None;
    }
    let mut before = without(data, &["obfuscation"]);
    before.insert("delta".to_owned(), prefix.into());
    if before.contains_key("logprobs") {
        before.insert("logprobs".to_owned(), json!([]));
    }
    Some(Value::Object(before))
}

fn ollama(data: &Value, prefix: &str) -> Option<Value> {
    let pick = |names: &[&str]| -> Map<String, Value> {
        let named = names.iter().filter_map(|name| Some(((*name).to_owned(), data.get(*name)?.clone())));
        named.collect()
    };
    let mut before = pick(&["model", "created_at"]);
    if says(data, "/message/content") {
        before.insert("message".to_owned(), json!({"role": "assistant", "content": prefix}));
    } else if says(data, "/response") {
        before.insert("response".to_owned(), prefix.into());
    } else {
        return None;
    }
    before.insert("done".to_owned(), false.into());
    Some(Value::Object(before))
}

fn gemini(data: &Value, prefix: &str) -> Option<Value> {
    let parts = data.pointer("/candidates/0/content/parts")?.as_array()?;
    let is_text =
        |part: &Value| says(part, "/text") && part.get("thought").is_none_or(|thought| thought != true);
    if !parts.iter().any(is_text) {
        return None;
    }
    let mut before = Map::new();
    let content = json!({"parts": [{"text": prefix}], "role": "model"});
    before.insert("candidates".to_owned(), json!([{"content": content, "index": 0}]));
    for name in ["modelVersion", "responseId"] {
        if let Some(value) = data.get(name) {
            before.insert(name.to_owned(), value.clone());
        }
    }
    Some(Value::Object(before))
}

fn without(data: &Value, names: &[&str]) -> Map<String, Value> {
    let fields = data.as_object().into_iter().flatten();
    let kept = fields.filter(|(name, _)| !names.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
