//! From the table of routes to what is served, with the layers around it.

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;

use crate::caller::dialect_of;
use crate::context::{ApiOptions, Service};
use crate::error::error_response;
use crate::observe::{RequestId, observe};
use crate::route::Route;
use crate::table::table;

/// Every route of the gateway.
pub fn router(service: Service) -> Router {
    let served = |route: &Route| is_served(route.path, &service.options);
    let routes = table()
        .into_iter()
        .filter(served)
        .fold(Router::new(), |router, route| router.route(route.path, route.handler));
    routes
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(service.clone(), observe))
        .with_state(service)
}

/// Whether a route is switched on.
fn is_served(path: &str, options: &ApiOptions) -> bool {
    (options.metrics || !path.starts_with("/metrics"))
        && (options.health_checks || !path.starts_with("/health/"))
}

fn id_of(request: &Request) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

async fn unknown(request: Request) -> Response {
    let dialect = dialect_of(request.uri().path(), request.headers());
    let message = format!("there is no {} {} here", request.method(), request.uri().path());
    error_response(&ApiError::new(FaultKind::NotFound, message), dialect, &id_of(&request))
}

async fn wrong_method(request: Request) -> Response {
    let dialect = dialect_of(request.uri().path(), request.headers());
    let message = format!("{} is not served with {}", request.uri().path(), request.method());
    let mut error = ApiError::new(FaultKind::InvalidRequest, message);
    error.status = 405;
    error_response(&error, dialect, &id_of(&request))
}
