//! Room in budgets, taken before a request is sent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use lynkr_orchestrator::{Failure, Identity};
use lynkr_store::{
    Admission, Budget, BudgetRules, Charge, Counted, Hold, Reservation, Standing, Store, Subject,
    SubjectKind, Timestamp, Unit,
};

use super::{Governor, refusals};

/// How long the list of budgets counts: a new one is enforced after this at the latest.
const GOOD_FOR: Duration = Duration::from_secs(5);
/// How long room is kept for a request whose end nobody reports.
const KEEP: Duration = Duration::from_secs(1_800);
/// Who asks, where nobody says.
const NOBODY: &str = "default";

/// Which budgets there are, and when that was read.
#[derive(Debug, Default)]
pub(super) struct Known {
    last: ArcSwapOption<(Instant, Arc<BudgetRules>)>,
    /// Held by the one request that reads.
    reading: tokio::sync::Mutex<()>,
}

impl Known {
    /// The list, while it counts.
    fn fresh(&self) -> Option<Arc<BudgetRules>> {
        self.with_fresh(Arc::clone)
    }

    /// Looks at it without a count that all cores write to.
    fn with_fresh<T>(&self, look: impl FnOnce(&Arc<BudgetRules>) -> T) -> Option<T> {
        let last = self.last.load();
        let (_, budgets) = last.as_deref().filter(|(read, _)| read.elapsed() < GOOD_FOR)?;
        Some(look(budgets))
    }

    /// The list as it was read last.
    fn last(&self) -> Arc<BudgetRules> {
        self.last.load().as_deref().map(|(_, budgets)| Arc::clone(budgets)).unwrap_or_default()
    }

    fn put(&self, budgets: Arc<BudgetRules>) {
        self.last.store(Some(Arc::new((Instant::now(), budgets))));
    }
}

/// Those whose budgets a request counts to.
fn subjects(identity: &Identity) -> impl Iterator<Item = (SubjectKind, &str)> {
    let user = Some(identity.user.as_deref().unwrap_or(NOBODY));
    let rows = [
        (SubjectKind::Key, identity.key.as_deref()),
        (SubjectKind::User, user),
        (SubjectKind::Team, identity.team.as_deref()),
        (SubjectKind::Customer, identity.customer.as_deref()),
        (SubjectKind::Organisation, identity.organisation.as_deref()),
        (SubjectKind::Session, identity.session.as_deref()),
    ];
    rows.into_iter().filter_map(|(kind, id)| Some((kind, id?)))
}

/// The budgets that a request counts to.
fn counted<'a>(rules: &'a BudgetRules, identity: &'a Identity) -> Vec<Counted<'a>> {
    subjects(identity).flat_map(|(kind, id)| rules.of(kind, id)).collect()
}

/// The subjects of these, for whom the store looks up the budgets of this very moment.
fn asked(counted: &[Counted<'_>]) -> Vec<Subject> {
    let subject = |own: &Counted<'_>| Subject::new(own.budget.rule.subject.kind, own.subject);
    let mut subjects: Vec<Subject> = counted.iter().map(subject).collect();
    subjects.dedup();
    subjects
}

/// Room that a request has in budgets.
#[derive(Debug)]
pub(super) enum Room {
    /// In what was taken ahead.
    Ahead(Hold),
    /// In a reservation of its own.
    Reserved(String),
}

/// What came of asking for room.
#[derive(Debug, Default)]
pub(super) struct Reserved {
    /// The room; `None` where no budget holds.
    pub(super) room: Option<Room>,
    /// The budgets that have come to where they warn.
    pub(super) warnings: Vec<Standing>,
    /// Whether a budget counts costs.
    pub(super) counts_costs: bool,
}

impl Governor {
    /// The budgets as they were read last. While the store is away the last list goes on.
    pub(super) async fn known_budgets(&self) -> Arc<BudgetRules> {
        let Some(store) = &self.store else { return Arc::default() };
        if let Some(budgets) = self.budgets.fresh() {
            return budgets;
        }
        // In a box: hardly any request goes this way, and each would move the room that it takes.
        Box::pin(self.read_budgets(store)).await
    }

    /// The budgets as they are now; whoever comes while somebody reads waits for what that one finds.
    async fn read_budgets(&self, store: &Store) -> Arc<BudgetRules> {
        let _reading = self.budgets.reading.lock().await;
        if let Some(budgets) = self.budgets.fresh() {
            return budgets;
        }
        let now = Timestamp::now();
        let budgets = match store.budgets().list().await {
            Ok(budgets) => {
                let rules = Arc::new(BudgetRules::new(budgets, now));
                store.purse().review(&rules, Timestamp::now());
                rules
            }
            Err(error) => {
                tracing::warn!(%error, "the list of budgets can't be read");
                self.budgets.last()
            }
        };
        self.budgets.put(Arc::clone(&budgets));
        budgets
    }

    /// Whether there is no budget, as far as somebody looked a moment ago.
    pub(super) fn is_without_budgets(&self) -> bool {
        self.store.is_none() || self.budgets.with_fresh(|budgets| budgets.is_empty()).unwrap_or(false)
    }

    /// Whether there was any budget when somebody looked last.
    pub(super) fn has_budgets(&self) -> bool {
        !self.budgets.last().is_empty()
    }

    /// What is left in the budget of costs that has the least, in billionths of a dollar; `None` where there is none, or where
    /// the store can't say. It may be as old as a second or two: it only steers the choice of a model.
    pub(super) async fn room_for_costs(&self, identity: &Identity) -> Option<u64> {
        let store = self.store.as_ref()?;
        let is_of_costs = |own: &Budget| own.rule.unit == Unit::CostNanos && own.rule.block_at.is_some();
        let rules = self.known_budgets().await;
        let mut counted = counted(&rules, identity);
        counted.retain(|own| is_of_costs(own.budget));
        let now = Timestamp::now();
        let left = |own: &Budget, spent: u64| Some(own.rule.block_at?.saturating_sub(spent));
        let known = counted.iter().map(|own| left(own.budget, store.purse().spent(own, now)?));
        if let Some(known) = known.collect::<Option<Vec<u64>>>() {
            return known.into_iter().min();
        }
        let standings = Box::pin(store.budgets().standings(&asked(&counted), now)).await.ok()?;
        store.purse().note(&standings, now);
        let of_costs = standings.iter().filter(|own| is_of_costs(&own.budget));
        of_costs.filter_map(|own| left(&own.budget, own.spent())).min()
    }

    /// Takes room for a request in every budget that holds for it: in what was taken ahead, or of its own.
    pub(super) async fn reserve(&self, identity: &Identity, estimate: &Charge) -> Result<Reserved, Failure> {
        let Some(store) = self.store.as_ref() else { return Ok(Reserved::default()) };
        let rules = self.known_budgets().await;
        let counted = counted(&rules, identity);
        if counted.is_empty() {
            return Ok(Reserved::default());
        }
        let now = Timestamp::now();
        let counts_costs = counted.iter().any(|own| own.budget.rule.unit == Unit::CostNanos);
        if let Some(taken) = store.purse().take(&rules, &counted, estimate, now).await {
            let room = Some(Room::Ahead(taken.hold));
            return Ok(Reserved { room, warnings: taken.warnings, counts_costs });
        }
        let reservation = Box::pin(self.reserve_alone(store, &asked(&counted), estimate, now)).await?;
        store.purse().note(&reservation.standings, now);
        let warnings = reservation.standings.into_iter().filter(Standing::warns).collect();
        Ok(Reserved { room: Some(Room::Reserved(reservation.id)), warnings, counts_costs })
    }

    /// Room of the request's own. What this process holds ahead must not be what it lacks.
    async fn reserve_alone(
        &self,
        store: &Store,
        subjects: &[Subject],
        estimate: &Charge,
        now: Timestamp,
    ) -> Result<Reservation, Failure> {
        let ask = async || {
            store.budgets().reserve(subjects, estimate, now, KEEP).await.map_err(|error| {
                tracing::error!(%error, "a budget can't be checked");
                refusals::unknowable()
            })
        };
        loop {
            match ask().await? {
                Admission::Granted(reservation) => return Ok(reservation),
                Admission::Blocked(refusal) if store.purse().give_back(&refusal.standing, now).await => {}
                Admission::Blocked(refusal) => {
                    self.metrics.over_budget();
                    return Err(refusals::over_budget(&refusal, now));
                }
            }
        }
    }

    /// Charges what a request did cost and gives the rest of its room back.
    pub(super) fn settle(&self, room: &Room, actual: Charge) {
        let Some(store) = &self.store else { return };
        match room {
            Room::Ahead(hold) => store.purse().settle(hold, &actual),
            Room::Reserved(id) => {
                store.writer().settle(id, actual);
            }
        }
    }
}
