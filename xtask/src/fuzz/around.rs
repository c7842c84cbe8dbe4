//! Targets around the dialects: clouds' envelopes, counts, histories, refusals, and what routing and prices read.
#![expect(clippy::panic, reason = "a target says so where something doesn't hold")]

use lynkr_protocol::bedrock_converse::invoke;
use lynkr_protocol::wire::Json;
use lynkr_protocol::{Dialect, Target as Upstream, clouds, codec, gemini, openai_responses};
use lynkr_providers::{PROVIDERS, Said, judge, reported_version};
use lynkr_routing::{Date, Origin, Overrides, Reader, Turn, convert, own_words, score};
use serde_json::Value;

use super::mutate::Dice;
use super::targets::{Food, RunAlone, cut, is_json};

/// The part of the table that is here.
pub(super) const AROUND: &[(&str, Food, RunAlone)] = &[
    ("cloud-envelope", Food::Requests, envelope),
    ("cloud-frames", Food::Streams, frames),
    ("count-request", Food::Requests, count_request),
    ("count-answer", Food::Replies, count_answer),
    ("history", Food::Requests, history),
    ("refusal", Food::Replies, refusal),
    ("routing-turn", Food::Requests, turn),
    ("prices", Food::Requests, prices),
];

/// A body out of its envelope is what it was, but for the envelope's fields.
fn envelope(input: &[u8], _: &mut Dice) {
    let inside = invoke::read_count_request(input);
    for body in std::iter::once(input).chain(inside.as_deref()) {
        let Ok(opened) = clouds::open(body, Some("a \"model\""), Some(true)) else { continue };
        let Ok(before) = serde_json::from_slice::<Value>(body) else { continue };
        let after: Value = serde_json::from_slice(&opened.body)
            .unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(&opened.body)));
        assert_eq!((&after["model"], &after["stream"]), (&"a \"model\"".into(), &true.into()));
        let rest = |mut value: Value| {
            let own = ["anthropic_beta", "anthropic_version", "model", "stream"];
            value.as_object_mut().map(|fields| own.map(|name| fields.remove(name)));
            value
        };
        assert_eq!(rest(before), rest(after), "nothing else is changed");
    }
}

/// Events are put into a cloud's frames the same however they are split, and come out of them again.
fn frames(input: &[u8], dice: &mut Dice) {
    let framed = |pieces: &[&[u8]]| {
        let (mut encoder, mut out) = (invoke::ChunkEncoder::new(), Vec::new());
        for piece in pieces {
            encoder.push(piece, &mut out);
        }
        out
    };
    let whole = framed(&[input]);
    assert_eq!(whole, framed(&cut(input, dice)), "a split makes a difference");
    let _ = invoke::ChunkDecoder::new().push(&whole, &mut Vec::new());
}

fn count_request(input: &[u8], _: &mut Dice) {
    is_json(&invoke::count_request(b"{}"), "a question for a count");
    let Ok(conversation) = gemini::decode_count_request(input) else { return };
    if let Ok(encoded) = gemini::encode_count_request(&conversation, &Upstream::new("up")) {
        is_json(&encoded.body, "a question for a count");
    }
}

fn count_answer(input: &[u8], _: &mut Dice) {
    let _ = (gemini::decode_count_reply(input), invoke::counted(input), reported_version(input));
}

/// What is put in front of a request's items stands in front of them.
fn history(input: &[u8], _: &mut Dice) {
    let Ok(items) = openai_responses::input_items(input) else { return };
    let Ok(body) = openai_responses::with_history(input, &items) else {
        panic!("items that were read can't be written");
    };
    let twice = openai_responses::input_items(&body).unwrap_or_else(|error| panic!("{error}"));
    let text = |items: &[Json]| items.iter().map(Json::to_value).collect::<Vec<_>>();
    assert_eq!(text(&twice), [text(&items), text(&items)].concat());
}

/// Every provider's refusals are judged.
fn refusal(input: &[u8], _: &mut Dice) {
    let text = String::from_utf8_lossy(input);
    let after: String = text.chars().filter(|one| !one.is_control()).take(40).collect();
    let headers = [("retry-after", &after), ("x-ratelimit-reset", &after)].into_iter().collect();
    for status in [400, 429, 529] {
        let said = Said::read(status, &headers, input);
        let read = codec(Dialect::OpenAiChat).decode_error(status, input).kind;
        for provider in PROVIDERS {
            let _ = judge(provider.name, &said, read);
        }
    }
}

fn turn(input: &[u8], _: &mut Dice) {
    let reader = Reader { own_words: &|text| own_words(text).into_owned(), score: &|text| score(text).score };
    let _ = Turn::read(input, reader);
    let _ = score(&String::from_utf8_lossy(input));
}

/// No fixture is a list of prices: names of fields are put in their place.
fn prices(input: &[u8], _: &mut Dice) {
    let text = String::from_utf8_lossy(input);
    let named = text
        .replace("\"role\"", "\"input_cost_per_token\"")
        .replace("\"content\"", "\"output_cost_per_token\"");
    let Some(date) = Date::parse("2026-01-01") else { return };
    let origin = Origin { source: "a\nlist", licence: "any", date };
    for list in [named.clone(), format!("{{\"a model\": {named}}}")] {
        let _ = convert(list.as_bytes(), origin);
        let _ = Overrides::parse(&list.replace("_cost_per_token", ""));
    }
}
