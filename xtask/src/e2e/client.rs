//! The clients: how each is pointed at a base URL and run once without a terminal.

use std::path::Path;

use super::case::Case;
use super::column::{CLIENT_KEY, Column};
use super::install::{Installed, Package};
use super::process::Invocation;
use super::scratch::Scratch;
use super::wire::Wire;

/// Which program a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ClaudeCode,
    Codex,
    Copilot,
    GeminiCli,
    Aider,
    SdkPython,
    SdkTypescript,
}

/// A row of the matrix: a program and the wire that it is set to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) wire: Wire,
    /// Which of the ways of the same wire it is set to.
    way: Way,
}

/// Ways to the same wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The client's usual one.
    Usual,
    /// A WebSocket.
    Socket,
    /// Vertex AI's paths.
    Vertex,
    /// Amazon Bedrock's paths and frames.
    Bedrock,
}

impl Way {
    /// The cloud that a client of this way takes the gateway for: before it, nothing but bytes is passed on.
    fn own_cloud(self) -> Option<Column> {
        match self {
            Self::Vertex => Some(Column::VertexClaude),
            Self::Bedrock => Some(Column::BedrockClaude),
            Self::Usual | Self::Socket => None,
        }
    }
}

const fn client(name: &'static str, kind: Kind, wire: Wire) -> Client {
    Client { name, kind, wire, way: Way::Usual }
}

const fn socket(name: &'static str, kind: Kind) -> Client {
    Client { name, kind, wire: Wire::Responses, way: Way::Socket }
}

pub(super) const CLIENTS: [Client; 20] = [
    client("claude-code", Kind::ClaudeCode, Wire::Anthropic),
    Client { name: "claude-code-bedrock", kind: Kind::ClaudeCode, wire: Wire::Anthropic, way: Way::Bedrock },
    Client { name: "claude-code-vertex", kind: Kind::ClaudeCode, wire: Wire::Anthropic, way: Way::Vertex },
    client("codex", Kind::Codex, Wire::Responses),
    socket("codex-websocket", Kind::Codex),
    client("copilot-completions", Kind::Copilot, Wire::Chat),
    client("copilot-responses", Kind::Copilot, Wire::Responses),
    socket("copilot-websocket", Kind::Copilot),
    client("copilot-anthropic", Kind::Copilot, Wire::Anthropic),
    client("gemini-cli", Kind::GeminiCli, Wire::Gemini),
    Client { name: "gemini-cli-vertex", kind: Kind::GeminiCli, wire: Wire::Gemini, way: Way::Vertex },
    client("aider-openai", Kind::Aider, Wire::Chat),
    client("aider-anthropic", Kind::Aider, Wire::Anthropic),
    client("aider-ollama", Kind::Aider, Wire::Ollama),
    client("sdk-py-anthropic", Kind::SdkPython, Wire::Anthropic),
    client("sdk-py-openai-chat", Kind::SdkPython, Wire::Chat),
    client("sdk-py-openai-responses", Kind::SdkPython, Wire::Responses),
    client("sdk-ts-anthropic", Kind::SdkTypescript, Wire::Anthropic),
    client("sdk-ts-openai-chat", Kind::SdkTypescript, Wire::Chat),
    client("sdk-ts-openai-responses", Kind::SdkTypescript, Wire::Responses),
];

const PROMPT: &str = "Do what the tool asks for, then report.";

impl Client {
    /// Why a case can't be for this client, if so.
    pub(super) fn refuses(&self, case: Case) -> Option<&'static str> {
        match (self.kind, case) {
            (Kind::Aider, Case::Parallel | Case::Session) => {
                Some("Aider has no tools; it edits by text blocks")
            }
            (Kind::GeminiCli, Case::CountTokens) => Some("the client never asks for a count"),
            (_, Case::CountTokens) if self.wire != Wire::Anthropic => {
                Some("the dialect has no token counting")
            }
            (Kind::Copilot | Kind::Aider, Case::CountTokens) => Some("the client never asks for a count"),
            _ => None,
        }
    }

    /// Whether it is part of the whole matrix before this column. What a cloud adds to a dialect doesn't hang on
    /// the client, so one of each kind goes there.
    pub(super) fn goes_to(&self, column: Column) -> bool {
        if self.is_cloud_claude() {
            return self.way.own_cloud() == Some(column)
                || matches!(column, Column::Anthropic | Column::OpenAiChat | Column::Builtin);
        }
        !column.is_cloud() || self.way == Way::Usual && !matches!(self.kind, Kind::Copilot | Kind::Aider)
    }

    /// Claude Code that takes the gateway for a cloud.
    fn is_cloud_claude(&self) -> bool {
        self.kind == Kind::ClaudeCode && self.way != Way::Usual
    }

    /// Whether a case is put to it: what a cloud's envelope can spoil is seen in the first ones.
    pub(super) fn takes(&self, case: Case) -> bool {
        !self.is_cloud_claude() || matches!(case, Case::Plain | Case::Tool)
    }

    /// Whether it is part of the narrow matrix before this column: the quick ones everywhere, the slow ones before
    /// their own dialect and a foreign one.
    pub(super) fn is_narrow(&self, column: Column) -> bool {
        let own = column.wire(self.wire) == Some(self.wire) && !column.is_cloud();
        match self.kind {
            Kind::SdkPython | Kind::SdkTypescript | Kind::Codex => self.goes_to(column),
            Kind::ClaudeCode if self.is_cloud_claude() => self.way.own_cloud() == Some(column) || own,
            Kind::ClaudeCode => !column.is_cloud() || column.needs_judge(),
            Kind::GeminiCli if self.way == Way::Usual => !column.is_cloud(),
            Kind::GeminiCli => own || column == Column::Anthropic,
            Kind::Copilot => own || column == Column::Gemini,
            Kind::Aider => own || column == Column::Bedrock,
        }
    }

    pub(super) fn package(&self) -> Package {
        match self.kind {
            Kind::ClaudeCode => Package::ClaudeCode,
            Kind::Codex => Package::Codex,
            Kind::Copilot => Package::Copilot,
            Kind::GeminiCli => Package::GeminiCli,
            Kind::Aider => Package::Aider,
            Kind::SdkPython => Package::SdkPython,
            Kind::SdkTypescript => Package::SdkTypescript,
        }
    }

    /// The run of a case against `url` (without a path).
    pub(super) fn invocation(
        &self,
        case: Case,
        url: &str,
        scratch: &Scratch,
        installed: &Installed,
    ) -> anyhow::Result<Invocation> {
        let program = installed.program(self.package());
        match self.kind {
            Kind::ClaudeCode => Ok(claude_code(Invocation::new(program), case, url, self.way)),
            Kind::Codex => codex(Invocation::new(program), case, url, self.way == Way::Socket, scratch),
            Kind::Copilot => {
                let run = copilot(Invocation::new(program), case, url, self.wire);
                Ok(if self.way == Way::Socket {
                    run.env("COPILOT_PROVIDER_TRANSPORT", "websockets")
                } else {
                    run
                })
            }
            Kind::GeminiCli => gemini(Invocation::new(program), case, url, self.way, scratch),
            Kind::Aider => aider(Invocation::new(program), case, url, self.wire, scratch),
            Kind::SdkPython => self.sdk(
                Invocation::new(program),
                case,
                url,
                scratch,
                ("sdk.py", include_str!("clients/sdk.py")),
            ),
            Kind::SdkTypescript => {
                let modules = installed.node_modules_root().join("package.json").display().to_string();
                let run = Invocation::new(program);
                Ok(self
                    .sdk(run, case, url, scratch, ("sdk.mjs", include_str!("clients/sdk.mjs")))?
                    .arg(&modules))
            }
        }
    }

    fn sdk(
        &self,
        run: Invocation,
        case: Case,
        url: &str,
        scratch: &Scratch,
        script: (&str, &str),
    ) -> anyhow::Result<Invocation> {
        let path = scratch.root().join(script.0);
        std::fs::write(&path, script.1)?;
        let wire = match self.wire {
            Wire::Anthropic => "anthropic",
            Wire::Responses => "responses",
            _ => "chat",
        };
        Ok(run.arg(&path.display().to_string()).args(&[wire, url, case.name(), CLIENT_KEY]))
    }
}

fn claude_code(run: Invocation, case: Case, url: &str, way: Way) -> Invocation {
    let prompt = if case == Case::CountTokens { "/context" } else { PROMPT };
    let run = match way {
        Way::Bedrock => run
            .env("CLAUDE_CODE_USE_BEDROCK", "1")
            .env("ANTHROPIC_BEDROCK_BASE_URL", url)
            .env("AWS_BEARER_TOKEN_BEDROCK", CLIENT_KEY)
            .env("AWS_REGION", "us-east-1"),
        Way::Vertex => run
            .env("CLAUDE_CODE_USE_VERTEX", "1")
            .env("ANTHROPIC_VERTEX_BASE_URL", url)
            .env("CLAUDE_CODE_SKIP_VERTEX_AUTH", "1")
            .env("ANTHROPIC_AUTH_TOKEN", CLIENT_KEY)
            .env("ANTHROPIC_VERTEX_PROJECT_ID", "my-project")
            .env("CLOUD_ML_REGION", "us-east5"),
        Way::Usual | Way::Socket => run.env("ANTHROPIC_BASE_URL", url).env("ANTHROPIC_API_KEY", CLIENT_KEY),
    };
    run.env("DISABLE_TELEMETRY", "1")
        .env("DISABLE_ERROR_REPORTING", "1")
        .env("DISABLE_AUTOUPDATER", "1")
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .args(&["-p", prompt, "--output-format", "stream-json", "--verbose", "--allowedTools", "Bash,Read"])
}

fn codex(
    run: Invocation,
    case: Case,
    url: &str,
    socket: bool,
    scratch: &Scratch,
) -> anyhow::Result<Invocation> {
    let folder = scratch.home().join(".codex");
    std::fs::create_dir_all(&folder)?;
    let config = format!(
        "model = \"gpt-5.4\"\nmodel_provider = \"gateway\"\ncheck_for_update_on_startup = false\n\
         [model_providers.gateway]\nname = \"gateway\"\nbase_url = \"{url}/v1\"\nenv_key = \"GATEWAY_KEY\"\n\
         wire_api = \"responses\"\nsupports_websockets = {socket}\n[analytics]\nenabled = false\n"
    );
    std::fs::write(folder.join("config.toml"), config)?;
    let flags = ["exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"];
    let run = run.env("GATEWAY_KEY", CLIENT_KEY).args(&flags);
    let run = if case == Case::Image { run.args(&["-i", "dot.png", "--"]) } else { run };
    Ok(run.arg(PROMPT))
}

fn copilot(run: Invocation, case: Case, url: &str, wire: Wire) -> Invocation {
    let run = run
        .env("COPILOT_PROVIDER_API_KEY", CLIENT_KEY)
        .env("COPILOT_MODEL", "kit-large")
        .env("COPILOT_OFFLINE", "true")
        .args(&["-p", PROMPT, "--allow-all-tools", "--log-level", "error"]);
    let run = if case == Case::Image { run.args(&["--attachment", "dot.png"]) } else { run };
    let versioned = format!("{url}/v1");
    match wire {
        Wire::Anthropic => {
            run.env("COPILOT_PROVIDER_BASE_URL", url).env("COPILOT_PROVIDER_TYPE", "anthropic")
        }
        Wire::Responses => {
            run.env("COPILOT_PROVIDER_BASE_URL", &versioned).env("COPILOT_PROVIDER_WIRE_API", "responses")
        }
        _ => run.env("COPILOT_PROVIDER_BASE_URL", &versioned),
    }
}

fn gemini(run: Invocation, case: Case, url: &str, way: Way, scratch: &Scratch) -> anyhow::Result<Invocation> {
    let (auth, run) = match way {
        Way::Vertex => {
            let run = run.env("GOOGLE_VERTEX_BASE_URL", url).env("GOOGLE_GENAI_USE_VERTEXAI", "true");
            ("vertex-ai", run.env("GOOGLE_API_KEY", CLIENT_KEY))
        }
        Way::Usual | Way::Socket | Way::Bedrock => {
            ("gemini-api-key", run.env("GOOGLE_GEMINI_BASE_URL", url).env("GEMINI_API_KEY", CLIENT_KEY))
        }
    };
    let folder = scratch.home().join(".gemini");
    std::fs::create_dir_all(&folder)?;
    let settings = serde_json::json!({
        "security": {"auth": {"selectedType": auth}, "folderTrust": {"enabled": false}},
        "privacy": {"usageStatisticsEnabled": false},
        "telemetry": {"enabled": false},
        "general": {"enableAutoUpdate": false, "disableAutoUpdate": true},
    });
    std::fs::write(folder.join("settings.json"), settings.to_string())?;
    // Without a model it first asks a small one which to take.
    let run = if case == Case::Plain { run } else { run.args(&["-m", "gemini-2.5-pro"]) };
    let prompt = if case == Case::Image { format!("@dot.png {PROMPT}") } else { PROMPT.to_owned() };
    Ok(run.env("GEMINI_CLI_TRUST_WORKSPACE", "true").args(&["-y", "-p", &prompt]))
}

fn aider(
    run: Invocation,
    case: Case,
    url: &str,
    wire: Wire,
    scratch: &Scratch,
) -> anyhow::Result<Invocation> {
    price_list(scratch.home())?;
    let (run, model) = match wire {
        Wire::Anthropic => {
            let run = run.env("ANTHROPIC_API_KEY", CLIENT_KEY).env("ANTHROPIC_API_BASE", url);
            (run, "anthropic/claude-sonnet-4-20250514")
        }
        Wire::Ollama => (run.env("OLLAMA_API_BASE", url), "ollama_chat/qwen3"),
        _ => {
            let run = run.env("OPENAI_API_KEY", CLIENT_KEY).env("OPENAI_API_BASE", &format!("{url}/v1"));
            (run, "openai/kit-large")
        }
    };
    let run = run
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .args(&["--model", model, "--weak-model", model, "--edit-format", "diff", "--no-git", "--yes-always"])
        .args(&[
            "--no-check-update",
            "--no-show-release-notes",
            "--no-show-model-warnings",
            "--analytics-disable",
        ])
        .args(&["--no-detect-urls", "--no-pretty", "--no-fancy-input", "--message", PROMPT]);
    // Questions go without the edit format, whose prompt asks for nothing but edits.
    Ok(match case {
        Case::Plain => run.args(&["--chat-mode", "ask"]),
        Case::Image => {
            let metadata = scratch.root().join("models.json");
            std::fs::write(&metadata, seeing(model))?;
            let run = run.arg("--model-metadata-file").arg(&metadata.display().to_string());
            run.args(&["--chat-mode", "ask", "dot.png"])
        }
        _ => run,
    })
}

/// Aider sends images only to models that it knows to see.
fn seeing(model: &str) -> String {
    let provider = model.split('/').next().unwrap_or_default();
    let facts = serde_json::json!({
        "supports_vision": true, "max_input_tokens": 100_000, "litellm_provider": provider, "mode": "chat",
    });
    serde_json::json!({ model: facts }).to_string()
}

/// With a list in its cache, Aider does not go out for one.
fn price_list(home: &Path) -> anyhow::Result<()> {
    let folder = home.join(".aider/caches");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("model_prices_and_context_window.json"), "{\"kit\":{}}")?;
    Ok(())
}
