//! One request as the dashboard shows it: a row of the feed, of a session, of a live event.

use std::collections::BTreeMap;

use lynkr_routing::{Money, TokenUse};
use lynkr_store::{RouteNote, TelemetryRecord, UsageRecord};
use serde_json::{Value, json};

use crate::figures::{dollars, dollars_of_picos};
use crate::flagship::Flagship;

/// A request. `names` are the names of keys by their ids, as far as they are known.
pub fn call(record: &UsageRecord, flagship: &Flagship, names: &BTreeMap<String, String>) -> Value {
    let tokens = TokenUse {
        input: record.input_tokens,
        cache_read: record.cache_read_tokens,
        cache_write: record.cache_write_tokens,
        cache_write_1h: 0,
        output: record.output_tokens,
        reasoning: record.reasoning_tokens,
    };
    let at_flagship = flagship.cost_of(&tokens).map(Money::picos);
    let saved = match (at_flagship, record.cost_nanos) {
        (Some(flagship), Some(cost)) => Some(flagship.saturating_sub(u128::from(cost) * 1_000)),
        _ => None,
    };
    json!({
        "id": record.id, "requestId": record.request_id, "at": record.at.as_millis(),
        "surface": record.surface, "dialect": record.dialect,
        "provider": record.provider, "model": record.model, "asked": record.asked, "tier": record.tier,
        "session": record.session_id, "client": record.client,
        "key": record.key_id, "keyName": record.key_id.as_ref().and_then(|id| names.get(id)),
        "user": record.user, "team": record.team,
        "stream": record.stream, "status": record.status, "error": record.error_kind,
        "attempts": record.attempts,
        "inputTokens": record.input_tokens, "outputTokens": record.output_tokens,
        "cacheReadTokens": record.cache_read_tokens, "cacheWriteTokens": record.cache_write_tokens,
        "reasoningTokens": record.reasoning_tokens, "estimated": record.estimated,
        "costUsd": record.cost_nanos.map(dollars), "priceSource": record.price_source,
        "flagshipCostUsd": at_flagship.map(dollars_of_picos), "savedUsd": saved.map(dollars_of_picos),
        "timings": {"totalMs": record.latency_ms, "firstTokenMs": record.first_token_ms},
        "receipt": record.receipt.as_deref().map(entries),
        "routing": record.route.as_ref().map(route),
    })
}

/// A receipt's entries.
fn entries(receipt: &str) -> Vec<&str> {
    receipt.split("; ").map(str::trim).filter(|entry| !entry.is_empty()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a score has five digits")]
fn route(note: &RouteNote) -> Value {
    json!({
        "method": note.method, "reason": note.reason,
        "score": note.score_milli.map(|milli| milli as f64 / 1_000.0),
        "baseTier": note.base_tier, "tier": note.tier, "servedTier": note.served_tier,
        "pinned": note.pinned, "fallback": note.fallback,
    })
}

/// The whole note of how a request was routed, as telemetry has it.
pub fn decision_of(record: &TelemetryRecord) -> Value {
    let mut entry = record.data.clone();
    if !entry.is_object() {
        return Value::Null;
    }
    entry["at"] = record.at.as_millis().into();
    entry["request_id"] = record.request_id.clone().into();
    entry["session_id"] = record.session_id.clone().into();
    entry["provider"] = record.provider.clone().into();
    entry["model"] = record.model.clone().into();
    entry["tier"] = record.tier.clone().into();
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use lynkr_routing::Prices;

    #[test]
    fn what_was_not_kept_is_null_and_what_was_empty_is_empty() {
        let flagship = Flagship::new(&Prices::default(), crate::FLAGSHIP);
        let shown = |receipt: Option<&str>| {
            let record = UsageRecord { receipt: receipt.map(str::to_owned), ..UsageRecord::default() };
            call(&record, &flagship, &BTreeMap::new())
        };
        assert_eq!(shown(None)["receipt"], Value::Null);
        assert_eq!(shown(Some(""))["receipt"], json!([]));
        assert_eq!(
            shown(Some("model=a->b(alias); dropped=x"))["receipt"],
            json!(["model=a->b(alias)", "dropped=x"])
        );
        assert_eq!(shown(None)["costUsd"], Value::Null);
        assert_eq!(shown(None)["flagshipCostUsd"], json!(0.0));
        assert_eq!(shown(None)["routing"], Value::Null);
    }
}
