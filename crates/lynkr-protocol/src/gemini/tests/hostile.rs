//! Bytes of any kind: an error at worst.

use proptest::prelude::*;
use serde_json::json;

use super::fixtures::REQUESTS;
use super::*;

fn read_everything(bytes: &[u8]) {
    if let Ok(conversation) = GeminiCodec.decode_request(bytes) {
        for model in ["gemini-3-pro", "gemini-2.0-flash"] {
            let _ = GeminiCodec.encode_request(&conversation, &Target::new(model));
        }
    }
    if let Ok(reply) = GeminiCodec.decode_reply(bytes) {
        GeminiCodec.encode_reply(&reply, &context());
    }
    let _ = super::super::decode_count_request(bytes);
    let _ = super::super::decode_count_reply(bytes);
    let error = GeminiCodec.decode_error(500, bytes);
    GeminiCodec.encode_error(&error, "");
    let mut decoder = GeminiCodec.event_decoder();
    let mut events = Vec::new();
    let pushed = decoder.push(bytes, &mut events);
    if pushed.is_ok() && decoder.finish(&mut events).is_ok() {
        assert_order(&events);
        encode_events(&events);
    }
}

/// The field names that matter.
const NAMES: &str = "contents role parts text thought thoughtSignature inlineData fileData mimeType data fileUri \
    functionCall functionResponse name id args response partialArgs jsonPath stringValue willContinue \
    candidates content finishReason index error usageMetadata promptFeedback blockReason tools \
    functionDeclarations parameters properties type nullable toolConfig generationConfig thinkingConfig \
    function_call";

/// Values that mean something.
const WORDS: &str = "|text|user|model|STOP|SAFETY|c2ln|$.a[3].b|$|$['|image/png|OBJECT";

/// JSON with the field names that matter here, in any place.
fn shuffled() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(WORDS.split('|').collect::<Vec<_>>()).prop_map(Value::from),
    ];
    let names = prop::sample::select(NAMES.split_whitespace().collect::<Vec<_>>());
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
        let parts = |role: &str| json!({"contents": [{"role": role, "parts": [value.clone()]}], "tools": [value.clone()]});
        read_everything(parts("user").to_string().as_bytes());
        read_everything(parts("model").to_string().as_bytes());
        let answer = json!({"candidates": [{"content": {"parts": [value.clone()]}, "finishReason": "STOP"}]});
        read_everything(answer.to_string().as_bytes());
        read_everything(stream(&[answer, value]).as_bytes());
    }

    #[test]
    fn cut_requests(which in 0..REQUESTS.len(), cut in 0_usize..3_000) {
        let bytes = REQUESTS[which].1.as_bytes();
        read_everything(&bytes[..cut.min(bytes.len())]);
    }
}
