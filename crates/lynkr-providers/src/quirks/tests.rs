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
fn the_most_that_openais_models_write() {
    let quirks = provider_named("openai").unwrap().quirks;
    for (model, expected) in [
        ("gpt-4o-mini", Some(16_384)),
        ("gpt-4o-2024-05-13", Some(4_096)),
        ("gpt-4.1-nano", Some(32_768)),
        ("gpt-4-0613", Some(8_192)),
        ("gpt-5.4", Some(128_000)),
        ("gpt-5-chat-latest", Some(16_384)),
        ("o4-mini", Some(100_000)),
        ("ft:gpt-4o:team", None),
    ] {
        assert_eq!(quirks.most_tokens_of(model), expected, "{model}");
    }
    assert_eq!(quirks.max_tokens_for("gpt-4-0613"), 8_192);
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
