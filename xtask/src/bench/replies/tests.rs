//! Every dialect's answers are what the gateway's own decoders take for an answer, whole and in pieces.

use super::{FIRST_WORDS, SENT_AT, Streamed, of_path, whole};
use lynkr_protocol::neutral::Event;
use lynkr_protocol::{Dialect, codec};

#[test]
fn whole_answers_are_read() {
    for dialect in Dialect::ALL {
        let answer = whole(dialect);
        assert!(answer.contains(FIRST_WORDS) && answer.contains("piece 19"), "{dialect}");
        assert!(codec(dialect).decode_reply(answer.as_bytes()).is_ok(), "{dialect}");
    }
}

#[test]
fn streams_are_read_to_their_end() {
    for dialect in Dialect::ALL {
        let (streamed, mut decoder, mut events) =
            (Streamed::of(dialect), codec(dialect).event_decoder(), Vec::new());
        let piece = streamed.piece_at(42);
        let all = streamed.head.iter().chain([&streamed.first, &piece]).chain(&streamed.tail);
        for bytes in all {
            decoder.push(bytes, &mut events).expect("a piece is read");
        }
        decoder.finish(&mut events).expect("the end is read");
        assert!(!events.iter().any(|event| matches!(event, Event::Error(_))), "{dialect}: {events:?}");
        let text = format!("{events:?}");
        assert!(text.contains(&format!("{SENT_AT}{:016}", 42)), "{dialect}: {text}");
    }
}

#[test]
fn paths_tell_dialects_and_some_tell_streams() {
    assert_eq!(of_path("/v1/messages"), Some((Dialect::Anthropic, None)));
    let gemini = "/v1beta/models/gemini-2.5-pro:streamGenerateContent";
    assert_eq!(of_path(gemini), Some((Dialect::Gemini, Some(true))));
    assert_eq!(of_path("/model/m/converse"), Some((Dialect::BedrockConverse, Some(false))));
    assert_eq!(of_path("/api/show"), None);
}
