//! How much a key may ask.

use serde_json::{Map, Value as Json};

/// How much a key may ask; a field without a value sets no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyLimits {
    /// Requests in a minute.
    pub requests_per_minute: Option<u64>,
    /// Requests in a day.
    pub requests_per_day: Option<u64>,
    /// Tokens in a minute.
    pub tokens_per_minute: Option<u64>,
    /// Tokens in a day.
    pub tokens_per_day: Option<u64>,
    /// Requests at the same time.
    pub concurrent: Option<u64>,
}

impl KeyLimits {
    fn fields(&self) -> [(&'static str, Option<u64>); 5] {
        [
            ("requests_per_minute", self.requests_per_minute),
            ("requests_per_day", self.requests_per_day),
            ("tokens_per_minute", self.tokens_per_minute),
            ("tokens_per_day", self.tokens_per_day),
            ("concurrent", self.concurrent),
        ]
    }

    pub(super) fn to_json(self) -> Json {
        let set =
            self.fields().into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        Json::Object(set.collect::<Map<_, _>>())
    }

    pub(super) fn from_json(value: &Json) -> Self {
        let number = |name: &str| value.get(name).and_then(Json::as_u64);
        Self {
            requests_per_minute: number("requests_per_minute"),
            requests_per_day: number("requests_per_day"),
            tokens_per_minute: number("tokens_per_minute"),
            tokens_per_day: number("tokens_per_day"),
            concurrent: number("concurrent"),
        }
    }
}
