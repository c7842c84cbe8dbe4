//! What a process knows of one counter: the lease that it holds there, and what its requests use of it.

use std::sync::Arc;
use std::time::Duration;

use crate::budgets::lease::{Balanced, Counter, Entry, More};
use crate::budgets::{Budget, Standing, Subject};
use crate::ids::{bounded, record_id};
use crate::time::Timestamp;

/// How long a lease lasts when its process dies.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// It isn't used any more when it ends as soon as this: clocks differ, and a round takes its time.
const MARGIN: Duration = Duration::from_secs(15);
/// It is renewed when it ends as soon as this.
const RENEWED: Duration = Duration::from_secs(40);
/// Room that nobody has asked for in this time goes back.
const QUIET: Duration = Duration::from_secs(3);
/// For so long each request takes its own room where there is too little to take any ahead.
const NEAR: Duration = Duration::from_secs(1);
/// For so long it is believed what was seen of others.
const SEEN: Duration = Duration::from_secs(2);

/// What the store said of a counter.
#[derive(Debug, Clone, Copy)]
struct Seen {
    settled: u64,
    others: u64,
    at: Timestamp,
}

/// Room that was taken ahead.
#[derive(Debug)]
struct Lease {
    id: String,
    /// All that the store has counted by it.
    charged: i64,
    expires: Timestamp,
}

/// One counter.
#[derive(Debug)]
pub(super) struct Pocket {
    pub(super) budget: Arc<Budget>,
    /// When the definition was read.
    read_at: Timestamp,
    subject: Subject,
    counter: Counter,
    resets_at: Option<Timestamp>,
    lease: Option<Lease>,
    /// What the lease holds, as far as the store is known to agree: never more than it has.
    held: i64,
    /// What requests under way may cost.
    pub(super) in_use: i64,
    /// What requests did cost that the store doesn't know yet.
    pub(super) unwritten: i64,
    seen: Option<Seen>,
    /// The largest request since the last round but one.
    sizes: [i64; 2],
    last_asked: Timestamp,
    near_until: Timestamp,
    /// Somebody waits for room.
    wanted: bool,
    /// How often something changed that the store doesn't know, and how much of that it has been told.
    changes: u64,
    told: u64,
    /// Nobody finds it any more: its period is over, or its budget isn't what it was.
    pub(super) retired: bool,
}

impl Pocket {
    pub(super) fn new(budget: &Arc<Budget>, subject: &str, read_at: Timestamp, now: Timestamp) -> Self {
        let period = budget.rule.period;
        let counter =
            Counter { budget: budget.id.clone(), subject: bounded(subject), period_start: period.start(now) };
        Self {
            budget: Arc::clone(budget),
            read_at,
            subject: Subject::new(budget.rule.subject.kind, subject),
            counter,
            resets_at: period.end(now),
            lease: None,
            held: 0,
            in_use: 0,
            unwritten: 0,
            seen: None,
            sizes: [1; 2],
            last_asked: now,
            near_until: Timestamp::default(),
            wanted: false,
            changes: 0,
            told: 0,
            retired: false,
        }
    }

    pub(super) const fn counter(&self) -> &Counter {
        &self.counter
    }

    /// Whether it counts for this time.
    pub(super) fn is_of(&self, now: Timestamp) -> bool {
        self.counter.period_start <= now && self.resets_at.is_none_or(|end| now < end)
    }

    /// Whether there was too little room a moment ago to take any ahead.
    pub(super) fn is_near(&self, now: Timestamp) -> bool {
        now < self.near_until
    }

    fn free(&self) -> i64 {
        (self.held - self.in_use - self.unwritten).max(0)
    }

    /// Whether a request of this size has room in the lease. One of unknown size needs room for one at least.
    pub(super) fn fits(&self, asked: i64, now: Timestamp) -> bool {
        let is_good = self.lease.as_ref().is_some_and(|lease| now.after(MARGIN) < lease.expires);
        is_good && !self.is_near(now) && asked.max(1) <= self.free()
    }

    /// A request of this size has asked.
    pub(super) fn asks(&mut self, asked: i64, now: Timestamp) {
        self.last_asked = self.last_asked.max(now);
        self.sizes[0] = self.sizes[0].max(asked);
    }

    pub(super) const fn wants(&mut self) {
        self.wanted = true;
    }

    pub(super) const fn take(&mut self, asked: i64) {
        self.in_use += asked;
        self.changes += 1;
    }

    /// A request is over. What a lease that is gone would have counted is lost, like its budget.
    pub(super) const fn settle(&mut self, asked: i64, charge: i64) {
        self.in_use -= asked;
        if self.lease.is_some() {
            self.unwritten = self.unwritten.saturating_add(charge);
            self.changes += 1;
        }
    }

    /// Where the budget stands: what the store said last, and what was spent and taken here since.
    pub(super) fn standing(&self) -> Option<Standing> {
        let seen = self.seen?;
        Some(Standing {
            budget: (*self.budget).clone(),
            subject: self.subject.clone(),
            settled: seen.settled.saturating_add(self.unwritten.unsigned_abs()),
            reserved: seen.others.saturating_add(self.in_use.unsigned_abs()),
            ahead: self.free().unsigned_abs(),
            period_start: self.counter.period_start,
            resets_at: self.resets_at,
        })
    }

    /// Settled and reserved, if that is known well enough.
    pub(super) fn spent(&self, now: Timestamp) -> Option<u64> {
        let seen = self.seen.filter(|seen| now < seen.at.after(SEEN))?;
        Some(self.sum(seen))
    }

    fn sum(&self, seen: Seen) -> u64 {
        let own = self.unwritten.saturating_add(self.in_use).unsigned_abs();
        seen.settled.saturating_add(seen.others).saturating_add(own)
    }

    /// Whether it is time to warn.
    pub(super) fn warns(&self) -> bool {
        let Some(limit) = self.budget.rule.warn_at else { return false };
        self.seen.is_some_and(|seen| self.sum(seen) >= limit)
    }

    /// What a request found that took its room from the store.
    pub(super) fn note(&mut self, standing: &Standing, now: Timestamp) {
        if self.lease.is_none() {
            self.seen = Some(Seen { settled: standing.settled, others: standing.reserved, at: now });
        }
    }

    /// The definition as somebody read it later.
    pub(super) fn redefine(&mut self, budget: &Arc<Budget>, read_at: Timestamp, now: Timestamp) {
        if read_at < self.read_at {
            return;
        }
        self.read_at = read_at;
        if self.budget != *budget {
            self.budget = Arc::clone(budget);
            self.give_back(now);
        }
    }

    /// Whether a list that doesn't have its budget is newer than what is known here.
    pub(super) fn is_older_than(&self, read_at: Timestamp) -> bool {
        self.read_at <= read_at
    }

    /// The next round gives back what isn't used. Says whether there is any.
    pub(super) fn give_back(&mut self, now: Timestamp) -> bool {
        self.near_until = now.after(NEAR);
        self.lease.is_some() && self.free() > 0
    }

    /// Whether nothing is left to be done with it.
    pub(super) fn is_done(&self, now: Timestamp) -> bool {
        let is_empty = self.lease.is_none() && self.in_use == 0;
        is_empty && (self.retired || self.last_asked.after(QUIET) < now)
    }

    /// What the next round has to do, if anything, and what it tells the store by that. Idle room that goes back is out of reach from here on.
    pub(super) fn plan(&mut self, now: Timestamp, ends: bool) -> Option<(Entry, u64)> {
        let quiet = self.last_asked.after(QUIET) < now;
        let closes = ends || self.retired || quiet || self.is_near(now);
        if closes && self.free() > 0 {
            self.held = self.in_use + self.unwritten;
            self.changes += 1;
        }
        let wants = self.wanted && !closes;
        self.wanted = false;
        let is_due = match &self.lease {
            None => wants,
            Some(lease) => {
                let is_over = closes && self.in_use == 0;
                wants || self.changes != self.told || is_over || lease.expires < now.after(RENEWED)
            }
        };
        if !is_due {
            return None;
        }
        let size = self.sizes[0].max(self.sizes[1]).max(1);
        self.sizes = [1, self.sizes[0]];
        let more = match (closes, wants) {
            (true, _) => More::No,
            (false, true) => More::Now(size),
            (false, false) => More::WhenLow(size),
        };
        let (id, charged) = match &self.lease {
            Some(lease) => (lease.id.clone(), lease.charged),
            None => (record_id(), 0),
        };
        let entry = Entry {
            counter: self.counter.clone(),
            id,
            is_new: self.lease.is_none(),
            unit: self.budget.rule.unit,
            charged: charged.saturating_add(self.unwritten),
            holds: self.in_use.max(self.held - self.unwritten),
            in_use: self.in_use,
            more,
        };
        Some((entry, self.changes))
    }

    /// A round that told the store of so many changes came to this. One that failed is simply made again.
    pub(super) fn apply(&mut self, entry: &Entry, told: u64, balanced: Balanced, now: Timestamp) {
        let held = match balanced {
            Balanced::Held(held) => held,
            Balanced::Gone => {
                (self.lease, self.held, self.unwritten, self.seen) = (None, 0, 0, None);
                self.retired = true;
                return;
            }
        };
        let before = self.lease.as_ref().map_or(0, |lease| lease.charged);
        self.unwritten -= entry.charged - before;
        self.held = held.amount;
        self.told = told;
        let is_over = held.amount == 0 && entry.in_use == 0;
        self.lease = (!is_over).then(|| Lease {
            id: entry.id.clone(),
            charged: entry.charged,
            expires: now.after(LEASE),
        });
        self.seen = Some(Seen { settled: held.settled, others: held.others, at: now });
        if held.near {
            self.give_back(now);
        }
        if *self.budget != held.budget {
            self.redefine(&Arc::new(held.budget), now, now);
        }
    }
}
