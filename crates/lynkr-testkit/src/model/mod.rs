//! A model by script: the options, and the server that plays them.

mod fault;
mod order;
mod picture;
mod plan;
mod sample;
mod seal;
mod server;

use std::io;
use std::sync::Arc;

use serde_json::Value;

pub use fault::{Fault, FaultKind};
pub(crate) use order::Order;
pub(crate) use picture::{Picture, inspect, inspect_url};
pub(crate) use plan::{Call, Plan};
pub(crate) use seal::{encrypt, encrypted_holds, seal, seal_holds};
pub use server::ModelUpstream;

/// The wire format of a request, told by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `…/messages`.
    Anthropic,
    /// `…/chat/completions`, `…/invocations`.
    Chat,
    /// `…/responses`.
    Responses,
    /// `…/api/chat`.
    Ollama,
}

impl Dialect {
    /// The dialect of a generation endpoint.
    pub fn of_path(path: &str) -> Option<Self> {
        let ends = [
            ("/messages", Self::Anthropic),
            ("/chat/completions", Self::Chat),
            ("/responses", Self::Responses),
            ("/api/chat", Self::Ollama),
            // A serving endpoint of Databricks.
            ("/invocations", Self::Chat),
        ];
        ends.into_iter().find(|(end, _)| path.ends_with(end)).map(|(_, dialect)| dialect)
    }
}

/// Every format that the model speaks: those of [`Dialect`], which have a surface, and Amazon Bedrock's two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Anthropic,
    Chat,
    Responses,
    Ollama,
    /// `/model/{id}/converse` and `/model/{id}/converse-stream`.
    Converse,
    /// `/model/{id}/invoke` and `/model/{id}/invoke-with-response-stream`, for Claude.
    Invoke,
}

impl Wire {
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        if let Some(address) = crate::bedrock::Address::of_path(path) {
            return Some(address.wire);
        }
        Dialect::of_path(path).map(|dialect| match dialect {
            Dialect::Anthropic => Self::Anthropic,
            Dialect::Chat => Self::Chat,
            Dialect::Responses => Self::Responses,
            Dialect::Ollama => Self::Ollama,
        })
    }
}

/// How a streamed tool call carries its arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arguments {
    /// Fragments, and the whole again where the dialect has a closing event.
    #[default]
    Deltas,
    /// Fragments alone; closing events carry empty arguments.
    DeltasOnly,
    /// No fragments; the whole in the closing events.
    DoneOnly,
    /// No fragments and no arguments event; the whole in the item or block itself.
    Whole,
}

/// What the model asks its tools to do.
#[derive(Clone, Debug)]
pub enum ToolUse {
    /// A shell-like tool of the request, whatever its name, with this command; `{call}` stands for the running
    /// number of the call, from 1.
    Shell(String),
    /// A file-writing tool of the request.
    Write {
        /// The file.
        path: String,
        /// Its content.
        content: String,
    },
    /// This tool with these arguments.
    Named(String, Value),
}

/// What a scripted model does. Built by chaining; [`start`](Self::start) serves it.
#[derive(Clone, Debug)]
pub struct ModelScript {
    pub(crate) steps: usize,
    pub(crate) parallel: usize,
    pub(crate) tool: ToolUse,
    pub(crate) preamble: String,
    pub(crate) text: Option<String>,
    pub(crate) thinking: bool,
    pub(crate) aider_file: String,
    pub(crate) chunk: usize,
    pub(crate) split: Option<usize>,
    pub(crate) cached_tokens: u64,
    pub(crate) arguments: Arguments,
    pub(crate) faults: Vec<Fault>,
    pub(crate) enforce: bool,
    pub(crate) obeys: bool,
    pub(crate) key: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) secrets: Vec<String>,
}

impl Default for ModelScript {
    fn default() -> Self {
        Self {
            steps: 1,
            parallel: 1,
            tool: ToolUse::Shell("printf 'LYNKR_%s_42\\n' TOOL".to_owned()),
            preamble: String::new(),
            text: None,
            thinking: false,
            aider_file: "aider_edit.txt".to_owned(),
            chunk: 16,
            split: None,
            cached_tokens: 0,
            arguments: Arguments::Deltas,
            faults: Vec::new(),
            enforce: false,
            obeys: false,
            key: None,
            secret: None,
            secrets: Vec::new(),
        }
    }
}

impl ModelScript {
    /// One round of one shell call that prints `LYNKR_TOOL_42`, then the final text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rounds of tool calls before the final text; 0 answers at once.
    #[must_use]
    pub fn steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    /// Tool calls per round.
    #[must_use]
    pub fn parallel(self, parallel: usize) -> Self {
        Self { parallel: parallel.max(1), ..self }
    }

    /// What the tools are asked to do.
    #[must_use]
    pub fn tool(self, tool: ToolUse) -> Self {
        Self { tool, ..self }
    }

    /// Text in front of each round of tool calls.
    #[must_use]
    pub fn preamble(self, text: &str) -> Self {
        Self { preamble: text.to_owned(), ..self }
    }

    /// Another final text than `LYNKR_DONE …`.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..self }
    }

    /// Thinks first, as far as the request asks for it, and judges what comes back of it.
    #[must_use]
    pub fn thinking(self) -> Self {
        Self { thinking: true, ..self }
    }

    /// The file of the edit block that a toolless editor gets.
    #[must_use]
    pub fn aider_file(self, name: &str) -> Self {
        Self { aider_file: name.to_owned(), ..self }
    }

    /// Characters per text or argument fragment.
    #[must_use]
    pub fn chunk(self, chunk: usize) -> Self {
        Self { chunk: chunk.max(1), ..self }
    }

    /// Cuts the wire into writes of at most this many bytes.
    #[must_use]
    pub fn split_every(self, size: usize) -> Self {
        Self { split: Some(size), ..self }
    }

    /// Reports this many prompt tokens as read from a cache.
    #[must_use]
    pub fn cached_tokens(self, cached_tokens: u64) -> Self {
        Self { cached_tokens, ..self }
    }

    /// How streamed calls carry their arguments.
    #[must_use]
    pub fn arguments(self, arguments: Arguments) -> Self {
        Self { arguments, ..self }
    }

    /// Adds a fault; the first one that is not used up applies.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Lets prompts order faults: `[kit status=429 retry_after=1]`, `[kit stall=3000]` (milliseconds), `[kit cut=4]`
    /// (events); with `once=NAME`, the first request that gives the name only.
    #[must_use]
    pub fn obeys(self) -> Self {
        Self { obeys: true, ..self }
    }

    /// Answers a request that breaks a rule with 400, as the vendor would, besides recording it.
    #[must_use]
    pub fn enforce(self) -> Self {
        Self { enforce: true, ..self }
    }

    /// The credential that every generation request must present.
    #[must_use]
    pub fn expect_key(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    /// The secret of the access key that requests must be signed with (Signature Version 4).
    #[must_use]
    pub fn expect_signature(self, secret: &str) -> Self {
        Self { secret: Some(secret.to_owned()), ..self }
    }

    /// A text that may appear in no header: the client's own credential, for instance.
    #[must_use]
    pub fn forbid(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// Serves the script on loopback.
    pub async fn start(self) -> io::Result<ModelUpstream> {
        ModelUpstream::open(Arc::new(self)).await
    }
}
