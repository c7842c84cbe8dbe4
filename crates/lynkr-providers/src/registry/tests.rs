//! The table holds together: order, unique names, settings that exist, endpoints that parse.

use std::collections::{BTreeMap, BTreeSet};

use lynkr_config::{Inputs, SETTINGS, load};

use super::{PROVIDERS, provider_named, resolve_provider, settings_tables};
use crate::samples::upstream;
use crate::{ModelRules, Route, Upstream, choose_model};

#[test]
fn providers_stand_in_alphabetical_order() {
    assert!(PROVIDERS.is_sorted_by_key(|provider| provider.name));
}

#[test]
fn names_and_aliases_are_unique() {
    let names: Vec<&str> = PROVIDERS
        .iter()
        .flat_map(|provider| std::iter::once(&provider.name).chain(provider.aliases))
        .copied()
        .collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
}

#[test]
fn settings_are_unique_and_those_that_are_named_exist() {
    let mut tables = settings_tables();
    tables.push(SETTINGS);
    let settings: Vec<_> = tables.iter().flat_map(|table| table.iter()).collect();
    let env: BTreeSet<_> = settings.iter().map(|setting| setting.env).collect();
    let toml: BTreeSet<_> = settings.iter().map(|setting| setting.toml).collect();
    assert_eq!((env.len(), toml.len()), (settings.len(), settings.len()));
    for provider in PROVIDERS {
        let own: BTreeSet<_> = provider.settings.iter().map(|setting| setting.env).collect();
        let named = [
            provider.endpoint_env,
            provider.endpoint_path_env,
            provider.key_env,
            provider.model_env,
            provider.api_version_env,
            provider.anthropic_version_env,
            provider.max_concurrent_env,
            provider.timeout_env,
            provider.reasoning_effort_env,
            provider.embeddings.and_then(|embeddings| embeddings.model_env),
            provider.embeddings.and_then(|embeddings| embeddings.endpoint_env),
        ];
        let cloud = provider.project.iter();
        let cloud = cloud.flat_map(|cloud| cloud.project_envs.iter().chain(cloud.location_envs));
        let named = named.into_iter().flatten().chain(cloud.chain(provider.key_aliases).copied());
        for name in named.chain(provider.header_settings.iter().map(|(name, _)| *name)) {
            assert!(own.contains(name), "{}: {name}", provider.name);
        }
        let endpoint = provider.settings.iter().find(|setting| Some(setting.env) == provider.endpoint_env);
        if let Some(endpoint) = endpoint {
            assert_eq!(endpoint.default, provider.default_base, "{}", provider.name);
        }
    }
}

#[test]
fn every_provider_with_a_default_endpoint_comes_up_without_configuration() {
    let loaded = load(&settings_tables(), &Inputs::default());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    for provider in PROVIDERS {
        let upstream = Upstream::from_values(provider, &loaded.values);
        assert_eq!(upstream.is_ok(), provider.default_base.is_some(), "{}: {upstream:?}", provider.name);
        assert!(!Upstream::configured(provider, &loaded.values), "{}", provider.name);
        assert!(!provider.dialects.is_empty());
    }
}

#[test]
fn names_are_found_in_any_case_and_slips_are_pointed_out() {
    assert_eq!(provider_named("Claude").map(|provider| provider.name), Some("anthropic"));
    assert_eq!(provider_named("llama.cpp").map(|provider| provider.name), Some("llamacpp"));
    for (alias, name) in [
        ("azure", "azure-openai"),
        ("azure_openai", "azure-openai"),
        ("Azure_Anthropic", "azure-anthropic"),
        ("foundry", "azure-anthropic"),
        ("z-ai", "zai"),
        ("Z.ai", "zai"),
        ("kimi", "moonshot"),
        ("qianfan", "baidu"),
        ("atlascloud", "atlas"),
        ("eden-ai", "edenai"),
        ("gemini", "vertex"),
        ("Google", "vertex"),
        ("vertex_ai", "vertex"),
    ] {
        assert_eq!(provider_named(alias).map(|provider| provider.name), Some(name), "{alias}");
        assert_eq!(resolve_provider(alias, &[]).map(|provider| provider.name), Ok(name), "{alias}");
    }
    assert_eq!(provider_named("gpt").map(|provider| provider.name), None);
    let problem = resolve_provider("openrooter", &[]).unwrap_err();
    assert_eq!(problem.hint.as_deref(), Some("did you mean openrouter?"));
    assert!(problem.message.contains("anthropic, anthropic-compatible, atlas"), "{}", problem.message);
}

/// Names under which people know providers, and where they lead once such a provider is registered.
const DOCUMENTED: &[(&str, &str)] = &[
    ("z-ai", "zai"),
    ("z.ai", "zai"),
    ("zhipu", "zai"),
    ("azure", "azure-openai"),
    ("azure_openai", "azure-openai"),
    ("azure_anthropic", "azure-anthropic"),
    ("foundry", "azure-anthropic"),
    ("aws", "bedrock"),
    ("amazon", "bedrock"),
    ("claude", "anthropic"),
    ("gemini", "vertex"),
    ("google", "vertex"),
    ("kimi", "moonshot"),
    ("moonshotai", "moonshot"),
    ("qianfan", "baidu"),
    ("ernie", "baidu"),
    ("atlascloud", "atlas"),
    ("atlas-cloud", "atlas"),
    ("eden-ai", "edenai"),
    ("eden", "edenai"),
    ("llama.cpp", "llamacpp"),
    ("llama-cpp", "llamacpp"),
    ("lm-studio", "lmstudio"),
    ("openai_compatible", "openai-compatible"),
    ("anthropic_compatible", "anthropic-compatible"),
];

#[test]
fn documented_names_lead_to_their_provider_or_nowhere() {
    for (alias, name) in DOCUMENTED {
        let registered = PROVIDERS.iter().find(|provider| provider.name == *name).copied();
        assert_eq!(provider_named(alias), registered, "{alias}");
    }
}

/// Every provider by every name, however it is written, wherever a provider can be named.
#[test]
fn every_name_is_understood_wherever_a_provider_is_named() {
    let active = upstream("builtin", &[]);
    let none = BTreeMap::new();
    for provider in PROVIDERS.iter().copied() {
        for name in std::iter::once(&provider.name).chain(provider.aliases) {
            for written in [(*name).to_owned(), name.to_uppercase(), name.replace('-', "_")] {
                assert_eq!(provider_named(&written), Some(provider), "{written}");
                assert_eq!(resolve_provider(&written, &[]), Ok(provider), "{written}");
                let asked = format!("{written}:vendor/some-model");
                let aliases = BTreeMap::from([("short".to_owned(), asked.clone())]);
                let route = Route { upstream: &active, models: &[], custom: &[] };
                let plain = ModelRules { force: None, default: None, aliases: &none };
                for (name, rules) in [
                    (asked.as_str(), plain),
                    ("any", ModelRules { force: Some(&asked), ..plain }),
                    ("short", ModelRules { aliases: &aliases, ..plain }),
                ] {
                    let chosen = choose_model(name, &route, &rules);
                    assert_eq!(
                        (chosen.provider, chosen.model.as_str()),
                        (provider, "vendor/some-model"),
                        "{written}"
                    );
                }
            }
        }
    }
}
