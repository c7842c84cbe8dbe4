//! The learner's part in a decision: what it says of the tier, and which of the tier's models it would ask first. It is
//! asked only where nothing else has decided: not against a pin, within an exchange of tools or beside the conversation.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use serde_json::Value;

use super::course::Course;
use super::{Choice, Decision, Facts, Policy, Surroundings, Winner, candidates};
use crate::ladder::Candidate;
use crate::learn::bandit::{self, Features, Situation};
use crate::learn::deescalate::Holds;
use crate::learn::learner::advice::{Case, Note, TierAdvice};
use crate::learn::learner::{Asked, Learner, Rules};
use crate::learn::task::Task;
use crate::signals::agentic::{Agentic, AgenticKind};
use crate::signals::risk::{Risk, RiskLevel};
use crate::tier::Tier;

/// What becomes of what the learner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LearningMode {
    /// It is put on record and changes nothing.
    Shadow,
    /// It decides.
    On,
}

impl LearningMode {
    /// As settings and records write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::On => "on",
        }
    }
}

/// The learner, as a decision is given it.
#[derive(Debug, Clone, Copy)]
pub struct Learning<'a> {
    /// What is learned.
    pub learner: &'a Learner,
    /// Which parts are asked.
    pub rules: &'a Rules,
    /// What becomes of what it says.
    pub mode: LearningMode,
    /// A number from 0 to below 1 that chance gives.
    pub draw: f64,
    /// The day, counted from 1970.
    pub day: u64,
}

/// What the learner said.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// What became of it.
    pub mode: LearningMode,
    /// Why it wasn't asked for a choice, if it wasn't: `pinned`, `mid_tools`.
    pub held: Option<&'static str>,
    /// The request, as the learner sees it.
    pub features: Features,
    /// The kind of work.
    pub task: Task,
    /// The tier that it would take.
    pub tier: Tier,
    /// The models that it chose among, in the operator's order.
    pub candidates: Vec<Candidate>,
    /// Its choice among them.
    pub choice: bandit::Choice,
}

impl Learned {
    /// The model that it would ask first.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates.get(self.choice.chosen)
    }

    /// For records and for people.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Serialize for Learned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Learned", 10)?;
        fields.serialize_field("mode", self.mode.name())?;
        fields.serialize_field("held", &self.held)?;
        fields.serialize_field("task", &self.task)?;
        fields.serialize_field("features", &self.features)?;
        fields.serialize_field("tier", self.tier.name())?;
        fields.serialize_field("candidates", &names(&self.candidates))?;
        fields.serialize_field("propensities", &self.choice.propensities)?;
        fields.serialize_field("chosen", &self.chosen().map(ToString::to_string))?;
        fields.serialize_field("explored", &self.choice.explored)?;
        fields.serialize_field("preferred", &self.candidates.first().map(ToString::to_string))?;
        fields.end()
    }
}

fn names(candidates: &[Candidate]) -> Vec<String> {
    candidates.iter().map(ToString::to_string).collect()
}

impl Decision {
    /// For each of [`Decision::choices`] the probability with which it was to be asked first; their sum is 1.
    pub fn propensities(&self) -> Vec<f64> {
        let decided = self.learned.as_ref().filter(|own| own.mode == LearningMode::On && own.held.is_none());
        let Some(learned) = decided else { return bandit::Choice::certain(self.choices.len()).propensities };
        let pairs = || learned.candidates.iter().zip(&learned.choice.propensities);
        let of = |choice: &Choice| pairs().find(|(own, _)| **own == choice.candidate);
        self.choices.iter().map(|choice| of(choice).map_or(0.0, |(_, share)| *share)).collect()
    }
}

/// What was advised on a request, before its models are known.
pub(super) struct Advised<'a> {
    learning: &'a Learning<'a>,
    features: Features,
    task: Task,
    advice: TierAdvice,
}

/// Asks for the tier. What the learner decides is in the course then; what it only would is on record. The tier of a
/// request that is bound to what was before it, by a pin or by calls of tools, isn't the learner's to move.
pub(super) fn advise<'a>(
    learning: Option<&'a Learning<'a>>,
    course: &mut Course,
    (facts, policy): (&Facts<'_>, &Policy),
    (winner, is_bound): (&Winner<'_>, bool),
    (risk, agentic): (&Risk, Agentic),
) -> Option<Advised<'a>> {
    let learning = learning.filter(|_| facts.side.is_none())?;
    let (task, vector): (_, &[f32]) = match winner.ask {
        Some(ask) if !ask.words.is_empty() => (ask.task(), ask.vector()),
        _ => (if facts.mid_tools { Task::ToolUse } else { Task::Other }, &[]),
    };
    let situation = Situation {
        score: f64::from(winner.score.get()),
        tokens: facts.tokens,
        tools: facts.has_tools,
        streaming: facts.stream,
        risk: match risk.level {
            RiskLevel::Low => 0.0,
            RiskLevel::Medium => 0.5,
            RiskLevel::High => 1.0,
        },
        agentic: agentic.kind > AgenticKind::SingleShot,
        task,
    };
    let case = Case {
        vector,
        task,
        score: winner.score,
        tier: course.tier,
        holds: Holds {
            risk: risk.level == RiskLevel::High,
            raised: is_bound
                || course.forced
                || winner.age > 0
                || winner.ask.is_none_or(|ask| ask.force.is_some())
                || course.tier != policy.bounds.tier(winner.score),
        },
        ladder: &policy.ladder,
        bounds: &policy.bounds,
        day: learning.day,
        told: !facts.untold,
    };
    let all = learning.rules;
    let asked = Asked { deescalation: !is_bound && all.asked.deescalation, ..all.asked };
    let advice = learning.learner.advise(&Rules { asked, ..*all }, &case);
    for note in &advice.notes {
        tell(course, learning.mode, note);
    }
    if let (LearningMode::On, Some(suffix)) = (learning.mode, advice.suffix) {
        course.tier = advice.tier;
        course.suffix(suffix);
    }
    Some(Advised { learning, features: situation.features(), task, advice })
}

fn tell(course: &mut Course, mode: LearningMode, note: &Note) {
    let prefix = match mode {
        LearningMode::Shadow => "shadow: ",
        LearningMode::On => "",
    };
    course.step(note.part, None, format_args!("{prefix}{}", note.says));
}

impl Advised<'_> {
    /// Asks which model of the tier is to be asked first, where nothing holds the request to one, and puts it there.
    pub(super) fn order(
        self,
        course: &mut Course,
        choices: &mut Vec<Choice>,
        held: Option<&'static str>,
        (facts, policy, surroundings): (&Facts<'_>, &Policy, &dyn Surroundings),
    ) -> Learned {
        let Self { learning, features, task, advice } = self;
        let mode = learning.mode;
        let blank = |tier: Tier, candidates: Vec<Candidate>| {
            let choice = bandit::Choice::certain(candidates.len());
            Learned { mode, held, features, task, tier, candidates, choice }
        };
        if held.is_some() {
            let first = choices.first().map(|choice| choice.candidate.clone());
            return blank(course.tier, first.into_iter().collect());
        }
        let tier = advice.tier;
        let own = |choices: &[Choice]| -> Vec<Candidate> {
            let first = choices.iter().take_while(|choice| choice.tier == tier);
            first.map(|choice| choice.candidate.clone()).collect()
        };
        let among = if tier == course.tier {
            own(choices)
        } else {
            own(&candidates(facts, policy, tier, None, surroundings).0)
        };
        let neighbours = advice.neighbours.as_ref();
        let ordered =
            learning.learner.order(learning.rules, (tier, &among), &features, neighbours, learning.draw);
        let mut learned = blank(tier, among);
        let Some(ordered) = ordered.filter(|_| learned.candidates.len() > 1) else { return learned };
        if !facts.untold {
            tell(course, mode, &ordered.note(&learned.candidates));
        }
        learned.choice = ordered.choice;
        if mode == LearningMode::On {
            course.suffix(if learned.choice.explored { "+bandit_explore" } else { "+bandit" });
            learned.put_first(choices);
        }
        learned
    }
}

impl Learned {
    /// The chosen one first, then the others of its tier by their prospects.
    fn put_first(&self, choices: &mut Vec<Choice>) {
        let rest = choices.split_off(self.candidates.len().min(choices.len()));
        let prospect = |place: usize| {
            let chosen = if place == self.choice.chosen { f64::INFINITY } else { 0.0 };
            self.choice.estimates.get(place).map_or(0.0, |own| own.mean + own.bonus) + chosen
        };
        let mut places: Vec<usize> = (0..choices.len()).collect();
        places.sort_by(|one, other| prospect(*other).total_cmp(&prospect(*one)));
        let ordered: Vec<Choice> =
            places.into_iter().filter_map(|place| choices.get(place).cloned()).collect();
        *choices = ordered;
        choices.extend(rest);
    }
}

#[cfg(test)]
mod tests;
