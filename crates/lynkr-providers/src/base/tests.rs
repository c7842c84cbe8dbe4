//! Every form of endpoint leads to the right URLs.

use lynkr_protocol::Dialect;

use super::{BadBase, Base};
use crate::provider_named;

/// The URLs of the first dialect and of the model list.
fn urls(provider: &str, endpoint: &str) -> (String, String, Option<Dialect>) {
    let base = Base::parse(provider_named(provider).unwrap(), endpoint).unwrap();
    let dialect = base.pinned().unwrap_or_else(|| base.dialects().first().unwrap().dialect);
    let path = base.endpoint(dialect).unwrap().path.split('?').next().unwrap();
    let models = base.models_path().map_or("-".to_owned(), |path| base.url(path));
    (base.dialect_url(dialect, path, "m"), models, base.pinned())
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
builtin builtin: builtin:/v1/messages builtin:/v1/models -
openai-compatible https://h/serving-endpoints/x/invocations https://h/serving-endpoints/x/invocations https://h/serving-endpoints/x/v1/models openai_chat
databricks https://w https://w/serving-endpoints/m/invocations - -
databricks https://w/serving-endpoints/ https://w/serving-endpoints/m/invocations - -
databricks https://w/serving-endpoints/own/invocations https://w/serving-endpoints/m/invocations - openai_chat
databricks https://w/serving-endpoints/chat/completions https://w/serving-endpoints/chat/completions - openai_chat
databricks https://w/serving-endpoints/anthropic https://w/serving-endpoints/anthropic/v1/messages - -
databricks https://w/serving-endpoints/anthropic/v1/messages https://w/serving-endpoints/anthropic/v1/messages - anthropic
databricks https://w/ai-gateway/anthropic https://w/ai-gateway/anthropic/v1/messages - -
databricks https://g/mlflow/v1 https://g/mlflow/v1/chat/completions - -
azure-anthropic https://r.services.ai.azure.com https://r.services.ai.azure.com/anthropic/v1/messages - -
azure-anthropic https://r.services.ai.azure.com/anthropic/ https://r.services.ai.azure.com/anthropic/v1/messages - -
azure-anthropic https://r.services.ai.azure.com/anthropic/v1 https://r.services.ai.azure.com/anthropic/v1/messages - -
azure-anthropic https://r.services.ai.azure.com/anthropic/v1/messages https://r.services.ai.azure.com/anthropic/v1/messages - anthropic
azure-anthropic https://api.anthropic.com https://api.anthropic.com/v1/messages https://api.anthropic.com/v1/models -
azure-anthropic https://api.anthropic.com/v1/messages https://api.anthropic.com/v1/messages https://api.anthropic.com/v1/models anthropic
azure-openai https://r https://r/openai/deployments/m/chat/completions - -
azure-openai https://r/openai https://r/openai/deployments/m/chat/completions - -
azure-openai https://r/openai/deployments/own/chat/completions https://r/openai/deployments/m/chat/completions - openai_chat
azure-openai https://r/openai/deployments/own https://r/openai/deployments/m/chat/completions - openai_chat
azure-openai https://r/openai/v1 https://r/openai/v1/chat/completions - -
azure-openai https://r/openai/v1/ https://r/openai/v1/chat/completions - -
azure-openai https://r/openai/v1/chat/completions https://r/openai/v1/chat/completions - openai_chat
azure-openai https://r/openai/v1/responses https://r/openai/v1/responses - openai_responses
azure-openai https://r/openai/responses https://r/openai/responses - openai_responses
azure-openai https://r/models https://r/models/chat/completions - -
azure-openai https://r/models/chat/completions https://r/models/chat/completions - openai_chat
zai https://api.z.ai/api/anthropic https://api.z.ai/api/anthropic/v1/messages - -
zai https://api.z.ai/api/anthropic/v1/messages https://api.z.ai/api/anthropic/v1/messages - anthropic
zai https://api.z.ai/api/paas/v4 https://api.z.ai/api/paas/v4/chat/completions - -
zai https://api.z.ai/api/coding/paas/v4/chat/completions https://api.z.ai/api/coding/paas/v4/chat/completions - openai_chat
zai https://proxy/chat/completions https://proxy/chat/completions - openai_chat
moonshot https://api.moonshot.ai/v1 https://api.moonshot.ai/v1/chat/completions https://api.moonshot.ai/v1/models -
moonshot https://api.moonshot.cn/v1/chat/completions https://api.moonshot.cn/v1/chat/completions https://api.moonshot.cn/v1/models openai_chat
moonshot https://api.moonshot.ai/anthropic https://api.moonshot.ai/anthropic/v1/messages - -
baidu https://qianfan.baidubce.com/v2 https://qianfan.baidubce.com/v2/chat/completions https://qianfan.baidubce.com/v2/models -
baidu https://qianfan.baidubce.com/v2/chat/completions https://qianfan.baidubce.com/v2/chat/completions https://qianfan.baidubce.com/v2/models openai_chat
deepseek https://api.deepseek.com https://api.deepseek.com/v1/chat/completions https://api.deepseek.com/v1/models -
deepseek https://api.deepseek.com/chat/completions https://api.deepseek.com/chat/completions https://api.deepseek.com/v1/models openai_chat
deepseek https://api.deepseek.com/anthropic https://api.deepseek.com/anthropic/v1/messages - -
deepseek https://api.deepseek.com/anthropic/v1/messages https://api.deepseek.com/anthropic/v1/messages - anthropic
deepseek https://api.deepseek.com/responses https://api.deepseek.com/responses https://api.deepseek.com/v1/models openai_responses
atlas https://api.atlascloud.ai/v1/chat/completions https://api.atlascloud.ai/v1/chat/completions https://api.atlascloud.ai/v1/models openai_chat
atlas https://api.atlascloud.ai https://api.atlascloud.ai/v1/chat/completions https://api.atlascloud.ai/v1/models -
atlas https://api.atlascloud.ai/v1/messages https://api.atlascloud.ai/v1/messages https://api.atlascloud.ai/v1/models anthropic
edenai https://api.edenai.run/v3/chat/completions https://api.edenai.run/v3/chat/completions https://api.edenai.run/v3/models openai_chat
edenai https://api.edenai.run/v3/llm https://api.edenai.run/v3/llm/chat/completions https://api.edenai.run/v3/llm/models -
edenai https://api.edenai.run/v3 https://api.edenai.run/v3/chat/completions https://api.edenai.run/v3/models -";

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
        (
            "azure-openai",
            "https://r/openai/deployments/d/responses",
            BadBase::OtherDialect(Dialect::OpenAiResponses),
        ),
        ("azure-openai", "https://r/anthropic/v1/messages", BadBase::OtherDialect(Dialect::Anthropic)),
        ("azure-anthropic", "https://r/openai/v1/responses", BadBase::OtherDialect(Dialect::OpenAiResponses)),
        ("baidu", "https://r/v1/messages", BadBase::OtherDialect(Dialect::Anthropic)),
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
fn a_customer_s_host_is_the_vendor_s_but_not_the_vendor_s_alone() {
    for (provider, endpoint, expected) in [
        ("azure-openai", "https://r.openai.azure.com", true),
        ("azure-openai", "https://r.services.ai.azure.com/models", true),
        ("azure-openai", "https://r.cognitiveservices.azure.com", true),
        ("azure-openai", "https://openai.azure.com.evil.example", false),
        ("azure-openai", "https://openai.azure.com", false),
        ("azure-openai", "https://evilopenai.azure.com", false),
        ("azure-openai", "http://r.openai.azure.com", false),
        ("azure-openai", "https://r.openai.azure.com:8443", false),
        ("azure-openai", "https://r.inference.ml.azure.com", false),
        ("azure-anthropic", "https://r.services.ai.azure.com", true),
        ("azure-anthropic", "https://api.anthropic.com", false),
        ("databricks", "https://adb-1.7.azuredatabricks.net", true),
        ("databricks", "https://dbc-1.cloud.databricks.com", true),
        ("databricks", "https://1.7.gcp.databricks.com", true),
        ("databricks", "https://app.databricksapps.com", false),
    ] {
        let provider = provider_named(provider).unwrap();
        let base = Base::parse(provider, endpoint).unwrap();
        assert_eq!(base.is_vendor(provider), expected, "{endpoint}");
        assert!(!base.is_common_vendor(provider), "{endpoint}");
    }
    let zai = provider_named("zai").unwrap();
    assert!(Base::parse(zai, "https://api.z.ai/api/anthropic").unwrap().is_common_vendor(zai));
}

#[test]
fn the_query_stays_and_is_not_shown() {
    let base = Base::parse(provider_named("openai").unwrap(), "https://h/v1?api-key=sk-secret").unwrap();
    assert_eq!(base.query(), Some("api-key=sk-secret"));
    assert!(!format!("{base:?}").contains("secret"));
}
