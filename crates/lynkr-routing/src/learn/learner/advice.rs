//! What the learner says of a request: whether another tier is enough or needed, and which of a tier's models to ask.

use super::super::bandit::{Choice, Features};
use super::super::bounds::{ONE_SIDED_95, wilson};
use super::super::deescalate::{self, Holds};
use super::super::knn::{self, Neighbour, Verdict};
use super::super::number::count;
use super::super::task::Task;
use super::{Learner, NEAR, Rules};
use crate::ladder::{Candidate, Ladder};
use crate::tier::{Score, Tier, TierBounds};

/// So many neighbours served by a tier's models say something of that tier.
const ENOUGH: usize = 5;

/// A request, as the learner is asked about it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The user's words as a vector ([`super::super::project`]); empty where there are none.
    pub vector: &'a [f32],
    /// The kind of work.
    pub task: Task,
    /// Its score.
    pub score: Score,
    /// The tier that the rules give it.
    pub tier: Tier,
    /// Why its tier must not be changed.
    pub holds: Holds,
    /// The operator's models.
    pub ladder: &'a Ladder,
    /// Where tiers begin.
    pub bounds: &'a TierBounds,
    /// The day, counted from 1970.
    pub day: u64,
    /// Whether anybody will read the notes: those that change nothing aren't written else.
    pub told: bool,
}

/// A part that had something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The part: `knn`, `deescalation`, `calibration`, `bandit`.
    pub part: &'static str,
    /// What it says.
    pub says: String,
}

/// What is said of the tier.
#[derive(Debug, Clone, PartialEq)]
pub struct TierAdvice {
    /// The tier to take.
    pub tier: Tier,
    /// The suffix of the method where that is another one: `+calibrated`, `+knn_escalate`, `+deescalated`.
    pub suffix: Option<&'static str>,
    /// Who said what.
    pub notes: Vec<Note>,
    /// What past outcomes say.
    pub neighbours: Option<knn::Advice>,
}

/// A choice among a tier's candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Ordered {
    /// The choice.
    pub choice: Choice,
    /// Whether past outcomes were sure of a candidate.
    pub by_past_outcomes: bool,
}

impl Ordered {
    /// Why it is so; the candidates are those that it is a choice among.
    pub fn note(&self, candidates: &[Candidate]) -> Note {
        let Self { choice, by_past_outcomes } = self;
        let expected: Vec<String> = candidates
            .iter()
            .zip(&choice.estimates)
            .map(|(own, of)| format!("{own} {:.2}+{:.2} ({})", of.mean, of.bonus, of.seen))
            .collect();
        let how = match (choice.explored, by_past_outcomes) {
            (true, _) => "by chance",
            (false, true) => "by past outcomes",
            (false, false) => "by prospects",
        };
        let chosen = candidates.get(choice.chosen).map(ToString::to_string).unwrap_or_default();
        Note { part: "bandit", says: format!("{chosen} {how}: {}", expected.join(", ")) }
    }
}

impl Learner {
    /// Which tier a request should have. It is at most one part's word, and at most one tier away.
    pub fn advise(&self, rules: &Rules, case: &Case<'_>) -> TierAdvice {
        let neighbours = self.neighbours(rules, case);
        let mut advice = TierAdvice { tier: case.tier, suffix: None, notes: Vec::new(), neighbours };
        if let Some(found) = advice.neighbours.as_ref().filter(|_| case.told)
            && found.verdict != Verdict::Cold
        {
            advice.notes.push(Note { part: "knn", says: told(found) });
        }
        let is_held = case.holds.risk || case.holds.raised;
        let moved = (!is_held).then(|| {
            let calibrated = || self.by_calibration(rules, case);
            calibrated().or_else(|| raised(rules, case, advice.neighbours.as_ref()))
        });
        let moved = moved.flatten().or_else(|| self.lowered(rules, case, &mut advice));
        if let Some((tier, suffix, note)) = moved {
            advice.tier = tier;
            advice.suffix = Some(suffix);
            advice.notes.push(note);
        }
        advice
    }

    /// Which of a tier's candidates to ask first, with the probability of each. `draw` is a number from 0 to below 1
    /// that chance gives.
    pub fn order(
        &self,
        rules: &Rules,
        (tier, candidates): (Tier, &[Candidate]),
        features: &Features,
        neighbours: Option<&knn::Advice>,
        draw: f64,
    ) -> Option<Ordered> {
        if !rules.asked.bandit {
            return None;
        }
        let favoured = neighbours.and_then(|advice| favourite(advice, candidates));
        let choice = self.bandit.choose_favouring(tier, candidates, features, draw, favoured)?;
        Some(Ordered { choice, by_past_outcomes: favoured.is_some() })
    }

    fn neighbours(&self, rules: &Rules, case: &Case<'_>) -> Option<knn::Advice> {
        let is_worth_it =
            rules.asked.knn && self.index.len() >= rules.knn.cold_start && !case.vector.is_empty();
        let on_ladder = |name: &str| {
            let mut own = Tier::ALL.into_iter().flat_map(|tier| &case.ladder.rung(tier).candidates);
            own.any(|own| {
                name.strip_prefix(own.provider.as_str()).and_then(|rest| rest.strip_prefix(':'))
                    == Some(&own.model)
            })
        };
        is_worth_it.then(|| self.index.advise(case.vector, on_ladder))
    }

    fn by_calibration(&self, rules: &Rules, case: &Case<'_>) -> Option<(Tier, &'static str, Note)> {
        let found = rules.asked.calibration.then(|| self.calibrated(rules, case.bounds, case.day))??;
        let wanted = found.bounds.tier(case.score);
        let tier = match wanted.cmp(&case.tier) {
            std::cmp::Ordering::Less => case.tier.below(),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => case.tier.above(),
        }?;
        let says = found.moves.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Some((tier, "+calibrated", Note { part: "calibration", says }))
    }

    fn lowered(
        &self,
        rules: &Rules,
        case: &Case<'_>,
        advice: &mut TierAdvice,
    ) -> Option<(Tier, &'static str, Note)> {
        let below = case.tier.below().filter(|_| rules.asked.deescalation)?;
        // What is known of the tier below is known near its border only.
        if case.score.get() > case.bounds.floor(case.tier).get() + NEAR {
            return None;
        }
        let evidence = self.diary.work(case.day, below, case.task);
        let decision = deescalate::decide(case.tier, &evidence, case.holds, &rules.deescalation);
        let note = |says: String| Note { part: "deescalation", says };
        let Some(to) = decision.tier() else {
            if evidence.rows() > 0 && case.told {
                advice.notes.push(note(decision.to_string()));
            }
            return None;
        };
        let poorly = advice.neighbours.as_ref().is_some_and(|found| {
            let (rows, quality) = of_tier(case.ladder, to, found);
            rows >= ENOUGH && quality < floor(rules, to)
        });
        if poorly {
            let says = format!("{decision}, but it did the nearest requests poorly");
            advice.notes.push(note(says));
            return None;
        }
        Some((to, "+deescalated", note(decision.to_string())))
    }
}

/// The tier above, where the tier's own models certainly did the nearest requests poorly.
fn raised(
    rules: &Rules,
    case: &Case<'_>,
    neighbours: Option<&knn::Advice>,
) -> Option<(Tier, &'static str, Note)> {
    let found =
        neighbours.filter(|found| matches!(found.verdict, Verdict::Ambiguous | Verdict::Confident))?;
    let above = case.tier.above()?;
    let (rows, quality) = of_tier(case.ladder, case.tier, found);
    let most = wilson(quality, rows, ONE_SIDED_95).high;
    let owed = floor(rules, case.tier);
    if rows < ENOUGH || most >= owed {
        return None;
    }
    let says = format!(
        "{} did {rows} of the nearest requests poorly: quality at most {most:.2}, owed {owed:.2}",
        case.tier
    );
    Some((above, "+knn_escalate", Note { part: "knn", says }))
}

/// How many of the neighbours a tier's own models served, and how well.
fn of_tier(ladder: &Ladder, tier: Tier, found: &knn::Advice) -> (usize, f64) {
    let names: Vec<String> = ladder.rung(tier).candidates.iter().map(ToString::to_string).collect();
    let own: Vec<&Neighbour> = found.models.iter().filter(|model| names.contains(&model.model)).collect();
    let rows: usize = own.iter().map(|model| model.times).sum();
    let quality =
        own.iter().map(|model| model.quality * count(model.times)).sum::<f64>() / count(rows.max(1));
    (rows, quality)
}

/// The place of the candidate that past outcomes are sure of. That others were compared with it is needed: the only
/// one that was ever asked is always the best.
fn favourite(found: &knn::Advice, candidates: &[Candidate]) -> Option<usize> {
    let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    let compared: Vec<&Neighbour> = found.models.iter().filter(|own| names.contains(&own.model)).collect();
    let best = compared.first().filter(|_| compared.len() > 1 && found.verdict == Verdict::Confident)?;
    names.iter().position(|name| *name == best.model)
}

fn floor(rules: &Rules, tier: Tier) -> f64 {
    rules.calibration.floors.get(tier.index()).copied().unwrap_or(1.0)
}

fn told(found: &knn::Advice) -> String {
    let models: Vec<String> =
        found.models.iter().map(|own| format!("{} {:.2} ({})", own.model, own.quality, own.times)).collect();
    let verdict = match found.verdict {
        Verdict::Cold => "cold",
        Verdict::Unsure => "unsure",
        Verdict::Ambiguous => "ambiguous",
        Verdict::Confident => "confident",
    };
    format!("{verdict} ({:.2}): {}", found.confidence, models.join(", "))
}
