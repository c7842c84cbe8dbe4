//! The load generator: as much as goes over some connections, or a steady pace.

use super::bodies::Body;
use super::mock::micros;
use super::replies::{DIGITS, FIRST_WORDS, SENT_AT};
use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// What is sent, and where to.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) target: SocketAddr,
    pub(crate) body: Arc<Body>,
    /// The gateway's own key, where it wants one.
    pub(crate) key: Option<Arc<str>>,
}

impl Work {
    /// Requests like this body, without a key.
    pub(crate) fn new(target: SocketAddr, body: &Arc<Body>) -> Self {
        Self { target, body: Arc::clone(body), key: None }
    }
}

/// How long an answer took.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    pub(crate) first_token: Duration,
    pub(crate) whole: Duration,
    /// From the sending of each later piece to its arrival, in milliseconds.
    pub(crate) lags: Vec<f64>,
}

impl Timing {
    /// The pieces of a stream that came; the first says no time.
    pub(crate) fn pieces(&self) -> u64 {
        self.lags.len() as u64 + 1
    }
}

/// A round without pause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Saturated {
    pub(crate) requests: u64,
    pub(crate) took: Duration,
}

/// One connection, used for one request at a time.
#[derive(Debug)]
pub(crate) struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    /// Connects; the connection ends when this is dropped.
    pub(crate) async fn open(target: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target).await.with_context(|| format!("connecting to {target}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Ends with its sender; its errors reach whoever waits for the answer.
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    /// The status of a GET.
    pub(crate) async fn get(&mut self, target: SocketAddr, path: &str) -> anyhow::Result<StatusCode> {
        let request = Request::builder().uri(path).header("host", target.to_string());
        self.0.ready().await.context("the connection was closed")?;
        let response = self.0.send_request(request.body(Full::default())?).await?;
        let status = response.status();
        response.into_body().collect().await?;
        Ok(status)
    }

    /// Asks once and takes the whole answer.
    pub(crate) async fn ask(&mut self, work: &Work) -> anyhow::Result<Timing> {
        let (started, response) = self.send(work).await?;
        if response.status() != StatusCode::OK {
            return Err(refusal(response).await);
        }
        take(response, work.body.last_words(), started).await
    }

    /// Asks once; whatever is answered comes back unread, with the time at which the request went out.
    pub(crate) async fn send(&mut self, work: &Work) -> anyhow::Result<(Instant, Response<Incoming>)> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(work.body.path())
            .header("host", work.target.to_string())
            .header("content-type", "application/json")
            .header("anthropic-version", "2023-06-01")
            .header("x-api-key", "sk-test-bench");
        if let Some(key) = &work.key {
            request = request.header("x-lynkr-key", &**key);
        }
        let request = request.body(Full::new(work.body.next()))?;
        let started = Instant::now();
        self.0.ready().await.context("the connection was closed")?;
        Ok((started, self.0.send_request(request).await.context("sending a request")?))
    }
}

async fn refusal(response: Response<Incoming>) -> anyhow::Error {
    let status = response.status();
    let body =
        response.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text: String = String::from_utf8_lossy(&body).chars().take(400).collect();
    anyhow::anyhow!("answered {status}: {text}")
}

/// Reads an answer to its end and checks that it is the mock's, complete.
async fn take(response: Response<Incoming>, last: &str, started: Instant) -> anyhow::Result<Timing> {
    let mut body = response.into_body();
    let mut read = Vec::with_capacity(4096);
    let (mut first_token, mut lags) = (None, Lags::default());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.context("reading an answer")?.into_data() else { continue };
        read.extend_from_slice(&data);
        if first_token.is_none() && memchr::memmem::find(&read, FIRST_WORDS.as_bytes()).is_some() {
            first_token = Some(started.elapsed());
        }
        lags.look(&read);
    }
    let complete = memchr::memmem::rfind(&read, last.as_bytes()).is_some();
    anyhow::ensure!(complete, "an answer is incomplete: {}", String::from_utf8_lossy(&read));
    let first_token = first_token.context("an answer without its first words")?;
    Ok(Timing { first_token, whole: started.elapsed(), lags: lags.milliseconds })
}

/// How late pieces arrive, by the times that they say they were sent at.
#[derive(Debug, Default)]
struct Lags {
    looked: usize,
    milliseconds: Vec<f64>,
}

impl Lags {
    fn look(&mut self, read: &[u8]) {
        let now = micros();
        while let Some(rest) = read.get(self.looked..) {
            let Some(at) = memchr::memmem::find(rest, SENT_AT.as_bytes()) else {
                // The mark may be cut by the end of what came so far.
                self.looked = self.looked.max(read.len().saturating_sub(SENT_AT.len()));
                return;
            };
            let from = self.looked + at + SENT_AT.len();
            let Some(digits) = read.get(from..from + DIGITS) else { return };
            let sent = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
            let lag = sent.map_or(0, |sent| now.saturating_sub(sent));
            self.milliseconds.push(Duration::from_micros(lag).as_secs_f64() * 1000.0);
            self.looked = from + DIGITS;
        }
    }
}

/// As many requests as go over some connections in a time.
pub(crate) async fn saturate(work: &Work, connections: usize, length: Duration) -> anyhow::Result<Saturated> {
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(work.target).await?);
    }
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for connection in open {
        workers.spawn(ask_until(connection, work.clone(), started + length));
    }
    let mut requests = 0;
    while let Some(worker) = workers.join_next().await {
        requests += worker??;
    }
    Ok(Saturated { requests, took: started.elapsed() })
}

async fn ask_until(mut connection: Connection, work: Work, end: Instant) -> anyhow::Result<u64> {
    let mut requests = 0;
    while Instant::now() < end {
        connection.ask(&work).await?;
        requests += 1;
    }
    Ok(requests)
}

/// Some streams at once, each on a connection of its own, their beginnings spread over a time; how long all took from the
/// first beginning on, and what each did.
pub(crate) async fn together(
    work: &Work,
    streams: usize,
    spread: Duration,
) -> anyhow::Result<(Duration, Vec<Timing>)> {
    let mut open = Vec::new();
    for _ in 0..streams {
        open.push(Connection::open(work.target).await?);
    }
    let started = Instant::now();
    let mut asking = JoinSet::new();
    for (number, mut connection) in open.into_iter().enumerate() {
        let work = work.clone();
        let after = spread.mul_f64(share(number, streams));
        asking.spawn(async move {
            if !after.is_zero() {
                tokio::time::sleep_until((started + after).into()).await;
            }
            connection.ask(&work).await
        });
    }
    let mut timings = Vec::new();
    while let Some(done) = asking.join_next().await {
        timings.push(done??);
    }
    Ok((started.elapsed(), timings))
}

#[expect(clippy::cast_precision_loss, reason = "no run has more streams than a float counts exactly")]
fn share(number: usize, of: usize) -> f64 {
    number as f64 / of.max(1) as f64
}

/// Requests at a steady pace, whether or not earlier ones are answered: a slow answer delays no other request,
/// hence hides nothing.
pub(crate) async fn pace(work: &Work, every: Duration, length: Duration) -> anyhow::Result<Vec<Timing>> {
    let idle = Arc::new(Mutex::new(Vec::new()));
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let end = Instant::now() + length;
    let mut running = JoinSet::new();
    let mut timings = Vec::new();
    while Instant::now() < end {
        ticks.tick().await;
        running.spawn(ask_on_idle(work.clone(), Arc::clone(&idle)));
        while let Some(done) = running.try_join_next() {
            timings.push(done??);
        }
    }
    while let Some(done) = running.join_next().await {
        timings.push(done??);
    }
    Ok(timings)
}

type Idle = Arc<Mutex<Vec<Connection>>>;

async fn ask_on_idle(work: Work, idle: Idle) -> anyhow::Result<Timing> {
    let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut connection = match free {
        Some(connection) if !connection.0.is_closed() => connection,
        // Connecting isn't part of the measured time: clients keep their connections.
        _ => Connection::open(work.target).await?,
    };
    let timing = connection.ask(&work).await?;
    idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    Ok(timing)
}

#[cfg(test)]
mod tests;
