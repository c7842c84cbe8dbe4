//! All counters that a process has to do with, in memory. Nothing here waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::pocket::Pocket;
use super::{Hold, Taken};
use crate::budgets::lease::{Balanced, Entry};
use crate::budgets::{BudgetRules, Charge, Counted, MOST, Standing};
use crate::ids::within_bounds;
use crate::statement::clamped;
use crate::time::Timestamp;

/// Room is taken ahead while so many requests come in a second. Below, each takes its own: that is exact, and costs little.
const MANY: u32 = 4;
const SECOND: Duration = Duration::from_secs(1);
/// The most leases in one transaction, which must not keep others waiting for long.
const PER_ROUND: usize = 200;

/// What may become of a request.
#[derive(Debug)]
pub(super) enum Decision {
    /// It has room.
    Taken(Taken),
    /// It has to ask the store for its own.
    Ask,
    /// There will be more room after the next round.
    Wait,
}

/// The counters of a transaction, with what they had to do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) entries: Vec<Entry>,
    /// For each entry the pocket, and of how many changes it tells the store.
    pockets: Vec<(u64, u64)>,
}

/// How many requests there are of late.
#[derive(Debug, Default)]
struct Heat {
    since: Timestamp,
    count: u32,
    /// Those of the second before.
    before: u32,
}

impl Heat {
    fn one_more(&mut self, now: Timestamp) -> bool {
        if now < self.since || self.since.after(SECOND) <= now {
            let was_last = self.since <= now && now < self.since.after(SECOND * 2);
            self.before = if was_last { self.count } else { 0 };
            (self.since, self.count) = (now, 0);
        }
        self.count += 1;
        self.count.max(self.before) >= MANY
    }
}

/// All pockets.
#[derive(Debug, Default)]
pub(super) struct Pockets {
    all: HashMap<u64, Pocket>,
    /// The ones that are found, by budget and subject.
    index: HashMap<String, HashMap<String, u64>>,
    next: u64,
    heat: Heat,
}

/// An amount as the store counts it.
fn amount(charge: &Charge, counted: &Pocket) -> i64 {
    clamped(charge.in_unit(counted.budget.rule.unit)).min(MOST)
}

impl Pockets {
    /// Takes room for a request from every counter, or from none.
    pub(super) fn take(&mut self, request: &Request<'_>, is_first: bool) -> Decision {
        let now = request.now;
        let many = !is_first || self.heat.one_more(now);
        let ids: Vec<u64> = request.counted.iter().map(|own| self.find(own, request.read_at, now)).collect();
        let mut parts = Vec::with_capacity(ids.len());
        let (mut fits, mut near) = (true, false);
        for id in &ids {
            let Some(pocket) = self.all.get_mut(id) else { return Decision::Ask };
            let asked = amount(request.charge, pocket);
            pocket.asks(asked, now);
            fits &= pocket.fits(asked, now);
            near |= pocket.is_near(now);
            parts.push((*id, asked));
        }
        if fits {
            return Decision::Taken(self.taken(parts));
        }
        if near || !many || !is_first {
            return Decision::Ask;
        }
        for (id, asked) in parts {
            if let Some(pocket) = self.all.get_mut(&id).filter(|pocket| !pocket.fits(asked, now)) {
                pocket.wants();
            }
        }
        Decision::Wait
    }

    fn taken(&mut self, parts: Vec<(u64, i64)>) -> Taken {
        let mut warnings = Vec::new();
        for (id, asked) in &parts {
            let Some(pocket) = self.all.get_mut(id) else { continue };
            pocket.take(*asked);
            if pocket.warns() {
                warnings.extend(pocket.standing());
            }
        }
        Taken { hold: Hold { parts }, warnings }
    }

    /// The pocket of a counter at this time.
    fn find(&mut self, own: &Counted<'_>, read_at: Timestamp, now: Timestamp) -> u64 {
        if let Some(id) = self.found(own) {
            match self.all.get(&id) {
                Some(pocket) if pocket.is_of(now) => return id,
                _ => self.retire(id),
            }
        }
        let pocket = Pocket::new(own.budget, own.subject, read_at, now);
        self.next += 1;
        let (id, counter) = (self.next, pocket.counter());
        self.index.entry(counter.budget.clone()).or_default().insert(counter.subject.clone(), id);
        self.all.insert(id, pocket);
        id
    }

    fn found(&self, own: &Counted<'_>) -> Option<u64> {
        self.index.get(&own.budget.id)?.get(&*within_bounds(own.subject)).copied()
    }

    fn retire(&mut self, id: u64) {
        if let Some(pocket) = self.all.get_mut(&id) {
            pocket.retired = true;
        }
        self.forget(id);
    }

    /// Nobody finds it any more.
    fn forget(&mut self, id: u64) {
        let Some(counter) = self.all.get(&id).map(Pocket::counter) else { return };
        let Some(subjects) = self.index.get_mut(&counter.budget) else { return };
        if subjects.get(&counter.subject) == Some(&id) {
            subjects.remove(&counter.subject);
        }
        if subjects.is_empty() {
            self.index.remove(&counter.budget);
        }
    }

    /// A request is over.
    pub(super) fn settle(&mut self, hold: &Hold, charge: &Charge) {
        for (id, asked) in &hold.parts {
            if let Some(pocket) = self.all.get_mut(id) {
                let cost = amount(charge, pocket);
                pocket.settle(*asked, cost);
            }
        }
    }

    /// What a request found that took its room from the store.
    pub(super) fn note(&mut self, standing: &Standing, now: Timestamp) {
        if let Some(pocket) = self.of(standing).filter(|pocket| pocket.is_of(now)) {
            pocket.note(standing, now);
        }
    }

    fn of(&mut self, standing: &Standing) -> Option<&mut Pocket> {
        let subjects = self.index.get(&standing.budget.id)?;
        let id = subjects.get(&*within_bounds(&standing.subject.id))?;
        self.all.get_mut(id)
    }

    /// The next round gives back what isn't used of this counter. Says whether there is any.
    pub(super) fn give_back(&mut self, standing: &Standing, now: Timestamp) -> bool {
        self.of(standing).is_some_and(|pocket| pocket.give_back(now))
    }

    /// Settled and reserved, if that is known well enough.
    pub(super) fn spent(&self, own: &Counted<'_>, now: Timestamp) -> Option<u64> {
        self.all.get(&self.found(own)?).filter(|pocket| pocket.is_of(now))?.spent(now)
    }

    /// The budgets are these by now.
    pub(super) fn review(&mut self, rules: &BudgetRules, now: Timestamp) {
        let by_id: HashMap<&str, &Arc<_>> =
            rules.all().iter().map(|budget| (budget.id.as_str(), budget)).collect();
        let mut gone = Vec::new();
        for (id, pocket) in &mut self.all {
            match by_id.get(pocket.counter().budget.as_str()) {
                Some(budget) => pocket.redefine(budget, rules.read_at(), now),
                None if pocket.is_older_than(rules.read_at()) => gone.push(*id),
                None => {}
            }
        }
        for id in gone {
            self.retire(id);
        }
    }

    /// What the next round has to do, in the order of the counters, by transactions.
    pub(super) fn plan(&mut self, now: Timestamp, ends: bool) -> Vec<Plan> {
        let done: Vec<u64> =
            self.all.iter().filter(|(_, pocket)| pocket.is_done(now)).map(|(id, _)| *id).collect();
        for id in done {
            self.forget(id);
            self.all.remove(&id);
        }
        let mut planned: Vec<(Entry, (u64, u64))> = Vec::new();
        for (id, pocket) in &mut self.all {
            planned.extend(pocket.plan(now, ends).map(|(entry, told)| (entry, (*id, told))));
        }
        planned.sort_by(|(a, _), (b, _)| a.counter.cmp(&b.counter));
        let mut plans = Vec::new();
        while !planned.is_empty() {
            let rest = planned.split_off(planned.len().min(PER_ROUND));
            let (entries, pockets) = planned.into_iter().unzip();
            plans.push(Plan { entries, pockets });
            planned = rest;
        }
        plans
    }

    /// A round came to this.
    pub(super) fn apply(&mut self, plan: &Plan, balanced: Vec<Balanced>, now: Timestamp) {
        for ((entry, (id, told)), came_to) in plan.entries.iter().zip(&plan.pockets).zip(balanced) {
            let Some(pocket) = self.all.get_mut(id) else { continue };
            pocket.apply(entry, *told, came_to, now);
            if pocket.retired {
                self.forget(*id);
            }
        }
    }

    /// Whether there is nothing that a later round might have to do.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether something was charged that the store doesn't know.
    pub(super) fn has_unwritten(&self) -> bool {
        self.all.values().any(|pocket| pocket.unwritten != 0)
    }
}

/// A request for room.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) counted: &'a [Counted<'a>],
    pub(super) charge: &'a Charge,
    /// When the budgets were read.
    pub(super) read_at: Timestamp,
    pub(super) now: Timestamp,
}
