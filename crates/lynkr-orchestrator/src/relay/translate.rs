//! A stream in another dialect: decoded, its tool names restored, encoded.

use std::cell::Cell;
use std::collections::VecDeque;

use bytes::Bytes;
use lynkr_protocol::call_ids::CallIds;
use lynkr_protocol::neutral::{Assembler, Event, StopReason, Usage};
use lynkr_protocol::tool_names::Restorer;
use lynkr_protocol::{ApiError, Dialect, EventDecoder, EventEncoder, ReplyContext, codec};
use lynkr_types::FaultKind;

use super::Taken;
use crate::estimate;
use crate::failure::nonsense;
use crate::plan::Translation;
use crate::stored::Keeper;

/// Room for one event of a few words.
const EVENT: usize = 192;

/// Room for the events of some bytes. Each thread has one for all its streams, of which thousands may be open and wait.
#[derive(Debug, Default)]
struct Room {
    decoded: Vec<Event>,
    restored: Vec<Event>,
}

/// A room for more events isn't kept: few bytes have so many.
const MOST_EVENTS: usize = 1_024;

thread_local! {
    static ROOM: Cell<Option<Room>> = const { Cell::new(None) };
}

impl Room {
    /// The thread's own, which is empty.
    fn of_thread() -> Self {
        ROOM.take().unwrap_or_default()
    }

    /// Gives it back for the next one.
    fn leave(mut self) {
        self.decoded.clear();
        self.restored.clear();
        if self.decoded.capacity().max(self.restored.capacity()) <= MOST_EVENTS {
            ROOM.set(Some(self));
        }
    }
}

/// The state of a translated stream.
#[derive(Debug)]
pub(super) struct Translate {
    decoder: Box<dyn EventDecoder>,
    restorer: Restorer,
    ids: CallIds,
    encoder: Box<dyn EventEncoder>,
    usage: Usage,
    model: String,
    stop: Option<StopReason>,
    estimated_output: u64,
    content: bool,
    complete: bool,
    keeper: Keeper,
    assembler: Assembler,
    context: ReplyContext,
    /// What was said since it was last asked for, where somebody listens.
    heard: Option<Vec<Event>>,
}

impl Translate {
    pub(super) fn new(
        client: Dialect,
        upstream: Dialect,
        translation: &Translation,
        context: ReplyContext,
        keeper: Keeper,
        listens: bool,
    ) -> Self {
        Self {
            decoder: codec(upstream).event_decoder(),
            restorer: translation.names.restorer(),
            ids: CallIds::of(&translation.conversation, &context.seed),
            encoder: match &translation.capture {
                Some(capture) => Box::new(capture.clone()),
                None => codec(client).event_encoder(context.clone()),
            },
            usage: Usage::default(),
            model: String::new(),
            stop: None,
            estimated_output: 0,
            content: false,
            complete: false,
            keeper,
            assembler: Assembler::new(),
            context,
            heard: listens.then(Vec::new),
        }
    }

    /// What was said since the last call, where somebody listens.
    pub(super) fn heard(&mut self) -> Vec<Event> {
        self.heard.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn take(&mut self, bytes: &[u8], out: &mut VecDeque<Bytes>) -> Taken {
        let mut room = Room::of_thread();
        let decoded = self.decoder.push(bytes, &mut room.decoded);
        // Events before a broken frame are good.
        self.forward(room, out)?;
        decoded.map_err(|error| nonsense(&error))
    }

    pub(super) fn finish(&mut self, out: &mut VecDeque<Bytes>) -> Taken {
        if self.complete {
            return Ok(());
        }
        let mut room = Room::of_thread();
        let decoded = self.decoder.finish(&mut room.decoded);
        self.forward(room, out)?;
        decoded.map_err(|error| nonsense(&error))?;
        if self.complete {
            return Ok(());
        }
        Err(ApiError::new(
            FaultKind::BadGateway,
            "the provider's stream ended before the answer was complete",
        ))
    }

    fn forward(&mut self, mut room: Room, out: &mut VecDeque<Bytes>) -> Taken {
        if self.restorer.is_idle() {
            std::mem::swap(&mut room.decoded, &mut room.restored);
        } else {
            room.decoded.drain(..).for_each(|event| self.restorer.push(event, &mut room.restored));
        }
        let mut buffer = Vec::with_capacity(EVENT * room.restored.len());
        let mut outcome = Ok(());
        for mut event in room.restored.drain(..) {
            if self.complete {
                break;
            }
            self.ids.renew(&mut event);
            if let Event::Error(error) = event {
                outcome = Err(error);
                break;
            }
            self.encode(&event, &mut buffer);
        }
        room.leave();
        if !buffer.is_empty() {
            out.push_back(Bytes::from(buffer));
        }
        outcome
    }

    fn encode(&mut self, event: &Event, buffer: &mut Vec<u8>) {
        self.content |= event.is_content();
        self.estimated_output += estimate::event_tokens(event);
        match event {
            Event::Start { usage, model, .. } => {
                self.model.clone_from(model);
                self.usage.merge(usage);
            }
            Event::Usage(usage) => self.usage.merge(usage),
            Event::Stop(stop) => {
                self.complete = true;
                self.stop = Some(stop.reason.clone());
                self.add_estimate(buffer);
            }
            _ => {}
        }
        if let Some(heard) = &mut self.heard {
            heard.push(event.clone());
        }
        if self.keeper.wants_items() {
            self.assembler.push(event);
        }
        self.encoder.push(event, buffer);
        if self.complete
            && self.keeper.wants_items()
            && let Ok(reply) = std::mem::take(&mut self.assembler).finish()
        {
            self.keeper.keep(&reply, &self.context);
        }
    }

    /// A provider that reported no counts: the output is estimated, and marked so.
    fn add_estimate(&mut self, buffer: &mut Vec<u8>) {
        if self.usage.output.is_none() {
            let estimate = Usage { output: Some(self.estimated_output), estimated: true, ..Usage::default() };
            self.usage.merge(&estimate);
            self.usage.estimated = true;
            self.encoder.push(&Event::Usage(estimate), buffer);
        }
    }

    pub(super) fn has_content(&self) -> bool {
        self.content
    }

    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    pub(super) fn fail(&mut self, error: &ApiError, out: &mut VecDeque<Bytes>) {
        let mut buffer = Vec::new();
        self.encoder.push(&Event::Error(error.clone()), &mut buffer);
        out.push_back(Bytes::from(buffer));
    }

    pub(super) fn keep_alive(&mut self, out: &mut VecDeque<Bytes>) {
        let mut buffer = Vec::new();
        self.encoder.keep_alive(&mut buffer);
        if !buffer.is_empty() {
            out.push_back(Bytes::from(buffer));
        }
    }

    /// The model's own name for itself, and why it stopped, as far as that was seen.
    pub(super) fn said(&self) -> (&str, Option<&StopReason>) {
        (&self.model, self.stop.as_ref())
    }

    pub(super) fn usage(&self) -> &Usage {
        &self.usage
    }
}
