//! `lynkr route`: what would be decided on a prompt, and why. No model is asked and no gateway need run; the store is read
//! only where learning is switched on.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::bail;
use lynkr_app::{LearningRules, learned_from, learning_rules, load, refine_rules, routing_policy};
use lynkr_config::Severity;
use lynkr_routing::learn::learner::{Learner, Rules};
use lynkr_routing::signals::complexity::Shape;
use lynkr_routing::{
    Ask, Candidate, Facts, Ladder, Learning, Pin, Policy, Standing, Surroundings, decide_learning, own_words,
    score, scorer, unsure, weighted_json,
};

use crate::arguments::Route;
use crate::commands::opened::with_store;

/// The configuration alone: whether providers answer is the gateway's to know.
struct Configured;

impl Surroundings for Configured {
    fn standing(&self, _: &Candidate) -> Standing {
        Standing::default()
    }

    fn pays(&self, _: &Pin, _: &Candidate) -> Option<bool> {
        None
    }

    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

/// What a gateway would do besides.
fn not_asked(advisers: &[String]) -> String {
    let advisers = advisers.join(", then, unless that settles it, ");
    format!(
        "The scorer is unsure: a gateway asks {advisers} as well, which may move the tier by one. No model is asked here; \
         POST /routing/analyze shows what is said.\n"
    )
}

pub(crate) fn run(arguments: &Route) -> anyhow::Result<ExitCode> {
    let loaded = load(&arguments.inputs());
    let errors: Vec<String> = loaded
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    if !errors.is_empty() {
        bail!("the configuration has problems:\n{}", errors.join("\n"));
    }
    let set = routing_policy(&loaded.values);
    let is_set = set.is_some();
    let provider = loaded.values.text("MODEL_PROVIDER").unwrap_or("the provider that is found").to_owned();
    let alone = Candidate { provider, model: "its model".to_owned() };
    let Some(policy) =
        set.or_else(|| Some(Policy::documented(Ladder::new([vec![alone], vec![], vec![], vec![]])?)))
    else {
        bail!("there are no tiers");
    };
    let words = own_words(&arguments.prompt);
    let ask = Ask::of(&words, &|text| score(text).score);
    let facts = Facts { asks: vec![&ask], turns: 1, has_tools: arguments.tools, ..Facts::default() };
    let learned =
        learning_rules(&loaded.values).and_then(|rules| Some((learned(arguments, &rules.rules)?, rules)));
    let learning = learned.as_ref().map(|(learner, LearningRules { rules, mode, .. })| Learning {
        learner,
        rules,
        mode: *mode,
        // No chance: what would be decided most of the time.
        draw: 1.0,
        day: Configured.now() / 86_400,
    });
    let decision = decide_learning(&facts, &policy, None, &Configured, learning.as_ref());
    let asks = refine_rules(&loaded.values).filter(|_| is_set).map_or_else(Vec::new, |rules| {
        let doubt = unsure(&facts, &policy, &decision, rules.below());
        let wanted = |below| doubt.is_some_and(|doubt| doubt.confidence < below);
        let asked = rules.advisers().filter(|(_, adviser)| wanted(adviser.below));
        asked.map(|(_, adviser)| adviser.model.to_string()).collect()
    });
    if arguments.json {
        let mut all = decision.to_json();
        all["enabled"] = is_set.into();
        all["would_ask"] = asks.into();
        all["weighted"] = weighted_json(&ask, Shape::default());
        println!("{all:#}");
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = decision.to_text();
    for own in scorer::explain(&arguments.prompt).iter().take(8) {
        let _ = writeln!(text, "  {:>+6.1}  {}", own.points, own.what);
    }
    if !asks.is_empty() {
        text.push_str(&not_asked(&asks));
    }
    if !is_set {
        text.push_str(
            "No tier is set: one provider answers everything. TIER_SIMPLE and the others set them.\n",
        );
    }
    // Whoever reads may have seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}

/// What is learned by the store that the settings name; `None`, with a word about it, where it can't be read.
fn learned(arguments: &Route, rules: &Rules) -> Option<Learner> {
    let mut found = None;
    let outcome = with_store(&arguments.inputs(), async |store| {
        found = Some(learned_from(store, rules).await?);
        Ok(ExitCode::SUCCESS)
    });
    if let Err(error) = outcome {
        eprintln!("what is learned is left out: {error:#}");
    }
    found
}
