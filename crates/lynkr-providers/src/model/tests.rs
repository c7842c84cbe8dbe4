//! Which name goes up, as a table.

use std::collections::BTreeMap;

use super::{ModelRules, Route, choose_model};
use crate::samples::upstream;

/// The active provider, its environment and its models.
struct Active<'a>(&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[derive(Default)]
struct Rules<'a> {
    force: Option<&'a str>,
    default: Option<&'a str>,
}

fn chosen(active: &Active<'_>, rules: &Rules<'_>, asked: &str) -> String {
    let Active(provider, environment, models) = active;
    let upstream = upstream(provider, environment);
    let models: Vec<String> = models.iter().map(|model| (*model).to_owned()).collect();
    let aliases: BTreeMap<String, String> = [
        ("fast".to_owned(), "openai:gpt-4o-mini".to_owned()),
        ("local".to_owned(), "my-own-model".to_owned()),
        ("fast2".to_owned(), "fast".to_owned()),
    ]
    .into();
    let rules = ModelRules { force: rules.force, default: rules.default, aliases: &aliases };
    let chosen = choose_model(asked, &Route { upstream: &upstream, models: &models, custom: &[] }, &rules);
    format!("{} {} ({})", chosen.provider.name, chosen.model, chosen.why)
}

#[track_caller]
fn check(active: &Active<'_>, rules: &Rules<'_>, cases: &[(&str, &str)]) {
    for (asked, expected) in cases {
        assert_eq!(&chosen(active, rules, asked), expected, "{asked}");
    }
}

#[test]
fn anthropic_without_configuration() {
    check(
        &Active("anthropic", &[], &[]),
        &Rules::default(),
        &[
            ("claude-opus-4-8", "anthropic claude-opus-4-8 (asked for)"),
            ("claude-opus-4-8[1m]", "anthropic claude-opus-4-8[1m] (asked for)"),
            ("gpt-5.4", "anthropic claude-opus-4-5 (built-in default)"),
            ("", "anthropic claude-opus-4-5 (built-in default)"),
            ("openai:gpt-4o", "openai gpt-4o (named by client)"),
            ("OpenAI/gpt-4o", "openai gpt-4o (named by client)"),
            ("openrouter/anthropic/claude:beta", "openrouter anthropic/claude:beta (named by client)"),
            ("openrouter:meta/llama", "openrouter meta/llama (named by client)"),
            ("openrouter/auto", "openrouter openrouter/auto (named by client)"),
            ("claude:claude-haiku-4-5", "anthropic claude-haiku-4-5 (named by client)"),
            ("ollama:qwen3:8b", "ollama qwen3:8b (named by client)"),
            ("openai:", "anthropic claude-opus-4-5 (built-in default)"),
            ("nobody:x", "anthropic claude-opus-4-5 (built-in default)"),
            ("fast", "openai gpt-4o-mini (alias)"),
            ("local", "anthropic my-own-model (alias)"),
            ("fast2", "anthropic fast (alias)"),
        ],
    );
}

#[test]
fn openrouter_keeps_its_own_names_whole() {
    check(
        &Active("openrouter", &[], &[]),
        &Rules { default: Some("google/gemma"), ..Rules::default() },
        &[
            ("openai/gpt-4o-mini", "openrouter openai/gpt-4o-mini (asked for)"),
            ("anthropic/claude-x:beta", "openrouter anthropic/claude-x:beta (asked for)"),
            ("openai:gpt-4o", "openai gpt-4o (named by client)"),
            ("z-ai/glm-4.7", "openrouter z-ai/glm-4.7 (asked for)"),
            ("deepseek/deepseek-r1", "openrouter deepseek/deepseek-r1 (asked for)"),
            ("openrouter/auto", "openrouter openrouter/auto (asked for)"),
            ("openrouter/openai/gpt-4o", "openrouter openai/gpt-4o (named by client)"),
            ("claude-opus-4-8", "openrouter google/gemma (default model)"),
        ],
    );
}

#[test]
fn openai_with_its_own_model() {
    check(
        &Active("openai", &[("OPENAI_MODEL", "gpt-5.4")], &["tts-1"]),
        &Rules { default: Some("anthropic:claude-haiku-4-5"), ..Rules::default() },
        &[
            ("gpt-4o", "openai gpt-4o (asked for)"),
            ("ft:gpt-4o:me::1", "openai ft:gpt-4o:me::1 (asked for)"),
            ("tts-1", "openai tts-1 (asked for)"),
            ("claude-opus-4-8", "openai gpt-5.4 (provider's model)"),
        ],
    );
    check(
        &Active("openai", &[], &[]),
        &Rules { default: Some("anthropic:claude-haiku-4-5"), ..Rules::default() },
        &[("unknown", "anthropic claude-haiku-4-5 (default model)")],
    );
}

#[test]
fn local_servers_answer_with_what_they_have() {
    check(
        &Active("ollama", &[], &["gemma3:4b", "qwen2.5-coder:7b", "library/qwen3:latest"]),
        &Rules::default(),
        &[
            ("gemma3:4b", "ollama gemma3:4b (asked for)"),
            ("library/qwen3", "ollama library/qwen3 (asked for)"),
            ("claude-opus-4-8", "ollama library/qwen3:latest (served model)"),
        ],
    );
    check(
        &Active("ollama", &[], &["gemma3:4b", "qwen2.5-coder:7b"]),
        &Rules::default(),
        &[("claude-opus-4-8", "ollama qwen2.5-coder:7b (served model)")],
    );
    check(
        &Active("ollama", &[("OLLAMA_MODEL", "llama3.1")], &["gemma3:4b"]),
        &Rules::default(),
        &[("claude-opus-4-8", "ollama llama3.1 (provider's model)")],
    );
    check(
        &Active("ollama", &[], &[]),
        &Rules::default(),
        &[("claude-opus-4-8", "ollama qwen2.5-coder:7b (built-in default)")],
    );
    check(
        &Active("lmstudio", &[], &["openai/gpt-oss-20b", "qwen/qwen3-8b"]),
        &Rules::default(),
        &[
            ("openai/gpt-oss-20b", "lmstudio openai/gpt-oss-20b (asked for)"),
            ("openai/gpt-4o", "openai gpt-4o (named by client)"),
            ("claude-opus-4-8", "lmstudio openai/gpt-oss-20b (served model)"),
        ],
    );
    check(
        &Active("lmstudio", &[], &[]),
        &Rules::default(),
        &[("openai/gpt-oss-20b", "lmstudio default (built-in default)")],
    );
}

#[test]
fn a_compatible_server_of_which_nothing_is_known_gets_what_the_client_asked_for() {
    let endpoint = ("OPENAI_COMPATIBLE_ENDPOINT", "http://h/v1");
    check(
        &Active("openai-compatible", &[endpoint], &[]),
        &Rules::default(),
        &[("deepseek-chat", "openai-compatible deepseek-chat (asked for)")],
    );
    check(
        &Active("openai-compatible", &[endpoint, ("OPENAI_COMPATIBLE_MODEL", "m")], &[]),
        &Rules::default(),
        &[("deepseek-chat", "openai-compatible m (provider's model)")],
    );
    check(
        &Active("openai-compatible", &[endpoint], &["served"]),
        &Rules::default(),
        &[("deepseek-chat", "openai-compatible served (served model)")],
    );
}

#[test]
fn the_builtin_answers_to_any_name() {
    check(
        &Active("builtin", &[], &[]),
        &Rules::default(),
        &[
            ("whatever", "builtin whatever (asked for)"),
            ("", "builtin lynkr-builtin (built-in default)"),
            ("openai/gpt-4o", "openai gpt-4o (named by client)"),
        ],
    );
}

#[test]
fn force_overrides_everything() {
    check(
        &Active("anthropic", &[], &["x"]),
        &Rules { force: Some("openai:gpt-4o"), default: Some("y") },
        &[("claude-opus-4-8", "openai gpt-4o (forced)"), ("ollama:x", "openai gpt-4o (forced)")],
    );
    check(
        &Active("anthropic", &[], &[]),
        &Rules { force: Some("claude-haiku-4-5"), default: None },
        &[("fast", "anthropic claude-haiku-4-5 (forced)")],
    );
}

/// A provider, and which name it is asked for instead of each.
const COUNTERPARTS: &[(&str, &[(&str, &str)])] = &[
    (
        "zai",
        &[
            ("claude-sonnet-4-5-20250929", "zai glm-4.7 (provider's counterpart)"),
            ("claude-3-5-sonnet", "zai glm-4.7 (provider's counterpart)"),
            ("claude-haiku-4-5[1m]", "zai glm-4.5-air (provider's counterpart)"),
            ("claude-opus-4-8", "zai glm-4.7 (built-in default)"),
            ("GLM-4.6", "zai glm-4.6 (asked for)"),
            ("z-ai:GLM-5.3", "zai glm-5.3 (named by client)"),
        ],
    ),
    (
        "moonshot",
        &[
            ("claude-sonnet-4-5", "moonshot kimi-k2.6 (provider's counterpart)"),
            ("kimi-k2-thinking", "moonshot kimi-k2-thinking (asked for)"),
            ("moonshot-v1-auto", "moonshot moonshot-v1-auto (asked for)"),
            ("gpt-4o", "moonshot kimi-k2.6 (built-in default)"),
        ],
    ),
    (
        "baidu",
        &[
            ("claude-opus-4-5", "baidu ernie-x1.1 (provider's counterpart)"),
            ("claude-haiku-4-5-20251001", "baidu ernie-speed-8k (provider's counterpart)"),
            ("claude-3-5-sonnet", "baidu ernie-4.5-turbo-128k (provider's counterpart)"),
            ("ernie-5.1", "baidu ernie-5.1 (asked for)"),
            ("gpt-4o", "baidu ernie-4.5-turbo-128k (built-in default)"),
            ("baidu:deepseek-v3", "baidu deepseek-v3 (named by client)"),
        ],
    ),
    (
        "deepseek",
        &[
            ("claude-opus-4-8", "deepseek deepseek-v4-pro (provider's counterpart)"),
            ("claude-sonnet-5", "deepseek deepseek-flash (provider's counterpart)"),
            ("deepseek-reasoner", "deepseek deepseek-reasoner (asked for)"),
        ],
    ),
    (
        "atlas",
        &[
            ("zai-org/glm-4.7", "atlas zai-org/glm-4.7 (asked for)"),
            ("claude-opus-4-8", "atlas qwen/qwen3.8-max (built-in default)"),
            ("atlas/qwen/qwen3.8-max", "atlas qwen/qwen3.8-max (named by client)"),
            ("kimi:kimi-k3", "moonshot kimi-k3 (named by client)"),
        ],
    ),
    ("edenai", &[("anthropic/claude-opus-4-5", "edenai anthropic/claude-opus-4-5 (asked for)")]),
];

#[test]
fn claude_s_names_get_a_counterpart() {
    for (provider, cases) in COUNTERPARTS {
        check(&Active(provider, &[], &[]), &Rules::default(), cases);
    }
}

#[test]
fn no_counterpart_goes_before_what_the_user_chose() {
    check(
        &Active("zai", &[("ZAI_MODEL", "GLM-4.6")], &[]),
        &Rules::default(),
        &[
            ("claude-sonnet-4-5", "zai glm-4.6 (provider's model)"),
            ("claude-haiku-4-5", "zai glm-4.6 (provider's model)"),
        ],
    );
    check(
        &Active("deepseek", &[], &[]),
        &Rules { default: Some("deepseek-v4-pro"), ..Rules::default() },
        &[("claude-haiku-4-5", "deepseek deepseek-v4-pro (default model)")],
    );
}

#[test]
fn databricks_names_the_same_models_otherwise() {
    let base = ("DATABRICKS_API_BASE", "https://w.cloud.databricks.com");
    check(
        &Active("databricks", &[base], &[]),
        &Rules::default(),
        &[
            ("claude-haiku-4-5-20251001", "databricks databricks-claude-haiku-4-5 (provider's counterpart)"),
            ("claude-3-opus", "databricks databricks-claude-sonnet-4-5 (built-in default)"),
            ("databricks-gpt-5", "databricks databricks-gpt-5 (asked for)"),
            ("databricks:my-endpoint", "databricks my-endpoint (named by client)"),
        ],
    );
    let path = ("DATABRICKS_ENDPOINT_PATH", "/serving-endpoints/own/invocations");
    check(
        &Active("databricks", &[base, path], &[]),
        &Rules::default(),
        &[
            ("claude-haiku-4-5", "databricks own (provider's model)"),
            ("databricks/other", "databricks other (named by client)"),
        ],
    );
}

#[test]
fn azure_is_asked_for_a_deployment() {
    let base = ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com");
    check(
        &Active("azure-openai", &[base, ("AZURE_OPENAI_DEPLOYMENT", "prod")], &[]),
        &Rules::default(),
        &[
            ("gpt-5.4", "azure-openai prod (provider's model)"),
            ("azure:gpt-5.4", "azure-openai gpt-5.4 (named by client)"),
            ("azure/mine", "azure-openai mine (named by client)"),
        ],
    );
    check(
        &Active("azure-openai", &[base], &[]),
        &Rules::default(),
        &[
            ("gpt-5.4", "azure-openai gpt-5.4 (provider's counterpart)"),
            ("claude-opus-4-8", "azure-openai gpt-4o (built-in default)"),
        ],
    );
    let url = ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/openai/deployments/own/chat/completions");
    check(
        &Active("azure-openai", &[url, ("AZURE_OPENAI_DEPLOYMENT", "prod")], &[]),
        &Rules::default(),
        &[("gpt-5.4", "azure-openai own (provider's model)")],
    );
    check(
        &Active("azure-anthropic", &[("AZURE_ANTHROPIC_ENDPOINT", "https://r.services.ai.azure.com")], &[]),
        &Rules::default(),
        &[
            ("claude-opus-4-8", "azure-anthropic claude-opus-4-8 (asked for)"),
            ("gpt-4o", "azure-anthropic claude-opus-4-5 (built-in default)"),
        ],
    );
}
