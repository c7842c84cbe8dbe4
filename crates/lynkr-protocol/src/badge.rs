//! The visible badge: one line of Markdown in front of an answer's first text that says which model gave it, and how it
//! is taken out again of the history that a client sends back.
//!
//! What is put in and what is taken out fit exactly: a text without its badge is the model's own, byte for byte, so
//! that the provider's prompt cache finds it again.

mod literal;
mod place;
mod raw;
mod shift;
mod stream;
mod strip;
mod whole;

pub use place::has_place;
pub use stream::Inserter;
pub use strip::strip;
pub use whole::insert;

/// How a badge begins.
const BEGIN: &str = "*[Lynkr]";
/// What stands between the badge and the model's own words.
const GAP: &str = "\n\n";
/// What a turn says of which nothing is left: vendors refuse empty ones.
const NOTHING: &str = "…";

/// A badge that says this. What would end it early is replaced.
pub fn badge(says: &str) -> String {
    let fits = |character: char| if character == '*' || character.is_control() { '?' } else { character };
    let says: String = says.chars().map(fits).collect();
    format!("{BEGIN} {says}*")
}

/// Whether a body may hold badges: a quick look before anything is parsed.
pub fn may_hold(body: &[u8]) -> bool {
    memchr::memmem::find(body, b"*[Lynkr]").is_some()
}

/// The badge with what separates it from the answer.
fn prefix(badge: &str) -> String {
    format!("{badge}{GAP}")
}

#[cfg(test)]
mod tests;
