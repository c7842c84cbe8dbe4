//! Sessions as trajectories: what each came to, and what was done in it step by step, for evaluation elsewhere.
//!
//! The words of a session are there only where transcripts were kept; all the rest comes from the usage records, which have none.

use std::collections::BTreeMap;
use std::time::Duration;

use lynkr_store::{GroupBy, SessionKey, Store, StoreError, Timestamp, Turn, UsageFilter, UsageRecord};
use serde_json::{Map, Value, json};

use crate::day::moment_name;
use crate::figures::dollars;

/// How many records are read at a time.
const PAGE: u32 = 1_000;

/// The most turns of a transcript.
const MOST_TURNS: u32 = 10_000;

/// A session within some window of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trajectory {
    /// The session's id.
    pub session: String,
    /// The id of the caller's key; empty where there are no keys.
    pub key: String,
    /// Its first request in the window.
    first_at: Timestamp,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// The sessions of which a request is meant by the filter, the oldest first.
pub async fn trajectories(store: &Store, filter: &UsageFilter) -> Result<Vec<Trajectory>, StoreError> {
    let cells = store.usage().cells(filter, &[GroupBy::Session, GroupBy::Key]).await?;
    let mut firsts: BTreeMap<(&String, &String), Timestamp> = BTreeMap::new();
    for cell in &cells {
        let [session, key] = cell.groups.as_slice() else { continue };
        if !session.is_empty() {
            let first = firsts.entry((session, key)).or_insert(cell.first_at);
            *first = cell.first_at.min(*first);
        }
    }
    let found = firsts.into_iter().map(|((session, key), first_at)| Trajectory {
        session: session.clone(),
        key: key.clone(),
        first_at,
        since: filter.since,
        until: filter.until,
    });
    let mut found: Vec<Trajectory> = found.collect();
    found.sort_by(|a, b| (a.first_at, &a.session, &a.key).cmp(&(b.first_at, &b.session, &b.key)));
    Ok(found)
}

impl Trajectory {
    /// The whole of it, as one object; `None` when its records have gone meanwhile.
    pub async fn read(&self, store: &Store) -> Result<Option<Value>, StoreError> {
        let records = self.records(store).await?;
        let key = SessionKey { owner: self.key.clone(), id: self.session.clone() };
        let turns = store.sessions().transcript(&key, MOST_TURNS).await?;
        let is_within = |turn: &&Turn| {
            self.since.is_none_or(|since| turn.at >= since) && self.until.is_none_or(|until| turn.at < until)
        };
        let messages = messages(turns.iter().filter(is_within));
        Ok(told(&self.session, &records, messages))
    }

    /// Its requests, the oldest first.
    async fn records(&self, store: &Store) -> Result<Vec<UsageRecord>, StoreError> {
        let filter = UsageFilter {
            session_id: Some(self.session.clone()),
            key_id: Some(self.key.clone()),
            since: self.since,
            until: self.until,
            ..UsageFilter::default()
        };
        let (mut records, mut after) = (Vec::new(), None);
        loop {
            let page = store.usage().page(&filter, after, PAGE).await?;
            records.extend(page.records);
            after = page.next;
            if after.is_none() {
                records.reverse();
                return Ok(records);
            }
        }
    }
}

fn told(session: &str, records: &[UsageRecord], messages: Option<Vec<Value>>) -> Option<Value> {
    let (first, last) = (records.first()?, records.last()?);
    let sum = |of: fn(&UsageRecord) -> u64| records.iter().map(of).sum::<u64>();
    let costs: Vec<u64> = records.iter().filter_map(|own| own.cost_nanos).collect();
    let served = records.iter().rev().find(|own| own.error_kind.is_none()).unwrap_or(last);
    let routed = records.iter().rev().find_map(score);
    Some(json!({
        "session_id": session,
        "messages": messages,
        "tool_calls": messages.as_deref().map(tool_results),
        "outcome": outcome(last),
        "tier": served.tier,
        "complexity_score": routed,
        "model_used": served.model,
        "provider_used": served.provider,
        "tokens_in": sum(read_by),
        "tokens_out": sum(|own| own.output_tokens),
        "latency_ms": sum(|own| own.latency_ms),
        "started_at": moment_name(began(first)),
        "ended_at": moment_name(last.at),
        "client": last.client,
        "cost_usd": (!costs.is_empty()).then(|| dollars(costs.iter().sum())),
        "unpriced": records.len() - costs.len(),
        "steps": records.iter().map(step).collect::<Vec<_>>(),
    }))
}

/// One request.
fn step(record: &UsageRecord) -> Value {
    let route = record.route.as_ref();
    json!({
        "request_id": record.request_id, "started_at": moment_name(began(record)), "latency_ms": record.latency_ms,
        "first_token_ms": record.first_token_ms, "outcome": outcome(record), "status": record.status,
        "error": record.error_kind, "asked": record.asked, "provider": record.provider, "model": record.model,
        "tier": record.tier, "complexity_score": score(record), "method": route.map(|own| &own.method),
        "reason": route.map(|own| &own.reason), "fallback": route.map(|own| own.fallback),
        "tokens_in": read_by(record), "tokens_out": record.output_tokens,
        "cache_read_tokens": record.cache_read_tokens, "cache_write_tokens": record.cache_write_tokens,
        "estimated": record.estimated, "cost_usd": record.cost_nanos.map(dollars), "receipt": record.receipt,
    })
}

/// All that the model was given, from caches or not.
fn read_by(record: &UsageRecord) -> u64 {
    record.input_tokens + record.cache_read_tokens + record.cache_write_tokens
}

fn began(record: &UsageRecord) -> Timestamp {
    record.at.before(Duration::from_millis(record.latency_ms))
}

#[expect(clippy::cast_precision_loss, reason = "a score has five digits")]
fn score(record: &UsageRecord) -> Option<f64> {
    record.route.as_ref()?.score_milli.map(|milli| milli as f64 / 1_000.0)
}

fn outcome(record: &UsageRecord) -> &'static str {
    match record.error_kind.as_deref() {
        None => "answered",
        Some("ClientLeft") => "client_left",
        Some(_) => "failed",
    }
}

/// What was said, in the client's own form; `None` where nothing of it was kept.
fn messages<'t>(turns: impl Iterator<Item = &'t Turn>) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for turn in turns {
        // Words that are too long to be kept are told of, so that nobody takes the rest for the whole.
        let left_out = turn.metadata.get("left_out").is_some_and(|own| own == true);
        match &turn.content {
            Value::Null if left_out => {
                all.push(json!({"role": turn.role, "content": null, "left_out": true}));
            }
            Value::Null => {}
            Value::Array(said) if turn.role == "user" => all.extend(said.iter().cloned()),
            said => all.push(message(turn, said)),
        }
    }
    (!all.is_empty()).then_some(all)
}

fn message(turn: &Turn, said: &Value) -> Value {
    let mut message = Map::new();
    message.insert("role".to_owned(), turn.role.as_str().into());
    message.insert("content".to_owned(), said.clone());
    if let Some(error) = turn.metadata.get("error").filter(|own| !own.is_null()) {
        message.insert("error".to_owned(), error.clone());
    }
    Value::Object(message)
}

/// How many calls of tools were answered, by the results that clients sent, in any dialect.
fn tool_results(messages: &[Value]) -> usize {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_result = |part: &Value| {
        matches!(
            text(part, "type").as_deref(),
            Some("tool_result" | "function_call_output" | "custom_tool_call_output")
        ) || part.get("functionResponse").is_some()
    };
    let of = |message: &Value| {
        let parts = ["content", "parts"].iter().filter_map(|name| message.get(*name)?.as_array());
        let inside = parts.flatten().filter(|part| is_result(part)).count();
        inside + usize::from(is_result(message) || text(message, "role").as_deref() == Some("tool"))
    };
    messages.iter().map(of).sum()
}

#[cfg(test)]
mod tests;
