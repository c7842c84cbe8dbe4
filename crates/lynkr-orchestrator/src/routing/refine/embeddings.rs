//! What an ask is like: its embedding beside those of the anchors, all of them made by one model of the operator's.

use std::sync::{Arc, Mutex, PoisonError};

use lynkr_routing::{Candidate, Centroids, Policy, Unheard, anchors};
use serde_json::json;

use super::{Said, own};
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::ingress::Ingress;

/// What the ledger and the log call such a request.
const SURFACE: &str = "difficulty_embeddings";
/// So much of an ask is embedded, in characters: some servers refuse more than 512 tokens.
const MOST_SHOWN: usize = 2_000;

/// Where a model's anchors lie. They are in the binary, so that the model's name is all that they change with.
#[derive(Debug, Default)]
pub(super) struct Anchored {
    known: Mutex<Option<(Candidate, Arc<Centroids>)>>,
    /// Held by the one request that has them embedded, for all that came meanwhile.
    making: tokio::sync::Mutex<()>,
}

impl Anchored {
    fn of(&self, model: &Candidate) -> Option<Arc<Centroids>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(own, _)| own == model).map(|(_, centroids)| Arc::clone(centroids))
    }

    fn put(&self, known: Option<(Candidate, Arc<Centroids>)>) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

impl Gateway {
    /// The score of words by what they are like.
    pub(super) async fn likened(
        &self,
        ingress: &Ingress,
        model: &Candidate,
        policy: &Policy,
        words: &str,
    ) -> Result<Said, Failure> {
        let centroids = match self.centroids(ingress, model).await? {
            Ok(centroids) => centroids,
            Err(unheard) => return Ok(Err(unheard)),
        };
        let shown: String = words.chars().take(MOST_SHOWN).collect();
        let request = own::charged(ingress, "embeddings", &json!({"model": model.model, "input": shown}));
        let vectors = self.vectors(&request, model, SURFACE).await?;
        let score = match vectors.as_slice() {
            [only] => centroids.score(only, &policy.bounds),
            _ => None,
        };
        if score.is_none() {
            // The name may stand for another model than it did, with vectors of another length.
            self.router().opinions().anchored().put(None);
        }
        Ok(score.ok_or(Unheard::NoVector))
    }

    /// Where the anchors lie: embedded once, all in one request, which is nobody's to pay.
    async fn centroids(
        &self,
        ingress: &Ingress,
        model: &Candidate,
    ) -> Result<Result<Arc<Centroids>, Unheard>, Failure> {
        let anchored = self.router().opinions().anchored();
        if let Some(known) = anchored.of(model) {
            return Ok(Ok(known));
        }
        let _making = anchored.making.lock().await;
        if let Some(known) = anchored.of(model) {
            return Ok(Ok(known));
        }
        let texts: Vec<&str> = anchors().iter().map(|anchor| anchor.text).collect();
        let request = own::free(ingress, "anchors", &json!({"model": model.model, "input": texts}));
        let vectors = self.vectors(&request, model, SURFACE).await?;
        match Centroids::of(&vectors) {
            Ok(centroids) => {
                tracing::info!(
                    %model, anchors = texts.len(), told_apart = centroids.right(),
                    "the anchors of difficulty are embedded"
                );
                let centroids = Arc::new(centroids);
                anchored.put(Some((model.clone(), Arc::clone(&centroids))));
                Ok(Ok(centroids))
            }
            Err(error) => {
                tracing::warn!(%model, %error, "no second opinion comes of these embeddings");
                Ok(Err(Unheard::NoVector))
            }
        }
    }
}
