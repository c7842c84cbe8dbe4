//! Takes secrets out of what tools say: known forms of keys, and values that are called a secret and look like one.
//!
//! A run of letters alone is no secret: commit ids, digests and paths stay.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// How every text begins that stands in a secret's place.
pub const MARK: &str = "[redacted: ";

/// Forms of keys that vendors give out, with what each is called.
const FORMS: &[(&str, &str)] = &[
    (
        "private key",
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE[ ]KEY-----(?s:.*?)(?:-----END (?:[A-Z0-9]+ )*PRIVATE[ ]KEY-----|\z)",
    ),
    ("API key", r"\bsk-(?:ant-|proj-|or-v1-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}"),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"),
    ("GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    ("Google key", r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}"),
    ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}"),
    ("Stripe key", r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("Databricks token", r"\bdapi[0-9a-f]{32}\b"),
    ("Lynkr key", r"\blynkr_[A-Za-z0-9_-]{24,}"),
    ("JWT", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
];

/// A value that is called a secret: the name, what stands between, the value.
const ASSIGNED: &str = r#"(?i)\b((?:[a-z0-9]+[_-])*(?:api[_-]?key|secret|token|password|passwd|access[_-]?key|private[_-]?key)[a-z0-9_-]*\\?["']?\s*[:=]\s*\\?["']?)([a-z0-9+/=_~-]{16,})"#;

static COMPILED: LazyLock<Vec<(&'static str, Regex)>> =
    LazyLock::new(|| FORMS.iter().filter_map(|(what, form)| Some((*what, Regex::new(form).ok()?))).collect());
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ASSIGNED).ok());

/// The text without its secrets; untouched where it has none.
pub fn redacted(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for (what, form) in COMPILED.iter() {
        if form.is_match(&text) {
            text = Cow::Owned(form.replace_all(&text, format!("{MARK}{what}]")).into_owned());
        }
    }
    let Some(named) = &*NAMED else { return text };
    let replace = |found: &Captures<'_>| {
        let part = |number| found.get(number).map_or("", |part| part.as_str());
        let value = if is_random(part(2)) { "[redacted: secret]" } else { part(2) };
        format!("{}{value}", part(1))
    };
    if named.captures_iter(&text).any(|found| found.get(2).is_some_and(|value| is_random(value.as_str()))) {
        text = Cow::Owned(named.replace_all(&text, replace).into_owned());
    }
    text
}

/// Whether a value looks drawn at random: letters of both cases and digits, or a long run of hexadecimal digits.
fn is_random(value: &str) -> bool {
    let has = |kind: fn(&char) -> bool| value.chars().any(|c| kind(&c));
    let is_hex = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex || (has(char::is_ascii_digit) && has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written so that no scanner takes them for real ones.
    fn key(prefix: &str, rest: &str) -> String {
        [prefix, rest].concat()
    }

    #[test]
    fn keys_go_and_the_rest_stays() {
        let body = "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb3d";
        for secret in [
            key("sk-", "ant-api03-Ab3dEf6hIj9kLm2nOp5q"),
            key("gh", &format!("p_{body}")),
            key("AKI", "AIOSFODNN7EXAMPLE"),
            key("AIz", &format!("a{}", &body[..35])),
            key("xox", "b-123456789012-abcdef"),
            ["-----BEGIN RSA PRIV", "ATE KEY-----\nMIIEow\n-----END RSA PRIV", "ATE KEY-----"].concat(),
        ] {
            let text = format!("before {secret} after");
            let clean = redacted(&text).into_owned();
            assert!(clean.starts_with(&format!("before {MARK}")) && clean.ends_with("] after"), "{clean}");
        }
        let assigned = redacted("DATABASE_PASSWORD=\"Ab3dEf6hIj9kLm2nOp5q\" # x").into_owned();
        assert_eq!(assigned, "DATABASE_PASSWORD=\"[redacted: secret]\" # x");
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "commit 332d66b9c1f0a7e2d4b8c6a5f3e1d2c4b6a80917",
            "crates/lynkr-orchestrator/src/relay/translate_and_more.rs",
            "let token = next_token_of_the_stream;",
            "the password: see the_safe_on_the_second_floor",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        ] {
            assert!(matches!(redacted(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn every_form_compiles() {
        assert_eq!((COMPILED.len(), NAMED.is_some()), (FORMS.len(), true));
    }
}
