//! Streams, both ways.

use lynkr_types::FaultKind;
use proptest::prelude::*;

use super::fixtures::fixture;
use super::*;
use crate::neutral::{Block, Proof, Stop, StopReason, Text, Thinking, ToolUse, Usage};

const TOOL_TURN: &str = fixture!("tool-turn/stream.sse");
const VENDOR: &str = fixture!("vendor/stream.sse");

fn kinds(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| match event {
        Event::Start { .. } => "start".to_owned(),
        Event::BlockStart { block, .. } => format!("+{}", block.kind()),
        Event::TextDelta { text, .. }
        | Event::ThinkingDelta { text, .. }
        | Event::RefusalDelta { text, .. } => text.clone(),
        Event::ArgsDelta { fragment, .. } => fragment.clone(),
        Event::BlockStop { index } => format!("-{index}"),
        Event::Usage(_) => "usage".to_owned(),
        Event::Stop(_) => "stop".to_owned(),
        Event::Error(_) => "error".to_owned(),
        Event::Ping => "ping".to_owned(),
        Event::Citation { .. } => "citation".to_owned(),
        Event::Signature { .. } => "signature".to_owned(),
        Event::Opaque { kind, .. } => format!("opaque {kind}"),
    };
    events.iter().map(name).collect()
}

#[test]
fn a_stream_gives_balanced_events() {
    let events = events_of(&[TOOL_TURN.as_bytes()]);
    assert_order(&events);
    assert_eq!(
        kinds(&events).join("|"),
        "start|+thinking|Hm|, ls.|-0|+text|Let me |look. é😀|-1|+tool_use|{\"comm|and\":\"ls\"}|-2|+tool_use|{}|-3|usage|stop"
    );
    let reply = sum(&events).unwrap();
    assert_eq!((reply.id.as_str(), reply.model.as_str()), ("chatcmpl-abc", "large-2026"));
    assert_eq!(
        (reply.usage.input, reply.usage.cache_read, reply.usage.reasoning),
        (Some(56), Some(64), Some(8))
    );
}

#[test]
fn a_vendors_stream() {
    let events = events_of(&[VENDOR.as_bytes()]);
    assert_order(&events);
    assert_eq!(
        kinds(&events).join("|"),
        "start|+thinking|Think|signature|-0|+text|Hi|citation|-1|usage|stop"
    );
    let reply = sum(&events).unwrap();
    assert_eq!((reply.id.as_str(), reply.usage.cache_write), ("gen-1", Some(2)));
}

#[test]
fn the_ends_that_streams_have() {
    let hello = r#"{"delta":{"content":"a"}}"#;
    let done = r#"{"delta":{},"finish_reason":"stop"}"#;
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\n";
    let end = "data: [DONE]\n\n";
    let (hello, done) = (stream(&[hello]), stream(&[done]));
    for (text, expected) in [
        (format!("{hello}{done}{usage}{end}"), "start|+text|a|-0|usage|stop"),
        (format!("{hello}{usage}{done}{end}"), "start|+text|a|usage|-0|stop"),
        (format!("{usage}{hello}{done}"), "start|+text|a|-0|stop"),
        (format!("{hello}{done}{usage}"), "start|+text|a|-0|usage|stop"),
        (format!("{hello}{done}"), "start|+text|a|-0|stop"),
        (format!("{hello}{end}"), "start|+text|a|-0|stop"),
        (format!("{hello}{done}{done}{end}{hello}"), "start|+text|a|-0|stop"),
        (hello.clone(), "start|+text|a|error"),
        (end.to_owned(), "error"),
        (String::new(), "error"),
    ] {
        assert_eq!(kinds(&events_of(&[text.as_bytes()])).join("|"), expected, "{text}");
    }
}

#[test]
fn words_after_calls_begin_a_new_block() {
    let text = stream(&[
        r#"{"delta":{"content":"a"}}"#,
        r#"{"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{"}}]}}"#,
        r#"{"delta":{"content":"b"}}"#,
        r#"{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}}"#,
        r#"{"delta":{"reasoning":"c"}}"#,
        r#"{"delta":{"refusal":"d"},"finish_reason":"tool_calls"}"#,
    ]);
    let events = events_of(&[text.as_bytes()]);
    assert_order(&events);
    assert_eq!(
        kinds(&events).join("|"),
        "start|+text|a|-0|+tool_use|{|+text|b|-2|}|+thinking|c|-3|+refusal|d|-4|-1|stop"
    );
}

#[test]
fn errors_in_streams() {
    let hello = stream(&[r#"{"delta":{"content":"a"}}"#]);
    for (frame, kind) in [
        (r#"data: {"error":{"message":"m","code":429}}"#, FaultKind::RateLimit),
        (r#"data: {"error":{"message":"m","type":"overloaded_error"}}"#, FaultKind::Overloaded),
        (r#"data: {"error":"m"}"#, FaultKind::BadGateway),
        ("event: error\ndata: {\"message\":\"m\",\"type\":\"server_error\"}", FaultKind::Internal),
        (
            r#"data: {"choices":[{"delta":{},"error":{"message":"m","code":503},"finish_reason":"error"}]}"#,
            FaultKind::Unavailable,
        ),
        (r#"data: {"detail":"m"}"#, FaultKind::BadGateway),
    ] {
        for head in ["", hello.as_str()] {
            let text = format!("{head}{frame}\n\ndata: [DONE]\n\n");
            let events = events_of(&[text.as_bytes()]);
            let Some(Event::Error(error)) = events.last() else { panic!("{frame}: {events:?}") };
            assert_eq!((error.kind, error.message.as_str()), (kind, "m"), "{frame}");
            assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
        }
    }
    let mut decoder = OpenAiChatCodec.event_decoder();
    let error = decoder.push(b"data: {\"choices\":[{\n\n", &mut Vec::new()).unwrap_err();
    assert!(error.message.contains("expected a chat completion chunk"), "{error}");
}

#[test]
fn an_answer_in_one_piece_instead_of_a_stream() {
    let events = events_of(&[fixture!("tool-turn/reply.json").as_bytes()]);
    assert_order(&events);
    assert_eq!(sum(&events).unwrap().blocks.len(), 4);
    for (body, message) in [
        ("{\"error\":{\"message\":\"m\"}}", "m"),
        ("<html>", "not a chat completion"),
        ("{}", "no `choices`"),
    ] {
        let events = events_of(&[b"\n ", body.as_bytes()]);
        let [Event::Error(error)] = events.as_slice() else { panic!("{body}") };
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn what_the_encoder_writes_the_decoder_reads() {
    for text in [TOOL_TURN, VENDOR] {
        let events = events_of(&[text.as_bytes()]);
        let again = events_of(&[encode_events(&events, context()).as_bytes()]);
        assert_order(&again);
        let (first, second) = (sum(&events).unwrap(), sum(&again).unwrap());
        assert_eq!(second.id, first.id);
        assert_eq!(second.stop, first.stop);
        assert_eq!(second.usage, first.usage);
        assert_eq!(second.blocks, first.blocks);
    }
}

#[test]
fn the_encoder_writes_every_chunk_that_strict_readers_want() {
    let thinking = Thinking {
        text: "hm".to_owned(),
        proof: Some(Proof::Signature("sig".to_owned())),
        ..Thinking::default()
    };
    let call = |id: &str, arguments: &str| {
        let (id, name, arguments) = (id.to_owned(), "f".to_owned(), arguments.to_owned());
        Block::ToolUse(ToolUse { id, name, arguments, ..ToolUse::default() })
    };
    let reply = Reply {
        id: "msg_1".to_owned(),
        blocks: vec![
            Block::Thinking(thinking),
            Block::Text(Text::new("hi \"you\"\n")),
            call("a", "{\"x\":1}"),
            call("b", ""),
        ],
        stop: Some(StopReason::ToolUse.into()),
        usage: Usage { input: Some(3), cache_read: Some(4), output: Some(5), ..Usage::default() },
        ..Reply::default()
    };
    insta::assert_snapshot!("strict_stream", encode_events(&reply.to_events(), context()));
    let stop = Stop { reason: StopReason::StopSequence, sequence: Some("END".to_owned()) };
    let short = Reply { blocks: vec![Block::text("hi")], stop: Some(stop), ..Reply::default() };
    let without = ReplyContext { include_usage: false, ..context() };
    insta::assert_snapshot!("short_stream", encode_events(&short.to_events(), without));
}

#[test]
fn an_error_ends_the_stream_without_done() {
    let events = [
        Event::Start { id: String::new(), model: String::new(), usage: Usage::default() },
        Event::Ping,
        Event::Error(ApiError::new(FaultKind::Overloaded, "busy")),
        Event::Ping,
        Event::Stop(StopReason::EndTurn.into()),
    ];
    let text = encode_events(&events, context());
    let last = "data: {\"error\":{\"message\":\"busy\",\"type\":\"overloaded_error\",\"param\":null,\"code\":\"overloaded\"}}\n\n";
    assert!(text.ends_with(last), "{text}");
    assert!(text.contains(": keep-alive\n\n"));
    let again = events_of(&[text.as_bytes()]);
    assert!(matches!(again.last(), Some(Event::Error(error)) if error.kind == FaultKind::Overloaded));
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(cuts in prop::collection::vec(0_usize..4_000, 0..40)) {
        for text in [TOOL_TURN, VENDOR, fixture!("tool-turn/reply.json")] {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % bytes.len()).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            pieces.push(&bytes[from..]);
            prop_assert_eq!(events_of(&pieces), events_of(&[bytes]));
        }
    }
}

#[test]
fn chunks_that_differ_in_their_words_only_are_read_as_any_other() {
    let chunk = |fields: &str| format!("data: {{\"id\":\"c\",\"model\":\"m\",\"choices\":[{fields}]}}\n\n");
    let said = |text: &str| {
        chunk(&format!("{{\"index\":0,\"delta\":{{\"content\":{text}}},\"finish_reason\":null}}"))
    };
    let parts = [
        said("\"\""),
        said("\"a\""),
        said("\"b\""),
        said("\"\\\"\\u00e9\\n\\ud83d\\ude00\\\\\""),
        said("\"\""),
        said(" \"c\" "),
        said("\"d\",\"refusal\":\"e\""),
        said("[{\"type\":\"text\",\"text\":\"f\"}]"),
        said("null"),
        chunk("{\"index\":1,\"delta\":{\"content\":\"of another answer\"},\"finish_reason\":null}"),
        said("\"g\""),
        chunk("{\"index\":0,\"delta\":{\"reasoning\":\"h\"},\"finish_reason\":null}"),
        said("\"i\""),
        said("\"j\""),
        chunk(
            "{\"index\":0,\"delta\":{\"content\":\"k\",\"later\":\"\\\"content\\\":\\\"l\\\"\"},\"finish_reason\":null}",
        ),
        chunk("{\"index\":0,\"delta\":{\"content\":\"m\"},\"finish_reason\":\"stop\"}"),
        "data: [DONE]\n\n".to_owned(),
    ];
    let words = |parts: &[String]| {
        let mut decoder = crate::codec(crate::Dialect::OpenAiChat).event_decoder();
        let mut events = Vec::new();
        for part in parts {
            decoder.push(part.as_bytes(), &mut events).unwrap();
        }
        events
    };
    let events = words(&parts);
    // The same with something in each chunk that is in no other, so that nothing is known of one by another.
    let mut number = 0;
    let apart: Vec<String> = parts
        .iter()
        .map(|part| {
            number += 1;
            part.replace("\"choices\"", &format!("\"created\":{number},\"choices\""))
        })
        .collect();
    assert_eq!(events, words(&apart));
    let text: String = events
        .iter()
        .filter_map(
            |event| if let Event::TextDelta { text, .. } = event { Some(text.as_str()) } else { None },
        )
        .collect();
    assert_eq!(text, "ab\"é\n\u{1f600}\\cdfgijkm");
}
