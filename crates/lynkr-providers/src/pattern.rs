//! Model name patterns: `*` stands for any text, everything else for itself.

/// Whether a name has the form of a pattern.
pub fn matches(pattern: &str, name: &str) -> bool {
    let first = pattern.as_bytes().first();
    // Each model's name is held against many patterns: most differ in their first letter.
    if first != Some(&b'*') && first != name.as_bytes().first() {
        return false;
    }
    let Some((beginning, others)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(beginning) else { return false };
    let (middle, last) = others.rsplit_once('*').unwrap_or(("", others));
    for piece in middle.split('*') {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

pub(crate) fn any_matches(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

#[cfg(test)]
mod tests;
