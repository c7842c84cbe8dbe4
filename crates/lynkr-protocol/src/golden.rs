//! Every fixture in every other dialect, as a snapshot beside it: what an upstream is sent, what a client
//! sees. Read a changed snapshot as the vendor's strictest reader would.

pub(crate) mod frames;
mod properties;
mod replies;
mod requests;
mod strategies;
mod streams;

use std::path::{Path, PathBuf};

pub(crate) use streams::check_contract;

use crate::neutral::Conversation;
use crate::tool_names::ToolNames;
use crate::{Dialect, EncodeError, Encoded, anthropic};
use crate::{ReplyContext, Target, codec};

/// A fixture: one file of one case.
pub(crate) struct Fixture {
    pub(crate) dialect: Dialect,
    pub(crate) folder: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

impl Fixture {
    pub(crate) fn name(&self) -> String {
        let case = self.folder.file_name().unwrap_or_default().to_string_lossy();
        format!("{}/{case}", self.dialect)
    }

    /// Compares with the snapshot `name` beside the fixture.
    fn check(&self, name: &str, found: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&self.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, found));
    }
}

/// Every file of that name, of every dialect.
pub(crate) fn fixtures(file: &str) -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/dialects");
    let mut found = Vec::new();
    for dialect in Dialect::ALL {
        let mut cases: Vec<PathBuf> = std::fs::read_dir(root.join(dialect.name()))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        cases.sort();
        for folder in cases {
            if let Ok(bytes) = std::fs::read(folder.join(file)) {
                found.push(Fixture { dialect, folder, bytes });
            }
        }
    }
    assert!(!found.is_empty(), "no {file}");
    found
}

/// Every stream, whichever framing.
pub(crate) fn stream_fixtures() -> Vec<Fixture> {
    let mut messages = fixtures("stream.events.jsonl");
    for fixture in &mut messages {
        fixture.bytes = frames::binary(std::str::from_utf8(&fixture.bytes).unwrap());
    }
    fixtures("stream.sse").into_iter().chain(fixtures("stream.ndjson")).chain(messages).collect()
}

pub(crate) fn context() -> ReplyContext {
    ReplyContext {
        model: "asked".to_owned(),
        created: 1_700_000_000,
        seed: "0123456789abcdef0123456789abcdef".to_owned(),
        input_estimate: 7,
        include_usage: true,
        request: None,
    }
}

/// What the pipeline does with a request on its way to another dialect.
pub(crate) fn translate(mut conversation: Conversation, target: Dialect) -> Result<Encoded, EncodeError> {
    if target != Dialect::Anthropic {
        anthropic::remove_billing_line(&mut conversation);
    }
    let mut losses = Vec::new();
    if target != Dialect::OpenAiResponses {
        losses = ToolNames::flatten(&mut conversation).1;
    }
    let encoded = codec(target).encode_request(&conversation, &Target::new("up"))?;
    losses.extend(encoded.losses);
    Ok(Encoded { losses, ..encoded })
}
