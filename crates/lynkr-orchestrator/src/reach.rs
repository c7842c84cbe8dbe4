//! Whether the providers can be reached: their servers are asked for a head, without a credential and for no model, so
//! that it costs nothing. Any answer will do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use lynkr_http::{HeaderMap, HeaderValue, Method, Outbound, Uri};
use lynkr_providers::Upstream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::gateway::Gateway;
use crate::hops::HOPS_HEADER;
use crate::resilience::breaker::BreakerState;

/// How long an answer is good for.
const GOOD_FOR: Duration = Duration::from_secs(10);
/// How long a provider may take.
const MOST_WAIT: Duration = Duration::from_secs(2);

/// Whether a provider can be used, as far as can be told for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Its name.
    pub name: &'static str,
    /// Whether its server answered; the responder in this process always does.
    pub reachable: bool,
    /// How long that took, or how long nothing came.
    pub took: Duration,
    /// Its circuit breaker.
    pub circuit: BreakerState,
}

impl Reached {
    /// Whether requests may be sent there.
    pub fn is_healthy(&self) -> bool {
        self.reachable && self.circuit != BreakerState::Open
    }
}

/// Who was asked, in their order; and how long it took where there was an answer in time.
type Asked = Arc<Vec<(&'static str, bool, Duration)>>;

/// What was found last.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    last: Mutex<Option<(Instant, Asked)>>,
    /// Held by the one who asks.
    asking: tokio::sync::Mutex<()>,
}

impl Reach {
    fn known(&self) -> Option<Asked> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(when, _)| when.elapsed() < GOOD_FOR).map(|(_, asked)| Arc::clone(asked))
    }
}

impl Gateway {
    /// The providers that are set up, the active one first. They are asked all at once, at most every ten seconds.
    pub async fn reached(&self) -> Vec<Reached> {
        let reached = |asked: &Asked| {
            let one = |&(name, reachable, took): &(&'static str, bool, Duration)| Reached {
                name,
                reachable,
                took,
                circuit: self.breaker_state(name),
            };
            asked.iter().map(one).collect()
        };
        if let Some(asked) = self.reach().known() {
            return reached(&asked);
        }
        let _asking = self.reach().asking.lock().await;
        // Somebody else may have asked while this one waited.
        if let Some(asked) = self.reach().known() {
            return reached(&asked);
        }
        let asked: Asked = Arc::new(self.ask_all().await);
        let now = Instant::now();
        *self.reach().last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&asked)));
        reached(&asked)
    }

    async fn ask_all(&self) -> Vec<(&'static str, bool, Duration)> {
        let active = self.active().provider().name;
        let shown = self.upstreams().filter(|own| own.is_configured() || own.provider().name == active);
        let mut set = JoinSet::new();
        for (place, upstream) in shown.enumerate() {
            let (name, question) = (upstream.provider().name, self.question(upstream));
            let transport = self.remote();
            set.spawn(async move {
                let began = Instant::now();
                let answered = match question {
                    Some(outbound) => {
                        let sent = tokio::time::timeout(MOST_WAIT, transport.send(outbound)).await;
                        sent.is_ok_and(|sent| sent.is_ok())
                    }
                    // It is in this process.
                    None => true,
                };
                (place, (name, answered, began.elapsed()))
            });
        }
        let mut asked = set.join_all().await;
        asked.sort_by_key(|(place, _)| *place);
        asked.into_iter().map(|(_, asked)| asked).collect()
    }

    /// The root of a provider's server; `None` for the responder in this process.
    fn question(&self, upstream: &Upstream) -> Option<Outbound> {
        let url: Uri = upstream.shown_url()?.parse().ok()?;
        let url = Uri::builder()
            .scheme(url.scheme()?.clone())
            .authority(url.authority()?.clone())
            .path_and_query("/")
            .build()
            .ok()?;
        let mut headers = HeaderMap::new();
        headers.insert(HOPS_HEADER, HeaderValue::from_str(self.instance()).ok()?);
        let body = Vec::<Bytes>::new();
        Some(Outbound { method: Method::HEAD, url, headers, body, head_timeout: MOST_WAIT })
    }
}
