//! Embeddings without a model: words are hashed to places of a vector, so that texts which share words are near each
//! other. The same text always has the same vector.

use lynkr_protocol::ApiError;
use lynkr_protocol::embeddings::{Answer, Form, Input, Vector, decode_request};
use lynkr_protocol::wire::Json;
use lynkr_types::FaultKind;

use crate::tokens::estimate_text;

/// How long vectors are, unless the client says so; and how long they may be.
const DIMENSIONS: usize = 256;
const MOST_DIMENSIONS: usize = 4_096;

/// The answer to a request in OpenAI's form.
pub(crate) fn embed(body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let request = decode_request(Form::OpenAi, body)?;
    let length = match &request.dimensions {
        None => DIMENSIONS,
        Some(wanted) => {
            wanted.read().ok().filter(|wanted| (1..=MOST_DIMENSIONS).contains(wanted)).ok_or_else(|| {
                let message = format!("dimensions: must be a number from 1 to {MOST_DIMENSIONS}");
                ApiError::new(FaultKind::InvalidRequest, message).with_param("dimensions")
            })?
        }
    };
    let texts = request.input.iter().map(|input| match input {
        Input::Text(text) => text.as_str(),
        Input::Tokens(numbers) => numbers.get(),
    });
    let vectors = texts.clone().filter_map(|text| Vector::new(Json::of(&vector(text, length)))).collect();
    let tokens = texts.map(estimate_text).sum();
    let answer = Answer { vectors, tokens: Some(tokens), regular: false };
    answer.encode(Form::OpenAi, request.encoding, request.model.as_deref().unwrap_or("lynkr-builtin"), tokens)
}

/// A vector of length one.
fn vector(text: &str, length: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; length];
    let lower = text.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        let hash = hash(word.as_bytes());
        let place = usize::try_from(hash >> 1).unwrap_or(0) % length;
        if let Some(number) = vector.get_mut(place) {
            *number += if hash & 1 == 0 { 1.0 } else { -1.0 };
        }
    }
    let norm = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if norm > 0.0 {
        for number in &mut vector {
            *number /= norm;
        }
    } else if let Some(first) = vector.first_mut() {
        // A text without words has a direction too: clients divide by the length.
        *first = 1.0;
    }
    vector
}

/// FNV-1a, which is the same on every machine.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similarity(a: &str, b: &str) -> f32 {
        vector(a, DIMENSIONS).iter().zip(vector(b, DIMENSIONS)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn texts_that_share_words_are_near() {
        assert!((similarity("How to parse JSON", "how to parse json?") - 1.0).abs() < 1e-5);
        let (near, far) = (
            similarity("parse JSON in Rust", "parse XML in Rust"),
            similarity("parse JSON in Rust", "bread with butter"),
        );
        assert!(near > 0.5 && far < 0.3, "{near} {far}");
        assert!((similarity("", "!?") - 1.0).abs() < 1e-5);
    }

    #[test]
    fn the_form_is_openai_s() {
        let body = br#"{"model":"m","input":["a b",[1,2]],"dimensions":8}"#;
        let answer: serde_json::Value = serde_json::from_slice(&embed(body).unwrap()).unwrap();
        assert_eq!(answer["data"].as_array().unwrap().len(), 2);
        assert_eq!(answer["data"][1]["embedding"].as_array().unwrap().len(), 8);
        assert_eq!((&answer["model"], &answer["usage"]["prompt_tokens"]), (&"m".into(), &3.into()));
        for body in [&br#"{"input":"a","dimensions":0}"#[..], br#"{"input":"a","dimensions":"x"}"#, b"{}"] {
            assert_eq!(embed(body).unwrap_err().status, 400);
        }
    }
}
