//! The corpus: what real tokenizers count of each sample, so that every deviation of an estimate can be seen.
//!
//! The first two columns are from OpenAI's own `tiktoken` 0.14.0 for Python with the vendor's vocabulary files; the
//! others from the vocabularies that the `tiktoken` crate 4.1.2 carries with all its features.

use crate::{Meter, Vocabulary};

struct Sample {
    name: &'static str,
    text: &'static str,
    /// o200k, cl100k, DeepSeek V3, GLM 4, Kimi K2, Llama 3, Mistral V3, Qwen 2.
    counts: [u64; 8],
}

macro_rules! samples {
    ($($name:ident: $counts:expr,)*) => {
        &[$(Sample {
            name: stringify!($name),
            text: include_str!(concat!("corpus/", stringify!($name), ".txt")),
            counts: $counts,
        },)*]
    };
}

const SAMPLES: &[Sample] = samples![
    base64_hex: [1102, 1134, 1127, 1185, 1092, 1133, 1359, 1334],
    chinese: [179, 269, 132, 141, 127, 188, 219, 148],
    diff: [333, 330, 351, 335, 333, 330, 372, 358],
    english: [301, 303, 306, 303, 301, 303, 304, 303],
    french: [148, 172, 172, 162, 194, 171, 152, 169],
    german: [177, 226, 211, 198, 250, 225, 190, 223],
    hindi_arabic_emoji: [131, 287, 173, 257, 192, 194, 163, 202],
    japanese: [187, 250, 165, 175, 189, 171, 180, 168],
    json: [297, 298, 327, 304, 295, 298, 335, 323],
    json_minified: [261, 259, 271, 268, 256, 259, 323, 310],
    korean: [151, 236, 173, 209, 212, 159, 130, 175],
    python: [380, 376, 415, 376, 383, 376, 403, 382],
    russian: [124, 201, 138, 122, 176, 135, 138, 150],
    rust: [1430, 1438, 1547, 1438, 1424, 1438, 1543, 1451],
    table_markdown: [224, 225, 237, 226, 221, 224, 249, 236],
    tool_schemas: [333, 329, 357, 329, 330, 329, 358, 336],
    typescript: [356, 353, 373, 353, 359, 353, 373, 359],
    whitespace_csv: [189, 189, 194, 192, 188, 189, 259, 255],
];

const MODELS: [&str; 8] =
    ["gpt-4o", "gpt-4", "deepseek-chat", "glm-4.6", "kimi-k2", "llama-3.3", "mistral-large", "qwen2.5"];

#[test]
fn the_vocabularies_count_as_their_vendor_does() {
    for sample in SAMPLES {
        let [o200k, cl100k, ..] = sample.counts;
        assert_eq!(Vocabulary::O200k.count(sample.text), Some(o200k), "{}", sample.name);
        assert_eq!(Vocabulary::Cl100k.count(sample.text), Some(cl100k), "{}", sample.name);
        assert_eq!(Meter::counting("gpt-5").text(sample.text), o200k);
    }
}

#[test]
fn estimates_err_upward_and_within_bounds() {
    for sample in SAMPLES {
        for (model, real) in MODELS.iter().zip(sample.counts) {
            let estimate = Meter::estimating(model).text(sample.text);
            assert!(estimate >= real, "{} for {model}: {estimate} < {real}", sample.name);
            assert!(estimate <= real * 2, "{} for {model}: {estimate} > 2 x {real}", sample.name);
        }
    }
}

#[test]
fn every_family_is_estimated_no_lower_than_the_newest_of_openai() {
    let others = ["claude-sonnet-4-5", "claude-opus-4-7", "gemini-2.5-pro", "unheard-of"];
    for sample in SAMPLES {
        let base = Meter::counting("gpt-4o").text(sample.text);
        for model in others {
            let estimate = Meter::estimating(model).text(sample.text);
            assert!(estimate >= base, "{} for {model}: {estimate} < {base}", sample.name);
        }
    }
}

/// The estimates as they are, in per cent of the real counts: a change of a weight shows here.
#[test]
fn deviations() {
    let head = MODELS.map(|model| format!("{model:>14}")).concat();
    let rows = SAMPLES.iter().map(|sample| {
        let shares = MODELS.iter().zip(sample.counts).map(|(model, real)| {
            let estimate = Meter::estimating(model).text(sample.text);
            format!("{:>13}%", estimate * 100 / real)
        });
        format!("{:20}{}", sample.name, shares.collect::<Vec<_>>().concat())
    });
    let table = format!("{:20}{head}\n{}", "sample", rows.collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!(table);
}
