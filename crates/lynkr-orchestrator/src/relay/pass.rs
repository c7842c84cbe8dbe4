//! A stream in the client's own dialect: bytes go on untouched, a tap watches them.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use lynkr_protocol::framing::{FrameTooLong, MAX_FRAME_BYTES, event_stream};
use lynkr_protocol::neutral::{Event, StopReason, Usage};
use lynkr_protocol::tap::Tap;
use lynkr_protocol::{ApiError, Dialect, ReplyContext, codec};
use lynkr_types::FaultKind;

use super::{RelayPlan, Taken};
use crate::failure::nonsense;
use crate::stored::Keeper;

/// The state of a passed-through stream.
#[derive(Debug)]
pub(super) struct Pass {
    dialect: Dialect,
    tap: Tap,
    /// What came after the last whole event. Only whole events go on, so that an error event can follow.
    tail: BytesMut,
    strip_usage: bool,
    context: ReplyContext,
    keeper: Keeper,
    pinned: bool,
    request_id: String,
}

impl Pass {
    pub(super) fn new(plan: &RelayPlan<'_>, strip_usage: bool, count: bool) -> Self {
        Self {
            dialect: plan.upstream,
            tap: tap(plan, count),
            tail: BytesMut::new(),
            strip_usage,
            context: plan.context.clone(),
            keeper: plan.keeper.clone(),
            pinned: false,
            request_id: plan.account.request_id().to_owned(),
        }
    }

    /// What went by since the last call, where somebody listens.
    pub(super) fn heard(&mut self) -> Vec<Event> {
        self.tap.heard()
    }

    pub(super) fn take(&mut self, bytes: Bytes, out: &mut VecDeque<Bytes>) -> Taken {
        let read = self.tap.push(&bytes).map(|_| ());
        self.forward(bytes, out)?;
        let seen = self.tap.seen();
        match read {
            Ok(()) => {
                if let Some(error) = seen.error.clone().filter(|_| !seen.content) {
                    return Err(error);
                }
                self.pin();
                Ok(())
            }
            // The client reads its own dialect and may know better than we do.
            Err(error) if seen.content => {
                tracing::debug!(request_id = %self.request_id, %error, "a passed-through stream could not be read");
                Ok(())
            }
            Err(error) => Err(nonsense(&error)),
        }
    }

    /// Sends on what completes an event, and keeps the rest.
    fn forward(&mut self, mut bytes: Bytes, out: &mut VecDeque<Bytes>) -> Taken {
        // Refused before there is room for it.
        if self.tail.len().saturating_add(bytes.len()) > MAX_FRAME_BYTES {
            self.tail = BytesMut::new();
            return Err(ApiError::new(FaultKind::BadGateway, FrameTooLong.to_string()));
        }
        if self.tail.is_empty() {
            let whole = end_of_events(self.dialect, &bytes);
            let rest = bytes.split_off(whole);
            self.send(bytes, out);
            self.tail.extend_from_slice(&rest);
        } else {
            // Only what is new is looked through: an event that comes in a thousand pieces is not read a thousand
            // times. Of a mark's three bytes two may have come before.
            let from = match self.dialect {
                Dialect::BedrockConverse => 0,
                _ => self.tail.len().saturating_sub(2),
            };
            self.tail.extend_from_slice(&bytes);
            let end = end_of_events(self.dialect, self.tail.get(from..).unwrap_or_default());
            if end > 0 {
                let whole = self.tail.split_to(from + end).freeze();
                self.send(whole, out);
            }
        }
        Ok(())
    }

    fn pin(&mut self) {
        if !self.pinned
            && let Some(id) = &self.tap.seen().id
        {
            self.keeper.pin(id);
            self.pinned = true;
        }
    }

    pub(super) fn finish(&mut self, out: &mut VecDeque<Bytes>) -> Taken {
        let tail = std::mem::take(&mut self.tail);
        if !tail.is_empty() && self.dialect != Dialect::BedrockConverse {
            // A last event without its blank line.
            let _ = self.tap.push(b"\n\n");
        }
        if self.tap.seen().complete {
            self.send(tail.freeze(), out);
            return Ok(());
        }
        Err(ApiError::new(
            FaultKind::BadGateway,
            "the provider's stream ended before the answer was complete",
        ))
    }

    fn send(&self, bytes: Bytes, out: &mut VecDeque<Bytes>) {
        if bytes.is_empty() {
            return;
        }
        if self.strip_usage && memchr::memmem::find(&bytes, b"\"usage\"").is_some() {
            let kept = without_usage_chunks(&bytes);
            if !kept.is_empty() {
                out.push_back(kept);
            }
            return;
        }
        out.push_back(bytes);
    }

    pub(super) fn has_content(&self) -> bool {
        self.tap.seen().content
    }

    pub(super) fn fail(&mut self, error: &ApiError, out: &mut VecDeque<Bytes>) {
        let mut encoder = codec(self.dialect).event_encoder(self.context.clone());
        let mut buffer = Vec::new();
        // The failed answer is the one that began, which the client has the beginning of already.
        let seen = self.tap.seen();
        let start = Event::Start {
            id: seen.id.clone().unwrap_or_default(),
            model: seen.model.clone().unwrap_or_default(),
            usage: seen.usage.clone(),
        };
        encoder.push(&start, &mut buffer);
        buffer.clear();
        if let Some(last) = seen.number {
            encoder.goes_on_from(last.saturating_add(1));
        }
        encoder.push(&Event::Error(error.clone()), &mut buffer);
        out.push_back(Bytes::from(buffer));
    }

    pub(super) fn keep_alive(&mut self, out: &mut VecDeque<Bytes>) {
        let mut buffer = Vec::new();
        codec(self.dialect).event_encoder(self.context.clone()).keep_alive(&mut buffer);
        if !buffer.is_empty() {
            out.push_back(Bytes::from(buffer));
        }
    }

    /// The model's own name for itself, and why it stopped, as far as that was seen.
    pub(super) fn said(&self) -> (&str, Option<&StopReason>) {
        let seen = self.tap.seen();
        (seen.model.as_deref().unwrap_or_default(), seen.stop.as_ref())
    }

    /// What the provider measured; else, where every frame was read, an estimate of the output.
    pub(super) fn usage(&self) -> Usage {
        let seen = self.tap.seen();
        let mut usage = seen.usage.clone();
        if usage.output.is_none() && seen.output_bytes > 0 {
            usage.output = Some(seen.output_bytes.div_ceil(4));
            usage.estimated = true;
        }
        usage
    }
}

fn tap(plan: &RelayPlan<'_>, count: bool) -> Tap {
    let tap = if count { Tap::thorough(plan.upstream) } else { Tap::new(plan.upstream) };
    if plan.account.listens() { tap.listening() } else { tap }
}

/// Where the last whole event ends.
fn end_of_events(dialect: Dialect, bytes: &[u8]) -> usize {
    match dialect {
        Dialect::Ollama => return memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1),
        Dialect::BedrockConverse => return event_stream::end_of_messages(bytes),
        Dialect::Anthropic | Dialect::OpenAiChat | Dialect::OpenAiResponses | Dialect::Gemini => {}
    }
    // Nearly always the last byte is the end of one.
    let ends = memchr::memrchr2_iter(b'\n', b'\r', bytes).map(|at| at + 1);
    let is_end = |end: &usize| {
        let event = bytes.get(..*end).unwrap_or_default();
        [&b"\n\n"[..], b"\n\r\n", b"\r\r"].iter().any(|mark| event.ends_with(mark))
    };
    ends.into_iter().find(is_end).unwrap_or(0)
}

/// The events but those that hold nothing except the usage that we asked for.
fn without_usage_chunks(bytes: &Bytes) -> Bytes {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let end = first_event_end(rest);
        let (event, after) = rest.split_at(end);
        if !is_usage_chunk(event) {
            kept.extend_from_slice(event);
        }
        rest = after;
    }
    Bytes::from(kept)
}

fn first_event_end(bytes: &[u8]) -> usize {
    let after = |needle: &[u8]| memchr::memmem::find(bytes, needle).map(|at| at + needle.len());
    [after(b"\n\n"), after(b"\n\r\n"), after(b"\r\r")].into_iter().flatten().min().unwrap_or(bytes.len())
}

fn is_usage_chunk(event: &[u8]) -> bool {
    let text = String::from_utf8_lossy(event);
    let Some(data) = text.lines().find_map(|line| line.strip_prefix("data:")) else { return false };
    let Ok(chunk) = serde_json::from_str::<serde_json::Value>(data.trim()) else { return false };
    let no_choices = chunk.get("choices").and_then(|choices| choices.as_array()).is_some_and(Vec::is_empty);
    no_choices && chunk.get("usage").is_some_and(serde_json::Value::is_object)
}

#[cfg(test)]
mod tests;
