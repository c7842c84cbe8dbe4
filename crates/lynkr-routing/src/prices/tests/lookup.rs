//! What is found under which name.

use crate::prices::{Overrides, PriceSource, Prices, Table};

/// How the price was found, and the name that the table has.
fn found(provider: &str, model: &str) -> String {
    said(&Prices::default(), provider, model)
}

fn said(prices: &Prices, provider: &str, model: &str) -> String {
    let Some(quote) = prices.of(provider, model) else { return "unknown".to_owned() };
    let name = quote.entry.as_ref().map(|entry| format!(" {}", entry.name)).unwrap_or_default();
    format!("{}{name}", quote.source.name())
}

/// Providers, and names that models have there.
const NAMES: &[(&str, &str)] = &[
    ("anthropic", "claude-sonnet-4-5-20250929"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-sonnet-4-5[1m]"),
    ("anthropic", "claude-haiku-4-5-latest"),
    ("anthropic", "claude-sonnet-4-6-20991231"),
    ("azure-anthropic", "claude-sonnet-4-5"),
    ("azure-openai", "gpt-5.1-codex-mini"),
    ("azure-openai", "gpt-4o-2024-08-06"),
    ("azure-openai", "gpt-4-1"),
    ("azure-openai", "gpt-35-turbo"),
    ("azure-openai", "my-deployment"),
    ("bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("bedrock", "jp.amazon.nova-lite-v1:0"),
    (
        "bedrock",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    ("bedrock", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("bedrock", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"),
    ("bedrock", "anthropic.claude-sonnet-4-5-v1:0"),
    ("vertex", "claude-sonnet-4-5@20250929"),
    ("vertex", "claude-haiku-4-5@20991231"),
    ("vertex", "gemini-2.5-pro"),
    ("vertex", "models/gemini-2.5-flash"),
    ("vertex", "projects/p/locations/l/publishers/google/models/gemini-2.5-flash"),
    ("databricks", "databricks-claude-sonnet-4-5"),
    ("databricks", "claude-sonnet-4-5"),
    ("databricks", "databricks-gpt-5-4-nano"),
    ("deepseek", "deepseek-chat"),
    ("moonshot", "kimi-k2.5"),
    ("zai", "glm-4.6"),
    ("zai", "GLM-4.6"),
    ("zai", "glm-4.5-flash"),
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini-2099-01-01"),
    ("openai", "openai/gpt-4o"),
    ("openai", "gpt-4o-mini-something-else"),
    ("openai", "gpt-4o-something-pro"),
    ("openai", "text-embedding-3-small"),
    ("chatgpt", "gpt-5.4"),
    ("openrouter", "anthropic/claude-sonnet-4.5"),
    ("openrouter", "anthropic/claude-4.5-sonnet-20250929"),
    ("openrouter", "openai/gpt-4o:nitro"),
    ("openrouter", "google/gemini-2.5-pro"),
    ("openrouter", "qwen/qwen3-coder:free"),
    ("openrouter", "nobody/knows"),
    ("edenai", "openai/gpt-4o"),
    ("atlas", "deepseek-ai/DeepSeek-V3"),
    ("baidu", "ernie-5.1"),
    ("openai-compatible", "qwen/qwen3-coder-plus"),
    ("openai-compatible", "gpt-4o"),
    ("ollama", "qwen2.5-coder:7b"),
    ("ollama", "gpt-oss:120b-cloud"),
    ("llamacpp", "anything"),
    ("lmstudio", "anything"),
    ("builtin", "lynkr-builtin"),
    ("openai", ""),
    ("openai", "gpt-999"),
];

#[test]
fn names_of_every_provider() {
    let lines: Vec<String> = NAMES
        .iter()
        .map(|(provider, model)| format!("{provider}:{model} -> {}", found(provider, model)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_exact_name_is_itself() {
    let (prices, table) = (Prices::default(), Table::built_in());
    for (provider, prefix) in
        [("zai", "zai/"), ("deepseek", "deepseek/"), ("moonshot", "moonshot/"), ("azure-openai", "azure/")]
    {
        let mut count = 0;
        for entry in table.entries().filter(|entry| entry.name.starts_with(prefix)) {
            let model = entry.name.strip_prefix(prefix).unwrap();
            let quote = prices.of(provider, model).unwrap();
            assert_eq!(quote.source, PriceSource::Exact, "{}", entry.name);
            assert_eq!(quote.entry.as_ref().unwrap().name, entry.name);
            count += 1;
        }
        assert!(count > 5, "{prefix}: {count}");
    }
}

#[test]
fn an_estimate_is_of_no_other_version_or_size() {
    for model in [
        "claude-sonnet-4-99",
        "claude-opus-4-5-mini",
        "gpt-5.1-codex-nano-x",
        "gpt-4o-mini-2",
        "deepseek-chat-pro",
        "gpt-4o-",
        "gpt",
    ] {
        for provider in ["openai", "anthropic", "deepseek", "openrouter"] {
            let source = Prices::default().of(provider, model).map(|quote| quote.source);
            assert_eq!(source, None, "{provider}:{model}");
        }
    }
    assert_eq!(found("openai", "gpt-4o-mini-ft-of-ours"), "prefix gpt-4o-mini");
}

#[test]
fn named_providers_follow_their_kind() {
    let of = |name: &str, kind: &str, model| {
        let kinds = [(name.to_owned(), kind.to_owned())].into_iter().collect();
        said(&Prices::default().with_kinds(kinds), name, model)
    };
    assert_eq!(of("work", "openrouter", "anthropic/claude-sonnet-4.5"), "alias claude-sonnet-4-5");
    assert_eq!(of("gpu", "ollama", "qwen3"), "local");
    // A vendor that the table knows by the operator's name for it.
    assert_eq!(of("groq", "openai-compatible", "openai/gpt-oss-120b"), "exact groq/openai/gpt-oss-120b");
}

#[test]
fn overrides_go_first() {
    let overrides = Overrides::parse(
        r#"{"gpt-4o": {"input": 1, "output": 1}, "Work:M": {"input": 2, "output": 2}, "gpu:*": {"input": 0, "output": 0}}"#,
    );
    let prices = Prices::new(Table::built_in(), overrides.unwrap());
    let input = |provider, model| prices.of(provider, model).and_then(|quote| quote.price.rates.input);
    assert_eq!(input("openai", "gpt-4o"), Some(1_000_000));
    assert_eq!(input("openai", "gpt-4o-2099-01-01"), Some(1_000_000));
    assert_eq!(input("work", "m"), Some(2_000_000));
    assert_eq!(input("openai", "m"), None);
    assert_eq!(input("gpu", "gpt-5"), Some(0));
    // What runs here can have a price too: electricity isn't free.
    assert_eq!(input("ollama", "gpt-4o"), Some(1_000_000));
}

#[test]
fn the_model_that_answered_counts_where_the_asked_one_is_unknown() {
    let prices = Prices::default();
    let azure = "azure-openai";
    let name = |model, answered| {
        prices.of_served(azure, model, answered).and_then(|quote| Some(quote.entry.as_ref()?.name.clone()))
    };
    assert_eq!(name("my-deployment", "gpt-4o-2024-08-06").as_deref(), Some("azure/gpt-4o-2024-08-06"));
    assert_eq!(name("gpt-4o-mini", "gpt-4o-2024-08-06").as_deref(), Some("azure/gpt-4o-mini"));
    assert_eq!(
        name("gpt-4o-mini-deployment", "gpt-4o-2024-08-06").as_deref(),
        Some("azure/gpt-4o-2024-08-06")
    );
    assert_eq!(name("gpt-4o-mini-deployment", "").as_deref(), Some("azure/gpt-4o-mini"));
    assert_eq!(name("my-deployment", "unheard-of"), None);
}

/// A name that nobody knows is looked for longest, and only once.
#[test]
fn what_was_looked_up_is_remembered() {
    let prices = Prices::default();
    let unknown = |n: usize| prices.of("bedrock", &format!("us.nobody.knows-{n}-20250929-v1:0"));
    let began = std::time::Instant::now();
    assert!((0..20).all(|n| unknown(n).is_none()));
    let first = began.elapsed() / 20;
    let began = std::time::Instant::now();
    assert!((0..2_000).all(|n| unknown(n % 20).is_none()));
    let again = began.elapsed() / 2_000;
    println!("{first:?} for an unknown name, {again:?} when it comes again");
    assert!(again < first, "{again:?} {first:?}");
    // However many there are, what is known stays right.
    assert!((0..600).all(|n| unknown(n).is_none()));
    assert_eq!(said(&prices, "openai", "gpt-4o"), "exact gpt-4o");
    assert_eq!(prices.of("openai", &"gpt-4o-".repeat(200)), None);
}
