//! Framing: any split of the bytes gives the same frames, and no bytes panic.

use proptest::prelude::*;

use super::{LineDecoder, SseDecoder, SseFrame, write_sse};

fn frames_of(pieces: &[&[u8]]) -> Vec<SseFrame> {
    let mut decoder = SseDecoder::new();
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut frames).unwrap();
    }
    decoder.finish(&mut frames).unwrap();
    frames
}

fn frame(event: &str, data: &str) -> SseFrame {
    SseFrame { event: event.to_owned(), data: data.to_owned() }
}

#[test]
fn the_standard_cases() {
    let cases: &[(&str, Vec<SseFrame>)] = &[
        ("data: a\n\n", vec![frame("", "a")]),
        ("event: e\ndata: a\ndata: b\n\n", vec![frame("e", "a\nb")]),
        ("data:a\r\n\r\ndata: b\r\n\r\n", vec![frame("", "a"), frame("", "b")]),
        ("data: a\r\rdata: b\r\r", vec![frame("", "a"), frame("", "b")]),
        (": comment\n\ndata: a\n\n", vec![frame("", "a")]),
        ("\u{feff}data: a\n\n", vec![frame("", "a")]),
        ("id: 1\nretry: 5\ndata\n\n", vec![frame("", "")]),
        ("event: lonely\n\ndata: a\n\n", vec![frame("", "a")]),
        ("data: unfinished", vec![frame("", "unfinished")]),
        ("data:  two spaces\n\n", vec![frame("", " two spaces")]),
        ("", vec![]),
    ];
    for (text, expected) in cases {
        assert_eq!(&frames_of(&[text.as_bytes()]), expected, "{text:?}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let mut bytes = Vec::new();
    write_sse(&mut bytes, "delta", b"{\"a\":1}");
    write_sse(&mut bytes, "", b"[DONE]");
    assert_eq!(frames_of(&[&bytes]), vec![frame("delta", "{\"a\":1}"), frame("", "[DONE]")]);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(text in "(data|event|id)?:? ?[a-z]{0,4}(\n|\r\n|\r|\n\n){0,3}.{0,40}", cut in 0usize..60) {
        let bytes = text.as_bytes();
        let cut = cut.min(bytes.len());
        prop_assert_eq!(frames_of(&[bytes]), frames_of(&[&bytes[..cut], &bytes[cut..]]));
    }

    #[test]
    fn byte_by_byte_is_the_same(bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), Just(b'd'), any::<u8>()], 0..80)) {
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(frames_of(&single), frames_of(&[&bytes]));
    }

    #[test]
    fn lines_survive_any_split(bytes in proptest::collection::vec(any::<u8>(), 0..80), cut in 0usize..80) {
        let cut = cut.min(bytes.len());
        let lines = |pieces: &[&[u8]]| {
            let mut decoder = LineDecoder::new();
            let mut lines = Vec::new();
            for piece in pieces {
                decoder.push(piece, &mut lines).unwrap();
            }
            decoder.finish(&mut lines);
            lines
        };
        prop_assert_eq!(lines(&[&bytes]), lines(&[&bytes[..cut], &bytes[cut..]]));
    }
}
