//! Watches a passed-through stream: has content begun, did it fail, how did it end, what did it use?
//!
//! The bytes themselves go to the client untouched. Until content begins every frame is decoded, since an
//! error there can still be answered otherwise; afterwards only frames that speak of usage are.

mod quiet;

use crate::Dialect;
use crate::codec::EventDecoder;
use crate::error::{ApiError, DecodeError};
use crate::framing::event_stream::{EventStreamDecoder, Message, MessageKind};
use crate::framing::{LineDecoder, SseDecoder, SseFrame, write_sse};
use crate::neutral::{Event, StopReason, Usage};
use crate::registry::codec;

/// What is known of a stream so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Whether a client would see something.
    pub content: bool,
    /// The error that the stream reported before any content.
    pub error: Option<ApiError>,
    /// Whether the stream came to its end as its dialect wants it.
    pub complete: bool,
    /// The answer's id.
    pub id: Option<String>,
    /// The model's own name for itself.
    pub model: Option<String>,
    /// Why the answer ended, where the frame that says so was read.
    pub stop: Option<StopReason>,
    /// Token counts.
    pub usage: Usage,
    /// Bytes of words, reasoning and arguments; counted by a thorough tap only.
    pub output_bytes: u64,
    /// The number of the last event, in a dialect that numbers them.
    pub number: Option<u64>,
}

/// Splits bytes into frames, whichever framing.
#[derive(Debug)]
enum Frames {
    Sse(SseDecoder, Vec<SseFrame>),
    Lines(LineDecoder, Vec<String>),
    Messages(EventStreamDecoder, Vec<Message>),
}

/// The watcher.
#[derive(Debug)]
pub struct Tap {
    dialect: Dialect,
    frames: Frames,
    decoder: Box<dyn EventDecoder>,
    events: Vec<Event>,
    scratch: Vec<u8>,
    seen: Seen,
    thorough: bool,
    /// What was decoded since it was last asked for, where somebody listens.
    heard: Option<Vec<Event>>,
}

impl Tap {
    /// A tap on a stream of `dialect`.
    pub fn new(dialect: Dialect) -> Self {
        let frames = match dialect {
            Dialect::Ollama => Frames::Lines(LineDecoder::new(), Vec::new()),
            Dialect::BedrockConverse => Frames::Messages(EventStreamDecoder::new(), Vec::new()),
            Dialect::Anthropic | Dialect::OpenAiChat | Dialect::OpenAiResponses | Dialect::Gemini => {
                Frames::Sse(SseDecoder::new(), Vec::new())
            }
        };
        Self {
            dialect,
            frames,
            decoder: codec(dialect).event_decoder(),
            events: Vec::new(),
            scratch: Vec::new(),
            seen: Seen::default(),
            thorough: false,
            heard: None,
        }
    }

    /// A tap that reads every frame, for a provider that won't report usage: what goes by is counted instead.
    pub fn thorough(dialect: Dialect) -> Self {
        Self { thorough: true, ..Self::new(dialect) }
    }

    /// The same tap, which reads every frame and keeps what it decoded until [`Tap::heard`] takes it.
    #[must_use]
    pub fn listening(self) -> Self {
        Self { thorough: true, heard: Some(Vec::new()), ..self }
    }

    /// What was decoded since the last call; nothing unless the tap listens.
    pub fn heard(&mut self) -> Vec<Event> {
        self.heard.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Looks at bytes that go by. An error means that the stream isn't what its dialect says; after
    /// content has begun that is the client's to see, before it is a bad gateway.
    pub fn push(&mut self, bytes: &[u8]) -> Result<&Seen, DecodeError> {
        if self.is_quiet(bytes) {
            return Ok(&self.seen);
        }
        match &mut self.frames {
            Frames::Sse(decoder, frames) => {
                decoder.push(bytes, frames)?;
                let mut ready = std::mem::take(frames);
                for frame in &ready {
                    self.sse_frame(frame)?;
                }
                ready.clear();
                if let Frames::Sse(_, frames) = &mut self.frames {
                    *frames = ready;
                }
            }
            Frames::Lines(decoder, lines) => {
                decoder.push(bytes, lines)?;
                for line in std::mem::take(lines) {
                    self.line(&line)?;
                }
            }
            Frames::Messages(decoder, messages) => {
                let pushed = decoder.push(bytes, messages);
                for message in std::mem::take(messages) {
                    self.message(&message)?;
                }
                pushed?;
            }
        }
        Ok(&self.seen)
    }

    /// Whether these are whole events in the midst of an answer, none of which says anything but more of it. Then they
    /// needn't even be split. Most pieces of most streams are such.
    fn is_quiet(&self, bytes: &[u8]) -> bool {
        let Frames::Sse(decoder, _) = &self.frames else { return false };
        self.seen.content
            && !self.thorough
            && decoder.is_between_events()
            && bytes.ends_with(b"\n\n")
            && quiet::is_quiet(self.dialect, bytes)
    }

    /// What is known so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    fn sse_frame(&mut self, frame: &SseFrame) -> Result<(), DecodeError> {
        let ends = ends_sse(self.dialect, frame);
        self.seen.complete |= ends;
        if self.dialect == Dialect::OpenAiResponses {
            self.seen.number = number_of(&frame.data).or(self.seen.number);
        }
        // What ends an answer says why.
        if self.seen.content && !self.thorough && !ends && !speaks_of_usage(self.dialect, frame) {
            return Ok(());
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        write_sse(&mut scratch, &frame.event, frame.data.as_bytes());
        let decoded = self.decode(&scratch);
        self.scratch = scratch;
        decoded
    }

    fn line(&mut self, line: &str) -> Result<(), DecodeError> {
        let last = has_value(line, "done", |value| value.starts_with("true")) || is_error(line);
        self.seen.complete |= last;
        if self.seen.content && !self.thorough && !last {
            return Ok(());
        }
        self.decode(format!("{line}\n").as_bytes())
    }

    fn message(&mut self, message: &Message) -> Result<(), DecodeError> {
        let (last, speaks) = match message.kind() {
            MessageKind::Event(kind) => (kind == "messageStop", matches!(kind, "messageStop" | "metadata")),
            MessageKind::Exception(_) | MessageKind::Error { .. } => (true, true),
        };
        self.seen.complete |= last;
        if self.seen.content && !self.thorough && !speaks {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(message.payload.len() + 128);
        message.write(&mut frame)?;
        self.decode(&frame)
    }

    fn decode(&mut self, frame: &[u8]) -> Result<(), DecodeError> {
        self.decoder.push(frame, &mut self.events)?;
        for event in self.events.drain(..) {
            if let Some(heard) = &mut self.heard {
                heard.push(event.clone());
            }
            note(&mut self.seen, event);
        }
        Ok(())
    }
}

fn note(seen: &mut Seen, event: Event) {
    if event.is_content() {
        seen.content = true;
    }
    seen.output_bytes += output_bytes(&event);
    match event {
        Event::Start { id, model, usage } => {
            seen.id = Some(id).filter(|id| !id.is_empty());
            seen.model = Some(model).filter(|model| !model.is_empty());
            seen.usage.merge(&usage);
        }
        Event::Usage(usage) => seen.usage.merge(&usage),
        Event::Error(error) if !seen.content => seen.error = Some(error),
        Event::Stop(stop) => {
            seen.complete = true;
            seen.stop = Some(stop.reason);
        }
        _ => {}
    }
}

/// Whether a frame's token counts matter. Gemini's every frame has some, and the last ones count.
fn speaks_of_usage(dialect: Dialect, frame: &SseFrame) -> bool {
    match dialect {
        Dialect::Gemini => ends_sse(dialect, frame),
        Dialect::Anthropic
        | Dialect::OpenAiChat
        | Dialect::OpenAiResponses
        | Dialect::Ollama
        | Dialect::BedrockConverse => frame.data.contains("\"usage\""),
    }
}

/// An event's own number, told without parsing the event.
fn number_of(data: &str) -> Option<u64> {
    const NAME: &str = "\"sequence_number\"";
    // Within words its quotes would be escaped.
    let at =
        data.match_indices(NAME).find(|(at, _)| !data.get(..*at).is_some_and(|own| own.ends_with('\\')))?.0;
    let value = data.get(at + NAME.len()..)?.trim_start().strip_prefix(':')?.trim_start();
    let end = value.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(value.len());
    value.get(..end)?.parse().ok()
}

fn output_bytes(event: &Event) -> u64 {
    match event {
        Event::TextDelta { text, .. }
        | Event::ThinkingDelta { text, .. }
        | Event::RefusalDelta { text, .. } => text.len() as u64,
        Event::ArgsDelta { fragment, .. } => fragment.len() as u64,
        _ => 0,
    }
}

/// Whether a frame ends its stream, told without parsing it.
fn ends_sse(dialect: Dialect, frame: &SseFrame) -> bool {
    let said = |name: &str| frame.event == name || (frame.event.is_empty() && frame.data.contains(name));
    match dialect {
        Dialect::Anthropic => said("message_stop") || frame.event == "error",
        Dialect::OpenAiChat => {
            frame.data.trim() == "[DONE]" || has_text(&frame.data, "finish_reason") || is_error(&frame.data)
        }
        Dialect::OpenAiResponses => {
            ["response.completed", "response.incomplete", "response.failed"].into_iter().any(said)
                || frame.event == "error"
        }
        // They have other frames.
        Dialect::Ollama | Dialect::BedrockConverse => false,
        Dialect::Gemini => frame.data.contains("\"finishReason\""),
    }
}

/// Whether data of a dialect without event names is its error event, after which nothing comes.
fn is_error(data: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Said {
        error: Option<serde::de::IgnoredAny>,
    }
    // The word alone may well be the model's.
    data.contains("\"error\"") && crate::json::from_str::<Said>(data).is_ok_and(|said| said.error.is_some())
}

/// Whether a field of that name holds a text that isn't empty, wherever it stands and however it is spaced.
fn has_text(json: &str, name: &str) -> bool {
    has_value(json, name, |value| value.starts_with('"') && !value.starts_with("\"\""))
}

/// Whether a field of that name has a value that passes the test. Inside a string the name's quotes would be
/// escaped, so they tell a field from words.
fn has_value(json: &str, name: &str, test: impl Fn(&str) -> bool) -> bool {
    json.match_indices(name).any(|(at, _)| {
        let quoted = json.get(..at).is_some_and(|before| before.ends_with('"') && !before.ends_with("\\\""));
        let after = json.get(at + name.len()..).and_then(|rest| rest.strip_prefix('"'));
        let value = after.and_then(|rest| rest.trim_start().strip_prefix(':')).map(str::trim_start);
        quoted && value.is_some_and(&test)
    })
}

#[cfg(test)]
mod tests;
