//! Who is asked how hard a request is where the scorer is unsure, from settings.

use lynkr_config::{Kind, Problem, Setting, Values};
use lynkr_orchestrator::{Adviser, RefineRules};
use lynkr_providers::{Upstream, custom_providers, find_provider};

use crate::guards::model;

const EMBEDDINGS: &str = "LYNKR_DIFFICULTY_EMBEDDINGS";
const CLASSIFIER: &str = "LYNKR_DIFFICULTY_CLASSIFIER";

/// The settings.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new(
        EMBEDDINGS,
        "routing.embeddings.model",
        Kind::Text,
        "`provider:model` of embeddings that says what a new message of the user is like where the scorer is unsure, such as \
         `ollama:nomic-embed-text`. It sees that message, moves the tier by one at most, and costs a small request, which is on \
         record as the surface `difficulty_embeddings` and charged to the caller's budgets. It is asked before the classifier. Only \
         with tiers.",
    ),
    Setting::new(
        "LYNKR_DIFFICULTY_EMBEDDINGS_TIMEOUT_MS",
        "routing.embeddings.timeout",
        Kind::Milliseconds,
        "How long its answer may take; then the request goes on without.",
    )
    .with_default("5000"),
    Setting::new(
        "LYNKR_DIFFICULTY_EMBEDDINGS_BELOW",
        "routing.embeddings.below",
        Kind::Share,
        "It is asked where the scorer gives its tier a probability below this.",
    )
    .with_default("0.8"),
    Setting::new(
        CLASSIFIER,
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
    [EMBEDDINGS, CLASSIFIER].into_iter().flat_map(|env| problems_of(values, env)).collect()
}

fn problems_of(values: &Values, env: &'static str) -> Vec<Problem> {
    let named = match model(values, env) {
        Ok(Some(named)) => named,
        Ok(None) => return Vec::new(),
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    if crate::routing::policy(values).is_none() {
        problems.push(Problem::warning(env, "does nothing, as no tier is set"));
    }
    let custom = custom_providers(values).providers;
    let provider = find_provider(&named.provider, &custom);
    let why = match provider.map(|provider| Upstream::from_values(provider, values)) {
        Some(Ok(upstream)) => unable(&upstream, env).map(str::to_owned),
        Some(Err(found)) => found.first().map(|problem| format!("{} {}", problem.key, problem.message)),
        None => None,
    };
    problems
        .extend(why.map(|why| Problem::warning(env, format!("names {named}, which can't be asked: {why}"))));
    problems
}

/// Why a provider that is set up can't be asked for what this setting wants of it.
fn unable(upstream: &Upstream, env: &str) -> Option<&'static str> {
    let embeds = env == EMBEDDINGS;
    if embeds && upstream.embeddings_form().is_none() {
        return Some("it makes no embeddings");
    }
    let asked = if embeds { upstream.for_embeddings() } else { upstream };
    asked.lacks_key().then_some("its key isn't set")
}

/// What they switch on; `None` where nobody is asked.
pub fn rules(values: &Values) -> Option<RefineRules> {
    let adviser = |env: &str, below: &str, timeout: &str| {
        let model = model(values, env).ok().flatten()?;
        #[expect(clippy::cast_possible_truncation, reason = "a share has few digits")]
        let below = values.share(below) as f32;
        Some(Adviser { model, below, timeout: values.milliseconds(timeout) })
    };
    let rules = RefineRules {
        embeddings: adviser(
            EMBEDDINGS,
            "LYNKR_DIFFICULTY_EMBEDDINGS_BELOW",
            "LYNKR_DIFFICULTY_EMBEDDINGS_TIMEOUT_MS",
        ),
        classifier: adviser(
            CLASSIFIER,
            "LYNKR_DIFFICULTY_CLASSIFIER_BELOW",
            "LYNKR_DIFFICULTY_CLASSIFIER_TIMEOUT_MS",
        ),
    };
    let is_set = rules.advisers().next().is_some();
    is_set.then_some(rules)
}
