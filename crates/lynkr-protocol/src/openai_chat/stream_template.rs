//! Chunks that differ in nothing but their words, as most of a stream does: what was read of one is known of the next, too.

use memchr::memmem;

use super::stream_decode::words_of;
use crate::json;

/// Where the words of a chunk stand.
const FIELD: &str = "\"content\":\"";
/// After so many templates that didn't fit the next chunk none is looked for any more: there are streams with a random number in
/// each.
const MOST_MISSES: u8 = 3;

/// What stands around the words of a chunk that said nothing else.
#[derive(Debug, Default)]
pub(super) struct Template {
    around: Option<(String, String)>,
    misses: u8,
}

impl Template {
    /// The words of a chunk that is like the last one in all else.
    pub(super) fn words(&self, data: &str) -> Option<String> {
        let (before, after) = self.around.as_ref()?;
        let quoted = data.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
        json::unquoted(quoted).map(std::borrow::Cow::into_owned)
    }

    /// Learns from a chunk that said `text` and nothing else.
    pub(super) fn learn(&mut self, data: &str, text: &str) {
        if self.misses > MOST_MISSES {
            return;
        }
        self.misses += 1;
        self.around = around(data, text);
    }
}

fn around(data: &str, text: &str) -> Option<(String, String)> {
    let field = memmem::find(data.as_bytes(), FIELD.as_bytes())?;
    let (before, rest) = data.split_at_checked(field + FIELD.len() - 1)?;
    let quoted = json::first(rest)?;
    if json::unquoted(quoted)? != text {
        return None;
    }
    let after = rest.get(quoted.len()..)?;
    // Other words in the same place are the chunk's words as well: nothing else in it has this name.
    let other = format!("{before}\"other words\"{after}");
    (words_of(&other).as_deref() == Some("other words")).then(|| (before.to_owned(), after.to_owned()))
}
