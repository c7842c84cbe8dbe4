//! Figures as tables show them.

use super::figures::Range;

/// A figure with so many digits; a dash for none.
pub(crate) fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

/// The middle of some rounds, and their least and most.
pub(crate) fn range(range: Option<Range>, digits: usize) -> String {
    let text =
        |own: Range| format!("{:.digits$} ({:.digits$} – {:.digits$})", own.median, own.least, own.most);
    range.map_or_else(|| "–".to_owned(), text)
}
