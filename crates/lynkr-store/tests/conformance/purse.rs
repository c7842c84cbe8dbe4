//! Room ahead of requests: the books come out exact in any order of steps, and no limit is exceeded by any hands.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lynkr_store::{
    Admission, BudgetRules, Charge, Counted, Hold, NewBudget, Period, Standing, Store, Subject, SubjectKind,
    Taken, Timestamp, Unit,
};
mod order;

use order::any_order_keeps_the_books_of_leases;

use crate::harness::{Place, Test, minutes, now};
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    far_budgets_are_charged_in_memory_and_come_out_exact,
    all_counters_of_a_request_or_none,
    few_requests_and_near_limits_take_their_own_room,
    warnings_count_what_is_used_and_not_what_is_held,
    a_refusal_waits_for_what_is_held_here,
    a_period_that_ends_is_charged_with_its_own_requests,
    what_was_set_anew_counts_at_once_and_what_was_removed_holds_nothing,
    a_process_that_dies_holds_its_room_for_a_minute,
    the_end_of_a_process_settles_everything,
    two_processes_never_exceed_a_budget_together,
    any_order_keeps_the_books_of_leases,
];

const LIMIT: u64 = 100_000;

fn team() -> Subject {
    Subject::new(SubjectKind::Team, "core")
}

fn key() -> Subject {
    Subject::new(SubjectKind::Key, "k")
}

fn budget(subject: Subject, unit: Unit, block_at: u64) -> NewBudget {
    NewBudget {
        subject,
        period: Period::Day,
        unit,
        warn_at: Some(block_at / 5 * 4),
        block_at: Some(block_at),
    }
}

fn tokens(tokens: u64) -> Charge {
    Charge { tokens, requests: 1, cost_nanos: 0 }
}

/// A store as a process has it, with the budgets as they are by now.
struct Process {
    store: Store,
    rules: BudgetRules,
}

impl Process {
    /// One whose rounds come when the test wants them.
    async fn by_hand(place: &Place) -> Self {
        let mut options = place.options();
        options.rounds = None;
        Self::of(Store::open(&options).await.unwrap()).await
    }

    async fn of(store: Store) -> Self {
        let rules = BudgetRules::new(store.budgets().list().await.unwrap(), now());
        Self { store, rules }
    }

    async fn set(&mut self, budget: &NewBudget) {
        self.store.budgets().put(budget, now()).await.unwrap();
        self.rules = BudgetRules::new(self.store.budgets().list().await.unwrap(), now());
    }

    fn counted(&self) -> Vec<Counted<'_>> {
        [(SubjectKind::Team, "core"), (SubjectKind::Key, "k")]
            .into_iter()
            .flat_map(|(kind, id)| self.rules.of(kind, id))
            .collect()
    }

    async fn take(&self, amount: u64, at: Timestamp) -> Option<Taken> {
        self.store.purse().take(&self.rules, &self.counted(), &tokens(amount), at).await
    }

    /// As many requests as make it worth while; they take nothing.
    async fn warm(&self, amount: u64, at: Timestamp) {
        for _ in 0..3 {
            assert!(self.take(amount, at).await.is_none(), "few requests take their own room");
        }
    }

    async fn balance(&self, at: Timestamp) {
        self.store.purse().balance(at).await.unwrap();
    }

    /// Settled, reserved and held ahead of the team's budget.
    async fn books(&self, at: Timestamp) -> (u64, u64, u64) {
        let standings = self.store.budgets().standings(&[team()], at).await.unwrap();
        standings.first().map_or((0, 0, 0), |own| (own.settled, own.reserved, own.ahead))
    }

    /// Room by either way, as a gateway goes them.
    async fn admit(&self, amount: u64, at: Timestamp) -> Option<Room> {
        if let Some(taken) = self.take(amount, at).await {
            return Some(Room::Ahead(taken.hold));
        }
        let reserve =
            async || self.store.budgets().reserve(&[team(), key()], &tokens(amount), at, minutes(30)).await;
        loop {
            match reserve().await.unwrap() {
                Admission::Granted(own) => return Some(Room::Own(own.id)),
                Admission::Blocked(refusal) if self.store.purse().give_back(&refusal.standing, at).await => {}
                Admission::Blocked(_) => return None,
            }
        }
    }

    async fn settle(&self, room: Room, amount: u64) {
        match room {
            Room::Ahead(hold) => self.store.purse().settle(&hold, &tokens(amount)),
            Room::Own(id) => self.store.budgets().settle(&id, &tokens(amount)).await.unwrap(),
        }
    }
}

#[derive(Debug)]
enum Room {
    Ahead(Hold),
    Own(String),
}

fn later(seconds: u64) -> Timestamp {
    now().after(Duration::from_secs(seconds))
}

async fn far_budgets_are_charged_in_memory_and_come_out_exact(place: Place) {
    let mut process = Process::by_hand(&place).await;
    process.set(&budget(team(), Unit::Tokens, LIMIT * 100)).await;
    process.set(&budget(key(), Unit::Requests, LIMIT)).await;
    process.warm(10, now()).await;
    let mut charged = 0;
    for number in 0..500_u64 {
        let taken = process.take(10, now()).await.expect("there is plenty of room");
        assert_eq!(taken.warnings, []);
        process.store.purse().settle(&taken.hold, &tokens(number % 20));
        charged += number % 20;
    }
    let (settled, reserved, ahead) = process.books(now()).await;
    assert!(
        settled + reserved < 100 && ahead > 1_000,
        "no statement was needed: {settled} {reserved} {ahead}"
    );
    process.balance(now()).await;
    let (settled, reserved, ahead) = process.books(now()).await;
    assert_eq!((settled, reserved), (charged, 0));
    assert!(ahead > 1_000);
    let held = process.take(30, now()).await.unwrap();
    process.balance(now()).await;
    let (settled, reserved, _) = process.books(now()).await;
    assert_eq!((settled, reserved), (charged, 30), "what is used is shown, and not what is held");
    process.balance(later(4)).await;
    assert_eq!(process.books(now()).await, (charged, 30, 0), "room that nobody asks for goes back");
    process.store.purse().settle(&held.hold, &tokens(30));
    process.balance(later(4)).await;
    assert_eq!(process.books(now()).await, (charged + 30, 0, 0));
    let requests = &process.store.budgets().standings(&[key()], now()).await.unwrap()[0];
    assert_eq!((requests.settled, requests.reserved, requests.ahead), (501, 0, 0));
}

async fn all_counters_of_a_request_or_none(place: Place) {
    let mut process = Process::by_hand(&place).await;
    process.set(&budget(team(), Unit::Tokens, LIMIT)).await;
    process.set(&budget(key(), Unit::Requests, 50)).await;
    process.warm(10, now()).await;
    assert!(process.take(10, now()).await.is_none(), "one of them is near its limit");
    process.balance(now()).await;
    let (settled, reserved, _) = process.books(now()).await;
    assert_eq!((settled, reserved), (0, 0));
}

async fn few_requests_and_near_limits_take_their_own_room(place: Place) {
    let mut process = Process::by_hand(&place).await;
    process.set(&budget(team(), Unit::Tokens, 1_000)).await;
    for second in 0..10 {
        assert!(process.take(1, later(second)).await.is_none());
    }
    process.warm(10, later(20)).await;
    assert!(process.take(10, later(20)).await.is_none(), "a 32nd part isn't enough for four requests");
    assert!(process.take(1, later(20)).await.is_none(), "it stays so for a moment");
    assert_eq!(process.books(now()).await, (0, 0, 0));
    assert!(process.take(1, later(25)).await.is_none());
    process.warm(1, later(25)).await;
}

async fn warnings_count_what_is_used_and_not_what_is_held(place: Place) {
    let mut process = Process::by_hand(&place).await;
    process.set(&NewBudget { warn_at: Some(25), ..budget(team(), Unit::Tokens, LIMIT) }).await;
    process.warm(10, now()).await;
    for (amount, settled, spent) in [(10, 9, None), (10, 10, None), (10, 10, Some(29)), (1, 0, Some(30))] {
        let taken = process.take(amount, now()).await.unwrap();
        let warned = taken.warnings.first().map(Standing::spent);
        assert_eq!(warned, spent);
        process.store.purse().settle(&taken.hold, &tokens(settled));
        process.balance(now()).await;
    }
}

async fn a_refusal_waits_for_what_is_held_here(place: Place) {
    let mut process = Process::by_hand(&place).await;
    process.set(&budget(team(), Unit::Tokens, LIMIT)).await;
    process.warm(10, now()).await;
    let small = process.take(10, now()).await.unwrap();
    assert!(process.books(now()).await.2 > 1_000);
    // All that is left but for the ten.
    let large = process.admit(LIMIT - 10, now()).await.expect("what is held here goes back first");
    assert_eq!(process.books(now()).await, (0, LIMIT, 0));
    assert!(process.admit(1, now()).await.is_none());
    process.settle(large, 5).await;
    process.settle(Room::Ahead(small.hold), 7).await;
    process.balance(now()).await;
    assert_eq!(process.books(now()).await, (12, 0, 0));
}

async fn a_period_that_ends_is_charged_with_its_own_requests(place: Place) {
    let mut process = Process::by_hand(&place).await;
    process.set(&budget(team(), Unit::Tokens, LIMIT)).await;
    process.warm(10, now()).await;
    let old = process.take(10, now()).await.unwrap();
    let tomorrow = Period::Day.end(now()).unwrap();
    process.warm(10, tomorrow).await;
    let new = process.take(20, tomorrow).await.unwrap();
    process.balance(tomorrow).await;
    assert_eq!(process.books(now()).await, (0, 10, 0), "the old period's room went back");
    process.store.purse().settle(&old.hold, &tokens(11));
    process.store.purse().settle(&new.hold, &tokens(21));
    process.balance(tomorrow).await;
    assert_eq!(process.books(now()).await, (11, 0, 0));
    let (settled, reserved, ahead) = process.books(tomorrow).await;
    assert_eq!((settled, reserved), (21, 0));
    assert!(ahead > 0);
}

async fn what_was_set_anew_counts_at_once_and_what_was_removed_holds_nothing(place: Place) {
    let mut process = Process::by_hand(&place).await;
    process.set(&budget(team(), Unit::Tokens, LIMIT)).await;
    process.warm(10, now()).await;
    let taken = process.take(10, now()).await.unwrap();
    process.set(&budget(team(), Unit::Tokens, 30)).await;
    process.store.purse().review(&process.rules, now());
    assert!(process.take(10, now()).await.is_none(), "what was held for another limit is of no use");
    let own = process.admit(20, now()).await.expect("the new limit has room for it");
    assert!(process.admit(1, now()).await.is_none());
    assert_eq!(process.books(now()).await, (0, 30, 0));
    process.settle(own, 20).await;
    let id = process.rules.all()[0].id.clone();
    assert!(process.store.budgets().remove(&id).await.unwrap());
    process.store.purse().settle(&taken.hold, &tokens(10));
    process.balance(now()).await;
    process.set(&budget(team(), Unit::Tokens, LIMIT)).await;
    process.store.purse().review(&process.rules, now());
    assert_eq!(process.books(now()).await, (0, 0, 0));
    process.warm(10, later(2)).await;
    assert!(process.take(10, later(2)).await.is_some());
}

async fn a_process_that_dies_holds_its_room_for_a_minute(place: Place) {
    let mut dead = Process::by_hand(&place).await;
    dead.set(&budget(team(), Unit::Tokens, LIMIT)).await;
    dead.warm(10, now()).await;
    let taken = dead.take(10, now()).await.unwrap();
    let heir = Process::by_hand(&place).await;
    assert!(heir.admit(LIMIT, later(50)).await.is_none());
    assert!(dead.take(10, later(50)).await.is_none(), "a lease that is about to end is of no use");
    heir.admit(LIMIT, later(70)).await.expect("it is free again");
    // It was only slow: it still pays, once, and takes nothing that isn't there.
    dead.store.purse().settle(&taken.hold, &tokens(10));
    for _ in 0..2 {
        dead.balance(later(71)).await;
        assert_eq!(heir.books(now()).await, (10, LIMIT, 0));
    }
}

async fn the_end_of_a_process_settles_everything(place: Place) {
    let mut process = Process::by_hand(&place).await;
    process.set(&budget(team(), Unit::Tokens, LIMIT)).await;
    process.warm(10, now()).await;
    for _ in 0..20 {
        let taken = process.take(10, now()).await.unwrap();
        process.store.purse().settle(&taken.hold, &tokens(9));
    }
    assert!(process.store.close(minutes(1)).await);
    assert!(process.take(10, now()).await.is_none(), "it is over");
    let next = Process::by_hand(&place).await;
    assert_eq!(next.books(now()).await, (180, 0, 0));
}

async fn two_processes_never_exceed_a_budget_together(place: Place) {
    const MOST: u64 = 6_000;
    let mut options = place.options();
    (options.lock_wait, options.connect_wait, options.statement_wait) = (minutes(1), minutes(1), minutes(1));
    options.rounds = Some(Duration::from_millis(10));
    let open = async || Process::of(Store::open(&options).await.unwrap()).await;
    let mut first = open().await;
    first.set(&budget(team(), Unit::Tokens, MOST)).await;
    let processes = [Arc::new(first), Arc::new(open().await)];
    let admitted = Arc::new(AtomicU64::new(0));
    let at = Timestamp::now();
    let tasks: Vec<_> = (0..8)
        .flat_map(|_| &processes)
        .map(|process| {
            let (process, admitted) = (Arc::clone(process), Arc::clone(&admitted));
            tokio::spawn(async move {
                let mut ahead = 0;
                while let Some(room) = process.admit(7, at).await {
                    ahead += u64::from(matches!(room, Room::Ahead(_)));
                    tokio::task::yield_now().await;
                    process.settle(room, 7).await;
                    assert!(admitted.fetch_add(7, Ordering::Relaxed) < MOST);
                    let own = &process.store.budgets().standings(&[team()], at).await.unwrap()[0];
                    assert!(own.spent() + own.ahead <= MOST, "{own:?}");
                }
                ahead
            })
        })
        .collect();
    let mut ahead = 0;
    for task in tasks {
        ahead += task.await.unwrap();
    }
    for process in &processes {
        assert!(process.store.purse().close(minutes(1)).await);
    }
    let (settled, reserved, held) = processes[0].books(at).await;
    assert_eq!((settled, reserved, held), (admitted.load(Ordering::Relaxed), 0, 0));
    assert!(settled <= MOST);
    // What one process holds may be refused to the other for a moment, and it is a small part.
    assert!(settled > MOST / 10 * 9, "{settled}");
    assert!(ahead > 50, "{ahead} went ahead");
}
