//! What a session took: the difference of two readings of the gateway's numbers.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use super::super::status::duration;
use super::gateway::Shared;
use crate::loopback;

/// How long a reading may take.
const READING: Duration = Duration::from_secs(5);

/// The gateway's numbers at one time.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Reading {
    requests: u64,
    failed: u64,
    input: u64,
    cached: u64,
    output: u64,
    /// In US dollars, of whatever has a known price.
    cost: f64,
    /// The 95th percentile of the time that requests took, in milliseconds.
    latency: Option<f64>,
}

impl Reading {
    /// The numbers now; `None` where they aren't shown.
    pub(super) fn take(shared: &Shared) -> Option<Self> {
        let answer =
            loopback::get(shared.instance.address, "/metrics/observability", shared.admin_key(), READING)
                .ok()?;
        (answer.status == 200).then(|| Self::of(&answer.body))
    }

    fn of(body: &Value) -> Self {
        let sum = |name: &str| {
            let counts = body["routing"][name].as_object();
            counts.map_or(0, |counts| counts.values().filter_map(Value::as_u64).sum())
        };
        let tokens = |name: &str| body["tokens"][name].as_u64().unwrap_or(0);
        Self {
            requests: sum("by_provider"),
            failed: sum("failures_by_provider"),
            input: tokens("input"),
            cached: tokens("cached"),
            output: tokens("output"),
            cost: body["cost"]["total"].as_f64().unwrap_or(0.0),
            latency: body["latency"]["p95"].as_f64(),
        }
    }
}

/// What is said at the end.
pub(super) fn report(
    before: Option<&Reading>,
    after: Option<&Reading>,
    took: Duration,
    was_alone: bool,
) -> String {
    let mut text = format!("\nlynkr: {} in this session", duration(took.as_secs()));
    let (Some(before), Some(after)) = (before, after) else {
        text.push_str("; the gateway shows no numbers\n");
        return text;
    };
    let requests = after.requests.saturating_sub(before.requests);
    if requests == 0 {
        text.push_str("; no requests tracked\n");
        return text;
    }
    if !was_alone {
        text.push_str(", what others asked of the same gateway meanwhile included");
    }
    let failed = after.failed.saturating_sub(before.failed);
    let (input, output) =
        (after.input.saturating_sub(before.input), after.output.saturating_sub(before.output));
    let _ = writeln!(text, "\n  requests     {} ({failed} failed)", grouped(requests));
    let cached = after.cached.saturating_sub(before.cached);
    let cached = if cached > 0 { format!(" ({} from the cache)", grouped(cached)) } else { String::new() };
    let _ = writeln!(text, "  tokens       {} in{cached}, {} out", grouped(input), grouped(output));
    let _ = writeln!(text, "  est. cost    ${:.4}, as far as prices are known", after.cost - before.cost);
    if let Some(latency) = after.latency.filter(|_| was_alone) {
        let _ = writeln!(text, "  latency p95  {latency:.0} ms");
    }
    text
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reading(requests: u64, input: u64, cost: f64) -> Reading {
        Reading::of(&json!({
            "routing": {"by_provider": {"openai": requests}, "failures_by_provider": {"openai": 1}},
            "tokens": {"input": input, "output": 5, "cached": 7}, "cost": {"total": cost}, "latency": {"p95": 812.4},
        }))
    }

    #[test]
    fn a_report_is_of_this_session_alone() {
        let (before, after) = (reading(3, 100, 0.5), reading(5, 1_234_667, 0.625));
        let told = report(Some(&before), Some(&after), Duration::from_secs(133), true);
        assert_eq!(
            told,
            "\nlynkr: 2m 13s in this session\n  requests     2 (0 failed)\n  tokens       1,234,567 in, 0 out\n  \
             est. cost    $0.1250, as far as prices are known\n  latency p95  812 ms\n"
        );
        let told = report(Some(&before), Some(&after), Duration::ZERO, false);
        assert!(told.contains("others") && !told.contains("p95"), "{told}");
        let told = report(Some(&after), Some(&after), Duration::ZERO, true);
        assert_eq!(told, "\nlynkr: 0s in this session; no requests tracked\n");
        assert!(report(None, Some(&after), Duration::ZERO, true).contains("no numbers"));
    }
}
