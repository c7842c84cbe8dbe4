//! A small HTTP/1.1 client by hand: one connection per call, every byte seen, reading paced by the test.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

/// Far more than anything here takes: only a test that hangs comes near it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    chunked: bool,
    receive_buffer: Option<u32>,
}

impl Call {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: Vec::new(),
            body: None,
            chunked: false,
            receive_buffer: None,
        }
    }

    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// JSON as serde writes it.
    pub(crate) fn json(target: impl Into<String>, body: &Value) -> Self {
        Self::bytes(target, body.to_string())
    }

    /// Exactly these bytes, called JSON.
    pub(crate) fn bytes(target: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let call = Self::new("POST", target).header("content-type", "application/json");
        Self { body: Some(body.into()), ..call }
    }

    /// Exactly these bytes, of any kind.
    pub(crate) fn upload(target: impl Into<String>, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..Self::new("POST", target).header("content-type", kind) }
    }

    /// The same without saying how long it is.
    pub(crate) fn chunked(target: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let mut framed = format!("{:x}\r\n", body.len()).into_bytes();
        framed.extend(body);
        framed.extend(b"\r\n0\r\n\r\n");
        Self { chunked: true, ..Self::bytes(target, framed) }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A small window, so that a client that doesn't read is felt early.
    pub(crate) fn receive_buffer(self, bytes: u32) -> Self {
        Self { receive_buffer: Some(bytes), ..self }
    }

    fn head(&self, address: SocketAddr) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {address}\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if self.chunked {
            head.push_str("transfer-encoding: chunked\r\n");
        } else if let Some(body) = &self.body {
            head.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
        }
        head.push_str("\r\n");
        head
    }

    /// Sends, and gives the answer as soon as its head is in.
    pub(crate) async fn open(&self, address: SocketAddr) -> Incoming {
        tokio::time::timeout(PATIENCE, self.exchange(address))
            .await
            .unwrap_or_else(|_| panic!("no answer to {} {}", self.method, self.target))
    }

    async fn exchange(&self, address: SocketAddr) -> Incoming {
        let socket = TcpSocket::new_v4().expect("a socket");
        if let Some(bytes) = self.receive_buffer {
            socket.set_recv_buffer_size(bytes).expect("a receive buffer can be small");
        }
        let mut stream = socket.connect(address).await.expect("the gateway listens");
        stream.set_nodelay(true).expect("loopback has no delay to lose");
        stream.write_all(self.head(address).as_bytes()).await.expect("the head goes out");
        // A server may answer before it has read a body that it doesn't want.
        let _ = stream.write_all(self.body.as_deref().unwrap_or_default()).await;
        Incoming::read_head(stream, self.method == "HEAD").await
    }

    /// Sends, and reads the whole answer.
    pub(crate) async fn send(&self, address: SocketAddr) -> Reply {
        self.open(address).await.finish().await
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
    Over,
}

/// An answer that is still coming. Dropping it closes the connection.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// The connection, for what comes after an upgrade.
    pub(crate) reader: BufReader<TcpStream>,
    framing: Framing,
    /// Whether the body ended as its framing says.
    complete: bool,
}

impl Incoming {
    async fn read_head(stream: TcpStream, bodiless: bool) -> Self {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).await.expect("a status line");
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("not a status line: {first:?}"));
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).await.expect("a header line");
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut incoming = Self { status, headers, reader, framing: Framing::UntilClose, complete: false };
        incoming.framing = incoming.framing_by_headers(bodiless);
        incoming
    }

    fn framing_by_headers(&self, bodiless: bool) -> Framing {
        if bodiless || matches!(self.status, 101 | 204 | 304) {
            return Framing::Over;
        }
        if header(&self.headers, "transfer-encoding") == Some("chunked") {
            return Framing::Chunked;
        }
        let length = header(&self.headers, "content-length").and_then(|length| length.parse().ok());
        length.map_or(Framing::UntilClose, Framing::Length)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The next bytes as the server sent them; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        tokio::time::timeout(PATIENCE, self.pull()).await.expect("the answer goes on")
    }

    async fn pull(&mut self) -> Option<Vec<u8>> {
        let pulled = match self.framing {
            Framing::Over => Ok(None),
            Framing::Length(length) => {
                let mut body = vec![0; length];
                self.reader.read_exact(&mut body).await.map(|_| Some(body))
            }
            Framing::UntilClose => {
                let mut body = Vec::new();
                self.reader.read_to_end(&mut body).await.map(|_| Some(body))
            }
            Framing::Chunked => self.chunk().await,
        };
        match (&pulled, self.framing) {
            (Ok(Some(_)), Framing::Length(_) | Framing::UntilClose) | (Ok(None), _) => {
                self.framing = Framing::Over;
                self.complete = true;
            }
            (Ok(Some(_)), _) => {}
            (Err(_), _) => self.framing = Framing::Over,
        }
        pulled.ok().flatten()
    }

    async fn chunk(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = String::new();
        self.reader.read_line(&mut line).await?;
        let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let size = usize::from_str_radix(line.trim_end(), 16).map_err(|_| broken())?;
        let mut chunk = vec![0; size + 2];
        self.reader.read_exact(&mut chunk).await?;
        chunk.truncate(size);
        Ok((size > 0).then_some(chunk))
    }

    /// Reads until the bytes so far hold `needle`, and gives them all.
    pub(crate) async fn until(&mut self, needle: &str) -> String {
        let mut text = String::new();
        while !text.contains(needle) {
            let bytes = self.next().await;
            let bytes = bytes.unwrap_or_else(|| panic!("the answer ended without {needle:?}:\n{text}"));
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        text
    }

    /// Reads the rest.
    pub(crate) async fn finish(mut self) -> Reply {
        let mut body = Vec::new();
        while let Some(bytes) = self.next().await {
            body.extend_from_slice(&bytes);
        }
        Reply { status: self.status, headers: self.headers, body, complete: self.complete }
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub complete: bool,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the {} answer {:?}", self.status, self.text()))
    }

    /// The JSON of an answer that has this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}
