//! What is quiet tells nothing.

use proptest::prelude::*;

use super::*;
use crate::tap::{Frames, Tap};

/// A tap that has seen content, and is between two events.
fn begun(dialect: Dialect) -> Tap {
    let begin: &[u8] = match dialect {
        Dialect::Anthropic => b"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n",
        Dialect::OpenAiChat => b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
        _ => b"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n",
    };
    let mut tap = Tap::new(dialect);
    tap.push(begin).unwrap();
    assert!(tap.seen().content, "{dialect:?}");
    tap
}

/// The same by splitting the events.
fn split(dialect: Dialect, bytes: &[u8]) -> Tap {
    let mut tap = begun(dialect);
    let Frames::Sse(decoder, _) = &mut tap.frames else { unreachable!() };
    let mut frames = Vec::new();
    decoder.push(bytes, &mut frames).unwrap();
    for frame in &frames {
        // What can't be read is the client's to see, and nothing behind it is looked at.
        if tap.sse_frame(frame).is_err() {
            break;
        }
    }
    tap
}

const PIECES: [&str; 22] = [
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\": \"stop\"}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\\"finish_reason\\\":\\\"x\\\"\"}}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
    "data: {\"error\":{\"message\":\"no\"}}\n\n",
    "data: [DONE]\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"an error\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"word\"}}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    "data: {\"type\":\"message_stop\"}\n\n",
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n",
    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]}}],\"usageMetadata\":{\"promptTokenCount\":1}}\n\n",
    "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1,\"candidatesTokenCount\":4}}\n\n",
    ": a comment\n\n",
    "data: not json\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"c\"}}]}\r\n\r\n",
    "data: {\"choices\":[{\"index\":0,\"del",
    "event: mess",
    "\n\n",
];

proptest! {
    /// Whatever goes by unsplit would have told nothing.
    #[test]
    fn what_is_quiet_tells_nothing(
        which in 0_usize..3,
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..6),
    ) {
        let dialect = [Dialect::Anthropic, Dialect::OpenAiChat, Dialect::Gemini][which];
        let bytes = pieces.concat();
        let mut tap = begun(dialect);
        let _ = tap.push(bytes.as_bytes());
        let known = split(dialect, bytes.as_bytes());
        prop_assert_eq!(tap.seen(), known.seen());
    }
}

#[test]
fn words_are_quiet_and_ends_are_not() {
    let quiet = |dialect, piece: &str| is_quiet(dialect, piece.as_bytes());
    assert!(quiet(Dialect::OpenAiChat, PIECES[0]));
    assert!(quiet(Dialect::Anthropic, PIECES[8]));
    assert!(quiet(Dialect::Gemini, PIECES[14]));
    for (dialect, piece) in
        [(Dialect::OpenAiChat, 1), (Dialect::OpenAiChat, 6), (Dialect::Anthropic, 10), (Dialect::Gemini, 15)]
    {
        assert!(!quiet(dialect, PIECES[piece]), "{}", PIECES[piece]);
    }
}
