//! The decision: signals and rules in, a tier and an ordered list of models out, with every step on record.

mod course;
mod learned;
mod refined;
mod thrift;
mod window;

use std::borrow::Cow;

use course::Course;
pub use learned::{Learned, Learning, LearningMode};
pub use refined::{Doubt, Refined, Refiner, Unheard, classified, unsure};
use window::{Winner, winner};

use crate::ladder::{Candidate, Ladder};
use crate::pin::{BEGINNING, Fresh, Pin, Place, StickyRules, Verdict, place, verdict};
use crate::side::Side;
use crate::signals::agentic::{Agentic, AgenticCounts, agentic};
use crate::signals::risk::{Risk, risk};
use crate::tier::{Score, Tier, TierBounds};
use crate::turn::Ask;
use crate::words::Words;

/// What a risk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RiskPolicy {
    /// Nothing.
    Off,
    /// The tier is at least COMPLEX.
    #[default]
    Floor,
    /// The tier is REASONING, as it was in the older product.
    Force,
}

/// The rules that a decision follows; what the operator set.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The models of each tier.
    pub ladder: Ladder,
    /// Where tiers begin.
    pub bounds: TierBounds,
    /// `LYNKR_INTENT_WINDOW_N`: so many asks are looked at.
    pub window: usize,
    /// `LYNKR_INTENT_DECAY`: what an ask is worth less with each newer one, in (0, 1].
    pub decay: f32,
    /// What a risk does.
    pub risk: RiskPolicy,
    /// Whether work on its own raises the tier; `AGENTIC_DISABLE_FLOOR` turns it off.
    pub agentic_floor: bool,
    /// How sessions stick.
    pub sticky: StickyRules,
    /// `LYNKR_COST_OPTIMIZE`: whether a tier's cheaper model goes first.
    pub cost_optimize: bool,
}

impl Policy {
    /// The documented rules over a ladder.
    pub fn documented(ladder: Ladder) -> Self {
        Self {
            ladder,
            bounds: TierBounds::default(),
            window: 5,
            decay: 0.7,
            risk: RiskPolicy::default(),
            agentic_floor: true,
            sticky: StickyRules::default(),
            cost_optimize: false,
        }
    }
}

/// What is known of a request.
#[derive(Debug, Clone, Default)]
pub struct Facts<'a> {
    /// What the user asked, newest first, at most as many as the window holds.
    pub asks: Vec<&'a Ask>,
    /// Paths that tools touched since the user last spoke.
    pub paths: Vec<&'a str>,
    /// How many turns there are.
    pub turns: usize,
    /// Whether the last turn brings results of tools and no words of the user.
    pub mid_tools: bool,
    /// What is counted for work on its own.
    pub counts: AgenticCounts,
    /// Whether any tools are on offer.
    pub has_tools: bool,
    /// Images in what the model will see.
    pub images: usize,
    /// The prompt, in tokens, estimated.
    pub tokens: u64,
    /// Whether a streamed answer is wanted.
    pub stream: bool,
    /// Whether the request is beside the conversation.
    pub side: Option<Side>,
    /// The caller's deadline for the first content, in milliseconds.
    pub deadline: Option<u64>,
    /// Second opinions on the newest ask, where the operator has them and the scorer was unsure.
    pub refined: Vec<Refined>,
    /// Whether nobody will read the steps of the decision: then they aren't written.
    pub untold: bool,
}

/// Why a model can't serve a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Its provider isn't set up here.
    NotConfigured,
    /// The caller may not use it.
    Blocked,
    /// Its circuit breaker is open.
    Broken,
    /// The prompt is more than 85 % of its context.
    TooSmall,
    /// There are images, and it can't see.
    Blind,
    /// There are tools, and it can't call any.
    ToolLess,
    /// It usually takes longer than the deadline.
    TooSlow,
    /// The caller's budgets have no room for what it would cost.
    TooDear,
}

impl Unfit {
    /// As reasons say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Blocked => "blocked",
            Self::Broken => "circuit_open",
            Self::TooSmall => "context_window",
            Self::Blind => "no_vision",
            Self::ToolLess => "no_tools",
            Self::TooSlow => "deadline",
            Self::TooDear => "budget",
        }
    }
}

/// What is known of a model at this moment. What isn't known is no hindrance.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Standing {
    /// Why it can't be used at all.
    pub barred: Option<Unfit>,
    /// Its context, in tokens.
    pub context: Option<u64>,
    /// Whether it sees images.
    pub vision: Option<bool>,
    /// Whether it calls tools.
    pub tools: Option<bool>,
    /// What nineteen of twenty first contents take at most, in milliseconds.
    pub slow: Option<u64>,
    /// The longest prompt that the caller's budgets have room for at its price, in tokens.
    pub affordable: Option<u64>,
}

/// The share of a context that a prompt may fill: the answer needs room, and the estimate errs.
const FULL: f64 = 0.85;

impl Standing {
    /// Why the model can't serve, if it can't.
    #[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^52")]
    pub fn unfit(&self, facts: &Facts<'_>) -> Option<Unfit> {
        let too_small = self.context.is_some_and(|context| facts.tokens as f64 > context as f64 * FULL);
        let table = [
            (too_small, Unfit::TooSmall),
            (facts.images > 0 && self.vision == Some(false), Unfit::Blind),
            (facts.has_tools && self.tools == Some(false), Unfit::ToolLess),
            (facts.deadline.is_some_and(|most| self.slow.is_some_and(|slow| slow > most)), Unfit::TooSlow),
            (self.affordable.is_some_and(|most| facts.tokens > most), Unfit::TooDear),
        ];
        self.barred.or_else(|| table.into_iter().find_map(|(holds, unfit)| holds.then_some(unfit)))
    }
}

/// One model that a request may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The model.
    pub candidate: Candidate,
    /// The tier that it serves here.
    pub tier: Tier,
}

/// A step of a decision: what it looked at and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The signal or rule.
    pub name: &'static str,
    /// Its points, where it has any.
    pub points: Option<f32>,
    /// What it says.
    pub says: String,
}

/// A decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The tier that serves.
    pub tier: Tier,
    /// The tier of the score alone.
    pub base: Tier,
    /// The score of the ask that decided, 0 to 100.
    pub score: Score,
    /// How it was decided; suffixes (`+window`, `+pinned` …) tell what took part.
    pub method: String,
    /// Why, in a word.
    pub reason: Cow<'static, str>,
    /// The models to ask, the chosen one first; never empty.
    pub choices: Vec<Choice>,
    /// Models that were passed over, and why.
    pub passed_over: Vec<(Candidate, Unfit)>,
    /// How risky the request is.
    pub risk: Risk,
    /// How it works on its own.
    pub agentic: Agentic,
    /// What the request is to its session.
    pub place: Place,
    /// What became of the session's pin.
    pub pinned: Option<Verdict>,
    /// Whether the choice is to be remembered for the session.
    pub pins: bool,
    /// Whether a cheaper model of the tier goes first.
    pub cost_optimized: bool,
    /// What the learner said; `None` where nothing is learned, and for what is beside the conversation.
    pub learned: Option<Learned>,
    /// Every step, in order; none where [`Facts::untold`] says so.
    pub steps: Vec<Step>,
}

impl Decision {
    /// The model that is asked first.
    pub fn first(&self) -> Option<&Choice> {
        self.choices.first()
    }
}

/// Decides on a request of a session that may have a pin.
pub fn decide(
    facts: &Facts<'_>,
    policy: &Policy,
    pin: Option<&Pin>,
    surroundings: &dyn Surroundings,
) -> Decision {
    decide_learning(facts, policy, pin, surroundings, None)
}

/// The same with what was learned from requests before. Without it, equal requests are decided on alike.
pub fn decide_learning(
    facts: &Facts<'_>,
    policy: &Policy,
    pin: Option<&Pin>,
    surroundings: &dyn Surroundings,
    learning: Option<&Learning<'_>>,
) -> Decision {
    let scored = winner(facts, policy);
    let base = policy.bounds.tier(scored.score);
    let newest = facts.asks.first().copied();
    let risk = this_turns_risk(newest, facts);
    let agentic = agentic(newest.map(|ask| ask.agentic).unwrap_or_default(), facts.counts, facts.has_tools);
    let mut course = Course::begin(&scored, &policy.bounds, !facts.untold);
    let winner = refined::refine(&mut course, scored, facts, &policy.bounds);
    if let Some(side) = facts.side {
        course.aside(side);
    } else {
        course.risk(&risk, policy.risk);
        course.agentic(agentic, policy.agentic_floor);
    }
    let place = place(pin, facts.turns, facts.mid_tools);
    let pin = pin.filter(|_| policy.sticky.enabled && facts.side.is_none());
    let is_bound = pin.is_some() || place == Place::MidTools;
    let winner_of = (&winner, is_bound);
    let advised = learned::advise(learning, &mut course, (facts, policy), winner_of, (&risk, agentic));
    let pinned = pin.map(|pin| stick(&course, facts, policy, pin, (place, winner.score), surroundings));
    if let Some(verdict) = pinned {
        course.pin(verdict);
    }
    let kept = pin.filter(|_| matches!(pinned, Some(Verdict::Stays(_))));
    course.tier = kept.map_or(course.tier, |pin| pin.tier);
    let held = kept.map(|pin| &pin.candidate);
    let (mut choices, passed_over) = candidates(facts, policy, course.tier, held, surroundings);
    let thrifty = policy.cost_optimize && held.is_none();
    let price = |candidate: &Candidate| surroundings.price(candidate);
    let gave_way = thrifty.then(|| thrift::cheaper(&mut choices, course.tier, price)).flatten();
    if let Some(dearer) = &gave_way {
        course.cheaper(dearer);
    }
    let cheapest = gave_way.and_then(|_| choices.first().map(|choice| choice.candidate.clone()));
    let holds = held.map(|_| "pinned").or_else(|| (place == Place::MidTools).then_some("mid_tools"));
    let learned =
        advised.map(|own| own.order(&mut course, &mut choices, holds, (facts, policy, surroundings)));
    for (candidate, unfit) in &passed_over {
        course.step("passed_over", None, format_args!("{candidate}: {}", unfit.name()));
    }
    // What was learned may still prefer another.
    let first = choices.first().map(|choice| &choice.candidate);
    let cost_optimized = cheapest.is_some() && cheapest.as_ref() == first;
    Decision {
        tier: course.tier,
        base,
        score: winner.score,
        method: course.method(),
        reason: course.reason,
        choices,
        passed_over,
        risk,
        agentic,
        place,
        pinned,
        pins: policy.sticky.enabled && facts.side.is_none() && facts.turns > BEGINNING,
        cost_optimized,
        learned,
        steps: course.steps,
    }
}

/// What a decision asks of the world around it, as it is at this moment.
pub trait Surroundings {
    /// What is known of a model.
    fn standing(&self, candidate: &Candidate) -> Standing;
    /// Whether a change from one model to another pays for a session; `None` when it isn't known.
    fn pays(&self, pin: &Pin, to: &Candidate) -> Option<bool>;
    /// What a thousand tokens of input and of output cost, in one unit for all models; `None` when it isn't known.
    fn price(&self, _candidate: &Candidate) -> Option<f64> {
        None
    }
    /// The time, in seconds of Unix time.
    fn now(&self) -> u64;
}

/// What the newest ask says, and what tools have touched since.
fn this_turns_risk(newest: Option<&Ask>, facts: &Facts<'_>) -> Risk {
    let mut all = newest.map(|ask| Risk { level: ask.risk, hits: ask.risk_hits.clone() }).unwrap_or_default();
    if !facts.paths.is_empty() {
        let by_paths = risk("", &Words::default(), facts.paths.iter().copied());
        all.level = all.level.max(by_paths.level);
        all.hits.extend(by_paths.hits);
        all.hits.dedup();
        all.hits.truncate(8);
    }
    all
}

/// Whether a session stays with its model, as far as that model can serve at all.
fn stick(
    course: &Course,
    facts: &Facts<'_>,
    policy: &Policy,
    pin: &Pin,
    (place, score): (Place, Score),
    surroundings: &dyn Surroundings,
) -> Verdict {
    let to = policy.ladder.rung(course.tier).candidates.first();
    let pays = to.and_then(|to| surroundings.pays(pin, to));
    let fresh = Fresh { tier: course.tier, score, forced: course.forced, tokens: facts.tokens, pays };
    let stays = verdict(pin, place, fresh, (&policy.bounds, &policy.sticky, surroundings.now()));
    if matches!(stays, Verdict::Moves(_)) {
        return stays;
    }
    if !policy.ladder.holds(&pin.candidate) {
        return Verdict::Moves("not_on_the_ladder");
    }
    match surroundings.standing(&pin.candidate).unfit(facts) {
        Some(unfit) => Verdict::Moves(unfit.name()),
        None => stays,
    }
}

/// The models to ask: the pinned one, those of the tier, then the ladder upwards and downwards. Those that can't serve
/// are left out, unless none can: then the tier's own are asked, so that the error is theirs.
fn candidates(
    facts: &Facts<'_>,
    policy: &Policy,
    tier: Tier,
    pinned: Option<&Candidate>,
    surroundings: &dyn Surroundings,
) -> (Vec<Choice>, Vec<(Candidate, Unfit)>) {
    let on_rungs = std::iter::once(tier).chain(Ladder::after(tier)).flat_map(|own| {
        let rung = policy.ladder.rung(own);
        // What another tier lends to this one is that one's still, but where this one was decided on.
        let shown = if own == tier { tier } else { rung.borrowed.unwrap_or(own) };
        rung.candidates.iter().map(move |candidate| (shown, candidate))
    });
    let mut choices: Vec<Choice> = Vec::new();
    let mut passed_over: Vec<(Candidate, Unfit)> = Vec::new();
    for (tier, candidate) in pinned.map(|candidate| (tier, candidate)).into_iter().chain(on_rungs) {
        let is_known = choices.iter().any(|choice| choice.candidate == *candidate)
            || passed_over.iter().any(|(other, _)| other == candidate);
        if is_known {
            continue;
        }
        match surroundings.standing(candidate).unfit(facts) {
            None => choices.push(Choice { candidate: candidate.clone(), tier }),
            Some(unfit) => passed_over.push((candidate.clone(), unfit)),
        }
    }
    if choices.is_empty() {
        let all = policy.ladder.rung(tier).candidates.iter();
        choices = all.map(|candidate| Choice { candidate: candidate.clone(), tier }).collect();
    }
    (choices, passed_over)
}

#[cfg(test)]
mod tests;
