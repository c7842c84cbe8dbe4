//! What Claude Code expects of a gateway (docs/gateway-contract.md), asked of the one that runs on the configured port.
//!
//! Every row is a real request. Those that want an answer of a model name the builtin responder, so that nothing is
//! spent and no provider is needed.

mod clouds;

use std::time::Duration;

use lynkr_app::{Answer, Question, Scout};
use lynkr_config::ExposeSecret as _;
use serde_json::{Value, json};

use super::Context;
use super::finding::{Finding, Verdict};
use super::ports::{base, port};

/// Claude Code waits so long for the list of models.
const PATIENCE: Duration = Duration::from_secs(3);

/// One clause.
struct Clause {
    what: &'static str,
    method: &'static str,
    path: &'static str,
    /// Headers besides the key's.
    headers: &'static [(&'static str, &'static str)],
    body: fn() -> Value,
    /// What is right with the answer, or what is wrong.
    judge: fn(&Answer) -> Result<String, String>,
}

/// So that its requests are known for what they are where requests are listed.
const CLIENT: (&str, &str) = ("user-agent", "lynkr-doctor");
const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");
const JSON: (&str, &str) = ("content-type", "application/json");

const CLAUSES: &[Clause] = &[
    Clause {
        what: "start-up traffic",
        method: "HEAD",
        path: "/",
        headers: &[],
        body: || Value::Null,
        judge: |answer| below(answer, 500, "is harmless"),
    },
    Clause {
        what: "messages, whatever the query",
        method: "POST",
        path: "/v1/messages?beta=true",
        headers: &[VERSION, JSON],
        body: || message(false),
        judge: |answer| field(answer, "/type", "message", "are answered in Anthropic's form"),
    },
    Clause {
        what: "streams",
        method: "POST",
        path: "/v1/messages",
        headers: &[VERSION, JSON],
        body: || message(true),
        judge: stream,
    },
    Clause {
        what: "open lists",
        method: "POST",
        path: "/v1/messages?beta=true",
        headers: &[
            VERSION,
            JSON,
            ("anthropic-beta", "a-beta-of-tomorrow-2099-01-01"),
            ("x-claude-code-session-id", "lynkr-doctor"),
            ("x-claude-code-of-tomorrow", "1"),
        ],
        body: open_lists,
        judge: |answer| field(answer, "/type", "message", "headers and fields that nobody has heard of pass"),
    },
    Clause {
        what: "token counts",
        method: "POST",
        path: "/v1/messages/count_tokens?beta=true",
        headers: &[VERSION, JSON],
        body: || message(false),
        judge: count,
    },
    Clause {
        what: "model discovery",
        method: "GET",
        path: "/v1/models?limit=1000",
        headers: &[VERSION],
        body: || Value::Null,
        judge: models,
    },
    Clause {
        what: "errors",
        method: "POST",
        path: "/v1/messages",
        headers: &[VERSION, JSON],
        body: || json!({"model": MODEL}),
        judge: error,
    },
];

/// The responder that answers by rule.
const MODEL: &str = "builtin:lynkr-builtin";

fn message(stream: bool) -> Value {
    json!({
        "model": MODEL, "max_tokens": 64, "stream": stream,
        "messages": [{"role": "user", "content": "hello"}],
    })
}

fn open_lists() -> Value {
    let mut body = message(false);
    body["context_management"] = json!({"edits": []});
    body["a_field_of_tomorrow"] = json!({"nobody": "knows it"});
    body
}

pub(super) async fn look(on: &Context) -> Vec<Finding> {
    let values = &on.loaded.values;
    let Some(scout) = on.scout.as_ref().filter(|_| port(values) != 0) else {
        return vec![Finding::new(
            Verdict::Note,
            "gateway",
            "no port is configured, so that none can be asked",
        )];
    };
    let base = base(values);
    let live = ask(scout, &format!("{base}/health/live"), ("GET", &[]), &[], Value::Null).await;
    match live {
        Ok(answer) if answer.is_lynkr() => {}
        _ => {
            let told = format!("none runs at {base}");
            return vec![Finding::new(Verdict::Note, "gateway", told).with_suggestion("lynkr start")];
        }
    }
    let key = key(on);
    let mut found = vec![either_header(scout, &base, &key).await];
    if found.iter().any(|own| own.verdict != Verdict::Good) {
        // All else would be refused as well, which says nothing of it.
        found.push(Finding::new(
            Verdict::Note,
            "the other clauses",
            "weren't tried: each of them needs a key",
        ));
        return found;
    }
    let bearer = format!("Bearer {key}");
    let clauses = CLAUSES.iter().map(|clause| (clause, ("x-api-key", key.as_str())));
    // Clients of the clouds show one key only, and in this header.
    let clouds = clouds::CLAUSES.iter().map(|clause| (clause, ("authorization", bearer.as_str())));
    for (clause, credential) in clauses.chain(clouds) {
        found.push(tried(scout, &base, clause, credential).await);
    }
    found
}

async fn tried(scout: &Scout, base: &str, clause: &Clause, credential: (&str, &str)) -> Finding {
    let url = format!("{base}{}", clause.path);
    let asked = ask(scout, &url, (clause.method, clause.headers), &[credential], (clause.body)()).await;
    match asked.and_then(|answer| (clause.judge)(&answer)) {
        Ok(told) => Finding::new(Verdict::Good, clause.what, told),
        Err(why) => Finding::new(Verdict::Wrong, clause.what, why),
    }
}

/// The user's own key, or one of the operator's, else any text, which is taken where no key is wanted.
fn key(on: &Context) -> String {
    let own = on.inputs.environment.get("LYNKR_KEY").cloned().unwrap_or_default();
    let keys = on.loaded.values.secret("LYNKR_API_KEYS");
    let keys = keys.map(|keys| keys.expose_secret().to_owned()).unwrap_or_default();
    let mut all = std::iter::once(own.as_str()).chain(keys.split(',')).map(str::trim);
    all.find(|key| !key.is_empty()).unwrap_or("lynkr").to_owned()
}

/// The key counts in either header.
async fn either_header(scout: &Scout, base: &str, key: &str) -> Finding {
    const WHAT: &str = "the key, in either header";
    let bearer = format!("Bearer {key}");
    for credential in [("x-api-key", key), ("authorization", bearer.as_str())] {
        let url = format!("{base}/v1/messages");
        let asked = ask(scout, &url, ("POST", &[VERSION, JSON]), &[credential], message(false)).await;
        match asked.map(|answer| answer.status) {
            Ok(401 | 403) => {
                let told = format!(
                    "is refused in `{}`: clients need one that `lynkr keys create` made",
                    credential.0
                );
                let finding = Finding::new(Verdict::Warning, WHAT, told);
                return finding.with_suggestion("LYNKR_KEY=$(lynkr keys create doctor) lynkr doctor");
            }
            Ok(_) => {}
            Err(why) => return Finding::new(Verdict::Wrong, WHAT, why),
        }
    }
    Finding::new(Verdict::Good, WHAT, "is taken")
}

async fn ask(
    scout: &Scout,
    url: &str,
    (method, headers): (&str, &[(&str, &str)]),
    credential: &[(&str, &str)],
    body: Value,
) -> Result<Answer, String> {
    let headers: Vec<(&str, &str)> = headers.iter().chain(credential).chain(&[CLIENT]).copied().collect();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    scout.ask(&Question { method, url, headers: &headers, body, patience: PATIENCE }).await
}

fn below(answer: &Answer, status: u16, told: &str) -> Result<String, String> {
    if answer.status < status { Ok(told.to_owned()) } else { Err(format!("status {}", answer.status)) }
}

fn parsed(answer: &Answer) -> Result<Value, String> {
    let words = || answer.text().chars().filter(|c| !c.is_control()).take(160).collect::<String>();
    if answer.status != 200 {
        return Err(format!("status {}: {}", answer.status, words()));
    }
    serde_json::from_slice(&answer.body).map_err(|_| format!("no JSON: {}", words()))
}

fn field(answer: &Answer, place: &str, wanted: &str, told: &str) -> Result<String, String> {
    let body = parsed(answer)?;
    match body.pointer(place).and_then(Value::as_str) {
        Some(text) if text == wanted => Ok(told.to_owned()),
        other => Err(format!("`{place}` is {other:?}, not `{wanted}`")),
    }
}

fn count(answer: &Answer) -> Result<String, String> {
    let counted = parsed(answer)?.get("input_tokens").and_then(Value::as_u64);
    let by = answer.header("x-lynkr-counted-by").unwrap_or("nobody says who");
    counted.map(|tokens| format!("{tokens} tokens by {by}")).ok_or_else(|| "no `input_tokens`".to_owned())
}

fn models(answer: &Answer) -> Result<String, String> {
    let body = parsed(answer)?;
    let list = body.get("data").and_then(Value::as_array).ok_or("no `data`")?;
    let shown = |model: &&Value| {
        let id = model.get("id").and_then(Value::as_str).unwrap_or_default();
        id.contains("claude") || id.contains("anthropic")
    };
    let all = list.iter().all(|model| model.get("display_name").is_some() || model.get("id").is_some());
    if !all {
        return Err("a model without a name".to_owned());
    }
    Ok(format!("{} models, {} of which Claude Code shows", list.len(), list.iter().filter(shown).count()))
}

fn error(answer: &Answer) -> Result<String, String> {
    let body: Value =
        serde_json::from_slice(&answer.body).map_err(|_| "an error that is no JSON".to_owned())?;
    let kind = body.pointer("/error/type").and_then(Value::as_str);
    match (answer.status, body.get("type").and_then(Value::as_str), kind) {
        (400..=499, Some("error"), Some(kind)) => {
            Ok(format!("have Anthropic's form ({} {kind})", answer.status))
        }
        (status, ..) => Err(format!("status {status} without Anthropic's form")),
    }
}

fn stream(answer: &Answer) -> Result<String, String> {
    let kind = answer.header("content-type").unwrap_or_default();
    if answer.status != 200 || !kind.starts_with("text/event-stream") {
        return Err(format!("status {} with `{kind}`, no stream", answer.status));
    }
    let text = answer.text();
    let events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    match (events.first(), events.last()) {
        (Some(&"message_start"), Some(&"message_stop")) => {
            Ok(format!("{} events, from start to stop", events.len()))
        }
        other => Err(format!("its events begin and end with {other:?}")),
    }
}
