//! Who is asked how hard a request is where the scorer is unsure, from settings.

use lynkr_config::{Kind, Problem, Setting, Values};
use lynkr_orchestrator::RefineRules;
use lynkr_providers::{Upstream, custom_providers, find_provider};

use crate::guards::model;

const MODEL: &str = "LYNKR_DIFFICULTY_CLASSIFIER";

/// The settings.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new(
        MODEL,
        "routing.classifier.model",
        Kind::Text,
        "`provider:model` that is asked how hard a new message of the user is where the scorer is unsure, such as \
         `ollama:qwen2.5:3b`. It sees that message, moves the tier by one at most, and costs a small request, which is on record \
         as the surface `classifier` and charged to the caller's budgets. Only with tiers.",
    ),
    Setting::new(
        "LYNKR_DIFFICULTY_CLASSIFIER_TIMEOUT_MS",
        "routing.classifier.timeout",
        Kind::Milliseconds,
        "How long its answer may take; then the request goes on without.",
    )
    .with_default("10000"),
    Setting::new(
        "LYNKR_DIFFICULTY_CLASSIFIER_BELOW",
        "routing.classifier.below",
        Kind::Share,
        "It is asked where the scorer gives its tier a probability below this.",
    )
    .with_default("0.8"),
];

/// What is wrong with them.
pub(crate) fn problems(values: &Values) -> Vec<Problem> {
    let named = match model(values, MODEL) {
        Ok(Some(named)) => named,
        Ok(None) => return Vec::new(),
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    if crate::routing::policy(values).is_none() {
        problems.push(Problem::warning(MODEL, "does nothing, as no tier is set"));
    }
    let custom = custom_providers(values).providers;
    let provider = find_provider(&named.provider, &custom);
    let why = match provider.map(|provider| Upstream::from_values(provider, values)) {
        Some(Ok(upstream)) if upstream.lacks_key() => Some("its key isn't set".to_owned()),
        Some(Err(found)) => found.first().map(|problem| format!("{} {}", problem.key, problem.message)),
        Some(Ok(_)) | None => None,
    };
    problems.extend(
        why.map(|why| Problem::warning(MODEL, format!("names {named}, which can't be asked: {why}"))),
    );
    problems
}

/// What they switch on.
pub fn rules(values: &Values) -> Option<RefineRules> {
    let classifier = model(values, MODEL).ok().flatten()?;
    #[expect(clippy::cast_possible_truncation, reason = "a share has few digits")]
    let below = values.share("LYNKR_DIFFICULTY_CLASSIFIER_BELOW") as f32;
    let timeout = values.milliseconds("LYNKR_DIFFICULTY_CLASSIFIER_TIMEOUT_MS");
    Some(RefineRules { classifier, below, timeout })
}
