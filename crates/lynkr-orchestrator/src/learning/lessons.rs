//! From news to lessons: an answer is judged, waits for what the next request of its session says of it, and is learned
//! from. All of it off the requests' path.

use std::sync::{Arc, PoisonError, RwLock};

use lynkr_routing::learn::feedback::{Feedback, Next, feedback};
use lynkr_routing::learn::learner::{Learner, Lesson, Rules};
use lynkr_routing::learn::reward::Outcome;
use lynkr_routing::learn::verify::{Answer, Call, verify};
use lynkr_routing::{Candidate, Tier};
use serde_json::{Value, json};

use super::news::{Begun, Finished, Followed, News};
use super::sessions::{Past, Session, Sessions};
use crate::routing::PinKey;

/// What work that was undone later loses.
const UNDONE: f64 = 0.4;

/// What a request has earned.
#[derive(Debug, Clone, PartialEq)]
pub struct Earned {
    /// The request's id.
    pub request_id: String,
    /// Who served it.
    pub served: Candidate,
    /// The tier whose model that is.
    pub tier: Tier,
    /// The reward with its parts, what was found wrong, and what the next request said.
    pub data: Value,
}

/// An answer that was judged by itself.
#[derive(Debug)]
pub(super) struct Judged {
    begun: Arc<Begun>,
    tier: Tier,
    served: Candidate,
    outcome: Outcome,
    findings: Vec<String>,
    /// How long the text of the answer is, in bytes, and how many calls it has.
    size: (usize, usize),
    /// When, in seconds of Unix time.
    pub(super) at: u64,
}

/// The day of a time, counted from 1970.
pub(crate) const fn day_of(unix_seconds: u64) -> u64 {
    unix_seconds / 86_400
}

/// Where is learned.
#[derive(Debug)]
pub(super) struct Classroom {
    /// What this process has learned itself.
    own: Learner,
    sessions: Sessions,
    /// Nothing waits since before this time, in seconds of Unix time.
    given_up_before: u64,
    /// Whether something was learned that isn't saved.
    is_new: bool,
}

impl Classroom {
    pub(super) fn new(rules: &Rules) -> Self {
        Self { own: Learner::new(rules), sessions: Sessions::default(), given_up_before: 0, is_new: false }
    }

    pub(super) fn configure(&mut self, rules: &Rules) {
        self.own.configure(rules);
    }

    pub(super) const fn own(&self) -> &Learner {
        &self.own
    }

    pub(super) fn waiting(&self) -> usize {
        self.sessions.waiting()
    }

    pub(super) const fn has_news(&self) -> bool {
        self.is_new
    }

    pub(super) fn save_with<'a>(&mut self, left: impl IntoIterator<Item = &'a Learner>) -> Vec<u8> {
        self.is_new = false;
        let mut left = left.into_iter().peekable();
        if left.peek().is_none() {
            return self.own.save();
        }
        let mut sum = self.own.clone();
        left.for_each(|other| sum.merge(other));
        sum.save()
    }

    pub(super) const fn not_saved(&mut self) {
        self.is_new = true;
    }

    pub(super) fn adopt(&mut self, left: &Learner) {
        self.own.merge(left);
    }

    pub(super) fn disown(&mut self, rules: &Rules) {
        self.own = Learner::new(rules);
        self.is_new = false;
    }

    /// Takes news in.
    pub(super) fn take(&mut self, news: News, view: &RwLock<Learner>, now: u64, earned: &mut Vec<Earned>) {
        match news {
            News::Finished(finished) => self.finished(&finished, view, now, earned),
            News::Followed(followed) => self.followed(&followed, view, now, earned),
        }
    }

    /// Learns from what has waited since before a time: nobody says anything of it any more.
    pub(super) fn give_up_before(
        &mut self,
        at: u64,
        view: &RwLock<Learner>,
        now: u64,
        earned: &mut Vec<Earned>,
    ) {
        // Every session is looked at for it: once a second is enough.
        if at <= self.given_up_before {
            return;
        }
        self.given_up_before = at;
        for (key, judged) in self.sessions.give_up_before(at) {
            let past = self.learn(&judged, None, view, now, earned);
            self.sessions.enter(key).0.remember(past);
        }
    }

    fn finished(&mut self, finished: &Finished, view: &RwLock<Learner>, now: u64, earned: &mut Vec<Earned>) {
        for (tier, served) in &finished.missed {
            let judged = Judged::missed(finished, *tier, served.clone(), now);
            self.learn(&judged, None, view, now, &mut Vec::new());
        }
        let judged = Judged::of(finished, now);
        let Some((key, _)) = finished.begun.session else {
            self.learn(&judged, None, view, now, earned);
            return;
        };
        self.given_up_before = self.given_up_before.min(judged.at);
        let (session, forgotten) = self.sessions.enter(key);
        // Two requests of a session at once: nothing will be said of the earlier one.
        let before = session.waiting.replace(Box::new(judged));
        for judged in forgotten.into_iter().chain(before.map(|judged| *judged)) {
            self.learn(&judged, None, view, now, earned);
        }
    }

    fn followed(&mut self, followed: &Followed, view: &RwLock<Learner>, now: u64, earned: &mut Vec<Earned>) {
        let (session, forgotten) = self.sessions.enter(followed.session);
        let waiting = session.waiting.take();
        self.undone(followed, view);
        for judged in forgotten {
            self.learn(&judged, None, view, now, earned);
        }
        if let Some(judged) = waiting {
            let said = judged.said(followed);
            let past = self.learn(&judged, said, view, now, earned);
            self.session(followed.session).remember(past);
        }
    }

    fn session(&mut self, key: PinKey) -> &mut Session {
        self.sessions.enter(key).0
    }

    /// Earlier work of the session was taken back: whoever did it earns less for it.
    fn undone(&mut self, followed: &Followed, view: &RwLock<Learner>) {
        for place in &followed.undone {
            let Some(past) = self.session(followed.session).of_turn(*place).cloned() else { continue };
            let reward = (past.reward - UNDONE).max(0.0);
            self.is_new = true;
            self.own.correct(past.tier, &past.served, &past.features, reward);
            let mut view = view.write().unwrap_or_else(PoisonError::into_inner);
            view.correct(past.tier, &past.served, &past.features, reward);
        }
    }

    /// Learns from an answer, with what was said of it.
    fn learn(
        &mut self,
        judged: &Judged,
        said: Option<Feedback>,
        view: &RwLock<Learner>,
        now: u64,
        earned: &mut Vec<Earned>,
    ) -> Past {
        let begun = &judged.begun;
        let outcome = Outcome { feedback: said, ..judged.outcome };
        let objected = said.is_some_and(|said| said.complaint || said.repeated || said.reverted);
        let lesson = Lesson {
            day: day_of(now),
            tier: judged.tier,
            served: &judged.served,
            features: &begun.features,
            task: begun.task,
            score: begun.score,
            bounds: &begun.bounds,
            vector: &begun.vector,
            outcome,
            failed: objected || !judged.findings.is_empty(),
        };
        let reward = {
            let mut view = view.write().unwrap_or_else(PoisonError::into_inner);
            let reward = view.judge(&outcome);
            view.learn(&lesson, &reward);
            reward
        };
        self.own.learn(&lesson, &reward);
        self.is_new = true;
        earned.push(Earned {
            request_id: begun.request_id.clone(),
            served: judged.served.clone(),
            tier: judged.tier,
            data: json!({
                "reward": reward.value, "quality": reward.quality(), "parts": reward.parts,
                "findings": judged.findings, "said": said, "task": begun.task,
                "score": begun.score.get(), "failed": lesson.failed,
                "bytes": judged.size.0, "calls": judged.size.1,
            }),
        });
        let (tier, served) = (judged.tier, judged.served.clone());
        Past { turns: begun.turns, tier, served, features: begun.features, reward: reward.value }
    }
}

impl Judged {
    fn of(finished: &Finished, at: u64) -> Self {
        let witness = &finished.witness;
        let calls: Vec<Call<'_>> =
            witness.calls.iter().map(|call| Call { name: &call.name, arguments: &call.arguments }).collect();
        let verdict = verify(&Answer {
            ask: &finished.begun.ask,
            text: &witness.text,
            calls: &calls,
            stop: finished.stop,
            tools_given: finished.begun.has_tools,
            status: finished.status,
            brief: false,
        });
        Self {
            begun: Arc::clone(&finished.begun),
            tier: finished.tier,
            served: finished.served.clone(),
            outcome: Outcome {
                quality: verdict.quality,
                feedback: None,
                cost: finished.cost,
                latency: Some(finished.latency),
            },
            findings: verdict.findings.iter().map(ToString::to_string).collect(),
            size: (witness.text.len(), witness.calls.len()),
            at,
        }
    }

    /// A model that was asked and failed, so that another one was.
    fn missed(finished: &Finished, tier: Tier, served: Candidate, at: u64) -> Self {
        Self {
            begun: Arc::clone(&finished.begun),
            tier,
            served,
            outcome: Outcome::default(),
            findings: vec!["it didn't answer, and another one did".to_owned()],
            size: (0, 0),
            at,
        }
    }

    /// What a request says of this answer, if it is the next one of its conversation, or the same one again.
    fn said(&self, followed: &Followed) -> Option<Feedback> {
        let (own, next) = (self.begun.turns, followed.turns);
        if next == own && followed.last == self.begun.last {
            // Under a fingerprint it may as well be somebody else's.
            let is_given = self.begun.session.is_some_and(|(_, given)| given);
            return feedback(&self.begun.ask, &Next { again: is_given, ..Next::default() });
        }
        // Whoever says something of a later answer says nothing of this one: that in between wasn't learned from.
        if next <= own || followed.asked > own {
            return None;
        }
        let (results, errors) = followed.results;
        let tool_errors: Vec<bool> = (0..results.min(256)).map(|at| at < errors).collect();
        let words = followed.words.as_deref();
        let checks = followed.checks;
        feedback(&self.begun.ask, &Next { words, tool_errors: &tool_errors, checks, ..Next::default() })
    }
}
