//! What stands before a model's name in LiteLLM, and who that is here.

/// Who a prefix means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vendor {
    /// A provider that Lynkr has.
    Own(&'static str),
    /// A server with OpenAI's API at this address, and the variable that LiteLLM reads its key from.
    At(&'static str, &'static str),
    /// Any server with OpenAI's API: the deployment says where.
    Anywhere,
}

/// The prefixes.
const VENDORS: &[(&str, Vendor)] = &[
    ("anthropic", Vendor::Own("anthropic")),
    ("azure", Vendor::Own("azure-openai")),
    ("azure_ai", Vendor::Own("azure-anthropic")),
    ("azure_text", Vendor::Own("azure-openai")),
    ("bedrock", Vendor::Own("bedrock")),
    ("bedrock_converse", Vendor::Own("bedrock")),
    ("cerebras", Vendor::At("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY")),
    ("custom_openai", Vendor::Anywhere),
    ("dashscope", Vendor::At("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY")),
    ("databricks", Vendor::Own("databricks")),
    ("deepinfra", Vendor::At("https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY")),
    ("deepseek", Vendor::Own("deepseek")),
    ("fireworks_ai", Vendor::At("https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY")),
    ("gemini", Vendor::Own("vertex")),
    ("groq", Vendor::At("https://api.groq.com/openai/v1", "GROQ_API_KEY")),
    ("hosted_vllm", Vendor::Anywhere),
    ("litellm_proxy", Vendor::Anywhere),
    ("llamafile", Vendor::Anywhere),
    ("lm_studio", Vendor::Own("lmstudio")),
    ("mistral", Vendor::At("https://api.mistral.ai/v1", "MISTRAL_API_KEY")),
    ("moonshot", Vendor::Own("moonshot")),
    ("nvidia_nim", Vendor::At("https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY")),
    ("ollama", Vendor::Own("ollama")),
    ("ollama_chat", Vendor::Own("ollama")),
    ("openai", Vendor::Own("openai")),
    ("openai_like", Vendor::Anywhere),
    ("openrouter", Vendor::Own("openrouter")),
    ("perplexity", Vendor::At("https://api.perplexity.ai", "PERPLEXITYAI_API_KEY")),
    ("sambanova", Vendor::At("https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY")),
    ("text-completion-openai", Vendor::Own("openai")),
    ("together_ai", Vendor::At("https://api.together.xyz/v1", "TOGETHERAI_API_KEY")),
    ("vertex_ai", Vendor::Own("vertex")),
    ("vertex_ai_beta", Vendor::Own("vertex")),
    ("vllm", Vendor::Anywhere),
    ("xai", Vendor::At("https://api.x.ai/v1", "XAI_API_KEY")),
    ("zai", Vendor::Own("zai")),
];

/// Who a prefix means, if anybody here.
pub(super) fn vendor(prefix: &str) -> Option<Vendor> {
    VENDORS.iter().find(|(name, _)| *name == prefix).map(|(_, vendor)| *vendor)
}

/// The variable that LiteLLM reads a provider's key from where a deployment has none.
pub(super) fn usual_variable(prefix: &str) -> Option<&'static str> {
    if let Some(Vendor::At(_, env)) = vendor(prefix) {
        return Some(env);
    }
    let own = [
        ("anthropic", "ANTHROPIC_API_KEY"),
        ("azure", "AZURE_API_KEY"),
        ("azure_ai", "AZURE_AI_API_KEY"),
        ("databricks", "DATABRICKS_API_KEY"),
        ("deepseek", "DEEPSEEK_API_KEY"),
        ("gemini", "GEMINI_API_KEY"),
        ("moonshot", "MOONSHOT_API_KEY"),
        ("openai", "OPENAI_API_KEY"),
        ("openrouter", "OPENROUTER_API_KEY"),
        ("zai", "ZAI_API_KEY"),
    ];
    own.into_iter().find(|(name, _)| *name == prefix).map(|(_, env)| env)
}
