//! `router_settings`, `litellm_settings` and `general_settings`.

use lynkr_routing::Tier;
use serde_json::Value;

use super::{Reader, resolved};
use crate::commands::init::import::servers::fills_a_field;

/// What has no counterpart, or needs none, with the reason.
const OTHERS: &[(&str, bool, &str)] = &[
    ("drop_params", true, "what a provider can't take is left out and receipted"),
    ("modify_params", true, "what a provider can't take is put right and receipted"),
    ("set_verbose", true, "LOG_LEVEL=debug tells more"),
    ("telemetry", true, "nothing is sent to anybody"),
    ("disable_spend_logs", true, "records are kept on this machine"),
    ("store_model_in_db", true, "models are in the configuration alone"),
    ("enable_pre_call_checks", true, "models whose context is too small are passed over"),
    (
        "routing_strategy",
        false,
        "load isn't balanced between deployments; tiers choose by the work (docs/routing.md)",
    ),
    ("routing_strategy_args", false, "load isn't balanced between deployments"),
    ("cache", false, "answers aren't cached; providers' prompt caches are kept warm"),
    ("cache_params", false, "answers aren't cached; providers' prompt caches are kept warm"),
    ("allowed_fails", false, "set CIRCUIT_BREAKER_FAILURE_THRESHOLD"),
    ("cooldown_time", false, "set CIRCUIT_BREAKER_TIMEOUT"),
    ("redis_host", false, "set REDIS_URL"),
    ("redis_port", false, "set REDIS_URL"),
    ("redis_password", false, "set REDIS_URL"),
    ("database_url", false, "the tables aren't LiteLLM's: set LYNKR_DATABASE_URL to a database for Lynkr"),
    ("max_budget", false, "`lynkr budgets set` sets budgets"),
    ("budget_duration", false, "`lynkr budgets set` sets budgets"),
    ("callbacks", false, "OpenTelemetry is there: OTEL_EXPORTER_OTLP_ENDPOINT in the environment"),
    ("success_callback", false, "OpenTelemetry is there: OTEL_EXPORTER_OTLP_ENDPOINT in the environment"),
    ("failure_callback", false, "OpenTelemetry is there: OTEL_EXPORTER_OTLP_ENDPOINT in the environment"),
    ("custom_auth", false, "`lynkr keys` makes keys with scopes and limits"),
    ("guardrails", false, "there are none"),
];

/// Carries the settings over.
pub(super) fn add(reader: &mut Reader<'_>) {
    add_fallbacks(reader);
    for section in ["router_settings", "litellm_settings", "general_settings"] {
        let Some(settings) = reader.root.get(section) else { continue };
        let Some(settings) = settings.as_object() else {
            if !settings.is_null() {
                reader.import.leave(section, "is no mapping");
            }
            continue;
        };
        for (name, value) in settings {
            add_one(reader, section, name, value);
        }
    }
    let known =
        ["model_list", "router_settings", "litellm_settings", "general_settings", "environment_variables"];
    for name in reader.root.keys().filter(|name| !known.contains(&name.as_str())) {
        let why = if name == "include" {
            "the files that it names aren't read: carry them over one by one"
        } else {
            "has no counterpart here"
        };
        reader.import.leave(name.clone(), why);
    }
}

fn add_one(reader: &mut Reader<'_>, section: &str, name: &str, value: &Value) {
    let what = format!("{section}.{name}");
    let text = value.as_str().map(str::to_owned).or_else(|| value.as_f64().map(|number| number.to_string()));
    match (name, text) {
        ("fallbacks" | "default_fallbacks" | "context_window_fallbacks" | "model_group_alias", _) => {}
        ("num_retries", Some(number)) => reader.import.set(&what, "API_RETRY_MAX_RETRIES", &number),
        ("request_timeout" | "timeout", Some(seconds)) => {
            let milliseconds = seconds.parse::<f64>().ok().filter(|time| (0.001..1e7).contains(time));
            match milliseconds {
                Some(seconds) => {
                    let time = format!("{:.0}", seconds * 1_000.0);
                    reader.import.set(&what, "LYNKR_ANSWER_TIMEOUT_MS", &time);
                }
                None => reader.import.leave(what, "is no number of seconds"),
            }
        }
        ("master_key", Some(text)) => match resolved(&text, &reader.inputs.environment) {
            Some(key) if !fills_a_field(&key) => reader.import.set(&what, "LYNKR_API_KEYS", &key),
            _ => reader.import.leave(what, "set LYNKR_API_KEYS, or make keys with `lynkr keys create NAME`"),
        },
        ("json_logs", _) if value == &Value::Bool(true) => reader.import.set(&what, "LOG_FORMAT", "json"),
        _ => match OTHERS.iter().find(|(own, ..)| *own == name) {
            Some((_, true, why)) => reader.import.need_not(what, *why),
            Some((_, false, why)) => reader.import.leave(what, *why),
            None => reader.import.leave(what, "has no counterpart here"),
        },
    }
}

/// Fallbacks of the first model become the list of every tier: what answers names that nobody knows has them behind it.
/// An alias stands for one model, so that those of other names have no place.
fn add_fallbacks(reader: &mut Reader<'_>) {
    let first = reader.groups.first().cloned();
    let mut ladder = first.as_ref().map(|(_, models)| models.clone()).unwrap_or_default();
    let alone = ladder.len();
    for (what, group, to) in listed(reader) {
        let is_firsts =
            group.is_none() || group.as_deref() == first.as_ref().map(|(public, _)| public.as_str());
        let models: Vec<String> =
            to.iter().filter_map(|public| reader.models_of(public)).flatten().cloned().collect();
        if !is_firsts {
            let why = format!(
                "an alias stands for one model. A tier has fallbacks: TIER_MEDIUM={}",
                group
                    .iter()
                    .filter_map(|group| reader.models_of(group))
                    .flatten()
                    .chain(&models)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(",")
            );
            reader.import.leave(what, why);
            continue;
        }
        if models.is_empty() {
            reader.import.leave(what, "none of its models came over");
            continue;
        }
        ladder.extend(models);
        reader.import.carry(what, "the models of all tiers, in this order");
    }
    if ladder.len() == alone || alone == 0 {
        return;
    }
    let mut list: Vec<String> = Vec::new();
    for model in ladder {
        if !list.contains(&model) {
            list.push(model);
        }
    }
    for tier in Tier::ALL {
        if let Err(why) = reader.import.draft.set(tier.env(), &list.join(",")) {
            reader.import.leave(tier.env(), format!("{why:#}"));
        }
    }
}

/// A list of fallbacks: what it is called, whose it is (nobody's where it is everybody's), and to which names it leads.
type Fallbacks = (String, Option<String>, Vec<String>);

fn listed(reader: &Reader<'_>) -> Vec<Fallbacks> {
    let mut all = Vec::new();
    for section in ["router_settings", "litellm_settings"] {
        let of = |name: &str| reader.root.get(section).and_then(|own| own.get(name)?.as_array());
        for name in ["fallbacks", "context_window_fallbacks"] {
            // A list of mappings, each from one name to several.
            for (group, to) in of(name).into_iter().flatten().filter_map(Value::as_object).flatten() {
                all.push((format!("{section}.{name}, {group}"), Some(group.clone()), names(to)));
            }
        }
        if let Some(to) = of("default_fallbacks") {
            all.push((format!("{section}.default_fallbacks"), None, names(&Value::Array(to.clone()))));
        }
    }
    all
}

fn names(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|name| name.as_str().or_else(|| name.get("model")?.as_str())).map(str::to_owned).collect()
}
