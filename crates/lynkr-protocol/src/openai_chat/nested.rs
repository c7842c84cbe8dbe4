//! Fields of nested objects inside one flat [`Rest`]: `stream_options.include_obfuscation`. So the
//! receipt of a loss names the whole path, and encoders put the field back where it was.

use crate::wire::Rest;

/// Appends each field of `inner` under `prefix` and a dot.
pub(super) fn nest(rest: &mut Rest, prefix: &str, inner: &Rest) {
    for (name, value) in inner.iter() {
        rest.push(format!("{prefix}.{name}"), value.clone());
    }
}

/// Takes the fields under `prefix` and a dot out of `rest`.
pub(super) fn unnest(rest: &mut Rest, prefix: &str) -> Rest {
    let has_prefix =
        |name: &str| name.strip_prefix(prefix).and_then(|name| name.strip_prefix('.')).map(str::to_owned);
    let mut kept = Rest::default();
    let mut taken = Rest::default();
    for (name, value) in rest.iter() {
        match has_prefix(name) {
            Some(inner) => taken.push(inner, value.clone()),
            None => kept.push(name, value.clone()),
        }
    }
    *rest = kept;
    taken
}
