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

fn completed(dialect: Dialect, frames: &[&str]) -> bool {
    let mut tap = Tap::new(dialect);
    for frame in frames {
        let _ = tap.push(frame.as_bytes());
    }
    tap.seen().complete
}

#[test]
fn the_end_is_seen_however_a_vendor_spaces_its_frames() {
    let begun = "data: {\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"hi\"}, \"finish_reason\": null}]}\n\n";
    for end in [r#""finish_reason":"stop""#, r#""finish_reason": "length""#, r#""finish_reason"  :  "stop""#]
    {
        let end = format!("data: {{\"choices\": [{{\"index\": 0, \"delta\": {{}}, {end}}}]}}\n\n");
        assert!(completed(Dialect::OpenAiChat, &[begun, &end]), "{end}");
    }
    assert!(completed(Dialect::OpenAiChat, &[begun, "data: [DONE]\n\n"]));
}

#[test]
fn words_about_an_end_are_no_end() {
    let said = r#"data: {"choices":[{"index":0,"delta":{"content":"\"finish_reason\":\"stop\""},"finish_reason":""}]}"#;
    let quoted =
        r#"data: {"choices":[{"index":0,"delta":{"content":"finish_reason"},"finish_reason":null}]}"#;
    for frame in [said, quoted] {
        assert!(!completed(Dialect::OpenAiChat, &[frame, "\n\n"]), "{frame}");
    }
    let line = r#"{"message":{"content":"\"done\":true"},"done":false}"#;
    assert!(!completed(Dialect::Ollama, &[line, "\n"]));
    for line in [r#"{"message":{"content":""},"done":true}"#, r#"{"message":{"content":""},"done" : true}"#] {
        assert!(completed(Dialect::Ollama, &[line, "\n"]), "{line}");
    }
}

#[test]
fn why_an_answer_ended_is_read_without_reading_its_words() {
    use crate::neutral::StopReason;
    let chat = |delta: &str, finish: &str| {
        format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    let mut tap = Tap::new(Dialect::OpenAiChat);
    tap.push(chat("\"content\":\"hi\"", "null").as_bytes()).unwrap();
    assert!(tap.push(chat("", "\"length\"").as_bytes()).unwrap().complete);
    assert_eq!(tap.push(b"data: [DONE]\n\n").unwrap().stop, Some(StopReason::MaxTokens));
    let mut tap = Tap::new(Dialect::Anthropic);
    tap.push(STREAM.as_bytes()).unwrap();
    assert_eq!(tap.seen().stop, Some(StopReason::ToolUse));
}

#[test]
fn the_last_events_number_is_known() {
    let mut tap = Tap::new(Dialect::OpenAiResponses);
    let created = r#"data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"m","output":[]}}"#;
    tap.push(format!("event: response.created\n{created}\n\n").as_bytes()).unwrap();
    assert_eq!(tap.seen().number, Some(0));
    let words = r#"data: {"type":"response.output_text.delta","delta":"\"sequence_number\": 99","sequence_number" : 41}"#;
    let _ = tap.push(format!("event: response.output_text.delta\n{words}\n\n").as_bytes());
    assert_eq!(tap.seen().number, Some(41));
    let _ = tap.push(b"event: response.other\ndata: {\"type\":\"response.other\"}\n\n");
    assert_eq!(tap.seen().number, Some(41));
}
