//! Documents: their pages, as far as they can be seen.

use crate::image::decoded_head;

/// How much of a document is searched for pages.
const SEARCHED: usize = 8 * 1024 * 1024;
/// How many bytes of a PDF are taken for a page where none can be seen: text compresses, and pictures don't.
const BYTES_PER_PAGE: u64 = 20_000;

/// The pages of a PDF in base64: those that it names, or else by its size. At least one.
pub(crate) fn pages(data: &str) -> u64 {
    let by_size = (data.len() as u64 * 3 / 4).div_ceil(BYTES_PER_PAGE).max(1);
    let named = named_pages(&decoded_head(data, SEARCHED));
    named.max(if named == 0 { by_size } else { 1 })
}

/// `/Type /Page`, but not `/Type /Pages`.
fn named_pages(bytes: &[u8]) -> u64 {
    const KEY: &[u8] = b"/Type";
    let mut pages = 0;
    for (at, window) in bytes.windows(KEY.len()).enumerate() {
        if window != KEY {
            continue;
        }
        let after = bytes.get(at + KEY.len()..).unwrap_or_default().trim_ascii_start();
        let rest = after.strip_prefix(b"/Page");
        pages += u64::from(rest.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric)));
    }
    pages
}
