//! Arrows between crates point strictly down: never up, never to the same layer.

use super::Finding;
use super::graph::{Graph, Kind, Member};

/// Where a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    At(u8),
    /// Test and automation crates: they may name anything, and only tests may name them.
    Free,
}

/// ARCHITECTURE.md's table of crates. A new crate is added there and here.
const LAYERS: &[(&str, Layer)] = &[
    ("lynkr-types", Layer::At(0)),
    ("lynkr-config", Layer::At(1)),
    ("lynkr-protocol", Layer::At(1)),
    ("lynkr-tokens", Layer::At(1)),
    ("lynkr-http", Layer::At(2)),
    ("lynkr-process", Layer::At(2)),
    ("lynkr-store", Layer::At(2)),
    ("lynkr-telemetry", Layer::At(2)),
    ("lynkr-agents", Layer::At(3)),
    ("lynkr-context", Layer::At(3)),
    ("lynkr-indexer", Layer::At(3)),
    ("lynkr-jobs", Layer::At(3)),
    ("lynkr-mcp", Layer::At(3)),
    ("lynkr-memory", Layer::At(3)),
    ("lynkr-providers", Layer::At(3)),
    ("lynkr-routing", Layer::At(3)),
    ("lynkr-builtin", Layer::At(4)),
    ("lynkr-report", Layer::At(4)),
    ("lynkr-tools", Layer::At(4)),
    ("lynkr-orchestrator", Layer::At(5)),
    ("lynkr-api", Layer::At(6)),
    ("lynkr-app", Layer::At(7)),
    ("lynkr-cli", Layer::At(8)),
    ("lynkr", Layer::At(9)),
    ("lynkr-server", Layer::At(9)),
    ("lynkr-testkit", Layer::Free),
    ("lynkr-tests", Layer::Free),
    ("xtask", Layer::Free),
];

/// Every arrow that doesn't go down, and every crate that has no layer.
pub(crate) fn check(graph: &Graph) -> Vec<Finding> {
    graph.members.iter().flat_map(|member| check_member(member, graph)).collect()
}

fn check_member(member: &Member, graph: &Graph) -> Vec<Finding> {
    let Some(from) = layer(&member.name) else {
        let message = format!(
            "{} has no layer: add it to LAYERS in xtask/src/tidy/layers.rs and to ARCHITECTURE.md",
            member.name
        );
        return vec![Finding::new(&member.manifest, 1, message)];
    };
    let ours = |name: &str| graph.members.iter().any(|other| other.name == name);
    let mut findings = Vec::new();
    for dependency in member.dependencies.iter().filter(|dependency| ours(&dependency.name)) {
        if let Some(problem) = layer(&dependency.name).and_then(|to| problem(from, to, dependency.kind)) {
            let message = format!("{} must not depend on {}: {problem}", member.name, dependency.name);
            findings.push(Finding::new(&member.manifest, member.line_of(&dependency.name), message));
        }
    }
    findings
}

fn problem(from: Layer, to: Layer, kind: Kind) -> Option<String> {
    match (from, to) {
        (Layer::Free, _) => None,
        (Layer::At(_), Layer::Free) if kind == Kind::Dev => None,
        (Layer::At(_), Layer::Free) => {
            Some("test and automation crates may be dev-dependencies only".to_owned())
        }
        (Layer::At(from), Layer::At(to)) if to < from => None,
        (Layer::At(from), Layer::At(to)) => Some(format!("layer {from} to layer {to} isn't down")),
    }
}

fn layer(name: &str) -> Option<Layer> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

#[cfg(test)]
mod tests;
