//! OpenAI's vocabularies. They are in the binary in compressed form and are unpacked at their first use.

/// A vocabulary that counts as the model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vocabulary {
    /// `o200k_base`: since GPT-4o.
    O200k,
    /// `cl100k_base`: GPT-4 and GPT-3.5.
    Cl100k,
}

/// The longest text that is counted in one go, in bytes. A word of so many letters costs more than its length, a
/// text of so many words doesn't, so that what a client sends costs time in proportion.
const CHUNK: usize = 64 * 1024;
/// How far back a better place for a cut is looked for.
const LOOK_BACK: usize = 1024;

impl Vocabulary {
    /// The name by which the vocabulary is published.
    pub const fn name(self) -> &'static str {
        match self {
            Self::O200k => "o200k_base",
            Self::Cl100k => "cl100k_base",
        }
    }

    /// The tokens of a text, exactly as the vendor's own tokenizer counts them; in texts without white space of
    /// more than 64 KiB, up to one token more for each 64 KiB. What looks like a control token is text.
    ///
    /// `None` where the vocabulary isn't in the build.
    pub fn count(self, text: &str) -> Option<u64> {
        let bpe = tiktoken::get_encoding(self.name())?;
        Some(chunks(text).map(|chunk| bpe.count(chunk) as u64).sum())
    }
}

/// The text in pieces of at most [`CHUNK`] bytes, cut before white space where there is any nearby.
pub(crate) fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (chunk, after) = rest.split_at(cut(rest));
        rest = after;
        Some(chunk)
    })
}

fn cut(text: &str) -> usize {
    if text.len() <= CHUNK {
        return text.len();
    }
    let most = text.floor_char_boundary(CHUNK);
    let from = text.floor_char_boundary(most - LOOK_BACK);
    let near = text.get(from..most).unwrap_or_default();
    // A word takes the space before it along, and runs of white space are one: the cut goes before a single one.
    let single = |at: &usize| {
        let after = near.as_bytes().get(at + 1).is_some_and(u8::is_ascii_alphabetic);
        let before = at.checked_sub(1).and_then(|at| near.as_bytes().get(at));
        after && before.is_some_and(u8::is_ascii_alphanumeric)
    };
    let place = near.rmatch_indices(' ').map(|(at, _)| at).find(single);
    place.map_or(most, |at| from + at)
}
