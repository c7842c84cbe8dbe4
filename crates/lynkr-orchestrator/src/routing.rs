//! Which models answer a request, and in which order, where the operator set tiers: what the body says is read and
//! remembered here, the decision itself is `lynkr-routing`'s.

mod course;
mod legacy;
mod pins;
mod reading;
mod refine;
mod taught;
mod world;

use std::sync::{Arc, Mutex, PoisonError};

use lynkr_protocol::peek::Peek;
use lynkr_routing::{
    Ask, Candidate, Decision, Facts, Ladder, Learning as Asked, Pin, Policy, Refined, Surroundings,
    decide_learning,
};
use xxhash_rust::xxh3::xxh3_64;

pub use course::RoutingRecord;
pub(crate) use course::{Course, Stop};
pub use legacy::LegacyRules;
pub use pins::PinShelf;
pub(crate) use pins::{PinKey, PinNote, Pins};
pub(crate) use reading::{Reading, Readings};
use refine::Opinions;
pub use refine::{Adviser, RefineRules};
use world::World;

use crate::aside::Aside;
use crate::estimate::Weights;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::guards::Guards;
use crate::ingress::Ingress;
use crate::learning::{Begun, Learning, LearningRules, day_of};
use crate::problems::peeked;
use crate::session_id::SessionId;
use crate::warrant::Room;

/// What the configuration says about routing.
#[derive(Debug, Clone, Default)]
pub struct RoutingOptions {
    /// The tiers and their rules; `None` where no tier is set.
    pub policy: Option<Arc<Policy>>,
    /// Routing by the number of tools, as the first versions did it.
    pub legacy: Option<LegacyRules>,
    /// `FALLBACK_PROVIDER`, where `FALLBACK_ENABLED` says so and the provider is set up.
    pub fallback: Option<String>,
    /// `SMART_TOOL_SELECTION_MODE`'s threshold, which is shown and decides nothing.
    pub threshold: u8,
    /// What is switched on around the choice of a model.
    pub guards: Guards,
    /// What is learned from requests; `None` where nothing is.
    pub learning: Option<LearningRules>,
    /// Who is asked where the scorer is unsure; `None` where nobody is.
    pub refine: Option<RefineRules>,
}

/// What routing remembers from request to request.
#[derive(Debug, Default)]
pub struct Router {
    readings: Mutex<Readings>,
    pins: Arc<Pins>,
    learning: Arc<Learning>,
    opinions: Opinions,
    weights: Weights,
}

impl Router {
    /// Decides on a request. Turns that were read before are not read again.
    pub fn decide(
        &self,
        policy: &Policy,
        (ingress, peek): (&Ingress, &Peek),
        pin: Option<&Pin>,
        surroundings: &dyn Surroundings,
    ) -> Decision {
        self.decide_learning(policy, (ingress, peek), pin, surroundings, None)
    }

    /// The same with what was learned from requests before.
    pub fn decide_learning(
        &self,
        policy: &Policy,
        (ingress, peek): (&Ingress, &Peek),
        pin: Option<&Pin>,
        surroundings: &dyn Surroundings,
        learning: Option<&Asked<'_>>,
    ) -> Decision {
        let reading = self.read(ingress, peek);
        decide_learning(&reading.facts(policy, ingress, peek, pin), policy, pin, surroundings, learning)
    }

    /// What is known of a request that may be beside its conversation.
    pub(crate) fn aside(&self, ingress: &Ingress, peek: &Peek) -> Option<Aside> {
        self.read(ingress, peek).aside(ingress, peek)
    }

    /// How many results of tools a request brings.
    pub(crate) fn tool_results(&self, ingress: &Ingress, peek: &Peek) -> usize {
        self.read(ingress, peek).tool_results()
    }

    pub(crate) fn pins(&self) -> &Arc<Pins> {
        &self.pins
    }

    pub(crate) fn learning(&self) -> &Arc<Learning> {
        &self.learning
    }

    /// What parts of bodies weigh.
    pub(crate) const fn weights(&self) -> &Weights {
        &self.weights
    }

    pub(crate) const fn opinions(&self) -> &Opinions {
        &self.opinions
    }

    /// What a request's body says. Turns that were read before are not read again.
    fn read(&self, ingress: &Ingress, peek: &Peek) -> Reading {
        let digests = Readings::digests(ingress, peek);
        let known = self.readings.lock().unwrap_or_else(PoisonError::into_inner).known(&digests);
        // Read outside of the lock: a long new turn holds up nobody.
        let (reading, new) = Reading::complete(known, &digests, ingress, peek);
        if !new.is_empty() {
            self.readings.lock().unwrap_or_else(PoisonError::into_inner).learn(new);
        }
        reading
    }
}

/// What would be decided on a request.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The decision.
    pub decision: Decision,
    /// What the user asked last.
    pub ask: Option<Ask>,
    /// Whether tiers are set; else the decision is by the documented rules, and the active provider answers whatever it
    /// says.
    pub active: bool,
}

impl Gateway {
    /// Decides on a request without asking any of the tiers' models. Pins are neither looked at nor written.
    pub async fn analyze(&self, ingress: &Ingress) -> Result<Analysis, Failure> {
        let peek = peeked(ingress.dialect, &ingress.body)?;
        let set = self.options().routing.policy.clone();
        let active = set.is_some();
        let own = || {
            let upstream = self.active();
            let model = upstream.own_model(peek.model.as_deref().unwrap_or_default());
            let candidate = Candidate { provider: upstream.provider().name.to_owned(), model };
            Ladder::new([vec![candidate], Vec::new(), Vec::new(), Vec::new()])
        };
        let Some(policy) = set.or_else(|| own().map(|ladder| Arc::new(Policy::documented(ladder)))) else {
            return Err(self.not_configured("none"));
        };
        let room = self.room(ingress, &peek, None).await;
        let refined = self.refined(ingress, &peek, (None, room)).await;
        let reading = self.router().read(ingress, &peek);
        let facts = Facts { refined, ..reading.facts(&policy, ingress, &peek, None) };
        let world = World { gateway: self, ingress, room };
        // No chance: what would be decided most of the time.
        let decision =
            self.with_learning(|| 1.0, |learning| decide_learning(&facts, &policy, None, &world, learning));
        Ok(Analysis { decision, ask: facts.asks.first().map(|ask| (*ask).clone()), active })
    }

    /// Whether a model may be asked for a request, as far as that is known before.
    pub(crate) fn can_ask(&self, ingress: &Ingress, candidate: &Candidate) -> bool {
        World { gateway: self, ingress, room: None }.standing(candidate).barred.is_none()
    }

    /// What the caller's budgets have room for, where there are models to choose from.
    pub(crate) async fn room(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        session: Option<&SessionId>,
    ) -> Option<Room> {
        self.options().routing.policy.as_ref()?;
        let said = session.filter(|own| own.given).map(|own| own.id.as_str());
        let room = ingress.warrant.room(said).await?;
        Some(Room { output: peek.max_tokens.map_or(room.output, |most| most.min(room.output)), ..room })
    }

    /// Asks something with what was learned, where something is.
    fn with_learning<T>(
        &self,
        draw: impl FnOnce() -> f64,
        question: impl FnOnce(Option<&Asked<'_>>) -> T,
    ) -> T {
        let Some(LearningRules { mode, rules, .. }) = &self.options().routing.learning else {
            return question(None);
        };
        let (draw, day) = (draw(), day_of(self.ambient().unix_seconds()));
        let learning = self.router().learning();
        learning.ask(|learner| question(Some(&Asked { learner, rules, mode: *mode, draw, day })))
    }

    /// The decision on a request by the operator's tiers; `None` where there are none.
    pub(crate) fn decide(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        (session, room): (Option<&SessionId>, Option<Room>),
        refined: Vec<Refined>,
    ) -> Option<(Decision, Option<PinKey>, Option<Arc<Begun>>)> {
        let policy = self.options().routing.policy.as_ref()?;
        let key = session.map(|session| PinKey::of(ingress, session));
        let pin = key.and_then(|key| self.router().pins().get(key));
        let world = World { gateway: self, ingress, room };
        let reading = self.router().read(ingress, peek);
        let facts = Facts { refined, untold: true, ..reading.facts(policy, ingress, peek, pin.as_ref()) };
        let decision = self.with_learning(
            || chance(&self.ambient().seed()),
            |learning| decide_learning(&facts, policy, pin.as_ref(), &world, learning),
        );
        let draw = || u32::try_from(xxh3_64(ingress.request_id.as_bytes()) >> 32).unwrap_or(u32::MAX);
        let is_learned = decision.learned.is_some()
            && self.router().learning().takes(key, self.ambient().unix_seconds(), draw);
        let begun = is_learned.then(|| reading.begun(&decision, (ingress, &facts, policy), key.zip(session)));
        let begun = begun.flatten();
        if let (Some(_), Some(key)) = (&begun, key) {
            self.router().learning().follows(reading.followed(key));
        }
        tracing::debug!(
            target: crate::settle::REQUEST, request_id = %ingress.request_id, tier = %decision.tier,
            score = decision.score.get(), method = %decision.method, reason = %decision.reason, "routed"
        );
        Some((decision, key, begun.map(Arc::new)))
    }
}

/// A number from 0 to below 1, out of hexadecimal digits that nobody has had before.
fn chance(seed: &str) -> f64 {
    let digits = seed.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    digits.map_or(1.0, |number| f64::from(number) / 4_294_967_296.0)
}
