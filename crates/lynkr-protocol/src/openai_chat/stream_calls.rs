//! Tool calls in a stream. Vendors disagree on what names a call: an index, an id, both, or neither; the
//! id may come with each piece, the name late, the whole call at once.

use lynkr_types::FaultKind;

use super::DIALECT;
use super::decode_messages::arguments;
use super::extent::Extent;
use super::nested::nest;
use super::reply::call_id;
use super::wire::ToolCall;
use crate::error::ApiError;
use crate::neutral::{Block, Event, Extra, ToolUse};
use crate::wire::Rest;

/// The calls so far.
#[derive(Debug, Default)]
pub(super) struct Calls {
    list: Vec<Call>,
}

#[derive(Debug, Default)]
struct Call {
    /// The provider's index, when it gives one.
    key: Option<u64>,
    id: String,
    name: String,
    freeform: bool,
    extra: Rest,
    /// Arguments that came before the name.
    waiting: String,
    /// The block's index, once it has begun.
    index: Option<usize>,
    closed: bool,
    arguments: Extent,
    /// Whether this chunk had a piece of it.
    touched: bool,
}

/// One piece of a call.
struct Piece {
    key: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    fragment: String,
    freeform: bool,
    extra: Rest,
}

impl Piece {
    fn new(call: ToolCall) -> Self {
        let mut extra = call.rest;
        let freeform = call.custom.is_some();
        let (name, fragment) = match (call.function, call.custom) {
            (Some(function), _) => {
                nest(&mut extra, "function", &function.rest);
                (function.name, function.arguments.map(arguments).unwrap_or_default())
            }
            (None, Some(custom)) => {
                nest(&mut extra, "custom", &custom.rest);
                (custom.name, custom.input.unwrap_or_default())
            }
            (None, None) => (None, String::new()),
        };
        let filled = |text: &String| !text.is_empty();
        let extra: Rest = extra
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        let (id, name) = (call.id.filter(filled), name.filter(filled));
        Self { key: call.index, id, name, fragment, freeform, extra }
    }
}

impl Calls {
    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        !self.list.is_empty()
    }

    /// A new chunk: two pieces of one chunk with a name each are two calls.
    pub(super) fn begin_chunk(&mut self) {
        for call in &mut self.list {
            call.touched = false;
        }
    }

    /// Takes a piece of a call of the answer `answer`.
    pub(super) fn take(&mut self, piece: ToolCall, answer: &str, next: &mut usize, events: &mut Vec<Event>) {
        let piece = Piece::new(piece);
        let at = self.find(&piece).unwrap_or_else(|| {
            self.list.push(Call { key: piece.key, ..Call::default() });
            self.list.len() - 1
        });
        let taken = self.list.iter().take(at).any(|other| piece.id.as_ref() == Some(&other.id));
        if at + 1 == self.list.len() {
            self.close_complete(at, events);
        }
        let Some(call) = self.list.get_mut(at) else { return };
        call.touched = true;
        if call.closed {
            return;
        }
        if call.index.is_some() {
            push_fragment(call, piece.fragment, events);
            return;
        }
        if call.id.is_empty() && !taken {
            call.id = piece.id.unwrap_or_default();
        }
        if call.name.is_empty() {
            call.name = piece.name.unwrap_or_default();
        }
        call.freeform |= piece.freeform;
        for (name, value) in piece.extra.iter() {
            call.extra.push(name, value.clone());
        }
        call.waiting.push_str(&piece.fragment);
        if !call.name.is_empty() && call.index.is_none() {
            begin(call, call_id(answer, at), next, events);
        }
    }

    /// Providers rarely interleave calls, so those before the newest whose arguments are whole are closed:
    /// clients may run them then.
    fn close_complete(&mut self, newest: usize, events: &mut Vec<Event>) {
        for call in self.list.iter_mut().take(newest).filter(|call| call.arguments.is_whole()) {
            if let (Some(index), false) = (call.index, std::mem::replace(&mut call.closed, true)) {
                events.push(Event::BlockStop { index });
            }
        }
    }

    /// The call that a piece belongs to; `None` for a new one.
    fn find(&self, piece: &Piece) -> Option<usize> {
        let by_id = |id: &String| self.list.iter().rposition(|call| call.id == *id);
        let Some(key) = piece.key else {
            return match (&piece.id, &piece.name) {
                (Some(id), _) => by_id(id),
                (None, Some(_)) => self.list.iter().rposition(|call| call.name.is_empty()),
                (None, None) => self.list.len().checked_sub(1),
            };
        };
        let Some(at) = self.list.iter().rposition(|call| call.key == Some(key)) else {
            return piece.id.as_ref().filter(|_| piece.name.is_none()).and_then(by_id);
        };
        let call = self.list.get(at)?;
        // vLLM once gave each piece an id of its own, so a new id alone begins no new call.
        let named = piece.name.is_some() && !call.name.is_empty();
        let other_id = piece.id.as_ref().is_some_and(|id| !call.id.is_empty() && *id != call.id);
        let again = piece.id.is_none() && call.touched;
        (!(named && (other_id || again))).then_some(at)
    }

    /// Closes every call.
    pub(super) fn close(&mut self, events: &mut Vec<Event>) -> Result<(), ApiError> {
        for call in &mut self.list {
            let Some(index) = call.index else {
                let message = "the provider's stream has a tool call without a name";
                return Err(ApiError::new(FaultKind::BadGateway, message));
            };
            if !std::mem::replace(&mut call.closed, true) {
                events.push(Event::BlockStop { index });
            }
        }
        Ok(())
    }
}

fn begin(call: &mut Call, spare_id: String, next: &mut usize, events: &mut Vec<Event>) {
    let index = *next;
    *next += 1;
    call.index = Some(index);
    if call.id.is_empty() {
        call.id = spare_id;
    }
    let block = Block::ToolUse(ToolUse {
        id: call.id.clone(),
        name: call.name.clone(),
        freeform: call.freeform,
        extra: Extra::new(DIALECT, std::mem::take(&mut call.extra)),
        ..ToolUse::default()
    });
    events.push(Event::BlockStart { index, block });
    let waiting = std::mem::take(&mut call.waiting);
    push_fragment(call, waiting, events);
}

fn push_fragment(call: &mut Call, fragment: String, events: &mut Vec<Event>) {
    if let (Some(index), false, false) = (call.index, fragment.is_empty(), call.closed) {
        call.arguments.push(&fragment);
        events.push(Event::ArgsDelta { index, fragment });
    }
}
