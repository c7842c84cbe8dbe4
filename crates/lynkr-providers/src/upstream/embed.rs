//! Where an upstream makes embeddings: at its own endpoint, or at one that is set up for embeddings alone.

use lynkr_config::{Problem, Source, Values};

use super::Upstream;
use super::read::Endpoint;
use crate::base::Base;
use crate::embeddings::EmbeddingsForm;
use crate::template;

/// How the full paths of embeddings end. OpenAI's are used as they were written; the older of Ollama's leads to
/// the newer one, which takes several texts at once.
const ENDINGS: &[(&str, EmbeddingsForm)] = &[
    ("/api/embeddings", EmbeddingsForm::Ollama),
    ("/api/embed", EmbeddingsForm::Ollama),
    ("/embeddings", EmbeddingsForm::OpenAi),
    ("/embedding", EmbeddingsForm::OpenAi),
];

/// What is configured for embeddings alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// The same provider at the endpoint for embeddings, if it has one.
    elsewhere: Option<Box<Upstream>>,
    /// The full path that the endpoint is, if it is one.
    whole: Option<String>,
    /// The form that this path is in.
    form: Option<EmbeddingsForm>,
    /// The configured model.
    model: Option<String>,
}

impl Upstream {
    /// The upstream that makes embeddings: the same provider, perhaps at another endpoint, where the rules for
    /// credentials are applied anew.
    pub fn for_embeddings(&self) -> &Self {
        self.embeddings.elsewhere.as_deref().unwrap_or(self)
    }

    /// The form in which it is asked for embeddings; `None` where it makes none.
    pub fn embeddings_form(&self) -> Option<EmbeddingsForm> {
        let own = self.provider.embeddings.map(|embeddings| embeddings.form);
        own.map(|own| self.for_embeddings().embeddings.form.unwrap_or(own))
    }

    /// The embeddings model that the user configured for this provider.
    pub fn embeddings_model(&self) -> Option<&str> {
        self.embeddings.model.as_deref()
    }

    /// Whether the user has set up an endpoint of this provider for embeddings alone.
    pub const fn has_embeddings_endpoint(&self) -> bool {
        self.embeddings.elsewhere.is_some()
    }

    pub(super) fn read_embeddings(&mut self, values: &Values) -> Result<(), Vec<Problem>> {
        let Some(embeddings) = self.provider.embeddings else { return Ok(()) };
        self.embeddings.model = embeddings.model_env.and_then(|env| values.text(env)).map(str::to_owned);
        let Some((env, text)) = embeddings.endpoint_env.and_then(|env| Some((env, values.text(env)?))) else {
            return Ok(());
        };
        let source = values.source(env).cloned().unwrap_or(Source::Default);
        let written = text.trim_end_matches('/');
        let ending = ENDINGS.iter().find(|(ending, _)| written.ends_with(ending));
        let root = ending.and_then(|(ending, _)| written.strip_suffix(ending)).unwrap_or(written);
        let base = Base::parse(self.provider, root)
            .map_err(|_| vec![Problem::error(env, "is not a URL").with_source(&source)])?;
        let endpoint = Endpoint { base, source, env, region: None };
        let mut elsewhere = Self::at(self.provider, endpoint, values).map_err(|problems| {
            let named = |problem: Problem| Problem { key: env.into(), ..problem };
            problems.into_iter().map(named).collect::<Vec<_>>()
        })?;
        let is_whole = |form: &EmbeddingsForm| *form == EmbeddingsForm::OpenAi;
        elsewhere.embeddings = Place {
            form: ending.map(|(_, form)| *form),
            whole: ending.filter(|(_, form)| is_whole(form)).map(|_| written.to_owned()),
            model: self.embeddings.model.clone(),
            elsewhere: None,
        };
        self.embeddings.elsewhere = Some(Box::new(elsewhere));
        Ok(())
    }

    /// The URL of embeddings without a query, and the query that it wants.
    pub(crate) fn embeddings_url(&self, model: &str) -> Option<(String, Vec<String>)> {
        if let Some(whole) = &self.embeddings.whole {
            return Some((whole.clone(), Vec::new()));
        }
        let embeddings = self.provider.embeddings?;
        let other = embeddings.paths.iter().find(|(marker, _)| Some(*marker) == self.base.marker());
        let path = other.map_or(embeddings.path, |(_, path)| path);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Some((template::fill(&self.base.url(path), model), self.query_of_path(query)))
    }
}

#[cfg(test)]
mod tests;
