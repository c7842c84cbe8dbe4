//! What is written is what is read: every value, through the gateway's own loader.

use lynkr_app::load;
use lynkr_config::Inputs;
use proptest::prelude::*;

use super::*;

/// What the loader makes of the two files.
fn read_back(env: &str, toml: &str) -> lynkr_config::Loaded {
    let folder = tempfile::TempDir::new().expect("a folder");
    let (env_file, toml_file) = (folder.path().join("a.env"), folder.path().join("a.toml"));
    std::fs::write(&env_file, env).expect("a file");
    std::fs::write(&toml_file, toml).expect("a file");
    load(&Inputs { env_file: Some(env_file), toml_file: Some(toml_file), ..Inputs::default() })
}

fn draft(settings: &[(&str, &str)]) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in settings {
        draft.set(name, value).expect("a setting");
    }
    draft
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Quotes, blanks, backslashes, `#`, `$` and letters of any language.
    #[test]
    fn any_text_that_can_stand_comes_back(value in "[ -~äß✓中]{1,40}") {
        let value = value.trim().to_owned();
        prop_assume!(!value.is_empty() && can_stand(&value).is_ok());
        let draft = draft(&[("MODEL_DEFAULT", &value)]);
        for format in [Format::Env, Format::Toml] {
            let env = env_text(&draft, format, "about", Secrets::Written);
            let loaded = read_back(&env, &toml_text(&draft, format, "about"));
            prop_assert_eq!(loaded.values.text("MODEL_DEFAULT"), Some(value.as_str()), "{:?}: {}", format, env);
        }
    }

    /// Keys have no blanks, but everything else that is printed.
    #[test]
    fn any_key_comes_back(key in "[!-~]{8,60}") {
        prop_assume!(can_stand(&key).is_ok());
        let draft = draft(&[("OPENAI_API_KEY", &key)]);
        let env = env_text(&draft, Format::Toml, "about", Secrets::Written);
        let loaded = read_back(&env, "");
        let read = loaded.values.secret("OPENAI_API_KEY").map(lynkr_config::ExposeSecret::expose_secret);
        prop_assert_eq!(read, Some(key.as_str()));
    }
}

#[test]
fn every_kind_of_value_is_read_in_both_forms() {
    let settings = [
        ("PORT", "8123"),
        ("HOT_RELOAD_ENABLED", "off"),
        ("LYNKR_STICKY_SESSIONS", "false"),
        ("LYNKR_INTENT_DECAY", "0.5"),
        ("LYNKR_HOLD_MS", "3s"),
        ("REQUEST_JSON_LIMIT", "64mb"),
        ("LYNKR_MODEL_ALIASES", "fast=openai:gpt-4o-mini,deep=anthropic:claude-opus-4-5"),
        ("OLLAMA_TOOL_MODELS", "qwen,llama"),
        ("TIER_SIMPLE", "ollama:qwen3:8b"),
        ("OPENAI_ENDPOINT", "http://127.0.0.1:1/v1?x=1#y"),
    ];
    let draft = draft(&settings);
    let env = read_back(&env_text(&draft, Format::Env, "a", Secrets::Written), "");
    let toml = read_back("", &toml_text(&draft, Format::Toml, "a"));
    assert_eq!(env.values.differing(&toml.values), [""; 0]);
    for (name, _) in settings {
        assert_ne!(env.values.source(name), Some(&lynkr_config::Source::Default), "{name}");
    }
    let wrong = |loaded: &lynkr_config::Loaded| {
        loaded.problems.iter().filter(|own| own.severity == lynkr_config::Severity::Error).count()
    };
    assert_eq!((wrong(&env), wrong(&toml)), (0, 0), "{:?}", env.problems);
}

#[test]
fn secrets_are_masked_for_the_screen_and_never_in_the_toml() {
    let mut draft = draft(&[("OPENAI_API_KEY", "a-key-that-is-secret-9876"), ("MODEL_PROVIDER", "openai")]);
    draft.providers.push(NamedProvider {
        name: "work".into(),
        kind: "openrouter",
        endpoint: None,
        key_env: Some("WORK_API_KEY".into()),
        key: Some("another-secret-key-5432".into()),
        models: ["a/b".to_owned()].into(),
    });
    insta::assert_snapshot!(env_text(&draft, Format::Env, "About it.", Secrets::Masked));
    let toml = toml_text(&draft, Format::Toml, "About it.");
    assert!(!toml.contains("secret"), "{toml}");
    insta::assert_snapshot!(toml);
}

#[test]
fn what_cannot_stand_on_a_line_is_refused() {
    for value in ["two\nlines", "a\u{0}b", "cost\\$5"] {
        assert!(Draft::default().set("MODEL_DEFAULT", value).is_err(), "{value:?}");
    }
    let unknown = Draft::default().set("OPENAI_API_KYE", "x").expect_err("a typing error");
    assert!(unknown.to_string().contains("OPENAI_API_KEY"), "{unknown}");
    assert!(Draft::default().set("OTEL_SERVICE_NAME", "x").is_err(), "the process's own");
}
