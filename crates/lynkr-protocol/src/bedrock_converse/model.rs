//! What a model's name tells of it. Converse takes one request for every vendor's models, but they don't
//! take the same things: the lists of Bedrock's user guide ("Supported models and model features", "Prompt
//! caching") tell which does.

/// Whose model it is, as far as requests differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Anthropic's, and every name that tells nothing: an application's inference profile, a router.
    Claude,
    /// Amazon's own newer ones.
    Nova,
    /// OpenAI's open ones.
    GptOss,
    /// Any other vendor's.
    Other,
}

const OTHERS: &[&str] = &[
    "ai21.",
    "amazon.titan",
    "cohere.",
    "deepseek.",
    "google.",
    "meta.",
    "minimax.",
    "mistral.",
    "moonshot",
    "nvidia.",
    "openai.",
    "qwen.",
    "twelvelabs.",
    "writer.",
    "zai.",
];

/// Claude models from before reasoning.
const WITHOUT_REASONING: &[&str] =
    &["claude-v2", "claude-instant", "claude-3-haiku", "claude-3-sonnet", "claude-3-opus", "claude-3-5"];

/// Claude models from before prompt caching.
const WITHOUT_CACHE: &[&str] = &[
    "claude-v2",
    "claude-instant",
    "claude-3-haiku",
    "claude-3-sonnet",
    "claude-3-opus",
    "claude-3-5-sonnet-20240620",
];

/// Claude models from before schemas were followed to the letter.
const WITHOUT_STRICT: &[&str] = &[
    "claude-v2",
    "claude-instant",
    "claude-3-",
    "claude-sonnet-4-2025",
    "claude-opus-4-2025",
    "claude-opus-4-1",
];

fn is_any(model: &str, names: &[&str]) -> bool {
    names.iter().any(|name| model.contains(name))
}

pub(super) fn family(model: &str) -> Family {
    let model = model.to_ascii_lowercase();
    match model.as_str() {
        name if name.contains("anthropic") || name.contains("claude") => Family::Claude,
        name if name.contains("amazon.nova") => Family::Nova,
        name if name.contains("gpt-oss") => Family::GptOss,
        name if is_any(name, OTHERS) => Family::Other,
        _ => Family::Claude,
    }
}

/// Whether it takes `thinking`.
pub(super) fn thinks(model: &str) -> bool {
    family(model) == Family::Claude && !is_any(model, WITHOUT_REASONING)
}

/// Whether it is one of Amazon's models that reason.
pub(super) fn is_reasoning_nova(model: &str) -> bool {
    model.contains("nova-2") || model.contains("nova-premier-v2")
}

/// Whether it takes cache points among instructions and content.
pub(super) fn caches(model: &str) -> bool {
    match family(model) {
        Family::Claude => !is_any(model, WITHOUT_CACHE),
        Family::Nova => true,
        Family::GptOss | Family::Other => false,
    }
}

/// Whether it takes cache points among tools, and lifetimes for them.
pub(super) fn caches_tools(model: &str) -> bool {
    family(model) == Family::Claude && caches(model)
}

/// Whether it takes `strict` tools.
pub(super) fn is_strict(model: &str) -> bool {
    family(model) == Family::Claude && !is_any(model, WITHOUT_STRICT)
}

/// Whether it takes reasoning back that Anthropic's models signed.
pub(super) fn takes_proofs(model: &str) -> bool {
    thinks(model)
}

/// Whether it is told by `status` that a tool failed.
pub(super) fn reads_status(model: &str) -> bool {
    matches!(family(model), Family::Claude | Family::Nova)
}
