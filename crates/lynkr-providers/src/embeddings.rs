//! Where providers make embeddings, and under which model name they are asked.

use crate::model::{Route, split_provider};
use crate::pattern;
use crate::provider::{ModelNames, Provider};
use crate::upstream::Upstream;

/// The form of a provider's embeddings API. The vendors that have one of their own get a variant here, and its
/// conversion beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbeddingsForm {
    /// OpenAI's ("Create embeddings" in its API reference).
    OpenAi,
    /// Ollama's `/api/embed`, and on servers before 0.3 its `/api/embeddings`.
    Ollama,
}

/// How a provider makes embeddings, as plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embeddings {
    /// The form that it speaks.
    pub form: EmbeddingsForm,
    /// The path below the API's root; `{model}` and a query in it mean what they mean in
    /// [`Endpoint::path`](crate::Endpoint::path).
    pub path: &'static str,
    /// Other paths, for the parts of its API whose marker the endpoint holds.
    pub paths: &'static [(&'static str, &'static str)],
    /// Whether requests may say an `encoding_format`; where not, the gateway makes base64 itself.
    pub takes_encoding: bool,
    /// The setting that holds the model for clients that ask for one of somebody else.
    pub model_env: Option<&'static str>,
    /// The model when that setting has none; empty where any name may be the server's.
    pub default_model: &'static str,
    /// What the names of the vendor's own models begin with; empty where they can begin anyhow.
    pub families: &'static [&'static str],
    /// Models of others that it has as well: a pattern, and what stands in front of the name there.
    pub counterparts: &'static [(&'static str, &'static str)],
    /// The setting that holds an endpoint for embeddings alone.
    pub endpoint_env: Option<&'static str>,
}

impl Embeddings {
    /// OpenAI's form at OpenAI's path, with nothing of its own.
    pub(crate) const OPENAI: Self = Self {
        form: EmbeddingsForm::OpenAi,
        path: "/v1/embeddings",
        paths: &[],
        takes_encoding: true,
        model_env: None,
        default_model: "",
        families: &[],
        counterparts: &[],
        endpoint_env: None,
    };
}

/// What every client knows OpenAI's models by, so that other servers can tell that they don't have them.
const OPENAI_MODELS: &[&str] = &["text-embedding-"];

/// The providers that are tried when the chosen one makes no embeddings, in this order.
pub const EMBEDDINGS_FALLBACKS: &[&str] = &["openrouter", "openai", "ollama", "llamacpp"];

/// Which model makes embeddings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenEmbeddings {
    /// The name that goes up; empty when nobody said one, which some servers bear.
    pub model: String,
    /// The rule that chose it, for the receipt.
    pub why: &'static str,
}

/// The provider that a client names in its model name, and the rest of that name.
pub fn named_provider<'a>(asked: &'a str, active: &Route<'_>) -> Option<(&'static Provider, &'a str)> {
    split_provider(asked.trim(), active)
}

/// Decides which model name goes up to a provider that was chosen otherwise. `served` are the models that it
/// is known to have, if any list is known.
///
/// A client's own name goes up unless it is plainly another vendor's, since vectors of different models can't be
/// compared; then the configured model, the provider's counterpart of the name, and the provider's default
/// stand in, in this order.
pub fn choose_embeddings_model(asked: &str, upstream: &Upstream, served: &[String]) -> ChosenEmbeddings {
    let asked = asked.trim();
    let as_asked = || ChosenEmbeddings { model: asked.to_owned(), why: "asked for" };
    let Some(embeddings) = upstream.provider().embeddings else { return as_asked() };
    if is_own(asked, upstream.provider(), &embeddings, served) {
        return as_asked();
    }
    if let Some(model) = upstream.embeddings_model() {
        return ChosenEmbeddings { model: model.to_owned(), why: "provider's embeddings model" };
    }
    let counterpart = embeddings.counterparts.iter().find(|(pattern, _)| pattern::matches(pattern, asked));
    if let Some((_, prefix)) = counterpart {
        return ChosenEmbeddings { model: format!("{prefix}{asked}"), why: "provider's counterpart" };
    }
    if embeddings.default_model.is_empty() {
        return as_asked();
    }
    ChosenEmbeddings { model: embeddings.default_model.to_owned(), why: "built-in default" }
}

fn is_own(asked: &str, provider: &Provider, embeddings: &Embeddings, served: &[String]) -> bool {
    let begins = |families: &[&str]| families.iter().any(|family| asked.starts_with(family));
    if asked.is_empty() {
        return false;
    }
    if begins(embeddings.families)
        || served.iter().any(|name| name.split(':').next() == Some(asked) || name == asked)
    {
        return true;
    }
    match provider.model_names {
        ModelNames::Any => true,
        ModelNames::Slashed => asked.contains('/'),
        ModelNames::Served => served.is_empty() && !begins(OPENAI_MODELS),
        ModelNames::Plain => embeddings.families.is_empty() && !begins(OPENAI_MODELS),
    }
}

#[cfg(test)]
mod tests;
