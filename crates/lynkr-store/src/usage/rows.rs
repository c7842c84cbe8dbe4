//! A record as the values of its columns, in the groups that many records have in common.

use super::packed::{Packed, Text};
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

const WHO: Columns<Packed> = Columns {
    names: &["key_id", "user_id", "team", "customer", "organisation"],
    put: put_who,
    same: |a, b| who(a) == who(b),
    absent: |record| who(record) == [None; 5],
};

const PATH: Columns<Packed> = Columns {
    names: &["surface", "dialect", "provider", "client", "price_source"],
    put: put_path,
    same: |a, b| path(a) == path(b),
    absent: |_| false,
};

/// What was asked for, and what answered.
const MODELS: [Text; 2] = [Text::Model, Text::Asked];

const MODEL: Columns<Packed> = Columns {
    names: &["model", "asked"],
    put: |record, values| values.extend([id(record.text(Text::Model)), record.text(Text::Asked).into()]),
    same: |a, b| MODELS.iter().all(|text| a.get(*text) == b.get(*text)),
    absent: |_| false,
};

const HOW: Columns<Packed> = Columns {
    names: &["status", "estimated", "attempts", "error_kind"],
    put: put_how,
    same: |a, b| how(a) == how(b),
    absent: |_| false,
};

const ROUTE: Columns<Packed> = Columns {
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
    same: |a, b| route(a) == route(b),
    absent: |record| route(record).0 == [None; 6],
};

const RECEIPT: Columns<Packed> = Columns {
    names: &["receipt_bytes", "receipt"],
    put: |record, values| {
        values.extend([record.numbers.receipt_bytes.into(), record.get(Text::Receipt).into()]);
    },
    same: |a, b| {
        a.numbers.receipt_bytes == b.numbers.receipt_bytes && a.get(Text::Receipt) == b.get(Text::Receipt)
    },
    absent: |_| false,
};

pub(super) static INSERT: Insert<Packed> =
    Insert::grouped("usage", OWN, put_own, &[WHO, PATH, MODEL, HOW, ROUTE, RECEIPT]);

/// Counts as they are kept.
pub(super) fn counted(count: u64) -> u64 {
    count.min(MOST_COUNTED)
}

/// A cost as it is kept.
pub(super) fn costed(cost: Option<u64>) -> Option<u64> {
    cost.map(|cost| cost.min(MOST_COST))
}

fn put_own(record: &Packed, values: &mut Vec<Value>) {
    let numbers = &record.numbers;
    values.extend([
        record.text(Text::Id).into(),
        numbers.at.into(),
        id(record.text(Text::RequestId)),
        opt_id(record.get(Text::SessionId)),
        numbers.stream.into(),
        counted(numbers.input_tokens).into(),
        counted(numbers.output_tokens).into(),
        counted(numbers.cache_read_tokens).into(),
        counted(numbers.cache_write_tokens).into(),
        counted(numbers.reasoning_tokens).into(),
        costed(numbers.cost_nanos).into(),
        counted(numbers.latency_ms).into(),
        numbers.first_token_ms.map(counted).into(),
    ]);
}

fn who(record: &Packed) -> [Option<&str>; 5] {
    [Text::KeyId, Text::User, Text::Team, Text::Customer, Text::Organisation].map(|text| record.get(text))
}

fn put_who(record: &Packed, values: &mut Vec<Value>) {
    values.extend(who(record).map(opt_id));
}

fn path(record: &Packed) -> [Option<&str>; 5] {
    [Text::Surface, Text::Dialect, Text::Provider, Text::Client, Text::PriceSource]
        .map(|text| record.get(text))
}

fn put_path(record: &Packed, values: &mut Vec<Value>) {
    let [surface, dialect, provider, client, price_source] = path(record);
    values.extend([surface.into(), dialect.into(), opt_id(provider)]);
    values.extend([client.into(), opt_id(price_source)]);
}

fn how(record: &Packed) -> (u16, bool, u64, Option<&str>) {
    let numbers = &record.numbers;
    (numbers.status, numbers.estimated, numbers.attempts, record.get(Text::ErrorKind))
}

fn put_how(record: &Packed, values: &mut Vec<Value>) {
    let (status, estimated, attempts, error_kind) = how(record);
    values.extend([status.into(), estimated.into(), attempts.into(), error_kind.into()]);
}

fn route(record: &Packed) -> ([Option<&str>; 6], Option<u64>, [bool; 2]) {
    let texts = [Text::Tier, Text::Method, Text::Reason, Text::BaseTier, Text::DecidedTier, Text::ServedTier];
    let numbers = &record.numbers;
    (texts.map(|text| record.get(text)), numbers.score_milli, [numbers.pinned, numbers.fallback])
}

fn put_route(record: &Packed, values: &mut Vec<Value>) {
    let ([tier, method, reason, base, decided, served], score, [pinned, fallback]) = route(record);
    values.extend([
        opt_id(tier),
        method.into(),
        reason.into(),
        score.into(),
        opt_id(base),
        opt_id(decided),
        opt_id(served),
        pinned.into(),
        fallback.into(),
    ]);
}
