//! Records of all kinds, and writing many of them in one transaction.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::queue::Waiting;
use crate::audit::AuditEntry;
use crate::budgets::Charge;
use crate::database::Database;
use crate::error::StoreError;
use crate::pins::SessionPin;
use crate::sessions::Turn;
use crate::telemetry::TelemetryRecord;
use crate::time::Timestamp;
use crate::usage::UsageRecord;
use crate::{audit, budgets, keys, pins, sessions, telemetry, usage};

/// Something to write.
#[derive(Debug, Clone)]
pub(super) enum Record {
    Usage(Box<UsageRecord>),
    Turn(Box<Turn>),
    Telemetry(Box<TelemetryRecord>),
    Audit(Box<AuditEntry>),
    Settlement(String, Charge),
    KeyUse(String, Timestamp),
    Pin(Box<SessionPin>),
}

/// What sort of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Usage,
    Turn,
    Telemetry,
    Audit,
    Settlement,
    KeyUse,
    Pin,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Turn => "turn",
            Self::Telemetry => "telemetry",
            Self::Audit => "audit",
            Self::Settlement => "settlement",
            Self::KeyUse => "key use",
            Self::Pin => "session pin",
        }
    }

    /// Whether it is the first to go when there is little room.
    pub(super) const fn is_sampled(self) -> bool {
        matches!(self, Self::Turn | Self::Telemetry | Self::KeyUse | Self::Pin)
    }
}

/// What a record takes besides its texts.
const OVERHEAD: usize = 512;

impl Record {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Usage(_) => Kind::Usage,
            Self::Turn(_) => Kind::Turn,
            Self::Telemetry(_) => Kind::Telemetry,
            Self::Audit(_) => Kind::Audit,
            Self::Settlement(..) => Kind::Settlement,
            Self::KeyUse(..) => Kind::KeyUse,
            Self::Pin(_) => Kind::Pin,
        }
    }

    /// About the memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Usage(record) => {
                    let texts = [
                        &record.key_id,
                        &record.user,
                        &record.team,
                        &record.customer,
                        &record.organisation,
                        &record.session_id,
                        &record.client,
                        &record.tier,
                        &record.error_kind,
                    ];
                    let optional: usize = texts.iter().map(|text| text.as_ref().map_or(0, String::len)).sum();
                    optional + record.request_id.len() + record.model.len() + record.asked.len()
                }
                Self::Turn(turn) => {
                    turn.session.id.len() + json_bytes(&turn.content) + json_bytes(&turn.metadata)
                }
                Self::Telemetry(record) => {
                    record.text.as_ref().map_or_else(|| json_bytes(&record.data), String::len)
                }
                Self::Audit(entry) => {
                    entry.actor.len() + entry.target.len() + entry.action.len() + json_bytes(&entry.detail)
                }
                Self::Settlement(id, _) | Self::KeyUse(id, _) => id.len(),
                Self::Pin(pin) => pin.id.len() + pin.provider.len() + pin.model.len(),
            }
    }
}

/// About the memory that a JSON value takes, without a stack frame for each level: what comes from outside may be deep.
pub(super) fn json_bytes(value: &Json) -> usize {
    let mut bytes = 0;
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        bytes += size_of::<Json>();
        match value {
            Json::String(text) => bytes += text.len(),
            Json::Array(items) => left.extend(items),
            Json::Object(fields) => {
                bytes += fields.keys().map(|name| name.len() + size_of::<String>()).sum::<usize>();
                left.extend(fields.values());
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
    bytes
}

/// Records by kind.
#[derive(Debug, Default)]
struct Sorted<'b> {
    usage: Vec<&'b UsageRecord>,
    turns: Vec<&'b Turn>,
    telemetry: Vec<&'b TelemetryRecord>,
    audit: Vec<&'b AuditEntry>,
    settlements: Vec<(&'b str, Charge)>,
    /// The last use of each key.
    key_uses: BTreeMap<&'b str, Timestamp>,
    /// The last pin of each session.
    pins: BTreeMap<&'b str, &'b SessionPin>,
}

impl<'b> Sorted<'b> {
    fn add(&mut self, record: &'b Record) {
        match record {
            Record::Usage(record) => self.usage.push(record),
            Record::Turn(turn) => self.turns.push(turn),
            Record::Telemetry(record) => self.telemetry.push(record),
            Record::Audit(entry) => self.audit.push(entry),
            Record::Settlement(id, actual) => self.settlements.push((id, *actual)),
            Record::KeyUse(id, at) => {
                let last = self.key_uses.entry(id).or_insert(*at);
                *last = (*last).max(*at);
            }
            Record::Pin(pin) => {
                self.pins.insert(&pin.id, pin);
            }
        }
    }
}

/// Writes all or none. The kinds come in the same order everywhere, so that two replicas never wait in a circle.
pub(super) async fn write(database: &Database, batch: &[Waiting]) -> Result<(), StoreError> {
    let mut sorted = Sorted::default();
    for waiting in batch {
        sorted.add(&waiting.record);
    }
    let mut work = database.begin().await?;
    sessions::append(&mut work, sorted.turns).await?;
    usage::insert(&mut work, sorted.usage).await?;
    telemetry::insert(&mut work, sorted.telemetry).await?;
    audit::insert(&mut work, sorted.audit).await?;
    budgets::settle(&mut work, &sorted.settlements).await?;
    for (id, at) in sorted.key_uses {
        keys::touch(&mut work, id, at).await?;
    }
    for pin in sorted.pins.into_values() {
        pins::put(&mut work, pin).await?;
    }
    work.commit().await
}
