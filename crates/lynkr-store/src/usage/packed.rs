//! A record as it waits to be written: all of its texts in one block.
//!
//! Records are made on one thread and let go of on another. An allocator pays for each block that goes that way, and a record
//! has a dozen texts.

use super::{RouteNote, UsageRecord};
use crate::time::Timestamp;

/// A record's texts, in the order in which they lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Id,
    RequestId,
    KeyId,
    User,
    Team,
    Customer,
    Organisation,
    SessionId,
    Client,
    Surface,
    Dialect,
    Provider,
    Model,
    Asked,
    Tier,
    ErrorKind,
    PriceSource,
    Receipt,
    Method,
    Reason,
    BaseTier,
    DecidedTier,
    ServedTier,
}

const TEXTS: usize = Text::ServedTier as usize + 1;

/// What a record counts and notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) at: Timestamp,
    pub(super) stream: bool,
    pub(super) status: u16,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) cache_read_tokens: u64,
    pub(super) cache_write_tokens: u64,
    pub(super) reasoning_tokens: u64,
    pub(super) estimated: bool,
    pub(super) cost_nanos: Option<u64>,
    pub(super) latency_ms: u64,
    pub(super) first_token_ms: Option<u64>,
    pub(super) attempts: u64,
    pub(super) receipt_bytes: u64,
    pub(super) score_milli: Option<u64>,
    pub(super) pinned: bool,
    pub(super) fallback: bool,
}

/// A record. What it is made of is [`UsageRecord`]'s.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    pub(super) numbers: Numbers,
    texts: Box<str>,
    /// Where each text ends; none begins where it isn't there.
    ends: [Option<usize>; TEXTS],
}

impl From<&UsageRecord> for Packed {
    fn from(record: &UsageRecord) -> Self {
        let all = texts(record);
        let mut texts = String::with_capacity(all.iter().flatten().map(|text| text.len()).sum());
        let ends = all.map(|text| {
            texts.push_str(text?);
            Some(texts.len())
        });
        Self { numbers: numbers(record), texts: texts.into(), ends }
    }
}

impl Packed {
    /// A text, where the record has it.
    pub(super) fn get(&self, text: Text) -> Option<&str> {
        let (before, from) = self.ends.split_at_checked(text as usize)?;
        let begin = before.iter().rev().flatten().next().copied().unwrap_or(0);
        self.texts.get(begin..(*from.first()?)?)
    }

    /// A text that every record has.
    pub(super) fn text(&self, text: Text) -> &str {
        self.get(text).unwrap_or_default()
    }

    /// The bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.len()
    }
}

fn texts(record: &UsageRecord) -> [Option<&str>; TEXTS] {
    let route = record.route.as_ref();
    let noted = |of: fn(&RouteNote) -> &Option<String>| route.and_then(|route| of(route).as_deref());
    [
        Some(&record.id),
        Some(&record.request_id),
        record.key_id.as_deref(),
        record.user.as_deref(),
        record.team.as_deref(),
        record.customer.as_deref(),
        record.organisation.as_deref(),
        record.session_id.as_deref(),
        record.client.as_deref(),
        Some(&record.surface),
        Some(&record.dialect),
        Some(&record.provider),
        Some(&record.model),
        Some(&record.asked),
        record.tier.as_deref(),
        record.error_kind.as_deref(),
        record.price_source.as_deref(),
        record.receipt.as_deref(),
        route.map(|route| route.method.as_str()),
        route.map(|route| route.reason.as_str()),
        noted(|route| &route.base_tier),
        noted(|route| &route.tier),
        noted(|route| &route.served_tier),
    ]
}

fn numbers(record: &UsageRecord) -> Numbers {
    let route = record.route.as_ref();
    Numbers {
        at: record.at,
        stream: record.stream,
        status: record.status,
        input_tokens: record.input_tokens,
        output_tokens: record.output_tokens,
        cache_read_tokens: record.cache_read_tokens,
        cache_write_tokens: record.cache_write_tokens,
        reasoning_tokens: record.reasoning_tokens,
        estimated: record.estimated,
        cost_nanos: record.cost_nanos,
        latency_ms: record.latency_ms,
        first_token_ms: record.first_token_ms,
        attempts: record.attempts,
        receipt_bytes: record.receipt_bytes,
        score_milli: route.and_then(|route| route.score_milli),
        pinned: route.is_some_and(|route| route.pinned),
        fallback: route.is_some_and(|route| route.fallback),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_again_and_none_that_is_not_there() {
        let record = UsageRecord {
            id: "id".into(),
            team: Some(String::new()),
            session_id: Some("sésame".into()),
            model: "m".into(),
            route: Some(RouteNote { reason: "why".into(), tier: Some("T".into()), ..RouteNote::default() }),
            ..UsageRecord::default()
        };
        let packed = Packed::from(&record);
        assert_eq!(packed.bytes(), "idsésamemwhyT".len());
        let found = [
            (Text::Id, Some("id")),
            (Text::RequestId, Some("")),
            (Text::KeyId, None),
            (Text::Team, Some("")),
            (Text::SessionId, Some("sésame")),
            (Text::Model, Some("m")),
            (Text::Receipt, None),
            (Text::Method, Some("")),
            (Text::Reason, Some("why")),
            (Text::BaseTier, None),
            (Text::DecidedTier, Some("T")),
            (Text::ServedTier, None),
        ];
        for (text, value) in found {
            assert_eq!(packed.get(text), value, "{text:?}");
        }
    }
}
