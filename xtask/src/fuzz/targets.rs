//! What is fuzzed: every decoder of `lynkr-protocol`, with what comes after it on a request's way, and what must hold
//! whatever the bytes are. What lies around the dialects is in `around.rs`.
#![expect(clippy::panic, reason = "a target says so where something doesn't hold")]

use lynkr_protocol::bedrock_converse::invoke;
use lynkr_protocol::embeddings::{self, Encoding, Form};
use lynkr_protocol::framing::{LineDecoder, SseDecoder, event_stream};
use lynkr_protocol::neutral::{Assembler, Event};
use lynkr_protocol::peek::{self, Edit, Piece};
use lynkr_protocol::tap::Tap;
use lynkr_protocol::{Dialect, ReplyContext, Target as Upstream, codec, seal};
use serde_json::Value;

use super::around::AROUND;
use super::mutate::Dice;

/// What its inputs grow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Food {
    Requests,
    Replies,
    Streams,
}

/// Gives a decoder an input, and panics where it must not have done what it did.
type Feed = dyn Fn(&[u8], &mut Dice);

/// A decoder under test. It panics where something doesn't hold.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) food: Food,
    /// Where the inputs' fixtures are; `None` takes those of all dialects.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) run: Box<Feed>,
}

impl Target {
    /// Feeds one input; the dice decide where streams are split.
    pub(crate) fn feed(&self, input: &[u8], dice: &mut Dice) {
        (self.run)(input, dice);
    }
}

type Run = fn(Dialect, &[u8], &mut Dice);

const OF_DIALECTS: &[(&str, Food, Run)] = &[
    ("request", Food::Requests, request),
    ("peek", Food::Requests, splices),
    ("reply", Food::Replies, reply),
    ("error", Food::Replies, error),
    ("stream", Food::Streams, stream),
    ("tap", Food::Streams, tap),
];

/// Gives one input to a decoder that knows no dialect.
pub(super) type RunAlone = fn(&[u8], &mut Dice);

const ALONE: &[(&str, Food, RunAlone)] = &[
    ("sse", Food::Streams, sse),
    ("lines", Food::Streams, lines),
    ("event-stream", Food::Streams, messages),
    ("invoke", Food::Streams, chunks),
    ("members", Food::Requests, members),
    ("seal", Food::Requests, opened),
    ("embeddings-request", Food::Requests, embeddings_request),
    ("embeddings-answer", Food::Replies, embeddings_answer),
];

/// The table: six for each dialect, and the ones that know no dialect.
pub(crate) fn all() -> Vec<Target> {
    let of_dialects = Dialect::ALL.into_iter().flat_map(|dialect| {
        OF_DIALECTS.iter().map(move |(name, food, run)| Target {
            name: format!("{}-{name}", dialect.name()),
            food: *food,
            dialect: Some(dialect),
            run: Box::new(move |input, dice| run(dialect, input, dice)),
        })
    });
    let alone = ALONE.iter().chain(AROUND).map(|(name, food, run)| Target {
        name: (*name).to_owned(),
        food: *food,
        dialect: None,
        run: Box::new(run),
    });
    of_dialects.chain(alone).collect()
}

fn context() -> ReplyContext {
    ReplyContext {
        model: "asked".to_owned(),
        created: 1_700_000_000,
        seed: "0123456789abcdef0123456789abcdef".to_owned(),
        input_estimate: 7,
        include_usage: true,
        request: None,
    }
}

#[track_caller]
pub(super) fn is_json(bytes: &[u8], what: &str) {
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        panic!("{what} is no JSON: {error}: {}", String::from_utf8_lossy(bytes));
    }
}

/// What is read is written for every upstream, as JSON.
fn request(dialect: Dialect, input: &[u8], _: &mut Dice) {
    let Ok(conversation) = codec(dialect).decode_request(input) else { return };
    for target in Dialect::ALL {
        if let Ok(encoded) = codec(target).encode_request(&conversation, &Upstream::new("up")) {
            is_json(&encoded.body, target.name());
        }
    }
}

fn reply(dialect: Dialect, input: &[u8], _: &mut Dice) {
    let Ok(reply) = codec(dialect).decode_reply(input) else { return };
    for client in Dialect::ALL {
        is_json(&codec(client).encode_reply(&reply, &context()), client.name());
    }
    let _ = written(&reply.to_events());
}

fn error(dialect: Dialect, input: &[u8], _: &mut Dice) {
    for status in [400, 429, 500, 529] {
        let error = codec(dialect).decode_error(status, input);
        for client in Dialect::ALL {
            is_json(&codec(client).encode_error(&error, "req_1"), client.name());
        }
    }
}

/// The bytes of some events for every client.
fn written(events: &[Event]) -> usize {
    let write = |client: Dialect| {
        let mut encoder = codec(client).event_encoder(context());
        let mut out = Vec::new();
        for event in events {
            encoder.push(event, &mut out);
            encoder.keep_alive(&mut out);
        }
        out.len()
    };
    Dialect::ALL.into_iter().map(write).sum()
}

/// The pieces of an input, cut where the dice say.
pub(super) fn cut<'a>(input: &'a [u8], dice: &mut Dice) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = input;
    for _ in 0..4 {
        let (piece, after) = rest.split_at(dice.below(rest.len() + 1));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn events(dialect: Dialect, pieces: &[&[u8]]) -> Option<Vec<Event>> {
    let mut decoder = codec(dialect).event_decoder();
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events).ok()?;
    }
    decoder.finish(&mut events).ok()?;
    Some(events)
}

/// Any split gives the same events, and these can be written for every client.
fn stream(dialect: Dialect, input: &[u8], dice: &mut Dice) {
    let whole = events(dialect, &[input]);
    assert_eq!(whole, events(dialect, &cut(input, dice)), "a split makes a difference");
    let Some(events) = whole else { return };
    let _ = written(&events);
    let mut assembler = Assembler::new();
    for event in &events {
        assembler.push(event);
    }
    let Ok(reply) = assembler.finish() else { return };
    for client in Dialect::ALL {
        is_json(&codec(client).encode_reply(&reply, &context()), client.name());
    }
}

fn tap(dialect: Dialect, input: &[u8], dice: &mut Dice) {
    for mut tap in [Tap::new(dialect), Tap::thorough(dialect)] {
        for piece in cut(input, dice) {
            let _ = tap.push(piece);
        }
        let _ = tap.seen();
    }
}

/// The body with its edits.
fn edited(body: &[u8], edits: &mut [Edit]) -> Vec<u8> {
    let piece = |piece: Piece<'_>| match piece {
        Piece::Kept(range) => {
            body.get(range).unwrap_or_else(|| panic!("an edit outside of the body")).to_vec()
        }
        Piece::New(text) => text.as_bytes().to_vec(),
    };
    peek::pieces(body.len(), edits).into_iter().flat_map(piece).collect()
}

/// A body with another model is still the JSON that it was, but for the model.
fn splices(dialect: Dialect, input: &[u8], _: &mut Dice) {
    let Ok(seen) = peek::peek(dialect, input) else { return };
    let mut edits: Vec<Edit> = seen.set_model("another").into_iter().collect();
    if dialect == Dialect::OpenAiChat {
        edits.extend(seen.ask_for_usage(input));
    }
    let body = edited(input, &mut edits);
    let Ok(before) = serde_json::from_slice::<Value>(input) else { return };
    let after: Value = serde_json::from_slice(&body).unwrap_or_else(|error| {
        panic!("{error} in the spliced {}", String::from_utf8_lossy(&body));
    });
    let without = |mut value: Value| {
        let fields = value.as_object_mut();
        fields.map(|fields| [fields.remove("model"), fields.remove("stream_options")]);
        value
    };
    if !seen.model_in_url {
        assert_eq!(after.get("model"), Some(&Value::from("another")), "the model is the new one");
    }
    assert_eq!(without(before), without(after), "nothing else is changed");
}

fn members(input: &[u8], _: &mut Dice) {
    let Ok(mut edits) = peek::remove_members(input, &["model", "stream", "a"]) else { return };
    let body = edited(input, &mut edits);
    let Ok(before) = serde_json::from_slice::<Value>(input) else { return };
    let Some(mut fields) = before.as_object().cloned() else { return };
    for name in ["model", "stream", "a"] {
        fields.remove(name);
    }
    let after: Value = serde_json::from_slice(&body).unwrap_or_else(|error| {
        panic!("{error} in {}", String::from_utf8_lossy(&body));
    });
    assert_eq!(Value::Object(fields), after, "only these are gone");
}

fn sse(input: &[u8], dice: &mut Dice) {
    let read = |pieces: &[&[u8]]| {
        let (mut decoder, mut frames) = (SseDecoder::new(), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut frames).ok()?;
        }
        decoder.finish(&mut frames).ok()?;
        Some(frames)
    };
    assert_eq!(read(&[input]), read(&cut(input, dice)), "a split makes a difference");
}

fn lines(input: &[u8], dice: &mut Dice) {
    let read = |pieces: &[&[u8]]| {
        let (mut decoder, mut lines) = (LineDecoder::new(), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut lines).ok()?;
        }
        decoder.finish(&mut lines);
        Some(lines)
    };
    assert_eq!(read(&[input]), read(&cut(input, dice)), "a split makes a difference");
}

/// Messages that are read are written as the bytes that they were.
fn messages(input: &[u8], dice: &mut Dice) {
    let read = |pieces: &[&[u8]]| {
        let (mut decoder, mut messages) = (event_stream::EventStreamDecoder::new(), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut messages).ok()?;
        }
        Some(messages)
    };
    let whole = read(&[input]);
    assert_eq!(whole, read(&cut(input, dice)), "a split makes a difference");
    assert!(event_stream::end_of_messages(input) <= input.len(), "an end outside of the bytes");
    for message in whole.unwrap_or_default() {
        let mut out = Vec::new();
        if message.write(&mut out).is_ok() {
            assert_eq!(read(&[&out]), Some(vec![message]), "what is written is read back");
        }
    }
}

fn chunks(input: &[u8], dice: &mut Dice) {
    let (mut decoder, mut out) = (invoke::ChunkDecoder::new(), Vec::new());
    for piece in cut(input, dice) {
        let _ = decoder.push(piece, &mut out);
    }
    let _ = (invoke::count_request(input), invoke::counted(input));
}

fn opened(input: &[u8], _: &mut Dice) {
    let text = String::from_utf8_lossy(input);
    for prefix in ["", "lynkr.v1.", "bHlua3IudjEu"] {
        if let Some(thinking) = seal::open(&format!("{prefix}{text}")) {
            let _ = seal::seal(&thinking);
        }
    }
}

const FORMS: [Form; 3] = [Form::OpenAi, Form::Ollama, Form::OllamaPrompt];

/// Chat's fixtures ask for no vectors: the names of the fields are put in their place.
fn embeddings_request(input: &[u8], _: &mut Dice) {
    let text = String::from_utf8_lossy(input).replacen("\"messages\"", "\"input\"", 1);
    for form in FORMS {
        let Ok(request) = embeddings::decode_request(form, text.as_bytes()) else { continue };
        for target in FORMS {
            let target = embeddings::Target { form: target, model: "up".to_owned(), keep_alive: None };
            if let Ok(encoded) = request.encode(&target) {
                is_json(&encoded.body, "a request for vectors");
            }
        }
    }
}

fn embeddings_answer(input: &[u8], _: &mut Dice) {
    for form in FORMS {
        let Ok(answer) = embeddings::decode_answer(form, input) else { continue };
        for (target, encoding) in FORMS.into_iter().zip([Encoding::Float, Encoding::Base64, Encoding::Float])
        {
            if let Ok(body) = answer.encode(target, encoding, "asked", 7) {
                is_json(&body, "an answer with vectors");
            }
        }
    }
}
