//! Streams of upstreams → events.

use lynkr_types::FaultKind;
use proptest::prelude::*;

use super::{events_of, fixture};
use crate::codec::Codec;
use crate::neutral::{Assembler, Block, Event, StopReason};
use crate::ollama::OllamaCodec;

const STREAMS: [&str; 4] = [
    fixture!("edit-blocks/stream.ndjson"),
    fixture!("tools-offered/stream.ndjson"),
    fixture!("minimal/stream.ndjson"),
    fixture!("failures/stream.ndjson"),
];

#[test]
fn a_stream_of_everything() {
    let events = events_of(&[STREAMS[1].as_bytes()]);
    let shown: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    Start { id: "", model: "qwen3:8b", usage: Usage { input: None, cache_read: None, cache_write: None, output: None, reasoning: None, estimated: false, extra: Extra(None) } }
    BlockStart { index: 0, block: Thinking(Thinking { text: "", proof: None, extra: Extra(None) }) }
    ThinkingDelta { index: 0, text: "Two calls" }
    ThinkingDelta { index: 0, text: " are needed." }
    BlockStop { index: 0 }
    BlockStart { index: 1, block: Text(Text { text: "", citations: None, cache: None, extra: Extra(None) }) }
    TextDelta { index: 1, text: "I look." }
    BlockStop { index: 1 }
    BlockStart { index: 2, block: ToolUse(ToolUse { id: "call_6ccd2d7132896307_0", name: "get_weather", namespace: None, arguments: "", freeform: false, cache: None, extra: Extra(None) }) }
    ArgsDelta { index: 2, fragment: "{\"city\": \"Bern\", \"unit\": \"celsius\"}" }
    BlockStop { index: 2 }
    BlockStart { index: 3, block: ToolUse(ToolUse { id: "call_4534a5beb697ba0b_1", name: "run_shell", namespace: None, arguments: "", freeform: false, cache: None, extra: Extra(None) }) }
    ArgsDelta { index: 3, fragment: "{\"command\": \"ls -la \\\"my dir\\\"\"}" }
    BlockStop { index: 3 }
    Usage(Usage { input: Some(26), cache_read: None, cache_write: None, output: Some(298), reasoning: None, estimated: false, extra: Extra(Some((Ollama, Rest([("total_duration", Json(10 bytes)), ("load_duration", Json(7 bytes)), ("prompt_eval_duration", Json(9 bytes)), ("eval_duration", Json(10 bytes))])))) })
    Stop(Stop { reason: ToolUse, sequence: None })
    "#);
}

#[test]
fn a_stream_adds_up_to_an_answer() {
    let mut assembler = Assembler::new();
    for event in events_of(&[STREAMS[0].as_bytes()]) {
        assembler.push(&event);
    }
    let reply = assembler.finish().unwrap();
    assert_eq!(reply.model, "qwen3:8b");
    assert_eq!(reply.stop.unwrap().reason, StopReason::EndTurn);
    assert_eq!(reply.usage.output, Some(298));
    let Some(Block::Text(text)) = reply.blocks.first() else { panic!("a text block") };
    assert!(text.text.ends_with("REPLACE\n```\n\"é\" – ✓"));
}

#[test]
fn failures_end_the_stream() {
    let last = |text: &str| match events_of(&[text.as_bytes()]).pop() {
        Some(Event::Error(error)) => (error.kind, error.message),
        other => panic!("an error, not {other:?}"),
    };
    assert_eq!(last(STREAMS[3]).1, "llama runner process has terminated: exit status 2");
    let cut = STREAMS[0].lines().next().unwrap();
    assert_eq!(last(cut).0, FaultKind::BadGateway);
    assert_eq!(last("").0, FaultKind::BadGateway);
    assert_eq!(last("{\"status\":\"ok\"}\n").0, FaultKind::BadGateway);
    assert_eq!(last("{\"error\":\"server busy\"}").0, FaultKind::Overloaded);
    let mut events = Vec::new();
    let error = OllamaCodec.event_decoder().push(b"data: {}\n", &mut events).unwrap_err();
    assert!(error.message.starts_with("a line of the stream is not an Ollama chat object"), "{error}");
}

#[test]
fn nothing_comes_after_the_end() {
    let twice = format!("{}{}", STREAMS[2], STREAMS[2]);
    let events = events_of(&[twice.as_bytes()]);
    assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
    assert!(events.last().unwrap().is_terminal());
}

/// One start, balanced blocks with dense indices, one terminal event at the end.
fn assert_order(events: &[Event]) {
    let (mut next, mut open) = (0, Vec::new());
    for (place, event) in events.iter().enumerate() {
        match event {
            Event::Start { .. } => assert_eq!(place, 0),
            Event::BlockStart { index, .. } => {
                assert_eq!(*index, next);
                next += 1;
                open.push(*index);
            }
            Event::BlockStop { index } => assert_eq!(open.pop(), Some(*index)),
            event => assert!(!event.is_terminal() || place + 1 == events.len()),
        }
    }
    assert!(open.is_empty());
    assert!(events.last().is_some_and(Event::is_terminal));
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(which in 0usize..4, cuts in proptest::collection::vec(0usize..2_000, 0..8)) {
        let bytes = STREAMS[which].as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            pieces.push(&bytes[from..cut]);
            from = cut;
        }
        pieces.push(&bytes[from..]);
        let events = events_of(&pieces);
        assert_order(&events);
        prop_assert_eq!(events, events_of(&[bytes]));
    }

    #[test]
    fn a_cut_anywhere_ends_in_order(which in 0usize..4, cut in 0usize..2_000) {
        let bytes = STREAMS[which].as_bytes();
        let cut = cut.min(bytes.len());
        let mut decoder = OllamaCodec.event_decoder();
        let mut events = Vec::new();
        let pushed = decoder.push(&bytes[..cut], &mut events);
        // A line that was cut in its middle isn't JSON; every other cut ends with an error event.
        if pushed.is_ok() && decoder.finish(&mut events).is_ok() && cut > 0 {
            prop_assert!(events.last().is_some_and(Event::is_terminal));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'{'), Just(b'}'), Just(b'"'), any::<u8>()], 0..200)) {
        let mut decoder = OllamaCodec.event_decoder();
        let mut events = Vec::new();
        let _ = decoder.push(&bytes, &mut events);
        let _ = decoder.finish(&mut events);
    }
}
