//! What a tool is, and what comes of running one.

use std::borrow::Cow;
use std::fmt::Debug;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::input::Input;

/// What a tool does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it may run beside others.
    Reads,
    /// It changes something: it runs alone, in the order in which the model called.
    Writes,
}

/// What is known of a tool without running it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The name by which a model calls it.
    pub name: Cow<'static, str>,
    /// The group that it belongs to: `workspace`, `git` …
    pub category: &'static str,
    /// What it does, for the model.
    pub description: Cow<'static, str>,
    /// The JSON Schema of its input: an object.
    pub schema: Value,
    /// What it does to the world.
    pub effect: Effect,
}

/// A tool.
#[async_trait]
pub trait Tool: Send + Sync + Debug {
    /// What is known of it. Asked once, when it is registered.
    fn spec(&self) -> Spec;

    /// Runs it. Dropping the future ends the work; what runs on a thread of its own asks
    /// [`Context::is_cancelled`] now and then.
    async fn run(&self, input: &Input, context: &Context) -> Result<Output, ToolError>;
}

/// What a tool says when it did its work.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Output {
    /// For the model.
    pub content: String,
    /// For logs and records; never the contents of files.
    pub metadata: Map<String, Value>,
}

impl Output {
    /// Words as they are.
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), metadata: Map::new() }
    }

    /// JSON, written with two blanks of indentation.
    pub fn json(value: &Value) -> Self {
        Self::text(pretty(value))
    }

    /// The same with one more thing for the record.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }
}

/// Why a tool did not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolError {
    /// The machine-readable name of what went wrong.
    pub code: &'static str,
    /// In the manner of an HTTP status: 403 for what a policy denies, 404 for a name that nobody has.
    pub status: u16,
    /// For the model: what was wrong, and what would be right.
    pub message: String,
}

impl ToolError {
    /// The tool could not do what it was asked for.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { code: "tool_execution_failed", status: 500, message: message.into() }
    }

    /// A policy denies it.
    pub fn denied(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, status: 403, message: message.into() }
    }

    /// A path that may not be reached.
    pub fn path(message: impl Into<String>) -> Self {
        Self::denied("file_access_denied", message)
    }

    /// The body that the model is told.
    fn body(&self, tool: &str) -> Value {
        match self.status {
            403 | 429 => json!({"error": self.code, "message": self.message}),
            _ => json!({"error": self.code, "tool": tool, "message": self.message}),
        }
    }
}

/// What came of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Whether the tool did its work.
    pub ok: bool,
    /// 200, or what the [`ToolError`] says.
    pub status: u16,
    /// What the model is told.
    pub content: String,
    /// For logs and records.
    pub metadata: Map<String, Value>,
}

impl Outcome {
    /// The tool did its work.
    pub fn done(output: Output) -> Self {
        Self { ok: true, status: 200, content: output.content, metadata: output.metadata }
    }

    /// It did not.
    pub fn error(tool: &str, error: &ToolError) -> Self {
        let metadata = Map::from_iter([("error".to_owned(), error.code.into())]);
        Self { ok: false, status: error.status, content: pretty(&error.body(tool)), metadata }
    }

    /// Nobody has a tool of this name.
    pub fn not_registered(tool: &str, arguments: &str) -> Self {
        let input = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
        let body: Value = json!({"error": "tool_not_registered", "tool": tool, "input": input});
        let metadata = Map::from_iter([("registered".to_owned(), false.into())]);
        Self { ok: false, status: 404, content: pretty(&body), metadata }
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
