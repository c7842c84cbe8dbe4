//! The learner decides only what is left to it, and in the shadow nothing.

use super::super::{Standing, decide, decide_learning};
use super::*;
use crate::ladder::Ladder;
use crate::learn::learner::Lesson;
use crate::learn::reward::Outcome;
use crate::pin::Pin;
use crate::side::Side;
use crate::signals::risk::RiskLevel;
use crate::tier::{Score, TierBounds};
use crate::turn::Ask;

struct World;

impl Surroundings for World {
    fn standing(&self, _: &Candidate) -> Standing {
        Standing::default()
    }

    fn pays(&self, _: &Pin, _: &Candidate) -> Option<bool> {
        None
    }

    fn now(&self) -> u64 {
        1_000
    }
}

fn candidate(model: &str) -> Candidate {
    Candidate { provider: "p".to_owned(), model: model.to_owned() }
}

fn policy() -> Policy {
    let list = |names: &[&str]| names.iter().map(|name| candidate(name)).collect::<Vec<_>>();
    Policy::documented(
        Ladder::new([list(&["s"]), list(&["m1", "m2", "m3"]), list(&["c"]), list(&["r"])]).unwrap(),
    )
}

fn ask(score: f32) -> Ask {
    Ask::of("rename the helper of the parser", &|_| Score::new(score))
}

/// One to which the second model of MEDIUM was good and the others weren't.
fn learner(rules: &Rules) -> Learner {
    let mut learner = Learner::new(rules);
    let situation = Situation {
        score: 30.0,
        tokens: 100,
        tools: false,
        streaming: false,
        risk: 0.0,
        agentic: false,
        task: Task::CodeEdit,
    };
    let (features, bounds) = (situation.features(), TierBounds::default());
    for (model, quality) in [("m1", 0.1), ("m2", 0.9), ("m3", 0.4)] {
        let (served, outcome) = (candidate(model), Outcome { quality, ..Outcome::default() });
        let lesson = Lesson {
            day: 1,
            tier: Tier::Medium,
            served: &served,
            features: &features,
            task: Task::CodeEdit,
            score: Score::new(30.0),
            bounds: &bounds,
            vector: &[],
            outcome,
            failed: false,
        };
        (0..40).for_each(|_| learner.learn(&lesson, &learner.clone().judge(&outcome)));
    }
    learner
}

fn with<T>(mode: LearningMode, draw: f64, call: impl FnOnce(&Learning<'_>) -> T) -> T {
    let rules = Rules::default();
    call(&Learning { learner: &learner(&rules), rules: &rules, mode, draw, day: 1 })
}

fn models(decision: &Decision) -> Vec<&str> {
    decision.choices.iter().map(|choice| choice.candidate.model.as_str()).collect()
}

fn facts(asks: &[Ask]) -> Facts<'_> {
    Facts { asks: asks.iter().collect(), turns: 1, tokens: 100, ..Facts::default() }
}

#[test]
fn on_the_best_model_of_the_tier_comes_first_and_the_rest_of_the_ladder_as_before() {
    let asks = [ask(30.0)];
    let decision = with(LearningMode::On, 0.5, |learning| {
        decide_learning(&facts(&asks), &policy(), None, &World, Some(learning))
    });
    assert_eq!(models(&decision), ["m2", "m3", "m1", "c", "r", "s"]);
    assert_eq!(decision.method, "tier_config+bandit");
    let shares = decision.propensities();
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
    assert!((shares[0] - (0.95 + 0.05 / 3.0)).abs() < 1e-9 && shares[3] == 0.0, "{shares:?}");
    assert!(decision.steps.iter().any(|step| step.name == "bandit"), "{:?}", decision.steps);
    let by_chance = with(LearningMode::On, 0.0, |learning| {
        decide_learning(&facts(&asks), &policy(), None, &World, Some(learning))
    });
    assert_eq!((models(&by_chance)[0], by_chance.method.as_str()), ("m1", "tier_config+bandit_explore"));
    assert!((by_chance.propensities()[0] - 0.05 / 3.0).abs() < 1e-9);
}

#[test]
fn a_decision_whose_steps_nobody_reads_is_the_same_without_them() {
    let asks = [ask(30.0)];
    for draw in [0.0, 0.5] {
        let [told, untold] = [false, true].map(|untold| {
            let facts = Facts { untold, ..facts(&asks) };
            with(LearningMode::On, draw, |learning| {
                decide_learning(&facts, &policy(), None, &World, Some(learning))
            })
        });
        assert!(told.steps.len() > 2 && untold.steps.is_empty(), "{:?}", untold.steps);
        assert_eq!(untold, Decision { steps: Vec::new(), ..told });
    }
}

#[test]
fn in_the_shadow_everything_is_as_without_it_and_the_record_says_what_would_have_been() {
    let asks = [ask(30.0)];
    let plain = decide(&facts(&asks), &policy(), None, &World);
    let shadow = with(LearningMode::Shadow, 0.5, |learning| {
        decide_learning(&facts(&asks), &policy(), None, &World, Some(learning))
    });
    assert_eq!((&shadow.choices, &shadow.method, shadow.tier), (&plain.choices, &plain.method, plain.tier));
    assert_eq!(shadow.propensities(), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let learned = shadow.learned.unwrap();
    assert_eq!(learned.chosen().unwrap().model, "m2");
    assert_eq!(learned.candidates[0].model, "m1");
}

#[test]
fn pins_tools_and_side_requests_are_not_the_learners() {
    let asks = [ask(30.0)];
    let pin = Pin {
        candidate: candidate("m1"),
        tier: Tier::Medium,
        score: Score::new(30.0),
        turns: 3,
        at: 900,
        warm: None,
        has_tools: true,
    };
    let decide = |facts: &Facts<'_>, pin: Option<&Pin>| {
        with(LearningMode::On, 0.5, |learning| decide_learning(facts, &policy(), pin, &World, Some(learning)))
    };
    let pinned = decide(&Facts { turns: 5, ..facts(&asks) }, Some(&pin));
    assert_eq!((models(&pinned)[0], pinned.learned.as_ref().unwrap().held), ("m1", Some("pinned")));
    let mid_tools = decide(&Facts { turns: 5, mid_tools: true, ..facts(&asks) }, None);
    assert_eq!((models(&mid_tools)[0], mid_tools.propensities()[0]), ("m1", 1.0));
    let aside = decide(&Facts { side: Some(Side::Title), ..facts(&asks) }, None);
    assert_eq!((models(&aside)[0], aside.learned.is_none()), ("s", true));
}

#[test]
fn risk_and_phrases_keep_their_tier() {
    let rules = Rules::default();
    let mut learner = Learner::new(&rules);
    let features = Features::new([0.5; 15]);
    let (served, bounds) = (candidate("m1"), TierBounds::default());
    let outcome = Outcome { quality: 1.0, ..Outcome::default() };
    let lesson = Lesson {
        day: 1,
        tier: Tier::Medium,
        served: &served,
        features: &features,
        task: Task::CodeEdit,
        score: Score::new(48.0),
        bounds: &bounds,
        vector: &[],
        outcome,
        failed: false,
    };
    for _ in 0..200 {
        let reward = learner.judge(&outcome);
        learner.learn(&lesson, &reward);
    }
    let learning = Learning { learner: &learner, rules: &rules, mode: LearningMode::On, draw: 0.5, day: 1 };
    let decide = |ask: &Ask| {
        decide_learning(&facts(std::slice::from_ref(ask)), &policy(), None, &World, Some(&learning))
    };
    let plain = decide(&ask(55.0));
    assert_eq!((plain.tier, plain.base), (Tier::Medium, Tier::Complex));
    assert_eq!(plain.method, "tier_config+deescalated+bandit");
    let risky = Ask { risk: RiskLevel::High, risk_hits: vec!["auth".to_owned()], ..ask(55.0) };
    assert_eq!(decide(&risky).tier, Tier::Complex);
    assert_eq!(decide(&ask(51.0)).tier, Tier::Medium);
    assert_eq!(decide(&ask(70.0)).tier, Tier::Complex);
}
