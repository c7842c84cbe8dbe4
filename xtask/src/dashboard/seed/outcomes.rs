//! What became of the stored requests, as learning notes it: what routing's accuracy is measured on.

use lynkr_store::{TelemetryRecord, UsageRecord, record_id};
use serde_json::json;

use super::Dice;

/// An outcome for each request that was routed by tier.
pub(super) fn of(records: &[UsageRecord], dice: &mut Dice) -> Vec<TelemetryRecord> {
    records.iter().filter(|record| record.tier.is_some()).map(|record| outcome(record, dice)).collect()
}

/// Most answers are good; one in eight of the easy tiers isn't good enough, and one in six of the hard ones is short.
fn outcome(record: &UsageRecord, dice: &mut Dice) -> TelemetryRecord {
    let failed = record.error_kind.is_some() || dice.roll(40) == 0;
    let is_hard = matches!(record.tier.as_deref(), Some("COMPLEX" | "REASONING"));
    let is_poor = failed || (!is_hard && dice.roll(8) == 0);
    let quality = if is_poor { 20 + dice.roll(20) } else { 82 + dice.roll(17) };
    let is_short = is_hard && dice.roll(6) == 0;
    let (bytes, calls) = if is_short { (dice.roll(180), 0) } else { (400 + dice.roll(4_000), dice.roll(3)) };
    let hundredth = |part: u64| f64::from(u32::try_from(part).unwrap_or_default()) / 100.0;
    TelemetryRecord {
        id: record_id(),
        at: record.at,
        kind: "routing_outcome".to_owned(),
        request_id: Some(record.request_id.clone()),
        session_id: None,
        provider: Some(record.provider.clone()),
        model: Some(record.model.clone()),
        tier: record.tier.clone(),
        data: json!({
            "reward": hundredth(quality), "quality": hundredth(quality), "parts": {"verdict": 1.0, "cost": 0.5, "time": 0.5},
            "findings": [], "said": null, "task": "code", "score": 40.0, "failed": failed, "bytes": bytes, "calls": calls,
        }),
        text: None,
    }
}
