//! What an upstream does for one request, as a list of steps.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::gate::Gate;

/// One thing that an upstream does.
#[derive(Clone, Debug)]
pub enum Step {
    /// The status code; 200 unless said before the head goes out.
    Status(u16),
    /// A header of the head.
    Header(String, String),
    /// Sends the head now, before any body byte.
    Head,
    /// Sends body bytes, flushed on their own.
    Send(Bytes),
    /// Waits for the test.
    Wait(Gate),
    /// Waits for a time.
    Sleep(Duration),
    /// Cuts the connection.
    Abort(Abort),
    /// Ends the body in an orderly way; implied at the end of a script.
    End,
}

/// How a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abort {
    /// An orderly TCP close in the middle of the body.
    Close,
    /// A TCP reset.
    Reset,
}

/// The steps of one answer.
#[derive(Clone, Debug, Default)]
pub struct Script {
    steps: Vec<Step>,
}

impl From<Vec<Step>> for Script {
    fn from(steps: Vec<Step>) -> Self {
        Self { steps }
    }
}

impl Script {
    /// An empty script: 200 without a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// A whole JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::body(status, "application/json", body.to_string())
    }

    /// A whole answer of any content type.
    pub fn body(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self::new()
            .status(status)
            .header("content-type", content_type)
            .header("content-length", &body.len().to_string())
            .send(body)
    }

    /// An event stream; each item is one send and carries its own blank line.
    pub fn sse<I: Into<Bytes>>(frames: impl IntoIterator<Item = I>) -> Self {
        Self::stream("text/event-stream; charset=utf-8", frames)
    }

    /// A line stream; each item is one send and carries its own newline.
    pub fn ndjson<I: Into<Bytes>>(lines: impl IntoIterator<Item = I>) -> Self {
        Self::stream("application/x-ndjson", lines)
    }

    /// A streamed answer of any content type.
    pub fn stream<I: Into<Bytes>>(content_type: &str, frames: impl IntoIterator<Item = I>) -> Self {
        let head = Self::new().status(200).header("content-type", content_type).head();
        frames.into_iter().fold(head, Script::send)
    }

    /// Appends any step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Appends [`Step::Status`].
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.step(Step::Status(status))
    }

    /// Appends [`Step::Header`].
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.step(Step::Header(name.to_owned(), value.to_owned()))
    }

    /// Puts a header in front of everything, for scripts whose head has been written already.
    #[must_use]
    pub fn first_header(mut self, name: &str, value: &str) -> Self {
        self.steps.insert(0, Step::Header(name.to_owned(), value.to_owned()));
        self
    }

    /// Appends [`Step::Head`].
    #[must_use]
    pub fn head(self) -> Self {
        self.step(Step::Head)
    }

    /// Appends [`Step::Send`].
    #[must_use]
    pub fn send(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Step::Send(bytes.into()))
    }

    /// Appends [`Step::Wait`].
    #[must_use]
    pub fn wait(self, gate: &Gate) -> Self {
        self.step(Step::Wait(gate.clone()))
    }

    /// Appends [`Step::Sleep`].
    #[must_use]
    pub fn sleep(self, time: Duration) -> Self {
        self.step(Step::Sleep(time))
    }

    /// Appends [`Step::Abort`].
    #[must_use]
    pub fn abort(self, how: Abort) -> Self {
        self.step(Step::Abort(how))
    }

    /// Cuts each send into pieces of at most `size` bytes, each flushed on its own.
    #[must_use]
    pub fn split_every(self, size: usize) -> Self {
        let size = size.max(1);
        self.map_sends(|bytes| bytes.chunks(size).map(Bytes::copy_from_slice).collect())
    }

    /// Joins all sends and cuts them at these body offsets only; other steps keep their place before the body.
    #[must_use]
    pub fn split_at(self, offsets: &[usize]) -> Self {
        let body = self.body_bytes();
        let (mut steps, mut done) = (Vec::new(), false);
        for step in self.steps {
            match step {
                Step::Send(_) if done => {}
                Step::Send(_) => {
                    done = true;
                    steps.extend(cut(&body, offsets).into_iter().map(Step::Send));
                }
                other => steps.push(other),
            }
        }
        Self { steps }
    }

    /// Sleeps before each send but the first.
    #[must_use]
    pub fn paced(self, pause: Duration) -> Self {
        let (mut steps, mut first) = (Vec::new(), true);
        for step in self.steps {
            if matches!(step, Step::Send(_)) && !std::mem::take(&mut first) {
                steps.push(Step::Sleep(pause));
            }
            steps.push(step);
        }
        Self { steps }
    }

    /// All body bytes that the script would send.
    pub fn body_bytes(&self) -> Bytes {
        let mut body = Vec::new();
        for step in &self.steps {
            if let Step::Send(bytes) = step {
                body.extend_from_slice(bytes);
            }
        }
        body.into()
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    fn map_sends(self, pieces: impl Fn(&Bytes) -> Vec<Bytes>) -> Self {
        let mut steps = Vec::new();
        for step in self.steps {
            match step {
                Step::Send(bytes) => steps.extend(pieces(&bytes).into_iter().map(Step::Send)),
                other => steps.push(other),
            }
        }
        Self { steps }
    }
}

fn cut(body: &Bytes, offsets: &[usize]) -> Vec<Bytes> {
    let mut points: Vec<usize> = offsets.iter().copied().filter(|at| (1..body.len()).contains(at)).collect();
    points.push(body.len());
    points.sort_unstable();
    points.dedup();
    let mut from = 0;
    points.into_iter().map(|to| body.slice(std::mem::replace(&mut from, to)..to)).collect()
}

#[cfg(test)]
mod tests;
