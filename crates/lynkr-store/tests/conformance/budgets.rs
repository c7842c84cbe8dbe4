//! Budgets, alone and under many hands.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lynkr_store::{Admission, Charge, NewBudget, Period, Reservation, Store, Subject, SubjectKind, Unit};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::harness::{Place, Test, minutes, now};
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    a_budget_is_set_listed_and_removed,
    all_budgets_of_a_request_or_none,
    a_period_begins_anew,
    settling_twice_charges_once,
    expired_reservations_give_their_room_back,
    general_budgets_hold_for_those_without_their_own,
    a_request_of_unknown_size_needs_room,
    many_hands_never_exceed_a_budget,
    reserving_and_settling_at_once_comes_out_even,
    any_order_of_steps_keeps_the_books,
];

fn team() -> Subject {
    Subject::new(SubjectKind::Team, "core")
}

fn budget(subject: Subject, unit: Unit, block_at: u64) -> NewBudget {
    NewBudget {
        subject,
        period: Period::Month,
        unit,
        warn_at: Some(block_at / 5 * 4),
        block_at: Some(block_at),
    }
}

fn tokens(tokens: u64) -> Charge {
    Charge { tokens, requests: 1, cost_nanos: 0 }
}

fn granted(admission: Admission) -> Reservation {
    match admission {
        Admission::Granted(reservation) => reservation,
        Admission::Blocked(refusal) => panic!("blocked: {refusal:?}"),
    }
}

async fn reserve(store: &Store, amount: u64) -> Admission {
    store.budgets().reserve(&[team()], &tokens(amount), now(), minutes(5)).await.unwrap()
}

/// Settled and reserved of the only budget.
async fn books(store: &Store) -> (u64, u64) {
    let standings = store.budgets().standings(&[team()], now()).await.unwrap();
    (standings[0].settled, standings[0].reserved)
}

async fn a_budget_is_set_listed_and_removed(place: Place) {
    let store = place.open().await;
    let first = store.budgets().put(&budget(team(), Unit::Tokens, 100), now()).await.unwrap();
    granted(store.budgets().charge(&[team()], &tokens(90), now()).await.unwrap());
    let second =
        store.budgets().put(&budget(team(), Unit::Tokens, 200), now().after(minutes(1))).await.unwrap();
    assert_eq!(
        (&second.id, second.created_at, second.updated_at),
        (&first.id, now(), now().after(minutes(1)))
    );
    assert_eq!(store.budgets().list().await.unwrap(), [second]);
    assert_eq!(books(&store).await, (90, 0), "a new limit keeps what was counted");
    assert!(store.budgets().remove(&first.id).await.unwrap());
    assert!(!store.budgets().remove(&first.id).await.unwrap());
    let free = granted(reserve(&store, 1_000_000).await);
    assert!(free.standings.is_empty());
}

async fn all_budgets_of_a_request_or_none(place: Place) {
    let store = place.open().await;
    let key = Subject::new(SubjectKind::Key, "k");
    store.budgets().put(&budget(team(), Unit::Tokens, 100), now()).await.unwrap();
    store.budgets().put(&budget(key.clone(), Unit::Requests, 1), now()).await.unwrap();
    let subjects = [team(), key];
    let taken = granted(store.budgets().reserve(&subjects, &tokens(60), now(), minutes(5)).await.unwrap());
    assert_eq!(taken.standings.len(), 2);
    let blocked = store.budgets().reserve(&subjects, &tokens(10), now(), minutes(5)).await.unwrap();
    let Admission::Blocked(refusal) = blocked else { panic!("granted") };
    assert_eq!(
        (refusal.standing.budget.rule.unit, refusal.standing.spent(), refusal.asked),
        (Unit::Requests, 1, 1)
    );
    assert!(refusal.standing.warns());
    assert_eq!(refusal.standing.resets_at, Period::Month.end(now()));
    assert_eq!(books(&store).await, (0, 60), "the other budget was left alone");
}

async fn a_period_begins_anew(place: Place) {
    let store = place.open().await;
    let daily = NewBudget { period: Period::Day, ..budget(team(), Unit::Tokens, 10) };
    store.budgets().put(&daily, now()).await.unwrap();
    granted(store.budgets().charge(&[team()], &tokens(10), now()).await.unwrap());
    assert!(matches!(reserve(&store, 1).await, Admission::Blocked(_)));
    let tomorrow = Period::Day.end(now()).unwrap();
    granted(store.budgets().charge(&[team()], &tokens(10), tomorrow).await.unwrap());
}

async fn settling_twice_charges_once(place: Place) {
    let store = place.open().await;
    store.budgets().put(&budget(team(), Unit::Tokens, 100), now()).await.unwrap();
    let taken = granted(reserve(&store, 40).await);
    for _ in 0..2 {
        store.budgets().settle(&taken.id, &tokens(70)).await.unwrap();
        assert_eq!(books(&store).await, (70, 0), "more than was reserved is charged all the same");
    }
    let failed = granted(reserve(&store, 30).await);
    store.budgets().settle(&failed.id, &Charge::default()).await.unwrap();
    assert_eq!(books(&store).await, (70, 0));
    store.budgets().settle("nobody's", &tokens(5)).await.unwrap();
    assert_eq!(books(&store).await, (70, 0));
}

async fn expired_reservations_give_their_room_back(place: Place) {
    let store = place.open().await;
    store.budgets().put(&budget(team(), Unit::Tokens, 100), now()).await.unwrap();
    let dead = granted(reserve(&store, 100).await);
    assert!(matches!(reserve(&store, 1).await, Admission::Blocked(_)));
    let later = now().after(minutes(6));
    let taken = store.budgets().reserve(&[team()], &tokens(50), later, minutes(5)).await.unwrap();
    granted(taken);
    assert_eq!(books(&store).await, (0, 50), "whoever finds no room looks for the dead");
    assert_eq!(store.budgets().release_expired(later).await.unwrap(), 0);
    // It was only slow: it still pays, once.
    for _ in 0..2 {
        store.budgets().settle(&dead.id, &tokens(80)).await.unwrap();
        assert_eq!(books(&store).await, (80, 50));
    }
}

async fn general_budgets_hold_for_those_without_their_own(place: Place) {
    let store = place.open().await;
    let any = Subject::new(SubjectKind::User, "*");
    let (ann, bob) = (Subject::new(SubjectKind::User, "ann"), Subject::new(SubjectKind::User, "bob"));
    store.budgets().put(&budget(any, Unit::Tokens, 10), now()).await.unwrap();
    store.budgets().put(&budget(ann.clone(), Unit::Tokens, 100), now()).await.unwrap();
    let charge = async |subject: &Subject, amount| {
        let admission =
            store.budgets().charge(std::slice::from_ref(subject), &tokens(amount), now()).await.unwrap();
        matches!(admission, Admission::Granted(_))
    };
    assert!(charge(&ann, 50).await, "her own budget counts");
    assert!(!charge(&bob, 50).await, "the general one counts");
    assert!(charge(&bob, 10).await);
    assert!(charge(&Subject::new(SubjectKind::User, "eve"), 10).await, "each has it for herself");
    assert!(charge(&Subject::new(SubjectKind::Team, "bob"), 50).await, "another kind");
    let warn = store.budgets().standings(&[bob], now()).await.unwrap();
    assert!(warn[0].warns());
}

async fn a_request_of_unknown_size_needs_room(place: Place) {
    let store = place.open().await;
    store.budgets().put(&budget(team(), Unit::Tokens, 10), now()).await.unwrap();
    let first = granted(reserve(&store, 0).await);
    store.budgets().settle(&first.id, &tokens(10)).await.unwrap();
    assert!(matches!(reserve(&store, 0).await, Admission::Blocked(_)));
    let counting = NewBudget { block_at: None, ..budget(team(), Unit::Tokens, 10) };
    store.budgets().put(&counting, now()).await.unwrap();
    granted(reserve(&store, u64::MAX).await);
}

/// Two stores on one database, as two replicas have.
async fn replicas(place: &Place) -> [Arc<Store>; 2] {
    let mut options = place.options();
    options.lock_wait = minutes(1);
    options.connect_wait = minutes(1);
    options.statement_wait = minutes(1);
    [Arc::new(Store::open(&options).await.unwrap()), Arc::new(Store::open(&options).await.unwrap())]
}

async fn many_hands_never_exceed_a_budget(place: Place) {
    let stores = replicas(&place).await;
    stores[0].budgets().put(&budget(team(), Unit::Tokens, 1000), now()).await.unwrap();
    let charged = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..100)
        .flat_map(|_| &stores)
        .map(|store| {
            let (store, charged) = (Arc::clone(store), Arc::clone(&charged));
            tokio::spawn(async move {
                if let Admission::Granted(_) =
                    store.budgets().charge(&[team()], &tokens(7), now()).await.unwrap()
                {
                    charged.fetch_add(7, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(charged.load(Ordering::Relaxed), 994, "200 tries for 7 fill 1000 to the last one that fits");
    assert_eq!(books(&stores[0]).await, (994, 0));
}

async fn reserving_and_settling_at_once_comes_out_even(place: Place) {
    let stores = replicas(&place).await;
    let key = Subject::new(SubjectKind::Key, "k");
    stores[0].budgets().put(&budget(team(), Unit::Tokens, 500), now()).await.unwrap();
    stores[0].budgets().put(&budget(key.clone(), Unit::Requests, 60), now()).await.unwrap();
    let (admitted, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..100_u64)
        .flat_map(|n| stores.iter().map(move |store| (n, store)))
        .map(|(n, store)| {
            let (store, key) = (Arc::clone(store), key.clone());
            let (admitted, over) = (Arc::clone(&admitted), Arc::clone(&over));
            tokio::spawn(async move {
                let subjects = if n % 2 == 0 { vec![team(), key] } else { vec![key, team()] };
                let asked = store.budgets().reserve(&subjects, &tokens(10), now(), minutes(5)).await.unwrap();
                let Admission::Granted(taken) = asked else { return };
                let actual = 8 + n % 5;
                assert!(store.writer().settle(taken.id, tokens(actual)));
                admitted.fetch_add(actual, Ordering::Relaxed);
                over.fetch_add(actual.saturating_sub(10), Ordering::Relaxed);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for store in &stores {
        assert!(store.writer().flush(minutes(1)).await);
        assert_eq!(store.writer().stats().dropped.total(), 0);
    }
    let (settled, reserved) = books(&stores[0]).await;
    assert_eq!((settled, reserved), (admitted.load(Ordering::Relaxed), 0));
    let slack = over.load(Ordering::Relaxed);
    assert!(settled <= 500 + slack, "{settled} is more than 500 and the slack of {slack}");
    assert!(settled >= 400, "{settled}: the budget could be used");
}

/// Reserve, settle and let expire in any order: the books are what a simple model says.
async fn any_order_of_steps_keeps_the_books(place: Place) {
    let store = place.open().await;
    let mut runner = TestRunner::deterministic();
    let steps = proptest::collection::vec((0_u8..4, 0_u64..60, any::<prop::sample::Index>()), 80);
    store.budgets().put(&budget(team(), Unit::Tokens, 300), now()).await.unwrap();
    let (mut settled, mut open) = (0_u64, Vec::<(String, u64, bool)>::new());
    let mut clock = now();
    for (step, amount, index) in steps.new_tree(&mut runner).unwrap().current() {
        let reserved = |open: &[(String, u64, bool)]| open.iter().map(|(_, held, _)| held).sum::<u64>();
        match step {
            0 | 1 => {
                let fits = settled + reserved(&open) + amount.max(1) <= 300;
                let got =
                    store.budgets().reserve(&[team()], &tokens(amount), clock, minutes(5)).await.unwrap();
                assert_eq!(matches!(got, Admission::Granted(_)), fits);
                if let Admission::Granted(taken) = got {
                    open.push((taken.id, amount, false));
                }
            }
            2 if !open.is_empty() => {
                let (id, ..) = open.remove(index.index(open.len()));
                let actual = amount / 3;
                store.budgets().settle(&id, &tokens(actual)).await.unwrap();
                settled += actual;
            }
            _ => {
                clock = clock.after(minutes(6));
                store.budgets().release_expired(clock).await.unwrap();
                for (_, held, _) in &mut open {
                    *held = 0;
                }
            }
        }
        let standing = &store.budgets().standings(&[team()], clock).await.unwrap()[0];
        assert_eq!((standing.settled, standing.reserved), (settled, reserved(&open)));
    }
    assert!(settled > 0);
}
