//! The responder as an HTTP server would be: path and body in, status and bytes out.

use std::sync::Arc;
use std::time::Duration;

use lynkr_protocol::neutral::{Assembler, Conversation, Event};
use lynkr_protocol::{ApiError, Codec, Dialect, ReplyContext, codec, ollama};
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use crate::embeddings::embed;
use crate::models;
use crate::respond::respond;
use crate::script::{Options, Script, Step};
use crate::tokens::estimate_conversation;

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `content-type`.
    pub content_type: &'static str,
    /// Other headers: name and value.
    pub headers: Vec<(&'static str, String)>,
    /// How long to wait before the body; what a stream would have waited in between.
    pub delay: Duration,
    /// The body.
    pub body: Body,
    /// The connection breaks after the body, which then isn't complete.
    pub cut: bool,
    /// Whoever sends it panics after the body, as a defect of the gateway would.
    pub panics: bool,
}

/// A body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// All at once.
    Whole(Vec<u8>),
    /// Piece by piece; the duration is the pause before the piece.
    Stream(Vec<(Duration, Vec<u8>)>),
}

/// Answers a request. `path` may carry a prefix and a query; an empty `body` is that of a `GET`. Of `context`
/// only the time and the seed are read: the request says the rest.
pub fn handle(path: &str, body: &[u8], options: &Options, context: ReplyContext) -> Answer {
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let json = |body: Vec<u8>| Answer::whole(200, body);
    match path {
        _ if path.ends_with("/messages/count_tokens") => count_tokens(body, &context),
        _ if path.ends_with("/messages") => converse(Dialect::Anthropic, body, options, context),
        _ if path.ends_with("/chat/completions") => converse(Dialect::OpenAiChat, body, options, context),
        _ if path.ends_with("/responses") => converse(Dialect::OpenAiResponses, body, options, context),
        _ if path.ends_with("/api/chat") => converse(Dialect::Ollama, body, options, context),
        _ if path.ends_with("/v1/embeddings") => match embed(body) {
            Ok(body) => json(body),
            Err(error) => fail(codec(Dialect::OpenAiChat), &error, &context),
        },
        _ if path.ends_with("/api/version") => json(ollama::version(&options.version)),
        _ if path.ends_with("/api/tags") => {
            let models: Vec<_> =
                options.models.iter().map(|name| models::ollama(name, context.created)).collect();
            json(ollama::tags(&models))
        }
        _ if path.ends_with("/api/show") => show(body, options, &context),
        _ if path.ends_with("/models") => json(models::list(options, context.created)),
        _ => match path.rsplit_once("/models/") {
            Some((_, id)) => one_model(id, options, &context),
            None => not_found(path, &context),
        },
    }
}

impl Answer {
    fn whole(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: "application/json",
            headers: Vec::new(),
            delay: Duration::ZERO,
            body: Body::Whole(body),
            cut: false,
            panics: false,
        }
    }
}

fn fail(codec: &dyn Codec, error: &ApiError, context: &ReplyContext) -> Answer {
    let mut answer = Answer::whole(error.status, codec.encode_error(error, &context.seed));
    if let Some(wait) = error.retry_after {
        answer.headers.push(("retry-after", wait.as_secs().to_string()));
    }
    answer
}

fn converse(dialect: Dialect, body: &[u8], options: &Options, context: ReplyContext) -> Answer {
    let codec = codec(dialect);
    let conversation = match codec.decode_request(body) {
        Ok(conversation) => Arc::new(conversation),
        Err(error) => return fail(codec, &error.into(), &context),
    };
    let script = respond(&conversation, options);
    if let Some(error) = &script.fault {
        return fail(codec, error, &context);
    }
    let context = context_of(&conversation, context);
    if conversation.stream { stream(codec, script, context) } else { whole(codec, &script, &context) }
}

fn context_of(conversation: &Arc<Conversation>, context: ReplyContext) -> ReplyContext {
    ReplyContext {
        model: conversation.model.clone(),
        input_estimate: estimate_conversation(conversation),
        include_usage: conversation.include_usage,
        request: Some(Arc::clone(conversation)),
        ..context
    }
}

fn stream(codec: &dyn Codec, script: Script, context: ReplyContext) -> Answer {
    let mut encoder = codec.event_encoder(context);
    let mut pieces = Vec::with_capacity(script.steps.len());
    let mut pause = Duration::ZERO;
    for step in &script.steps {
        match step {
            Step::Pause(wait) => pause = pause.saturating_add(*wait),
            Step::Event(event) => {
                let mut piece = Vec::new();
                encoder.push(event, &mut piece);
                if !piece.is_empty() {
                    pieces.push((std::mem::take(&mut pause), piece));
                }
            }
        }
    }
    Answer {
        content_type: codec.stream_content_type(),
        body: Body::Stream(pieces),
        cut: script.cut,
        panics: script.panics,
        ..Answer::whole(200, Vec::new())
    }
}

fn whole(codec: &dyn Codec, script: &Script, context: &ReplyContext) -> Answer {
    if script.panics {
        return Answer { panics: true, ..Answer::whole(200, Vec::new()) };
    }
    let mut assembler = Assembler::new();
    let mut delay = Duration::ZERO;
    for step in &script.steps {
        match step {
            Step::Pause(wait) => delay = delay.saturating_add(*wait),
            // Without a stream there is no middle for an error to come in.
            Step::Event(Event::Error(error)) => return fail(codec, error, context),
            Step::Event(event) => assembler.push(event),
        }
    }
    let reply = match assembler.finish() {
        Ok(reply) => reply,
        Err(error) => return fail(codec, &error, context),
    };
    let mut body = codec.encode_reply(&reply, context);
    if script.cut {
        body.truncate(body.len() / 2);
    }
    Answer { delay, cut: script.cut, ..Answer::whole(200, body) }
}

fn count_tokens(body: &[u8], context: &ReplyContext) -> Answer {
    let codec = codec(Dialect::Anthropic);
    match codec.decode_request(body) {
        Ok(conversation) => {
            let body = json!({"input_tokens": estimate_conversation(&conversation)});
            Answer::whole(200, body.to_string().into_bytes())
        }
        Err(error) => fail(codec, &error.into(), context),
    }
}

/// Ollama's clients name the model in `model`, older ones in `name`; any name is fine here.
fn show(body: &[u8], options: &Options, context: &ReplyContext) -> Answer {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let named = ["model", "name"].into_iter().find_map(|field| request.get(field)?.as_str());
    match named.or(options.models.first().map(String::as_str)) {
        Some(name) => Answer::whole(200, ollama::show(&models::ollama(name, context.created))),
        None => not_found("/api/show", context),
    }
}

fn one_model(id: &str, options: &Options, context: &ReplyContext) -> Answer {
    if options.models.iter().any(|known| known == id) {
        return Answer::whole(200, models::entry(id, context.created).to_string().into_bytes());
    }
    let error = ApiError::new(FaultKind::NotFound, format!("there is no model `{id}`"));
    fail(codec(Dialect::OpenAiChat), &error, context)
}

fn not_found(path: &str, context: &ReplyContext) -> Answer {
    let dialect = if path.contains("/api/") {
        Dialect::Ollama
    } else if path.contains("/messages") {
        Dialect::Anthropic
    } else {
        Dialect::OpenAiChat
    };
    let error = ApiError::new(FaultKind::NotFound, format!("the builtin responder has no route {path}"));
    fail(codec(dialect), &error, context)
}
