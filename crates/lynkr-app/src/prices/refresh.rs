//! Newer list prices than those that the program brings along: fetched where the operator wants it, kept in the state
//! folder, and in effect as soon as they are read and checked as a whole. Whatever goes wrong, the prices before stay.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lynkr_api::Live;
use lynkr_config::{Problem, Trust, Values};
use lynkr_http::{Outbound, Transport};
use lynkr_routing::{Date, Origin, Table, convert};

use crate::reload::Reloader;

const REFRESH: &str = "LYNKR_PRICES_REFRESH";
const URL: &str = "LYNKR_PRICES_URL";
const FILE: &str = "prices.tsv";

/// A list is good for so long.
const GOOD_FOR: Duration = Duration::from_secs(24 * 3_600);
/// After a failure it isn't tried again for so long.
const AFTER_FAILURE: Duration = Duration::from_secs(300);
/// How often it is looked whether there is something to do.
const EVERY: Duration = Duration::from_secs(60);
/// How long a list may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Seconds in a day.
const DAY: u64 = 24 * 3_600;
/// Prices older than so many days are just old.
const DAYS_SEEN: u64 = 3_650;
/// The largest list; today's has 3 MB.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Where lists come from, and where they are kept.
struct Place {
    url: String,
    file: PathBuf,
}

/// Whether and where lists are fetched: what the operator says, and nobody else.
fn place(values: &Values) -> Result<Option<Place>, Problem> {
    for env in [REFRESH, URL] {
        if let Some(source) = values.source(env).filter(|source| source.trust() == Trust::Project) {
            let problem = Problem::error(env, "is refused here: a project can't say what models cost");
            return Err(problem.with_source(source));
        }
    }
    let (Some(url), Some(folder)) = (values.text(URL), values.path("LYNKR_STATE_DIR")) else {
        return Ok(None);
    };
    let place = Place { url: url.to_owned(), file: folder.join(FILE) };
    Ok(values.bool(REFRESH).then_some(place))
}

/// The table to begin with: the one that was fetched last, if that is wanted and it is no older than the program's own.
pub(crate) fn table(values: &Values) -> Result<Table, Problem> {
    let built_in = Table::built_in();
    let Some(place) = place(values)? else { return Ok(built_in) };
    match kept(&place.file) {
        Ok(Some(table)) if table.date() >= built_in.date() => Ok(table),
        Ok(_) => Ok(built_in),
        Err(error) => {
            tracing::warn!(error, file = %place.file.display(), "the prices that were kept can't be read");
            Ok(built_in)
        }
    }
}

/// How fresh the prices are that a gateway would begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What they were made of.
    pub origin: String,
    /// When they were made or fetched, if that is known.
    pub date: Option<Date>,
    /// How many days ago that was.
    pub days: Option<u64>,
    /// How many models they have.
    pub models: usize,
    /// Whether newer ones are fetched once a day.
    pub refreshed: bool,
}

/// How fresh the prices are that a gateway with these settings would begin with.
pub fn standing(values: &Values) -> Result<Standing, Problem> {
    let table = table(values)?;
    let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let age =
        |date: Date| (0..DAYS_SEEN).find(|days| Date::of_unix(today.saturating_sub(days * DAY)) <= date);
    Ok(Standing {
        origin: table.origin().to_owned(),
        date: table.date(),
        days: table.date().map(|date| age(date).unwrap_or(DAYS_SEEN)),
        models: table.len(),
        refreshed: place(values)?.is_some(),
    })
}

fn kept(file: &Path) -> Result<Option<Table>, String> {
    let Ok(about) = std::fs::metadata(file) else { return Ok(None) };
    if about.len() > MOST_BYTES as u64 {
        return Err("the file is too large".to_owned());
    }
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    Table::parse(text).map(Some).map_err(|error| error.to_string())
}

/// Keeps the prices fresh for as long as the gateway lives. The settings are those in effect at the time.
pub(crate) async fn keep_fresh(live: Weak<Live>, reloader: Weak<Reloader>, http: Arc<dyn Transport>) {
    let mut failed: Option<tokio::time::Instant> = None;
    loop {
        {
            let (Some(live), Some(reloader)) = (live.upgrade(), reloader.upgrade()) else { return };
            let place = place(&*reloader.values().await).ok().flatten();
            let rests = failed.is_some_and(|at| at.elapsed() < AFTER_FAILURE);
            if let Some(place) = place.filter(|place| !rests && is_due(&place.file)) {
                failed = fresher(&place, &live, &http).await.err().map(|error| {
                    tracing::warn!(error, "newer prices can't be had: those before stay in effect");
                    tokio::time::Instant::now()
                });
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Whether the list that was fetched last is too old, or there is none.
fn is_due(file: &Path) -> bool {
    let modified = std::fs::metadata(file).and_then(|about| about.modified());
    let age = modified.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
    age.is_none_or(|age| age >= GOOD_FOR)
}

/// Fetches a list, keeps it, and puts it into effect.
async fn fresher(place: &Place, live: &Live, http: &Arc<dyn Transport>) -> Result<(), String> {
    let list = tokio::time::timeout(PATIENCE, fetch(&place.url, http))
        .await
        .map_err(|_| "the list takes too long".to_owned())??;
    let (url, file) = (place.url.clone(), place.file.clone());
    let made = tokio::task::spawn_blocking(move || make(&list, &url, &file)).await;
    let table = made.map_err(|error| error.to_string())??;
    tracing::info!(models = table.len(), "newer prices are in effect");
    let book = live.service().options.policy.prices.clone();
    book.replace(book.now().with_table(table));
    Ok(())
}

fn make(list: &[u8], url: &str, file: &Path) -> Result<Table, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // What stands behind the path may be a secret.
    let source = url.split(['?', '#']).next().unwrap_or_default();
    let origin = Origin { source, licence: "see its source", date: Date::of_unix(now.as_secs()) };
    let table = convert(list, origin).map_err(|error| chain(&error))?;
    if let Err(error) = keep(table.text(), file) {
        tracing::warn!(%error, file = %file.display(), "newer prices can't be kept: the next start fetches them again");
    }
    Ok(table)
}

/// Written beside the file and then put in its place, so that nobody reads half of it.
fn keep(text: &str, file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension(format!("{}.new", std::process::id()));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, file));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

async fn fetch(url: &str, http: &Arc<dyn Transport>) -> Result<Vec<u8>, String> {
    let outbound = Outbound {
        method: http::Method::GET,
        url: url.parse().map_err(|_| format!("{URL} is no URL"))?,
        headers: http::HeaderMap::from_iter([(
            http::header::ACCEPT,
            http::HeaderValue::from_static("application/json"),
        )]),
        body: Vec::new(),
        head_timeout: PATIENCE,
    };
    let inbound = http.send(outbound).await.map_err(|error| error.chain())?;
    if inbound.status != http::StatusCode::OK {
        return Err(format!("the answer is {}", inbound.status));
    }
    let mut body = inbound.body;
    let mut list = Vec::new();
    while let Some(bytes) = body.next().await {
        list.extend_from_slice(&bytes.map_err(|error| error.chain())?);
        if list.len() > MOST_BYTES {
            return Err(format!("the list has more than {MOST_BYTES} bytes"));
        }
    }
    Ok(list)
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
