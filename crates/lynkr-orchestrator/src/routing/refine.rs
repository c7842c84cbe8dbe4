//! Second opinions on an ask whose difficulty the scorer is unsure of: who is asked, for how long, and what is remembered
//! of it. Nobody's request fails by them: without an answer it is decided on as if there were none.

mod classifier;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lynkr_protocol::peek::Peek;
use lynkr_routing::{
    Candidate, Memo, Pin, Policy, Refined, Refiner, Score, Unheard, classified, decide, unsure,
};
use lynkr_types::Scope;
use xxhash_rust::xxh3::xxh3_128;

use super::{PinKey, World};
use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::session_id::SessionId;

/// So many answers are remembered.
const MOST_KNOWN: usize = 500;
/// So long nothing is asked of a classifier that failed, in seconds: each ask would wait for it.
const REST: u64 = 30;

/// `LYNKR_DIFFICULTY_CLASSIFIER` and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct RefineRules {
    /// The model that classifies.
    pub classifier: Candidate,
    /// How sure the scorer has to be not to ask, from 0 to 1.
    pub below: f32,
    /// How long the answer may take.
    pub timeout: Duration,
}

/// What a classifier said; without why nothing is known, if that may be otherwise the next time.
type Said = Result<Score, Unheard>;

/// What is remembered of second opinions.
#[derive(Debug)]
pub(crate) struct Opinions(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    said: Memo<Said>,
    /// Until when the classifier isn't asked, in seconds of Unix time.
    rests_until: u64,
}

impl Default for Opinions {
    fn default() -> Self {
        Self(Mutex::new(Kept { said: Memo::new(MOST_KNOWN), rests_until: 0 }))
    }
}

impl Opinions {
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

impl Gateway {
    /// Second opinions on a request of a session, where the operator has somebody to ask and there is reason to.
    pub(crate) async fn refined(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        session: Option<&SessionId>,
    ) -> Vec<Refined> {
        let options = &self.options().routing;
        let (Some(rules), Some(policy)) = (&options.refine, &options.policy) else { return Vec::new() };
        let key = session.map(|session| PinKey::of(ingress, session));
        let pin = key.and_then(|key| self.router().pins().get(key));
        let Some(words) = self.doubtful((ingress, peek), (rules, policy), pin.as_ref()) else {
            return Vec::new();
        };
        let score = self.opinion(ingress, rules, policy, &words).await;
        tracing::debug!(
            target: crate::settle::REQUEST, request_id = %ingress.request_id, classifier = %rules.classifier,
            said = ?score, "asked how hard it is"
        );
        let from = rules.classifier.to_string();
        vec![Refined { by: Refiner::Classifier, from, score, weight: 1.0 }]
    }

    /// The words that the scorer is unsure of, where they decide.
    fn doubtful(
        &self,
        (ingress, peek): (&Ingress, &Peek),
        (rules, policy): (&RefineRules, &Policy),
        pin: Option<&Pin>,
    ) -> Option<String> {
        let reading = self.router().read(ingress, peek);
        let facts = reading.facts(policy, ingress, peek, pin);
        let decision = decide(&facts, policy, pin, &World { gateway: self, ingress });
        unsure(&facts, policy, &decision, rules.below).map(str::to_owned)
    }

    /// What the classifier says of these words: asked once, and remembered.
    async fn opinion(&self, ingress: &Ingress, rules: &RefineRules, policy: &Policy, words: &str) -> Said {
        let opinions = self.router().opinions();
        let digest = xxh3_128(words.as_bytes());
        if let Some(known) = opinions.known(digest, self.ambient().unix_seconds()) {
            return known;
        }
        let asked =
            tokio::time::timeout(rules.timeout, self.classify(ingress, &rules.classifier, words)).await;
        let rest = || opinions.rest(self.ambient().unix_seconds().saturating_add(REST));
        match asked {
            Ok(Ok(answer)) => {
                let said = classified(&answer, &policy.bounds).ok_or(Unheard::Unreadable);
                opinions.keep(digest, said);
                said
            }
            Ok(Err(failure)) => {
                tracing::info!(
                    target: crate::settle::REQUEST, request_id = %ingress.request_id,
                    classifier = %rules.classifier, error = %failure.error.message, "the classifier failed"
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
}

#[cfg(test)]
mod tests {
    //! What is remembered, and for how long a classifier rests.

    use super::*;

    #[test]
    fn a_resting_classifier_is_not_asked_but_what_it_said_counts() {
        let opinions = Opinions::default();
        assert_eq!(opinions.known(1, 100), None);
        opinions.keep(1, Ok(Score::new(63.0)));
        opinions.keep(2, Err(Unheard::Unreadable));
        opinions.rest(130);
        assert_eq!(opinions.known(1, 100), Some(Ok(Score::new(63.0))));
        assert_eq!(opinions.known(2, 100), Some(Err(Unheard::Unreadable)));
        assert_eq!(opinions.known(3, 129), Some(Err(Unheard::Resting)));
        assert_eq!(opinions.known(3, 130), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let opinions = Opinions::default();
        for digest in 0..10_000 {
            opinions.keep(digest, Ok(Score::LEAST));
        }
        assert!(opinions.0.lock().unwrap().said.len() <= MOST_KNOWN);
        assert_eq!(opinions.known(9_999, 0), Some(Ok(Score::LEAST)));
    }
}
