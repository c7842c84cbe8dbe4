//! Streams, both ways.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::neutral::{Block, Stop, StopReason, Usage};

const STREAMS: &[&str] = &[
    fixture!("tool-turn/stream.sse"),
    fixture!("tool-turn/stream.json"),
    fixture!("words/stream.sse"),
    fixture!("partial-args/stream.sse"),
];

fn calls(reply: &Reply) -> Vec<(String, Value)> {
    let call = |block: &Block| match block {
        Block::ToolUse(call) => Some((call.name.clone(), serde_json::from_str(&call.arguments).unwrap())),
        _ => None,
    };
    reply.blocks.iter().filter_map(call).collect()
}

#[test]
fn a_streamed_tool_turn() {
    let events = events_of(&[STREAMS[0].as_bytes()]);
    assert_order(&events);
    let reply = sum(&events).unwrap();
    let kinds: Vec<&str> = reply.blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["thinking", "text", "thinking", "tool_use", "tool_use"]);
    assert_eq!(reply.blocks[1].as_text(), Some("I look."));
    assert_eq!(reply.stop, Some(StopReason::ToolUse.into()));
    let usage = &reply.usage;
    assert_eq!((usage.total_input(), usage.output, usage.reasoning), (Some(120), Some(71), Some(50)));
    let Block::ToolUse(call) = &reply.blocks[4] else { panic!("a call") };
    assert_eq!(call.id, "call_r-1_1");
}

#[test]
fn an_array_is_the_same_stream() {
    let (events, array) = (events_of(&[STREAMS[0].as_bytes()]), events_of(&[STREAMS[1].as_bytes()]));
    assert_eq!(calls(&sum(&events).unwrap()), calls(&sum(&array).unwrap()));
    assert_eq!(events.len(), array.len());
}

#[test]
fn one_object_is_a_stream_too() {
    let events = events_of(&[fixture!("tool-turn/reply.json").as_bytes()]);
    assert_order(&events);
    assert_eq!(calls(&sum(&events).unwrap()).len(), 2);
}

#[test]
fn arguments_in_pieces() {
    let events = events_of(&[fixture!("partial-args/stream.sse").as_bytes()]);
    assert_order(&events);
    let reply = sum(&events).unwrap();
    let expected = json!({"city": "New York", "nights": 3, "late": true, "note": null,
        "guests": [{"first name": "Al"}, {"name": "Bo"}]});
    assert_eq!(calls(&reply), [("book".to_owned(), expected), ("ping".to_owned(), json!({}))]);
    assert_eq!(reply.blocks[0].kind(), "thinking");
}

#[test]
fn hostile_pieces_are_refused() {
    for path in ["$.a[99999999]", "a", "$", "$[", "$['a", "$.a[x]"] {
        let call = json!({"name": "f", "partialArgs": [{"jsonPath": path, "stringValue": "x"}]});
        let frame = json!({"candidates": [{"content": {"parts": [{"functionCall": call}]}}]});
        let error =
            GeminiCodec.event_decoder().push(stream(&[frame]).as_bytes(), &mut Vec::new()).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("functionCall.partialArgs.jsonPath"), "{path}");
    }
}

#[test]
fn a_stream_that_breaks_off_is_an_error() {
    let whole = fixture!("tool-turn/stream.sse");
    let first = whole.split("\r\n\r\n").next().unwrap();
    for cut in ["", first, &whole[..whole.len() - 60], &STREAMS[1][..STREAMS[1].len() / 2]] {
        let mut decoder = GeminiCodec.event_decoder();
        let mut events = Vec::new();
        decoder.push(cut.as_bytes(), &mut events).unwrap();
        if decoder.finish(&mut events).is_ok() {
            assert!(matches!(events.last(), Some(Event::Error(_))), "{cut}");
        }
    }
    let error = GeminiCodec.event_decoder().push(b"data: {]\n\n", &mut Vec::new()).unwrap_err();
    assert!(error.message.contains("not a Gemini answer"), "{}", error.message);
}

#[test]
fn other_fields_pass_once() {
    let frame = |text: &str| json!({"createTime": "t", "candidates": [{"content": {"parts": [{"text": text}]}, "avgLogprobs": -1}]});
    let other = json!({"candidates": [{"index": 1, "content": {"parts": [{"text": "b"}]}}]});
    let last = json!({"candidates": [{"finishReason": "RECITATION", "groundingMetadata": {"a": 1}}]});
    let events = events_of(&[stream(&[frame("x"), frame("y"), other, last]).as_bytes()]);
    assert_order(&events);
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Opaque { kind, .. } => Some(kind.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, ["response", "candidate", "candidates", "candidate", "finishReason"]);
    let text = encode_events(&events);
    for said in
        ["\"createTime\":\"t\"", "\"avgLogprobs\":-1", "\"groundingMetadata\":{\"a\":1}", "RECITATION"]
    {
        assert_eq!(text.matches(said).count(), 1, "{said}");
    }
    for frame in text.split_terminator("\n\n") {
        let data = frame.strip_prefix("data: ").unwrap();
        assert!(serde_json::from_str::<Value>(data).unwrap()["responseId"].is_string(), "{data}");
    }
}

#[test]
fn a_filtered_stream_without_words_says_so() {
    let frame = json!({"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]});
    let reply = sum(&events_of(&[stream(&[frame]).as_bytes()])).unwrap();
    assert_eq!(reply.stop, Some(StopReason::Refusal.into()));
    assert!(
        matches!(&reply.blocks[0], Block::Refusal(refusal) if refusal.text.contains("PROHIBITED_CONTENT"))
    );
}

#[test]
fn what_a_client_reads() {
    let body = include_str!("../../../../../tests/fixtures/dialects/anthropic/tool-turn/reply.json");
    let reply = crate::anthropic::AnthropicCodec.decode_reply(body.as_bytes()).unwrap();
    insta::assert_snapshot!("client_stream", encode_events(&reply.to_events()));
}

#[test]
fn a_sign_of_life_is_a_frame() {
    let mut out = Vec::new();
    GeminiCodec.event_encoder(context()).keep_alive(&mut out);
    insta::assert_snapshot!(String::from_utf8(out).unwrap().trim_end(), @r#"data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}],"modelVersion":"asked","responseId":"0123456789abcdef0123456789abcdef"}"#);
}

#[test]
fn unmeasured_input_is_estimated() {
    let events = [
        Event::Start { id: String::new(), model: String::new(), usage: Usage::default() },
        Event::Stop(Stop::from(StopReason::EndTurn)),
    ];
    let text = encode_events(&events);
    let usage = r#""usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}"#;
    assert!(text.contains(usage), "{text}");
}

#[test]
fn events_survive_the_encoder() {
    for text in STREAMS {
        let reply = sum(&events_of(&[text.as_bytes()])).unwrap();
        let again = encode_events(&events_of(&[text.as_bytes()]));
        let back = sum(&events_of(&[again.as_bytes()])).unwrap();
        assert_eq!(calls(&back), calls(&reply));
        assert_eq!(back.stop, reply.stop);
        assert_eq!(
            (back.usage.total_input(), back.usage.output),
            (reply.usage.total_input(), reply.usage.output)
        );
        let words = |reply: &Reply| -> String { reply.blocks.iter().filter_map(Block::as_text).collect() };
        assert_eq!(words(&back), words(&reply));
        let signed = |reply: &Reply| {
            let proof =
                |block: &&Block| matches!(block, Block::Thinking(thinking) if thinking.proof.is_some());
            reply.blocks.iter().filter(proof).cloned().collect::<Vec<_>>()
        };
        assert_eq!(signed(&back), signed(&reply));
    }
}

#[test]
fn the_tap_watches_it() {
    let mut tap = crate::tap::Tap::new(crate::Dialect::Gemini);
    let seen = tap.push(STREAMS[0].as_bytes()).unwrap();
    assert!(seen.content && seen.complete);
    assert_eq!(seen.model.as_deref(), Some("gemini-3-flash"));
}

proptest! {
    #[test]
    fn any_split(which in 0..STREAMS.len(), cuts in prop::collection::vec(0_usize..5_000, 0..12)) {
        let bytes = STREAMS[which].as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(events_of(&pieces), events_of(&[bytes]));
    }
}
