//! What the dashboard and reports read: cells, pages, latencies, what budgets have counted.

use std::time::{Duration, Instant};

use lynkr_store::{
    Charge, Cursor, GroupBy, NewBudget, Outcome, Period, Retention, RouteNote, Store, Subject, SubjectKind,
    Timestamp, Unit, UsageCell, UsageFilter, UsageRecord, record_id,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::harness::{Place, Test, minutes, now};
use crate::records::usage;
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    sums_by_the_hour_agree_with_the_records,
    cells_keep_unpriced_and_long_requests_apart,
    pages_follow_each_other_without_a_gap,
    requests_are_found_by_what_they_had,
    how_a_request_was_routed_comes_back,
    records_that_have_much_in_common_come_back_as_they_went,
    what_is_forgotten_leaves_the_sums,
    a_budget_says_what_each_subject_has_spent,
    many_requests_are_added_up_quickly,
];

/// All cells in one.
fn folded(cells: &[UsageCell]) -> UsageCell {
    let mut all = UsageCell::default();
    for cell in cells {
        all.requests += cell.requests;
        all.errors += cell.errors;
        all.fallbacks += cell.fallbacks;
        all.pinned += cell.pinned;
        all.input_tokens += cell.input_tokens;
        all.output_tokens += cell.output_tokens;
        all.cache_read_tokens += cell.cache_read_tokens;
        all.cache_write_tokens += cell.cache_write_tokens;
        all.reasoning_tokens += cell.reasoning_tokens;
        all.cost_nanos += cell.cost_nanos;
        all.latency_ms += cell.latency_ms;
        all.first_token_ms += cell.first_token_ms;
        all.first_tokens += cell.first_tokens;
    }
    all
}

/// The groups of cells with their sums.
fn by_groups(cells: &[UsageCell], groups: usize) -> Vec<(Vec<String>, bool, u64, UsageCell)> {
    let mut names: Vec<(Vec<String>, bool, u64)> =
        cells.iter().map(|cell| (cell.groups[..groups].to_vec(), cell.priced, cell.length)).collect();
    names.sort();
    names.dedup();
    let of = |name: &(Vec<String>, bool, u64)| {
        let own: Vec<UsageCell> = cells
            .iter()
            .filter(|cell| (cell.groups[..groups].to_vec(), cell.priced, cell.length) == *name)
            .cloned()
            .collect();
        (name.0.clone(), name.1, name.2, folded(&own))
    };
    names.iter().map(of).collect()
}

fn any_record() -> impl Strategy<Value = UsageRecord> {
    let names = (0..3_u8, 0..3_u8, 0..3_u8);
    let numbers = (0..400_000_u64, 0..5_000_u64, proptest::option::of(0..1_000_000_u64));
    (0..600_000_000_i64, names, numbers, any::<[bool; 3]>()).prop_map(|(at, names, numbers, switches)| {
        UsageRecord {
            id: record_id(),
            at: Timestamp::from_millis(now().as_millis() + at),
            tier: (names.0 > 0).then(|| format!("T{}", names.0)),
            model: format!("m{}", names.1),
            error_kind: switches[0].then(|| "Overloaded".to_owned()),
            input_tokens: numbers.0,
            cache_read_tokens: numbers.0 / 3,
            output_tokens: numbers.1,
            latency_ms: numbers.1,
            first_token_ms: switches[1].then_some(numbers.1 / 2),
            route: switches[2].then(|| RouteNote {
                method: "score".to_owned(),
                fallback: switches[0],
                pinned: switches[1],
                ..RouteNote::default()
            }),
            ..usage(&format!("p{}", names.2), numbers.2)
        }
    })
}

async fn sums_by_the_hour_agree_with_the_records(place: Place) {
    let store = place.open().await;
    let mut runner = TestRunner::deterministic();
    let strategy = proptest::collection::vec(any_record(), 300);
    let records = strategy.new_tree(&mut runner).unwrap().current();
    for chunk in records.chunks(70) {
        store.usage().insert(chunk).await.unwrap();
    }
    // Written twice, within a batch too: that changes nothing.
    let twice: Vec<UsageRecord> = records.iter().chain(&records).take(350).cloned().collect();
    store.usage().insert(&twice).await.unwrap();
    let at = |millis: i64| Some(Timestamp::from_millis(now().as_millis() + millis));
    let windows = [
        (None, None),
        (at(1_234_567), None),
        (at(100), at(599_999_999)),
        (at(50_000_000), at(50_000_777)),
        (None, at(333_333_333)),
    ];
    let filters = [
        UsageFilter::default(),
        UsageFilter { provider: Some("p1".into()), ..UsageFilter::default() },
        UsageFilter { model: Some("m2".into()), tier: Some("T1".into()), ..UsageFilter::default() },
    ];
    for (since, until) in windows {
        for filter in &filters {
            let filter = UsageFilter { since, until, ..filter.clone() };
            let groups = [GroupBy::Tier, GroupBy::Provider, GroupBy::Model, GroupBy::Day];
            let hours = store.usage().cells(&filter, &groups).await.unwrap();
            // The sums by the hour don't know keys, so these are the records'.
            let more: Vec<GroupBy> = groups.into_iter().chain([GroupBy::Key]).collect();
            let plain = store.usage().cells(&filter, &more).await.unwrap();
            assert_eq!(by_groups(&hours, 4), by_groups(&plain, 4), "{filter:?}");
        }
    }
    assert_eq!(folded(&store.usage().cells(&UsageFilter::default(), &[]).await.unwrap()).requests, 300);
}

async fn cells_keep_unpriced_and_long_requests_apart(place: Place) {
    let store = place.open().await;
    let long = UsageRecord { input_tokens: 200_000, cache_write_tokens: 1, ..usage("a", Some(5)) };
    let records = [usage("a", Some(3)), usage("a", Some(4)), usage("a", None), long];
    store.usage().insert(&records).await.unwrap();
    for groups in [vec![GroupBy::Provider], vec![GroupBy::Provider, GroupBy::Key]] {
        let cells = store.usage().cells(&UsageFilter::default(), &groups).await.unwrap();
        let mut shown: Vec<_> =
            cells.iter().map(|cell| (cell.priced, cell.length, cell.requests, cell.cost_nanos)).collect();
        shown.sort_unstable();
        assert_eq!(shown, [(false, 0, 1, 0), (true, 0, 2, 7), (true, 3, 1, 5)]);
    }
}

async fn pages_follow_each_other_without_a_gap(place: Place) {
    let store = place.open().await;
    // Many of them at the same moment, and written out of order.
    let at = |number: u64| now().before(minutes(number / 7));
    let records: Vec<UsageRecord> =
        (0..50).map(|number| UsageRecord { at: at(number * 13 % 50), ..usage("a", None) }).collect();
    store.usage().insert(&records).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.usage().page(&UsageFilter::default(), after, 7).await.unwrap();
        seen.extend(page.records);
        let Some(next) = page.next else { break };
        after = Cursor::parse(&next.to_text());
        assert_eq!(after, Some(next));
    }
    let all = store.usage().find(&UsageFilter::default(), 100).await.unwrap();
    assert_eq!(seen, all);
    assert_eq!(Cursor::parse("1.x"), None);
    assert_eq!(store.usage().get(&records[3].id).await.unwrap(), Some(records[3].clone()));
    assert_eq!(store.usage().get("nobody").await.unwrap(), None);
}

async fn requests_are_found_by_what_they_had(place: Place) {
    let store = place.open().await;
    let mut records = vec![usage("a", None), usage("b", None), usage("c", None)];
    records[0].receipt = Some("model=x->Y_100%(alias)".into());
    records[1].error_kind = Some("Overloaded".into());
    records[1].status = 529;
    records[1].client = Some("claude-cli/2.0".into());
    records[2].tier = Some("SIMPLE".into());
    store.usage().insert(&records).await.unwrap();
    let found = async |filter: UsageFilter| -> Vec<String> {
        let page = store.usage().page(&filter, None, 10).await.unwrap();
        page.records.into_iter().map(|record| record.provider).rev().collect()
    };
    let text = |text: &str| UsageFilter { text: Some(text.into()), ..UsageFilter::default() };
    assert_eq!(found(text("y_100%")).await, ["a"]);
    assert_eq!(found(text("overLOADED")).await, ["b"]);
    for nothing in ["y-100", "1%0", "!", "'; DROP TABLE usage; --"] {
        assert!(found(text(nothing)).await.is_empty(), "{nothing}");
    }
    let outcome = |outcome| UsageFilter { outcome, ..UsageFilter::default() };
    assert_eq!(found(outcome(Outcome::Failed)).await, ["b"]);
    assert_eq!(found(outcome(Outcome::Answered)).await, ["a", "c"]);
    assert_eq!(found(outcome(Outcome::Status(529))).await, ["b"]);
    let tier = |tier: &str| UsageFilter { tier: Some(tier.into()), ..UsageFilter::default() };
    assert_eq!(found(tier("SIMPLE")).await, ["c"]);
    assert_eq!(found(tier("")).await, ["a", "b"]);
    let client = |client: &str| UsageFilter { client: Some(client.into()), ..UsageFilter::default() };
    assert_eq!(found(client("claude-cli/2.0")).await, ["b"]);
    assert_eq!(found(client("")).await, ["a", "c"]);
    let latencies = store.usage().latencies(&UsageFilter::default(), 10).await.unwrap();
    assert_eq!(latencies.len(), 2, "a failure's time says nothing");
}

async fn how_a_request_was_routed_comes_back(place: Place) {
    let store = place.open().await;
    let note = RouteNote {
        method: "score".into(),
        reason: "low score".into(),
        score_milli: Some(12_500),
        base_tier: Some("SIMPLE".into()),
        tier: Some("MEDIUM".into()),
        served_tier: None,
        pinned: true,
        fallback: true,
    };
    let record = UsageRecord { receipt: Some(String::new()), route: Some(note), ..usage("a", None) };
    store.usage().insert(std::slice::from_ref(&record)).await.unwrap();
    assert_eq!(store.usage().find(&UsageFilter::default(), 1).await.unwrap(), [record]);
    let groups = [GroupBy::Method, GroupBy::BaseTier, GroupBy::ServedTier, GroupBy::Status, GroupBy::Surface];
    let cells = store.usage().cells(&UsageFilter::default(), &groups).await.unwrap();
    assert_eq!(cells[0].groups, ["score", "SIMPLE", "", "200", "anthropic"]);
    assert_eq!((cells[0].pinned, cells[0].fallbacks), (1, 1));
}

/// Records in which each group of columns is absent, the same in all, or each record's own.
fn alike(modes: [u8; 5], count: usize) -> Vec<UsageRecord> {
    let text = |group: usize, name: &str, n: usize| match modes[group] {
        0 => None,
        1 => Some(name.to_owned()),
        _ => (!n.is_multiple_of(3)).then(|| format!("{name}{n}")),
    };
    let of = |n: usize| {
        let named = |group, name| text(group, name, n).unwrap_or_default();
        UsageRecord {
            key_id: text(0, "key", n),
            team: text(0, "team", n),
            organisation: text(0, "organisation", n),
            surface: named(1, "surface"),
            client: text(1, "client", n),
            price_source: text(1, "table", n),
            model: named(2, "model"),
            asked: named(2, "asked"),
            error_kind: text(3, "error", n),
            attempts: named(3, "attempts").len() as u64,
            estimated: text(3, "", n).is_some(),
            tier: text(4, "tier", n),
            route: text(4, "method", n).map(|method| RouteNote {
                method,
                served_tier: text(4, "served", n),
                pinned: n.is_multiple_of(2),
                ..RouteNote::default()
            }),
            receipt: n.is_multiple_of(2).then(|| format!("{n} bytes less")),
            ..usage(&named(1, "provider"), Some(n as u64))
        }
    };
    (0..count).map(of).collect()
}

async fn records_that_have_much_in_common_come_back_as_they_went(place: Place) {
    let store = place.open().await;
    let mut runner = TestRunner::deterministic();
    let strategy = (any::<[u8; 5]>(), 1..80_usize);
    let mut all = 0;
    for _ in 0..40 {
        let (modes, count) = strategy.new_tree(&mut runner).unwrap().current();
        let records = alike(modes.map(|mode| mode % 3), count);
        store.usage().insert(&records[count / 2..]).await.unwrap();
        // Some are there already.
        store.usage().insert(&records).await.unwrap();
        for record in &records {
            assert_eq!(store.usage().get(&record.id).await.unwrap().as_ref(), Some(record));
        }
        all += count as u64;
    }
    assert_eq!(folded(&store.usage().cells(&UsageFilter::default(), &[]).await.unwrap()).requests, all);
}

async fn what_is_forgotten_leaves_the_sums(place: Place) {
    let store = place.open().await;
    let records: Vec<UsageRecord> = (0..20)
        .map(|hours| UsageRecord { at: now().before(minutes(hours * 60)), ..usage("a", None) })
        .collect();
    store.usage().insert(&records).await.unwrap();
    let keep = Retention { usage: Some(minutes(10 * 60)), ..Retention::default() };
    store.forget(&keep, now()).await.unwrap();
    let left = folded(&store.usage().cells(&UsageFilter::default(), &[]).await.unwrap()).requests;
    // The hour that the limit lies in stays whole.
    let records = store.usage().find(&UsageFilter::default(), 100).await.unwrap().len() as u64;
    assert!(left == records || left == records + 1, "{left} in the sums, {records} on record");
}

async fn a_budget_says_what_each_subject_has_spent(place: Place) {
    let store = place.open().await;
    let subject = |id: &str| Subject::new(SubjectKind::Key, id);
    let rule = NewBudget {
        subject: subject("*"),
        period: Period::Day,
        unit: Unit::Tokens,
        warn_at: None,
        block_at: Some(1_000),
    };
    let budget = store.budgets().put(&rule, now()).await.unwrap();
    let charge = |tokens| Charge { tokens, requests: 1, cost_nanos: 0 };
    for (id, tokens) in [("k1", 10), ("k2", 300), ("k1", 5)] {
        store.budgets().charge(&[subject(id)], &charge(tokens), now()).await.unwrap();
    }
    let spent = store.budgets().spent(&budget, now(), 10).await.unwrap();
    let shown: Vec<_> = spent.iter().map(|own| (own.subject.as_str(), own.settled, own.reserved)).collect();
    assert_eq!(shown, [("k2", 300, 0), ("k1", 15, 0)]);
    assert!(
        store
            .budgets()
            .spent(&budget, now().after(Duration::from_secs(86_400)), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

/// The times are printed, not judged: this machine may do much else. `LYNKR_TEST_REQUESTS=100000` is what they are wanted for.
#[expect(clippy::print_stderr, reason = "the times are what this is for")]
async fn many_requests_are_added_up_quickly(place: Place) {
    let asked = std::env::var("LYNKR_TEST_REQUESTS").ok();
    let count: u64 = asked.and_then(|text| text.parse().ok()).unwrap_or(5_000);
    let store: Store = place.open().await;
    let started = Instant::now();
    for chunk in 0..count / 1_000 {
        let record = |number: u64| UsageRecord {
            at: now().before(Duration::from_secs((count - number) * 25)),
            session_id: Some(format!("s{}", number / 40)),
            key_id: Some(format!("k{}", number % 20)),
            client: Some("claude-cli/2.0".into()),
            tier: Some(
                ["SIMPLE", "MEDIUM", "COMPLEX", "REASONING"][usize::try_from(number % 4).unwrap()].into(),
            ),
            model: format!("model-{}", number % 6),
            input_tokens: 1_000 + number % 9_000,
            latency_ms: number % 5_000,
            receipt: Some("model=a->b(alias); translated=anthropic->openai_chat".into()),
            ..usage(["openai", "anthropic"][usize::try_from(number % 2).unwrap()], Some(number % 1_000_000))
        };
        let records: Vec<UsageRecord> = (chunk * 1_000..(chunk + 1) * 1_000).map(record).collect();
        store.usage().insert(&records).await.unwrap();
    }
    eprintln!("{count} requests written in {:?}", started.elapsed());
    let all = UsageFilter::default();
    let week = all.since(now().before(Duration::from_secs(7 * 86_400)));
    let day = all.since(now().before(Duration::from_secs(86_400)));
    let report = [GroupBy::Day, GroupBy::Tier, GroupBy::Provider, GroupBy::Model];
    let looks: [(&str, &UsageFilter, &[GroupBy]); 5] = [
        ("the report of all time", &all, &report),
        ("the report of a week", &week, &report),
        ("today for the status line", &day, &[]),
        ("a week's sessions", &week, &[GroupBy::Session, GroupBy::Key]),
        ("all by client", &all, &[GroupBy::Client]),
    ];
    for (name, filter, groups) in looks {
        let began = Instant::now();
        let cells = store.usage().cells(filter, groups).await.unwrap();
        eprintln!("{name}: {:?}, {} cells", began.elapsed(), cells.len());
        assert!(!cells.is_empty());
    }
    let began = Instant::now();
    let page = store.usage().page(&all, None, 50).await.unwrap();
    eprintln!("the newest page: {:?}", began.elapsed());
    assert_eq!(page.records.len(), 50);
    let sums = folded(&store.usage().cells(&all, &report).await.unwrap());
    assert_eq!(sums.requests, count);
}
