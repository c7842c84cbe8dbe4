//! What holds for every conversation, every answer and every string of bytes, in every dialect.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::strategies::{conversation, events, facts};
use super::{Fixture, context, fixtures, stream_fixtures};
use crate::Dialect;
use crate::neutral::{Assembler, Block, Conversation, Event, Reply};
use crate::peek::{Piece, peek, pieces};
use crate::tap::Tap;
use crate::{Target, codec};

static STREAMS: LazyLock<Vec<Fixture>> = LazyLock::new(stream_fixtures);

/// Requests and streams.
static INPUTS: LazyLock<Vec<Fixture>> =
    LazyLock::new(|| fixtures("request.json").into_iter().chain(stream_fixtures()).collect());

fn encode(dialect: Dialect, conversation: &Conversation) -> Vec<u8> {
    codec(dialect).encode_request(conversation, &Target::new("up")).unwrap().body
}

fn decode(dialect: Dialect, body: &[u8]) -> Conversation {
    codec(dialect).decode_request(body).unwrap()
}

fn without_thoughts(facts: Vec<Value>) -> Vec<Value> {
    facts.into_iter().filter(|fact| fact[1] != "thinking").collect()
}

/// An answer as facts that don't depend on how a dialect divides it.
fn answer(reply: &Reply) -> Value {
    let (mut text, mut thinking, mut calls) = (String::new(), String::new(), Vec::new());
    for block in &reply.blocks {
        match block {
            Block::Text(block) => text.push_str(&block.text),
            Block::Thinking(block) => thinking.push_str(&block.text),
            Block::ToolUse(call) => {
                let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
                calls.push(json!([call.id, call.name, arguments]));
            }
            other => panic!("{}", other.kind()),
        }
    }
    // Ollama's calls go out as they end, and those that are written at once may end in any order.
    calls.sort_by_key(Value::to_string);
    let stop = reply.stop.as_ref().map(|stop| format!("{:?}", stop.reason));
    json!([text, thinking, calls, stop, reply.usage.total_input(), reply.usage.output])
}

fn sum(events: &[Event]) -> Reply {
    let mut assembler = Assembler::new();
    for event in events {
        assembler.push(event);
    }
    assembler.finish().unwrap()
}

fn shown(dialect: Dialect, events: &[Event]) -> Vec<u8> {
    let mut encoder = codec(dialect).event_encoder(context());
    let mut out = Vec::new();
    for event in events {
        encoder.push(event, &mut out);
    }
    out
}

fn read(dialect: Dialect, stream: &[u8], cuts: &[usize]) -> Vec<Event> {
    let mut decoder = codec(dialect).event_decoder();
    let mut events = Vec::new();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.sort_unstable();
    let mut from = 0;
    for to in cuts.into_iter().chain([stream.len()]) {
        decoder.push(&stream[from..to], &mut events).unwrap();
        from = to;
    }
    decoder.finish(&mut events).unwrap();
    events
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(Dialect::ALL.to_vec())
}

fn with_conversation() -> impl Strategy<Value = (Dialect, Conversation)> {
    dialect().prop_flat_map(|dialect| (Just(dialect), conversation(dialect)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_conversation_says_the_same_in_every_dialect((dialect, told) in with_conversation()) {
        let back = decode(dialect, &encode(dialect, &told));
        prop_assert_eq!(facts(&back), facts(&told), "{}", dialect);
    }

    #[test]
    fn it_still_does_on_its_way_through_two((first, told) in with_conversation(), second in dialect()) {
        let once = decode(first, &encode(first, &told));
        let twice = decode(second, &encode(second, &once));
        prop_assert_eq!(without_thoughts(facts(&twice)), without_thoughts(facts(&told)), "{} {}", first, second);
    }

    #[test]
    fn a_second_round_changes_nothing((dialect, told) in with_conversation()) {
        let once = encode(dialect, &decode(dialect, &encode(dialect, &told)));
        let twice = encode(dialect, &decode(dialect, &once));
        prop_assert_eq!(String::from_utf8(twice), String::from_utf8(once));
    }

    #[test]
    fn an_answer_is_the_same_in_every_dialect(
        told in events(),
        dialect in dialect(),
        cuts in prop::collection::vec(any::<usize>(), 0..5),
    ) {
        let stream = shown(dialect, &told);
        let back = read(dialect, &stream, &cuts);
        super::streams::check_contract(&back);
        prop_assert_eq!(answer(&sum(&back)), answer(&sum(&told)), "{}\n{}", dialect, String::from_utf8_lossy(&stream));
    }

    #[test]
    fn a_whole_answer_is_what_its_stream_adds_up_to(told in events(), dialect in dialect()) {
        let reply = sum(&told);
        let body = codec(dialect).encode_reply(&reply, &context());
        let whole = codec(dialect).decode_reply(&body).unwrap();
        prop_assert_eq!(answer(&whole), answer(&reply), "{}", dialect);
    }

    #[test]
    fn any_cut_of_a_fixture_gives_the_same_events(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(any::<usize>(), 1..12),
    ) {
        let fixture = which.get(STREAMS.as_slice());
        let text = &fixture.bytes;
        prop_assert_eq!(read(fixture.dialect, text, &cuts), read(fixture.dialect, text, &[]), "{}", fixture.name());
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in any::<usize>()) {
        for dialect in Dialect::ALL {
            look_at(dialect, &bytes, cut);
        }
    }

    #[test]
    fn broken_fixtures_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
        cut in any::<usize>(),
    ) {
        let fixture = which.get(INPUTS.as_slice());
        let mut bytes = fixture.bytes.clone();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        look_at(fixture.dialect, &bytes, cut);
        if let Ok(conversation) = codec(fixture.dialect).decode_request(&bytes) {
            for target in Dialect::ALL {
                let _ = super::translate(conversation.clone(), target);
            }
        }
    }
}

/// Everything that looks at bytes from outside.
fn look_at(dialect: Dialect, bytes: &[u8], cut: usize) {
    if let Ok(seen) = peek(dialect, bytes) {
        let mut edits: Vec<_> = seen.set_model("other").into_iter().collect();
        if seen.native {
            edits.extend(seen.ask_for_usage(bytes));
        }
        let _ = pieces(bytes.len(), &mut edits);
    }
    let codec = codec(dialect);
    let _ = codec.decode_request(bytes);
    let _ = codec.decode_reply(bytes);
    let _ = codec.decode_error(500, bytes);
    let mut tap = Tap::new(dialect);
    let mut decoder = codec.event_decoder();
    let mut events = Vec::new();
    let (one, two) = bytes.split_at(cut % (bytes.len() + 1));
    for piece in [one, two] {
        let _ = tap.push(piece);
        let _ = decoder.push(piece, &mut events);
    }
    let _ = decoder.finish(&mut events);
    for client in Dialect::ALL {
        shown(client, &events);
    }
}

#[test]
fn requests_come_to_rest_after_one_round() {
    for fixture in fixtures("request.json") {
        let dialect = fixture.dialect;
        let once = encode(dialect, &decode(dialect, &fixture.bytes));
        let twice = encode(dialect, &decode(dialect, &once));
        assert_eq!(String::from_utf8(twice), String::from_utf8(once), "{}", fixture.name());
    }
}

#[test]
fn an_edited_body_differs_in_the_model_alone() {
    for fixture in fixtures("request.json") {
        let body = &fixture.bytes;
        let seen = peek(fixture.dialect, body).unwrap();
        let mut edits: Vec<_> = seen.set_model("other \"model\"").into_iter().collect();
        let mut out = Vec::new();
        for piece in pieces(body.len(), &mut edits) {
            match piece {
                Piece::Kept(range) => out.extend_from_slice(&body[range]),
                Piece::New(text) => out.extend_from_slice(text.as_bytes()),
            }
        }
        let mut expected: Value = serde_json::from_slice(body).unwrap();
        if !seen.model_in_url {
            expected["model"] = "other \"model\"".into();
        }
        assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), expected, "{}", fixture.name());
    }
}

#[test]
fn the_tap_sees_what_the_decoder_counts() {
    for fixture in stream_fixtures() {
        let events = read(fixture.dialect, &fixture.bytes, &[]);
        let mut tap = Tap::new(fixture.dialect);
        for piece in fixture.bytes.chunks(5) {
            tap.push(piece).unwrap();
        }
        let failed = events.iter().any(|event| matches!(event, Event::Error(_)));
        // A stream that ends in its own error event is at its end as well: nothing is to be added to it.
        assert!(tap.seen().complete || failed, "{}", fixture.name());
        if !failed {
            assert_eq!(tap.seen().usage, sum(&events).usage, "{}", fixture.name());
        }
    }
}
