//! Where what is learned is kept. Each process has a row of its own in the store; what decisions go by is the sum of all
//! rows. A process that has ended leaves its row to one that lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use lynkr_api::{Live, Service};
use lynkr_orchestrator::LearningRules;
use lynkr_routing::learn::learner::{Learner, Rules};
use lynkr_store::{Store, StoreError, Timestamp, record_id};
use tokio::sync::Mutex;

use crate::reload::Reloader;

/// A process that wasn't seen for so long has ended.
const DEAD_AFTER: Duration = Duration::from_secs(900);
/// The longest time between two writes: a living process has to be seen as one.
const LONGEST_FLUSH: Duration = Duration::from_secs(300);
/// How often it is looked whether anything is to be learned at all.
const IDLE: Duration = Duration::from_secs(5);

/// Keeps what is learned in the store, and reads what others have learned.
#[derive(Debug)]
pub(crate) struct Kept {
    replica: String,
    /// The revision of the own row; `None` before there is one.
    revision: Option<u64>,
    /// What others have learned, each with its revision.
    others: BTreeMap<String, (u64, Learner)>,
    /// Whether the process has said that it ends: what it did then would make its row seem alive again.
    closed: bool,
}

impl Kept {
    pub(crate) fn new() -> Arc<Mutex<Self>> {
        let (others, closed) = (BTreeMap::new(), false);
        Arc::new(Mutex::new(Self { replica: record_id(), revision: None, others, closed }))
    }

    /// Reads what is there, so that decisions go by it.
    pub(crate) async fn read(&mut self, service: &Service) {
        let Some((store, rules)) = in_use(service) else { return };
        if let Err(error) = self.refresh(&store, &rules, service).await {
            tracing::warn!(%error, "what was learned can't be read");
        }
    }

    async fn refresh(
        &mut self,
        store: &Store,
        rules: &LearningRules,
        service: &Service,
    ) -> Result<(), StoreError> {
        self.read_others(store, &rules.rules).await?;
        service.gateway.learning().together_with(self.others.values().map(|(_, learner)| learner));
        Ok(())
    }

    async fn read_others(&mut self, store: &Store, rules: &Rules) -> Result<(), StoreError> {
        let rows = store.learned().rows().await?;
        self.others.retain(|replica, _| rows.iter().any(|row| row.replica == *replica));
        for row in rows.iter().filter(|row| row.replica != self.replica) {
            if self.others.get(&row.replica).is_some_and(|(revision, _)| *revision == row.revision) {
                continue;
            }
            let Some((revision, body)) = store.learned().find(&row.replica).await? else { continue };
            match Learner::load(rules, &body) {
                Ok(learner) => drop(self.others.insert(row.replica.clone(), (revision, learner))),
                // Another version's, which may still be running.
                Err(error) => {
                    tracing::warn!(replica = row.replica, %error, "what a replica has learned is left out");
                }
            }
        }
        Ok(())
    }

    /// Learns from what has come, writes what is new, takes over what ended processes have left, and reads the others'.
    pub(crate) async fn flush(&mut self, service: &Service) {
        let Some((store, rules)) = in_use(service).filter(|_| !self.closed) else { return };
        service.gateway.study(false);
        if let Err(error) = self.exchange(&store, &rules, service).await {
            service.gateway.learning().not_saved();
            tracing::warn!(%error, "what was learned can't be written");
        }
    }

    async fn exchange(
        &mut self,
        store: &Store,
        rules: &LearningRules,
        service: &Service,
    ) -> Result<(), StoreError> {
        let learning = service.gateway.learning();
        let now = Timestamp::now();
        self.read_others(store, &rules.rules).await?;
        let ended: Vec<(String, u64)> = store
            .learned()
            .rows()
            .await?
            .into_iter()
            .filter(|row| row.replica != self.replica && row.seen_at < now.before(DEAD_AFTER))
            .filter(|row| self.others.get(&row.replica).is_some_and(|(known, _)| *known == row.revision))
            .map(|row| (row.replica, row.revision))
            .collect();
        if learning.has_news() || !ended.is_empty() {
            self.write(store, rules, service, &ended).await?;
        } else if self.revision.is_some() && !store.learned().touch(&self.replica, now).await? {
            self.start_anew(rules, service);
        }
        learning.together_with(self.others.values().map(|(_, learner)| learner));
        Ok(())
    }

    /// Writes the own row with what ended processes have left; without that, if somebody else has taken it.
    async fn write(
        &mut self,
        store: &Store,
        rules: &LearningRules,
        service: &Service,
        ended: &[(String, u64)],
    ) -> Result<(), StoreError> {
        let learning = service.gateway.learning();
        let left = ended.iter().filter_map(|(replica, _)| Some(&self.others.get(replica)?.1));
        let body = learning.save_with(left.clone());
        let now = Timestamp::now();
        if store.learned().save(&self.replica, self.revision, (&body, now), ended).await? {
            left.for_each(|other| learning.adopt(other));
            for (replica, _) in ended {
                self.others.remove(replica);
            }
            self.revision = Some(self.revision.map_or(1, |revision| revision + 1));
            return Ok(());
        }
        learning.not_saved();
        // Somebody has taken over a row that was to be taken over, or this process's own: it seemed dead.
        let is_own_gone = match self.revision {
            Some(_) => !store.learned().touch(&self.replica, now).await?,
            None => false,
        };
        if is_own_gone {
            self.start_anew(rules, service);
        }
        Ok(())
    }

    /// The own row was taken over by somebody: what is in it is theirs now, and read from there.
    fn start_anew(&mut self, rules: &LearningRules, service: &Service) {
        tracing::warn!(
            "what this process has learned was taken over by another one, as it seemed to have ended"
        );
        service.gateway.learning().disown(&rules.rules);
        (self.replica, self.revision) = (record_id(), None);
    }

    /// The end of the process: nothing waits any more, and the row may be taken over.
    pub(crate) async fn close(&mut self, service: &Service) {
        self.closed = true;
        let Some((store, rules)) = in_use(service) else { return };
        service.gateway.study(true);
        let closed = async {
            self.exchange(&store, &rules, service).await?;
            store.learned().release(&self.replica).await
        };
        if let Err(error) = closed.await {
            tracing::warn!(%error, "what was learned last can't be written");
        }
    }
}

fn in_use(service: &Service) -> Option<(Store, LearningRules)> {
    service.store.clone().zip(service.gateway.options().routing.learning)
}

/// What all processes together have written.
pub async fn learned_from(store: &Store, rules: &Rules) -> Result<Learner, StoreError> {
    let mut sum = Learner::new(rules);
    for row in store.learned().rows().await? {
        let Some((_, body)) = store.learned().find(&row.replica).await? else { continue };
        if let Ok(learner) = Learner::load(rules, &body) {
            sum.merge(&learner);
        }
    }
    Ok(sum)
}

/// Learns and writes, for as long as the gateway lives.
pub(crate) async fn keep(live: Weak<Live>, reloader: Weak<Reloader>, kept: Arc<Mutex<Kept>>) {
    let mut was_learning = true;
    let mut flushed = tokio::time::Instant::now();
    loop {
        let (Some(own), Some(values)) = (live.upgrade(), reloader.upgrade()) else { return };
        let service = own.service();
        let every = values.values().await.milliseconds("LYNKR_LEARNING_FLUSH_MS").min(LONGEST_FLUSH);
        drop((own, values));
        let is_learning = service.gateway.options().routing.learning.is_some();
        if is_learning && !was_learning {
            kept.lock().await.read(&service).await;
        }
        was_learning = is_learning;
        let learning = Arc::clone(service.gateway.learning());
        drop(service);
        if !is_learning {
            tokio::time::sleep(IDLE).await;
            continue;
        }
        let until = flushed + every.max(Duration::from_millis(10));
        // Not for longer than the configuration may stay as it is.
        let soon = tokio::time::Instant::now() + IDLE;
        let _ = tokio::time::timeout_at(until.min(soon), learning.arrived()).await;
        let Some(own) = live.upgrade() else { return };
        let service = own.service();
        drop(own);
        service.gateway.study(false);
        if tokio::time::Instant::now() >= until {
            kept.lock().await.flush(&service).await;
            flushed = tokio::time::Instant::now();
        }
    }
}
