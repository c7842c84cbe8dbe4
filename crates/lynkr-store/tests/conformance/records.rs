//! Sessions, usage, telemetry, audit, stored answers, retention, export.

use std::time::Duration;

use lynkr_store::{
    AuditEntry, AuditFilter, Forgotten, GroupBy, Retention, SessionKey, SessionPin, Store, StoredResponse,
    TelemetryFilter, TelemetryRecord, Timestamp, Turn, UsageFilter, UsageRecord, UsageTotals, record_id,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

use crate::harness::{Place, Test, minutes, now};
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    any_record_comes_back_as_it_went,
    a_transcript_grows_in_order_and_only_once,
    owners_with_the_same_session_id_share_nothing,
    a_session_is_found_however_far_its_requests_lie_apart,
    late_turns_do_not_turn_a_session_back,
    usage_adds_up_by_every_group,
    hostile_numbers_do_not_break_the_sums,
    telemetry_is_found_by_its_columns,
    the_audit_log_can_only_grow,
    stored_answers_are_bounded,
    a_pin_is_one_per_session_and_never_goes_back,
    what_replicas_have_learned_stays_apart_and_is_taken_over_once,
    what_is_old_is_forgotten_in_batches,
    an_export_has_everything_but_secrets,
    opening_twice_and_at_once_migrates_once,
    a_newer_schema_is_refused,
];

pub(crate) fn turn(session: &str, text: &str, at: Timestamp) -> Turn {
    Turn {
        id: record_id(),
        session: SessionKey { owner: "key1".into(), id: session.into() },
        at,
        request_id: Some("req".into()),
        role: "user".into(),
        kind: "message".into(),
        status: None,
        provider: None,
        model: None,
        content: json!([{ "type": "text", "text": text }]),
        metadata: json!({}),
        client: Some("claude-code".into()),
        fingerprint: None,
    }
}

pub(crate) fn usage(provider: &str, cost: Option<u64>) -> UsageRecord {
    UsageRecord {
        id: record_id(),
        at: now(),
        request_id: "req".into(),
        provider: provider.into(),
        model: "m".into(),
        asked: "m".into(),
        surface: "anthropic".into(),
        dialect: "anthropic".into(),
        status: 200,
        input_tokens: 10,
        output_tokens: 5,
        cost_nanos: cost,
        ..UsageRecord::default()
    }
}

/// Text with all that is awkward: quotes, zero bytes, other planes, percent signs.
fn text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("(\\PC|[\\x00-\\x1f'\"\\\\%_$;]|\u{10ffff}|\u{fffd}){0,24}").unwrap()
}

fn stored(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        text().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::btree_map(text(), inner, 0..5)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

/// What a round of the round-trip test keeps.
type Parts = (String, Option<String>, Json, bool, u64, u16);

fn any_usage((name, other, _, switch, number, status): &Parts, at: Timestamp) -> UsageRecord {
    UsageRecord {
        id: record_id(),
        at,
        request_id: name.clone(),
        key_id: other.clone(),
        user: other.clone(),
        session_id: other.clone(),
        tier: other.clone(),
        error_kind: other.clone(),
        surface: name.clone(),
        dialect: "x".into(),
        provider: name.clone(),
        model: name.clone(),
        asked: name.clone(),
        stream: *switch,
        estimated: !switch,
        status: *status,
        input_tokens: *number,
        output_tokens: number * 2,
        cache_read_tokens: number / 2,
        cache_write_tokens: 1,
        reasoning_tokens: 2,
        cost_nanos: switch.then_some(*number),
        price_source: other.clone(),
        first_token_ms: (!switch).then_some(*number),
        latency_ms: *number,
        attempts: 3,
        receipt_bytes: 4,
        ..UsageRecord::default()
    }
}

/// A database can't keep everything in a text; what it can't is the same in both.
fn as_stored(mut record: UsageRecord) -> UsageRecord {
    let texts = [
        &mut record.request_id,
        &mut record.surface,
        &mut record.provider,
        &mut record.model,
        &mut record.asked,
    ];
    for text in texts {
        *text = stored(text);
    }
    let optional = [
        &mut record.key_id,
        &mut record.user,
        &mut record.session_id,
        &mut record.tier,
        &mut record.error_kind,
        &mut record.price_source,
    ];
    for text in optional {
        *text = text.as_deref().map(stored);
    }
    record
}

async fn any_record_comes_back_as_it_went(place: Place) {
    let store = place.open().await;
    let mut runner = TestRunner::deterministic();
    let strategy =
        (text(), proptest::option::of(text()), any_json(), any::<bool>(), 0_u64..1_000_000, 100_u16..600);
    for round in 0..60 {
        let parts = strategy.new_tree(&mut runner).unwrap().current();
        let record = any_usage(&parts, Timestamp::from_millis(round));
        store.usage().insert(std::slice::from_ref(&record)).await.unwrap();
        let filter = UsageFilter {
            request_id: Some(record.request_id.clone()),
            since: Some(record.at),
            ..UsageFilter::default()
        };
        assert_eq!(store.usage().find(&filter, 1).await.unwrap(), [as_stored(record)]);

        let (name, _, data, ..) = parts;
        let note = TelemetryRecord {
            id: record_id(),
            kind: format!("kind{round}"),
            data: data.clone(),
            ..TelemetryRecord::default()
        };
        store.telemetry().insert(std::slice::from_ref(&note)).await.unwrap();
        let found = store.telemetry().find(&note.kind, &TelemetryFilter::default(), 10).await.unwrap();
        assert_eq!(found, [note]);

        let mut turn = turn(&format!("s{round}{name}"), "", now());
        (turn.content, turn.metadata) = (data.clone(), data);
        store.sessions().append(std::slice::from_ref(&turn)).await.unwrap();
        let key = turn.session.clone();
        turn.session.id = stored(&turn.session.id);
        turn.client = None;
        assert_eq!(store.sessions().transcript(&key, 10).await.unwrap(), [turn]);
    }
}

async fn a_transcript_grows_in_order_and_only_once(place: Place) {
    let store = place.open().await;
    let turns: Vec<Turn> = (0..150).map(|n| turn("s", &n.to_string(), now().after(minutes(n)))).collect();
    for chunk in turns.chunks(70) {
        store.sessions().append(chunk).await.unwrap();
        store.sessions().append(chunk).await.unwrap();
    }
    let key = &turns[0].session;
    let texts = |turns: &[Turn]| turns.iter().map(|turn| turn.content[0]["text"].clone()).collect::<Vec<_>>();
    assert_eq!(texts(&store.sessions().transcript(key, 1000).await.unwrap()), texts(&turns));
    assert_eq!(texts(&store.sessions().transcript(key, 3).await.unwrap()), texts(&turns[147..]));
    let session = store.sessions().find(key).await.unwrap().unwrap();
    assert_eq!((session.created_at, session.updated_at), (now(), now().after(minutes(149))));
    assert_eq!(session.client.as_deref(), Some("claude-code"));
    store
        .usage()
        .insert(&[UsageRecord {
            session_id: Some("s".into()),
            key_id: Some("key1".into()),
            ..usage("p", Some(7))
        }])
        .await
        .unwrap();
    let sums = store.sessions().usage(key).await.unwrap();
    assert_eq!((sums.requests, sums.input_tokens, sums.output_tokens, sums.cost_nanos), (1, 10, 5, 7));
    assert!(store.sessions().delete(key).await.unwrap());
    assert!(!store.sessions().delete(key).await.unwrap());
    assert!(store.sessions().transcript(key, 10).await.unwrap().is_empty());
}

/// SQLite's index of sessions has a part for each 8,192 rows.
async fn a_session_is_found_however_far_its_requests_lie_apart(place: Place) {
    let store = place.open().await;
    let of = |session: &str, at: Timestamp| UsageRecord {
        at,
        session_id: Some(session.into()),
        key_id: Some("key1".into()),
        ..usage("p", Some(7))
    };
    for n in 0..3 {
        store.usage().insert(&[of("s", now().after(minutes(n))), of("t", now())]).await.unwrap();
        // Postgres has one index, and numbers rows by itself.
        if place.url.starts_with("sqlite") {
            change(&place, "usage", "seq = seq + 100000").await.unwrap();
        }
    }
    let filter = UsageFilter { session_id: Some("s".into()), ..UsageFilter::default() };
    let times = |found: Vec<UsageRecord>| found.into_iter().map(|record| record.at).collect::<Vec<_>>();
    let all: Vec<Timestamp> = [2, 1, 0].map(|n| now().after(minutes(n))).into();
    assert_eq!(times(store.usage().find(&filter, 10).await.unwrap()), all);
    let late = UsageFilter { until: Some(now().after(minutes(2))), ..filter.since(now().after(minutes(1))) };
    assert_eq!(times(store.usage().find(&late, 10).await.unwrap()), all[1..2]);
    let others = UsageFilter { key_id: Some("key2".into()), ..filter };
    assert_eq!(times(store.usage().find(&others, 10).await.unwrap()), []);
    let key = |owner: &str| SessionKey { owner: owner.into(), id: "s".into() };
    for (owner, requests) in [("key1", 3), ("", 3), ("key2", 0)] {
        assert_eq!(store.sessions().usage(&key(owner)).await.unwrap().requests, requests, "{owner}");
    }
}

async fn owners_with_the_same_session_id_share_nothing(place: Place) {
    let store = place.open().await;
    let mut other = turn("s", "secret", now());
    other.session.owner = "key2".into();
    store.sessions().append(&[turn("s", "mine", now()), other.clone()]).await.unwrap();
    let mine = SessionKey { owner: "key1".into(), id: "s".into() };
    assert_eq!(store.sessions().transcript(&mine, 10).await.unwrap().len(), 1);
    assert_eq!(store.sessions().recent(Some("key1"), None, 10).await.unwrap().len(), 1);
    assert_eq!(store.sessions().recent(None, None, 10).await.unwrap().len(), 2);
    store.sessions().delete(&mine).await.unwrap();
    assert_eq!(store.sessions().transcript(&other.session, 10).await.unwrap().len(), 1);
}

async fn late_turns_do_not_turn_a_session_back(place: Place) {
    let store = place.open().await;
    let answer =
        |model: &str, at| Turn { model: Some(model.into()), provider: Some("p".into()), ..turn("s", "", at) };
    store.sessions().append(&[answer("new", now())]).await.unwrap();
    store.sessions().append(&[answer("old", now().before(minutes(5)))]).await.unwrap();
    store.sessions().append(&[turn("s", "", now().after(minutes(1)))]).await.unwrap();
    let session = store.sessions().find(&turn("s", "", now()).session).await.unwrap().unwrap();
    assert_eq!(session.model.as_deref(), Some("new"));
    assert_eq!((session.created_at, session.updated_at), (now().before(minutes(5)), now().after(minutes(1))));
}

async fn usage_adds_up_by_every_group(place: Place) {
    let store = place.open().await;
    let mut records = vec![usage("a", Some(100)), usage("a", None), usage("b", Some(1))];
    records[1].error_kind = Some("rate_limit".into());
    records[2].team = Some("core".into());
    store.usage().insert(&records).await.unwrap();
    store.usage().insert(&records).await.unwrap();
    let totals = |group| {
        let store = store.clone();
        async move { store.usage().totals(&UsageFilter::default(), group).await.unwrap() }
    };
    let all = totals(GroupBy::Nothing).await;
    let wanted = UsageTotals {
        requests: 3,
        errors: 1,
        input_tokens: 30,
        output_tokens: 15,
        cost_nanos: 101,
        unpriced: 1,
        ..UsageTotals::default()
    };
    assert_eq!(all, [wanted]);
    let groups =
        |rows: &[UsageTotals]| rows.iter().map(|row| (row.group.clone(), row.requests)).collect::<Vec<_>>();
    assert_eq!(groups(&totals(GroupBy::Provider).await), [("a".into(), 2), ("b".into(), 1)]);
    assert_eq!(groups(&totals(GroupBy::Team).await), [(String::new(), 2), ("core".into(), 1)]);
    assert_eq!(groups(&totals(GroupBy::Day).await), [("19782".into(), 3)]);
    let others = [
        GroupBy::Model,
        GroupBy::Tier,
        GroupBy::Key,
        GroupBy::User,
        GroupBy::Customer,
        GroupBy::Organisation,
        GroupBy::Session,
        GroupBy::Client,
    ];
    for group in others {
        assert_eq!(totals(group).await.iter().map(|row| row.requests).sum::<u64>(), 3, "{group:?}");
    }
    let none = UsageFilter { until: Some(now()), ..UsageFilter::default() };
    assert!(store.usage().totals(&none, GroupBy::Provider).await.unwrap().is_empty());
    let team =
        UsageFilter { team: Some("core".into()), provider: Some("b".into()), ..UsageFilter::default() };
    assert_eq!(store.usage().find(&team, 10).await.unwrap(), [records[2].clone()]);
}

async fn hostile_numbers_do_not_break_the_sums(place: Place) {
    let store = place.open().await;
    let huge = |_| UsageRecord {
        input_tokens: u64::MAX,
        output_tokens: u64::MAX,
        latency_ms: u64::MAX,
        receipt_bytes: u64::MAX,
        ..usage("a", Some(u64::MAX))
    };
    store.usage().insert(&(0..200).map(huge).collect::<Vec<_>>()).await.unwrap();
    let totals = store.usage().totals(&UsageFilter::default(), GroupBy::Nothing).await.unwrap();
    assert_eq!(totals[0].requests, 200);
    assert!(totals[0].input_tokens > 0 && totals[0].cost_nanos > 0);
}

async fn telemetry_is_found_by_its_columns(place: Place) {
    let store = place.open().await;
    let note = |tier: &str, at| TelemetryRecord {
        id: record_id(),
        at,
        kind: "routing".into(),
        tier: Some(tier.into()),
        provider: Some("p".into()),
        data: json!({ "score": 0.5, "deep": [{ "a": null }] }),
        ..TelemetryRecord::default()
    };
    let notes = [note("SIMPLE", now()), note("COMPLEX", now().after(minutes(1)))];
    store.telemetry().insert(&notes).await.unwrap();
    let find = |filter: TelemetryFilter, limit| {
        let store = store.clone();
        async move { store.telemetry().find("routing", &filter, limit).await.unwrap() }
    };
    assert_eq!(find(TelemetryFilter::default(), 10).await, [notes[1].clone(), notes[0].clone()]);
    assert_eq!(find(TelemetryFilter::default(), 1).await, [notes[1].clone()]);
    let simple = TelemetryFilter { tier: Some("SIMPLE".into()), ..TelemetryFilter::default() };
    assert_eq!(find(simple, 10).await, [notes[0].clone()]);
    let late = TelemetryFilter { since: Some(now().after(minutes(1))), ..TelemetryFilter::default() };
    assert_eq!(find(late, 10).await, [notes[1].clone()]);
    assert!(store.telemetry().find("other", &TelemetryFilter::default(), 10).await.unwrap().is_empty());
    let newest = store.telemetry().find("routing", &TelemetryFilter::default(), 1).await.unwrap().remove(0);
    let texts = store.telemetry().texts("routing", Some(newest.at), None, 10).await.unwrap();
    assert_eq!((&texts[0].0, serde_json::from_str(&texts[0].1).ok()), (&newest.tier, Some(newest.data)));
    assert!(
        store
            .telemetry()
            .texts("routing", None, Some(Timestamp::from_millis(0)), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn the_audit_log_can_only_grow(place: Place) {
    let store = place.open().await;
    let entry = |action: &str| AuditEntry {
        id: record_id(),
        at: now(),
        actor: "cli".into(),
        action: action.into(),
        target: "key1".into(),
        outcome: "ok".into(),
        request_id: None,
        detail: json!({ "name": "laptop" }),
    };
    let entries = [entry("key.create"), entry("key.revoke")];
    store.audit().insert(&entries).await.unwrap();
    let revoked = AuditFilter { action: Some("key.revoke".into()), ..AuditFilter::default() };
    assert_eq!(store.audit().find(&revoked, 10).await.unwrap(), [entries[1].clone()]);
    store.close(minutes(1)).await;
    let refused = change(&place, "audit", "outcome = 'denied'").await.unwrap_err().to_string();
    assert!(refused.contains("the audit log can only grow"), "{refused}");
}

/// What somebody with the database's own tools would do.
async fn change(place: &Place, table: &str, set: &str) -> Result<(), sqlx::Error> {
    let text = |schema: &str| sqlx::AssertSqlSafe(format!("UPDATE {schema}{table} SET {set}"));
    if place.url.starts_with("postgres") {
        let pool = sqlx::PgPool::connect(&place.url).await?;
        let outcome = sqlx::query(text("lynkr.")).execute(&pool).await.map(drop);
        pool.close().await;
        outcome
    } else {
        let pool = sqlx::SqlitePool::connect(&place.url).await?;
        let outcome = sqlx::query(text("")).execute(&pool).await.map(drop);
        pool.close().await;
        outcome
    }
}

async fn stored_answers_are_bounded(place: Place) {
    let store = place.open().await;
    let answer = |n: u64| StoredResponse {
        owner: "key1".into(),
        id: format!("resp_{n}"),
        created_at: now().after(minutes(n)),
        provider: None,
        body: [0, 255, 7].repeat(100),
    };
    for n in 0..10 {
        store.responses().put(&answer(n)).await.unwrap();
    }
    store.responses().put(&StoredResponse { provider: Some("openai".into()), ..answer(9) }).await.unwrap();
    assert_eq!(store.responses().bytes().await.unwrap(), 3000);
    assert_eq!(store.responses().find("key1", "resp_3").await.unwrap(), Some(answer(3)));
    assert_eq!(store.responses().find("key2", "resp_3").await.unwrap(), None);
    assert_eq!(store.responses().trim(900, minutes(60), now().after(minutes(9))).await.unwrap(), 7);
    assert_eq!(store.responses().find("key1", "resp_6").await.unwrap(), None);
    assert!(store.responses().find("key1", "resp_7").await.unwrap().is_some());
    assert_eq!(store.responses().trim(u64::MAX, minutes(1), now().after(minutes(9))).await.unwrap(), 1);
    assert!(store.responses().delete("key1", "resp_9").await.unwrap());
}

async fn a_pin_is_one_per_session_and_never_goes_back(place: Place) {
    let store = place.open().await;
    let pin = |id: &str, model: &str, at: Timestamp| SessionPin {
        id: id.into(),
        at,
        provider: "openai".into(),
        model: model.into(),
        tier: "COMPLEX".into(),
        score: 6_250,
        turns: 9,
        warm_tokens: Some(12_000),
        has_tools: true,
    };
    let last = now();
    store.writer().pin(pin("one", "newer", last));
    store.writer().pin(pin("one", "newest", last));
    assert!(store.writer().flush(std::time::Duration::from_secs(20)).await);
    store.writer().pin(pin("one", "late", last.before(minutes(1))));
    for number in 0..30 {
        store.writer().pin(pin(&format!("p{number}"), "m", last.before(minutes(number))));
    }
    assert!(store.writer().flush(std::time::Duration::from_secs(20)).await);
    assert_eq!(store.pins().find("one").await.unwrap(), Some(pin("one", "newest", last)));
    assert_eq!(store.pins().find("other").await.unwrap(), None);
    let keep = Retention { pins: Some(minutes(20)), ..Retention::default() };
    assert_eq!(store.forget(&keep, last).await.unwrap(), Forgotten { pins: 9, ..Forgotten::default() });
    assert_eq!(store.pins().trim(5).await.unwrap(), 17);
    assert_eq!(store.pins().find("p4").await.unwrap(), None);
    assert!(store.pins().find("p3").await.unwrap().is_some());
    assert_eq!(store.pins().clear().await.unwrap(), 5);
    assert_eq!(store.pins().find("one").await.unwrap(), None);
}

async fn what_replicas_have_learned_stays_apart_and_is_taken_over_once(place: Place) {
    let (store, other) = (place.open().await, place.open().await);
    let (one, two) = (store.learned(), other.learned());
    assert!(one.save("a", None, (&[1, 0, 255], now()), &[]).await.unwrap());
    assert!(two.save("b", None, (b"b", now()), &[]).await.unwrap());
    assert!(!two.save("a", None, (b"mine", now()), &[]).await.unwrap(), "the name is taken");
    assert!(one.save("a", Some(1), (&[2, 0], now()), &[]).await.unwrap());
    assert!(!one.save("a", Some(1), (b"late", now()), &[]).await.unwrap(), "written meanwhile");
    assert_eq!(two.find("a").await.unwrap(), Some((2, vec![2, 0])));
    assert_eq!(two.find("c").await.unwrap(), None);
    // A process ends, and two others want its row at once: one gets it.
    assert!(one.save("c", None, (b"c", now()), &[]).await.unwrap());
    one.release("c").await.unwrap();
    let rows = two.rows().await.unwrap();
    let released: Vec<&str> = rows
        .iter()
        .filter(|row| row.seen_at == Timestamp::default())
        .map(|row| row.replica.as_str())
        .collect();
    assert_eq!((rows.len(), released), (3, vec!["c"]));
    let left = [("c".to_owned(), 1)];
    let (first, second) = tokio::join!(
        one.save("a", Some(2), (b"a+c", now()), &left),
        two.save("b", Some(1), (b"b+c", now()), &left)
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first != second, "one of them: {first} {second}");
    let [a, b] = [one.find("a").await.unwrap().unwrap(), one.find("b").await.unwrap().unwrap()];
    assert_eq!((a.1 == b"a+c", b.1 == b"b+c"), (first, second), "whoever doesn't get it writes nothing");
    assert_eq!(one.rows().await.unwrap().len(), 2);
    // A process whose row was taken over is told so.
    assert!(one.touch("a", now().after(minutes(1))).await.unwrap());
    assert!(!one.touch("c", now()).await.unwrap());
}

async fn what_is_old_is_forgotten_in_batches(place: Place) {
    let store = place.open().await;
    let records: Vec<UsageRecord> =
        (0..1203).map(|n| UsageRecord { at: now().before(minutes(n)), ..usage("a", None) }).collect();
    store.usage().insert(&records).await.unwrap();
    let turns: Vec<Turn> = (0..45).map(|n| turn(&format!("s{n}"), "", now().before(minutes(n)))).collect();
    store.sessions().append(&turns).await.unwrap();
    let keep = Retention { usage: Some(minutes(100)), sessions: Some(minutes(1)), ..Retention::default() };
    let forgotten = store.forget(&keep, now()).await.unwrap();
    assert_eq!(forgotten, Forgotten { usage: 1102, sessions: 43, ..Forgotten::default() });
    assert_eq!(store.usage().find(&UsageFilter::default(), 10_000).await.unwrap().len(), 101);
    assert!(store.sessions().transcript(&turns[2].session, 10).await.unwrap().is_empty());
    assert_eq!(store.forget(&keep, now()).await.unwrap(), Forgotten::default());
}

async fn an_export_has_everything_but_secrets(place: Place) {
    let store = place.open().await;
    let key = lynkr_store::NewKey { name: "laptop".into(), ..lynkr_store::NewKey::default() };
    let made = store.keys().create(&key, now()).await.unwrap();
    store.usage().insert(&(0..600).map(|_| usage("a", Some(1))).collect::<Vec<_>>()).await.unwrap();
    store.sessions().append(&[turn("s", "text\nwith a line end", now())]).await.unwrap();
    let mut bytes: Vec<u8> = Vec::new();
    let count = store.export(&mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |table: &str| lines.iter().filter(|line| line["table"] == table).count();
    assert_eq!(
        (lines.len() as u64, of("usage"), of("api_keys"), of("sessions"), of("turns")),
        (count, 600, 1, 1, 1)
    );
    let key = lines.iter().find(|line| line["table"] == "api_keys").unwrap();
    assert_eq!(key["prefix"], Json::from(made.key.prefix.clone()));
    assert!(key.get("hash").is_none());
    assert_eq!(
        lines.iter().find(|line| line["table"] == "turns").unwrap()["content"][0]["text"],
        "text\nwith a line end"
    );
}

async fn opening_twice_and_at_once_migrates_once(place: Place) {
    let options = place.options();
    let opening = (0..4).map(|_| {
        let options = options.clone();
        tokio::spawn(async move { Store::open(&options).await })
    });
    let mut stores = Vec::new();
    for opened in opening.collect::<Vec<_>>() {
        stores.push(opened.await.unwrap().unwrap());
    }
    for store in &stores {
        assert_eq!(store.schema().await.unwrap(), 7);
        store.ping().await.unwrap();
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    }
    for store in stores {
        assert!(store.close(Duration::from_secs(5)).await);
    }
}

async fn a_newer_schema_is_refused(place: Place) {
    place.open().await.close(minutes(1)).await;
    change(&place, "lynkr_schema", "version = version + 93").await.unwrap();
    let error = Store::open(&place.options()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the store has schema 100, and this program knows 7 at most: use the newer program"
    );
}
