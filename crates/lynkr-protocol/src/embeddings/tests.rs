//! Forms into each other; and what can't be read.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::wire::Json;

fn request(form: Form, body: &Value) -> Result<Request, crate::DecodeError> {
    decode_request(form, body.to_string().as_bytes())
}

fn target(form: Form) -> Target {
    Target { form, model: "up".to_owned(), keep_alive: Some(Json::of("5m")) }
}

#[test]
fn requests_go_from_each_form_into_each_other() {
    use Form::{Ollama, OllamaPrompt, OpenAi};
    for (from, to, sent, expected, lost) in [
        (
            OpenAi,
            Ollama,
            json!({"model": "m", "input": "a", "encoding_format": "base64", "user": "u", "dimensions": 8}),
            json!({"model": "up", "input": "a", "dimensions": 8, "keep_alive": "5m"}),
            vec!["user"],
        ),
        (
            OpenAi,
            Ollama,
            json!({"input": ["a", "b"]}),
            json!({"model": "up", "input": ["a", "b"], "keep_alive": "5m"}),
            vec![],
        ),
        (
            Ollama,
            OpenAi,
            json!({"model": "m", "input": ["a", "b"], "truncate": true, "keep_alive": 0, "options": {"num_ctx": 1}}),
            json!({"model": "up", "input": ["a", "b"]}),
            vec!["truncate", "keep_alive", "options"],
        ),
        (
            OllamaPrompt,
            Ollama,
            json!({"model": "m", "prompt": "a", "keep_alive": 0}),
            json!({"model": "up", "input": "a", "keep_alive": 0}),
            vec![],
        ),
        (
            OllamaPrompt,
            OpenAi,
            json!({"model": "m", "prompt": "a"}),
            json!({"model": "up", "input": "a"}),
            vec![],
        ),
    ] {
        let encoded = request(from, &sent).unwrap().encode(&target(to)).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&encoded.body).unwrap(), expected, "{sent}");
        let losses: Vec<_> = encoded.losses.iter().map(|loss| loss.feature.as_ref()).collect();
        assert_eq!(losses, lost, "{sent}");
    }
}

#[test]
fn token_numbers_stay_with_their_model() {
    for input in [json!([1, 2]), json!([[1, 2], [3]])] {
        let request = request(Form::OpenAi, &json!({"input": input})).unwrap();
        let error = request.encode(&target(Form::Ollama)).unwrap_err();
        assert_eq!((error.feature.as_str(), error.target), ("input", crate::Dialect::Ollama));
        assert!(request.encode(&target(Form::OpenAi)).is_ok());
    }
}

#[test]
fn what_is_no_request_is_refused_by_its_field() {
    for (form, body, field) in [
        (Form::OpenAi, json!({"model": "m"}), "input"),
        (Form::OpenAi, json!({"input": []}), "input"),
        (Form::OpenAi, json!({"input": [[]]}), "input"),
        (Form::OpenAi, json!({"input": 7}), "input"),
        (Form::OpenAi, json!({"input": ["a", 7]}), "input"),
        (Form::OpenAi, json!({"input": "a", "encoding_format": "int8"}), "encoding_format"),
        (Form::Ollama, json!({"input": [1, 2]}), "input"),
    ] {
        assert_eq!(request(form, &body).unwrap_err().field.as_deref(), Some(field), "{body}");
    }
    for form in [Form::Ollama, Form::OllamaPrompt] {
        assert_eq!(request(form, &json!({"model": "m"})).unwrap().input, []);
    }
}

const OPENAI: &str = r#"{"object":"list","data":[{"object":"embedding","index":1,"embedding":[0.5]},{"object":"embedding","index":0,"embedding":[1.0,-2.5e-3]}],"model":"x","usage":{"prompt_tokens":5,"total_tokens":5}}"#;
const OLLAMA: &str = r#"{"model":"x","embeddings":[[1.0,-2.5e-3],[0.5]],"prompt_eval_count":5}"#;
const LLAMA_CPP: &str = r#" [{"index":1,"embedding":[[0.5]]},{"index":0,"embedding":[ [1.0,-2.5e-3]]}]"#;

#[test]
fn answers_go_from_each_form_into_each_other() {
    for (form, text, tokens, regular) in [
        (Form::OpenAi, OPENAI, Some(5), true),
        (Form::Ollama, OLLAMA, Some(5), true),
        (Form::OpenAi, LLAMA_CPP, None, false),
    ] {
        let answer = decode_answer(form, text.as_bytes()).unwrap();
        assert_eq!((answer.tokens, answer.suits(Encoding::Float)), (tokens, regular), "{text}");
        assert!(!answer.suits(Encoding::Base64));
        let write =
            |form, encoding| String::from_utf8(answer.encode(form, encoding, "m", 5).unwrap()).unwrap();
        assert_eq!(
            write(Form::OpenAi, Encoding::Float),
            r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-2.5e-3]},{"object":"embedding","index":1,"embedding":[0.5]}],"model":"m","usage":{"prompt_tokens":5,"total_tokens":5}}"#
        );
        assert_eq!(
            write(Form::Ollama, Encoding::Float),
            r#"{"model":"m","embeddings":[[1.0,-2.5e-3],[0.5]],"prompt_eval_count":5}"#
        );
        assert_eq!(write(Form::OllamaPrompt, Encoding::Float), r#"{"embedding":[1.0,-2.5e-3]}"#);
        assert!(write(Form::OpenAi, Encoding::Base64).contains(r#""embedding":"AAAAPw==""#));
    }
}

#[test]
fn what_holds_no_vectors_is_the_provider_s_fault() {
    for (text, said) in [
        ("{}", "no embeddings"),
        ("<html>", "isn't JSON"),
        (r#"{"error":{"message":"too long"}}"#, "too long"),
        (r#"{"error":"no such model"}"#, "no such model"),
        (r#"{"data":[{"index":0}]}"#, "one vector per input"),
        (r#"[{"index":0,"embedding":[[0.1],[0.2]]}]"#, "--pooling"),
        (r#"{"embeddings":[7]}"#, "one vector per input"),
    ] {
        let error = decode_answer(Form::OpenAi, text.as_bytes()).unwrap_err();
        assert!(error.message.contains(said) && error.status == 502, "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn base64_holds_the_same_numbers(numbers in proptest::collection::vec(-1e30_f32..1e30, 0..16)) {
        let vector = Vector::new(Json::of(&numbers)).unwrap();
        let packed = Vector::new(vector.written(Encoding::Base64).unwrap()).unwrap();
        prop_assert_eq!(packed.encoding(), Encoding::Base64);
        let back: Vec<f32> = packed.written(Encoding::Float).unwrap().read().unwrap();
        prop_assert_eq!(back, numbers);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in "[\\[\\]{}\",:a-z0-9 ]{0,48}") {
        for form in [Form::OpenAi, Form::Ollama, Form::OllamaPrompt] {
            for bytes in [&bytes[..], text.as_bytes()] {
                let _ = decode_request(form, bytes);
                if let Ok(answer) = decode_answer(form, bytes) {
                    let _ = answer.encode(Form::OpenAi, Encoding::Base64, "m", 0);
                }
            }
        }
    }
}

#[test]
fn vectors_are_read_in_either_encoding() {
    let numbers = |text: &str| Vector::new(Json::parse(text).unwrap()).and_then(|vector| vector.numbers());
    assert_eq!(numbers("[0.5, -2]"), Some(vec![0.5, -2.0]));
    assert_eq!(numbers("[[0.5, -2]]"), Some(vec![0.5, -2.0]));
    assert_eq!(numbers("\"AAAAPwAAAMA=\""), Some(vec![0.5, -2.0]));
    assert_eq!(numbers("[]"), Some(Vec::new()));
    assert!(numbers("\"AADAfw==\"").unwrap()[0].is_nan());
    for text in
        ["[0.5, null]", "[0.5, \"1\"]", "\"AAAAPwAA\"", "\"no base64\"", "[[0.5], [1]]", "7", "{}", "null"]
    {
        assert_eq!(numbers(text), None, "{text}");
    }
}
