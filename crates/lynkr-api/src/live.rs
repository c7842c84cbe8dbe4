//! What is served now. A reload replaces it as a whole: a request that has begun keeps what it began with.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::Router;
use lynkr_types::lane::PerLane;

use crate::context::Service;
use crate::router::router;

/// The service in effect, and the routes over it.
pub struct Live {
    now: ArcSwap<Service>,
    /// How often it was replaced.
    generation: AtomicU64,
    /// Every handler of a request counts its use of the service: each lane has routes over a service of its own.
    lanes: PerLane<ArcSwapOption<Own>>,
}

/// One lane's routes.
struct Own {
    generation: u64,
    routes: Router,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("service", &**self.now.load()).finish_non_exhaustive()
    }
}

impl Live {
    /// Begins with this service.
    pub fn new(service: Service) -> Arc<Self> {
        let now = ArcSwap::from_pointee(service);
        Arc::new(Self { now, generation: AtomicU64::new(0), lanes: PerLane::new() })
    }

    /// The service in effect.
    pub fn service(&self) -> Service {
        Service::clone(&self.now.load())
    }

    /// Serves this from the next request on.
    pub fn replace(&self, service: Service) {
        self.now.store(Arc::new(service));
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// The routes for one request.
    pub(crate) fn routes(&self) -> Router {
        let own = self.lanes.own();
        // Looked at before the service: where that is replaced meanwhile, the next request makes routes anew.
        let generation = self.generation.load(Ordering::SeqCst);
        if let Some(known) = &*own.load()
            && known.generation == generation
        {
            return known.routes.clone();
        }
        let routes = router(self.now.load().apart());
        own.store(Some(Arc::new(Own { generation, routes: routes.clone() })));
        routes
    }
}
