//! The dashboard's page: files that are part of the program. They say nothing about the gateway; what does, is asked
//! for by the page with a key, under `/dashboard/api/`.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header};
use ring::digest::{SHA256, digest};

/// A file of `assets/dashboard`.
struct File {
    name: &'static str,
    bytes: &'static [u8],
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(File { name: $name, bytes: include_bytes!(concat!("../../assets/dashboard/", $name)) }),*]
    };
}

/// Everything that the page is made of; the first is the page itself.
const FILES: &[File] = files![
    "index.html",
    "app.js",
    "icon.svg",
    "parts.css",
    "style.css",
    "theme.js",
    "lib/accuracy.js",
    "lib/api.js",
    "lib/charts.js",
    "lib/detail.js",
    "lib/dialog.js",
    "lib/dom.js",
    "lib/events.js",
    "lib/feed.js",
    "lib/format.js",
    "lib/help.js",
    "lib/hooks.js",
    "lib/parts.js",
    "lib/receipt.js",
    "lib/router.js",
    "lib/shell.js",
    "lib/shortcuts.js",
    "lib/signin.js",
    "lib/table.js",
    "lib/totals.js",
    "vendor/LICENSES.txt",
    "vendor/hooks.js",
    "vendor/htm.js",
    "vendor/preact.js",
    "views/budgets.js",
    "views/cache.js",
    "views/configuration.js",
    "views/explorer.js",
    "views/insights.js",
    "views/overview.js",
    "views/providers.js",
    "views/registry.js",
    "views/requests.js",
    "views/routing.js",
    "views/sessions.js",
    "views/spend.js",
];

/// What a page may do: load from here, ask here, and nothing else. No script stands in the page itself.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/// What every answer says beside its type. A browser keeps the files, and asks whether they are still the same, so
/// that a new version is seen at once.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// `GET /dashboard`
pub(crate) async fn page(headers: HeaderMap) -> Response {
    serve("index.html", &headers)
}

/// `GET /dashboard/`: the page's addresses are relative to `/dashboard`, under whatever folder a proxy serves it.
pub(crate) async fn slash() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, "../dashboard")]).into_response()
}

/// `GET /dashboard/assets/{file}`
pub(crate) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    serve(&name, &headers)
}

fn serve(name: &str, asked: &HeaderMap) -> Response {
    let Some((file, tag)) = TAGGED.iter().find(|(file, _)| file.name == name) else {
        return (StatusCode::NOT_FOUND, "the dashboard has no file of this name\n").into_response();
    };
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    if known.split(',').any(|known| known.trim() == tag) {
        return (StatusCode::NOT_MODIFIED, HEADERS, [(header::ETAG, tag.as_str())]).into_response();
    }
    (HEADERS, [(header::CONTENT_TYPE, kind(name)), (header::ETAG, tag.as_str())], file.bytes).into_response()
}

/// The files with their tags. The tags are weak: compressed, the bytes are others.
static TAGGED: LazyLock<Vec<(&'static File, String)>> = LazyLock::new(|| {
    let tag = |file: &File| {
        let mut tag = "W/\"".to_owned();
        for byte in digest(&SHA256, file.bytes).as_ref().iter().take(12) {
            // A string takes everything.
            let _ = write!(tag, "{byte:02x}");
        }
        tag + "\""
    };
    FILES.iter().map(|file| (file, tag(file))).collect()
});

/// The content type by the name's ending.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests;
