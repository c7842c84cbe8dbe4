//! Everything that is kept, as one JSON object a line: for other programs, and for moving what happened elsewhere.
//! Keys are exported without their hashes, and counters of limits not at all: it is no backup.

use std::io::Write;

use serde_json::{Map, Value as Json};

use crate::database::{Database, Row};
use crate::error::StoreError;
use crate::statement::{clamped, sql};

/// What a column holds.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Text,
    Number,
    Switch,
    Json,
}

/// A table, the column that orders it, and what is exported of it.
struct Table {
    name: &'static str,
    order: &'static str,
    texts: &'static [&'static str],
    numbers: &'static [&'static str],
    switches: &'static [&'static str],
    json: &'static [&'static str],
}

const TABLES: &[Table] = &[
    Table {
        name: "sessions",
        order: "owner, id",
        texts: &["owner", "id", "fingerprint", "client", "provider", "model"],
        numbers: &["created_at", "updated_at"],
        switches: &[],
        json: &["metadata"],
    },
    Table {
        name: "turns",
        order: "seq",
        texts: &["id", "owner", "session_id", "request_id", "role", "kind", "provider", "model"],
        numbers: &["at", "status"],
        switches: &[],
        json: &["content", "metadata"],
    },
    Table {
        name: "usage",
        order: "seq",
        texts: &[
            "id",
            "request_id",
            "key_id",
            "user_id",
            "team",
            "customer",
            "organisation",
            "session_id",
            "client",
            "surface",
            "dialect",
            "provider",
            "model",
            "asked",
            "tier",
            "error_kind",
            "price_source",
            "receipt",
            "route_method",
            "route_reason",
            "base_tier",
            "decided_tier",
            "served_tier",
        ],
        numbers: &[
            "at",
            "status",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "reasoning_tokens",
            "cost_nanos",
            "latency_ms",
            "first_token_ms",
            "attempts",
            "receipt_bytes",
            "route_score",
        ],
        switches: &["stream", "estimated", "pinned", "fallback"],
        json: &[],
    },
    Table {
        name: "telemetry",
        order: "seq",
        texts: &["id", "kind", "request_id", "session_id", "provider", "model", "tier"],
        numbers: &["at"],
        switches: &[],
        json: &["data"],
    },
    Table {
        name: "budgets",
        order: "id",
        texts: &["id", "subject_kind", "subject_id", "period", "unit"],
        numbers: &["warn_at", "block_at", "created_at", "updated_at"],
        switches: &[],
        json: &[],
    },
    Table {
        name: "budget_spend",
        order: "budget_id, subject_id, period_start",
        texts: &["budget_id", "subject_id"],
        numbers: &["period_start", "settled", "reserved"],
        switches: &[],
        json: &[],
    },
    Table {
        name: "api_keys",
        order: "id",
        texts: &["id", "prefix", "name", "user_id", "team", "customer", "organisation"],
        numbers: &["created_at", "expires_at", "revoked_at", "last_used_at"],
        switches: &[],
        json: &["scopes", "models", "providers", "limits"],
    },
    Table {
        name: "audit",
        order: "seq",
        texts: &["id", "actor", "action", "target", "outcome", "request_id"],
        numbers: &["at"],
        switches: &[],
        json: &["detail"],
    },
];

/// Rows in memory at a time.
const PAGE: i64 = 500;

pub(crate) async fn run(database: &Database, to: &mut (dyn Write + Send)) -> Result<u64, StoreError> {
    let mut lines = 0;
    for table in TABLES {
        lines += one(database, table, to).await?;
    }
    to.flush().map_err(StoreError::file("the export"))?;
    Ok(lines)
}

async fn one(database: &Database, table: &Table, to: &mut (dyn Write + Send)) -> Result<u64, StoreError> {
    let by_seq = table.order == "seq";
    let place = if by_seq { "WHERE seq > $2 ORDER BY seq LIMIT $1" } else { "LIMIT $1 OFFSET $2" };
    let order = if by_seq { String::new() } else { format!("ORDER BY {} ", table.order) };
    let (mut lines, mut after) = (0, 0);
    loop {
        let text = format!("SELECT * FROM {} {order}{place}", table.name);
        let rows = database.read(sql(text).bind(PAGE).bind(after)).await?;
        let Some(last) = rows.last() else { return Ok(lines) };
        for row in &rows {
            writeln!(to, "{}", line(table, row)?).map_err(StoreError::file("the export"))?;
        }
        lines += rows.len() as u64;
        after = if by_seq { last.int("seq")? } else { clamped(lines) };
    }
}

fn line(table: &Table, row: &Row) -> Result<Json, StoreError> {
    let mut object = Map::new();
    object.insert("table".to_owned(), table.name.into());
    let groups = [
        (table.texts, Holds::Text),
        (table.numbers, Holds::Number),
        (table.switches, Holds::Switch),
        (table.json, Holds::Json),
    ];
    for (columns, holds) in groups {
        for column in columns {
            let value = match holds {
                Holds::Text => Json::from(row.opt_text(column)?),
                Holds::Number => Json::from(row.opt_int(column)?),
                Holds::Switch => Json::from(row.bool(column)?),
                Holds::Json => row.json(column)?,
            };
            object.insert((*column).to_owned(), value);
        }
    }
    Ok(Json::Object(object))
}
