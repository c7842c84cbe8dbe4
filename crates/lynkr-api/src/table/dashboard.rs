//! What the dashboard, the status line and reports of usage read.

use super::EVENTS;
use crate::route::Route;
use crate::routes::{dashboard, page};
use crate::scope::Scope;

const WINDOW: &str = "`24h`, `7d`, `30d`, another number of hours or days, or `all`.";
const SINCE: &str = "From this time on, in milliseconds since 1970 or ISO 8601, instead of a window.";
const FLAGSHIP: &str = "The model that costs are compared with.";
const CSV: &str = "`csv` gives a table for spreadsheets.";
const LIMIT: &str = "How many at most.";
const CURSOR: &str = "What `next` of the page before said.";
const SESSION: &str = "The session's id.";

/// What a key sees of its own use.
pub(super) fn own_usage() -> Vec<Route> {
    vec![
        usage(
            "/v1/usage",
            "getUsage",
            "Add up what the caller has used, beside what a flagship would have cost",
        )
        .parameter("days", "How many days, instead of a window."),
        Route::get("/api/sessions/{id}/tokens", dashboard::session_tokens)
            .says("getSessionTokens", "Show the tokens of a session, turn by turn")
            .parameter("id", SESSION)
            .gives("SessionTokens"),
        Route::get("/api/tokens/stats", dashboard::token_stats)
            .says("getTokenStats", "Add up the tokens that the caller has used")
            .parameter("window", WINDOW)
            .gives("TokenStats"),
    ]
}

fn usage(path: &'static str, id: &'static str, says: &'static str) -> Route {
    let route = if path == "/v1/usage" {
        Route::get(path, dashboard::own_usage)
    } else {
        Route::get(path, dashboard::usage)
    };
    route
        .says(id, says)
        .parameter("window", WINDOW)
        .parameter("since", SINCE)
        .parameter("flagship", FLAGSHIP)
        .parameter("provider", "Of this provider only.")
        .parameter("model", "Of this model only.")
        .parameter("tier", "Of this tier only; `none` for what went by no tier.")
        .parameter("format", CSV)
        .gives("UsageReport")
        .gives_as("text/csv", "Text")
}

/// The page itself, which says nothing about this gateway.
pub(super) fn page() -> Vec<Route> {
    vec![
        Route::get("/dashboard", page::page)
            .says("getDashboard", "Show the dashboard, for browsers")
            .gives_as("text/html", "Text")
            .open(),
        Route::get("/dashboard/", page::slash)
            .says("getDashboardSlash", "Lead to the dashboard")
            .succeeds_with(308)
            .open(),
        Route::get("/dashboard/assets/{*file}", page::asset)
            .says("getDashboardFile", "Give a file that the dashboard is made of")
            .parameter("file", "The file's name.")
            .gives_as("text/plain", "Text")
            .open(),
    ]
}

/// What the dashboard reads.
pub(super) fn rows() -> Vec<Route> {
    let view = |route: Route, id, says, gives| route.says(id, says).parameter("window", WINDOW).gives(gives);
    let mut rows = vec![
        view(
            Route::get("/dashboard/api/overview", dashboard::overview),
            "getOverview",
            "Show the first figures",
            "Overview",
        ),
        usage(
            "/dashboard/api/usage",
            "getEveryonesUsage",
            "Add up what all have used, by day, key, client and session as well",
        ),
        view(
            Route::get("/dashboard/api/routing", dashboard::routing),
            "getRouting",
            "Show how requests were routed",
            "RoutingFigures",
        ),
        view(
            Route::get("/dashboard/api/cache", dashboard::cache),
            "getCacheSavings",
            "Show what the providers' caches saved",
            "CacheFigures",
        ),
        view(
            Route::get("/dashboard/api/recommendations", dashboard::recommendations),
            "getRecommendations",
            "Say what the figures suggest, each with its evidence",
            "Recommendations",
        ),
        Route::get("/dashboard/api/providers", dashboard::providers)
            .says("getProviderFigures", "Show how the providers fare, with their breakers")
            .gives("ProviderFigures"),
        Route::get("/dashboard/api/budgets", dashboard::budgets)
            .says("getBudgets", "Show the budgets and what is spent of them")
            .gives("BudgetFigures"),
        view(
            Route::get("/dashboard/api/keys", dashboard::keys),
            "getKeys",
            "Show the keys, without their secrets",
            "KeyFigures",
        ),
        Route::get("/dashboard/api/config", dashboard::config)
            .says("getSettings", "Show the settings in effect with their sources, secrets masked")
            .gives("SettingList"),
        Route::get("/dashboard/api/statusline", dashboard::statusline)
            .needs(Scope::Lists)
            .says("getStatusline", "Show the caller's last request and what today comes to")
            .parameter("session", "The last request of this session.")
            .gives("StatusLine"),
        Route::get("/dashboard/api/events", dashboard::events)
            .says("getEvents", "Tell of each request as it settles")
            .parameter("flagship", FLAGSHIP)
            .gives_as(EVENTS, "Events"),
    ];
    rows.extend(lists());
    rows
}

fn lists() -> Vec<Route> {
    vec![
        Route::get("/dashboard/api/logs", dashboard::logs)
            .says("listRequests", "List requests with their receipts, the newest first")
            .parameter("window", WINDOW)
            .parameter("provider", "Of this provider only.")
            .parameter("model", "Of this model only.")
            .parameter("tier", "Of this tier only; `none` for what went by no tier.")
            .parameter("key", "Of this key only; `none` for what came without one.")
            .parameter("session", "Of this session only.")
            .parameter("client", "Of this client only.")
            .parameter("status", "`ok`, `error` or an HTTP status.")
            .parameter("q", "With this text in the error, the models, the id or the receipt.")
            .parameter("limit", LIMIT)
            .parameter("cursor", CURSOR)
            .gives("SettledRequestList"),
        Route::get("/dashboard/api/logs/{id}", dashboard::log)
            .says("getRequest", "Show one request, and why it went where it went")
            .parameter("id", "The record's id.")
            .gives("SettledRequestDetail"),
        Route::get("/dashboard/api/sessions", dashboard::sessions)
            .says("listSessions", "List sessions, the last used first")
            .parameter("window", WINDOW)
            .parameter("limit", LIMIT)
            .parameter("cursor", CURSOR)
            .gives("SessionSumsList"),
        Route::get("/dashboard/api/sessions/{id}", dashboard::session)
            .says("getSessionCalls", "Show a session call by call")
            .parameter("id", SESSION)
            .parameter("key", "Of this key only.")
            .parameter("limit", LIMIT)
            .parameter("cursor", CURSOR)
            .gives("SessionCalls"),
        Route::get("/dashboard/api/analytics", dashboard::analytics)
            .says("getAnalytics", "Show a metric by a dimension, stacked by another")
            .parameter("metric", "`cost`, `requests`, `tokens`, `latency`, …; the answer lists them.")
            .parameter("by", "`day`, `tier`, `provider`, `model`, …; the answer lists them.")
            .parameter("stack", "Another dimension, or none.")
            .parameter("days", "How many days, from 1 to 90.")
            .parameter("format", CSV)
            .gives("Analytics")
            .gives_as("text/csv", "Text"),
    ]
}
