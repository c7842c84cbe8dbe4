//! Bytes of any kind: an error at worst.

use proptest::prelude::*;
use serde_json::json;

use super::fixtures::REQUESTS;
use super::*;

fn read_everything(bytes: &[u8]) {
    if let Ok(conversation) = OpenAiChatCodec.decode_request(bytes) {
        let _ = OpenAiChatCodec.encode_request(&conversation, &Target::new("up"));
    }
    if let Ok(reply) = OpenAiChatCodec.decode_reply(bytes) {
        OpenAiChatCodec.encode_reply(&reply, &context());
    }
    let error = OpenAiChatCodec.decode_error(500, bytes);
    OpenAiChatCodec.encode_error(&error, "");
    let mut decoder = OpenAiChatCodec.event_decoder();
    let mut events = Vec::new();
    let pushed = decoder.push(bytes, &mut events);
    if pushed.is_ok() && decoder.finish(&mut events).is_ok() {
        assert_order(&events);
        encode_events(&events, context());
    }
}

/// JSON with the field names that matter here, in any place.
fn shuffled() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "text",
            "user",
            "assistant",
            "function",
            "stop",
            "{}",
            "data:x;base64,"
        ])
        .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "messages",
        "role",
        "content",
        "type",
        "text",
        "tool_calls",
        "function",
        "custom",
        "name",
        "arguments",
        "id",
        "index",
        "choices",
        "delta",
        "message",
        "finish_reason",
        "usage",
        "error",
        "image_url",
        "url",
        "file",
        "file_data",
        "reasoning",
        "reasoning_details",
        "tools",
        "tool_choice",
        "response_format",
        "stream_options",
    ]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_everything(&bytes);
    }

    #[test]
    fn shapes(value in shuffled()) {
        read_everything(value.to_string().as_bytes());
        read_everything(json!({"messages": [value]}).to_string().as_bytes());
        read_everything(json!({"choices": [{"index": 0, "message": value, "finish_reason": "stop"}]}).to_string().as_bytes());
        let frame = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", json!({"choices": [{"delta": value}]}), value);
        read_everything(frame.as_bytes());
    }

    #[test]
    fn cut_requests(which in 0..REQUESTS.len(), cut in 0_usize..2_000) {
        let bytes = REQUESTS[which].1.as_bytes();
        read_everything(&bytes[..cut.min(bytes.len())]);
    }
}
