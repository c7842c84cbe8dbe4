//! What the learner advises, that replicas add up, and that a damaged part takes no other with it.

use super::advice::Case;
use super::*;
use crate::ladder::Ladder;
use crate::learn::bandit::Situation;
use crate::learn::deescalate::Holds;
use crate::learn::feedback::Feedback;
use crate::learn::project;

const DAY: u64 = 20_000;
const ASK: &str = "Rename the helper in the parser and fix its callers, please";

fn candidate(name: &str) -> Candidate {
    Candidate { provider: "p".to_owned(), model: name.to_owned() }
}

fn ladder() -> Ladder {
    let list = |names: &[&str]| names.iter().map(|name| candidate(name)).collect();
    Ladder::new([list(&["s"]), list(&["m1", "m2"]), list(&["c"]), list(&["r"])]).unwrap()
}

fn features(score: f64) -> Features {
    let task = Task::CodeEdit;
    Situation { score, tokens: 2_000, tools: true, streaming: true, risk: 0.0, agentic: false, task }
        .features()
}

/// So many requests of one kind that a model served so well.
fn teach(learner: &mut Learner, (tier, model): (Tier, &str), score: f32, quality: f64, times: usize) {
    let (served, features) = (candidate(model), features(f64::from(score)));
    let vector = project::text(ASK);
    let bounds = TierBounds::default();
    for _ in 0..times {
        let outcome = Outcome { quality, feedback: None, cost: None, latency: Some(900.0) };
        let lesson = Lesson {
            day: DAY,
            tier,
            served: &served,
            features: &features,
            task: Task::CodeEdit,
            score: Score::new(score),
            bounds: &bounds,
            vector: &vector,
            outcome,
            failed: quality < 0.3,
        };
        let reward = learner.judge(&outcome);
        learner.learn(&lesson, &reward);
    }
}

fn advise(learner: &Learner, rules: &Rules, tier: Tier, score: f32, holds: Holds) -> advice::TierAdvice {
    let (ladder, bounds) = (ladder(), TierBounds::default());
    let case = Case {
        vector: &project::text(ASK),
        task: Task::CodeEdit,
        score: Score::new(score),
        tier,
        holds,
        ladder: &ladder,
        bounds: &bounds,
        day: DAY,
        told: true,
    };
    learner.advise(rules, &case)
}

#[test]
fn without_lessons_nothing_is_said() {
    let rules = Rules::default();
    let said = advise(&Learner::new(&rules), &rules, Tier::Complex, 60.0, Holds::default());
    assert_eq!((said.tier, said.suffix, said.notes), (Tier::Complex, None, vec![]));
}

#[test]
fn a_tier_is_lowered_near_its_border_by_evidence_near_it() {
    let rules = Rules::default();
    let mut learner = Learner::new(&rules);
    teach(&mut learner, (Tier::Medium, "m1"), 45.0, 0.95, 60);
    let none = Holds::default();
    let said = advise(&learner, &rules, Tier::Complex, 55.0, none);
    assert_eq!((said.tier, said.suffix), (Tier::Medium, Some("+deescalated")), "{:?}", said.notes);
    assert_eq!(
        advise(&learner, &rules, Tier::Complex, 70.0, none).tier,
        Tier::Complex,
        "far from the border"
    );
    let held = Holds { raised: true, risk: false };
    assert_eq!(advise(&learner, &rules, Tier::Complex, 55.0, held).tier, Tier::Complex);
    // What is easy for the tier below says nothing of what is nearly too hard for it.
    let mut learner = Learner::new(&rules);
    teach(&mut learner, (Tier::Medium, "m1"), 25.0, 0.95, 60);
    assert_eq!(advise(&learner, &rules, Tier::Complex, 55.0, none).tier, Tier::Complex);
}

#[test]
fn a_tier_is_raised_where_its_models_fail_at_the_nearest_requests() {
    let rules = Rules { asked: Asked { calibration: false, ..Rules::default().asked }, ..Rules::default() };
    let mut learner = Learner::new(&rules);
    teach(&mut learner, (Tier::Medium, "m1"), 30.0, 0.05, 500);
    let said = advise(&learner, &rules, Tier::Medium, 30.0, Holds::default());
    assert_eq!((said.tier, said.suffix), (Tier::Complex, Some("+knn_escalate")), "{:?}", said.notes);
    let held = Holds { risk: false, raised: true };
    assert_eq!(advise(&learner, &rules, Tier::Medium, 30.0, held).tier, Tier::Medium);
    let rules = Rules { asked: Asked { knn: false, ..rules.asked }, ..rules };
    assert_eq!(advise(&learner, &rules, Tier::Medium, 30.0, Holds::default()).tier, Tier::Medium);
}

#[test]
fn a_boundary_moves_to_where_the_tier_below_fails() {
    let rules = Rules { asked: Asked { knn: false, ..Rules::default().asked }, ..Rules::default() };
    let mut learner = Learner::new(&rules);
    teach(&mut learner, (Tier::Medium, "m1"), 46.0, 0.05, 120);
    let said = advise(&learner, &rules, Tier::Medium, 47.0, Holds::default());
    assert_eq!((said.tier, said.suffix), (Tier::Complex, Some("+calibrated")), "{:?}", said.notes);
}

#[test]
fn the_better_model_is_asked_first_and_propensities_sum_to_one() {
    let rules = Rules::default();
    let mut learner = Learner::new(&rules);
    teach(&mut learner, (Tier::Medium, "m1"), 30.0, 0.1, 20);
    teach(&mut learner, (Tier::Medium, "m2"), 30.0, 0.9, 20);
    let both = [candidate("m1"), candidate("m2")];
    let order =
        |draw| learner.order(&rules, (Tier::Medium, &both), &features(30.0), None, draw).unwrap().choice;
    let choice = order(0.5);
    assert_eq!((choice.chosen, choice.explored), (1, false));
    assert!((choice.propensities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(order(0.01).explored);
    let off = Rules { asked: Asked { bandit: false, ..rules.asked }, ..rules };
    assert_eq!(learner.order(&off, (Tier::Medium, &both), &features(30.0), None, 0.5), None);
}

#[test]
fn two_replicas_add_up_to_what_one_would_know() {
    let rules = Rules::default();
    let (mut alone, mut one, mut other) = (Learner::new(&rules), Learner::new(&rules), Learner::new(&rules));
    for (model, quality, times) in [("m1", 0.3, 15), ("m2", 0.8, 25)] {
        teach(&mut alone, (Tier::Medium, model), 30.0, quality, times);
    }
    teach(&mut one, (Tier::Medium, "m1"), 30.0, 0.3, 15);
    teach(&mut one, (Tier::Medium, "m2"), 30.0, 0.8, 5);
    teach(&mut other, (Tier::Medium, "m2"), 30.0, 0.8, 20);
    one.merge(&other);
    assert_eq!((one.lessons(), one.points()), (40, 40));
    for model in ["m1", "m2"] {
        let of =
            |learner: &Learner| learner.bandit().estimate(Tier::Medium, &candidate(model), &features(30.0));
        let (whole, sum) = (of(&alone), of(&one));
        assert_eq!(whole.seen, sum.seen);
        assert!((whole.bonus - sum.bonus).abs() < 1e-6, "{whole:?} {sum:?}");
        assert!((whole.mean - sum.mean).abs() < 0.05, "{whole:?} {sum:?}");
    }
}

#[test]
fn it_comes_back_as_it_was_kept_and_a_damaged_part_alone_is_lost() {
    let rules = Rules::default();
    let mut learner = Learner::new(&rules);
    teach(&mut learner, (Tier::Medium, "m1"), 30.0, 0.7, 30);
    let bytes = learner.save();
    assert_eq!(Learner::load(&rules, &bytes), Ok(learner));
    let text = String::from_utf8(bytes).unwrap().replace("\"dimensions\":64", "\"dimensions\":63");
    let damaged = Learner::load(&rules, text.as_bytes()).unwrap();
    assert_eq!((damaged.points(), damaged.lessons(), damaged.bandit().len()), (0, 30, 1));
    assert!(Learner::load(&rules, b"{\"version\":9}").is_err());
    assert!(Learner::load(&rules, b"nonsense").is_err());
}

#[test]
fn what_turns_out_later_counts_as_well() {
    let rules = Rules::default();
    let mut learner = Learner::new(&rules);
    teach(&mut learner, (Tier::Medium, "m1"), 30.0, 0.9, 10);
    let mean =
        |learner: &Learner| learner.bandit().estimate(Tier::Medium, &candidate("m1"), &features(30.0)).mean;
    let before = mean(&learner);
    learner.correct(Tier::Medium, &candidate("m1"), &features(30.0), 0.0);
    assert!(mean(&learner) < before - 0.03);
    let outcome = Outcome { quality: 0.9, feedback: None, cost: None, latency: None };
    let said = Feedback { complaint: true, ..Feedback::default() };
    let worse = learner.judge(&Outcome { feedback: Some(said), ..outcome });
    assert!(worse.quality() < learner.judge(&outcome).quality() - 0.3);
}
