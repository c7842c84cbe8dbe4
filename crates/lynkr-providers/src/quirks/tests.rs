//! What a provider knows about its models.

use crate::provider_named;

#[test]
fn token_limits_respect_small_models() {
    let quirks = provider_named("anthropic").unwrap().quirks;
    for (model, expected) in [
        ("claude-opus-4-8", 16_384),
        ("claude-3-haiku-20240307", 4_096),
        ("claude-3-5-sonnet-20241022", 8_192),
    ] {
        assert_eq!(quirks.max_tokens_for(model), expected, "{model}");
    }
}

#[test]
fn reasoning_models_of_openai_are_known() {
    let quirks = provider_named("openai").unwrap().quirks;
    for (model, reasons) in [("gpt-4o", false), ("o3-mini", true), ("gpt-5.4", true), ("gpt-4.1-mini", false)]
    {
        assert_eq!(quirks.wants_max_completion_tokens(model), reasons, "{model}");
        assert_eq!(quirks.has_fixed_sampling(model), reasons, "{model}");
        assert_eq!(quirks.takes_reasoning_effort(model), reasons, "{model}");
    }
}
