//! The specification's eight types of errors, at the surface of every dialect: one status, one type, one form, the
//! request's id in all, and nothing of the gateway's insides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use lynkr_testkit::{Dialect, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::keys::Kept;
use crate::scripted::{self, Scripted};

const GEMINI: &str = "/v1beta/models/gemini-2.5-pro:generateContent";
const BEDROCK: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke";

/// What a client speaks.
#[derive(Debug, Clone, Copy)]
enum Surface {
    Of(Dialect),
    Gemini,
    Bedrock,
}

const SURFACES: [Surface; 6] = [
    Surface::Of(Dialect::Anthropic),
    Surface::Of(Dialect::Chat),
    Surface::Of(Dialect::Responses),
    Surface::Of(Dialect::Ollama),
    Surface::Gemini,
    Surface::Bedrock,
];

impl Surface {
    fn call(self, body: Option<&Value>) -> Call {
        let path = match self {
            Self::Of(dialect) => dialects::path(dialect),
            Self::Gemini => GEMINI,
            Self::Bedrock => BEDROCK,
        };
        let usual = match self {
            Self::Of(dialect) => dialects::ask(dialect, "Hello.", false),
            Self::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": "Hello."}]}]}),
            Self::Bedrock => json!({
                "anthropic_version": "bedrock-2023-05-31", "max_tokens": 9,
                "messages": [{"role": "user", "content": "Hello."}],
            }),
        };
        Call::json(path, body.unwrap_or(&usual))
    }

    /// The error's type, as far as the dialect has a place for it in the body, and its message.
    #[track_caller]
    fn error(self, body: &Value, status: u16) -> (Option<String>, String) {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {body}")).to_owned();
        match self {
            Self::Of(dialect) => {
                let (kind, message) = dialects::error(dialect, body);
                (Some(kind).filter(|kind| !kind.is_empty()), message)
            }
            Self::Gemini => {
                assert_eq!(body["error"]["code"], status, "{body}");
                (Some(text(&body["error"]["status"])), text(&body["error"]["message"]))
            }
            Self::Bedrock => (None, text(&body["message"])),
        }
    }
}

/// One type: how it is told in Anthropic's words, in those of OpenAI's two APIs and in Google's.
struct Row {
    name: &'static str,
    status: u16,
    anthropic: &'static str,
    chat: &'static str,
    responses: &'static str,
    google: &'static str,
}

const ROWS: [Row; 8] = [
    row(
        "validation",
        400,
        ["invalid_request_error", "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"],
    ),
    row(
        "authentication",
        401,
        ["authentication_error", "authentication_error", "authentication_error", "UNAUTHENTICATED"],
    ),
    row(
        "authorization",
        403,
        ["permission_error", "permission_error", "permission_error", "PERMISSION_DENIED"],
    ),
    row("not found", 404, ["not_found_error", "not_found_error", "invalid_request_error", "NOT_FOUND"]),
    row(
        "rate limit",
        429,
        ["rate_limit_error", "rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"],
    ),
    row("internal", 500, ["api_error", "server_error", "server_error", "INTERNAL"]),
    row("external API", 503, ["api_error", "server_error", "server_error", "UNAVAILABLE"]),
    row("database", 503, ["api_error", "server_error", "server_error", "UNAVAILABLE"]),
];

const fn row(name: &'static str, status: u16, words: [&'static str; 4]) -> Row {
    let [anthropic, chat, responses, google] = words;
    Row { name, status, anthropic, chat, responses, google }
}

impl Row {
    const fn word(&self, surface: Surface) -> Option<&'static str> {
        match surface {
            Surface::Of(Dialect::Anthropic) => Some(self.anthropic),
            Surface::Of(Dialect::Chat) => Some(self.chat),
            Surface::Of(Dialect::Responses) => Some(self.responses),
            Surface::Gemini => Some(self.google),
            Surface::Of(Dialect::Ollama) | Surface::Bedrock => None,
        }
    }

    #[track_caller]
    fn check(&self, surface: Surface, reply: &Reply) {
        let place = format!("{} at {surface:?}: {}", self.name, reply.text());
        let (kind, message) = surface.error(&reply.expect(self.status), self.status);
        assert_eq!(kind.as_deref(), self.word(surface), "{place}");
        assert!(!message.is_empty(), "{place}");
        assert_eq!(reply.header("content-type"), Some("application/json"), "{place}");
        assert_eq!(reply.header("x-request-id"), Some("my-own-id"), "{place}");
        for inside in ["panicked", ".rs:", "stack backtrace", "SqliteError", "sqlx", "at /"] {
            assert!(!reply.text().contains(inside), "{place}");
        }
    }
}

/// A gateway that wants keys, before a provider that answers with the status that was set last.
async fn guarded(kept: &Kept) -> (Gateway, Scripted, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(200));
    let next = Arc::clone(&status);
    let upstream = Scripted::with(move |_| match next.load(Ordering::Relaxed) {
        200 => Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello.")),
        // It is in nobody's form, so that all are told in the gateway's.
        code => Script::body(code, "text/plain", "down"),
    })
    .await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url()).env("API_RETRY_MAX_RETRIES", "0");
    let setup = setup.env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "1000").env("LYNKR_REQUIRE_KEY", "true");
    (kept.with(setup).start().await, upstream, status)
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_types_have_one_form_each_in_every_dialect() {
    let kept = Kept::in_a_file();
    let (own, reads) = (kept.key(&[]).await, kept.key(&["--scopes", "read"]).await);
    let limited = kept.key(&["--requests-per-day", "1"]).await;
    let (gateway, _upstream, status) = guarded(&kept).await;
    let send = async |surface: Surface, key: &str, body: Option<&Value>| {
        let call = surface.call(body).header("x-lynkr-key", key).header("x-request-id", "my-own-id");
        gateway.send(call).await
    };
    send(SURFACES[0], &limited, None).await.expect(200);
    let [validation, authentication, authorization, not_found, rate_limit, internal, external, _] = &ROWS;
    for surface in SURFACES {
        status.store(200, Ordering::Relaxed);
        validation.check(surface, &send(surface, &own, Some(&json!({}))).await);
        authentication.check(surface, &send(surface, "lynkr_nobody", None).await);
        authorization.check(surface, &send(surface, &reads, None).await);
        rate_limit.check(surface, &send(surface, &limited, None).await);
        for row in [not_found, internal, external] {
            status.store(row.status, Ordering::Relaxed);
            row.check(surface, &send(surface, &own, None).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_can_t_be_asked_is_told_in_every_dialect() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("lynkr.db");
    let kept = Kept::at(vec![("SESSION_DB_PATH", path.display().to_string())]);
    kept.lynkr(&["budgets", "set", "user:*", "--requests", "1000"]).await;
    let (gateway, _upstream, _) = guarded(&Kept::at(vec![
        ("SESSION_DB_PATH", path.display().to_string()),
        ("LYNKR_API_KEYS", "key-of-the-house".to_owned()),
    ]))
    .await;
    let call = |surface: Surface| {
        let call = surface.call(None).header("x-lynkr-key", "key-of-the-house");
        call.header("x-request-id", "my-own-id").header("x-user-id", "ada")
    };
    gateway.send(call(SURFACES[0])).await.expect(200);
    let Some(_locked) = crate::store::Locked::hold(&path) else { return crate::store::missing("sqlite3") };
    let address = gateway.address();
    let calls = SURFACES.map(|surface| {
        let call = call(surface);
        (surface, tokio::spawn(async move { call.send(address).await }))
    });
    let [.., database] = &ROWS;
    for (surface, reply) in calls {
        let reply = reply.await.expect("an answer");
        database.check(surface, &reply);
        assert!(reply.header("retry-after").is_some(), "{surface:?}");
    }
}
