//! Each oddity changes what it must, and says so.

use std::collections::BTreeMap;

use lynkr_config::Inputs;
use lynkr_protocol::Dialect;
use lynkr_providers::{Upstream, resolve_provider, settings_tables};

use super::*;

fn upstream(name: &str, settings: &[(&str, &str)]) -> Upstream {
    let environment: BTreeMap<String, String> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let values = lynkr_config::load(&settings_tables(), &Inputs { environment, ..Inputs::default() }).values;
    Upstream::from_values(resolve_provider(name, &[]).unwrap(), &values).unwrap()
}

fn adapted(upstream: &Upstream, model: &str, mut conversation: Conversation) -> (Conversation, String) {
    let routed = Routed {
        upstream,
        model: model.to_owned(),
        dialect: Dialect::OpenAiChat,
        tools: true,
        verbatim: false,
    };
    let mut receipt = Receipt::default();
    adapt(&mut conversation, &routed, &mut receipt);
    (conversation, receipt.to_header())
}

fn sampling() -> Sampling {
    Sampling { temperature: Some(0.2), top_p: Some(0.9), seed: Some(7), ..Sampling::default() }
}

#[test]
fn models_with_fixed_sampling_get_none() {
    let openai = upstream("openai", &[("OPENAI_API_KEY", "sk-test-0123456789")]);
    let asked = Conversation { sampling: sampling(), ..Conversation::default() };
    let (changed, receipt) = adapted(&openai, "gpt-5.4", asked.clone());
    assert_eq!(changed.sampling, Sampling { seed: Some(7), ..Sampling::default() });
    assert_eq!(receipt, "dropped=temperature; dropped=top_p");
    let (same, receipt) = adapted(&openai, "gpt-4o", asked.clone());
    assert_eq!((same, receipt.as_str()), (asked, ""));
}

#[test]
fn a_configured_effort_is_for_clients_that_ask_for_none() {
    let azure = upstream(
        "azure-openai",
        &[
            ("AZURE_OPENAI_API_KEY", "0123456789abcdef"),
            ("AZURE_OPENAI_ENDPOINT", "https://resource.openai.azure.com"),
            ("AZURE_OPENAI_REASONING_EFFORT", "low"),
        ],
    );
    let (changed, receipt) = adapted(&azure, "gpt-5.4", Conversation::default());
    assert_eq!(changed.reasoning.unwrap().effort.as_deref(), Some("low"));
    assert_eq!(receipt, "added=reasoning_effort(configured)");
    let own = Reasoning { effort: Some("high".to_owned()), ..Reasoning::default() };
    let asked = Conversation { reasoning: Some(own), ..Conversation::default() };
    assert_eq!(adapted(&azure, "gpt-5.4", asked.clone()).0, asked);
}

#[test]
fn a_limit_that_the_model_would_refuse_is_lowered_and_receipted() {
    let openai = upstream("openai", &[("OPENAI_API_KEY", "sk-test-0123456789")]);
    for (model, asked, expected) in [
        ("gpt-4o", Some(64_000), Some(16_384)),
        ("gpt-4o", Some(100), Some(100)),
        ("gpt-4o", None, None),
        ("gpt-5.4", Some(64_000), Some(64_000)),
        ("unheard-of", Some(64_000), Some(64_000)),
    ] {
        let (changed, receipt) =
            adapted(&openai, model, Conversation { max_tokens: asked, ..Conversation::default() });
        assert_eq!(changed.max_tokens, expected, "{model} {asked:?}");
        assert_eq!(receipt.is_empty(), asked == expected, "{model} {asked:?}");
    }
}
