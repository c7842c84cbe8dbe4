//! What is learned: its settings. Where it is kept is in [`kept`].

mod kept;

pub use kept::learned_from;
pub(crate) use kept::{Kept, keep};
use lynkr_config::{Kind, Problem, Setting, Values};
use lynkr_orchestrator::LearningRules;
use lynkr_routing::LearningMode;
use lynkr_routing::learn::learner::{Asked, Rules};
use lynkr_routing::learn::{bandit, deescalate, knn};

/// The settings of learning.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new(
        "LYNKR_LEARNING",
        "routing.learning.mode",
        Kind::Choice(&["off", "shadow", "on"]),
        "Whether routing learns from what became of requests. `off`: equal requests are decided on alike, and nothing \
         learned is read or written. `shadow`: it learns and puts on record what it would have decided, and changes \
         nothing. `on`: it chooses among the models of a tier, and may move the tier by one where the evidence is sure.",
    )
    .with_default("off"),
    Setting::new(
        "LYNKR_SHADOW_POLICY",
        "routing.learning.shadow_policy",
        Kind::Choice(&["none", "deescalate-v1"]),
        "The older product's name for learning in the shadow: `deescalate-v1` is `LYNKR_LEARNING=shadow` where that is off.",
    )
    .with_default("none"),
    Setting::new(
        "LYNKR_BANDIT_ENABLED",
        "routing.learning.bandit.enabled",
        Kind::Bool,
        "Whether what is learned orders the models of a tier.",
    )
    .with_default("true"),
    Setting::new(
        "LYNKR_BANDIT_ALPHA",
        "routing.learning.bandit.alpha",
        Kind::Text,
        "How much being unsure of a model speaks for trying it, from 0 to 100.",
    )
    .with_default("1.5"),
    Setting::new(
        "LYNKR_BANDIT_EPSILON",
        "routing.learning.bandit.epsilon",
        Kind::Share,
        "The share of choices that is left to chance. Without any, nothing can be said of other policies.",
    )
    .with_default("0.05"),
    Setting::new(
        "LYNKR_BANDIT_KEEP",
        "routing.learning.bandit.keep",
        Kind::Share,
        "What an old reward weighs after one more of the same model; 1 never forgets, and less than 0.5 is 0.5.",
    )
    .with_default("1"),
    Setting::new(
        "LYNKR_KNN_ENABLED",
        "routing.learning.knn.enabled",
        Kind::Bool,
        "Whether the most similar past requests are asked: for the model, and whether a tier is too low.",
    )
    .with_default("true"),
    Setting::new(
        "LYNKR_KNN_MIN_INDEX_SIZE",
        "routing.learning.knn.least",
        Kind::Integer { min: 1, max: 1_000_000 },
        "With fewer past requests they say nothing.",
    )
    .with_default("100"),
    Setting::new(
        "LYNKR_KNN_MAX_INDEX_SIZE",
        "routing.learning.knn.most",
        Kind::Integer { min: 1, max: 20_000 },
        "So many past requests are kept.",
    )
    .with_default("5000"),
    Setting::new(
        "LYNKR_KNN_CONFIDENCE_HIGH",
        "routing.learning.knn.high",
        Kind::Share,
        "Above this confidence past requests choose the model.",
    )
    .with_default("0.7"),
    Setting::new(
        "LYNKR_KNN_CONFIDENCE_LOW",
        "routing.learning.knn.low",
        Kind::Share,
        "From this confidence on they may say that a tier is too low.",
    )
    .with_default("0.4"),
    Setting::new(
        "LYNKR_DEESCALATION_ENABLED",
        "routing.learning.deescalation.enabled",
        Kind::Bool,
        "Whether a tier is lowered by one where the tier below certainly does that kind of work well.",
    )
    .with_default("true"),
    Setting::new(
        "LYNKR_DEESCALATION_MIN_ROWS",
        "routing.learning.deescalation.rows",
        Kind::Integer { min: 1, max: 1_000_000 },
        "With fewer requests of the last seven days no tier is lowered.",
    )
    .with_default("30"),
    Setting::new(
        "LYNKR_CALIBRATION_ENABLED",
        "routing.learning.calibration.enabled",
        Kind::Bool,
        "Whether tiers begin elsewhere than `LYNKR_TIER_BOUNDS` says, by at most ten points, where the evidence is sure.",
    )
    .with_default("true"),
    Setting::new(
        "LYNKR_LEARNING_WAIT_MS",
        "routing.learning.wait",
        Kind::Milliseconds,
        "How long an answer waits for what the next request of its session says of it.",
    )
    .with_default("600000"),
    Setting::new(
        "LYNKR_LEARNING_FLUSH_MS",
        "routing.learning.flush",
        Kind::Milliseconds,
        "How often what is learned is written to the store, and what other replicas have learned is read; at most five \
         minutes.",
    )
    .with_default("30000"),
];

/// What the configuration says about learning; `None` where nothing is learned.
pub fn rules(values: &Values) -> Option<LearningRules> {
    let is_shadowed = values.text("LYNKR_SHADOW_POLICY").is_some_and(|policy| policy != "none");
    let mode = match values.text("LYNKR_LEARNING") {
        Some("on") => LearningMode::On,
        Some("shadow") => LearningMode::Shadow,
        _ if is_shadowed => LearningMode::Shadow,
        _ => return None,
    };
    let count = |env| usize::try_from(values.integer(env)).unwrap_or(usize::MAX);
    let documented = Rules::default();
    let rules = Rules {
        bandit: bandit::Settings {
            alpha: alpha(values).unwrap_or(documented.bandit.alpha),
            epsilon: values.share("LYNKR_BANDIT_EPSILON"),
            keep: values.share("LYNKR_BANDIT_KEEP"),
            ..documented.bandit
        },
        knn: knn::Settings {
            cold_start: count("LYNKR_KNN_MIN_INDEX_SIZE"),
            most: count("LYNKR_KNN_MAX_INDEX_SIZE"),
            high: values.share("LYNKR_KNN_CONFIDENCE_HIGH"),
            low: values.share("LYNKR_KNN_CONFIDENCE_LOW"),
            ..documented.knn
        },
        deescalation: deescalate::Thresholds {
            rows: count("LYNKR_DEESCALATION_MIN_ROWS"),
            ..documented.deescalation
        },
        calibration: documented.calibration,
        asked: Asked {
            bandit: values.bool("LYNKR_BANDIT_ENABLED"),
            knn: values.bool("LYNKR_KNN_ENABLED"),
            deescalation: values.bool("LYNKR_DEESCALATION_ENABLED"),
            calibration: values.bool("LYNKR_CALIBRATION_ENABLED"),
        },
    };
    Some(LearningRules { mode, rules, wait: values.milliseconds("LYNKR_LEARNING_WAIT_MS") })
}

/// `LYNKR_BANDIT_ALPHA`, if it is a number in its range.
fn alpha(values: &Values) -> Option<f64> {
    let number: f64 = values.text("LYNKR_BANDIT_ALPHA")?.trim().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number)
}

/// What is wrong with the settings of learning.
pub(crate) fn problems(values: &Values) -> Vec<Problem> {
    const ENV: &str = "LYNKR_BANDIT_ALPHA";
    let text = values.text(ENV).unwrap_or_default();
    let wrong = || Problem::error(ENV, format!("is `{text}`: write a number from 0 to 100, such as 1.5"));
    alpha(values).is_none().then(wrong).into_iter().collect()
}
