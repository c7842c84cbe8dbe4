//! Answers.

use lynkr_types::FaultKind;
use serde_json::{Value, json};

use super::{Encoding, Form, Vector};
use crate::error::ApiError;
use crate::wire::{Json, wire_struct};

wire_struct! {
    /// Any form of an answer.
    pub struct Wire {
        /// OpenAI: the vectors.
        data: Vec<Item> = "data",
        /// Ollama: the vectors.
        embeddings: Vec<Json> = "embeddings",
        /// Ollama's older form: the vector.
        embedding: Json = "embedding",
        /// OpenAI: token counts.
        usage: Usage = "usage",
        /// Ollama: token counts.
        prompt_eval_count: u64 = "prompt_eval_count",
        /// What some servers send with a status of 200.
        error: Json = "error",
    }
}

wire_struct! {
    /// One vector of OpenAI's form.
    pub struct Item {
        /// Which input it belongs to.
        index: u64 = "index",
        /// The vector.
        embedding: Json = "embedding",
    }
}

wire_struct! {
    /// Token counts of OpenAI's form.
    pub struct Usage {
        /// Input tokens.
        prompt_tokens: u64 = "prompt_tokens",
        /// The same, where only the sum is given.
        total_tokens: u64 = "total_tokens",
    }
}

/// An answer, whichever form it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The vectors, in the order of the inputs.
    pub vectors: Vec<Vector>,
    /// Input tokens, where the server counted them.
    pub tokens: Option<u64>,
    /// Whether its envelope is that of its form, so that a client of the same form can read it as it is.
    pub regular: bool,
}

/// Reads a server's answer. A 200 that holds an error, or no vectors, is an error.
pub fn decode_answer(form: Form, body: &[u8]) -> Result<Answer, ApiError> {
    let nonsense = |what: &str| ApiError::new(FaultKind::BadGateway, format!("the provider's answer {what}"));
    if body.trim_ascii_start().first() == Some(&b'[') {
        let items: Vec<Item> = serde_json::from_slice(body).map_err(|_| nonsense("holds no embeddings"))?;
        return Ok(Answer { vectors: in_order(items)?, tokens: None, regular: false });
    }
    let wire: Wire = serde_json::from_slice(body).map_err(|_| nonsense("isn't JSON"))?;
    if let Some(error) = wire.error.filter(|_| wire.data.is_none() && wire.embeddings.is_none()) {
        return Err(ApiError::new(FaultKind::BadGateway, said(&error)));
    }
    let counted = wire.usage.and_then(|usage| usage.prompt_tokens.or(usage.total_tokens));
    let tokens = counted.or(wire.prompt_eval_count);
    let (vectors, regular) = match (wire.data, wire.embeddings, wire.embedding) {
        (Some(items), ..) => {
            let is_flat = |item: &Item| item.embedding.as_ref().is_some_and(|own| !is_nested(own));
            let regular = form == Form::OpenAi && items.iter().all(is_flat);
            (in_order(items)?, regular)
        }
        (None, Some(list), _) => (vectors(list.into_iter().map(Some))?, form == Form::Ollama),
        (None, None, Some(one)) => (vectors([Some(one)])?, form == Form::OllamaPrompt),
        (None, None, None) => return Err(nonsense("holds no embeddings")),
    };
    Ok(Answer { vectors, tokens, regular })
}

fn is_nested(vector: &Json) -> bool {
    vector.get().strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('['))
}

fn in_order(mut items: Vec<Item>) -> Result<Vec<Vector>, ApiError> {
    items.sort_by_key(|item| item.index.unwrap_or(u64::MAX));
    vectors(items.into_iter().map(|item| item.embedding))
}

fn vectors(values: impl IntoIterator<Item = Option<Json>>) -> Result<Vec<Vector>, ApiError> {
    let vector = |value: Option<Json>| value.and_then(Vector::new).ok_or_else(not_one);
    values.into_iter().map(vector).collect()
}

fn not_one() -> ApiError {
    let message = "the provider gave something else than one vector per input; a server of llama.cpp's needs \
                   `--pooling` for that";
    ApiError::new(FaultKind::BadGateway, message)
}

/// An error's own words, in any vendor's form.
fn said(error: &Json) -> String {
    let value = error.to_value();
    let words = value.get("message").unwrap_or(&value);
    words.as_str().map_or_else(|| words.to_string(), str::to_owned)
}

impl Answer {
    /// Whether a client that is owed this form and encoding can read the server's bytes as they are.
    pub fn suits(&self, encoding: Encoding) -> bool {
        self.regular && self.vectors.iter().all(|vector| vector.encoding() == encoding)
    }

    /// Writes the answer for a client. `tokens` is the input's count, or an estimate of it.
    pub fn encode(
        &self,
        form: Form,
        encoding: Encoding,
        model: &str,
        tokens: u64,
    ) -> Result<Vec<u8>, ApiError> {
        let written: Option<Vec<Json>> = self.vectors.iter().map(|vector| vector.written(encoding)).collect();
        let written = written.ok_or_else(not_one)?;
        let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
        let body = match form {
            Form::OpenAi => {
                let place = |(index, embedding): (usize, &Json)| {
                    let index = Value::from(index);
                    object([
                        ("object", Json::of("embedding")),
                        ("index", Json::of(&index)),
                        ("embedding", embedding.clone()),
                    ])
                };
                let data: Vec<Json> = written.iter().enumerate().map(place).collect();
                object([
                    ("object", Json::of("list")),
                    ("data", Json::of(&data)),
                    ("model", Json::of(model)),
                    ("usage", Json::of(&usage)),
                ])
            }
            Form::Ollama => object([
                ("model", Json::of(model)),
                ("embeddings", Json::of(&written)),
                ("prompt_eval_count", Json::of(&tokens)),
            ]),
            Form::OllamaPrompt => {
                let empty = || Json::of::<[u8]>(&[]);
                object([("embedding", written.first().cloned().unwrap_or_else(empty))])
            }
        };
        Ok(body.get().as_bytes().to_vec())
    }
}

/// An object whose fields keep this order.
fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    let own: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}:{}", Json::of(*name).get(), value.get())).collect();
    Json::parse(&format!("{{{}}}", own.join(","))).unwrap_or_default()
}
