//! The gateway before a vendor that answers as its fixture says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Body, Frame};
use lynkr_config::{Inputs, load};
use lynkr_http::{HeaderMap, HeaderName, Inbound, InboundBody, Method, Outbound, Proof, Signer, StatusCode};
use lynkr_http::{Transport, TransportError};
use lynkr_orchestrator::{Ambient, Gateway, GatewayOptions, HOPS_HEADER, Ledgers, Limits, Parts};
use lynkr_protocol::Dialect;
use lynkr_providers::{Upstream, provider_named, settings_tables};

use super::folder::{Case, Folder};
use crate::Service;
use crate::tests::around;

/// How an answer's body comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Event by event, as vendors write.
    Events,
    /// Byte by byte.
    Bytes,
    /// All at once.
    Whole,
}

impl Pace {
    /// The length of the next piece.
    fn next(self, rest: &[u8], dialect: Dialect, framed: bool) -> usize {
        let after =
            |end: &[u8]| rest.windows(end.len()).position(|window| window == end).map(|at| at + end.len());
        let event = match (self, dialect) {
            (Self::Whole, _) => None,
            (Self::Bytes, _) => Some(1),
            (Self::Events, _) if framed => {
                let length = rest.first_chunk::<4>().map(|length| u32::from_be_bytes(*length));
                length.and_then(|length| usize::try_from(length).ok())
            }
            (Self::Events, Dialect::Ollama) => after(b"\n"),
            (Self::Events, _) => after(b"\n\n").or_else(|| after(b"\r\n\r\n")),
        };
        event.unwrap_or(rest.len()).min(rest.len())
    }
}

/// A vendor: what it was sent, and what it answers.
#[derive(Debug)]
pub(super) struct Vendor {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    paths: Vec<String>,
    dialect: Dialect,
    /// Whether it is in AWS's frames.
    framed: bool,
    pace: Pace,
    sent: Mutex<Option<Outbound>>,
}

/// A body in pieces.
struct Paced {
    rest: Bytes,
    dialect: Dialect,
    /// Whether it is in AWS's frames.
    framed: bool,
    pace: Pace,
}

impl Body for Paced {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let size = self.pace.next(&self.rest, self.dialect, self.framed);
        let next = (size > 0).then(|| Ok(Frame::data(self.rest.split_to(size))));
        Poll::Ready(next)
    }
}

impl Vendor {
    pub(super) fn new(folder: &Folder, case: &Case, pace: Pace) -> Arc<Self> {
        Arc::new(Self {
            status: case.status,
            headers: case.headers.clone(),
            body: case.body.clone(),
            paths: folder.paths.clone(),
            dialect: folder.dialect,
            framed: case.framed(),
            pace,
            sent: Mutex::default(),
        })
    }

    /// What it was asked, if it was at the part of the API that its answer is from.
    pub(super) fn sent(&self) -> Option<Outbound> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Vendor {
    async fn send(&self, request: Outbound) -> Result<Inbound, TransportError> {
        let path = request.url.path();
        // Lists of models and questions about one aren't what is looked at.
        if request.method == Method::GET || !self.paths.iter().any(|end| path.ends_with(end)) {
            let status = StatusCode::NOT_FOUND;
            return Ok(Inbound { status, headers: HeaderMap::new(), body: InboundBody::full("{}") });
        }
        *self.sent.lock().unwrap() = Some(request);
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let paced =
            Paced { rest: self.body.clone(), dialect: self.dialect, framed: self.framed, pace: self.pace };
        let body = InboundBody::new(paced);
        Ok(Inbound { status: StatusCode::from_u16(self.status).unwrap(), headers, body })
    }
}

/// Signs with nothing but the name of the proof.
#[derive(Debug)]
struct NoInk;

#[async_trait]
impl Signer for NoInk {
    async fn sign(&self, request: &mut Outbound, proof: Proof<'_>) -> Result<(), TransportError> {
        let proof = format!("{proof:?}").parse().map_err(|_| TransportError::Credential(String::new()))?;
        request.headers.insert("authorization", proof);
        Ok(())
    }
}

/// A clock that stands still, and dice that always fall alike.
#[derive(Debug)]
struct Still;

impl Ambient for Still {
    fn unix_seconds(&self) -> u64 {
        1_700_000_000
    }

    fn seed(&self) -> String {
        "0123456789abcdef0123456789abcdef".to_owned()
    }
}

/// The gateway as a folder's settings make it.
pub(super) fn service(folder: &Folder, vendor: &Arc<Vendor>) -> Service {
    let loaded =
        load(&settings_tables(), &Inputs { environment: folder.environment.clone(), ..Inputs::default() });
    assert!(loaded.problems.is_empty(), "{}: {:?}", folder.name, loaded.problems);
    let provider = provider_named(&folder.provider).unwrap();
    let active = Upstream::from_values(provider, &loaded.values).unwrap();
    let active = match &folder.ollama_version {
        Some(version) => active.with_ollama_version(version),
        None => active,
    };
    let gateway = Gateway::new(Parts {
        options: GatewayOptions {
            active: folder.provider.clone(),
            limits: Limits { max_retries: 0, ..Limits::default() },
            ..GatewayOptions::default()
        },
        active,
        others: Vec::new(),
        unusable: BTreeMap::new(),
        http: Arc::clone(vendor) as Arc<dyn Transport>,
        builtin: Arc::clone(vendor) as Arc<dyn Transport>,
        ledger: Arc::new(Ledgers::default()),
        signer: Arc::new(NoInk),
        ambient: Arc::new(Still),
    });
    around(gateway)
}

/// A request as it left, to be read.
pub(super) fn shown(request: &Outbound) -> String {
    let mut text = format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        // The instance's own name changes with each process.
        if name != HOPS_HEADER {
            let _ = writeln!(text, "{name}: {}", value.to_str().unwrap());
        }
    }
    let body: serde_json::Value = serde_json::from_slice(&request.body.concat()).unwrap();
    let _ = write!(text, "\n{}", serde_json::to_string_pretty(&body).unwrap());
    text
}
