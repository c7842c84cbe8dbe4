//! Every form of endpoint leads to the right URLs.

use lynkr_protocol::Dialect;

use super::{BadBase, Base};
use crate::provider_named;

/// The URLs of the first dialect and of the model list.
fn urls(provider: &str, endpoint: &str) -> (String, String, Option<Dialect>) {
    let provider = provider_named(provider).unwrap();
    let base = Base::parse(provider, endpoint).unwrap();
    let first = provider.dialects.first().unwrap();
    let dialect = base.pinned().unwrap_or(first.dialect);
    let path = provider.endpoint(dialect).unwrap().path;
    (base.dialect_url(dialect, path), base.url(provider.models_path), base.pinned())
}

/// Provider, endpoint as written, URL of a call, URL of the model list, pinned dialect.
const FORMS: &str = "\
openai https://h https://h/v1/chat/completions https://h/v1/models -
openai https://h/ https://h/v1/chat/completions https://h/v1/models -
openai https://h/v1 https://h/v1/chat/completions https://h/v1/models -
openai https://h/v1/ https://h/v1/chat/completions https://h/v1/models -
openai https://h/a/b/v1 https://h/a/b/v1/chat/completions https://h/a/b/v1/models -
openai http://h:9/v1/chat/completions http://h:9/v1/chat/completions http://h:9/v1/models openai_chat
openai https://h/v1/responses/ https://h/v1/responses https://h/v1/models openai_responses
openai-compatible https://h/api/v4 https://h/api/v4/chat/completions https://h/api/v4/models -
openai-compatible https://h/api/v4/chat/completions https://h/api/v4/chat/completions https://h/api/v4/models openai_chat
openai-compatible https://h/v1beta/openai https://h/v1beta/openai/v1/chat/completions https://h/v1beta/openai/v1/models -
openai-compatible https://h/x/chat/completions https://h/x/chat/completions https://h/x/v1/models openai_chat
openai-compatible https://h/v1/responses https://h/v1/responses https://h/v1/models openai_responses
openrouter https://openrouter.ai/api/v1 https://openrouter.ai/api/v1/chat/completions https://openrouter.ai/api/v1/models -
openrouter https://openrouter.ai/api https://openrouter.ai/api/v1/chat/completions https://openrouter.ai/api/v1/models -
openrouter https://openrouter.ai/api/v1/messages https://openrouter.ai/api/v1/messages https://openrouter.ai/api/v1/models anthropic
anthropic https://api.anthropic.com https://api.anthropic.com/v1/messages https://api.anthropic.com/v1/models -
anthropic https://r.example/anthropic/v1/messages https://r.example/anthropic/v1/messages https://r.example/anthropic/v1/models anthropic
ollama http://h:11434 http://h:11434/api/chat http://h:11434/v1/models -
ollama http://h:11434/api http://h:11434/api/chat http://h:11434/v1/models -
ollama http://h:11434/v1 http://h:11434/api/chat http://h:11434/v1/models -
ollama http://h:11434/api/chat http://h:11434/api/chat http://h:11434/v1/models ollama
ollama http://h/v1/messages http://h/v1/messages http://h/v1/models anthropic
builtin builtin: builtin:/v1/messages builtin:/v1/models -";

#[test]
fn forms_of_endpoints() {
    for row in FORMS.lines() {
        let [provider, endpoint, url, models, pinned] = row.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let expected = (url.to_owned(), models.to_owned(), pinned.parse().ok());
        assert_eq!(urls(provider, endpoint), expected, "{row}");
    }
}

#[test]
fn endpoints_that_can_not_be_used() {
    for (provider, endpoint, expected) in [
        ("openai", "https://h/v1/messages", BadBase::OtherDialect(Dialect::Anthropic)),
        ("anthropic", "https://h/v1/chat/completions", BadBase::OtherDialect(Dialect::OpenAiChat)),
        ("llamacpp", "http://h/api/chat", BadBase::OtherDialect(Dialect::Ollama)),
        ("openai", "nonsense", BadBase::NotUrl),
        ("openai", "data:x", BadBase::NotUrl),
    ] {
        assert_eq!(Base::parse(provider_named(provider).unwrap(), endpoint), Err(expected), "{endpoint}");
    }
}

#[test]
fn only_the_vendors_own_https_host_is_the_vendor() {
    let provider = provider_named("openai").unwrap();
    for (endpoint, expected) in [
        ("https://api.openai.com", true),
        ("https://API.OpenAI.com/v1", true),
        ("https://api.openai.com:443/v1", true),
        ("https://api.openai.com:8443/v1", false),
        ("http://api.openai.com/v1", false),
        ("https://api.openai.com.evil.example/v1", false),
        ("https://evil.example/api.openai.com/v1", false),
        ("https://api.openai.com./v1", false),
    ] {
        assert_eq!(Base::parse(provider, endpoint).unwrap().is_vendor(provider), expected, "{endpoint}");
    }
}

#[test]
fn the_query_stays_and_is_not_shown() {
    let base = Base::parse(provider_named("openai").unwrap(), "https://h/v1?api-key=sk-secret").unwrap();
    assert_eq!(base.query(), Some("api-key=sk-secret"));
    assert!(!format!("{base:?}").contains("secret"));
}
