//! Model servers that run on this machine.

use super::Context;
use super::finding::{Finding, Verdict};

pub(super) async fn look(on: &Context) -> Vec<Finding> {
    let Some(scout) = &on.scout else { return Vec::new() };
    let servers = scout.local_servers(&on.loaded.values).await;
    if servers.is_empty() {
        return vec![Finding::new(Verdict::Note, "Ollama, LM Studio, llama.cpp", "none answers")];
    }
    let told = |server: &lynkr_app::LocalServer| {
        let models = match server.models.as_slice() {
            [] => {
                return Finding::new(
                    Verdict::Warning,
                    server.provider.title,
                    format!("{} has no model", server.url),
                );
            }
            [one] => one.clone(),
            [first, second] => format!("{first}, {second}"),
            [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
        };
        Finding::new(Verdict::Good, server.provider.title, format!("{}: {models}", server.url))
    };
    let suggested = |finding: Finding| {
        let is_empty = finding.verdict == Verdict::Warning && finding.what == "Ollama";
        if is_empty { finding.with_suggestion("ollama pull qwen2.5-coder:7b") } else { finding }
    };
    servers.iter().map(told).map(suggested).collect()
}
