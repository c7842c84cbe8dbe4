//! Room in budgets, taken before a request is sent.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lynkr_orchestrator::{Failure, Identity};
use lynkr_store::{Admission, Budget, Charge, Reservation, Subject, SubjectKind, Timestamp};

use super::{Governor, refusals};

/// How long the list of budgets counts: a new one is enforced after this at the latest.
const GOOD_FOR: Duration = Duration::from_secs(5);
/// How long room is kept for a request whose end nobody reports.
const KEEP: Duration = Duration::from_secs(1_800);
/// Who asks, where nobody says.
const NOBODY: &str = "default";
/// The store keeps longer names in short.
const LONGEST: usize = 256;

/// Which budgets there are, and when that was read.
#[derive(Debug, Default)]
pub(super) struct Known {
    last: Mutex<Option<(Instant, Arc<Vec<Budget>>)>>,
    /// Held by the one request that reads.
    reading: tokio::sync::Mutex<()>,
}

impl Known {
    fn get(&self) -> Option<(Instant, Arc<Vec<Budget>>)> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, budgets: Arc<Vec<Budget>>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), budgets));
    }
}

/// Those whose budgets a request counts to.
pub(super) fn subjects(identity: &Identity) -> Vec<Subject> {
    let user = Some(identity.user.as_deref().unwrap_or(NOBODY));
    let rows = [
        (SubjectKind::Key, identity.key.as_deref()),
        (SubjectKind::User, user),
        (SubjectKind::Team, identity.team.as_deref()),
        (SubjectKind::Customer, identity.customer.as_deref()),
        (SubjectKind::Organisation, identity.organisation.as_deref()),
        (SubjectKind::Session, identity.session.as_deref()),
    ];
    rows.into_iter().filter_map(|(kind, id)| Some(Subject::new(kind, id?))).collect()
}

impl Governor {
    /// The budgets as they were read last. While the store is away the last list goes on.
    pub(super) async fn known_budgets(&self) -> Arc<Vec<Budget>> {
        let Some(store) = &self.store else { return Arc::default() };
        let fresh = |known: &Option<(Instant, Arc<Vec<Budget>>)>| {
            known
                .as_ref()
                .filter(|(read, _)| read.elapsed() < GOOD_FOR)
                .map(|(_, budgets)| Arc::clone(budgets))
        };
        if let Some(budgets) = fresh(&self.budgets.get()) {
            return budgets;
        }
        let _reading = self.budgets.reading.lock().await;
        let known = self.budgets.get();
        if let Some(budgets) = fresh(&known) {
            return budgets;
        }
        let budgets = match store.budgets().list().await {
            Ok(budgets) => Arc::new(budgets),
            Err(error) => {
                tracing::warn!(%error, "the list of budgets can't be read");
                known.map(|(_, budgets)| budgets).unwrap_or_default()
            }
        };
        self.budgets.put(Arc::clone(&budgets));
        budgets
    }

    /// Whether there was any budget when somebody looked last.
    pub(super) fn has_budgets(&self) -> bool {
        self.budgets.get().is_some_and(|(_, budgets)| !budgets.is_empty())
    }

    /// Those of the subjects that have a budget.
    pub(super) async fn with_budgets(&self, identity: &Identity) -> Vec<Subject> {
        let budgets = self.known_budgets().await;
        if budgets.is_empty() {
            return Vec::new();
        }
        let has_one = |subject: &Subject| {
            budgets.iter().map(|budget| &budget.rule.subject).any(|own| {
                own.kind == subject.kind
                    && (own.id == subject.id || own.id == "*" || subject.id.len() > LONGEST)
            })
        };
        subjects(identity).into_iter().filter(has_one).collect()
    }

    /// Takes room for a request in every budget of its subjects.
    pub(super) async fn reserve(
        &self,
        subjects: &[Subject],
        estimate: &Charge,
    ) -> Result<Option<Reservation>, Failure> {
        let Some(store) = self.store.as_ref().filter(|_| !subjects.is_empty()) else { return Ok(None) };
        let now = Timestamp::now();
        match store.budgets().reserve(subjects, estimate, now, KEEP).await {
            Ok(Admission::Granted(reservation)) => Ok(Some(reservation)),
            Ok(Admission::Blocked(refusal)) => {
                self.metrics.over_budget();
                Err(refusals::over_budget(&refusal, now))
            }
            Err(error) => {
                tracing::error!(%error, "a budget can't be checked");
                Err(refusals::unknowable())
            }
        }
    }

    /// Charges what a request did cost and gives the rest of its room back.
    pub(super) fn settle(&self, reservation: &str, actual: Charge) {
        if let Some(store) = &self.store {
            store.writer().settle(reservation, actual);
        }
    }
}
