//! Who may name which library: one crate owns each heavy dependency, so that it can be replaced in one place.

use super::Finding;
use super::graph::{Graph, Kind, Member};

/// Libraries, and the crates that may name them.
const OWNED: &[(&[&str], &[&str])] = &[
    (&["hyper", "hyper-util"], &["lynkr-api", "lynkr-http", "lynkr-testkit", "xtask"]),
    (&["redis", "sqlx"], &["lynkr-store"]),
    (&["dotenvy", "figment"], &["lynkr-config"]),
    (&["axum"], &["lynkr-api"]),
    (&["aws-config", "aws-credential-types", "aws-sigv4"], &["lynkr-http"]),
    (
        &["opentelemetry", "opentelemetry-http", "opentelemetry-otlp", "opentelemetry_sdk"],
        &["lynkr-telemetry"],
    ),
    (&["tree-sitter"], &["lynkr-indexer"]),
    (&["rmcp"], &["lynkr-mcp"]),
];

/// Never in the build, whoever asks: a second TLS stack, a second HTTP client, a C crypto library with its own tools.
const BANNED: &[&str] = &["aws-lc-sys", "native-tls", "openssl-sys", "reqwest"];

/// Crates that others embed and that are tested with strings.
const PURE: &[&str] = &["lynkr-protocol", "lynkr-providers", "lynkr-routing", "lynkr-tokens", "lynkr-types"];

/// Runtime, network, clock and randomness, which pure crates are handed as values.
const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "fastrand",
    "getrandom",
    "hyper",
    "hyper-util",
    "jiff",
    "lynkr-http",
    "lynkr-process",
    "lynkr-store",
    "rand",
    "reqwest",
    "socket2",
    "time",
    "tokio",
    "tokio-util",
    "ureq",
    "uuid",
];

/// Every breach, over the declared and the resolved dependencies.
pub(crate) fn check(graph: &Graph) -> Vec<Finding> {
    let mut findings: Vec<Finding> = graph.members.iter().flat_map(check_member).collect();
    for package in graph.resolved.iter().filter(|package| BANNED.contains(&package.name.as_str())) {
        let message = format!("{} is banned; wanted by {}", package.name, package.wanted_by.join(", "));
        findings.push(Finding::new("Cargo.lock", 1, message));
    }
    findings
}

fn check_member(member: &Member) -> Vec<Finding> {
    let mut findings = Vec::new();
    for dependency in &member.dependencies {
        let name = dependency.name.as_str();
        let mut report = |message: String| {
            findings.push(Finding::new(&member.manifest, member.line_of(name), message));
        };
        if let Some(owners) = owners(name).filter(|owners| !owners.contains(&member.name.as_str())) {
            report(format!("{} must not name {name}: only {} may", member.name, owners.join(", ")));
        }
        let pure = PURE.contains(&member.name.as_str()) && dependency.kind == Kind::Normal;
        if pure && IMPURE.contains(&name) {
            report(format!("{} is pure and must not depend on {name}", member.name));
        }
    }
    findings
}

fn owners(library: &str) -> Option<&'static [&'static str]> {
    // Each grammar is a crate of its own, named after the library.
    let family = if library.starts_with("tree-sitter-") { "tree-sitter" } else { library };
    OWNED.iter().find(|(libraries, _)| libraries.contains(&family)).map(|(_, owners)| *owners)
}

#[cfg(test)]
mod tests;
