//! Connections that are kept for the next request.
//!
//! Each [lane](crate::Lanes) has a pool of its own, so nothing here is waited for. HTTP/1.1 connections are lent, the one that
//! rested last first; one of HTTP/2 is shared by all. A connection that turns out to be closed before a request has gone out on
//! it costs nothing but another try.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::header::HOST;
use http::uri::{Authority, Parts, PathAndQuery, Port};
use http::{HeaderValue, Request, Response, Uri};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::Instant;

use crate::body::{AnswerBody, RequestBody};
use crate::connect::{Cause, Connector, is_secure};
use crate::line::Line;
use crate::patience::Patience;
use crate::rerun::Rerun;

/// The connections of one lane.
#[derive(Debug)]
pub(crate) struct Pool {
    connector: Arc<Connector>,
    /// How long a connection rests at most.
    idle_timeout: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Few: a gateway has as many as it has providers.
    shelves: Vec<Shelf>,
    /// Whether somebody looks after what rests too long.
    is_swept: bool,
}

/// What leads to one place.
struct Shelf {
    place: Place,
    /// HTTP/1.1, the one that rested last at the end.
    resting: Vec<(Box<Line>, Instant)>,
    /// HTTP/2.
    shared: Option<Shared>,
}

/// An HTTP/2 connection, and when it was used last.
struct Shared {
    sender: SendRequest<RequestBody>,
    used: Instant,
}

/// Where a connection leads.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    is_secure: bool,
    authority: Authority,
    /// What the `host` header says of it: without the port that goes without saying (RFC 9110 section 7.2).
    host: HeaderValue,
}

/// A connection that a request can go out on.
enum Way {
    Line(Box<Line>),
    Shared(SendRequest<RequestBody>),
}

/// A request that got no answer; with itself where nothing of it has gone out.
#[derive(Debug)]
pub(crate) struct Refused {
    error: SendError,
    request: Option<Request<RequestBody>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum SendError {
    /// No connection came about.
    Connect(Cause),
    /// The connection broke.
    Broken(hyper::Error),
    /// It took too long.
    Late,
}

impl From<TrySendError<Request<RequestBody>>> for Refused {
    fn from(mut refused: TrySendError<Request<RequestBody>>) -> Self {
        let request = refused.take_message();
        Self { error: SendError::Broken(refused.into_error()), request }
    }
}

impl Refused {
    pub(crate) const fn late() -> Self {
        Self { error: SendError::Late, request: None }
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf")
            .field("place", &self.place)
            .field("resting", &self.resting.len())
            .field("shared", &self.shared.is_some())
            .finish()
    }
}

impl Place {
    fn of(url: &Uri) -> Result<Self, Cause> {
        let authority = url.authority().cloned().ok_or("the URL names no host")?;
        let is_secure = is_secure(url);
        let goes_without_saying = |port: &Port<&str>| port.as_u16() == if is_secure { 443 } else { 80 };
        let host = match authority.port().filter(|port| !goes_without_saying(port)) {
            Some(port) => HeaderValue::try_from(format!("{}:{port}", authority.host()))?,
            None => HeaderValue::from_str(authority.host())?,
        };
        Ok(Self { is_secure, authority, host })
    }

    fn is_of(&self, url: &Uri) -> bool {
        self.is_secure == is_secure(url) && url.authority() == Some(&self.authority)
    }

    fn is(&self, other: &Self) -> bool {
        self.is_secure == other.is_secure && self.authority == other.authority
    }
}

impl Pool {
    pub(crate) fn new(connector: Arc<Connector>, idle_timeout: Duration) -> Arc<Self> {
        Arc::new(Self { connector, idle_timeout, state: Mutex::default() })
    }

    /// Sends a request, which has no URL yet, to the host that the URL names.
    pub(crate) async fn send(
        self: &Arc<Self>,
        url: &Uri,
        mut request: Request<RequestBody>,
        mut patience: Patience<'_>,
    ) -> Result<Response<AnswerBody>, SendError> {
        while let Some(way) = self.lend(url) {
            match way.ask(url, request, &mut patience).await {
                // It was closed while it rested.
                Err(Refused { request: Some(again), .. }) => request = again,
                other => return other.map_err(|refused| refused.error),
            }
        }
        // What is rare has no room in every request's future.
        let opened = Box::pin(patience.wait(self.open(url))).await;
        let way = opened.ok_or(SendError::Late)??;
        way.ask(url, request, &mut patience).await.map_err(|refused| refused.error)
    }

    /// A connection that seems open.
    fn lend(&self, url: &Uri) -> Option<Way> {
        let mut state = self.state();
        let shelf = state.shelves.iter_mut().find(|shelf| shelf.place.is_of(url))?;
        if let Some(shared) = &mut shelf.shared {
            if !shared.sender.is_closed() {
                shared.used = Instant::now();
                return Some(Way::Shared(shared.sender.clone()));
            }
            shelf.shared = None;
        }
        let (line, _) = shelf.resting.pop().filter(|(_, since)| since.elapsed() < self.idle_timeout)?;
        Some(Way::Line(line))
    }

    async fn open(self: &Arc<Self>, url: &Uri) -> Result<Way, SendError> {
        let place = Place::of(url).map_err(SendError::Connect)?;
        let connected = self.connector.connect(url).await.map_err(SendError::Connect)?;
        if !connected.is_h2 {
            let line = Line::open(connected, place, Arc::downgrade(self)).await.map_err(SendError::Broken)?;
            return Ok(Way::Line(line));
        }
        let mut builder = Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new());
        let (sender, connection) = builder.handshake(connected.wire).await.map_err(SendError::Broken)?;
        tokio::spawn(Rerun::new(async move {
            // Whoever has a request on it hears of its end.
            let _ = connection.await;
        }));
        let shared = Shared { sender: sender.clone(), used: Instant::now() };
        self.state().shelf(&place).shared = Some(shared);
        self.sweep();
        Ok(Way::Shared(sender))
    }

    /// Takes a connection back.
    pub(crate) fn rest(self: &Arc<Self>, line: Box<Line>) {
        let mut state = self.state();
        let shelf = state.shelf(&line.place);
        shelf.resting.push((line, Instant::now()));
        let is_swept = state.is_swept;
        drop(state);
        if !is_swept {
            self.sweep();
        }
    }

    /// Closes what rests too long, as long as anything rests.
    fn sweep(self: &Arc<Self>) {
        // Without a runtime nothing is read or written any more either.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if std::mem::replace(&mut self.state().is_swept, true) {
            return;
        }
        let sweeping = Sweeping(Arc::downgrade(self));
        let every = (self.idle_timeout / 2).max(Duration::from_millis(1));
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                let Some(pool) = sweeping.0.upgrade() else { return };
                if !pool.state().close_old(pool.idle_timeout) {
                    return;
                }
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As long as this lives somebody looks after a pool: its runtime may end before the pool does. That two do so for a while
/// does no harm.
struct Sweeping(Weak<Pool>);

impl Drop for Sweeping {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.state().is_swept = false;
        }
    }
}

impl State {
    fn shelf(&mut self, place: &Place) -> &mut Shelf {
        let known = self.shelves.iter().position(|shelf| shelf.place.is(place));
        let at = known.unwrap_or_else(|| {
            self.shelves.push(Shelf { place: place.clone(), resting: Vec::new(), shared: None });
            self.shelves.len() - 1
        });
        &mut self.shelves[at]
    }

    /// Whether anything is left; if not, nobody looks after it any more.
    fn close_old(&mut self, idle_timeout: Duration) -> bool {
        for shelf in &mut self.shelves {
            shelf.resting.retain(|(_, since)| since.elapsed() < idle_timeout);
            // Its requests have handles of their own on it, and end before it does.
            shelf.shared.take_if(|shared| shared.sender.is_closed() || shared.used.elapsed() >= idle_timeout);
        }
        self.shelves.retain(|shelf| !shelf.resting.is_empty() || shelf.shared.is_some());
        self.is_swept = !self.shelves.is_empty();
        self.is_swept
    }
}

impl Way {
    async fn ask(
        self,
        url: &Uri,
        mut request: Request<RequestBody>,
        patience: &mut Patience<'_>,
    ) -> Result<Response<AnswerBody>, Refused> {
        match self {
            Self::Line(line) => {
                request.headers_mut().entry(HOST).or_insert_with(|| line.place.host.clone());
                *request.uri_mut() = if line.by_whole_url { url.clone() } else { origin_form(url) };
                Ok(line.ask(request, patience).await?.map(AnswerBody::Line))
            }
            Self::Shared(mut sender) => {
                *request.uri_mut() = url.clone();
                let answered = Box::pin(patience.wait(sender.try_send_request(request))).await;
                Ok(answered.ok_or(Refused::late())??.map(AnswerBody::Shared))
            }
        }
    }
}

/// The path and the query (RFC 9112 section 3.2.1).
fn origin_form(url: &Uri) -> Uri {
    let mut parts = Parts::default();
    let path = url.path_and_query().cloned();
    parts.path_and_query = Some(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    Uri::from_parts(parts).unwrap_or_default()
}

#[cfg(test)]
mod tests;
