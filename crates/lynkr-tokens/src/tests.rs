//! Counts and estimates, held to what vendors' own tokenizers say.

mod corpus;
mod image;
mod messages;

use proptest::prelude::*;

use super::*;
use crate::vocabulary::chunks;

#[test]
fn a_model_is_known_in_whatever_dress() {
    let cases = [
        ("gpt-4o", Some(Vocabulary::O200k)),
        ("openai/gpt-4o-mini-2024-07-18", Some(Vocabulary::O200k)),
        ("ft:gpt-4o-mini-2024-07-18:org::id", Some(Vocabulary::O200k)),
        ("gpt-4.1-nano", Some(Vocabulary::O200k)),
        ("GPT-5.2-codex", Some(Vocabulary::O200k)),
        ("o1", Some(Vocabulary::O200k)),
        ("o3-pro", Some(Vocabulary::O200k)),
        ("o4-mini", Some(Vocabulary::O200k)),
        ("codex-mini-latest", Some(Vocabulary::O200k)),
        ("gpt-oss:20b", Some(Vocabulary::O200k)),
        ("openai.gpt-oss-120b-1:0", Some(Vocabulary::O200k)),
        ("gpt-4", Some(Vocabulary::Cl100k)),
        ("gpt-4-turbo", Some(Vocabulary::Cl100k)),
        ("gpt-35-turbo", Some(Vocabulary::Cl100k)),
        ("claude-sonnet-4-5", None),
        ("my-deployment", None),
        ("", None),
    ];
    for (model, vocabulary) in cases {
        assert_eq!(Family::of(model).vocabulary, vocabulary, "{model}");
    }
    let names = [
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude"),
        ("anthropic/claude-opus-4.7", "claude (2026)"),
        ("claude-opus-4-7", "claude (2026)"),
        ("models/gemini-2.5-pro", "gemini"),
        ("meta.llama3-70b-instruct-v1:0", "llama"),
        ("qwen3-coder:30b", "qwen"),
        ("deepseek-chat", "deepseek"),
        ("my-deployment", "other"),
    ];
    for (model, family) in names {
        assert_eq!(Family::of(model).name, family, "{model}");
    }
}

#[test]
fn hostile_texts_are_counted_in_pieces_of_bounded_size() {
    let texts = ["a".repeat(1_000_000), "日".repeat(300_000), " ".repeat(400_000), "ab, ".repeat(200_000)];
    for text in &texts {
        let pieces: Vec<&str> = chunks(text).collect();
        assert_eq!(pieces.concat(), *text);
        assert!(pieces.iter().all(|piece| piece.len() <= 64 * 1024));
        assert!(pieces.len() <= text.len() / (62 * 1024) + 1);
    }
    let letters = "a".repeat(150_000);
    // Eight letters are a token of the vocabulary.
    assert_eq!(Vocabulary::O200k.count(&letters), Some(18_750));
}

#[test]
fn cuts_cost_nothing_where_there_are_words() {
    let words = "the quick brown fox jumps over the lazy dog ".repeat(5_000);
    let (first, rest) = words.split_at(44 * 700);
    let by_parts = Vocabulary::O200k.count(first).unwrap() + Vocabulary::O200k.count(rest).unwrap();
    let whole = Vocabulary::O200k.count(&words).unwrap();
    assert!(whole.abs_diff(by_parts) <= 1, "{whole} {by_parts}");
    assert_eq!(whole, 9 * 5_000 + 1);
}

#[test]
fn control_tokens_in_a_text_are_text() {
    assert!(Vocabulary::O200k.count("<|endoftext|>").unwrap() > 1);
}

const MODELS: &[&str] = &["gpt-4o", "gpt-4", "claude-sonnet-4-5", "gemini-2.5-pro", "qwen3", "unheard-of"];

proptest! {
    #[test]
    fn what_is_added_never_makes_less(text in ".{0,60}", more in ".{0,20}", ascii in "[ -~\\n\\t]{0,60}") {
        for model in MODELS {
            let meter = Meter::estimating(model);
            for (text, more) in [(&text, &more), (&ascii, &more), (&text, &ascii)] {
                let longer = format!("{text}{more}");
                prop_assert!(meter.text(text) <= meter.text(&longer));
            }
            prop_assert_eq!(meter.text(&text) == 0, text.is_empty());
        }
    }

    #[test]
    fn pieces_are_the_text(text in "\\PC{0,200}", times in 1_usize..2_000) {
        let long = text.repeat(times);
        let pieces: Vec<&str> = chunks(&long).collect();
        prop_assert_eq!(pieces.concat(), long.as_str());
        prop_assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= 64 * 1024));
    }

    #[test]
    fn any_bytes_are_an_image_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200), junk in "\\PC{0,80}") {
        use base64::Engine as _;
        let data = base64::engine::general_purpose::STANDARD.encode(&bytes);
        for data in [data, junk] {
            let _ = size_of_base64(&data);
            for model in MODELS {
                prop_assert!(Meter::counting(model).image(Some(&data), None) > 0);
                prop_assert!(Meter::counting(model).document(Some(&data)) > 0);
            }
        }
    }

    #[test]
    fn any_schema_is_counted(name in ".{0,10}", schema in "\\PC{0,80}") {
        let tokens = Meter::counting("gpt-4o").function(&name, None, Some(&schema));
        prop_assert!(tokens > 0);
    }
}
