//! What a provider said when it refused, whatever shape its vendor gives to errors.

use std::time::Duration;

use serde_json::Value;

use crate::lines::Headers;

/// The fields that hold a machine-readable word: OpenAI's and Anthropic's `type` and `code`, Google's `status`
/// and `reason`, AWS's `__type`, Databricks' `error_code`, and so on.
const CODE_FIELDS: &[&str] = &["__type", "code", "error_code", "reason", "status", "type"];

/// The fields that hold words for people, or what only makes sense as a part of them.
const TEXT_FIELDS: &[&str] = &["error", "message", "msg", "detail", "quotaId", "raw"];

/// AWS names the exception in a header too.
const AWS_TYPE: &str = "x-amzn-errortype";

/// What stands before a wait in a message.
const BEFORE_WAIT: &[&str] = &["try again in ", "try again after ", "retry in ", "retry after "];

/// How deep an error object may nest: the outermost, the error, its details, a detail.
const DEPTH: usize = 6;

/// What a provider said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The status; what the error itself names, where it came in a 200.
    pub status: u16,
    /// Its machine-readable words.
    pub codes: Vec<String>,
    /// Its words for people, in lower case.
    pub message: String,
    /// How long it wants to be left alone.
    pub after: Option<Duration>,
}

impl Said {
    /// Reads a refusal.
    pub fn read(status: u16, headers: &Headers, body: &[u8]) -> Self {
        let mut said = Self { status, ..Self::default() };
        let value: Option<Value> = serde_json::from_slice(body).ok();
        match &value {
            Some(value) => said.walk(value, DEPTH),
            None => said.message.push_str(&String::from_utf8_lossy(body)),
        }
        let header = |name: &str| headers.get(name);
        said.codes.extend(header(AWS_TYPE).map(plain));
        said.message = said.message.to_lowercase();
        said.after = by_header(header).or(said.after).or_else(|| by_words(&said.message));
        said
    }

    /// What is known of an error that has been read already.
    pub fn known(status: u16, code: Option<&str>, message: &str, after: Option<Duration>) -> Self {
        let message = message.to_lowercase();
        let after = after.or_else(|| by_words(&message));
        Self { status, codes: code.map(plain).into_iter().collect(), message, after }
    }

    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|own| own.eq_ignore_ascii_case(code))
    }

    fn walk(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Object(fields) if depth > 0 => {
                fields.iter().for_each(|(name, value)| self.field(name, value, depth));
            }
            Value::Array(items) if depth > 0 => items.iter().for_each(|item| self.walk(item, depth - 1)),
            _ => {}
        }
    }

    fn field(&mut self, name: &str, value: &Value, depth: usize) {
        match value {
            Value::String(text) if CODE_FIELDS.contains(&name) => self.codes.push(plain(text)),
            Value::Number(number) if CODE_FIELDS.contains(&name) => self.codes.push(number.to_string()),
            Value::String(text) if TEXT_FIELDS.contains(&name) => {
                self.message.push_str(text);
                self.message.push('\n');
            }
            // `google.rpc.RetryInfo`: a duration as protocol buffers write it in JSON.
            Value::String(text) if name == "retryDelay" => self.after = self.after.or_else(|| duration(text)),
            // ChatGPT's subscriptions.
            Value::Number(number) if name == "resets_in_seconds" => {
                self.after = self.after.or_else(|| number.as_u64().map(Duration::from_secs));
            }
            other => self.walk(other, depth - 1),
        }
    }
}

/// An exception's name without its name space and its URL: `com.amazon#ThrottlingException:http://…`.
fn plain(code: &str) -> String {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim().to_owned()
}

/// `retry-after-ms`, or `retry-after` in seconds. A date is left to the client, which gets the header as it is.
fn by_header<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Duration> {
    let number = |name: &str| {
        let value = header(name)?.trim().parse::<f64>().ok()?;
        (value.is_finite() && value >= 0.0).then_some(value)
    };
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// "Please try again in 1m2.5s", as OpenAI and others write; "after 12 seconds", as Azure and Moonshot do.
fn by_words(message: &str) -> Option<Duration> {
    let (_, rest) = BEFORE_WAIT.iter().find_map(|words| message.split_once(words))?;
    let mut words = rest.split_whitespace().map(|word| word.trim_end_matches(['.', ',', ';']));
    let first = words.next()?;
    let mut is_seconds =
        || words.next().is_some_and(|unit| matches!(unit, "s" | "sec" | "second" | "seconds"));
    duration(first).or_else(|| is_seconds().then(|| duration(&format!("{first}s")))?)
}

/// `350ms`, `20s`, `6m12.5s`, `1h30m`.
fn duration(text: &str) -> Option<Duration> {
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| letter.is_ascii_alphabetic())?;
        let (number, tail) = rest.split_at_checked(end)?;
        let unit_end = tail.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit_end)?;
        seconds += number.parse::<f64>().ok()? * unit_seconds(unit)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(())?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}
