//! Events → the lines that clients read.

use lynkr_types::FaultKind;

use super::{context, events_of, fixture, written};
use crate::ApiError;
use crate::codec::Codec;
use crate::neutral::{Block, Event, Proof, Refusal, Reply, StopReason, Thinking, ToolUse, Usage};
use crate::ollama::OllamaCodec;

/// An answer as another provider would stream it.
fn foreign() -> Vec<Event> {
    let call = |id: &str, name: &str| {
        Block::ToolUse(ToolUse { id: id.to_owned(), name: name.to_owned(), ..ToolUse::default() })
    };
    let args = |index: usize, fragment: &str| Event::ArgsDelta { index, fragment: fragment.to_owned() };
    let usage = Usage { input: Some(10), cache_read: Some(5), ..Usage::default() };
    vec![
        Event::Start { id: "msg_1".to_owned(), model: "theirs".to_owned(), usage },
        Event::Ping,
        Event::BlockStart { index: 0, block: Block::Thinking(Thinking::default()) },
        Event::ThinkingDelta { index: 0, text: "hm \"é\"\n".to_owned() },
        Event::Signature { index: 0, proof: Proof::Signature("s".to_owned()) },
        Event::BlockStop { index: 0 },
        Event::BlockStart { index: 1, block: Block::text("") },
        Event::TextDelta { index: 1, text: String::new() },
        Event::TextDelta { index: 1, text: "two".to_owned() },
        Event::BlockStop { index: 1 },
        // Two calls whose fragments are mixed.
        Event::BlockStart { index: 2, block: call("a", "first") },
        Event::BlockStart { index: 3, block: call("b", "second") },
        args(2, "{\"x\":"),
        args(3, ""),
        args(2, "\n[1, 2]}"),
        Event::BlockStop { index: 3 },
        Event::BlockStop { index: 2 },
        Event::Usage(Usage { output: Some(9), ..Usage::default() }),
        Event::Stop(StopReason::ToolUse.into()),
    ]
}

#[test]
fn lines_of_a_foreign_answer() {
    insta::assert_snapshot!(written(&foreign()), @r#"
    {"model":"shown","created_at":"2023-11-14T22:13:20Z","message":{"role":"assistant","content":""},"done":false}
    {"model":"shown","created_at":"2023-11-14T22:13:20Z","message":{"role":"assistant","content":"","thinking":"hm \"é\"\n"},"done":false}
    {"model":"shown","created_at":"2023-11-14T22:13:20Z","message":{"role":"assistant","content":"two"},"done":false}
    {"model":"shown","created_at":"2023-11-14T22:13:20Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"b","function":{"name":"second","arguments":{},"index":0}}]},"done":false}
    {"model":"shown","created_at":"2023-11-14T22:13:20Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"a","function":{"name":"first","arguments":{"x": [1, 2]},"index":1}}]},"done":false}
    {"model":"shown","created_at":"2023-11-14T22:13:20Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":15,"eval_count":9}
    "#);
}

#[test]
fn the_lines_are_what_the_decoder_reads() {
    for text in [fixture!("edit-blocks/stream.ndjson"), fixture!("minimal/stream.ndjson")] {
        let mut events = events_of(&[text.as_bytes()]);
        let mut back = events_of(&[written(&events).as_bytes()]);
        for list in [&mut events, &mut back] {
            if let Some(Event::Start { model, .. }) = list.first_mut() {
                model.clear();
            }
            // The estimate stands where the server gave no count.
            list.retain(|event| !matches!(event, Event::Usage(usage) if usage.output.is_none()));
        }
        assert_eq!(back, events);
    }
}

#[test]
fn calls_survive_with_their_ids() {
    let events = events_of(&[fixture!("tools-offered/stream.ndjson").as_bytes()]);
    let calls = |events: &[Event]| -> Vec<Event> {
        let is_call = |event: &&Event| {
            matches!(event, Event::ArgsDelta { .. } | Event::BlockStart { block: Block::ToolUse(_), .. })
        };
        events.iter().filter(is_call).cloned().collect()
    };
    assert_eq!(calls(&events_of(&[written(&events).as_bytes()])), calls(&events));
}

#[test]
fn a_failure_in_mid_stream_is_a_line() {
    let lines = written(&[Event::Error(ApiError::new(FaultKind::Overloaded, "busy"))]);
    assert_eq!(lines, "{\"error\":\"busy\"}\n");
}

#[test]
fn a_refusal_is_told_in_words() {
    let reply = Reply {
        blocks: vec![Block::Refusal(Refusal { text: "No.".to_owned() })],
        stop: Some(StopReason::Refusal.into()),
        ..Reply::default()
    };
    let lines = written(&reply.to_events());
    assert!(lines.contains("\"content\":\"No.\""), "{lines}");
    assert!(lines.contains("\"done_reason\":\"content_filter\",\"prompt_eval_count\":7}"), "{lines}");
}

#[test]
fn a_sign_of_life_is_a_line_that_parses() {
    let mut out = Vec::new();
    OllamaCodec.event_encoder(context()).keep_alive(&mut out);
    let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((&line["done"], &line["message"]["content"]), (&false.into(), &"".into()));
}
