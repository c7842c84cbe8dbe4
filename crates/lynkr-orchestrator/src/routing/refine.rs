//! Second opinions on an ask whose difficulty the scorer is unsure of: who is asked, for how long, and what is remembered
//! of it. Nobody's request fails by them: without an answer it is decided on as if there were none.

mod classifier;
mod embeddings;
mod own;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use embeddings::Anchored;
use lynkr_protocol::peek::Peek;
use lynkr_routing::{
    Candidate, Memo, Pin, Policy, Refined, Refiner, Score, Tier, Unheard, classified, decide, unsure,
};
use lynkr_types::Scope;
use xxhash_rust::xxh3::xxh3_128;

use super::{PinKey, World};
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::session_id::SessionId;
use crate::warrant::Room;

/// So many answers of each adviser are remembered.
const MOST_KNOWN: usize = 500;
/// So long nothing is asked of an adviser that failed, in seconds: each ask would wait for it.
const REST: u64 = 30;

/// Who may be asked for a second opinion, in this order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RefineRules {
    /// `LYNKR_DIFFICULTY_EMBEDDINGS`: a model of embeddings.
    pub embeddings: Option<Adviser>,
    /// `LYNKR_DIFFICULTY_CLASSIFIER`: an LLM.
    pub classifier: Option<Adviser>,
}

/// A model that is asked, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Adviser {
    /// The model.
    pub model: Candidate,
    /// How sure the scorer has to be not to ask, from 0 to 1.
    pub below: f32,
    /// How long the answer may take.
    pub timeout: Duration,
}

impl RefineRules {
    /// Those that there are, in the order in which they are asked.
    pub fn advisers(&self) -> impl Iterator<Item = (Refiner, &Adviser)> {
        let all = [(Refiner::Embeddings, &self.embeddings), (Refiner::Classifier, &self.classifier)];
        all.into_iter().filter_map(|(by, adviser)| Some((by, adviser.as_ref()?)))
    }

    /// The least confidence of the scorer at which nobody is asked.
    pub fn below(&self) -> f32 {
        self.advisers().map(|(_, adviser)| adviser.below).fold(0.0, f32::max)
    }
}

/// What an adviser said; without why nothing is known, if that may be otherwise the next time.
type Said = Result<Score, Unheard>;

/// What is remembered of second opinions.
#[derive(Debug, Default)]
pub(crate) struct Opinions {
    embeddings: Shelf,
    classifier: Shelf,
    anchored: Anchored,
}

impl Opinions {
    const fn of(&self, by: Refiner) -> &Shelf {
        match by {
            Refiner::Embeddings => &self.embeddings,
            Refiner::Classifier => &self.classifier,
        }
    }

    const fn anchored(&self) -> &Anchored {
        &self.anchored
    }
}

/// What is remembered of one adviser.
#[derive(Debug)]
struct Shelf(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    said: Memo<Said>,
    /// Until when it isn't asked, in seconds of Unix time.
    rests_until: u64,
}

impl Default for Shelf {
    fn default() -> Self {
        Self(Mutex::new(Kept { said: Memo::new(MOST_KNOWN), rests_until: 0 }))
    }
}

impl Shelf {
    fn known(&self, digest: u128, now: u64) -> Option<Said> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.said.get(digest).map(|said| *said);
        known.or_else(|| (now < kept.rests_until).then_some(Err(Unheard::Resting)))
    }

    fn keep(&self, digest: u128, said: Said) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).said.put(digest, Arc::new(said));
    }

    fn rest(&self, until: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rests_until = until;
    }
}

/// An ask that the scorer is unsure of.
struct Unsure {
    words: String,
    tier: Tier,
    confidence: f32,
}

impl Gateway {
    /// Second opinions on a request of a session, where the operator has somebody to ask and there is reason to.
    pub(crate) async fn refined(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        (session, room): (Option<&SessionId>, Option<Room>),
    ) -> Vec<Refined> {
        let options = &self.options().routing;
        let (Some(rules), Some(policy)) = (&options.refine, &options.policy) else { return Vec::new() };
        let key = session.map(|session| PinKey::of(ingress, session));
        let pin = key.and_then(|key| self.router().pins().get(key));
        let Some(ask) = self.doubtful((ingress, peek, room), (rules, policy), pin.as_ref()) else {
            return Vec::new();
        };
        let mut refined = Vec::new();
        for (by, adviser) in rules.advisers().filter(|(_, adviser)| ask.confidence < adviser.below) {
            let score = self.opinion(ingress, (by, adviser), policy, &ask.words).await;
            tracing::debug!(
                target: crate::settle::REQUEST, request_id = %ingress.request_id, by = by.name(),
                model = %adviser.model, said = ?score, "asked how hard it is"
            );
            refined.push(Refined { by, from: adviser.model.to_string(), score, weight: 1.0 });
            // Two that agree need no third.
            if score.is_ok_and(|said| policy.bounds.tier(said) == ask.tier) {
                break;
            }
        }
        refined
    }

    /// The words that the scorer is unsure of, where they decide.
    fn doubtful(
        &self,
        (ingress, peek, room): (&Ingress, &Peek, Option<Room>),
        (rules, policy): (&RefineRules, &Policy),
        pin: Option<&Pin>,
    ) -> Option<Unsure> {
        let reading = self.router().read(ingress, peek);
        let facts = reading.facts(policy, ingress, peek, pin);
        let decision = decide(&facts, policy, pin, &World { gateway: self, ingress, room });
        let doubt = unsure(&facts, policy, &decision, rules.below())?;
        Some(Unsure { words: doubt.words.to_owned(), tier: doubt.tier, confidence: doubt.confidence })
    }

    /// What an adviser says of these words: asked once, and remembered.
    async fn opinion(
        &self,
        ingress: &Ingress,
        (by, adviser): (Refiner, &Adviser),
        policy: &Policy,
        words: &str,
    ) -> Said {
        let shelf = self.router().opinions().of(by);
        let digest = xxh3_128(format!("{}\n{:?}\n{words}", adviser.model, policy.bounds).as_bytes());
        if let Some(known) = shelf.known(digest, self.ambient().unix_seconds()) {
            return known;
        }
        let asked =
            tokio::time::timeout(adviser.timeout, self.said_by(ingress, (by, adviser), policy, words));
        let rest = || shelf.rest(self.ambient().unix_seconds().saturating_add(REST));
        match asked.await {
            Ok(Ok(Err(Unheard::NoVector))) => {
                rest();
                Err(Unheard::NoVector)
            }
            Ok(Ok(said)) => {
                shelf.keep(digest, said);
                said
            }
            Ok(Err(failure)) => {
                tracing::info!(
                    target: crate::settle::REQUEST, request_id = %ingress.request_id, by = by.name(),
                    model = %adviser.model, status = failure.error.status, kind = ?failure.error.kind,
                    "a second opinion failed"
                );
                // What is wrong with one request, such as its caller's budget, isn't with another.
                if failure.scope > Scope::Request {
                    rest();
                }
                Err(Unheard::Failed)
            }
            Err(_) => {
                rest();
                Err(Unheard::Late)
            }
        }
    }

    async fn said_by(
        &self,
        ingress: &Ingress,
        (by, adviser): (Refiner, &Adviser),
        policy: &Policy,
        words: &str,
    ) -> Result<Said, Failure> {
        match by {
            Refiner::Embeddings => self.likened(ingress, &adviser.model, policy, words).await,
            Refiner::Classifier => {
                let answer = self.classify(ingress, &adviser.model, words).await?;
                Ok(classified(&answer, &policy.bounds).ok_or(Unheard::Unreadable))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    //! What is remembered, and for how long an adviser rests.

    use super::*;

    #[test]
    fn a_resting_adviser_is_not_asked_but_what_it_said_counts() {
        let shelf = Shelf::default();
        assert_eq!(shelf.known(1, 100), None);
        shelf.keep(1, Ok(Score::new(63.0)));
        shelf.keep(2, Err(Unheard::Unreadable));
        shelf.rest(130);
        assert_eq!(shelf.known(1, 100), Some(Ok(Score::new(63.0))));
        assert_eq!(shelf.known(2, 100), Some(Err(Unheard::Unreadable)));
        assert_eq!(shelf.known(3, 129), Some(Err(Unheard::Resting)));
        assert_eq!(shelf.known(3, 130), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let shelf = Shelf::default();
        for digest in 0..10_000 {
            shelf.keep(digest, Ok(Score::LEAST));
        }
        assert!(shelf.0.lock().unwrap().said.len() <= MOST_KNOWN);
        assert_eq!(shelf.known(9_999, 0), Some(Ok(Score::LEAST)));
    }

    #[test]
    fn embeddings_are_asked_before_the_classifier() {
        let adviser = |name: &str, below| Adviser {
            model: Candidate { provider: "p".to_owned(), model: name.to_owned() },
            below,
            timeout: Duration::from_secs(1),
        };
        let rules = RefineRules { embeddings: Some(adviser("e", 0.7)), classifier: Some(adviser("c", 0.9)) };
        let order: Vec<Refiner> = rules.advisers().map(|(by, _)| by).collect();
        assert_eq!(order, [Refiner::Embeddings, Refiner::Classifier]);
        assert!((rules.below() - 0.9).abs() < f32::EPSILON);
        assert!(RefineRules::default().below() <= 0.0);
    }
}
