//! A request as it arrived, and what became of its answer.

use std::fmt;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

/// How far the answer to a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The script still runs.
    Answering,
    /// The script ended in an orderly way.
    Answered,
    /// The script cut the connection.
    Aborted,
    /// The peer left before the script ended, seen at this time.
    PeerClosed(Instant),
}

/// One request, complete with its body.
pub struct Recorded {
    /// Place in the order of arrival, from 0.
    pub number: usize,
    /// Which connection it came on, from 0: equal numbers mean that a connection was reused.
    pub connection: u64,
    /// The address that it came to.
    pub server: SocketAddr,
    /// The method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query without its question mark.
    pub query: Option<String>,
    /// Header names (lower case) and values in wire order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// When the last body byte was in.
    pub arrived: Instant,
    pub(crate) progress: watch::Receiver<Progress>,
}

impl fmt::Debug for Recorded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{} {} {} ({} bytes)", self.number, self.method, self.path, self.body.len())
    }
}

impl Recorded {
    /// The first value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text, invalid sequences replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How far the answer has come.
    pub fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Waits for the end of the answer; the time at which the peer was seen to have left, or none when the
    /// script came to its own end.
    pub async fn disconnected(&self) -> Option<Instant> {
        let mut progress = self.progress.clone();
        let last =
            progress.wait_for(|now| *now != Progress::Answering).await.map_or(Progress::Answered, |end| *end);
        match last {
            Progress::PeerClosed(when) => Some(when),
            Progress::Answering | Progress::Answered | Progress::Aborted => None,
        }
    }
}
