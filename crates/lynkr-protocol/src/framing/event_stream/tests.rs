//! The event stream, held against the vendor's own implementation.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder, write_message_to};
use aws_smithy_types::event_stream as smithy;
use aws_smithy_types::str_bytes::StrBytes;
use proptest::prelude::*;

use super::*;

fn messages_of(pieces: &[&[u8]]) -> Result<Vec<Message>, EventStreamError> {
    let mut decoder = EventStreamDecoder::new();
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut messages)?;
    }
    decoder.finish()?;
    Ok(messages)
}

fn written(messages: &[Message]) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        message.write(&mut out).unwrap();
    }
    out
}

/// The same message in the vendor's types.
fn theirs(message: &Message) -> smithy::Message {
    let mut result = smithy::Message::new(bytes::Bytes::from(message.payload.clone()));
    for header in &message.headers {
        let value = match &header.value {
            HeaderValue::Bool(value) => smithy::HeaderValue::Bool(*value),
            HeaderValue::Byte(value) => smithy::HeaderValue::Byte(*value),
            HeaderValue::Short(value) => smithy::HeaderValue::Int16(*value),
            HeaderValue::Int(value) => smithy::HeaderValue::Int32(*value),
            HeaderValue::Long(value) => smithy::HeaderValue::Int64(*value),
            HeaderValue::Bytes(value) => smithy::HeaderValue::ByteArray(value.clone().into()),
            HeaderValue::Text(value) => smithy::HeaderValue::String(StrBytes::from(value.clone())),
            HeaderValue::Timestamp(value) => {
                smithy::HeaderValue::Timestamp(aws_smithy_types::DateTime::from_millis(*value))
            }
            HeaderValue::Uuid(value) => smithy::HeaderValue::Uuid(u128::from_be_bytes(*value)),
        };
        result = result.add_header(smithy::Header::new(StrBytes::from(header.name.clone()), value));
    }
    result
}

fn header() -> impl Strategy<Value = Header> {
    let value = prop_oneof![
        any::<bool>().prop_map(HeaderValue::Bool),
        any::<i8>().prop_map(HeaderValue::Byte),
        any::<i16>().prop_map(HeaderValue::Short),
        any::<i32>().prop_map(HeaderValue::Int),
        any::<i64>().prop_map(HeaderValue::Long),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(HeaderValue::Bytes),
        ".{0,20}".prop_map(HeaderValue::Text),
        (-4_000_000_000_000_i64..4_000_000_000_000).prop_map(HeaderValue::Timestamp),
        any::<[u8; 16]>().prop_map(HeaderValue::Uuid),
    ];
    (":?[a-z-]{1,20}", value).prop_map(|(name, value)| Header { name, value })
}

fn message() -> impl Strategy<Value = Message> {
    let headers = proptest::collection::vec(header(), 0..5);
    let payload = proptest::collection::vec(any::<u8>(), 0..60);
    (headers, payload).prop_map(|(headers, payload)| Message { headers, payload })
}

proptest! {
    #[test]
    fn the_vendor_writes_the_same_bytes(message in message()) {
        let mut expected = Vec::new();
        write_message_to(&theirs(&message), &mut expected).unwrap();
        prop_assert_eq!(written(&[message]), expected);
    }

    #[test]
    fn the_vendor_reads_what_is_written(message in message()) {
        let mut bytes = bytes::Bytes::from(written(std::slice::from_ref(&message)));
        match MessageFrameDecoder::new().decode_frame(&mut bytes).unwrap() {
            DecodedFrame::Complete(read) => prop_assert_eq!(read, theirs(&message)),
            DecodedFrame::Incomplete => prop_assert!(false, "the message is whole"),
        }
    }

    #[test]
    fn any_split_gives_the_same_messages(messages in proptest::collection::vec(message(), 0..4), size in 1usize..40) {
        let bytes = written(&messages);
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(messages_of(&pieces).unwrap(), messages);
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), size in 1usize..20) {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        let _ = messages_of(&pieces);
    }

    #[test]
    fn hostile_headers_with_right_checksums_never_panic(headers in proptest::collection::vec(0u8..12, 0..40)) {
        prop_assert!(!matches!(messages_of(&[&sealed(&headers, headers.len())]), Err(EventStreamError::MessageChecksum)));
    }

    #[test]
    fn a_flipped_bit_is_found(message in message(), place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut bytes = written(std::slice::from_ref(&message));
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        prop_assert!(messages_of(&[&bytes]).is_err());
    }
}

/// A message with right checksums around any headers, which it says have `length` bytes.
fn sealed(headers: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&be32(FRAME_BYTES + headers.len()));
    bytes.extend_from_slice(&be32(length));
    let sum = checksum(Some(&bytes));
    bytes.extend_from_slice(&sum.to_be_bytes());
    bytes.extend_from_slice(headers);
    let sum = checksum(Some(&bytes));
    bytes.extend_from_slice(&sum.to_be_bytes());
    bytes
}

#[test]
fn every_message_type_is_told() {
    let error = Message {
        headers: vec![
            Header::text(":message-type", "error"),
            Header::text(":error-code", "InternalError"),
            Header::text(":error-message", "it broke"),
        ],
        payload: Vec::new(),
    };
    let cases = [
        (Message::event("chunk", "application/json", "{}"), MessageKind::Event("chunk")),
        (
            Message::exception("throttlingException", "application/json", "{}"),
            MessageKind::Exception("throttlingException"),
        ),
        (error, MessageKind::Error { code: "InternalError", message: "it broke" }),
        (Message::default(), MessageKind::Event("")),
    ];
    for (message, kind) in cases {
        assert_eq!(message.kind(), kind);
    }
}

#[test]
fn a_stream_that_breaks_off_is_told_from_one_that_ends() {
    let bytes = written(&[Message::event("chunk", "application/json", "{}")]);
    assert_eq!(messages_of(&[]).unwrap(), vec![]);
    for end in 1..bytes.len() {
        assert_eq!(messages_of(&[&bytes[..end]]), Err(EventStreamError::Truncated), "after {end} bytes");
    }
}

#[test]
fn the_end_of_the_last_whole_message_is_found() {
    let one = written(&[Message::event("chunk", "application/json", "{}")]);
    let two = written(&[Message::event("metadata", "application/json", "{\"a\":1}")]);
    let both = [one.clone(), two].concat();
    for end in 0..both.len() {
        let expected = if end < one.len() { 0 } else { one.len() };
        assert_eq!(end_of_messages(&both[..end]), expected, "of {end} bytes");
    }
    assert_eq!(end_of_messages(&both), both.len());
    assert_eq!(end_of_messages(b"event: no such stream"), 21);
}

#[test]
fn damage_is_named() {
    let whole = written(&[Message::event("chunk", "application/json", "{}")]);
    let damaged = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        messages_of(&[&bytes]).unwrap_err()
    };
    assert_eq!(damaged(3), EventStreamError::PreludeChecksum);
    assert_eq!(damaged(9), EventStreamError::PreludeChecksum);
    assert_eq!(damaged(20), EventStreamError::MessageChecksum);
    assert_eq!(damaged(whole.len() - 1), EventStreamError::MessageChecksum);
    assert_eq!(messages_of(&[b"data: {\"a\":1}\n\n"]).unwrap_err(), EventStreamError::PreludeChecksum);
}

/// A prelude with a right checksum.
fn prelude(total: u32, headers: u32) -> Vec<u8> {
    let mut bytes = [total.to_be_bytes(), headers.to_be_bytes()].concat();
    let sum = checksum(Some(&bytes));
    bytes.extend_from_slice(&sum.to_be_bytes());
    bytes
}

#[test]
fn impossible_lengths_are_refused_before_their_bytes_come() {
    let payload = u32::try_from(MAX_PAYLOAD_BYTES).unwrap();
    for (total, headers) in [(0, 0), (15, 0), (16, 1), (u32::MAX, 0), (u32::MAX, u32::MAX), (payload + 17, 0)]
    {
        let failure = messages_of(&[&prelude(total, headers)]).unwrap_err();
        assert!(matches!(failure, EventStreamError::Length { .. }), "{total} {headers}: {failure}");
    }
    let headers = u32::try_from(MAX_HEADERS_BYTES).unwrap() + 1;
    let failure = messages_of(&[&prelude(headers + 16, headers)]).unwrap_err();
    assert!(matches!(failure, EventStreamError::Length { .. }), "{failure}");
    assert_eq!(messages_of(&[&prelude(payload + 16, 0)]), Err(EventStreamError::Truncated));
}

#[test]
fn malformed_headers_are_refused() {
    let cases: [(&[u8], &str); 6] = [
        (&[0, 0], "a name is empty"),
        (&[1, b'a'], "they end too early"),
        (&[9, b'a'], "they end too early"),
        (&[1, b'a', 10], "a value has an unknown type"),
        (&[1, b'a', 7, 0, 9, b'x'], "they end too early"),
        (&[1, b'a', 7, 0, 1, 0xff], "a text is no UTF-8"),
    ];
    for (headers, expected) in cases {
        let failure = messages_of(&[&sealed(headers, headers.len())]).unwrap_err();
        assert_eq!(failure, EventStreamError::Header(expected), "{headers:?}");
    }
}

#[test]
fn what_the_format_cannot_say_is_not_written() {
    let with = |header: Header| Message { headers: vec![header], payload: Vec::new() };
    let cases = [
        with(Header::text("", "x")),
        with(Header::text(&"n".repeat(256), "x")),
        with(Header::text("n", &"x".repeat(65_536))),
        Message { headers: Vec::new(), payload: vec![0; MAX_PAYLOAD_BYTES + 1] },
        Message { headers: vec![Header::text("n", &"x".repeat(65_535)); 3], payload: Vec::new() },
    ];
    for message in cases {
        let mut out = Vec::new();
        assert!(message.write(&mut out).is_err());
        assert!(out.is_empty());
    }
    let longest = with(Header::text(&"n".repeat(255), &"x".repeat(65_535)));
    assert_eq!(messages_of(&[&written(std::slice::from_ref(&longest))]).unwrap(), vec![longest]);
}
