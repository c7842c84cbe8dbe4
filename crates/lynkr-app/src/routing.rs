//! Tiers and their rules, from settings.

use std::sync::Arc;

use lynkr_config::{Kind, Problem, Setting, Values};
use lynkr_orchestrator::{LegacyRules, RoutingOptions};
use lynkr_providers::{Provider, Upstream, custom_providers, find_provider, resolve_provider};
use lynkr_routing::{Candidate, Ladder, Policy, RiskPolicy, StickyRules, Tier, TierBounds};

use crate::choose::Choice;
use crate::guards;
use crate::learning;
use crate::refine;

/// What is said of a tier's models.
const MODELS: &str = "The models of this tier, the preferred one first: `provider:model[,provider:model…]`. A tier without models \
                      borrows those of the next harder one, else of the next easier one. With no tier set, `MODEL_PROVIDER` \
                      answers everything.";

/// The settings of routing.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new("TIER_SIMPLE", "routing.tiers.simple", Kind::Text, MODELS),
    Setting::new("TIER_MEDIUM", "routing.tiers.medium", Kind::Text, MODELS),
    Setting::new("TIER_COMPLEX", "routing.tiers.complex", Kind::Text, MODELS),
    Setting::new("TIER_REASONING", "routing.tiers.reasoning", Kind::Text, MODELS),
    Setting::new(
        "LYNKR_TIER_BOUNDS",
        "routing.bounds",
        Kind::Text,
        "The least scores of MEDIUM, COMPLEX and REASONING, out of 100.",
    )
    .with_default("20,51,76"),
    Setting::new(
        "LYNKR_INTENT_WINDOW_N",
        "routing.window",
        Kind::Integer { min: 1, max: 100 },
        "How many of the user's last messages are looked at. The hardest decides, each counting less the older it is, so that \
         a short `yes` after hard work stays with it.",
    )
    .with_default("5"),
    Setting::new(
        "LYNKR_INTENT_DECAY",
        "routing.decay",
        Kind::Share,
        "What a message of the user counts less with each newer one.",
    )
    .with_default("0.7"),
    Setting::new(
        "LYNKR_RISK_POLICY",
        "routing.risk",
        Kind::Choice(&["off", "floor", "force"]),
        "What a risky change does (authentication, payments, migrations, production …): nothing, at least COMPLEX, or REASONING.",
    )
    .with_default("floor"),
    Setting::new(
        "AGENTIC_DISABLE_FLOOR",
        "routing.no_agentic_floor",
        Kind::Bool,
        "Whether work that the model does on its own doesn't raise the tier.",
    )
    .with_default("false"),
    Setting::new(
        "LYNKR_STICKY_SESSIONS",
        "routing.sticky.enabled",
        Kind::Bool,
        "Whether a session stays with its model, whose provider has its prompt cached, until something harder comes.",
    )
    .with_default("true"),
    Setting::new(
        "LYNKR_STICKY_TTL_MS",
        "routing.sticky.ttl",
        Kind::Milliseconds,
        "How long a session that nobody uses stays with its model.",
    )
    .with_default("21600000"),
    Setting::new(
        "LYNKR_PIN_DRIFT_MARGIN",
        "routing.sticky.drift",
        Kind::Integer { min: 0, max: 100 },
        "By how many points a score must be above the tier of the session's model to leave it.",
    )
    .with_default("15"),
    Setting::new(
        "LYNKR_SWITCH_MAX_PROMPT_TOKENS",
        "routing.sticky.most_tokens",
        Kind::Integer { min: 0, max: 100_000_000 },
        "A session whose prompt is larger goes to no cheaper model.",
    )
    .with_default("20000"),
    Setting::new(
        "FALLBACK_ENABLED",
        "routing.fallback.enabled",
        Kind::Bool,
        "Whether `FALLBACK_PROVIDER` is asked when none of the tiers' models answers, or Ollama in the older mode.",
    )
    .with_default("true"),
    Setting::new(
        "FALLBACK_PROVIDER",
        "routing.fallback.provider",
        Kind::Text,
        "That provider. Without its credentials nothing is asked.",
    )
    .with_default("databricks"),
    Setting::new(
        "PREFER_OLLAMA",
        "routing.legacy.prefer_ollama",
        Kind::Bool,
        "The older routing by the number of tools: few go to Ollama, some to the first of OpenRouter, OpenAI and Azure OpenAI \
         that is set up, many to `FALLBACK_PROVIDER`. Only where no tier is set.",
    )
    .with_default("false"),
    Setting::new(
        "OLLAMA_MAX_TOOLS_FOR_ROUTING",
        "routing.legacy.ollama_tools",
        Kind::Integer { min: 0, max: 100_000 },
        "In the older mode: requests with fewer tools go to Ollama.",
    )
    .with_default("3"),
    Setting::new(
        "OPENROUTER_MAX_TOOLS_FOR_ROUTING",
        "routing.legacy.middle_tools",
        Kind::Integer { min: 0, max: 100_000 },
        "In the older mode: requests with up to so many tools go to the cloud in the middle.",
    )
    .with_default("15"),
    Setting::new(
        "SMART_TOOL_SELECTION_MODE",
        "routing.mode",
        Kind::Choice(&["aggressive", "heuristic", "conservative"]),
        "The threshold that the header `x-lynkr-complexity-threshold` shows (60, 40 or 25). It decides nothing.",
    )
    .with_default("heuristic"),
];

/// The models of all tiers as they are set, and what is wrong with them.
fn tiers(values: &Values, custom: &[&'static Provider]) -> ([Vec<Candidate>; 4], Vec<Problem>) {
    let default =
        values.text("MODEL_PROVIDER").and_then(|name| find_provider(name, custom)).map(|own| own.name);
    let named = |name: &str| find_provider(name, custom).map(|provider| provider.name.to_owned());
    let mut problems = Vec::new();
    let set = Tier::ALL.map(|tier| {
        let Some(text) = values.text(tier.env()) else { return Vec::new() };
        Candidate::list(text, default, named).unwrap_or_else(|error| {
            let problem = Problem::error(tier.env(), error.to_string());
            problems.push(match values.source(tier.env()) {
                Some(source) => problem.with_source(source),
                None => problem,
            });
            Vec::new()
        })
    });
    (set, problems)
}

fn bounds(values: &Values) -> Result<TierBounds, Problem> {
    const ENV: &str = "LYNKR_TIER_BOUNDS";
    let text = values.text(ENV).unwrap_or_default();
    let numbers: Vec<f32> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    let bounds = match numbers.as_slice() {
        [medium, complex, reasoning] => TierBounds::new(*medium, *complex, *reasoning),
        _ => None,
    };
    bounds.ok_or_else(|| {
        Problem::error(ENV, format!("is `{text}`: write three rising numbers up to 100, such as 20,51,76"))
    })
}

/// What is wrong with the settings of routing.
pub(crate) fn problems(values: &Values) -> Vec<Problem> {
    let custom = custom_providers(values).providers;
    let (set, mut problems) = tiers(values, &custom);
    problems.extend(bounds(values).err());
    problems.extend(learning::problems(values));
    let empty: Vec<&str> = Tier::ALL
        .into_iter()
        .zip(&set)
        .filter(|(_, models)| models.is_empty())
        .map(|(tier, _)| tier.env())
        .collect();
    if !empty.is_empty() && empty.len() < Tier::ALL.len() && problems.is_empty() {
        let first = empty.first().copied().unwrap_or_default();
        let message = "is not set: a neighbouring tier's models answer there";
        problems.push(Problem::warning(first, message).with_hint(format!("set {}", empty.join(", "))));
    }
    problems.extend(unusable(values, &set, &custom));
    let fallback = values.text("FALLBACK_PROVIDER").map(|name| (name, resolve_provider(name, &custom)));
    if let Some((_, Err(problem))) = fallback {
        problems.push(Problem { key: "FALLBACK_PROVIDER".into(), ..problem });
    }
    problems
}

/// Models of tiers whose providers can't be asked: they are passed over, which nobody should have to find out.
fn unusable(values: &Values, set: &[Vec<Candidate>; 4], custom: &[&'static Provider]) -> Vec<Problem> {
    let named =
        Tier::ALL.into_iter().zip(set).flat_map(|(tier, list)| list.iter().map(move |own| (tier, own)));
    let wrong = |(tier, candidate): (Tier, &Candidate)| {
        let provider = find_provider(&candidate.provider, custom)?;
        let why = match Upstream::from_values(provider, values) {
            Ok(upstream) if upstream.lacks_key() => {
                format!(
                    "without {} only clients that bring a key reach it",
                    provider.key_env.unwrap_or("a key")
                )
            }
            Ok(_) => return None,
            Err(found) => {
                let first = found.first().map(|problem| format!("{} {}", problem.key, problem.message));
                format!("it can't be asked: {}", first.unwrap_or_default())
            }
        };
        Some(Problem::warning(tier.env(), format!("names {candidate}; {why}")))
    };
    named.filter_map(wrong).collect()
}

/// The options of routing, with the providers that there are.
pub(crate) fn options(values: &Values, choice: &Choice) -> RoutingOptions {
    let custom = custom_providers(values).providers;
    let all = || std::iter::once(&choice.active).chain(&choice.others);
    let usable =
        |name: &str| all().any(|upstream| upstream.provider().name == name && upstream.is_configured());
    let fallback = values
        .text("FALLBACK_PROVIDER")
        .filter(|_| values.bool("FALLBACK_ENABLED"))
        .and_then(|name| find_provider(name, &custom))
        .map(|provider| provider.name.to_owned())
        .filter(|name| usable(name));
    let count = |env| usize::try_from(values.integer(env)).unwrap_or(usize::MAX);
    let legacy = values.bool("PREFER_OLLAMA").then(|| LegacyRules {
        ollama: count("OLLAMA_MAX_TOOLS_FOR_ROUTING"),
        middle: count("OPENROUTER_MAX_TOOLS_FOR_ROUTING"),
        fallback: values.bool("FALLBACK_ENABLED"),
    });
    let threshold = match values.text("SMART_TOOL_SELECTION_MODE") {
        Some("aggressive") => 60,
        Some("conservative") => 25,
        _ => 40,
    };
    let (guards, learning) = (guards::guards(values), learning::rules(values));
    let (policy, refine) = (policy(values).map(Arc::new), refine::rules(values));
    RoutingOptions { policy, legacy, fallback, threshold, guards, learning, refine }
}

/// The rules of the tiers; `None` where none is set.
pub fn policy(values: &Values) -> Option<Policy> {
    let custom = custom_providers(values).providers;
    let (set, _) = tiers(values, &custom);
    let count = |env| usize::try_from(values.integer(env)).unwrap_or(usize::MAX);
    #[expect(clippy::cast_possible_truncation, reason = "a share has few digits")]
    let decay = values.share("LYNKR_INTENT_DECAY") as f32;
    Some(Policy {
        ladder: Ladder::new(set)?,
        bounds: bounds(values).unwrap_or_default(),
        window: count("LYNKR_INTENT_WINDOW_N"),
        decay,
        risk: match values.text("LYNKR_RISK_POLICY") {
            Some("off") => RiskPolicy::Off,
            Some("force") => RiskPolicy::Force,
            _ => RiskPolicy::Floor,
        },
        agentic_floor: !values.bool("AGENTIC_DISABLE_FLOOR"),
        sticky: StickyRules {
            enabled: values.bool("LYNKR_STICKY_SESSIONS"),
            ttl: values.milliseconds("LYNKR_STICKY_TTL_MS").as_secs(),
            drift: f32::from(u16::try_from(values.integer("LYNKR_PIN_DRIFT_MARGIN")).unwrap_or(100)),
            most_tokens: values.integer("LYNKR_SWITCH_MAX_PROMPT_TOKENS"),
        },
        cost_optimize: values.bool("LYNKR_COST_OPTIMIZE"),
    })
}
