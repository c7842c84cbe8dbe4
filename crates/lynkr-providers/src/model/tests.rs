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
    let chosen = choose_model(asked, &Route { upstream: &upstream, models: &models }, &rules);
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
