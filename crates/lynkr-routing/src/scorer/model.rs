//! The trained model: what each feature weighs, and where one tier ends and the next begins.

use super::features::{PAIRS, PART_BITS, WORD_BITS, named_count};
use std::borrow::Cow;

/// What a model begins with: its kind, and the version of this form.
const MAGIC: &[u8; 8] = b"LYNKRSC\x01";
/// Bytes in front of the weights: magic, two hashes, scales, thresholds, and the number of named features.
const HEAD: usize = 8 + 16 + 12 + 12 + 4;

/// Places for words.
pub(super) const WORDS: usize = 1 << WORD_BITS;
/// Places for parts of words.
pub(super) const PARTS: usize = 1 << PART_BITS;

/// A model. Hashed features have a byte each, times their family's scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// A hash of the prompts it was trained on.
    pub prompts: u64,
    /// A hash of the outcomes it was trained on beside them, 0 for none.
    pub outcomes: u64,
    /// What a byte of words, of parts and of pairs weighs.
    pub(super) scales: [f32; 3],
    /// From where on the sum means at least MEDIUM, COMPLEX and REASONING with even odds.
    pub(super) thresholds: [f32; 3],
    pub(super) words: Cow<'static, [u8]>,
    pub(super) parts: Cow<'static, [u8]>,
    pub(super) pairs: Cow<'static, [u8]>,
    pub(super) named: Vec<f32>,
}

impl Default for Model {
    /// Knows nothing: every text is MEDIUM.
    fn default() -> Self {
        Self {
            prompts: 0,
            outcomes: 0,
            scales: [0.0; 3],
            thresholds: [-1.0, 1.0, 2.0],
            words: Cow::Owned(vec![0; WORDS]),
            parts: Cow::Owned(vec![0; PARTS]),
            pairs: Cow::Owned(vec![0; PAIRS]),
            named: vec![0.0; named_count()],
        }
    }
}

impl Model {
    /// Where the weights of words, parts, pairs and named features begin in a trainer's vector, and its length.
    pub fn layout() -> [usize; 5] {
        [0, WORDS, WORDS + PARTS, WORDS + PARTS + PAIRS, WORDS + PARTS + PAIRS + named_count()]
    }

    /// A model of a trainer's vector of weights; hashed ones are rounded to bytes.
    pub fn new(weights: &[f32], thresholds: [f32; 3], prompts: u64, outcomes: u64) -> Self {
        let [_, parts, pairs, named, end] = Self::layout();
        let (words_scale, words) = to_bytes(weights.get(..parts).unwrap_or_default());
        let (parts_scale, part_bytes) = to_bytes(weights.get(parts..pairs).unwrap_or_default());
        let (pairs_scale, pair_bytes) = to_bytes(weights.get(pairs..named).unwrap_or_default());
        Self {
            prompts,
            outcomes,
            scales: [words_scale, parts_scale, pairs_scale],
            thresholds,
            words: Cow::Owned(words),
            parts: Cow::Owned(part_bytes),
            pairs: Cow::Owned(pair_bytes),
            named: weights.get(named..end).unwrap_or_default().to_vec(),
        }
    }

    /// Reads what [`Self::encode`] wrote; `None` for another version or another number of features.
    pub fn decode(bytes: &'static [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let prompts = u64::from_le_bytes(take(&mut rest)?);
        let outcomes = u64::from_le_bytes(take(&mut rest)?);
        let mut float = || take(&mut rest).map(f32::from_le_bytes);
        let scales = [float()?, float()?, float()?];
        let thresholds = [float()?, float()?, float()?];
        let count = u32::from_le_bytes(take(&mut rest)?) as usize;
        if count != named_count() || bytes.len() != HEAD + count * 4 + WORDS + PARTS + PAIRS {
            return None;
        }
        let named: Option<Vec<f32>> = (0..count).map(|_| take(&mut rest).map(f32::from_le_bytes)).collect();
        let (words, rest) = rest.split_at_checked(WORDS)?;
        let (parts, pairs) = rest.split_at_checked(PARTS)?;
        let [words, parts, pairs] = [words, parts, pairs].map(Cow::Borrowed);
        Some(Self { prompts, outcomes, scales, thresholds, words, parts, pairs, named: named? })
    }

    /// The model as bytes, the same on every machine.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.prompts.to_le_bytes());
        bytes.extend(self.outcomes.to_le_bytes());
        for float in self.scales.iter().chain(&self.thresholds) {
            bytes.extend(float.to_le_bytes());
        }
        bytes.extend(u32::try_from(self.named.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(self.named.iter().flat_map(|weight| weight.to_le_bytes()));
        for table in [&self.words, &self.parts, &self.pairs] {
            bytes.extend_from_slice(table);
        }
        bytes
    }
}

/// The first bytes, taken off.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

/// Weights as signed bytes, and what one of them weighs.
fn to_bytes(weights: &[f32]) -> (f32, Vec<u8>) {
    let largest = weights.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
    let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
    #[expect(clippy::cast_possible_truncation, reason = "rounded, and within -127 to 127 by the scale")]
    let byte = |weight: &f32| ((weight / scale).round() as i8).cast_unsigned();
    (scale, weights.iter().map(byte).collect())
}
