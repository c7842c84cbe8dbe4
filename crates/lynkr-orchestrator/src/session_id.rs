//! Which session a request belongs to: what the client calls it, else a fingerprint of how its conversation began.
//!
//! The order and the fingerprint are the older product's, so that ids stay the same: a header, a field of the body,
//! else `fp-` and the first half of a digest over the first words of the user, the system prompt and the client's name.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use lynkr_protocol::json;
use lynkr_protocol::peek::Peek;
use memchr::memmem::Finder;
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::ingress::Ingress;

/// Headers that name a session, the surer ones first.
pub const HEADERS: &[&str] = &[
    "x-session-id",
    "x-claude-session-id",
    "x-claude-session",
    "x-claude-conversation-id",
    "anthropic-session-id",
    // Claude Code's, Codex's, Copilot's.
    "x-claude-code-session-id",
    "session_id",
    "session-id",
    "thread_id",
    "x-interaction-id",
];

/// So much of the user's first words counts, and of the system prompt, in characters.
const MOST_WORDS: usize = 2_000;
const MOST_SYSTEM: usize = 500;

/// How deep words stand at most: in a text of a part of a turn, say. No dialect needs half of it.
const DEEPEST: usize = 16;

/// What clients put into the user's words by themselves, which changes from day to day.
const REMINDER: (&str, &str) = ("<system-reminder>", "</system-reminder>");
/// Looks for the first of them.
static BEGINS_REMINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(REMINDER.0));

/// The session of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionId {
    /// Its id.
    pub id: String,
    /// Whether it is one conversation's own name, so that what was said may be kept under it.
    pub named: bool,
    /// Whether the client gave it; else it is a fingerprint.
    pub given: bool,
}

impl SessionId {
    fn named(id: &str) -> Option<Self> {
        let id = id.trim();
        (!id.is_empty()).then(|| Self { id: id.to_owned(), named: true, given: true })
    }

    /// The session that the head of a request names.
    pub(crate) fn of_head(ingress: &Ingress) -> Option<Self> {
        let found = ingress.identity.session.as_deref().and_then(Self::named);
        found.or_else(|| HEADERS.iter().filter_map(|name| ingress.header(name)).find_map(Self::named))
    }

    /// What the client itself says.
    pub(crate) fn said(ingress: &Ingress, peek: &Peek) -> Option<Self> {
        let in_body = || peek.session.as_deref().and_then(Self::named);
        let shared = || {
            let own = peek.cache_key.as_deref().and_then(Self::named)?;
            // Many conversations may have the same.
            Some(Self { named: false, ..own })
        };
        Self::of_head(ingress).or_else(in_body).or_else(shared)
    }
}

/// The session of a request. One that only its words tell is found out when somebody asks: what tells it goes up meanwhile.
/// A copy is the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Session(Arc<Belongs>);

#[derive(Debug, Default)]
struct Belongs {
    id: OnceLock<Option<SessionId>>,
    words: Mutex<Option<Words>>,
}

impl From<Option<SessionId>> for Session {
    fn from(id: Option<SessionId>) -> Self {
        Self(Arc::new(Belongs { id: OnceLock::from(id), ..Belongs::default() }))
    }
}

impl Session {
    /// The session of a request whose body was looked at. Without a name, its words tell, where that is wanted.
    pub(crate) fn of(ingress: &Ingress, peek: &Peek, fingerprints: bool) -> Self {
        let said = SessionId::said(ingress, peek);
        if said.is_some() || !fingerprints {
            return said.into();
        }
        let words = Mutex::new(Some(Words::of(ingress, peek)));
        Self(Arc::new(Belongs { words, ..Belongs::default() }))
    }

    /// Its id; `None` where nothing tells it.
    pub(crate) fn id(&self) -> Option<&SessionId> {
        let told = || {
            let words = self.0.words.lock().unwrap_or_else(PoisonError::into_inner).take();
            words.and_then(|words| words.fingerprint())
        };
        self.0.id.get_or_init(told).as_ref()
    }

    /// Whether nothing is left to find out.
    pub(crate) fn is_known(&self) -> bool {
        self.0.id.get().is_some()
    }

    /// The same, as far as it is known by now. A name that the client gave is known at once.
    pub(crate) fn known(&self) -> Option<&SessionId> {
        self.0.id.get()?.as_ref()
    }
}

/// What a fingerprint is made of.
struct Words {
    body: Bytes,
    user: Option<Range<usize>>,
    system: Option<Range<usize>>,
    agent: String,
}

/// It holds what was said.
impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").finish_non_exhaustive()
    }
}

impl Words {
    fn of(ingress: &Ingress, peek: &Peek) -> Self {
        Self {
            body: ingress.body.clone(),
            user: peek.first_user.clone(),
            system: peek.system.clone(),
            agent: ingress.header("user-agent").unwrap_or_default().to_owned(),
        }
    }

    /// Only what the digest is over is parsed once more. Without words of the user there is no fingerprint: all such requests
    /// of a client would be one session.
    fn fingerprint(&self) -> Option<SessionId> {
        let part = |span: &Option<Range<usize>>| -> Option<String> {
            texts(std::str::from_utf8(self.body.get(span.clone()?)?).ok()?, DEEPEST)
        };
        let words = part(&self.user)?;
        let words = without_reminders(&words);
        let words = first(words.trim(), MOST_WORDS);
        if words.is_empty() {
            return None;
        }
        let system = part(&self.system).unwrap_or_default();
        let parts = [words, first(&system, MOST_SYSTEM), &self.agent];
        let whole = digest(&SHA256, parts.join("\0").as_bytes());
        let half = whole.as_ref().first_chunk().copied()?;
        let mut digits = Uuid::encode_buffer();
        let id = "fp-".to_owned() + Uuid::from_bytes(half).simple().encode_lower(&mut digits);
        Some(SessionId { id, named: false, given: false })
    }
}

/// The words of a turn or of a system prompt, in whichever dialect. Nothing else of it is copied. `None` where they stand
/// deeper than any dialect has them: each level is looked at by itself.
fn texts(json: &str, deepest: usize) -> Option<String> {
    /// Where the words of a turn, or of a part of one, stand; the first of them counts.
    #[derive(Deserialize)]
    struct Holder<'a> {
        #[serde(borrow)]
        content: Option<&'a RawValue>,
        #[serde(borrow)]
        parts: Option<&'a RawValue>,
        #[serde(borrow)]
        text: Option<&'a RawValue>,
    }
    let below = deepest.checked_sub(1)?;
    match json.trim_start().bytes().next()? {
        b'"' => json::walked(json.trim()).map(Cow::into_owned),
        b'[' => {
            let parts: Vec<&RawValue> = json::from_str(json).ok()?;
            let texts: Vec<String> =
                parts.iter().map(|part| texts(part.get(), below)).collect::<Option<_>>()?;
            let kept: Vec<&str> = texts.iter().map(String::as_str).filter(|text| is_kept(text)).collect();
            Some(kept.join("\n"))
        }
        b'{' => {
            let holder: Holder<'_> = json::from_str(json).ok()?;
            let inside = holder.content.or(holder.parts).or(holder.text);
            inside.map_or_else(|| Some(String::new()), |inside| texts(inside.get(), below))
        }
        _ => Some(String::new()),
    }
}

/// Claude Code's billing line is another in each request.
fn is_kept(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(lynkr_protocol::anthropic::BILLING_LINE)
}

/// Without what clients put into a user's words themselves.
pub(crate) fn without_reminders(text: &str) -> Cow<'_, str> {
    if BEGINS_REMINDER.find(text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len().min(8 * MOST_WORDS));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(REMINDER.0) {
        let Some((_, after)) = after.split_once(REMINDER.1) else { break };
        kept.push_str(before);
        rest = after;
    }
    Cow::Owned(kept + rest)
}

fn first(text: &str, most: usize) -> &str {
    match text.get(..most) {
        None if text.len() <= most => return text,
        Some(beginning) if beginning.is_ascii() => return beginning,
        _ => {}
    }
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests;
