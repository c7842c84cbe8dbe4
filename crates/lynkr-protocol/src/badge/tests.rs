//! What is put in is taken out again, to the byte, in every dialect.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::neutral::{Assembler, Event};
use crate::peek::{Piece, peek, pieces};
use crate::{Dialect, ReplyContext, codec};

const DIALECTS: [Dialect; 5] =
    [Dialect::Anthropic, Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Ollama, Dialect::Gemini];

fn line() -> String {
    badge("COMPLEX → claude-opus-4-5 (anthropic) · score 71")
}

fn stripped(dialect: Dialect, body: &str) -> String {
    let peeked = peek(dialect, body.as_bytes()).unwrap();
    let mut edits = strip(body.as_bytes(), &peeked.turn_spans);
    let pieces = pieces(body.len(), &mut edits).into_iter();
    pieces
        .map(|piece| match piece {
            Piece::Kept(range) => body[range].to_owned(),
            Piece::New(text) => text.to_owned(),
        })
        .collect()
}

/// A whole answer that says this text.
fn answer(dialect: Dialect, text: &str) -> Value {
    match dialect {
        Dialect::Anthropic => json!({"content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"}, {"type": "text", "text": text},
            {"type": "tool_use", "id": "t", "name": "Read", "input": {"note": "*[Lynkr] not a badge*"}},
        ]}),
        Dialect::OpenAiChat => {
            json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]})
        }
        Dialect::OpenAiResponses => json!({"output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, "annotations": []}]},
        ]}),
        Dialect::Ollama => json!({"message": {"role": "assistant", "content": text}, "done": true}),
        Dialect::Gemini => json!({"candidates": [{"content": {"role": "model", "parts": [
            {"thought": true, "text": "hm"}, {"text": text},
        ]}}]}),
        Dialect::BedrockConverse => Value::Null,
    }
}

/// The request that a client goes on with.
fn history(dialect: Dialect, answer: &Value) -> String {
    let user = json!({"role": "user", "content": "*[Lynkr] the user's own words* stay"});
    match dialect {
        Dialect::Anthropic => json!({"model": "m", "messages": [user, {"role": "assistant", "content": answer["content"]}]}),
        Dialect::OpenAiChat => json!({"model": "m", "messages": [user, answer["choices"][0]["message"]]}),
        Dialect::OpenAiResponses => {
            json!({"model": "m", "input": [user, answer["output"][0], answer["output"][1]]})
        }
        Dialect::Ollama => json!({"model": "m", "messages": [user, answer["message"]]}),
        Dialect::Gemini => {
            json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}, answer["candidates"][0]["content"]]})
        }
        Dialect::BedrockConverse => Value::Null,
    }
    .to_string()
}

#[test]
fn an_answer_that_only_calls_tools_has_none() {
    for (dialect, answer) in [
        (
            Dialect::Anthropic,
            json!({"content": [{"type": "tool_use", "id": "t", "name": "Read", "input": {}}]}),
        ),
        (Dialect::OpenAiChat, json!({"choices": [{"message": {"content": null, "tool_calls": [{}]}}]})),
        (Dialect::OpenAiResponses, json!({"output": [{"type": "function_call", "name": "Read"}]})),
        (Dialect::Ollama, json!({"message": {"content": "", "tool_calls": [{}]}})),
        (Dialect::Gemini, json!({"candidates": [{"content": {"parts": [{"functionCall": {}}]}}]})),
    ] {
        let mut shown = answer.clone();
        assert!(!insert(dialect, &mut shown, &line()), "{dialect:?}");
        assert_eq!(shown, answer, "{dialect:?}");
    }
}

#[test]
fn a_part_that_is_only_a_badge_goes_and_a_turn_says_an_ellipsis() {
    let alone = Value::from(line()).to_string();
    let with_gap = Value::from(format!("{}\n\n", line())).to_string();
    for text in [alone, with_gap] {
        let table = [
            (format!("[{{\"type\":\"text\",\"text\":{text}}} , 7]"), "[7]".to_owned()),
            (format!("[7 , {{\"type\":\"text\",\"text\":{text}}}]"), "[7]".to_owned()),
            (
                format!("[7,{{\"text\":{text}}},8,{{\"text\":{text}}},{{\"text\":{text}}}]"),
                "[7,8]".to_owned(),
            ),
            (format!("[{{\"text\":{text}}},{{\"text\":{text}}}]"), "[{\"text\":\"…\"}]".to_owned()),
            (text.clone(), "\"…\"".to_owned()),
        ];
        for (content, wanted) in table {
            let body = |content: &str| {
                format!("{{ \"messages\":[ {{\"role\":\"assistant\",\"content\":{content}}} ] }}")
            };
            assert_eq!(stripped(Dialect::Anthropic, &body(&content)), body(&wanted));
        }
    }
}

#[test]
fn escapes_of_other_writers_are_understood() {
    for text in [
        r#""*[Lynkr] SIMPLE \u2192 m (p) \u00b7 score 3*\n\nrest \u00e9""#,
        r#""\u002a[Lynkr] \ud83d\ude00 SIMPLE*\u000a\u000arest \u00e9""#,
    ] {
        let body = format!(r#"{{"messages":[{{"role":"assistant","content":{text}}}]}}"#);
        let wanted = r#"{"messages":[{"role":"assistant","content":"rest \u00e9"}]}"#;
        // What isn't written plainly isn't looked for before the body is parsed.
        let seen = may_hold(body.as_bytes());
        assert_eq!(stripped(Dialect::OpenAiChat, &body), if seen { wanted } else { &body });
    }
}

#[test]
fn places_of_citations_move_with_their_text() {
    let mut shown = json!({"output": [{"type": "message", "content": [{"type": "output_text", "text": "See it.",
        "annotations": [{"type": "url_citation", "start_index": 0, "end_index": 7}]}]}]});
    assert!(insert(Dialect::OpenAiResponses, &mut shown, "*[Lynkr] →*"));
    let text: Vec<char> = shown["output"][0]["content"][0]["text"].as_str().unwrap().chars().collect();
    let place = &shown["output"][0]["content"][0]["annotations"][0];
    let range =
        ["start_index", "end_index"].map(|name| usize::try_from(place[name].as_u64().unwrap()).unwrap());
    assert_eq!(text[range[0]..range[1]].iter().collect::<String>(), "See it.");
    let mut shown = json!({"candidates": [{"content": {"parts": [{"text": "See it."}]},
        "groundingMetadata": {"groundingSupports": [{"segment": {"endIndex": 7}}]}}]});
    assert!(insert(Dialect::Gemini, &mut shown, "*[Lynkr] →*"));
    let segment = &shown["candidates"][0]["groundingMetadata"]["groundingSupports"][0]["segment"];
    let text = shown["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap();
    let range =
        ["startIndex", "endIndex"].map(|name| usize::try_from(segment[name].as_u64().unwrap()).unwrap());
    assert_eq!(&text[range[0]..range[1]], "See it.");
}

fn context() -> ReplyContext {
    ReplyContext {
        model: "m".to_owned(),
        created: 1,
        seed: "0".repeat(32),
        input_estimate: 0,
        include_usage: true,
        request: None,
    }
}

/// The stream of an answer, event by event, without and with the badge.
fn streams(dialect: Dialect, answer: &Value) -> (String, String) {
    let reply = codec(dialect).decode_reply(answer.to_string().as_bytes()).unwrap();
    let mut encoder = codec(dialect).event_encoder(context());
    let mut inserter = Inserter::new(dialect, &line());
    let (mut plain, mut shown) = (Vec::new(), Vec::new());
    for event in reply.to_events() {
        let mut bytes = Vec::new();
        encoder.push(&event, &mut bytes);
        shown.extend(if inserter.is_idle(&bytes) { bytes.clone() } else { inserter.push(&bytes) });
        plain.extend(bytes);
    }
    (String::from_utf8(plain).unwrap(), String::from_utf8(shown).unwrap())
}

fn read(dialect: Dialect, stream: &str) -> Vec<Event> {
    let mut decoder = codec(dialect).event_decoder();
    let mut events = Vec::new();
    decoder.push(stream.as_bytes(), &mut events).unwrap();
    decoder.finish(&mut events).unwrap();
    events
}

#[test]
fn a_stream_begins_its_text_with_the_badge_and_stays_well_formed() {
    for dialect in DIALECTS {
        let (plain, shown) = streams(dialect, &answer(dialect, "Done.\n\nAll of it."));
        insta::assert_snapshot!(format!("{dialect:?}"), shown);
        let text = |stream: &str| {
            let mut assembler = Assembler::new();
            for event in &read(dialect, stream) {
                assembler.push(event);
            }
            let reply = assembler.finish().unwrap();
            let body = codec(dialect).encode_reply(&reply, &context());
            serde_json::from_slice::<Value>(&body).unwrap()
        };
        let mut wanted = text(&plain);
        assert!(insert(dialect, &mut wanted, &line()));
        assert_eq!(text(&shown), wanted, "{dialect:?}");
    }
}

proptest! {
    #[test]
    fn what_is_put_in_is_taken_out(text in "(\\*\\[Lynkr\\] )?\\PC{0,12}[\n *]{0,4}\\PC{1,20}", says in "\\PC{0,30}") {
        for dialect in DIALECTS {
            let plain = answer(dialect, &text);
            let mut shown = plain.clone();
            prop_assert!(insert(dialect, &mut shown, &badge(&says)), "{dialect:?}");
            prop_assert_eq!(stripped(dialect, &history(dialect, &shown)), history(dialect, &plain));
        }
    }

    #[test]
    fn what_has_none_stays_to_the_byte(text in "\\PC{0,40}") {
        for dialect in DIALECTS {
            let body = history(dialect, &answer(dialect, &format!("- {text}")));
            prop_assert_eq!(&stripped(dialect, &body), &body);
        }
    }

    #[test]
    fn hostile_bytes(text in "(\"?\\*\\[Lynkr\\]|\\\\u|\\\\|[{}\\[\\]\",:]|\\PC){0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        strip(text.as_bytes(), &[0..text.len(), 3..text.len(), text.len()..9_999]);
        for dialect in DIALECTS {
            let mut inserter = Inserter::new(dialect, "*[Lynkr] x*");
            inserter.push(&bytes);
            inserter.push(text.as_bytes());
        }
    }
}

#[test]
fn what_programs_read_has_no_place() {
    let said = json!([{"role": "user", "content": "hi"}]);
    let begun = json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "{"}]);
    let table = [
        (Dialect::Anthropic, json!({"messages": said}), true),
        (Dialect::Anthropic, json!({"messages": begun}), false),
        (Dialect::Anthropic, json!({"messages": said, "output_config": {"effort": "low"}}), true),
        (
            Dialect::Anthropic,
            json!({"messages": said, "output_config": {"format": {"type": "json_schema"}}}),
            false,
        ),
        (Dialect::OpenAiChat, json!({"messages": said, "response_format": {"type": "text"}}), true),
        (Dialect::OpenAiChat, json!({"messages": said, "response_format": {"type": "json_object"}}), false),
        (Dialect::OpenAiResponses, json!({"input": "hi", "text": {"verbosity": "low"}}), true),
        (
            Dialect::OpenAiResponses,
            json!({"input": "hi", "text": {"format": {"type": "json_schema"}}}),
            false,
        ),
        (Dialect::Ollama, json!({"messages": said, "format": "json"}), false),
        (Dialect::Ollama, json!({"messages": said, "format": ""}), true),
        (Dialect::Gemini, json!({"contents": [{"parts": [{"text": "hi"}]}]}), true),
        (
            Dialect::Gemini,
            json!({"contents": [], "generationConfig": {"responseMimeType": "application/json"}}),
            false,
        ),
    ];
    for (dialect, body, wanted) in table {
        let text = body.to_string();
        let peeked = peek(dialect, text.as_bytes()).unwrap();
        assert_eq!(has_place(dialect, text.as_bytes(), &peeked), wanted, "{dialect:?} {body}");
    }
}
