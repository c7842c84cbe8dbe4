//! Sessions: which there were, and what each call of one came to.

use std::collections::{BTreeMap, BTreeSet};

use lynkr_store::{Cursor, GroupBy, Store, StoreError, Timestamp, UsageCell, UsageFilter, UsageRecord};
use serde_json::{Map, Value, json};

use crate::calls::call;
use crate::figures::dollars;
use crate::flagship::Flagship;
use crate::totals::{Totals, by, rows, sum};

/// The most turns in a list of tokens.
const MOST_TURNS: u32 = 1_000;

/// A page of sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionPage {
    /// The last used first.
    pub sessions: Vec<Value>,
    /// Where the next page begins: before this time.
    pub next: Option<i64>,
}

/// Sessions that were used within the filter's window, the last used first; `before` continues a list.
pub async fn sessions(
    store: &Store,
    filter: &UsageFilter,
    before: Option<i64>,
    limit: usize,
    flagship: &Flagship,
    names: &BTreeMap<String, String>,
) -> Result<SessionPage, StoreError> {
    let groups = [GroupBy::Session, GroupBy::Key, GroupBy::Client];
    let cells = store.usage().cells(filter, &groups).await?;
    let mut found: Vec<(Vec<String>, Totals)> = by(&cells, &[0, 1], flagship)
        .into_iter()
        .filter(|(values, _)| values.first().is_some_and(|session| !session.is_empty()))
        .filter(|(_, totals)| before.is_none_or(|before| last(totals) < before))
        .collect();
    found.sort_by(|a, b| (last(&b.1), &a.0).cmp(&(last(&a.1), &b.0)));
    // Sessions that ended in the same millisecond stay on one page.
    let mut end = limit.min(found.len());
    while end > 0
        && end < found.len()
        && found.get(end).map(|own| last(&own.1)) == found.get(end - 1).map(|own| last(&own.1))
    {
        end += 1;
    }
    let next =
        if end < found.len() { found.get(end.saturating_sub(1)).map(|own| last(&own.1)) } else { None };
    found.truncate(end);
    let mut shown = Vec::new();
    for (values, totals) in &found {
        let [id, key] = values.as_slice() else { continue };
        let clients =
            cells.iter().filter(|cell| cell.groups.first() == Some(id) && cell.groups.get(1) == Some(key));
        let client = clients.filter_map(|cell| cell.groups.get(2)).find(|client| !client.is_empty());
        shown.push((id, key, client, totals));
    }
    let used = models(store, filter, &found).await?;
    let session = |(id, key, client, totals): &(&String, &String, Option<&String>, &Totals)| {
        let own = used.get(&((*id).clone(), (*key).clone())).cloned().unwrap_or_default();
        head(id, key, client.map(String::as_str), &own, totals, names)
    };
    Ok(SessionPage { sessions: shown.iter().map(session).collect(), next })
}

fn last(totals: &Totals) -> i64 {
    totals.last_at.map_or(0, Timestamp::as_millis)
}

/// Providers and models.
type Used = (BTreeSet<String>, BTreeSet<String>);

/// What the sessions of a page used.
async fn models(
    store: &Store,
    filter: &UsageFilter,
    page: &[(Vec<String>, Totals)],
) -> Result<BTreeMap<(String, String), Used>, StoreError> {
    let Some(since) = page.iter().filter_map(|(_, totals)| totals.first_at).min() else {
        return Ok(BTreeMap::new());
    };
    let until = page.iter().filter_map(|(_, totals)| totals.last_at).max();
    let until = until.map(|until| Timestamp::from_millis(until.as_millis().saturating_add(1)));
    let filter = UsageFilter { since: Some(since), until, ..filter.clone() };
    let groups = [GroupBy::Session, GroupBy::Key, GroupBy::Provider, GroupBy::Model];
    let mut used: BTreeMap<(String, String), Used> = BTreeMap::new();
    for cell in store.usage().cells(&filter, &groups).await? {
        let [session, key, provider, model] = cell.groups.as_slice() else { continue };
        let own = used.entry((session.clone(), key.clone())).or_default();
        own.0.insert(provider.clone());
        own.1.insert(model.clone());
    }
    Ok(used)
}

fn head(
    id: &str,
    key: &str,
    client: Option<&str>,
    used: &Used,
    totals: &Totals,
    names: &BTreeMap<String, String>,
) -> Value {
    let mut body = Map::new();
    let key = Some(key).filter(|key| !key.is_empty());
    let fields = [
        ("id", Value::from(id)),
        ("key", key.into()),
        ("keyName", key.and_then(|key| names.get(key)).cloned().into()),
        ("client", client.into()),
        ("firstAt", totals.first_at.map(Timestamp::as_millis).into()),
        ("lastAt", totals.last_at.map(Timestamp::as_millis).into()),
        ("providers", used.0.iter().cloned().collect()),
        ("models", used.1.iter().cloned().collect()),
    ];
    body.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    body.extend(totals.to_json());
    Value::Object(body)
}

/// One session with a page of its calls, the newest first; `None` when there is none. The filter names the session.
pub async fn session(
    store: &Store,
    filter: &UsageFilter,
    after: Option<Cursor>,
    limit: u32,
    flagship: &Flagship,
    names: &BTreeMap<String, String>,
) -> Result<Option<Map<String, Value>>, StoreError> {
    let groups = [GroupBy::Tier, GroupBy::Provider, GroupBy::Model, GroupBy::Client, GroupBy::Key];
    // Each call is in a cell of its own client and key, so that what they are is known.
    let cells = store.usage().cells(filter, &groups).await?;
    if cells.is_empty() {
        return Ok(None);
    }
    let totals = sum(&cells, flagship);
    let values = |place: usize| {
        let value = move |cell: &UsageCell| cell.groups.get(place).filter(|value| !value.is_empty()).cloned();
        cells.iter().filter_map(value).collect::<BTreeSet<String>>()
    };
    let used = (values(1), values(2));
    let (client, key) = (values(3).into_iter().next(), values(4).into_iter().next().unwrap_or_default());
    let id = filter.session_id.as_deref().unwrap_or_default();
    let page = store.usage().page(filter, after, limit).await?;
    let calls: Vec<Value> = page.records.iter().map(|record| call(record, flagship, names)).collect();
    let body = json!({
        "session": head(id, &key, client.as_deref(), &used, &totals, names),
        "calls": calls, "next": page.next.map(Cursor::to_text),
        "byModel": rows(&by(&cells, &[2, 1], flagship), &["name", "provider"]),
        "byTier": rows(&by(&cells, &[0], flagship), &["name"]),
    });
    Ok(if let Value::Object(body) = body { Some(body) } else { None })
}

/// The tokens of a session's requests, turn by turn, the newest thousand of them; `None` when there are none.
pub async fn tokens(
    store: &Store,
    filter: &UsageFilter,
    flagship: &Flagship,
) -> Result<Option<Value>, StoreError> {
    let cells = store.usage().cells(filter, &[]).await?;
    if cells.is_empty() {
        return Ok(None);
    }
    let totals = sum(&cells, flagship);
    let page = store.usage().page(filter, None, MOST_TURNS).await?;
    let before = totals.requests.saturating_sub(page.records.len() as u64);
    let turn = |(number, record): (u64, &UsageRecord)| {
        json!({
            "turn": number, "at": record.at.as_millis(), "requestId": record.request_id,
            "provider": record.provider, "model": record.model,
            "inputTokens": record.input_tokens, "outputTokens": record.output_tokens,
            "cacheReadTokens": record.cache_read_tokens, "cacheWriteTokens": record.cache_write_tokens,
            "totalTokens": record.input_tokens + record.output_tokens + record.cache_read_tokens + record.cache_write_tokens,
            "costUsd": record.cost_nanos.map(dollars), "estimated": record.estimated,
        })
    };
    let turns: Vec<Value> = (before + 1..).zip(page.records.iter().rev()).map(turn).collect();
    Ok(Some(json!({
        "sessionId": filter.session_id, "turns": turns, "total": totals.to_json(),
        "truncated": page.next.is_some(),
    })))
}
