//! What a person is told at the start: who answers and why, where things lie, how to connect.

use std::fmt::Write as _;
use std::net::SocketAddr;

use lynkr_config::{Loaded, Severity};

use crate::build::Built;
use crate::choose::Found;

/// How one client is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The client's name.
    pub name: &'static str,
    /// What to type.
    pub command: String,
}

/// How each client is connected to a gateway at `base`.
pub fn clients(base: &str, model: &str) -> Vec<Client> {
    let client = |name, command: String| Client { name, command };
    vec![
        client("Claude Code", format!("ANTHROPIC_BASE_URL={base} ANTHROPIC_API_KEY=lynkr claude")),
        client("Codex", format!("CODEX_API_KEY=lynkr codex -c openai_base_url='\"{base}/v1\"'")),
        client(
            "Copilot CLI",
            format!(
                "COPILOT_PROVIDER_BASE_URL={base}/v1 COPILOT_PROVIDER_API_KEY=lynkr COPILOT_MODEL={model} COPILOT_OFFLINE=true copilot"
            ),
        ),
        client(
            "Aider",
            format!("OPENAI_API_BASE={base}/v1 OPENAI_API_KEY=lynkr aider --model openai/{model}"),
        ),
        client("OpenAI SDK", format!("OPENAI_BASE_URL={base}/v1 OPENAI_API_KEY=lynkr")),
        client("Anthropic SDK", format!("ANTHROPIC_BASE_URL={base} ANTHROPIC_API_KEY=lynkr")),
    ]
}

/// The start-up summary. Its first line is whole and names the address, for programs that wait for it.
pub fn summary(version: &str, built: &Built, loaded: &Loaded, address: SocketAddr) -> String {
    let base = format!("http://{address}");
    let upstream = built.service.gateway.active();
    let provider = upstream.provider();
    let configured = upstream.configured_model().or(built.service.gateway.options().default_model.as_deref());
    let model = configured.unwrap_or(provider.default_model);
    let mut text = format!("Lynkr {version} listening on {base}\n\n");
    let _ = writeln!(text, "  provider  {}: {}", provider.title, why(built, loaded));
    if upstream.host().is_some() {
        let _ = writeln!(text, "  endpoint  {}", upstream.shown_endpoint());
    }
    if !model.is_empty() {
        let _ = writeln!(text, "  model     {model} (where the client's own model isn't the provider's)");
    }
    for file in &loaded.files {
        let _ = writeln!(text, "  settings  {} gave {}", file.path.display(), names(&file.gave));
    }
    if let Some(dir) = loaded.values.path("LYNKR_STATE_DIR") {
        let _ = writeln!(text, "  state     {} (nothing is kept there yet)", dir.display());
    }
    if address.port() != built.address.port() && built.address.port() != 0 {
        let _ = writeln!(
            text,
            "  port      {} is taken by another program; PORT chooses one",
            built.address.port()
        );
    }
    for problem in loaded.problems.iter().filter(|problem| problem.severity == Severity::Warning) {
        let _ = writeln!(text, "  warning   {problem}");
    }
    text.push_str("\nConnect a client:\n");
    let shown_model = if model.is_empty() { "default" } else { model };
    for client in clients(&base, shown_model) {
        let _ = writeln!(text, "  {:<14}{}", client.name, client.command);
    }
    if built.found == Found::Nothing {
        text.push_str(
            "\nThe builtin provider is no language model: it answers by rule, so that you can try things out.\n\
             Set a key (ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY) or start Ollama, and start again.\n",
        );
    }
    text
}

fn names(names: &[&'static str]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn why(built: &Built, loaded: &Loaded) -> String {
    match &built.found {
        Found::Named => {
            let from = loaded.values.source("MODEL_PROVIDER").map(|source| format!(", from {source}"));
            format!("MODEL_PROVIDER says so{}", from.unwrap_or_default())
        }
        Found::Configured(settings) => {
            let set: Vec<String> = settings
                .iter()
                .map(|env| match loaded.values.source(env) {
                    Some(source) => format!("{env} is set ({source})"),
                    None => format!("{env} is set"),
                })
                .collect();
            set.join(", ")
        }
        Found::Running(url) => format!("it answers at {url}"),
        Found::Nothing => "no provider's key is set and no model server answers on this machine".to_owned(),
    }
}
