//! Keys of the store, what they may do, and what is counted for them.

mod ahead;
pub(crate) mod budgets;
pub(crate) mod replicas;

use lynkr_testkit::{Dialect, Script};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, Reply};
use crate::scripted::{self, Scripted};
use crate::websocket;

/// A store, and the environment that names it.
pub(crate) struct Kept {
    environment: Vec<(&'static str, String)>,
    _folder: Option<TempDir>,
}

impl Kept {
    pub(crate) fn in_a_file() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("state/lynkr.db").display().to_string();
        Self { environment: vec![("SESSION_DB_PATH", path)], _folder: Some(folder) }
    }

    pub(crate) fn at(environment: Vec<(&'static str, String)>) -> Self {
        Self { environment, _folder: None }
    }

    pub(crate) fn with(&self, setup: Setup) -> Setup {
        self.environment.iter().fold(setup, |setup, (name, value)| setup.env(name, value))
    }

    /// What `lynkr` prints as JSON.
    pub(crate) async fn lynkr(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let ended = self.with(Setup::new().without("PORT").arguments(&arguments)).run().await;
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout))
    }

    /// A new key's secret.
    pub(crate) async fn key(&self, more: &[&str]) -> String {
        let arguments: Vec<&str> = ["keys", "create", "test"].iter().chain(more).copied().collect();
        self.lynkr(&arguments).await["secret"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn hello(stream: bool) -> Value {
    dialects::ask(Dialect::Anthropic, "Hello.", stream)
}

pub(crate) fn asking(key: &str) -> Call {
    Call::json("/v1/messages", &hello(false)).header("x-lynkr-key", key)
}

async fn speaking(dialect: Dialect) -> Scripted {
    Scripted::with(move |_| Script::json(200, &scripted::whole(dialect, "Hello."))).await
}

#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) {
    let body = reply.expect(status).to_string();
    let told = reply.header("x-should-retry").unwrap_or("true");
    assert!(!body.is_empty() && (status == 503 || status == 429 || told == "false"), "{body}");
    // Anthropic's errors have no code.
    assert!(!body.contains("\"code\"") || body.contains(code), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_the_gateway_in_every_header_and_goes_no_further() {
    let kept = Kept::in_a_file();
    let key = kept.key(&[]).await;
    let bearer = format!("Bearer {key}");
    for dialect in dialects::ALL {
        let upstream = speaking(dialect).await;
        let setup = kept.with(Setup::upstream(dialect, &upstream.url())).env("LYNKR_REQUIRE_KEY", "true");
        let gateway = setup.start().await;
        let call = || Call::json(dialects::path(dialect), &dialects::ask(dialect, "Hello.", false));
        refused(&gateway.send(call()).await, 401, "invalid_api_key");
        for (name, value) in [
            ("x-lynkr-key", &key),
            ("authorization", &bearer),
            ("x-api-key", &key),
            ("api-key", &key),
            ("x-goog-api-key", &key),
        ] {
            gateway.send(call().header(name, value)).await.expect(200);
        }
        refused(&gateway.send(call().header("x-api-key", "lynkr_guessed")).await, 401, "invalid_api_key");
        refused(&gateway.send(call().header("x-lynkr-key", "guessed")).await, 401, "invalid_api_key");
        assert_eq!(upstream.posts().len(), 5);
        for post in upstream.posts() {
            let sent = format!("{:?} {:?} {}", post.headers, post.query, post.text());
            assert!(!sent.contains("lynkr_") && !sent.contains("x-lynkr-key"), "{sent}");
        }
        assert!(!gateway.log().contains(&key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_credentials_stay_the_callers_own() {
    let kept = Kept::in_a_file();
    let key = kept.key(&[]).await;
    let upstream = speaking(Dialect::Anthropic).await;
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).without("ANTHROPIC_API_KEY");
    let gateway = setup.env("LYNKR_REQUIRE_KEY", "true").start().await;
    gateway.send(asking(&key).header("x-api-key", "sk-ant-api03-of-the-caller")).await;
    let sent = format!("{:?}", upstream.posts().iter().map(|post| &post.headers).collect::<Vec<_>>());
    assert!(!sent.contains(&key), "{sent}");
    // Without a key that is the gateway's, a vendor's opens nothing.
    let own = Call::json("/v1/messages", &hello(false)).header("x-api-key", "sk-ant-api03-of-the-caller");
    refused(&gateway.send(own).await, 401, "invalid_api_key");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_and_expired_keys_are_refused() {
    let kept = Kept::in_a_file();
    let (key, short) = (kept.key(&[]).await, kept.key(&["--expires", "4s"]).await);
    let gateway = kept.with(Setup::builtin()).start().await;
    gateway.send(asking(&key)).await.expect(200);
    gateway.send(asking(&short)).await.expect(200);
    let prefix: String = key.chars().take(12).collect();
    assert_eq!(kept.lynkr(&["keys", "revoke", &prefix]).await["revoked"], true);
    for key in [&key, &short] {
        let gone = async { while gateway.send(asking(key)).await.status != 401 {} };
        tokio::time::timeout(crate::http::PATIENCE, gone).await.expect("the key is refused in the end");
    }
    assert_eq!(kept.lynkr(&["keys", "list"]).await, json!([]));
    let all = kept.lynkr(&["keys", "list", "--all"]).await;
    let states: Vec<&str> = all.as_array().unwrap().iter().filter_map(|key| key["state"].as_str()).collect();
    assert!(states.contains(&"revoked") && states.contains(&"expired"), "{all}");
    assert!(!all.to_string().contains(&key));
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_say_what_a_key_is_for() {
    /// A call, and its statuses for keys that may ask, read and administer.
    type Row = (fn(&str) -> Call, [u16; 3]);
    let kept = Kept::in_a_file();
    let (asks, reads) = (kept.key(&[]).await, kept.key(&["--scopes", "read"]).await);
    let admin = kept.key(&["--scopes", "admin"]).await;
    let gateway = kept.with(Setup::builtin()).env("LYNKR_REQUIRE_KEY", "true").start().await;
    let rows: [Row; 5] = [
        (asking, [200, 403, 200]),
        (|key| Call::get("/v1/models").header("x-lynkr-key", key), [200, 200, 200]),
        (|key| Call::get("/metrics/observability").header("x-lynkr-key", key), [403, 200, 200]),
        (|key| Call::get("/v1/config").header("x-lynkr-key", key), [403, 200, 200]),
        (
            |key| Call::new("POST", "/v1/admin/circuit-breakers/reset").header("x-lynkr-key", key),
            [403, 403, 200],
        ),
    ];
    for (number, (call, expected)) in rows.into_iter().enumerate() {
        for (key, status) in [&asks, &reads, &admin].into_iter().zip(expected) {
            assert_eq!(gateway.send(call(key)).await.status, status, "row {number}");
        }
    }
    gateway.get("/health").await.expect(200);
    let audit = gateway.send(Call::get("/v1/admin/audit").header("x-lynkr-key", &admin)).await.expect(200);
    let told: Vec<(&str, &str)> = audit["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| Some((entry["action"].as_str()?, entry["outcome"].as_str()?)))
        .collect();
    for expected in [("breakers.reset", "ok"), ("admin.refused", "denied"), ("key.create", "ok")] {
        assert!(told.contains(&expected), "{told:?}");
    }
    assert!(!audit.to_string().contains(&admin));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_be_for_some_models_and_providers() {
    let kept = Kept::in_a_file();
    let other = kept.key(&["--models", "gpt-4*,o3"]).await;
    let own = kept.key(&["--models", "anthropic:claude-*"]).await;
    let elsewhere = kept.key(&["--providers", "openai"]).await;
    let upstream = speaking(Dialect::Anthropic).await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    let wrong = gateway.send(asking(&other)).await;
    assert!(wrong.expect(403)["error"]["message"].as_str().unwrap().contains("claude-sonnet-4-5"));
    gateway.send(asking(&elsewhere)).await.expect(403);
    gateway.send(asking(&own)).await.expect(200);
    assert_eq!(upstream.posts().len(), 1);
    let listed = async |key: &str| {
        let list = gateway.send(Call::get("/v1/models").header("x-lynkr-key", key)).await.expect(200);
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(listed(&other).await.is_empty());
    let own = listed(&own).await;
    assert!(!own.is_empty() && own.iter().all(|id| id.starts_with("claude-")), "{own:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_need_a_key_unless_told_otherwise() {
    let kept = Kept::in_a_file();
    let key = kept.key(&[]).await;
    let open = || kept.with(Setup::builtin()).env("LYNKR_HOST", "0.0.0.0");
    let gateway = open().start().await;
    let ask = || Call::json("/v1/messages", &hello(false));
    refused(&gateway.send(ask()).await, 401, "invalid_api_key");
    gateway.send(asking(&key)).await.expect(200);
    let insecure = open().env("LYNKR_INSECURE", "true").start().await;
    insecure.send(ask()).await.expect(200);
    insecure.send(Call::new("POST", "/v1/admin/reload")).await.expect(403);
    let project = open().project_file(".env", "LYNKR_INSECURE=true\n").run().await;
    assert!(project.code == Some(1) && project.stderr.contains("LYNKR_INSECURE"), "{}", project.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_names_for_this_machine_are_refused() {
    let gateway = Gateway::builtin().await;
    // The other calls send the address itself.
    let status = async |gateway: &Gateway, host: &str| {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::TcpStream::connect(gateway.address()).await.unwrap();
        let request = format!("GET /v1/models HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status(&gateway, "localhost:1").await, "200");
    assert_eq!(status(&gateway, "[::1]").await, "200");
    assert_eq!(status(&gateway, "rebound.evil.test").await, "403");
    assert_eq!(status(&gateway, "127.0.0.1.evil.test:80").await, "403");
    let allowed = Setup::builtin().env("LYNKR_ALLOWED_HOSTS", "gateway.test").start().await;
    assert_eq!(status(&allowed, "gateway.test:80").await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn web_pages_of_other_hosts_are_refused() {
    let gateway = Gateway::builtin().await;
    let from = |call: Call, page: &str| call.header("origin", page);
    for client in dialects::ALL {
        let ask = || Call::json(dialects::path(client), &dialects::ask(client, "Hello.", false));
        for page in ["https://evil.test", "null", "http://127.0.0.1.evil.test:80"] {
            let reply = gateway.send(from(ask(), page)).await;
            let (_, message) = dialects::error(client, &reply.expect(403));
            assert!(message.contains("origin"), "{message}");
            assert_eq!(reply.header("access-control-allow-origin"), None);
        }
        gateway.send(from(ask(), "http://localhost:3000")).await.expect(200);
    }
    // A browser asks nobody before it opens one.
    gateway.send(from(websocket::handshake(), "https://evil.test")).await.expect(403);
    let open = gateway.open(from(websocket::handshake(), "http://localhost:3000")).await;
    assert_eq!(open.status, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_told_in_the_standard_headers() {
    let kept = Kept::in_a_file();
    let key = kept.key(&["--requests-per-minute", "2"]).await;
    let gateway = kept.with(Setup::builtin()).start().await;
    for left in ["1", "0"] {
        let reply = gateway.send(asking(&key)).await;
        reply.expect(200);
        assert_eq!(
            (reply.header("ratelimit-limit"), reply.header("ratelimit-remaining")),
            (Some("2"), Some(left))
        );
    }
    let reply = gateway.send(asking(&key)).await;
    assert_eq!(reply.expect(429)["error"]["type"], "rate_limit_error");
    assert!(reply.header("retry-after").is_some() && reply.header("ratelimit-reset").is_some());
    let numbers = gateway.get("/metrics/observability").await.expect(200);
    assert_eq!(numbers["rate_limit_blocks_total"], 1);
    // Whoever shows no key has no such limit.
    gateway.post("/v1/messages", &hello(false)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_general_limit_tells_sessions_apart() {
    let setup = Setup::builtin().env("RATE_LIMIT_ENABLED", "true").env("RATE_LIMIT_MAX", "1");
    let gateway = setup.env("RATE_LIMIT_WINDOW_MS", "3600000").start().await;
    let by = |session: &str| Call::json("/v1/messages", &hello(false)).header("x-session-id", session);
    gateway.send(by("one")).await.expect(200);
    gateway.send(by("two")).await.expect(200);
    gateway.send(by("one")).await.expect(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_the_body_counts_as_one_in_the_head() {
    let upstream = speaking(Dialect::Anthropic).await;
    let kept = Kept::in_a_file();
    kept.lynkr(&["budgets", "set", "session:*", "--requests", "2"]).await;
    let setup = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url()));
    let limited = setup.env("RATE_LIMIT_ENABLED", "true").env("RATE_LIMIT_MAX", "3");
    let gateway = limited.env("RATE_LIMIT_WINDOW_MS", "31536000000000").start().await;
    let told = [
        json!({"metadata": {"user_id": "user_0a1b_account__session_in-text"}}),
        json!({"metadata": {"user_id": "{\"device_id\":\"d\",\"session_id\":\"in-json\"}"}}),
        json!({"session_id": "plain"}),
        json!({"prompt_cache_key": "shared"}),
    ];
    for fields in told {
        let mut body = hello(false);
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        // The budget of the session has room for two; the third is refused by it, the fourth by the limit.
        for expected in [200, 200, 402, 429] {
            let reply = gateway.post("/v1/messages", &body).await;
            assert_eq!(reply.status, expected, "{fields}: {}", reply.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_limited_by_what_was_measured() {
    let kept = Kept::in_a_file();
    let key = kept.key(&["--tokens-per-day", "15"]).await;
    let upstream = speaking(Dialect::Anthropic).await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    // Each answer has ten tokens; the limit is passed by the second.
    gateway.send(asking(&key)).await.expect(200);
    let second = async { while gateway.send(asking(&key)).await.status != 429 {} };
    tokio::time::timeout(crate::http::PATIENCE, second).await.expect("the limit holds in the end");
    assert!((2..=4).contains(&upstream.posts().len()), "{}", upstream.posts().len());
}
