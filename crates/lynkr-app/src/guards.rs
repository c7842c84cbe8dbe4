//! What may be switched on around the choice of a model, from settings.

use lynkr_config::{Kind, Problem, Setting, Values};
use lynkr_orchestrator::{Guards, Suggestions};
use lynkr_providers::{custom_providers, find_provider};
use lynkr_routing::Candidate;

/// The settings.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new(
        "LYNKR_VISIBLE_ROUTING",
        "routing.visible",
        Kind::Bool,
        "Whether answers begin with a line that says which model gave them, and whole ones have the field `lynkr_interaction`. \
         The line is taken out of the history that comes back.",
    )
    .with_default("false"),
    Setting::new(
        "LYNKR_COST_OPTIMIZE",
        "routing.cost_optimize",
        Kind::Bool,
        "Whether the cheapest model of a tier goes first if it costs at most three quarters of the preferred one, by the price \
         table. A session that stays with a model stays.",
    )
    .with_default("false"),
    Setting::new(
        "LYNKR_MAX_SESSION_TURNS",
        "routing.loops.messages",
        Kind::Integer { min: 0, max: 1_000_000 },
        "The most messages that a request may have; more is refused with 429 `loop_cap_exceeded`. 0 is no bound.",
    )
    .with_default("0"),
    Setting::new(
        "LYNKR_MAX_TOOL_TURNS",
        "routing.loops.tool_results",
        Kind::Integer { min: 0, max: 1_000_000 },
        "The most results of tools that a request may have; more is refused with 429 `loop_cap_exceeded`. 0 is no bound.",
    )
    .with_default("0"),
    Setting::new(
        "SUGGESTION_MODE_MODEL",
        "routing.aside.suggestions",
        Kind::Text,
        "Who answers a coding tool that asks what the user might type next: `default` is as any side request, `none` is an empty \
         answer without a model, else `provider:model`.",
    )
    .with_default("default"),
    Setting::new(
        "LYNKR_ANSWER_SIDE_REQUESTS",
        "routing.aside.answer",
        Kind::Bool,
        "Whether titles and one-word warm-ups of known coding tools are answered without a model: a title is the first three words \
         of the conversation.",
    )
    .with_default("false"),
    Setting::new(
        "LYNKR_BACKGROUND_MODEL",
        "routing.aside.model",
        Kind::Text,
        "`provider:model` for side requests and for requests with the header `x-lynkr-agent: background`; else they go to SIMPLE.",
    ),
    Setting::new(
        "LYNKR_SUBAGENT_MODEL",
        "routing.subagents.model",
        Kind::Text,
        "`provider:model` for a coding tool's helpers, which name themselves in `x-lynkr-agent: subagent`, \
         `x-claude-code-agent-id` or `x-openai-subagent`; else they are routed as everybody.",
    ),
];

/// The one model that a setting names.
pub(crate) fn model(values: &Values, env: &str) -> Result<Option<Candidate>, Problem> {
    let Some(text) = values.text(env) else { return Ok(None) };
    let custom = custom_providers(values).providers;
    let default =
        values.text("MODEL_PROVIDER").and_then(|name| find_provider(name, &custom)).map(|own| own.name);
    let named = |name: &str| find_provider(name, &custom).map(|provider| provider.name.to_owned());
    let wrong = |message: String| {
        let problem = Problem::error(env, message);
        match values.source(env) {
            Some(source) => problem.with_source(source),
            None => problem,
        }
    };
    let mut all = Candidate::list(text, default, named).map_err(|error| wrong(error.to_string()))?;
    if all.len() > 1 {
        return Err(wrong("names several models, and one is asked".to_owned()));
    }
    Ok(all.pop())
}

fn suggestions(values: &Values) -> Result<Suggestions, Problem> {
    const ENV: &str = "SUGGESTION_MODE_MODEL";
    match values.text(ENV) {
        None | Some("default") => Ok(Suggestions::Default),
        Some("none") => Ok(Suggestions::Nobody),
        Some(_) => Ok(model(values, ENV)?.map_or(Suggestions::Default, Suggestions::Model)),
    }
}

/// What is wrong with them.
pub(crate) fn problems(values: &Values) -> Vec<Problem> {
    let models = ["LYNKR_BACKGROUND_MODEL", "LYNKR_SUBAGENT_MODEL"];
    let models = models.into_iter().filter_map(|env| model(values, env).err());
    models.chain(suggestions(values).err()).collect()
}

/// What they switch on.
pub(crate) fn guards(values: &Values) -> Guards {
    let bound = |env| usize::try_from(values.integer(env)).ok().filter(|most| *most > 0);
    let model = |env| model(values, env).ok().flatten();
    Guards {
        visible: values.bool("LYNKR_VISIBLE_ROUTING"),
        most_turns: bound("LYNKR_MAX_SESSION_TURNS"),
        most_tool_results: bound("LYNKR_MAX_TOOL_TURNS"),
        suggestions: suggestions(values).unwrap_or_default(),
        answers_aside: values.bool("LYNKR_ANSWER_SIDE_REQUESTS"),
        subagent: model("LYNKR_SUBAGENT_MODEL"),
        background: model("LYNKR_BACKGROUND_MODEL"),
    }
}
