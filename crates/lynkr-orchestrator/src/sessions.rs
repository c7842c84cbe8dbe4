//! What was measured of each session's last request, so that the next one is told its input in advance.
//!
//! A stream's first event says how large the input is, before any provider has said so. An estimate of the whole
//! would err by its factor; but most of a request is the one before it, whose size the provider has measured. So
//! the estimate is only of what came since. All is in memory and bounded, and nothing waits for it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use lynkr_protocol::neutral::{Block, Conversation, Role, Turn, Usage};
use lynkr_protocol::wire::Json;
use lynkr_types::Generations;

use crate::estimate;
use crate::ingress::Ingress;
use crate::route::Routed;
use crate::session_id::HEADERS;

/// How many sessions are remembered at most; the ones that were not asked for the longest go first.
const MOST: usize = 4_096;

/// Fields of a body that name one, which the neutral form keeps with its dialect.
const FIELDS: &[&str] = &["session_id", "sessionId", "conversation_id", "conversation", "prompt_cache_key"];

/// One session with one model, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(u64);

impl Key {
    /// Callers, providers, models and conversations each are apart: a client's side requests carry its session's
    /// id as well, and count otherwise. The conversation is known by how it began.
    fn of(ingress: &Ingress, conversation: &Conversation, routed: &Routed<'_>) -> Self {
        let mut hasher = DefaultHasher::new();
        ingress.caller().hash(&mut hasher);
        routed.upstream.provider().name.hash(&mut hasher);
        routed.model.hash(&mut hasher);
        session_id(ingress, conversation).hash(&mut hasher);
        let first = conversation.turns.iter().find(|turn| turn.role == Role::User);
        let texts = first.into_iter().flat_map(|turn| turn.blocks.iter().filter_map(Block::as_text));
        texts.for_each(|text| text.hash(&mut hasher));
        Self(hasher.finish())
    }
}

/// What the client calls its session, if it says.
fn session_id<'a>(ingress: &'a Ingress, conversation: &'a Conversation) -> Option<&'a str> {
    let named = HEADERS.iter().find_map(|name| ingress.header(name)).filter(|id| !id.is_empty());
    let field = |name: &&str| conversation.extra.find(ingress.dialect, name).map(Json::get);
    named.or_else(|| FIELDS.iter().find_map(field)).or(conversation.user.as_deref())
}

/// What a provider measured of a request, beside what was estimated of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Measured {
    input: u64,
    estimate: u64,
}

impl Measured {
    /// What a request of the same session will be measured to have.
    fn next(self, estimate: u64) -> u64 {
        if let Some(more) = estimate.checked_sub(self.estimate) {
            return self.input.saturating_add(more);
        }
        // It shrank: the client has summed up what was before. What is left errs as the whole did.
        let share = u128::from(self.input) * u128::from(estimate) / u128::from(self.estimate.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

/// How long a conversation is: its turns, and about the bytes of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    turns: usize,
    bytes: usize,
}

impl Extent {
    fn of(conversation: &Conversation) -> Self {
        Self { turns: conversation.turns.len(), bytes: conversation.size() }
    }

    /// The turns that came since, where the conversation begins as the one that was so long.
    fn more_of(self, conversation: &Conversation) -> Option<&[Turn]> {
        let (_, more) = conversation.turns.split_at_checked(self.turns)?;
        (conversation.size_up_to(self.turns) == self.bytes).then_some(more)
    }
}

/// What is remembered of a session.
#[derive(Debug, Clone, Copy)]
struct Session {
    measured: Measured,
    extent: Extent,
}

impl Session {
    /// What a request lets think. Only what came since the last one has to be looked at, which most of it isn't; a
    /// change in the midst of it that leaves its length as it was is too small to matter.
    fn estimate(&self, sent: &Conversation, model: &str) -> Option<u64> {
        let more = self.extent.more_of(sent)?;
        Some(self.measured.estimate.saturating_add(estimate::turns_tokens(more, model)))
    }
}

/// What is thought of a request's input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    key: Key,
    extent: Extent,
    /// What the request alone lets think.
    estimate: u64,
    /// What the client is told until it is measured; at least 1.
    pub(crate) shown: u64,
}

/// The memory.
#[derive(Debug)]
pub(crate) struct Sessions {
    generations: Mutex<Generations<Key, Session>>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { generations: Mutex::new(Generations::new(MOST)) }
    }
}

impl Sessions {
    /// What to tell a client of its request. `sent` is the conversation as it goes up.
    pub(crate) fn expect(&self, ingress: &Ingress, sent: &Conversation, routed: &Routed<'_>) -> Expected {
        let key = Key::of(ingress, sent, routed);
        let last = self.generations.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        let since = last.and_then(|last| last.estimate(sent, &routed.model));
        let estimate = since.unwrap_or_else(|| estimate::input_tokens(sent, &routed.model));
        let shown = last.map_or(estimate, |last| last.measured.next(estimate)).max(1);
        Expected { key, extent: Extent::of(sent), estimate, shown }
    }

    fn measured(&self, expected: Expected, input: u64) {
        let measured = Measured { input, estimate: expected.estimate };
        let session = Session { measured, extent: expected.extent };
        self.generations.lock().unwrap_or_else(PoisonError::into_inner).put(expected.key, session);
    }
}

/// Tells the memory what came of one request.
#[derive(Debug, Clone)]
pub(crate) struct Recall {
    sessions: Arc<Sessions>,
    expected: Expected,
}

impl Recall {
    pub(crate) fn new(sessions: &Arc<Sessions>, expected: Expected) -> Self {
        Self { sessions: Arc::clone(sessions), expected }
    }

    /// Counts of a provider, if it said any. What servers that don't count report as 0 is none.
    pub(crate) fn tell(&self, usage: &Usage) {
        if let Some(input) = usage.total_input().filter(|input| *input > 0) {
            self.sessions.measured(self.expected, input);
        }
    }
}

#[cfg(test)]
mod tests;
