//! Paths that name a model: `/openai/deployments/{model}/chat/completions`.

use std::fmt::Write as _;

/// What stands for the model.
const MODEL: &str = "{model}";

/// What a path says that follows a template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    /// What comes before the template.
    pub(crate) root: &'a str,
    /// The model.
    pub(crate) model: &'a str,
}

/// Reads a path that ends as the template does, or just after the model.
pub(crate) fn read<'a>(template: &str, path: &'a str) -> Option<Named<'a>> {
    let template = template.split('?').next().unwrap_or(template);
    let (before, after) = template.split_once(MODEL)?;
    let (root, rest) = path.split_once(before)?;
    // Google's methods stand behind a colon; any of them names the same model.
    let model = rest.split(if after.starts_with(':') { ':' } else { '/' }).next();
    let model = model.filter(|model| !model.is_empty() && !model.contains(['%', '/']))?;
    let tail = rest.strip_prefix(model)?;
    let is_method = tail.starts_with(':') && after.starts_with(':') && !tail.contains('/');
    (tail.is_empty() || tail == after || is_method).then_some(Named { root, model })
}

/// The text with the model in its place, written so that it is one segment of a path whatever it holds.
pub(crate) fn fill(text: &str, model: &str) -> String {
    let Some((before, after)) = text.split_once(MODEL) else { return text.to_owned() };
    let mut filled = before.to_owned();
    // A segment of dots alone would mean another folder.
    let only_dots = model.bytes().all(|byte| byte == b'.');
    for byte in model.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'@');
        if is_plain || (byte == b'.' && !only_dots) {
            filled.push(char::from(byte));
        } else {
            let _ = write!(filled, "%{byte:02X}");
        }
    }
    filled.push_str(after);
    filled
}

#[cfg(test)]
mod tests;
