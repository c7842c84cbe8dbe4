//! What a request of the dashboard asks for, and what it is told when that can't be had.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use lynkr_report::{Asked, FLAGSHIP, Flagship, Window};
use lynkr_store::{Outcome, Store, StoreError, Timestamp, UsageFilter};
use serde_json::Value;

use crate::context::Service;
use crate::routes::models::json_response;
use crate::routes::sessions::{refused, unavailable};

/// The longest text that is looked for.
const LONGEST_TEXT: usize = 200;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Wrong {
    /// A parameter can't be read; a sentence that names it.
    Asked(String),
    /// There is no such thing.
    Missing(String),
    /// This gateway keeps nothing.
    KeepsNothing,
    /// The store can't be asked.
    Store(StoreError),
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<String> for Wrong {
    fn from(sentence: String) -> Self {
        Self::Asked(sentence)
    }
}

/// An answer in JSON, or why there is none.
pub(super) fn answer(outcome: Result<Value, Wrong>) -> Response {
    match outcome {
        Ok(body) => json_response(&body),
        Err(wrong) => wrong.into_response(),
    }
}

/// A table for a spreadsheet.
pub(super) fn csv(name: &str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (http::header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, text).into_response()
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        match self {
            Self::Asked(sentence) => refused(StatusCode::BAD_REQUEST, "invalid_request", &sentence),
            Self::Missing(sentence) => refused(StatusCode::NOT_FOUND, "not_found", &sentence),
            Self::KeepsNothing => {
                refused(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "this gateway keeps nothing")
            }
            Self::Store(error) => unavailable(&error),
        }
    }
}

/// The parameters of a request.
#[derive(Debug, Default)]
pub(super) struct Ask(BTreeMap<String, String>);

impl Ask {
    /// Of a query.
    pub(super) fn new(query: Option<String>) -> Self {
        let query = query.unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// A parameter; an empty one counts as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, name: &str, default: u32, most: u32) -> Result<u32, Wrong> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| Wrong::Asked(format!("{name}: is no whole number from 1 to {most}")))
    }

    /// The window.
    pub(super) fn window(&self, default: &str, now: Timestamp) -> Result<Window, Wrong> {
        let asked = Asked {
            window: self.get("window"),
            days: self.get("days"),
            since: self.get("since"),
            until: self.get("until"),
        };
        Ok(Window::parse(&asked, default, now)?)
    }

    /// What spend is compared with.
    pub(super) fn flagship(&self, service: &Service) -> Flagship {
        let prices = service.options.policy.prices.now();
        Flagship::new(&prices, self.get("flagship").unwrap_or(FLAGSHIP))
    }

    /// Which requests are meant, the time aside.
    pub(super) fn filter(&self) -> Result<UsageFilter, Wrong> {
        let text = |name: &str| self.get(name).map(str::to_owned);
        // Records that have none are those with an empty one.
        let or_none = |name: &str| text(name).map(|own| if own == "none" { String::new() } else { own });
        let outcome = match self.get("status") {
            None | Some("any") => Outcome::Any,
            Some("ok") => Outcome::Answered,
            Some("error") => Outcome::Failed,
            Some(code) => Outcome::Status(code.parse().map_err(|_| {
                Wrong::Asked(format!("status: is `ok`, `error` or an HTTP status, not `{code}`"))
            })?),
        };
        let words = text("q");
        if words.as_ref().is_some_and(|words| words.len() > LONGEST_TEXT) {
            return Err(Wrong::Asked(format!("q: is longer than {LONGEST_TEXT} bytes")));
        }
        Ok(UsageFilter {
            key_id: or_none("key"),
            session_id: or_none("session"),
            client: or_none("client"),
            tier: or_none("tier"),
            provider: text("provider"),
            model: text("model"),
            outcome,
            text: words,
            ..UsageFilter::default()
        })
    }
}

/// The store.
pub(super) fn store(service: &Service) -> Result<&Store, Wrong> {
    service.store.as_ref().ok_or(Wrong::KeepsNothing)
}

/// The names of keys by their ids.
pub(super) async fn key_names(store: &Store) -> Result<BTreeMap<String, String>, StoreError> {
    let keys = store.keys().list().await?;
    Ok(keys.into_iter().map(|key| (key.id, key.rule.name)).collect())
}
