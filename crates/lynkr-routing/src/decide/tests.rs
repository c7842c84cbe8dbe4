//! Decisions, rule by rule.

use super::*;
use crate::signals::agentic::AgenticText;
use crate::signals::force::force;
use crate::signals::risk::RiskLevel;
use crate::turn::Gist;

/// A world in which everything is set up, but for what a test says.
#[derive(Default)]
struct World {
    standing: Vec<(&'static str, Standing)>,
    pays: Option<bool>,
}

impl Surroundings for World {
    fn standing(&self, candidate: &Candidate) -> Standing {
        let found = self.standing.iter().find(|(model, _)| *model == candidate.model);
        found.map(|(_, standing)| *standing).unwrap_or_default()
    }

    fn pays(&self, _: &Pin, _: &Candidate) -> Option<bool> {
        self.pays
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
    Policy::documented(Ladder::new([list(&["s"]), list(&["m", "m2"]), list(&["c"]), list(&["r"])]).unwrap())
}

fn ask(text: &str, score: f32) -> Ask {
    let words = Words::of(text);
    let risk = risk(text, &words, []);
    Ask {
        words: text.to_owned(),
        score: Score::new(score),
        force: force(&words),
        risk: risk.level,
        risk_hits: risk.hits,
        agentic: AgenticText::of(&words),
        gist: Gist::default(),
    }
}

fn models(decision: &Decision) -> Vec<&str> {
    decision.choices.iter().map(|choice| choice.candidate.model.as_str()).collect()
}

fn on(asks: &[Ask]) -> Facts<'_> {
    Facts { asks: asks.iter().collect(), turns: asks.len() * 2 - 1, ..Facts::default() }
}

#[test]
fn a_score_chooses_a_tier_and_the_ladder_follows() {
    let asks = [ask("add a flag", 30.0)];
    let decision = decide(&on(&asks), &policy(), None, &World::default());
    assert_eq!((decision.tier, decision.method.as_str()), (Tier::Medium, "tier_config"));
    assert_eq!(models(&decision), ["m", "m2", "c", "r", "s"]);
}

#[test]
fn a_short_yes_after_heavy_work_stays_with_it_and_the_work_fades() {
    let heavy = ask("design the replication protocol", 90.0);
    let yes = || ask("yes", 10.0);
    let tier = |asks: &[Ask]| decide(&on(asks), &policy(), None, &World::default()).tier;
    assert_eq!(tier(&[yes(), heavy.clone()]), Tier::Reasoning);
    let then = ask("add a flag for it", 30.0);
    assert_eq!(tier(&[then.clone(), heavy.clone()]), Tier::Reasoning);
    // 80 × 0.7⁴ is 19.2: after four newer asks of 30 it weighs no more.
    let then = || then.clone();
    assert_eq!(tier(&[then(), then(), then(), then(), ask("design it", 80.0)]), Tier::Medium);
    assert_eq!(tier(&[yes(), yes(), yes(), yes(), yes(), heavy.clone()]), Tier::Simple);
    let decision = decide(&on(&[yes(), heavy]), &policy(), None, &World::default());
    assert!(decision.method.ends_with("+window"), "{}", decision.method);
}

#[test]
fn risk_raises_the_floor_and_may_be_turned_off() {
    let asks = [ask("fix the null check in src/auth/login.ts", 25.0)];
    let with = |risk| decide(&on(&asks), &Policy { risk, ..policy() }, None, &World::default());
    assert_eq!(with(RiskPolicy::Floor).tier, Tier::Complex);
    assert_eq!(with(RiskPolicy::Force).tier, Tier::Reasoning);
    let off = with(RiskPolicy::Off);
    assert_eq!((off.tier, off.risk.level), (Tier::Medium, RiskLevel::High));
}

#[test]
fn risk_of_earlier_turns_is_past() {
    let asks = [ask("thanks, tell me a joke", 5.0), ask("fix src/auth/login.ts", 6.0)];
    let decision = decide(&on(&asks), &policy(), None, &World::default());
    assert_eq!((decision.tier, decision.risk.level), (Tier::Simple, RiskLevel::Low));
}

#[test]
fn what_cannot_serve_is_passed_over() {
    let asks = [ask("what is in this picture", 30.0)];
    let blind = Standing { vision: Some(false), ..Standing::default() };
    let small = Standing { context: Some(1_000), ..Standing::default() };
    let broken = Standing { barred: Some(Unfit::Broken), ..Standing::default() };
    let world = World { standing: vec![("m", blind), ("m2", small), ("c", broken)], pays: None };
    let facts = Facts { images: 1, tokens: 900, ..on(&asks) };
    let decision = decide(&facts, &policy(), None, &world);
    assert_eq!(models(&decision), ["r", "s"]);
    let why: Vec<_> = decision.passed_over.iter().map(|(own, unfit)| (own.model.as_str(), *unfit)).collect();
    assert_eq!(why, [("m", Unfit::Blind), ("m2", Unfit::TooSmall), ("c", Unfit::Broken)]);
    // Nobody can: the tier's own are asked and may say so.
    let world = World { standing: ["s", "m", "m2", "c", "r"].map(|own| (own, broken)).to_vec(), pays: None };
    assert_eq!(models(&decide(&facts, &policy(), None, &world)), ["m", "m2"]);
}

#[test]
fn what_the_caller_can_t_afford_is_passed_over() {
    let asks = [ask("what is in this picture", 30.0)];
    let facts = Facts { tokens: 900, ..on(&asks) };
    let for_at_most = |most| Standing { affordable: Some(most), ..Standing::default() };
    let world = World { standing: vec![("m", for_at_most(899)), ("m2", for_at_most(900))], pays: None };
    let decision = decide(&facts, &policy(), None, &world);
    assert_eq!(models(&decision), ["m2", "c", "r", "s"]);
    assert_eq!(decision.passed_over, [(candidate("m"), Unfit::TooDear)]);
    assert!(decision.steps.iter().any(|step| step.says == "p:m: budget"), "{:?}", decision.steps);
}

#[test]
fn a_session_stays_with_its_model() {
    let pin = Pin {
        candidate: candidate("m2"),
        tier: Tier::Medium,
        score: Score::new(30.0),
        turns: 9,
        at: 900,
        warm: None,
        has_tools: true,
    };
    let asks = [ask("and now?", 5.0)];
    let facts = Facts { turns: 11, ..on(&asks) };
    let decision = decide(&facts, &policy(), Some(&pin), &World::default());
    assert_eq!(models(&decision), ["m2", "m", "c", "r", "s"]);
    assert_eq!((decision.tier, decision.pinned), (Tier::Medium, Some(Verdict::Stays("no_way_down"))));
    assert!(decision.method.ends_with("+pinned"));
    // What is harder moves it, what can't serve loses it, what is beside it doesn't touch it.
    let hard = [ask("do an architecture review", 30.0)];
    let moved = decide(&Facts { turns: 11, ..on(&hard) }, &policy(), Some(&pin), &World::default());
    assert_eq!((moved.tier, moved.pinned), (Tier::Complex, Some(Verdict::Moves("drift_up"))));
    let broken = Standing { barred: Some(Unfit::Broken), ..Standing::default() };
    let world = World { standing: vec![("m2", broken)], pays: None };
    let lost = decide(&facts, &policy(), Some(&pin), &world);
    assert_eq!(lost.pinned, Some(Verdict::Moves("circuit_open")));
    let aside = decide(&Facts { side: Some(Side::Title), ..facts }, &policy(), Some(&pin), &World::default());
    assert_eq!((aside.tier, aside.pinned, aside.pins), (Tier::Simple, None, false));
}

#[test]
fn work_on_its_own_raises_the_floor() {
    let asks = [ask("work autonomously until all tests pass", 30.0)];
    let facts = Facts { has_tools: true, ..on(&asks) };
    let decision = decide(&facts, &policy(), None, &World::default());
    assert_eq!((decision.tier, decision.method.as_str()), (Tier::Reasoning, "agentic"));
    let off = decide(&facts, &Policy { agentic_floor: false, ..policy() }, None, &World::default());
    assert_eq!(off.tier, Tier::Medium);
}
