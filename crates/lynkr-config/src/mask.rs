//! How values that are secret, or may hold a secret, are shown.

use crate::Kind;

/// From this length on the last four characters of a secret are shown, so that two keys can be told apart.
const SHOWS_ENDING_FROM: usize = 12;

/// A secret as it may be shown: `****`, and its last four characters when it is long enough that they give
/// nothing away.
pub fn mask(secret: &str) -> String {
    let length = secret.chars().count();
    if length < SHOWS_ENDING_FROM {
        return "****".to_owned();
    }
    let ending: String = secret.chars().skip(length - 4).collect();
    format!("****{ending}")
}

/// A raw value as it may be shown in a listing or in a problem.
pub(crate) fn for_display(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Secret => mask(value),
        Kind::Headers => "****".to_owned(),
        Kind::Url => without_url_secrets(value),
        Kind::ServerUrl => without_password(value),
        Kind::Text
        | Kind::Path
        | Kind::Bool
        | Kind::Integer { .. }
        | Kind::Milliseconds
        | Kind::Bytes
        | Kind::Share
        | Kind::List
        | Kind::Pairs
        | Kind::Choice(_) => value.to_owned(),
    }
}

/// People put keys into the user part and into the query of a URL.
fn without_url_secrets(value: &str) -> String {
    let (address, query) = match value.split_once('?') {
        Some((address, _)) => (address, "?****"),
        None => (value, ""),
    };
    let address = match address.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            if scheme.is_empty() { format!("****@{host}") } else { format!("{scheme}://****@{host}") }
        }
        None => address.to_owned(),
    };
    format!("{address}{query}")
}

/// The URL of a server without user, password and parameters. A password may hold any character, so the host is what
/// follows the last `@`.
pub(crate) fn without_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.split(['?', '#']).next().unwrap_or_default().to_owned();
    };
    let (user, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => ("****@", rest),
        None => ("", rest),
    };
    let (rest, parameters) = match rest.split_once(['?', '#']) {
        Some((rest, _)) => (rest, "?****"),
        None => (rest, ""),
    };
    format!("{scheme}://{user}{rest}{parameters}")
}

#[cfg(test)]
mod tests;
