//! Every bad field is named, and hostile bodies never panic.

use lynkr_protocol::{Dialect, codec};
use serde_json::json;

use super::{MOST, explained};

const SURFACES: &[Dialect] =
    &[Dialect::Anthropic, Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Ollama, Dialect::Gemini];

/// What a client is told; `None` for a body that can be decoded.
fn said(dialect: Dialect, body: &[u8]) -> Option<String> {
    let error = codec(dialect).decode_request(body).err()?;
    Some(explained(dialect, body, error).message)
}

#[test]
fn every_bad_field_is_named() {
    let table = [
        (
            Dialect::Anthropic,
            json!({"model": "m", "max_tokens": "many", "temperature": [], "messages": [
                {"role": "user", "content": 5}, {"role": "user"}, 7,
            ]}),
            &[
                "max_tokens: ",
                "temperature: must be a number",
                "messages[0].content: must be a string or a list",
                "messages[1].content: is required",
                "messages[2]: must be an object",
            ][..],
        ),
        (
            Dialect::OpenAiChat,
            json!({"model": "m", "stream": "yes", "tools": {}, "messages": [{"content": "Hello."}]}),
            &["stream: ", "tools: must be a list", "messages[0].role: is required"],
        ),
        (
            Dialect::OpenAiResponses,
            json!({"model": "m", "input": 3, "instructions": {}, "temperature": "hot"}),
            &["input: ", "instructions: must be a string", "temperature: must be a number"],
        ),
        (
            Dialect::Ollama,
            json!({"model": "m", "options": 3, "stream": "no", "messages": [{"role": 5}]}),
            &["options: ", "stream: must be true or false", "messages[0].role: must be a string"],
        ),
        (
            Dialect::Gemini,
            json!({"contents": [{"role": 1}], "tools": 2, "generationConfig": 3}),
            &["contents[0].parts: is required", "tools: ", "generationConfig: "],
        ),
    ];
    for (dialect, body, wanted) in table {
        let said = said(dialect, body.to_string().as_bytes()).unwrap();
        for wanted in wanted {
            let count = said.matches(wanted).count();
            assert_eq!(count, 1, "{}: `{wanted}` in `{said}`", dialect.name());
        }
    }
}

#[test]
fn the_first_problem_is_said_as_ever() {
    let body = json!({"model": "m", "top_k": "x"}).to_string();
    let error = codec(Dialect::Anthropic).decode_request(body.as_bytes()).unwrap_err();
    let (first, field) = (error.message.clone(), error.field.clone());
    let all = explained(Dialect::Anthropic, body.as_bytes(), error);
    assert!(all.message.starts_with(&first), "{} / {first}", all.message);
    assert!(all.message.len() > first.len(), "the other is named as well: {}", all.message);
    assert_eq!(all.param, field);
}

#[test]
fn what_is_no_object_is_left_as_it_was() {
    for body in [&b"{"[..], b"[]", b"7", b"\xff\xfe", b""] {
        for dialect in SURFACES {
            let error = codec(*dialect).decode_request(body).unwrap_err();
            let message = error.message.clone();
            assert_eq!(explained(*dialect, body, error).message, message);
        }
    }
}

#[test]
fn many_problems_make_no_long_message() {
    let messages = vec![json!(1); 100_000];
    let said = said(Dialect::Anthropic, json!({"messages": messages}).to_string().as_bytes()).unwrap();
    assert!(said.matches("must be an object").count() <= MOST, "{} bytes", said.len());
}

mod hostile {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::{SURFACES, said};

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        let name = prop_oneof![
            Just("messages".to_owned()),
            Just("contents".to_owned()),
            Just("input".to_owned()),
            Just("role".to_owned()),
            Just("content".to_owned()),
            Just("tools".to_owned()),
            "\\PC{0,6}",
        ];
        leaf.prop_recursive(4, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_panics(value in value()) {
            for dialect in SURFACES {
                let _ = said(*dialect, value.to_string().as_bytes());
            }
        }

        #[test]
        fn nor_do_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for dialect in SURFACES {
                let _ = said(*dialect, &bytes);
            }
        }
    }
}

/// What a failure says.
fn told<T>(decoded: Result<T, crate::failure::Failure>) -> String {
    decoded.err().map(|failure| failure.error.message).unwrap_or_default()
}

#[test]
fn every_bad_field_of_a_count_and_of_embeddings_is_named() {
    use lynkr_protocol::embeddings::Form;
    let turns = json!({"contents": [{"role": 7, "parts": []}, 8], "tools": {}});
    for body in [turns.clone(), json!({"generateContentRequest": turns})] {
        let said = told(super::decoded_count(body.to_string().as_bytes()));
        for named in ["contents[0].role: ", "contents[1]: must be an object", "tools: must be a list"] {
            assert_eq!(said.matches(named).count(), 1, "{named} in {said}");
        }
    }
    let body = json!({"model": 7, "input": {}, "encoding_format": [], "dimensions": "many"}).to_string();
    let said = told(super::decoded_embeddings(Form::OpenAi, body.as_bytes()));
    for named in ["model: ", "input: ", "encoding_format: ", "dimensions: must be a number"] {
        assert_eq!(said.matches(named).count(), 1, "{named} in {said}");
    }
    let said = told(super::decoded_embeddings(Form::OpenAi, br#"{"model": {}}"#));
    assert!(said.contains("input: is required") && said.contains("model: "), "{said}");
    let body = json!({"model": 7, "prompt": 8, "truncate": "yes"}).to_string();
    let said = told(super::decoded_embeddings(Form::OllamaPrompt, body.as_bytes()));
    for named in ["model: ", "prompt: ", "truncate: must be true or false"] {
        assert_eq!(said.matches(named).count(), 1, "{named} in {said}");
    }
    assert_eq!(told(super::decoded_embeddings(Form::Ollama, br#"{"model": "m", "input": ["a"]}"#)), "");
}
