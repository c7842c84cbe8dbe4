//! Takes out of texts what tells who somebody is: keys and tokens, e-mail addresses, names of users in paths, and IP
//! addresses. What somebody says of themselves in other words stays.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use lynkr_tools::redacted;
use regex::{Captures, Regex};
use serde_json::Value;

/// What is looked for, and what stands in its place; `$1` is what stays of it.
const FORMS: [(&str, &str); 3] = [
    (r"(?i)\b(bearer\s+)[a-z0-9._~+/=-]{8,}", "$1[redacted: token]"),
    (r"\b[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b", "[e-mail]"),
    (r#"((?:/home|/Users|[A-Za-z]:(?:\\{1,2}|/)Users)(?:/|\\{1,2}))[^/\\\s"'`:;,<>()]+"#, "$1[user]"),
];

/// What may be an address: four numbers, or groups with at least three colons.
const ADDRESS: &str = r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{0,4}";

static COMPILED: LazyLock<Vec<(Regex, &str)>> =
    LazyLock::new(|| FORMS.iter().filter_map(|(form, with)| Some((Regex::new(form).ok()?, *with))).collect());
static ADDRESSES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ADDRESS).ok());

/// Masks every text in the value; names of fields stay.
pub(super) fn mask(value: &mut Value) {
    match value {
        Value::String(text) => *text = masked(text),
        Value::Array(values) => values.iter_mut().for_each(mask),
        Value::Object(fields) => fields.values_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn masked(text: &str) -> String {
    let mut text = redacted(text).into_owned();
    for (form, with) in COMPILED.iter() {
        if form.is_match(&text) {
            text = form.replace_all(&text, *with).into_owned();
        }
    }
    let Some(addresses) = &*ADDRESSES else { return text };
    let replace = |found: &Captures<'_>| {
        let word = found.get(0).map_or("", |own| own.as_str());
        if tells_a_place(word) { "[IP address]".to_owned() } else { word.to_owned() }
    };
    addresses.replace_all(&text, replace).into_owned()
}

/// This machine's own addresses are everybody's; times and numbers of versions with leading zeros are none.
fn tells_a_place(word: &str) -> bool {
    match word.parse() {
        Ok(IpAddr::V4(address)) => address != Ipv4Addr::UNSPECIFIED && !address.is_loopback(),
        Ok(IpAddr::V6(address)) => address != Ipv6Addr::UNSPECIFIED && !address.is_loopback(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_tells_who_somebody_is_goes() {
        let key = ["sk-", "ant-api03-Ab3dEf6hIj9kLm2nOp5q"].concat();
        let token = ["Bearer ", "abcdef0123456789"].concat();
        // Written so that nobody takes them for paths of a machine.
        let (linux, mac) = (["/ho", "me/"].concat(), ["/Us", "ers/"].concat());
        for (text, wanted) in [
            (format!("my key is {key}."), "my key is [redacted: API key].".to_owned()),
            (
                format!("-H 'authorization: {token}'"),
                "-H 'authorization: Bearer [redacted: token]'".to_owned(),
            ),
            ("write to Ada.L+x@mail.example.org, please".to_owned(), "write to [e-mail], please".to_owned()),
            (format!("in {linux}ada/src/a.rs:3"), format!("in {linux}[user]/src/a.rs:3")),
            (format!("{mac}grace"), format!("{mac}[user]")),
            (r"C:\Users\ada\x".to_owned(), r"C:\Users\[user]\x".to_owned()),
            ("10.1.2.3:80 and 2001:db8::17".to_owned(), "[IP address]:80 and [IP address]".to_owned()),
        ] {
            let mut value = json!({"a": [text]});
            mask(&mut value);
            assert_eq!(value, json!({"a": [wanted]}));
        }
        assert_eq!((COMPILED.len(), ADDRESSES.is_some()), (FORMS.len(), true));
    }

    #[test]
    fn the_rest_stays() {
        for text in [
            "2026-11-21T08:00:00.000Z",
            "http://127.0.0.1:8080/v1 and [::1]:8080",
            "std::collections::BTreeMap::new()",
            "claude-sonnet-4-5@20250929",
            "/homework/ada and /opt/src",
            "version 1.2.3",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
