//! Where inputs come from: the dialects' fixtures, and the inputs that were kept.

use super::targets::{Food, Target};
use crate::tree;
use anyhow::Context as _;
use lynkr_protocol::Dialect;
use lynkr_protocol::framing::event_stream::Message;
use serde_json::Value;
use std::path::Path;

/// Where inputs are kept, one folder for each target.
const KEPT: &str = "tests/fixtures/fuzz";
const DIALECTS: &str = "tests/fixtures/dialects";
/// Larger fixtures make more of the same, and slower.
const MOST_BYTES: usize = 64 * 1024;

/// All inputs to begin with.
#[derive(Debug)]
pub(crate) struct Corpus {
    seeds: Vec<(Food, Dialect, Vec<u8>)>,
    kept: Vec<(String, Vec<u8>)>,
}

impl Corpus {
    /// Reads the fixtures, always in the same order.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let root = tree::root();
        let mut seeds = Vec::new();
        for dialect in Dialect::ALL {
            for case in folders(&root.join(DIALECTS).join(dialect.name()))? {
                for file in files(&case)? {
                    seeds.extend(seed(dialect, &file)?);
                }
            }
        }
        let mut kept = Vec::new();
        for folder in folders(&root.join(KEPT))? {
            let target = folder.file_name().map(|name| name.to_string_lossy().into_owned());
            for file in files(&folder)? {
                kept.push((target.clone().unwrap_or_default(), std::fs::read(file)?));
            }
        }
        Ok(Self { seeds, kept })
    }

    /// The inputs that a target's own grow from.
    pub(crate) fn of<'a>(&'a self, target: &'a Target) -> Vec<&'a [u8]> {
        let fits = |(food, dialect, _): &&(Food, Dialect, Vec<u8>)| {
            *food == target.food && target.dialect.is_none_or(|own| own == *dialect)
        };
        let seeds = self.seeds.iter().filter(fits).map(|(_, _, bytes)| bytes.as_slice());
        seeds.chain(self.kept(&target.name)).collect()
    }

    /// The inputs that were kept for a target.
    pub(crate) fn kept<'a>(&'a self, target: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.kept.iter().filter(move |(name, _)| name == target).map(|(_, bytes)| bytes.as_slice())
    }

    /// The folders of kept inputs.
    #[cfg(test)]
    pub(crate) fn kept_for(&self) -> impl Iterator<Item = &str> {
        self.kept.iter().map(|(name, _)| name.as_str())
    }

    /// Keeps an input under a name made of its bytes, and says where.
    pub(crate) fn keep(target: &str, input: &[u8]) -> anyhow::Result<String> {
        let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let path = format!("{KEPT}/{target}/{hash:016x}");
        std::fs::create_dir_all(tree::root().join(KEPT).join(target)).context("making a folder")?;
        std::fs::write(tree::root().join(&path), input).with_context(|| format!("writing {path}"))?;
        Ok(path)
    }
}

/// What a fixture's file gives, if it is one that a decoder reads.
fn seed(dialect: Dialect, file: &Path) -> anyhow::Result<Option<(Food, Dialect, Vec<u8>)>> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(food) = food(name) else { return Ok(None) };
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let bytes = if name.ends_with(".events.jsonl") { framed(&bytes) } else { bytes };
    Ok((bytes.len() <= MOST_BYTES).then_some((food, dialect, bytes)))
}

fn food(file: &str) -> Option<Food> {
    match file {
        "request.json" => Some(Food::Requests),
        "reply.json" => Some(Food::Replies),
        "stream.sse" | "stream.ndjson" | "stream.json" | "stream.events.jsonl" => Some(Food::Streams),
        _ => None,
    }
}

/// The lines of Bedrock's fixtures as the binary messages that they stand for.
fn framed(lines: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let Ok(line) = serde_json::from_slice::<Value>(line) else { continue };
        let payload = line["payload"].to_string();
        let kind = |name: &str| line[name].as_str().map(str::to_owned);
        let message = match (kind("event"), kind("exception")) {
            (Some(kind), _) => Message::event(&kind, "application/json", payload),
            (_, Some(kind)) => Message::exception(&kind, "application/json", payload),
            _ => continue,
        };
        // Nothing in a fixture is too long for its message.
        let _ = message.write(&mut out);
    }
    out
}

fn folders(at: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    entries(at, true)
}

fn files(at: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    entries(at, false)
}

fn entries(at: &Path, are_folders: bool) -> anyhow::Result<Vec<std::path::PathBuf>> {
    if !at.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(at).with_context(|| format!("listing {}", at.display()))? {
        let path = entry?.path();
        if path.is_dir() == are_folders {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
