//! What is served now. A reload replaces it as a whole: a request that has begun keeps what it began with.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;

use crate::context::Service;
use crate::router::router;

/// The service in effect, and the routes over it.
pub struct Live {
    now: ArcSwap<(Service, Router)>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("service", &self.now.load().0).finish()
    }
}

impl Live {
    /// Begins with this service.
    pub fn new(service: Service) -> Arc<Self> {
        Arc::new(Self { now: ArcSwap::from_pointee(with_routes(service)) })
    }

    /// The service in effect.
    pub fn service(&self) -> Service {
        self.now.load().0.clone()
    }

    /// Serves this from the next request on.
    pub fn replace(&self, service: Service) {
        self.now.store(Arc::new(with_routes(service)));
    }

    /// The routes for one request.
    pub(crate) fn routes(&self) -> Router {
        self.now.load().1.clone()
    }
}

fn with_routes(service: Service) -> (Service, Router) {
    let routes = router(service.clone());
    (service, routes)
}
