//! Fields of nested objects inside one flat [`Rest`]: `stream_options.include_obfuscation`. So the
//! receipt of a loss names the whole path, and encoders put the field back where it was.

use crate::wire::Rest;

pub(super) use crate::kept::nest;

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
