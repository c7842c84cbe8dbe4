//! Answers that a later request may continue by `previous_response_id`, or ask for by their id.
//!
//! An answer that passed through lives with its provider: here is only noted which one. An answer that was
//! translated lives here, with all the items before it, per caller and within a bound of bytes; the oldest go
//! first. What can't be found is refused, never taken for an empty history.

mod calls;
mod shelf;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use lynkr_protocol::neutral::Reply;
use lynkr_protocol::peek::Peek;
use lynkr_protocol::wire::Json;
use lynkr_protocol::{Dialect, ReplyContext, codec, openai_responses};

use crate::aged::Aged;
use crate::attempt::Dispatch;
use crate::failure::Failure;
use crate::ingress::Ingress;
use crate::plan::Way;

pub use calls::StoredCall;
pub(crate) use shelf::owner;
pub use shelf::{Shelf, Shelved};

/// Pins are small, some 200 bytes each; this many are kept. The shelf has the older ones, where there is one.
const MOST_PINS: usize = 20_000;

/// What an answer takes besides its texts, and each of its items.
const ANSWER_OVERHEAD: usize = 320;
const ITEM_OVERHEAD: usize = 32;

/// The longest id of an answer that is noted. Vendors' own have a tenth of that.
const LONGEST_ID: usize = 512;

/// The items that a stored answer continues from, shared along a chain of answers.
pub(crate) type Input = Arc<Vec<Json>>;

/// Who may continue what: a caller and an id.
type Key = (u64, Arc<str>);

/// An answer that lives here.
#[derive(Debug, Clone)]
struct Kept {
    /// The items of its input, with the history before it, and then its own.
    items: Input,
    /// How many of them are input.
    inputs: usize,
    /// The answer as the client got it, or would have got it whole.
    body: Bytes,
}

impl Kept {
    /// About the memory that it takes.
    fn size(&self) -> usize {
        let items: usize = self.items.iter().map(|item| item.get().len() + ITEM_OVERHEAD).sum();
        items + self.body.len() + ANSWER_OVERHEAD
    }
}

#[derive(Debug, Default)]
struct Inner {
    items: Aged<Key, Kept>,
    /// About what they take.
    bytes: usize,
    pins: Aged<Key, &'static str>,
}

/// The store.
#[derive(Debug)]
pub(crate) struct StoredResponses {
    most_bytes: usize,
    inner: Mutex<Inner>,
    /// Where answers outlive the process, if they do.
    shelf: OnceLock<Arc<dyn Shelf>>,
}

impl StoredResponses {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, inner: Mutex::default(), shelf: OnceLock::new() }
    }

    /// The provider that gave the answer which a request continues.
    pub(crate) fn pinned_to(&self, ingress: &Ingress, peek: &Peek) -> Option<String> {
        let id = peek.previous_response_id.clone()?;
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.pins.get(&(ingress.caller(), id.into())).map(|provider| (*provider).to_owned())
    }

    /// The body with the history in front that `previous_response_id` stands for, and, where the answer is to
    /// be kept, all of its input items.
    pub(crate) fn expand(&self, ingress: &Ingress, peek: &Peek) -> Result<(Bytes, Option<Input>), Failure> {
        if ingress.dialect != Dialect::OpenAiResponses {
            return Ok((ingress.body.clone(), None));
        }
        let body = match &peek.previous_response_id {
            None => ingress.body.clone(),
            Some(id) => {
                let history = self.find(ingress, id)?;
                let body =
                    openai_responses::with_history(&ingress.body, &history).map_err(Failure::client)?;
                Bytes::from(body)
            }
        };
        let keep = peek.store != Some(false);
        let input = keep.then(|| openai_responses::input_items(&body).map(Arc::new));
        Ok((body, input.transpose().map_err(Failure::client)?))
    }

    fn find(&self, ingress: &Ingress, id: &str) -> Result<Input, Failure> {
        let found = self.kept(&(ingress.caller(), id.into())).map(|kept| kept.items);
        found.ok_or_else(|| Failure::client(openai_responses::previous_response_not_found(id)))
    }

    fn kept(&self, key: &Key) -> Option<Kept> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).items.get(key).cloned()
    }

    /// Whether anything is known of an answer.
    fn has(&self, key: &Key) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.items.contains(key) || inner.pins.contains(key)
    }

    /// The provider that has an answer.
    fn pin_of(&self, key: &Key) -> Option<&'static str> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).pins.get(key).copied()
    }

    /// Forgets an answer that is deleted.
    fn forget(&self, key: &Key) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = inner.items.remove(key) {
            inner.bytes = inner.bytes.saturating_sub(kept.size());
        }
        inner.pins.remove(key);
    }

    fn keep(&self, key: Key, kept: Kept) {
        // One that is larger than all may be together would push out everything and go itself.
        if kept.size() > self.most_bytes {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.bytes += kept.size();
        if let Some(old) = inner.items.insert(key, kept) {
            inner.bytes = inner.bytes.saturating_sub(old.size());
        }
        while inner.bytes > self.most_bytes
            && let Some(oldest) = inner.items.pop_oldest()
        {
            inner.bytes = inner.bytes.saturating_sub(oldest.size());
        }
    }

    fn pin(&self, key: Key, provider: &'static str) {
        if key.1.len() > LONGEST_ID {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.pins.insert(key, provider);
        if inner.pins.len() > MOST_PINS {
            inner.pins.pop_oldest();
        }
    }
}

/// Keeps one answer when it is complete, if it is to be kept at all.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    store: Arc<StoredResponses>,
    /// Who asked, where something is kept.
    caller: u64,
    /// Whose answers these are on the shelf; empty where there is none.
    owner: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Nothing,
    /// Its provider has it.
    Pin(&'static str),
    /// We have it: these items, and those of the answer.
    Items(Input),
}

impl Keeper {
    pub(crate) fn new(store: Arc<StoredResponses>, dispatch: &Dispatch<'_>) -> Self {
        let responses = dispatch.ingress.dialect == Dialect::OpenAiResponses;
        let what = match &dispatch.plan.way {
            Way::Passthrough { .. } if responses => What::Pin(dispatch.routed.upstream.provider().name),
            Way::Translate(translation) => translation.keep.clone().map_or(What::Nothing, What::Items),
            Way::Passthrough { .. } | Way::Embeddings(_) => What::Nothing,
        };
        let keeps = !matches!(what, What::Nothing) && store.shelf.get().is_some();
        let owner = if keeps { shelf::owner(dispatch.ingress) } else { String::new() };
        let caller = if matches!(what, What::Nothing) { 0 } else { dispatch.ingress.caller() };
        Self { store, caller, owner, what }
    }

    /// A keeper that keeps nothing.
    #[cfg(test)]
    pub(crate) fn idle() -> Self {
        Self {
            store: Arc::new(StoredResponses::new(0)),
            caller: 0,
            owner: String::new(),
            what: What::Nothing,
        }
    }

    /// Whether the answer's items are wanted.
    pub(crate) fn wants_items(&self) -> bool {
        matches!(self.what, What::Items(_))
    }

    /// Notes where an answer that passed through lives.
    pub(crate) fn pin(&self, id: &str) {
        if let What::Pin(provider) = self.what
            && !id.is_empty()
        {
            self.store.pin((self.caller, id.into()), provider);
            let shelved = || Shelved { provider: Some(provider.to_owned()), body: Vec::new() };
            self.store.shelve(&self.owner, id, shelved);
        }
    }

    /// Keeps a translated answer.
    pub(crate) fn keep(&self, reply: &Reply, context: &ReplyContext) {
        let What::Items(input) = &self.what else { return };
        let mut items = input.as_ref().clone();
        items.extend(openai_responses::output_items(reply, context));
        let id = openai_responses::response_id(reply, context);
        let body = Bytes::from(codec(Dialect::OpenAiResponses).encode_reply(reply, context));
        let kept = Kept { items: Arc::new(items), inputs: input.len(), body };
        self.store.shelve(&self.owner, &id, || shelf::written(&kept));
        self.store.keep((self.caller, id.into()), kept);
    }
}

#[cfg(test)]
mod tests;
