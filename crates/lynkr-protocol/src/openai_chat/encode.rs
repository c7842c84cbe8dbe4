//! A request for an upstream: neutral → wire.

use lynkr_types::Loss;

use super::nested::unnest;
use super::wire::{Request, StreamOptions};
use super::{DIALECT, encode_fields, encode_messages, encode_tools};
use crate::codec::{Encoded, Target};
use crate::error::EncodeError;
use crate::json;
use crate::neutral::Conversation;
use crate::wire::{Json, Rest, TextOr};

/// What every part of the encoder looks at.
pub(super) struct Scope<'a> {
    pub(super) conversation: &'a Conversation,
    pub(super) target: &'a Target,
    /// Whether the client spoke this dialect: then its own words go up as they are.
    pub(super) native: bool,
    pub(super) losses: Vec<Loss>,
}

impl Scope<'_> {
    /// Notes a loss once, however often it happens.
    pub(super) fn note(&mut self, loss: Loss) {
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    /// The cache marker, where the upstream takes it.
    pub(super) fn cache(&mut self, cache: Option<&Json>) -> Option<Json> {
        let cache = cache?;
        if self.native || self.target.cache_control {
            return Some(cache.clone());
        }
        self.note(Loss::dropped("cache_control"));
        None
    }
}

/// An error that says that this dialect has no word for `feature`.
pub(super) fn inexpressible(feature: impl Into<String>, why: &str) -> EncodeError {
    EncodeError { target: DIALECT, feature: feature.into(), why: why.to_owned() }
}

/// Writes a request.
pub(super) fn request(conversation: &Conversation, target: &Target) -> Result<Encoded, EncodeError> {
    if conversation.previous_response_id.is_some() {
        return Err(inexpressible(
            "previous_response_id",
            "the stored answer must be put into the conversation first",
        ));
    }
    let native = conversation.origin == Some(DIALECT);
    let mut scope = Scope { conversation, target, native, losses: Vec::new() };
    let mut rest = conversation.extra.of(DIALECT);
    let mut wire = Request {
        model: (!target.model.is_empty()).then(|| target.model.clone()),
        messages: Some(encode_messages::messages(&mut scope)?),
        ..Request::default()
    };
    take_stream(&mut scope, &mut wire, &mut rest);
    one_answer(&mut scope, &mut rest);
    encode_fields::limits(&mut scope, &mut wire, &mut rest);
    encode_fields::caller(&mut scope, &mut wire, &mut rest);
    encode_fields::output(&mut scope, &mut wire, &mut rest);
    encode_fields::reasoning(&mut scope, &mut wire);
    encode_tools::tools(&mut scope, &mut wire)?;
    wire.rest = rest;
    let mut losses = scope.losses;
    conversation.extra.note_losses(DIALECT, "", &mut losses);
    // Wire types hold strings, numbers and raw JSON only: writing them can't fail.
    let body = json::to_vec(&wire, conversation.size());
    Ok(Encoded { body, losses })
}

fn take_stream(scope: &mut Scope<'_>, wire: &mut Request, rest: &mut Rest) {
    let conversation = scope.conversation;
    let marked = rest.remove("stream").is_some();
    wire.stream = (conversation.stream || marked).then_some(conversation.stream);
    let options = unnest(rest, "stream_options");
    if !conversation.stream {
        return;
    }
    // Usage is asked for even when the client doesn't: without it nobody knows what the answer cost.
    let include_usage = scope.target.stream_usage.then_some(true);
    if conversation.include_usage && include_usage.is_none() {
        scope.note(Loss::dropped("stream_options.include_usage"));
    }
    if include_usage.is_some() || !options.is_empty() {
        wire.stream_options = Some(StreamOptions { include_usage, rest: options });
    }
}

/// Streams are read for one answer: more of them would be paid for and thrown away.
fn one_answer(scope: &mut Scope<'_>, rest: &mut Rest) {
    let several = rest.find("n").and_then(|count| count.read::<u64>().ok()).is_some_and(|count| count > 1);
    if scope.conversation.stream && several {
        rest.remove("n");
        scope.note(Loss::dropped("n"));
    }
}

/// `stop` in the form in which it came.
pub(super) fn stop(conversation: &Conversation, rest: &mut Rest) -> Option<TextOr<String>> {
    let short = rest.remove("stop").is_some();
    match conversation.stop.as_slice() {
        [] => None,
        [only] if short => Some(TextOr::Text(only.clone())),
        list => Some(TextOr::List(list.to_vec())),
    }
}
