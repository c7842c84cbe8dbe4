//! One vector, in either encoding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Encoding;
use crate::wire::Json;

/// One vector, as it was written: a list of numbers, or base64 of 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector(Json);

impl Vector {
    /// Takes a list of numbers, a base64 text, or the one list in a list. Of `None` no vector can be made: it is
    /// something else, or a list of several (llama.cpp without pooling gives one per token).
    pub fn new(value: Json) -> Option<Self> {
        if value.get().starts_with('"') {
            return Some(Self(value));
        }
        let after = value.get().strip_prefix('[')?.trim_start();
        if !after.starts_with('[') {
            return Some(Self(value));
        }
        let mut nested: Vec<Json> = value.read().ok()?;
        let only = nested.pop().filter(|_| nested.is_empty())?;
        let is_flat = !only.get().get(1..).unwrap_or_default().trim_start().starts_with('[');
        is_flat.then_some(Self(only))
    }

    /// How it is written.
    pub fn encoding(&self) -> Encoding {
        if self.0.get().starts_with('"') { Encoding::Base64 } else { Encoding::Float }
    }

    /// The vector in the encoding that is wanted; `None` when it isn't what it seems to be.
    pub fn written(&self, wanted: Encoding) -> Option<Json> {
        match (self.encoding(), wanted) {
            (Encoding::Float, Encoding::Base64) => {
                let numbers = self.numbers()?;
                let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
                Some(Json::of(&STANDARD.encode(bytes)))
            }
            (Encoding::Base64, Encoding::Float) => Some(Json::of(&self.numbers()?)),
            (Encoding::Float, Encoding::Float) | (Encoding::Base64, Encoding::Base64) => Some(self.0.clone()),
        }
    }

    /// Its numbers; `None` when it isn't what it seems to be.
    pub fn numbers(&self) -> Option<Vec<f32>> {
        match self.encoding() {
            Encoding::Float => self.0.read().ok(),
            Encoding::Base64 => {
                let bytes = STANDARD.decode(self.0.as_string()?).ok()?;
                let (numbers, rest) = bytes.as_chunks::<4>();
                rest.is_empty().then(|| numbers.iter().map(|four| f32::from_le_bytes(*four)).collect())
            }
        }
    }
}
