//! The bodies of `/api/tags`, `/api/show` and `/api/version`.

use serde_json::{Value, json};

use super::calls::hash;
use super::time::rfc3339;

/// What Ollama's clients ask about a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Unix time in seconds of its last change.
    pub modified: u64,
    /// How many tokens it takes; 0 when that isn't known.
    pub context_length: u64,
    /// Whether it calls tools.
    pub tools: bool,
    /// Whether it sees pictures.
    pub vision: bool,
    /// Whether it reasons.
    pub thinking: bool,
}

/// The body of `GET /api/tags`: all models.
pub fn tags(models: &[Model]) -> Vec<u8> {
    let models: Vec<Value> = models.iter().map(entry).collect();
    json!({ "models": models }).to_string().into_bytes()
}

/// The body of `POST /api/show`: one model. Clients take the context length from `model_info`, and
/// whether tools are known from `capabilities` or, like LiteLLM, from a mention of them in `template`.
pub fn show(model: &Model) -> Vec<u8> {
    let template = if model.tools { "{{ .Tools }}{{ .Messages }}" } else { "{{ .Messages }}" };
    let mut information = json!({ "general.architecture": "lynkr" });
    if model.context_length > 0
        && let Some(fields) = information.as_object_mut()
    {
        fields.insert("lynkr.context_length".to_owned(), model.context_length.into());
    }
    json!({
        "modelfile": "",
        "parameters": "",
        "template": template,
        "details": details(),
        "model_info": information,
        "capabilities": capabilities(model),
        "modified_at": rfc3339(model.modified),
    })
    .to_string()
    .into_bytes()
}

/// The body of `GET /api/version`.
pub fn version(version: &str) -> Vec<u8> {
    json!({ "version": version }).to_string().into_bytes()
}

fn entry(model: &Model) -> Value {
    json!({
        "name": model.name,
        "model": model.name,
        "modified_at": rfc3339(model.modified),
        "size": 0,
        // Ollama's own command line cuts 12 characters out of it, so it may not be short.
        "digest": format!("{:016x}", hash(&model.name)).repeat(4),
        "details": details(),
    })
}

fn details() -> Value {
    json!({
        "parent_model": "",
        "format": "",
        "family": "lynkr",
        "families": ["lynkr"],
        "parameter_size": "",
        "quantization_level": "",
    })
}

fn capabilities(model: &Model) -> Vec<&'static str> {
    let optional = [(model.tools, "tools"), (model.vision, "vision"), (model.thinking, "thinking")];
    let known = optional.into_iter().filter_map(|(has, name)| has.then_some(name));
    std::iter::once("completion").chain(known).collect()
}
