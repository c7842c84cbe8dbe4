//! `lynkr statusline`: one line for a client's status line, whatever happens, and fast.
//!
//! No runtime and no settings: the gateway is looked for by what its clients are told of it, then by what it says of
//! itself in the state folder, then where it is by default.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use lynkr_config::{CommandLine, Inputs, Project};
use serde_json::Value;

use crate::instances::RunFolder;
use crate::loopback;

/// How long the client's own words are waited for.
const INPUT: Duration = Duration::from_millis(150);

/// How long the gateway may take.
const ANSWER: Duration = Duration::from_millis(250);

/// The most that is read of the client's words, in bytes.
const LONGEST: u64 = 1 << 20;

/// The most that is shown of a name.
const NAME: usize = 60;

const DEFAULT_PORT: u16 = 8080;

pub(crate) fn run() -> ExitCode {
    let (tell, told) = mpsc::sync_channel(1);
    // It may never end: nobody waits for it longer than that.
    let reader = thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        let _ = std::io::stdin().lock().take(LONGEST).read_to_end(&mut bytes);
        let _ = tell.send(bytes);
    });
    let asking = thread::Builder::new().spawn(ask);
    let bytes = if reader.is_ok() { told.recv_timeout(INPUT).unwrap_or_default() } else { Vec::new() };
    let session = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let figures = asking.ok().and_then(|asking| asking.join().ok()).flatten().unwrap_or(Value::Null);
    println!("{}", line(&session, &figures));
    ExitCode::SUCCESS
}

fn ask() -> Option<Value> {
    let inputs = Inputs::from_process(CommandLine {
        flags: Vec::new(),
        env_file: None,
        toml_file: None,
        project: Project::Ignore,
    });
    let set =
        |name: &str| inputs.environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let named = set("LYNKR_PORT").or_else(|| set("PORT")).and_then(|port| port.parse().ok());
    let address = match named {
        Some(port) => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        None => running(&inputs).unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT))),
    };
    let keys = set("LYNKR_API_KEYS").and_then(|keys| keys.split(',').next());
    let key = set("LYNKR_KEY").or(keys).filter(|key| !key.chars().any(char::is_control));
    let answer = loopback::get(address, "/dashboard/api/statusline", key, ANSWER).ok()?;
    (answer.status == 200).then_some(answer.body)
}

/// The gateway that was started last.
fn running(inputs: &Inputs) -> Option<SocketAddr> {
    let named = inputs.environment.get("LYNKR_STATE_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let state = named.or_else(|| inputs.default_state_dir.clone())?;
    RunFolder::below(&state).running().last().map(|instance| instance.address)
}

/// The line. Parts that aren't known are left out.
fn line(session: &Value, figures: &Value) -> String {
    let last = &figures["last"];
    let Some(model) = name(&last["model"]) else { return "lynkr: no traffic yet".to_owned() };
    let client = name(&session["model"]["display_name"]).or_else(|| name(&session["model"]["id"]));
    let mut parts: Vec<String> = client.into_iter().collect();
    let provider = name(&last["provider"]).map(|provider| format!(" ({provider})")).unwrap_or_default();
    parts.push(match name(&last["tier"]) {
        Some(tier) => format!("{tier} → {model}{provider}"),
        None => format!("{model}{provider}"),
    });
    if last["pinned"].as_bool() == Some(true) {
        parts.push("pin".to_owned());
    }
    if let Some(spend) = figures["todaySpendUsd"].as_f64() {
        parts.push(format!("today ${spend:.2}"));
    }
    if let Some(read) = figures["cacheReadPct"].as_f64() {
        parts.push(format!("cache {read:.0}%"));
    }
    format!("◆ {}", parts.join(" · "))
}

/// A name as it can be shown: on one line, and not endless.
fn name(value: &Value) -> Option<String> {
    let text: String = value.as_str()?.chars().filter(|letter| !letter.is_control()).take(NAME).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_line_says_what_is_known_and_is_one() {
        let session = json!({"model": {"id": "claude-opus-4-8", "display_name": "Opus"}});
        let last = |tier: Value, pinned: Value| json!({"tier": tier, "provider": "ollama", "model": "qwen3", "pinned": pinned, "at": 1});
        let all =
            json!({"last": last(json!("SIMPLE"), json!(true)), "todaySpendUsd": 1.234, "cacheReadPct": 41.6});
        let plain =
            json!({"last": last(Value::Null, json!(false)), "todaySpendUsd": null, "cacheReadPct": null});
        let hostile =
            json!({"last": {"model": "a\nb\u{1b}[31m", "tier": 7, "provider": ""}, "todaySpendUsd": "x"});
        for (session, figures, wanted) in [
            (&session, &all, "◆ Opus · SIMPLE → qwen3 (ollama) · pin · today $1.23 · cache 42%"),
            (&session, &plain, "◆ Opus · qwen3 (ollama)"),
            (&Value::Null, &all, "◆ SIMPLE → qwen3 (ollama) · pin · today $1.23 · cache 42%"),
            (&session, &hostile, "◆ Opus · ab[31m"),
            (&session, &json!({"last": null, "todaySpendUsd": 0.0}), "lynkr: no traffic yet"),
            (&session, &Value::Null, "lynkr: no traffic yet"),
            (&session, &json!([1]), "lynkr: no traffic yet"),
        ] {
            assert_eq!(line(session, figures), wanted);
        }
    }
}
