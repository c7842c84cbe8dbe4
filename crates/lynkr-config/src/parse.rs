//! From the text of a setting to its value, or to a sentence that says what the text should have been.

use std::hash::{Hash as _, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{Kind, nearest};

/// A value as a source has it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Raw {
    /// Text from a flag, a variable or a TOML scalar.
    Text(String),
    /// A TOML list.
    List(Vec<String>),
    /// A TOML table.
    Pairs(Vec<(String, String)>),
    /// A TOML value that no setting can have; the text says what it is.
    Unusable(&'static str),
}

impl Raw {
    /// An empty value counts as unset.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Pairs(pairs) => pairs.is_empty(),
            Self::Unusable(_) => false,
        }
    }

    /// The value as one text, for reports.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
            Self::Pairs(pairs) => {
                pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
            }
            Self::Unusable(what) => (*what).to_owned(),
        }
    }
}

/// A value that can be used.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Secret(SecretString),
    Path(PathBuf),
    Bool(bool),
    Integer(u64),
    Milliseconds(Duration),
    Bytes(u64),
    Share(f64),
    List(Vec<String>),
    Pairs(Vec<(String, String)>),
}

impl Value {
    /// Whether both say the same. Secrets are compared here so that they are nowhere else.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(own), Self::Text(others)) => own == others,
            (Self::Secret(own), Self::Secret(others)) => own.expose_secret() == others.expose_secret(),
            (Self::Path(own), Self::Path(others)) => own == others,
            (Self::Bool(own), Self::Bool(others)) => own == others,
            (Self::Integer(own), Self::Integer(others)) | (Self::Bytes(own), Self::Bytes(others)) => {
                own == others
            }
            (Self::Milliseconds(own), Self::Milliseconds(others)) => own == others,
            (Self::Share(own), Self::Share(others)) => own.to_bits() == others.to_bits(),
            (Self::List(own), Self::List(others)) => own == others,
            (Self::Pairs(own), Self::Pairs(others)) => own == others,
            _ => false,
        }
    }

    /// What [`Self::is_same`] compares, for a fingerprint. Secrets go in here so that they are nowhere else.
    pub(crate) fn hash_into(&self, hasher: &mut impl Hasher) {
        std::mem::discriminant(self).hash(hasher);
        match self {
            Self::Text(text) => text.hash(hasher),
            Self::Secret(secret) => secret.expose_secret().hash(hasher),
            Self::Path(path) => path.hash(hasher),
            Self::Bool(switch) => switch.hash(hasher),
            Self::Integer(number) | Self::Bytes(number) => number.hash(hasher),
            Self::Milliseconds(duration) => duration.hash(hasher),
            Self::Share(share) => share.to_bits().hash(hasher),
            Self::List(items) => items.hash(hasher),
            Self::Pairs(pairs) => pairs.hash(hasher),
        }
    }
}

/// Why a text can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Complaint {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Reads a value; `home` is what a leading `~/` stands for.
pub(crate) fn parse(kind: Kind, raw: &Raw, home: Option<&Path>) -> Result<Value, Complaint> {
    match (kind, raw) {
        (Kind::List, Raw::List(items)) => Ok(Value::List(items.clone())),
        (Kind::Pairs | Kind::Headers, Raw::Pairs(pairs)) => Ok(Value::Pairs(pairs.clone())),
        (_, Raw::Text(text)) => parse_text(kind, text.trim(), home),
        (_, Raw::List(_)) => Err(Complaint::new("takes a single value, not a list")),
        (_, Raw::Pairs(_)) => Err(Complaint::new("takes a value, not a table")),
        (_, Raw::Unusable(what)) => Err(Complaint::new(format!("can't be {what}"))),
    }
}

fn parse_text(kind: Kind, text: &str, home: Option<&Path>) -> Result<Value, Complaint> {
    match kind {
        Kind::Text => Ok(Value::Text(text.to_owned())),
        Kind::Secret => parse_secret(text),
        Kind::Url => parse_url(text),
        Kind::ServerUrl => parse_server_url(text),
        Kind::Path => Ok(Value::Path(expand_home(text, home))),
        Kind::Bool => parse_switch(text),
        Kind::Integer { min, max } => parse_integer(text, min, max),
        Kind::Milliseconds => parse_duration(text),
        Kind::Bytes => parse_size(text),
        Kind::Share => parse_share(text),
        Kind::List => Ok(Value::List(split_list(text))),
        Kind::Pairs | Kind::Headers => parse_pairs(text),
        Kind::Choice(words) => parse_choice(text, words),
    }
}

/// A credential ends up in a header, which can't hold everything.
fn parse_secret(text: &str) -> Result<Value, Complaint> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Value::Secret(SecretString::from(text)));
    }
    Err(Complaint::new("holds a space or another character that can't stand in a credential")
        .with_hint("copy it again; quotes, line ends and invisible characters are easily copied along"))
}

fn parse_share(text: &str) -> Result<Value, Complaint> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse::<f64>(),
    };
    match share {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(Value::Share(share)),
        _ => {
            Err(Complaint::new("is no share of a whole")
                .with_hint("give a number from 0 to 1, or 0% to 100%"))
        }
    }
}

fn parse_url(text: &str) -> Result<Value, Complaint> {
    let url = Url::parse(text).map_err(|error| {
        let complaint = Complaint::new(format!("is not a URL: {error}"));
        if text.contains("://") {
            complaint
        } else {
            complaint.with_hint("begin it with http:// or https://")
        }
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Complaint::new(format!("has the scheme `{}`", url.scheme()))
            .with_hint("begin it with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Complaint::new("holds a user name or password")
            .with_hint("give the credential in the provider's key variable, where it is kept secret"));
    }
    Ok(Value::Text(text.to_owned()))
}

/// Its owner reads it; here it is only told from a value that can't be one, without repeating it.
fn parse_server_url(text: &str) -> Result<Value, Complaint> {
    let has_scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !rest.is_empty()
    });
    if has_scheme && !text.chars().any(char::is_control) {
        return Ok(Value::Secret(SecretString::from(text)));
    }
    Err(Complaint::new("is not a URL").with_hint("begin it with postgres://, sqlite: or redis://"))
}

fn expand_home(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

fn parse_switch(text: &str) -> Result<Value, Complaint> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(Value::Bool(true)),
        "false" | "0" | "no" | "off" => Ok(Value::Bool(false)),
        _ => Err(Complaint::new("is neither on nor off").with_hint("write true or false")),
    }
}

fn parse_integer(text: &str, min: u64, max: u64) -> Result<Value, Complaint> {
    match text.parse::<u64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(Value::Integer(number)),
        _ => Err(Complaint::new(format!("must be a whole number from {min} to {max}"))),
    }
}

fn parse_duration(text: &str) -> Result<Value, Complaint> {
    let (number, unit) = split_unit(text);
    let milliseconds_each = match unit.as_str() {
        "" | "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    scaled(number, milliseconds_each).map(Duration::from_millis).map(Value::Milliseconds).ok_or_else(|| {
        Complaint::new("must be a whole number of milliseconds").with_hint("write 90000, 90s, 5m or 1h")
    })
}

fn parse_size(text: &str) -> Result<Value, Complaint> {
    let (number, unit) = split_unit(text);
    let bytes_each = match unit.as_str() {
        "" | "b" => Some(1),
        "k" | "kb" | "kib" => Some(1 << 10),
        "m" | "mb" | "mib" => Some(1 << 20),
        "g" | "gb" | "gib" => Some(1 << 30),
        _ => None,
    };
    scaled(number, bytes_each).map(Value::Bytes).ok_or_else(|| {
        Complaint::new("must be a size in bytes").with_hint("write 1048576, 512kb, 64mb or 1gb")
    })
}

fn split_unit(text: &str) -> (&str, String) {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    (number, unit.trim().to_ascii_lowercase())
}

fn scaled(number: &str, each: Option<u64>) -> Option<u64> {
    number.parse::<u64>().ok()?.checked_mul(each?)
}

fn split_list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn parse_pairs(text: &str) -> Result<Value, Complaint> {
    let mut pairs = Vec::new();
    for item in split_list(text) {
        match item.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                pairs.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            _ => {
                return Err(Complaint::new(format!("holds `{item}`, which is not name=value"))
                    .with_hint("write fast=openai:gpt-4o-mini,deep=anthropic:claude-opus-4-8"));
            }
        }
    }
    Ok(Value::Pairs(pairs))
}

fn parse_choice(text: &str, words: &'static [&'static str]) -> Result<Value, Complaint> {
    if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
        return Ok(Value::Text((*word).to_owned()));
    }
    let complaint = Complaint::new(format!("must be one of {}", words.join(", ")));
    Err(match nearest(text, words.iter().copied()) {
        Some(word) => complaint.with_hint(format!("did you mean {word}?")),
        None => complaint,
    })
}

#[cfg(test)]
mod tests;
