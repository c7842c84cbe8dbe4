//! The tap sees what matters and nothing sooner than it happens.

use super::*;

const STREAM: &str = include_str!("../../../../tests/fixtures/dialects/anthropic/tool-turn/stream.sse");

#[test]
fn usage_and_end_are_seen_at_any_split() {
    for size in [1, 7, 100, STREAM.len()] {
        let mut tap = Tap::new(Dialect::Anthropic);
        for piece in STREAM.as_bytes().chunks(size) {
            tap.push(piece).unwrap();
        }
        let seen = tap.seen();
        assert!(seen.content && seen.complete, "{size}");
        assert_eq!((seen.usage.total_input(), seen.usage.output), (Some(19), Some(25)));
        assert_eq!(seen.model.as_deref(), Some("claude-opus-4-8"));
    }
}

#[test]
fn content_begins_with_the_first_block() {
    let mut tap = Tap::new(Dialect::Anthropic);
    let start = STREAM.find("event: content_block_start").unwrap();
    assert!(!tap.push(&STREAM.as_bytes()[..start]).unwrap().content);
    assert!(!tap.seen().complete);
    tap.push(&STREAM.as_bytes()[start..]).unwrap();
    assert!(tap.seen().content);
}

#[test]
fn an_early_error_is_kept() {
    let mut tap = Tap::new(Dialect::Anthropic);
    let frame = b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
    let seen = tap.push(frame).unwrap();
    assert_eq!(seen.error.as_ref().unwrap().status, 529);
}

#[test]
fn an_error_ends_a_stream_of_any_dialect() {
    let begun = [
        (
            Dialect::OpenAiChat,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"an \\\"error\\\"\"}}]}\n\n",
        ),
        (
            Dialect::Ollama,
            "{\"message\":{\"role\":\"assistant\",\"content\":\"an \\\"error\\\"\"},\"done\":false}\n",
        ),
    ];
    let failed = ["data: {\"error\":{\"message\":\"busy\"}}\n\n", "{\"error\":\"busy\"}\n"];
    for ((dialect, begun), failed) in begun.into_iter().zip(failed) {
        let mut tap = Tap::new(dialect);
        let seen = tap.push(begun.as_bytes()).unwrap();
        assert!(seen.content && !seen.complete, "{dialect:?}");
        assert!(tap.push(failed.as_bytes()).unwrap().complete, "{dialect:?}");
    }
}

#[test]
fn a_thorough_tap_counts_what_goes_by() {
    let mut tap = Tap::thorough(Dialect::Anthropic);
    let seen = tap.push(STREAM.as_bytes()).unwrap();
    let words = ["Hm.", "I'll run ", "ünïcode 😀.", "{\"command\":\"ls\"}"];
    assert_eq!(seen.output_bytes, words.iter().map(|words| words.len() as u64).sum::<u64>());
}
