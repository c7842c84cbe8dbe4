//! Faults that a prompt orders: `[kit status=429 retry_after=1 once=NAME]`, `[kit stall=3000]`, `[kit cut=4]`.
//!
//! One served model can so be asked for all of them, by a client that knows which it wants.

use std::time::Duration;

use super::fault::FaultKind;
use crate::script::Abort;

/// The last order of a prompt.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) kind: FaultKind,
    /// The fault strikes the first request that gives this name only.
    pub(crate) once: Option<String>,
}

impl Order {
    pub(crate) fn of_prompt(prompt: &str) -> Option<Self> {
        let (_, rest) = prompt.rsplit_once("[kit ")?;
        let (words, _) = rest.split_once(']')?;
        let value =
            |name: &str| words.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let number = |name: &str| value(name).and_then(|value| value.parse::<u64>().ok());
        let events = usize::try_from(number("after").unwrap_or(2)).unwrap_or(2);
        let kind = if let Some(code) = value("status").and_then(|code| code.parse().ok()) {
            FaultKind::Status { code, retry_after: number("retry_after") }
        } else if let Some(time) = number("stall") {
            FaultKind::Stall { events, time: Duration::from_millis(time) }
        } else if let Some(events) = number("cut") {
            FaultKind::Cut { events: usize::try_from(events).unwrap_or(usize::MAX), how: Abort::Close }
        } else {
            return None;
        };
        Some(Self { kind, once: value("once").map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests;
