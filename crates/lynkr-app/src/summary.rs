//! What a person is told at the start: who answers and why, where things lie, how to connect.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use lynkr_config::{Loaded, Severity};
use lynkr_providers::{ModelNames, Provider, Upstream};
use lynkr_routing::Tier;

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

/// What a client has to be told of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection<'a> {
    /// The gateway's URL, without a path.
    pub base: &'a str,
    /// What the client shows as its key.
    pub key: &'a str,
    /// A model for clients that demand one.
    pub model: &'a str,
    /// Whether Codex keeps its own default model. Any other provider wants a name that Codex doesn't know,
    /// because for its newest models Codex offers tools in a form of OpenAI's own.
    pub codex_default: bool,
}

/// How each client is connected to a gateway.
pub fn clients(connection: &Connection<'_>) -> Vec<Client> {
    let Connection { base, key, model, codex_default } = connection;
    let client = |name, command: String| Client { name, command };
    let codex_model = if *codex_default { String::new() } else { format!(" -m {model}") };
    vec![
        // A bearer token, since Claude Code asks before it uses a key that it finds in the environment.
        client("Claude Code", format!("ANTHROPIC_BASE_URL={base} ANTHROPIC_AUTH_TOKEN={key} claude")),
        client("Codex", format!("CODEX_API_KEY={key} codex{codex_model} -c openai_base_url='\"{base}/v1\"'")),
        client(
            "Copilot CLI",
            format!(
                "COPILOT_PROVIDER_BASE_URL={base}/v1 COPILOT_PROVIDER_API_KEY={key} COPILOT_MODEL={model} COPILOT_OFFLINE=true copilot"
            ),
        ),
        client("Gemini CLI", format!("GOOGLE_GEMINI_BASE_URL={base} GEMINI_API_KEY={key} gemini")),
        client(
            "Aider",
            format!("OPENAI_API_BASE={base}/v1 OPENAI_API_KEY={key} aider --model openai/{model}"),
        ),
        client("OpenAI SDK", format!("OPENAI_BASE_URL={base}/v1 OPENAI_API_KEY={key}")),
        client("Anthropic SDK", format!("ANTHROPIC_BASE_URL={base} ANTHROPIC_API_KEY={key}")),
    ]
}

/// The start-up summary. Its first line is whole and names the address, for programs that wait for it.
pub fn summary(version: &str, built: &Built, loaded: &Loaded, address: SocketAddr) -> String {
    let mut text = format!("Lynkr {version} listening on {}://{address}\n\n", scheme(built));
    add_facts(&mut text, built, loaded, address);
    add_clients(&mut text, built, address);
    if built.found == Found::Nothing {
        text.push_str(
            "\nThe builtin provider is no language model: it answers by rule, so that you can try things out.\n\
             Set a key (ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY) or start Ollama, and start again.\n",
        );
    }
    text
}

fn scheme(built: &Built) -> &'static str {
    if built.identity.is_some() { "https" } else { "http" }
}

fn add_facts(text: &mut String, built: &Built, loaded: &Loaded, address: SocketAddr) {
    let upstream = built.service.gateway.active();
    let _ = writeln!(text, "  provider  {}: {}", upstream.provider().title, why(built, loaded));
    if upstream.host().is_some() {
        let _ = writeln!(text, "  endpoint  {}", upstream.shown_endpoint());
    }
    if let Some(model) = model_line(built) {
        let _ = writeln!(text, "  model     {model}");
    }
    add_tiers(text, built);
    for file in &loaded.files {
        let _ = writeln!(text, "  settings  {} gave {}", file.path.display(), names(&file.gave));
    }
    if let Some(dir) = loaded.values.path("LYNKR_STATE_DIR") {
        let kept = match &built.service.store {
            Some(store) => format!("usage and sessions in {}", store.shown()),
            None => "nothing is kept: the store can't be opened".to_owned(),
        };
        let _ = writeln!(text, "  state     {} ({kept})", dir.display());
    }
    let _ = writeln!(text, "  dashboard {}://{}/dashboard", scheme(built), reachable(address));
    let wanted = built.address.port();
    if address.port() != wanted && wanted != 0 {
        let _ = writeln!(text, "  port      {wanted} is taken by another program; PORT chooses one");
    }
    for problem in loaded.problems.iter().filter(|problem| problem.severity == Severity::Warning) {
        // The row says already that it is a warning; a hint goes below what it is about.
        let problem = problem.to_string();
        let told = problem.strip_prefix("warning: ").unwrap_or(&problem).replace('\n', "\n          ");
        let _ = writeln!(text, "  warning   {told}");
    }
}

/// The ladder in effect, where tiers are set: then it decides, and the provider above only takes what names its models.
fn add_tiers(text: &mut String, built: &Built) {
    let Some(policy) = &built.service.gateway.options().routing.policy else { return };
    for tier in Tier::ALL {
        let rung = policy.ladder.rung(tier);
        let models: Vec<String> = rung.candidates.iter().map(ToString::to_string).collect();
        let borrowed = rung.borrowed.map(|from| format!(" (of {from})")).unwrap_or_default();
        let _ = writeln!(text, "  tier      {:<9} {}{borrowed}", tier.name(), models.join(", "));
    }
}

fn add_clients(text: &mut String, built: &Built, address: SocketAddr) {
    let upstream = built.service.gateway.active();
    let base = format!("{}://{}", scheme(built), reachable(address));
    let (key, about_key) = key(built);
    text.push_str("\nConnect a client:\n");
    let connection = Connection {
        base: &base,
        key,
        model: shown_model(built),
        codex_default: upstream.provider().kind_name() == "openai",
    };
    for client in clients(&connection) {
        let _ = writeln!(text, "  {:<14}{}", client.name, client.command);
    }
    if let Some(about_key) = about_key {
        let _ = writeln!(text, "\n{about_key}");
    }
    if address.ip().is_unspecified() {
        text.push_str("From another machine, put this one's name into the address.\n");
    }
}

/// An address that this machine's clients can use: every network at once is no place to connect to.
pub fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// What stands in the commands as the key, and what is to be said about it.
fn key(built: &Built) -> (&'static str, Option<String>) {
    if !built.service.options.api_keys.is_empty() {
        return ("$LYNKR_KEY", Some("LYNKR_KEY stands for one of the keys in LYNKR_API_KEYS.".to_owned()));
    }
    if built.service.options.key_required() {
        let about = "LYNKR_KEY stands for a key of the gateway; `lynkr keys create NAME` makes one.";
        return ("$LYNKR_KEY", Some(about.to_owned()));
    }
    let upstream = built.service.gateway.active();
    let Provider { name, title, key_required, key_env, .. } = upstream.provider();
    if *key_required && !upstream.has_key() && upstream.is_vendor() {
        let about = format!(
            "No key is configured: each client shows its own key or token for {title}, which is passed on.\n\
             {} sets one for all of them.{}",
            key_env.unwrap_or_default(),
            // Its token is for Anthropic alone, and only the client itself may use it.
            if *name == "anthropic" {
                " A Claude Code that is logged in needs the address only."
            } else {
                ""
            },
        );
        return ("YOUR_KEY", Some(about));
    }
    // Any text does; clients want something.
    ("lynkr", None)
}

fn configured_model(built: &Built) -> Option<&str> {
    let gateway = &built.service.gateway;
    gateway.active().configured_model().or(gateway.options().default_model.as_deref())
}

fn serves_its_own(upstream: &Upstream) -> bool {
    upstream.provider().model_names == ModelNames::Served
}

/// A name of a model that clients can be given.
pub fn shown_model(built: &Built) -> &str {
    let upstream = built.service.gateway.active();
    let fallback = if serves_its_own(upstream) { "" } else { upstream.provider().default_model };
    let model = configured_model(built).unwrap_or(fallback);
    // A name that no server lists: one that it does list is taken instead.
    if model.is_empty() { "default" } else { model }
}

/// Which model answers. A provider that takes any name needs no line.
fn model_line(built: &Built) -> Option<String> {
    let gateway = &built.service.gateway;
    let upstream = gateway.active();
    if let Some(forced) = gateway.options().force_model.as_deref() {
        return Some(format!("{forced}, whatever the client asks for"));
    }
    let otherwise = match (configured_model(built), upstream.provider()) {
        (Some(model), _) => model,
        (None, provider) if provider.kind_name() == "ollama" => {
            "the server's first model that can call tools"
        }
        (None, _) if serves_its_own(upstream) => "the server's first model",
        (None, provider) => provider.default_model,
    };
    match upstream.provider().model_names {
        ModelNames::Any => None,
        ModelNames::Served => Some(format!("{otherwise}, when the client's own isn't on the server's list")),
        ModelNames::Plain | ModelNames::Slashed if otherwise.is_empty() => None,
        ModelNames::Plain | ModelNames::Slashed => {
            Some(format!("{otherwise}, when the client's own isn't one of {}'s", upstream.provider().title))
        }
    }
}

fn names(names: &[&'static str]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn why(built: &Built, loaded: &Loaded) -> String {
    match &built.found {
        Found::Named => {
            let from = loaded.values.source("MODEL_PROVIDER").map(|source| format!(" ({source})"));
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
        Found::Nothing => "no usable key is set and no model server answers on this machine".to_owned(),
    }
}

#[cfg(test)]
mod tests;
