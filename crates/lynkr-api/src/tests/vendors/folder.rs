//! Folders of fixtures: a provider as somebody set it up, and what its vendor sends.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use lynkr_protocol::Dialect;
use lynkr_protocol::bedrock_converse::invoke::ChunkDecoder;
use lynkr_protocol::framing::event_stream::{CONTENT_TYPE, Message};
use lynkr_testkit::bedrock;
use serde_json::Value;

/// Where they are.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/providers")
}

/// One folder: a provider, one part of its API, and what that part answers.
pub(super) struct Folder {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// The provider's name in the registry.
    pub(super) provider: String,
    /// The settings that somebody would make.
    pub(super) environment: BTreeMap<String, String>,
    /// The version that an Ollama server reports.
    pub(super) ollama_version: Option<String>,
    /// The dialect of its answers.
    pub(super) dialect: Dialect,
    /// Ends of the paths at which these answers are given. Clients whose requests go elsewhere aren't asked.
    pub(super) paths: Vec<String>,
    /// Whether clients show the sign-in of Codex.
    pub(super) signed_in: bool,
    /// Where the form of each case is documented, or was seen.
    pub(super) sources: BTreeMap<String, String>,
    pub(super) cases: Vec<Case>,
}

/// An answer of a vendor.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl Case {
    /// Reads a message as HTTP/1.1 writes it, but for the line ends of its head.
    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap_or_else(|| panic!("{name} has no head"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap().get(..3).unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let mut case = Self {
            name,
            status: status.parse().unwrap(),
            headers: lines.map(header).collect(),
            body: Bytes::from(body.to_owned()),
        };
        if case.content_type() == CONTENT_TYPE {
            case.body = frames(body);
        }
        case
    }

    pub(super) fn content_type(&self) -> &str {
        let mut headers = self.headers.iter();
        headers.find(|(name, _)| name == "content-type").map_or("", |(_, value)| value.as_str())
    }

    pub(super) fn failed(&self) -> bool {
        self.status >= 400
    }

    /// Agents stream; what a client gets that doesn't is in the replies.
    pub(super) fn streamed(&self) -> bool {
        self.failed() || self.is_stream()
    }

    /// Whether it comes in AWS's frames.
    pub(super) fn framed(&self) -> bool {
        self.content_type() == CONTENT_TYPE
    }

    /// The answer in the vendor's own dialect: without the frames that a cloud put around its events. What ends
    /// those early ends these too.
    pub(super) fn inside(&self, dialect: Dialect) -> Bytes {
        if !self.framed() || dialect == Dialect::BedrockConverse {
            return self.body.clone();
        }
        let mut events = Vec::new();
        let _ = ChunkDecoder::new().push(&self.body, &mut events);
        Bytes::from(events)
    }

    /// Whether it answers in pieces.
    pub(super) fn is_stream(&self) -> bool {
        !self.failed() && !self.content_type().starts_with("application/json")
    }
}

/// Binary frames, which fixtures write as one line each.
fn frames(lines: &str) -> Bytes {
    let mut out = Vec::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_str(line).unwrap();
        let payload = line["payload"].to_string();
        let message = match (line["event"].as_str(), line["exception"].as_str(), line.get("chunk")) {
            (Some(kind), None, None) => Message::event(kind, "application/json", payload),
            (None, Some(kind), None) => Message::exception(kind, "application/json", payload),
            (None, None, Some(inside)) => {
                out.extend_from_slice(&bedrock::chunk(&format!("data: {inside}")));
                cut(&line, &mut out);
                continue;
            }
            _ => panic!("an event, an exception or a chunk: {line}"),
        };
        message.write(&mut out).unwrap();
        cut(&line, &mut out);
    }
    Bytes::from(out)
}

/// Cuts the last frame short, if its line says so.
fn cut(line: &Value, out: &mut Vec<u8>) {
    if line["cut"] == true {
        out.truncate(out.len() - 7);
    }
}

const KEYS: &[&str] =
    &["provider", "environment", "ollama_version", "dialect", "paths", "signed_in", "sources"];

fn texts(value: &Value) -> BTreeMap<String, String> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn folder(path: PathBuf) -> Folder {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let setup = std::fs::read_to_string(path.join("setup.json")).unwrap();
    let setup: Value = serde_json::from_str(&setup).unwrap_or_else(|error| panic!("{name}: {error}"));
    for key in setup.as_object().unwrap().keys() {
        assert!(KEYS.contains(&key.as_str()), "{name}: {key}");
    }
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "http"));
    files.sort();
    let dialect = setup["dialect"].as_str().unwrap();
    Folder {
        provider: setup["provider"].as_str().unwrap().to_owned(),
        environment: texts(&setup["environment"]),
        ollama_version: setup["ollama_version"].as_str().map(str::to_owned),
        dialect: Dialect::ALL.into_iter().find(|own| own.name() == dialect).unwrap(),
        paths: setup["paths"]
            .as_array()
            .unwrap()
            .iter()
            .map(|end| end.as_str().unwrap().to_owned())
            .collect(),
        signed_in: setup["signed_in"] == true,
        sources: texts(&setup["sources"]),
        cases: files.iter().map(|file| Case::read(file)).collect(),
        name,
        path,
    }
}

/// Every folder, in alphabetical order.
pub(super) fn folders() -> Vec<Folder> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_dir());
    paths.sort();
    paths.into_iter().map(folder).collect()
}
