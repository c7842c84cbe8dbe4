//! What new requests are told when there is too much to do already, or when the process is about to end.
//!
//! A request that is refused at once can go elsewhere; one that is taken on and never finished can't. Health checks
//! and numbers are always answered: they are how anybody finds out.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use http_body::Body as _;
use lynkr_orchestrator::{Shutdown, later};
use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::error_response;
use crate::kept::kept_with;
use crate::observe::RequestId;

/// What a refused client is told to wait.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// How long a look at the memory is good for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// When there is too much to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadLimits {
    /// The process's resident memory, as a share of what it may have.
    pub memory: f64,
    /// The process's own memory (heap and stacks, swapped out or not), as a share of what it may have.
    pub heap: f64,
    /// Requests under way.
    pub active: u64,
}

impl Default for LoadLimits {
    fn default() -> Self {
        Self { memory: 0.85, heap: 0.90, active: 1_000 }
    }
}

/// The process's memory, in bytes; `None` is what the system doesn't say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// What is resident.
    pub resident: Option<u64>,
    /// What is the process's own: heap and stacks, swapped out or not.
    pub private: Option<u64>,
    /// What it may have: the container's limit, else the machine's memory.
    pub limit: Option<u64>,
}

impl Memory {
    fn share(self, used: Option<u64>) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
        let share = |used: u64, limit: u64| used as f64 / limit as f64;
        self.limit.filter(|limit| *limit > 0).and_then(|limit| Some(share(used?, limit)))
    }

    /// The resident share of what the process may have.
    pub fn resident_share(self) -> Option<f64> {
        self.share(self.resident)
    }

    /// The private share of what the process may have.
    pub fn private_share(self) -> Option<f64> {
        self.share(self.private)
    }
}

/// How the process's memory is looked at.
pub type MemoryGauge = fn() -> Memory;

/// What is under way, and whether more may come.
pub struct Load {
    limits: ArcSwap<LoadLimits>,
    gauge: MemoryGauge,
    active: AtomicU64,
    streams: AtomicU64,
    shed: AtomicU64,
    draining: AtomicBool,
    /// Told when the last request under way ends while draining.
    ended: Notify,
    /// WebSockets that are open; their connections are nobody else's to wait for.
    sockets: TaskTracker,
    looked: ArcSwapOption<(Instant, Memory)>,
    began: Instant,
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load")
            .field("limits", &self.limits())
            .field("active", &self.active())
            .finish_non_exhaustive()
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Draining,
    Active,
    Memory,
}

impl Refusal {
    fn error(self) -> ApiError {
        let message = match self {
            Self::Draining => return again(Shutdown::error()),
            Self::Active => "the gateway has too many requests under way; send the request again in a moment",
            Self::Memory => "the gateway is short of memory; send the request again in a moment",
        };
        again(ApiError::new(FaultKind::Unavailable, message).with_code("service_unavailable"))
    }
}

fn again(error: ApiError) -> ApiError {
    ApiError { retry_after: Some(RETRY_AFTER), ..error }
}

impl Load {
    /// Nothing under way yet.
    pub fn new(limits: LoadLimits, gauge: MemoryGauge) -> Self {
        Self {
            limits: ArcSwap::from_pointee(limits),
            gauge,
            active: AtomicU64::new(0),
            streams: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            draining: AtomicBool::new(false),
            ended: Notify::new(),
            sockets: TaskTracker::new(),
            looked: ArcSwapOption::empty(),
            began: Instant::now(),
        }
    }

    /// Requests under way, streams included.
    pub fn active(&self) -> u64 {
        self.active.load(Ordering::Relaxed)
    }

    /// Streamed answers under way.
    pub fn streams(&self) -> u64 {
        self.streams.load(Ordering::Relaxed)
    }

    /// Requests that were refused since the start.
    pub fn shed(&self) -> u64 {
        self.shed.load(Ordering::Relaxed)
    }

    /// The limits.
    pub fn limits(&self) -> LoadLimits {
        **self.limits.load()
    }

    /// Other limits, from the next request on.
    pub fn set_limits(&self, limits: LoadLimits) {
        self.limits.store(Arc::new(limits));
    }

    /// From now on no new request is taken on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Resolves when nothing is under way.
    pub async fn idle(&self) {
        while self.active.load(Ordering::SeqCst) > 0 {
            self.ended.notified().await;
        }
    }

    /// Counts as an open WebSocket until it is dropped.
    pub(crate) fn open_socket(&self) -> TaskTrackerToken {
        self.sockets.token()
    }

    /// Resolves when every WebSocket is closed. For the end of the process: none is opened any more.
    pub(crate) async fn sockets_closed(&self) {
        self.sockets.close();
        self.sockets.wait().await;
    }

    /// Whether the process is about to end.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// How long the process has been taking requests.
    pub fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// The memory, looked at no more than once a second.
    pub fn memory(&self) -> Memory {
        match self.looked() {
            Some((when, memory)) if when.elapsed() < LOOK_EVERY => memory,
            _ => self.look(),
        }
    }

    /// The memory as it was when it was looked at last. A look takes as long as a request: it is put off until the answer
    /// has gone out.
    fn known_memory(self: &Arc<Self>) -> Memory {
        let Some((when, memory)) = self.looked() else { return self.look() };
        if when.elapsed() >= LOOK_EVERY {
            // Nobody else looks meanwhile.
            self.note(memory);
            let load = Arc::clone(self);
            later(move || {
                load.look();
            });
        }
        memory
    }

    fn looked(&self) -> Option<(Instant, Memory)> {
        self.looked.load().as_deref().copied()
    }

    fn note(&self, memory: Memory) {
        self.looked.store(Some(Arc::new((Instant::now(), memory))));
    }

    fn look(&self) -> Memory {
        let memory = (self.gauge)();
        self.note(memory);
        memory
    }

    /// Takes on a request that came over a connection which is open already, until what it returns is dropped.
    pub(crate) fn take_on(self: &Arc<Self>) -> Result<UnderWay, ApiError> {
        let mut place = self.enter().map_err(Refusal::error)?;
        place.streams();
        Ok(place)
    }

    /// Takes a request on, until what it returns is dropped.
    fn enter(self: &Arc<Self>) -> Result<UnderWay, Refusal> {
        if self.is_draining() {
            return Err(Refusal::Draining);
        }
        let refuse = |refusal| {
            self.shed.fetch_add(1, Ordering::Relaxed);
            Err(refusal)
        };
        let (memory, limits) = (self.known_memory(), self.limits());
        let above = |share: Option<f64>, limit: f64| share.is_some_and(|share| share > limit);
        if above(memory.resident_share(), limits.memory) || above(memory.private_share(), limits.heap) {
            return refuse(Refusal::Memory);
        }
        let place = UnderWay { load: Arc::clone(self), streams: false };
        if self.active.fetch_add(1, Ordering::SeqCst) >= limits.active {
            return refuse(Refusal::Active);
        }
        Ok(place)
    }
}

/// A request that is under way.
#[derive(Debug)]
pub(crate) struct UnderWay {
    load: Arc<Load>,
    streams: bool,
}

impl UnderWay {
    /// Its answer is streamed.
    fn streams(&mut self) {
        self.streams = true;
        self.load.streams.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.streams {
            self.load.streams.fetch_sub(1, Ordering::Relaxed);
        }
        let last = self.load.active.fetch_sub(1, Ordering::SeqCst) == 1;
        if last && self.load.is_draining() {
            // A permit is kept for who comes to wait a moment later.
            self.load.ended.notify_one();
        }
    }
}

/// Lets a request through, or tells it to come back.
pub(crate) async fn admit(service: &Service, request: Request, next: Next) -> Response {
    if is_exempt(request.uri().path()) {
        return next.run(request).await;
    }
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let dialect = dialect_of(request.uri().path(), request.headers());
    let refusal = match service.load.enter() {
        Ok(place) => tokio::select! {
            biased;
            response = next.run(request) => return occupied(response, place),
            // It waited for its provider to the very end; a stream that has begun says it by itself.
            () = service.gateway.shutdown().comes() => Refusal::Draining,
        },
        Err(refusal) => refusal,
    };
    let mut response = error_response(&refusal.error(), dialect, &id);
    if refusal == Refusal::Draining {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What is answered however much there is to do.
pub(crate) fn is_exempt(path: &str) -> bool {
    let under =
        |root: &str| path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    // A dashboard that listens isn't work that the end of the process waits for.
    path == "/"
        || path == "/dashboard/api/events"
        || under("/health")
        || under("/v1/health")
        || under("/metrics")
}

/// The same answer, which counts as under way until its last byte.
fn occupied(response: Response, mut place: UnderWay) -> Response {
    // An upgraded connection lives on beyond its answer, which has no body.
    if response.status() == StatusCode::SWITCHING_PROTOCOLS || response.body().is_end_stream() {
        return response;
    }
    if response.body().size_hint().exact().is_none() {
        place.streams();
    }
    kept_with(response, place)
}

#[cfg(test)]
mod tests;
