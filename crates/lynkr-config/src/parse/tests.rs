//! Each kind's texts, good and bad.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::{Raw, Value, parse};
use crate::Kind;

const LEVELS: &[&str] = &["debug", "info"];

/// The value in words, so that cases fit into a table.
fn read(kind: Kind, text: &str) -> Result<String, String> {
    match parse(kind, &Raw::Text(text.to_owned()), Some(Path::new("/home/me"))) {
        Ok(Value::Text(text)) => Ok(text),
        Ok(Value::Secret(secret)) => Ok(secret.expose_secret().to_owned()),
        Ok(Value::Path(path)) => Ok(path.display().to_string()),
        Ok(Value::Bool(switch)) => Ok(switch.to_string()),
        Ok(Value::Integer(number) | Value::Bytes(number)) => Ok(number.to_string()),
        Ok(Value::Milliseconds(duration)) => Ok(duration.as_millis().to_string()),
        Ok(Value::Share(share)) => Ok(share.to_string()),
        Ok(Value::List(items)) => Ok(items.join("|")),
        Ok(Value::Pairs(pairs)) => {
            Ok(pairs.iter().map(|(a, b)| format!("{a}>{b}")).collect::<Vec<_>>().join("|"))
        }
        Err(complaint) => Err(complaint.hint.unwrap_or(complaint.message)),
    }
}

#[test]
fn good_texts() {
    let port = Kind::Integer { min: 0, max: 65_535 };
    for (kind, text, expected) in [
        (Kind::Text, " padded ", "padded"),
        (Kind::Secret, " sk-1\n", "sk-1"),
        (Kind::Url, "https://h/v1", "https://h/v1"),
        (Kind::Path, "~/x", "/home/me/x"),
        (Kind::Path, "x/~", "x/~"),
        (Kind::Bool, "TRUE", "true"),
        (Kind::Bool, "on", "true"),
        (Kind::Bool, "0", "false"),
        (Kind::Bool, "No", "false"),
        (port, "8080", "8080"),
        (port, "65535", "65535"),
        (Kind::Milliseconds, "250", "250"),
        (Kind::Milliseconds, "2s", "2000"),
        (Kind::Milliseconds, "1 h", "3600000"),
        (Kind::Share, "0.85", "0.85"),
        (Kind::Share, "85 %", "0.85"),
        (Kind::Share, "1", "1"),
        (Kind::Bytes, "10", "10"),
        (Kind::Bytes, "1gb", "1073741824"),
        (Kind::Bytes, "2 KB", "2048"),
        (Kind::List, "a, b,,c", "a|b|c"),
        (Kind::Pairs, "fast=openai:a, deep = anthropic:b=c", "fast>openai:a|deep>anthropic:b=c"),
        (Kind::Choice(LEVELS), "INFO", "info"),
    ] {
        assert_eq!(read(kind, text), Ok(expected.to_owned()), "{kind:?} {text}");
    }
}

#[test]
fn bad_texts() {
    let port = Kind::Integer { min: 1, max: 65_535 };
    for (kind, text, expected) in [
        (Kind::Secret, "sk 1", "copied along"),
        (Kind::Url, "localhost:8080", "http://"),
        (Kind::Url, "api.openai.com/v1", "http://"),
        (Kind::Url, "ftp://h", "http://"),
        (Kind::Url, "https://me:secret@h", "key variable"),
        (Kind::Bool, "maybe", "true or false"),
        (port, "0", "from 1 to 65535"),
        (port, "70000", "from 1 to 65535"),
        (port, "-1", "from 1 to 65535"),
        (port, "abc", "from 1 to 65535"),
        (Kind::Milliseconds, "1.5s", "90s"),
        (Kind::Milliseconds, "99999999999999999999", "90s"),
        (Kind::Share, "85", "100%"),
        (Kind::Share, "-0.1", "100%"),
        (Kind::Share, "NaN", "100%"),
        (Kind::Bytes, "lots", "64mb"),
        (Kind::Bytes, "18446744073709551615gb", "64mb"),
        (Kind::Pairs, "fast", "fast=openai"),
        (Kind::Choice(LEVELS), "inof", "one of debug, info"),
        (Kind::Choice(LEVELS), "infoo", "did you mean info?"),
    ] {
        let result = read(kind, text);
        assert!(result.as_ref().is_err_and(|text| text.contains(expected)), "{kind:?} {text}: {result:?}");
    }
}

#[test]
fn shapes_that_do_not_fit() {
    let list = Raw::List(vec!["a".to_owned()]);
    let pairs = Raw::Pairs(vec![("a".to_owned(), "b".to_owned())]);
    assert!(parse(Kind::Text, &list, None).is_err());
    assert!(parse(Kind::List, &pairs, None).is_err());
    assert!(parse(Kind::Text, &Raw::Unusable("a nested list"), None).is_err());
    assert!(matches!(parse(Kind::List, &list, None), Ok(Value::List(items)) if items == ["a"]));
    assert!(matches!(parse(Kind::Pairs, &pairs, None), Ok(Value::Pairs(pairs)) if pairs.len() == 1));
}
