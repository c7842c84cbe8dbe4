//! Holds the gateway to its table of errors: what each row's example becomes, end to end, for clients of each
//! dialect.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lynkr_providers::{Again, ERROR_ROWS, ErrorRow, Said};
use lynkr_testkit::{Dialect, Script};
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::Setup;
use crate::http::Reply;
use crate::scripted::Scripted;

/// A provider whose endpoint is the scripted upstream, and the dialect that it is spoken to in.
fn setup(provider: &str, url: &str) -> (Setup, Dialect) {
    let keyed = |endpoint: (&str, String), key: (&str, &str)| {
        Setup::new().env("MODEL_PROVIDER", provider).env(endpoint.0, &endpoint.1).env(key.0, key.1)
    };
    match provider {
        "anthropic" => (Setup::upstream(Dialect::Anthropic, url), Dialect::Anthropic),
        "azure-openai" => {
            let endpoint = format!("{url}/openai/deployments/gpt-5/chat/completions?api-version=2024-10-21");
            let key = ("AZURE_OPENAI_API_KEY", "key-of-the-gateway");
            (keyed(("AZURE_OPENAI_ENDPOINT", endpoint), key), Dialect::Chat)
        }
        "baidu" => {
            let endpoint = ("BAIDU_ENDPOINT", format!("{url}/v2/chat/completions"));
            (keyed(endpoint, ("BAIDU_API_KEY", "key-of-the-gateway")), Dialect::Chat)
        }
        "ollama" => (Setup::upstream(Dialect::Ollama, url), Dialect::Ollama),
        "openrouter" => {
            let endpoint = ("OPENROUTER_ENDPOINT", format!("{url}/api/v1/chat/completions"));
            (keyed(endpoint, ("OPENROUTER_API_KEY", "key-of-the-gateway")), Dialect::Chat)
        }
        "zai" => {
            let endpoint = ("ZAI_ENDPOINT", format!("{url}/api/paas/v4/chat/completions"));
            (keyed(endpoint, ("ZAI_API_KEY", "key-of-the-gateway")), Dialect::Chat)
        }
        other => {
            assert_eq!(other, "openai", "no test upstream for {other}");
            (Setup::upstream(Dialect::Chat, url), Dialect::Chat)
        }
    }
}

/// The rows by the provider that shows them.
fn by_provider() -> BTreeMap<&'static str, Vec<&'static ErrorRow>> {
    let mut rows: BTreeMap<&str, Vec<&ErrorRow>> = BTreeMap::new();
    for row in ERROR_ROWS {
        rows.entry(row.providers.first().copied().unwrap_or("openai")).or_default().push(row);
    }
    rows
}

fn script(row: &ErrorRow) -> Script {
    let script = Script::body(row.example.status, "application/json", row.example.body);
    row.example.header.into_iter().fold(script, |script, (name, value)| script.first_header(name, value))
}

fn said(row: &ErrorRow) -> Said {
    let headers = row.example.header.into_iter().collect();
    Said::read(row.example.status, &headers, row.example.body.as_bytes())
}

/// The status for the client: the row's, else the provider's; of an error in a 200, its own.
fn status(row: &ErrorRow) -> u16 {
    let own = || said(row).codes.iter().find_map(|code| code.parse().ok());
    let shown = if row.example.status == 200 { own() } else { Some(row.example.status) };
    row.status.or(shown).expect("an error in a 200 names its status")
}

fn anthropic_name(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Authentication => "authentication_error",
        FaultKind::Billing => "billing_error",
        FaultKind::Permission => "permission_error",
        FaultKind::NotFound => "not_found_error",
        FaultKind::RateLimit => "rate_limit_error",
        FaultKind::Timeout => "timeout_error",
        FaultKind::Overloaded => "overloaded_error",
        FaultKind::BadGateway | FaultKind::Internal | FaultKind::Unavailable => "api_error",
        _ => "invalid_request_error",
    }
}

/// Whether the example has its dialect's form: clouds' own forms aren't what a client of the dialect reads.
fn is_own_form(dialect: Dialect, row: &ErrorRow) -> bool {
    let body: Value = serde_json::from_str(row.example.body).expect("examples are JSON");
    match dialect {
        Dialect::Anthropic => body["type"] == "error" && body["error"]["message"].is_string(),
        Dialect::Chat | Dialect::Responses => body["error"]["message"].is_string(),
        Dialect::Ollama => body["error"].is_string(),
    }
}

/// The status of `google.rpc`.
fn google_name(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Authentication => "UNAUTHENTICATED",
        FaultKind::Billing => "FAILED_PRECONDITION",
        FaultKind::Permission => "PERMISSION_DENIED",
        FaultKind::NotFound => "NOT_FOUND",
        FaultKind::RateLimit => "RESOURCE_EXHAUSTED",
        FaultKind::Timeout => "DEADLINE_EXCEEDED",
        FaultKind::Internal => "INTERNAL",
        FaultKind::BadGateway | FaultKind::Overloaded | FaultKind::Unavailable => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    }
}

/// What Gemini's clients are told: they have surfaces of their own, whose dialect no upstream here speaks.
#[track_caller]
fn check_gemini(row: &ErrorRow, reply: &Reply) {
    let place = format!("{}: {:?} {}", row.note, reply.headers, reply.text());
    check_head(row, reply, &place);
    let error = &reply.json()["error"];
    assert_eq!(
        (&error["code"], &error["status"]),
        (&status(row).into(), &google_name(row.kind).into()),
        "{place}"
    );
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{place}");
}

/// Status and headers, which are alike for clients of every dialect.
#[track_caller]
fn check_head(row: &ErrorRow, reply: &Reply, place: &str) {
    assert_eq!(reply.status, status(row), "{place}");
    let is_final = (row.again != Again::Same).then_some("false");
    assert_eq!(reply.header("x-should-retry"), is_final, "{place}");
    let after = said(row).after.map(|after| format!("{:.0}", after.as_secs_f64().ceil()));
    assert_eq!(reply.header("retry-after"), after.as_deref(), "{place}");
}

#[track_caller]
fn check(row: &ErrorRow, client: Dialect, upstream: Dialect, reply: &Reply) {
    let place = format!("{} to {client:?}: {:?} {}", row.note, reply.headers, reply.text());
    check_head(row, reply, &place);
    if client == upstream && row.example.status != 200 && is_own_form(upstream, row) {
        assert_eq!(reply.text(), row.example.body, "the provider's own body, unchanged");
        return;
    }
    let body: Value = reply.json();
    let (name, message) = dialects::error(client, &body);
    assert!(!message.is_empty(), "{place}");
    if client == Dialect::Anthropic {
        assert_eq!(name, anthropic_name(row.kind), "{place}");
        let is_long = row.kind == FaultKind::ContextLength;
        assert!(
            !is_long || message.starts_with("prompt is too long"),
            "Claude Code compacts at these words: {place}"
        );
    }
    if row.kind == FaultKind::ContextLength && client != Dialect::Anthropic && client != Dialect::Ollama {
        assert_eq!(body["error"]["code"], "context_length_exceeded", "Codex compacts at this code: {place}");
    }
}

fn gemini_ask() -> Value {
    json!({"contents": [{"role": "user", "parts": [{"text": "Hello."}]}]})
}

/// With breakers that stay closed, so that each answer is the provider's.
fn unguarded(setup: Setup) -> Setup {
    setup.env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "1000000")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_is_what_clients_of_every_dialect_see() {
    let mut seen = 0;
    for (provider, rows) in by_provider() {
        let place = Arc::new(AtomicUsize::new(0));
        let (next, scripts) = (Arc::clone(&place), rows.iter().map(|row| script(row)).collect::<Vec<_>>());
        let server = Scripted::with(move |_| scripts[next.load(Ordering::Relaxed)].clone()).await;
        let (setup, upstream) = setup(provider, &server.url());
        let gateway = unguarded(setup).env("API_RETRY_MAX_RETRIES", "0").start().await;
        for (number, row) in rows.iter().enumerate() {
            place.store(number, Ordering::Relaxed);
            for client in dialects::ALL {
                let stream = number % 2 == 0;
                let reply =
                    gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", stream)).await;
                check(row, client, upstream, &reply);
            }
            let method = ["generateContent", "streamGenerateContent?alt=sse"][number % 2];
            let path = format!("/v1beta/models/gemini-2.5-pro:{method}");
            check_gemini(row, &gateway.post(&path, &gemini_ask()).await);
            seen += 1;
        }
    }
    assert_eq!(seen, ERROR_ROWS.len());
}

/// What may pass is sent again, and nothing else is.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_may_pass_is_sent_again() {
    let rows: Vec<&ErrorRow> =
        ERROR_ROWS.iter().filter(|row| row.providers.is_empty() && said(row).after.is_none()).collect();
    let place = Arc::new(AtomicUsize::new(0));
    let (next, scripts) = (Arc::clone(&place), rows.iter().map(|row| script(row)).collect::<Vec<_>>());
    let server = Scripted::with(move |_| scripts[next.load(Ordering::Relaxed)].clone()).await;
    // Ten retries are free before the budget counts: each gateway sees fewer rows than that.
    for (batch, rows) in rows.chunks(8).enumerate() {
        let setup = unguarded(setup("openai", &server.url()).0);
        let gateway = setup.env("API_RETRY_MAX_RETRIES", "1").start().await;
        for (number, row) in rows.iter().enumerate() {
            place.store(batch * 8 + number, Ordering::Relaxed);
            let before = server.posts().len();
            gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true)).await;
            let sent = server.posts().len() - before;
            assert_eq!(sent, if row.again == Again::Same { 2 } else { 1 }, "{}", row.note);
        }
    }
}
