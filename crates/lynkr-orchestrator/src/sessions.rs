//! What was measured of each session's last request, so that the next one is told its input in advance.
//!
//! A stream's first event says how large the input is, before any provider has said so. An estimate of the whole
//! would err by its factor; but most of a request is the one before it, whose size the provider has measured. So
//! the estimate is only of what came since. All is in memory and bounded, and nothing waits for it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lynkr_protocol::neutral::{Block, Conversation, Role, Turn, Usage};
use lynkr_protocol::wire::Json;
use lynkr_types::Generations;
use xxhash_rust::xxh3::xxh3_64_with_seed;

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
        let first = conversation.turns.iter().find(|turn| turn.role == Role::User);
        let texts = first.into_iter().flat_map(|turn| turn.blocks.iter().filter_map(Block::as_text));
        let parts = [routed.upstream.provider().name, &routed.model];
        let parts = parts.into_iter().chain(session_id(ingress, conversation)).chain(texts);
        Self(parts.fold(ingress.caller(), |so_far, part| xxh3_64_with_seed(part.as_bytes(), so_far)))
    }
}

/// What the client calls its session, if it says.
fn session_id<'a>(ingress: &'a Ingress, conversation: &'a Conversation) -> Option<&'a str> {
    let named = HEADERS.iter().find_map(|name| ingress.header(name)).filter(|id| !id.is_empty());
    let field = |name: &&str| conversation.extra.find(ingress.dialect, name).map(Json::get);
    named.or_else(|| FIELDS.iter().find_map(field)).or(conversation.user.as_deref())
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

/// What is remembered of a session's last request: what its provider measured, and how long it was.
#[derive(Debug, Clone, Copy)]
struct Session {
    input: u64,
    extent: Extent,
}

impl Session {
    /// What the next request will be measured to have. Only what came since has to be looked at, which most of it isn't; a change
    /// in the midst of it that leaves its length as it was is too small to matter.
    fn next(&self, sent: &Conversation, model: &str) -> u64 {
        if let Some(more) = self.extent.more_of(sent) {
            return self.input.saturating_add(estimate::turns_tokens(more, model));
        }
        // The client has summed up what was before, say. What is left has as many tokens for its bytes.
        self.share(Extent::of(sent).bytes)
    }

    /// What it had for each byte, for so many of them.
    fn share(&self, bytes: usize) -> u64 {
        let share = u128::from(self.input) * bytes as u128 / (self.extent.bytes.max(1) as u128);
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

/// What is thought of a request's input. It is found out when somebody asks, which only streams and budgets do before the
/// provider has answered: the conversation is kept until then. A copy is the same one.
#[derive(Debug, Clone)]
pub(crate) struct Expected(Arc<Expects>);

#[derive(Debug)]
struct Expects {
    sessions: Arc<Sessions>,
    key: Key,
    extent: Extent,
    /// What goes up, and the model that it goes to: in a box, so that a long stream has no room for it.
    sent: Mutex<Option<Box<(Conversation, String)>>>,
    /// What the client is told.
    shown: OnceLock<u64>,
}

/// Of a conversation of more bytes it is found out at once: many of them may be under way.
const MOST_KEPT: usize = 16 * 1024;

impl Expected {
    /// What the client is told until it is measured; at least 1.
    pub(crate) fn shown(&self) -> u64 {
        let Expects { sessions, key, sent, shown, .. } = &*self.0;
        let think = || {
            let sent = sent.lock().unwrap_or_else(PoisonError::into_inner).take();
            sent.map_or(1, |sent| sessions.think(*key, &sent.0, &sent.1))
        };
        *shown.get_or_init(think)
    }
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
    pub(crate) fn expect(
        self: &Arc<Self>,
        ingress: &Ingress,
        sent: Conversation,
        routed: &Routed<'_>,
    ) -> Expected {
        let (key, extent) = (Key::of(ingress, &sent, routed), Extent::of(&sent));
        let (sent, shown) = if extent.bytes > MOST_KEPT {
            (None, OnceLock::from(self.think(key, &sent, &routed.model)))
        } else {
            (Some(Box::new((sent, routed.model.clone()))), OnceLock::new())
        };
        let sessions = Arc::clone(self);
        Expected(Arc::new(Expects { sessions, key, extent, sent: Mutex::new(sent), shown }))
    }

    fn think(&self, key: Key, sent: &Conversation, model: &str) -> u64 {
        let last = self.generations.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        last.map_or_else(|| estimate::input_tokens(sent, model), |last| last.next(sent, model)).max(1)
    }

    fn measured(&self, key: Key, session: Session) {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner).put(key, session);
    }
}

/// Tells the memory what came of one request.
#[derive(Debug, Clone)]
pub(crate) struct Recall(Expected);

impl Recall {
    pub(crate) const fn new(expected: Expected) -> Self {
        Self(expected)
    }

    /// Counts of a provider, if it said any. What servers that don't count report as 0 is none.
    pub(crate) fn tell(&self, usage: &Usage) {
        let Expects { sessions, key, extent, .. } = &*self.0.0;
        if let Some(input) = usage.total_input().filter(|input| *input > 0) {
            sessions.measured(*key, Session { input, extent: *extent });
        }
    }
}

#[cfg(test)]
mod tests;
