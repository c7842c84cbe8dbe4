//! The routes about routing.

use crate::route::Route;
use crate::routes::routing;
use crate::scope::Scope;

/// All of them.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/routing/analyze", routing::analyze)
            .needs(Scope::Inference)
            .says(
                "analyzeRouting",
                "Decide on a request of any dialect, or on a `prompt`, without asking the tiers' models",
            )
            .parameter("mode", "`weighted` adds the documented complexity dimensions.")
            .takes("Anything")
            .gives("Numbers"),
        Route::get("/routing/tiers", routing::tiers)
            .needs(Scope::Read)
            .says("getTiers", "Show the tiers in effect, with their ranges and models")
            .gives("Numbers"),
        Route::get("/routing/stats", routing::stats)
            .needs(Scope::Read)
            .says("getRoutingStats", "Add up the last days' requests by tier")
            .gives("Numbers"),
        Route::get("/v1/routing/stats", routing::stats)
            .needs(Scope::Read)
            .says("getRoutingStatsV1", "The same, at the versioned path")
            .gives("Numbers"),
        Route::get("/v1/routing/telemetry", routing::telemetry)
            .needs(Scope::Read)
            .says("getRoutingTelemetry", "Show the newest decisions and what came of them")
            .gives("Numbers"),
        Route::get("/v1/routing/accuracy", routing::accuracy)
            .needs(Scope::Read)
            .says("getRoutingAccuracy", "Say how frequently a tier was too easy or too hard, by outcomes")
            .parameter(
                "since",
                "Not before this time, in milliseconds since 1970 UTC; 30 days if it isn't given.",
            )
            .gives("Numbers"),
        Route::get("/routing/models", routing::models)
            .needs(Scope::Read)
            .says("getRoutedModels", "Show prices and abilities of the tiers' models")
            .gives("Numbers"),
    ]
}
