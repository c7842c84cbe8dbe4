//! Second opinions on how hard an ask is, where the scorer is unsure. They are asked for by the caller and come in as plain
//! values. Whatever they say moves the tier by one at most, and lifts nothing that decides by itself.

use super::course::Course;
use super::window::{Winner, winner};
use super::{Decision, Facts, Policy};
use crate::pin::{Place, Verdict};
use crate::scorer::Model;
use crate::tier::{Score, Tier, TierBounds};

/// Who gives a second opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refiner {
    /// A model of embeddings, by what the ask is like.
    Embeddings,
    /// An LLM that says a tier or a number.
    Classifier,
}

impl Refiner {
    /// As steps of a decision say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embeddings => "embeddings",
            Self::Classifier => "classifier",
        }
    }

    /// As methods say it.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Embeddings => "+embeddings",
            Self::Classifier => "+classifier",
        }
    }
}

/// Why there is no opinion. The decision is then what it is without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unheard {
    /// None came in time.
    Late,
    /// It couldn't be asked, or failed.
    Failed,
    /// What came is none.
    Unreadable,
    /// What came is no vector, or one that can't be compared with the anchors'.
    NoVector,
    /// It failed a moment ago, and isn't asked for a while.
    Resting,
}

impl Unheard {
    /// As steps say it.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Late => "no answer in time, ignored",
            Self::Failed => "couldn't be asked, ignored",
            Self::Unreadable => "no tier and no number, ignored",
            Self::NoVector => "no vector that can be compared, ignored",
            Self::Resting => "failed a moment ago, not asked",
        }
    }
}

/// A second opinion on the newest ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Refined {
    /// Whose.
    pub by: Refiner,
    /// The model that gave it.
    pub from: String,
    /// The score, 0 to 100, or why there is none.
    pub score: Result<Score, Unheard>,
    /// What it counts beside the scorer, from 0 to 1.
    pub weight: f32,
}

/// The score that a classifier's answer stands for: the middle of a tier that it names, or a number from 0 to 100.
/// Anything besides is none: what the classified text talked it into saying is not read.
pub fn classified(answer: &str, bounds: &TierBounds) -> Option<Score> {
    let around = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '*' | '.');
    let word = answer.trim_matches(around);
    if let Ok(tier) = word.parse::<Tier>() {
        return Some(bounds.middle(tier));
    }
    let is_number = (1..=3).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    let number: u8 = is_number.then(|| word.parse().ok()).flatten()?;
    (number <= 100).then(|| Score::new(f32::from(number)))
}

/// An ask whose difficulty the scorer is unsure of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt<'a> {
    /// The user's own words.
    pub words: &'a str,
    /// The tier that the scorer takes it for.
    pub tier: Tier,
    /// How likely that is by the scorer, from 0 to 1.
    pub confidence: f32,
}

/// The newest ask where a second opinion is of use: the score of that ask alone decided, nothing holds the request to a
/// model, and the scorer gives its tier a probability below `below`. `decision` is the one without.
pub fn unsure<'a>(facts: &Facts<'a>, policy: &Policy, decision: &Decision, below: f32) -> Option<Doubt<'a>> {
    let newest = facts.asks.first()?;
    let stays = matches!(decision.pinned, Some(Verdict::Stays(_)));
    let is_held = facts.side.is_some() || facts.mid_tools || decision.place == Place::MidTools || stays;
    let decides = newest.force.is_none() && winner(facts, policy).age == 0 && decision.reason == "score";
    if is_held || !decides {
        return None;
    }
    let scored = Model::shared().score_words(&newest.words);
    let doubt = Doubt { words: &newest.words, tier: decision.base, confidence: scored.confidence };
    (scored.words > 0 && scored.confidence < below).then_some(doubt)
}

/// Lets the opinions on the newest ask move its score, where that ask decides by its score.
pub(super) fn refine<'a>(
    course: &mut Course,
    winner: Winner<'a>,
    facts: &Facts<'a>,
    bounds: &TierBounds,
) -> Winner<'a> {
    let is_forced = winner.ask.is_none_or(|ask| ask.force.is_some());
    if facts.side.is_some() || winner.age > 0 || is_forced {
        return winner;
    }
    let own = bounds.tier(winner.score);
    let mut score = winner.score;
    for opinion in &facts.refined {
        let name = opinion.by.name();
        let said = match opinion.score {
            Ok(said) => said,
            Err(why) => {
                course.step(name, None, format_args!("{}: {}", opinion.from, why.says()));
                continue;
            }
        };
        let before = bounds.tier(score);
        score = moved(score, (said, opinion.weight), own, bounds);
        let (tier, after) = (bounds.tier(said), bounds.tier(score));
        let came = if after == before {
            "which changes nothing".to_owned()
        } else {
            format!("{before} becomes {after}")
        };
        course.step(name, Some(said.get()), format_args!("{} says {tier}, {came}", opinion.from));
        course.suffix(opinion.by.suffix());
    }
    course.tier = bounds.tier(score);
    Winner { score, ..winner }
}

/// A score with an opinion on it. One of the same tier says nothing new; any other moves it to a neighbour of the
/// scorer's own tier at most.
fn moved(score: Score, (said, weight): (Score, f32), own: Tier, bounds: &TierBounds) -> Score {
    if bounds.tier(said) == bounds.tier(score) {
        return score;
    }
    let weight = if weight.is_nan() { 0.0 } else { weight.clamp(0.0, 1.0) };
    let sum = score.get() + (said.get() - score.get()) * weight;
    let least = bounds.floor(own.below().unwrap_or(own)).get();
    let most = bounds.ceiling(own.above().unwrap_or(own)).get();
    Score::new(sum.clamp(least, most))
}

#[cfg(test)]
mod tests;
