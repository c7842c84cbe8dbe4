//! The cases: what the model does in each, and what must come of it.

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use lynkr_testkit::{Abort, Fault, FaultKind, ModelScript, ToolUse};
use serde_json::json;

use super::client::{Client, Kind};
use super::column::{CLIENT_KEY, Column};
use super::wire::Wire;

/// A case of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Plain,
    Tool,
    Parallel,
    Thinking,
    Image,
    Session,
    CountTokens,
    RateLimit,
    Cut,
}

/// How many tool turns a long session has.
pub(super) const SESSION_TURNS: usize = 20;

impl Case {
    pub(super) const ALL: [Self; 9] = [
        Self::Plain,
        Self::Tool,
        Self::Parallel,
        Self::Thinking,
        Self::Image,
        Self::Session,
        Self::CountTokens,
        Self::RateLimit,
        Self::Cut,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tool => "tool",
            Self::Parallel => "parallel",
            Self::Thinking => "thinking",
            Self::Image => "image",
            Self::Session => "session",
            Self::CountTokens => "count_tokens",
            Self::RateLimit => "rate_limit",
            Self::Cut => "cut",
        }
    }

    /// What the case is, for the document.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Plain => "a question and its answer",
            Self::Tool => "a tool call that changes a file; its result reaches the model",
            Self::Parallel => "two tool calls in one turn",
            Self::Thinking => "reasoning is shown, and comes back unchanged where the dialect carries it",
            Self::Image => "an image reaches the model, in a message and in a tool result",
            Self::Session => "twenty tool turns in one session",
            Self::CountTokens => "token counting",
            Self::RateLimit => "the first answer is 429 with `Retry-After`",
            Self::Cut => {
                "the connection breaks in mid-answer: recovery or an error, never half a text as success"
            }
        }
    }

    pub(super) fn parse(name: &str) -> anyhow::Result<Self> {
        let Some(case) = Self::ALL.into_iter().find(|case| case.name() == name) else {
            let names: Vec<_> = Self::ALL.iter().map(|case| case.name()).collect();
            bail!("unknown case {name}; known: {}", names.join(", "));
        };
        Ok(case)
    }

    pub(super) fn limit(self) -> Duration {
        Duration::from_secs(if self == Self::Session { 300 } else { 100 })
    }

    /// What the scripted model does; `project` is the client's working folder.
    pub(super) fn script(self, client: &Client, column: Column, project: &Path) -> ModelScript {
        let script = ModelScript::new().tool(ToolUse::Shell(command("ran-{call}.txt")));
        let script = match column {
            Column::Direct(_) => script.expect_key(CLIENT_KEY),
            // What proves the gateway's right is each vendor's own: see `vendor.rs`.
            _ => script.forbid(CLIENT_KEY),
        };
        match self {
            Self::Plain | Self::CountTokens => script.steps(0),
            Self::Tool => script,
            Self::Parallel => script.parallel(2),
            Self::Thinking => script.thinking(),
            Self::Image if client.kind == Kind::ClaudeCode => {
                let file = project.join("dot.png");
                script.tool(ToolUse::Named("Read".to_owned(), json!({"file_path": file})))
            }
            Self::Image => script,
            Self::Session => script.steps(SESSION_TURNS),
            Self::RateLimit => {
                script.fault(Fault::once(FaultKind::Status { code: 429, retry_after: Some(1) }))
            }
            Self::Cut => script.chunk(8).fault(cut(client, column)),
        }
    }

    /// Texts that the client's output must hold.
    pub(super) fn needles(self, client: &Client, column: Column) -> Vec<String> {
        let mut needles = vec![self.final_text(client).to_owned()];
        match self {
            Self::Parallel => needles.push("results=2".to_owned()),
            Self::Thinking => needles.extend(thinking_needles(client, column)),
            Self::Image => needles.push(image_needle(client).to_owned()),
            Self::Plain | Self::Tool | Self::Session | Self::CountTokens | Self::RateLimit | Self::Cut => {}
        }
        needles
    }

    fn final_text(self, client: &Client) -> &'static str {
        match self {
            Self::CountTokens if client.kind == Kind::ClaudeCode => "subtype\":\"success",
            Self::CountTokens => "LYNKR_DONE",
            Self::Plain => "LYNKR_DONE steps=0",
            Self::Image if client.kind == Kind::Aider => "LYNKR_DONE steps=0",
            Self::Session => "LYNKR_DONE steps=20 result=[LYNKR_TOOL_42] results=20",
            // Claude Code's image is the tool's result.
            Self::Image if client.kind == Kind::ClaudeCode => "LYNKR_DONE steps=1",
            _ if client.kind == Kind::Aider => "LYNKR_DONE",
            _ => "LYNKR_DONE steps=1 result=[LYNKR_TOOL_42]",
        }
    }

    /// Files that must be in the project folder afterwards, with this content in them.
    pub(super) fn files(self, client: &Client) -> Vec<(String, &'static str)> {
        let ran =
            |count: usize| (1..=count).map(|call| (format!("ran-{call}.txt"), "LYNKR_TOOL_42")).collect();
        match self {
            Self::Plain | Self::CountTokens => Vec::new(),
            Self::Image if matches!(client.kind, Kind::ClaudeCode | Kind::Aider) => Vec::new(),
            // White space in an edit block must come through as it is.
            _ if client.kind == Kind::Aider => {
                vec![("aider_edit.txt".to_owned(), "LYNKR_TOOL_42\n  indented line")]
            }
            Self::Parallel => ran(2),
            Self::Session => ran(SESSION_TURNS),
            Self::Tool | Self::Thinking | Self::Image | Self::RateLimit | Self::Cut => ran(1),
        }
    }

    /// The smallest number of answers that the model must have been asked for: faults that never struck prove
    /// nothing.
    pub(super) fn generations(self, client: &Client) -> usize {
        match self {
            Self::RateLimit => 1 + Self::Tool.generations(client),
            Self::CountTokens => 0,
            Self::Plain => 1,
            _ if client.kind == Kind::Aider => 1,
            Self::Session => SESSION_TURNS + 1,
            _ => 2,
        }
    }
}

/// Prints the marker, and leaves it in a file as the proof that the command ran.
pub(super) fn command(file: &str) -> String {
    format!("printf 'LYNKR_%s_42\\n' TOOL | tee {file}")
}

/// Strikes in the final text, after some of it has been sent.
fn cut(client: &Client, column: Column) -> Fault {
    let events = match column.wire(client.wire) {
        Some(Wire::Anthropic | Wire::Responses) => 6,
        Some(Wire::Chat | Wire::Converse) => 4,
        Some(Wire::Ollama | Wire::Gemini) | None => 3,
    };
    let first = usize::from(client.kind != Kind::Aider);
    Fault::once(FaultKind::Cut { events, how: Abort::Close }).after(first)
}

fn thinking_needles(client: &Client, column: Column) -> Vec<String> {
    let mut needles = Vec::new();
    match client.kind {
        Kind::SdkPython | Kind::SdkTypescript => needles.push("THINKING_SEEN".to_owned()),
        Kind::ClaudeCode => needles.push("\"type\":\"thinking\"".to_owned()),
        Kind::Codex | Kind::Copilot | Kind::Aider | Kind::GeminiCli => {}
    }
    if returns_thoughts(client, column) {
        needles.push("thoughts=1".to_owned());
    }
    needles
}

/// Whether the model gets its reasoning back in the next turn: the client's dialect carries it, the upstream's takes
/// it, and the client asked for it.
fn returns_thoughts(client: &Client, column: Column) -> bool {
    let carried = matches!(client.wire, Wire::Anthropic | Wire::Responses | Wire::Gemini);
    let wire = column.wire(client.wire);
    let taken = match client.kind {
        // It sends no reasoning back that another model than the one it asked for says it has had.
        Kind::ClaudeCode if matches!(column, Column::BedrockClaude | Column::Databricks) => false,
        Kind::ClaudeCode | Kind::SdkPython | Kind::SdkTypescript | Kind::GeminiCli => {
            !matches!(wire, Some(Wire::Chat) | None)
        }
        // Names no effort, without which Anthropic's models don't think.
        Kind::Codex => matches!(wire, Some(Wire::Responses | Wire::Ollama | Wire::Gemini)),
        Kind::Copilot | Kind::Aider => false,
    };
    carried && taken
}

fn image_needle(client: &Client) -> &'static str {
    match (client.kind, client.wire) {
        (Kind::SdkPython | Kind::SdkTypescript, Wire::Chat) => "images=[image/png:79]",
        (Kind::SdkPython | Kind::SdkTypescript, _) => "images=[image/png:79,image/png:106]",
        // Agents may scale or convert what they send.
        _ => "images=[image/",
    }
}
