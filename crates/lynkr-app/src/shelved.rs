//! Stored answers that outlive the process, in the store.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lynkr_orchestrator::{Shelf, Shelved};
use lynkr_store::{Store, StoreError, StoredResponse, Timestamp};
use tokio::sync::Semaphore;

/// So many answers may be on their way to the store at a time; what comes while it is slow stays in memory only.
const AT_ONCE: u32 = 32;

/// How long a request waits for an answer that memory doesn't have.
const PATIENCE: Duration = Duration::from_secs(2);

/// The shelf.
#[derive(Debug)]
pub(crate) struct ShelvedIn {
    store: Store,
    places: Arc<Semaphore>,
}

impl ShelvedIn {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, places: Arc::new(Semaphore::new(AT_ONCE as usize)) }
    }

    fn spawn<T>(&self, work: impl Future<Output = Result<T, StoreError>> + Send + 'static) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            tracing::debug!("a stored answer stays in memory only: the store is slow");
            return;
        };
        tokio::spawn(async move {
            if let Err(error) = work.await {
                tracing::warn!(%error, "a stored answer stays in memory only");
            }
            drop(place);
        });
    }
}

#[async_trait]
impl Shelf for ShelvedIn {
    fn put(&self, owner: &str, id: &str, shelved: Shelved) {
        let store = self.store.clone();
        let response = StoredResponse {
            owner: owner.to_owned(),
            id: id.to_owned(),
            created_at: Timestamp::now(),
            provider: shelved.provider,
            body: shelved.body,
        };
        self.spawn(async move { store.responses().put(&response).await });
    }

    async fn forget(&self, owner: &str, id: &str) {
        if let Err(error) = self.store.responses().delete(owner, id).await {
            tracing::warn!(%error, "a stored answer can't be deleted from the store");
        }
    }

    async fn settled(&self) {
        // Who has every place is alone. It is never closed.
        let _ = self.places.acquire_many(AT_ONCE).await;
    }

    async fn find(&self, owner: &str, id: &str) -> Option<Shelved> {
        match tokio::time::timeout(PATIENCE, self.store.responses().find(owner, id)).await {
            Ok(Ok(found)) => {
                found.map(|response| Shelved { provider: response.provider, body: response.body })
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a stored answer can't be looked for");
                None
            }
            Err(_) => {
                tracing::warn!("a stored answer can't be looked for: the store takes too long");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    //! Against a real SQLite file.

    use lynkr_store::{StoreOptions, StoreUrl};

    use super::*;

    #[tokio::test]
    async fn what_was_put_is_kept_when_it_is_settled() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&StoreOptions::new(StoreUrl::Sqlite(folder.path().join("s.sqlite")))).await.unwrap();
        let shelf = ShelvedIn::new(store.clone());
        let answer = Shelved { provider: None, body: b"{}".to_vec() };
        for id in 0..AT_ONCE {
            shelf.put("owner", &id.to_string(), answer.clone());
        }
        shelf.settled().await;
        for id in 0..AT_ONCE {
            assert!(store.responses().find("owner", &id.to_string()).await.unwrap().is_some(), "{id}");
        }
    }
}
