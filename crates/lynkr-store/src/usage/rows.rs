//! A record as the values of its columns, in the groups that many records have in common.

use super::UsageRecord;
use crate::ids::{id, opt_id};
use crate::statement::{Columns, Insert, Value};

/// A provider can claim any number; sums over many records must still fit.
const MOST_COUNTED: u64 = 1_000_000_000_000;
/// A million dollars.
const MOST_COST: u64 = 1_000_000_000_000_000;

/// What is each record's own. Besides: who asked, what answered, how it went and how it was routed.
const OWN: &[&str] = &[
    "id",
    "at",
    "request_id",
    "session_id",
    "stream",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cost_nanos",
    "latency_ms",
    "first_token_ms",
];

const WHO: Columns<UsageRecord> = Columns {
    names: &["key_id", "user_id", "team", "customer", "organisation"],
    put: put_who,
    same: |a, b| who(a) == who(b),
    absent: |record| who(record) == [&None; 5],
};

const PATH: Columns<UsageRecord> = Columns {
    names: &["surface", "dialect", "provider", "client", "price_source"],
    put: put_path,
    same: |a, b| path(a) == path(b),
    absent: |_| false,
};

const MODEL: Columns<UsageRecord> = Columns {
    names: &["model", "asked"],
    put: |record, values| values.extend([id(&record.model), (&record.asked).into()]),
    same: |a, b| (&a.model, &a.asked) == (&b.model, &b.asked),
    absent: |_| false,
};

const HOW: Columns<UsageRecord> = Columns {
    names: &["status", "estimated", "attempts", "error_kind"],
    put: put_how,
    same: |a, b| how(a) == how(b),
    absent: |_| false,
};

const ROUTE: Columns<UsageRecord> = Columns {
    names: &[
        "tier",
        "route_method",
        "route_reason",
        "route_score",
        "base_tier",
        "decided_tier",
        "served_tier",
        "pinned",
        "fallback",
    ],
    put: put_route,
    same: |a, b| (&a.tier, &a.route) == (&b.tier, &b.route),
    absent: |record| record.tier.is_none() && record.route.is_none(),
};

const RECEIPT: Columns<UsageRecord> = Columns {
    names: &["receipt_bytes", "receipt"],
    put: |record, values| values.extend([record.receipt_bytes.into(), (&record.receipt).into()]),
    same: |a, b| (a.receipt_bytes, &a.receipt) == (b.receipt_bytes, &b.receipt),
    absent: |_| false,
};

pub(super) static INSERT: Insert<UsageRecord> =
    Insert::grouped("usage", OWN, put_own, &[WHO, PATH, MODEL, HOW, ROUTE, RECEIPT]);

/// Counts as they are kept.
pub(super) fn counted(count: u64) -> u64 {
    count.min(MOST_COUNTED)
}

/// A cost as it is kept.
pub(super) fn costed(cost: Option<u64>) -> Option<u64> {
    cost.map(|cost| cost.min(MOST_COST))
}

fn put_own(record: &UsageRecord, values: &mut Vec<Value>) {
    values.extend([
        (&record.id).into(),
        record.at.into(),
        id(&record.request_id),
        opt_id(record.session_id.as_ref()),
        record.stream.into(),
        counted(record.input_tokens).into(),
        counted(record.output_tokens).into(),
        counted(record.cache_read_tokens).into(),
        counted(record.cache_write_tokens).into(),
        counted(record.reasoning_tokens).into(),
        costed(record.cost_nanos).into(),
        counted(record.latency_ms).into(),
        record.first_token_ms.map(counted).into(),
    ]);
}

fn who(record: &UsageRecord) -> [&Option<String>; 5] {
    [&record.key_id, &record.user, &record.team, &record.customer, &record.organisation]
}

fn put_who(record: &UsageRecord, values: &mut Vec<Value>) {
    values.extend(who(record).map(|name| opt_id(name.as_ref())));
}

fn path(record: &UsageRecord) -> ([&String; 3], [&Option<String>; 2]) {
    ([&record.surface, &record.dialect, &record.provider], [&record.client, &record.price_source])
}

fn put_path(record: &UsageRecord, values: &mut Vec<Value>) {
    let ([surface, dialect, provider], [client, price_source]) = path(record);
    values.extend([surface.into(), dialect.into(), id(provider)]);
    values.extend([client.into(), opt_id(price_source.as_ref())]);
}

fn how(record: &UsageRecord) -> (u16, bool, u64, &Option<String>) {
    (record.status, record.estimated, record.attempts, &record.error_kind)
}

fn put_how(record: &UsageRecord, values: &mut Vec<Value>) {
    let (status, estimated, attempts, error_kind) = how(record);
    values.extend([status.into(), estimated.into(), attempts.into(), error_kind.into()]);
}

fn put_route(record: &UsageRecord, values: &mut Vec<Value>) {
    let route = record.route.as_ref();
    values.extend([
        opt_id(record.tier.as_ref()),
        route.map(|route| route.method.as_str()).into(),
        route.map(|route| route.reason.as_str()).into(),
        route.and_then(|route| route.score_milli).into(),
        opt_id(route.and_then(|route| route.base_tier.as_ref())),
        opt_id(route.and_then(|route| route.tier.as_ref())),
        opt_id(route.and_then(|route| route.served_tier.as_ref())),
        route.is_some_and(|route| route.pinned).into(),
        route.is_some_and(|route| route.fallback).into(),
    ]);
}
