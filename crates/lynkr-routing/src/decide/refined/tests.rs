//! What second opinions do to a decision, and when they are asked for.

use proptest::prelude::*;

use super::*;
use crate::decide::{Standing, Surroundings, decide};
use crate::ladder::{Candidate, Ladder};
use crate::pin::Pin;
use crate::side::Side;
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

fn policy() -> Policy {
    let list = |model: &str| vec![Candidate { provider: "p".to_owned(), model: model.to_owned() }];
    Policy::documented(Ladder::new([list("s"), list("m"), list("c"), list("r")]).unwrap())
}

fn ask(text: &str, score: f32) -> Ask {
    Ask::of(text, &|_| Score::new(score))
}

fn opinion(score: Result<f32, Unheard>, weight: f32) -> Refined {
    Refined { by: Refiner::Classifier, from: "p:judge".to_owned(), score: score.map(Score::new), weight }
}

fn on(ask: &Ask, refined: Vec<Refined>) -> Facts<'_> {
    Facts { asks: vec![ask], turns: 1, refined, ..Facts::default() }
}

#[test]
fn only_a_tier_or_a_number_is_an_answer() {
    let bounds = TierBounds::default();
    for tier in Tier::ALL {
        for text in [tier.name().to_owned(), format!(" \"{}\".\n", tier.name().to_lowercase())] {
            assert_eq!(classified(&text, &bounds), Some(bounds.middle(tier)), "{text}");
        }
    }
    for (text, score) in [("0", 0.0), ("63", 63.0), ("100", 100.0), ("`7`", 7.0)] {
        assert_eq!(classified(text, &bounds), Some(Score::new(score)), "{text}");
    }
    for text in [
        "",
        "101",
        "-3",
        "1e2",
        "6 3",
        "HARD",
        "SIMPLE or MEDIUM",
        "I say REASONING",
        "999",
        "0063",
        "NaN",
        "+5",
    ] {
        assert_eq!(classified(text, &bounds), None, "{text}");
    }
}

#[test]
fn an_opinion_moves_the_tier_by_one_at_most() {
    let table = [
        // The scorer's, what is said, its weight, what comes of it.
        (40.0, 88.0, 1.0, Tier::Complex),
        (40.0, 63.0, 1.0, Tier::Complex),
        (40.0, 50.0, 1.0, Tier::Medium),
        (40.0, 0.0, 1.0, Tier::Simple),
        (90.0, 0.0, 1.0, Tier::Complex),
        (5.0, 100.0, 1.0, Tier::Medium),
        (40.0, 63.0, 0.0, Tier::Medium),
        (40.0, 63.0, f32::NAN, Tier::Medium),
        (40.0, 63.0, 0.6, Tier::Complex),
    ];
    for (own, said, weight, tier) in table {
        let ask = ask("tell me more about the queue", own);
        let decision = decide(&on(&ask, vec![opinion(Ok(said), weight)]), &policy(), None, &World);
        assert_eq!(decision.tier, tier, "{own} {said} {weight}");
        assert_eq!(decision.base, policy().bounds.tier(Score::new(own)), "the scorer's own stays on record");
        assert_eq!(decision.method, "tier_config+classifier");
        assert_eq!(policy().bounds.tier(decision.score), tier);
    }
}

#[test]
fn where_two_are_heard_the_last_one_decides_within_a_tier_of_the_scorer() {
    let table = [
        // The scorer's, what the embeddings say, what the classifier says, what comes of it.
        (40.0, 63.0, 35.0, Tier::Medium),
        (40.0, 63.0, 88.0, Tier::Complex),
        (40.0, 63.0, 10.0, Tier::Simple),
        (40.0, 35.0, 63.0, Tier::Complex),
        (60.0, 5.0, 5.0, Tier::Medium),
    ];
    for (own, embeddings, classifier, tier) in table {
        let ask = ask("tell me more about the queue", own);
        let first = Refined { by: Refiner::Embeddings, ..opinion(Ok(embeddings), 1.0) };
        let decision = decide(&on(&ask, vec![first, opinion(Ok(classifier), 1.0)]), &policy(), None, &World);
        assert_eq!(decision.tier, tier, "{own} {embeddings} {classifier}");
        assert_eq!(decision.method, "tier_config+embeddings+classifier");
        let said: Vec<&str> = decision.steps.iter().map(|step| step.name).collect();
        assert!(said.windows(2).any(|pair| pair == ["embeddings", "classifier"]), "{said:?}");
    }
}

#[test]
fn what_was_not_heard_is_on_record_and_changes_nothing() {
    let ask = ask("tell me more about the queue", 40.0);
    let without = decide(&on(&ask, Vec::new()), &policy(), None, &World);
    for why in [Unheard::Late, Unheard::Failed, Unheard::Unreadable, Unheard::NoVector, Unheard::Resting] {
        let with = decide(&on(&ask, vec![opinion(Err(why), 1.0)]), &policy(), None, &World);
        let step = with.steps.iter().find(|step| step.name == "classifier").unwrap();
        assert_eq!(step.says, format!("p:judge: {}", why.says()));
        let steps = with.steps.iter().filter(|step| step.name != "classifier").cloned().collect();
        assert_eq!(Decision { steps, ..with }, without);
    }
}

#[test]
fn what_decides_by_itself_is_not_lifted() {
    let risky = ask("drop the users table in production and change the payment credentials", 40.0);
    let decision = decide(&on(&risky, vec![opinion(Ok(0.0), 1.0)]), &policy(), None, &World);
    assert_eq!(decision.tier, Tier::Complex);
    let forced = ask("Prove that the greedy schedule terminates, rigorously.", 40.0);
    let decision = decide(&on(&forced, vec![opinion(Ok(0.0), 1.0)]), &policy(), None, &World);
    assert_eq!(decision.tier, Tier::Reasoning);
    assert!(!decision.method.contains("classifier"));
}

#[test]
fn asked_only_where_the_score_decides_and_is_unsure() {
    let policy = policy();
    let of = |facts: &Facts<'_>, below| {
        let decision = decide(facts, &policy, None, &World);
        unsure(facts, &policy, &decision, below).map(|doubt| (doubt.words.to_owned(), doubt.tier))
    };
    let words = "could you look at how the queue behaves and improve it somewhat";
    let plain = ask(words, 40.0);
    assert_eq!(of(&on(&plain, Vec::new()), 1.1), Some((words.to_owned(), Tier::Medium)));
    assert_eq!(of(&on(&plain, Vec::new()), 0.0), None, "sure enough");
    assert_eq!(of(&Facts { mid_tools: true, ..on(&plain, Vec::new()) }, 1.1), None);
    assert_eq!(of(&Facts { side: Some(Side::Title), ..on(&plain, Vec::new()) }, 1.1), None);
    assert_eq!(of(&Facts::default(), 1.1), None);
    let (yes, hard) = (ask("yes", 0.0), ask(words, 70.0));
    let facts = Facts { asks: vec![&yes, &hard], turns: 3, ..Facts::default() };
    assert_eq!(of(&facts, 1.1), None, "an older ask decides");
    let forced = ask("Prove that the greedy schedule terminates, rigorously.", 40.0);
    assert_eq!(of(&on(&forced, Vec::new()), 1.1), None);
}

proptest! {
    #[test]
    fn no_answer_panics_and_all_scores_are_in_range(text in ".{0,40}") {
        if let Some(score) = classified(&text, &TierBounds::default()) {
            prop_assert!((0.0..=100.0).contains(&score.get()));
        }
    }

    #[test]
    fn never_more_than_one_tier(own in 0.0f32..100.0, said in proptest::collection::vec((0.0f32..100.0, 0.0f32..1.0), 0..3)) {
        let ask = ask("tell me more about the queue", own);
        let opinions = said.into_iter().map(|(score, weight)| opinion(Ok(score), weight)).collect();
        let decision = decide(&on(&ask, opinions), &policy(), None, &World);
        prop_assert!(decision.tier.index().abs_diff(decision.base.index()) <= 1);
    }
}
