//! From the end of a request to what is learned from it.

use std::sync::Arc;
use std::time::Duration;

use lynkr_protocol::neutral::{Event, StopReason};
use lynkr_routing::learn::bandit::{Estimate, Features};
use lynkr_routing::learn::checks::Checks;
use lynkr_routing::learn::project;
use lynkr_routing::learn::task::Task;
use lynkr_routing::{Candidate, Score, Tier, TierBounds};
use lynkr_types::FaultKind;

use super::*;
use crate::ledger::Ending;
use crate::routing::PinKey;

const GOOD: &str = "The helper is renamed in `parser.rs`, and its four callers with it. All tests pass; nothing else \
                    in the crate used the old name, so that no alias is needed.";
const ASK: &str = "Rename the helper of the parser";

fn rules() -> LearningRules {
    LearningRules { mode: LearningMode::On, rules: Rules::default(), wait: Duration::from_secs(600) }
}

fn candidate(model: &str) -> Candidate {
    Candidate { provider: "p".to_owned(), model: model.to_owned() }
}

fn features() -> Features {
    Features::new([0.5; 15])
}

fn begun(session: Option<u64>, turns: usize) -> Arc<Begun> {
    Arc::new(Begun {
        request_id: format!("req-{turns}"),
        session: session.map(|session| (PinKey::number(session), true)),
        turns,
        last: turns as u128,
        ask: ASK.to_owned(),
        vector: project::text(ASK).to_vec(),
        has_tools: false,
        features: features(),
        task: Task::CodeEdit,
        score: Score::new(30.0),
        bounds: TierBounds::default(),
    })
}

/// A request that a model ended so.
fn end(learning: &Arc<Learning>, begun: &Arc<Begun>, (model, text): (&str, &str), ending: Ending) {
    let mut lesson = Lesson::new(learning, begun, (Tier::Medium, candidate(model)), Vec::new());
    if !text.is_empty() {
        lesson.hears(&Event::TextDelta { index: 0, text: text.to_owned() });
    }
    let stop = Some(&StopReason::EndTurn);
    lesson.tell(End { ending, status: 200, stop, cost: None, took: Duration::from_millis(500) });
}

fn followed(session: u64, turns: usize, words: Option<&str>) -> Followed {
    Followed {
        session: PinKey::number(session),
        turns,
        last: turns as u128,
        asked: 0,
        words: words.map(str::to_owned),
        results: (0, 0),
        checks: Checks::default(),
        undone: Vec::new(),
    }
}

fn estimate(learning: &Learning, model: &str) -> Estimate {
    learning.ask(|learner| learner.bandit().estimate(Tier::Medium, &candidate(model), &features()))
}

#[test]
fn without_a_session_an_answer_is_learned_from_at_once() {
    let learning = Arc::new(Learning::default());
    end(&learning, &begun(None, 1), ("good", GOOD), Ending::Answered);
    end(&learning, &begun(None, 1), ("empty", " "), Ending::Answered);
    let earned = learning.study(&rules(), 1_000);
    assert_eq!(earned.len(), 2);
    assert!(earned[0].data["reward"].as_f64() > earned[1].data["reward"].as_f64(), "{earned:?}");
    assert_eq!(earned[1].data["findings"][0], "an empty answer");
    assert!(estimate(&learning, "good").mean > estimate(&learning, "empty").mean + 0.2);
    assert!(learning.study(&rules(), 1_000).is_empty());
}

#[test]
fn the_next_request_of_the_session_says_how_the_answer_was() {
    let reward = |next: Option<Followed>| {
        let learning = Arc::new(Learning::default());
        end(&learning, &begun(Some(1), 3), ("good", GOOD), Ending::Answered);
        assert!(learning.study(&rules(), 1_000).is_empty(), "it waits");
        let said = next.is_some();
        if let Some(next) = next {
            learning.follows(next);
        }
        let earned = learning.study(&rules(), if said { 1_010 } else { 1_601 });
        assert_eq!(earned.len(), 1);
        earned[0].data["reward"].as_f64().unwrap()
    };
    let silent = reward(None);
    assert!(reward(Some(followed(1, 5, Some("No, that's wrong")))) < silent - 0.3);
    assert!(reward(Some(followed(1, 5, Some(ASK)))) < silent - 0.2, "asked again");
    assert!(reward(Some(followed(1, 3, None))) < silent - 0.2, "sent again");
    assert!(reward(Some(Followed { results: (2, 2), ..followed(1, 5, None) })) < silent - 0.1);
    let failed = Checks { passed: 0, failed: 1 };
    assert!(reward(Some(Followed { checks: failed, ..followed(1, 5, None) })) < silent - 0.1);
    assert!(reward(Some(followed(1, 5, Some("Thanks, works now")))) > silent);
    // Another conversation under the same name says nothing.
    assert!((reward(Some(followed(1, 1, Some("No, that's wrong")))) - silent).abs() < 1e-9);
}

#[test]
fn work_that_is_taken_back_later_counts_against_who_did_it() {
    let learning = Arc::new(Learning::default());
    for (turns, model) in [(1, "editor"), (3, "other")] {
        end(&learning, &begun(Some(1), turns), (model, GOOD), Ending::Answered);
        learning.follows(followed(1, turns + 2, Some("go on with the next file please")));
    }
    learning.study(&rules(), 1_000);
    let before = estimate(&learning, "editor");
    learning.follows(Followed { undone: vec![1], ..followed(1, 7, None) });
    learning.study(&rules(), 1_000);
    let after = estimate(&learning, "editor");
    assert_eq!((before.seen, after.seen), (1, 2));
    assert!(after.mean / 2.0 < before.mean, "{before:?} {after:?}");
    assert_eq!(estimate(&learning, "other").seen, 1);
}

#[test]
fn what_is_not_the_models_fault_is_not_learned_from() {
    let learning = Arc::new(Learning::default());
    end(&learning, &begun(None, 1), ("m", ""), Ending::Answered);
    end(&learning, &begun(None, 1), ("m", GOOD), Ending::Left);
    end(&learning, &begun(None, 1), ("m", ""), Ending::Failed(FaultKind::InvalidRequest));
    assert!(learning.study(&rules(), 1_000).is_empty());
    end(&learning, &begun(None, 1), ("m", GOOD), Ending::Failed(FaultKind::Timeout));
    let earned = learning.study(&rules(), 1_000);
    assert_eq!(earned[0].data["reward"], 0.0, "{earned:?}");
}

#[test]
fn who_failed_before_another_one_stepped_in_learns_of_it() {
    let learning = Arc::new(Learning::default());
    let missed = vec![(Tier::Medium, candidate("down"))];
    let mut lesson = Lesson::new(&learning, &begun(None, 1), (Tier::Complex, candidate("up")), missed);
    lesson.hears(&Event::TextDelta { index: 0, text: GOOD.to_owned() });
    let took = Duration::from_millis(500);
    lesson.tell(End { ending: Ending::Answered, status: 200, stop: None, cost: None, took });
    let earned = learning.study(&rules(), 1_000);
    assert_eq!((earned.len(), earned[0].tier, earned[0].served.model.as_str()), (1, Tier::Complex, "up"));
    assert_eq!((estimate(&learning, "down").seen, estimate(&learning, "down").mean), (1, 0.0));
}

#[test]
fn everything_is_bounded() {
    let learning = Arc::new(Learning::default());
    for number in 0..6_000_u64 {
        end(&learning, &begun(Some(number), 1), ("m", GOOD), Ending::Answered);
        if number % 1_000 == 0 {
            learning.study(&rules(), 1_000);
        }
    }
    learning.study(&rules(), 1_000);
    let report = learning.report(&rules());
    assert!(report["waiting"].as_u64().unwrap() <= 4_096, "{report}");
    for number in 0..5_000 {
        learning.follows(followed(number, 5, None));
    }
    assert!(learning.report(&rules())["lost"].as_u64().unwrap() >= 900, "{report}");
}

#[test]
fn what_is_learned_is_saved_adopted_and_disowned() {
    let (one, rules) = (Arc::new(Learning::default()), rules());
    assert!(!one.has_news());
    end(&one, &begun(Some(3), 1), ("m", GOOD), Ending::Answered);
    assert_eq!(one.study_all(&rules, 1_000).len(), 1, "nothing waits at the end");
    assert!(one.has_news());
    let bytes = one.save_with([]);
    assert!(!one.has_news());
    one.not_saved();
    assert!(one.has_news());
    let kept = Learner::load(&rules.rules, &bytes).unwrap();
    let other = Learning::default();
    other.together_with([&kept]);
    assert_eq!((estimate(&other, "m").seen, other.has_news()), (1, false), "seen, but not its own");
    let both = Learner::load(&rules.rules, &other.save_with([&kept])).unwrap();
    assert_eq!(both.lessons(), 1);
    other.adopt(&kept);
    other.together_with([]);
    assert_eq!(estimate(&other, "m").seen, 1);
    other.disown(&rules.rules);
    other.together_with([&kept, &kept]);
    assert_eq!((estimate(&other, "m").seen, other.has_news()), (2, false));
}
