//! What only providers have that the operator gave a name: models and headers of their own.

use lynkr_config::{Problem, SecretString, Values};

use super::Upstream;
use crate::custom::path_of;

/// Headers that the gateway makes itself, and those that belong to one connection.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "lynkr-hops",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that show a key.
const KEYS: &[&str] = &["api-key", "authorization", "x-api-key", "x-goog-api-key"];

impl Upstream {
    /// Reads the models and the headers. Everything else is in the provider's table.
    pub(super) fn read_custom(&mut self, values: &Values) -> Vec<Problem> {
        if self.provider.kind.is_none() {
            return Vec::new();
        }
        let name = self.provider.name;
        self.models = values.list(&path_of(name, "models")).to_vec();
        self.warn_of_missing_key(values);
        let path = path_of(name, "headers");
        let mut problems = Vec::new();
        for (header, value) in values.pairs(&path) {
            let header = header.to_ascii_lowercase();
            match wrong_with(&header, value) {
                Some((message, hint)) => {
                    let problem =
                        Problem::error(&path, format!("holds `{header}`, which {message}")).with_hint(hint);
                    problems.push(match values.source(&path) {
                        Some(source) => problem.with_source(source),
                        None => problem,
                    });
                }
                None => self.extra_headers.push((header, SecretString::from(value.as_str()))),
            }
        }
        problems
    }

    /// A variable that was named and isn't there is most likely a slip.
    fn warn_of_missing_key(&mut self, values: &Values) {
        let path = path_of(self.provider.name, "api_key_env");
        let Some((variable, source)) = values.text(&path).zip(values.source(&path)) else { return };
        if values.source(variable).is_none() {
            let message =
                format!("names {variable}, which isn't set: requests go without a key of the gateway's");
            self.warnings.push(Problem::warning(path, message).with_source(source));
        }
    }
}

/// Why a header can't be sent, and what to do instead.
fn wrong_with(name: &str, value: &str) -> Option<(&'static str, &'static str)> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Some(("is no name of a header", "use letters, digits and `-`"));
    }
    if RESERVED.contains(&name) {
        return Some(("the gateway makes itself", "leave it out"));
    }
    if KEYS.contains(&name) {
        return Some((
            "shows a key",
            "put the key into `api_key`, or its variable's name into `api_key_env`",
        ));
    }
    let is_sendable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    if !value.bytes().all(is_sendable) {
        return Some(("has a value that can't be sent", "its characters must be plain ASCII, on one line"));
    }
    None
}
