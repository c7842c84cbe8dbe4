//! What is kept, and what becomes of it when the process, the disk or the database fails.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use lynkr_testkit::{Dialect, Gate, Script};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary;
use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::scripted::{self, Scripted};
use crate::servers::{Kind, Server};

/// An upstream that answers at once, or when the gate opens to a request that says `hold`.
async fn upstream(gate: &Gate) -> Scripted {
    let held = gate.clone();
    Scripted::with(move |request| {
        let frames = scripted::stream(Dialect::Anthropic, "First.");
        if String::from_utf8_lossy(&request.body).contains("hold") {
            return Script::sse(frames[..3].to_vec()).wait(&held).send(frames[3..].concat());
        }
        Script::sse(frames)
    })
    .await
}

fn ask(words: &str, session: &str) -> Call {
    Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, words, true))
        .header("x-session-id", session)
}

async fn answered(gateway: &Gateway, session: &str) {
    let reply = gateway.send(ask("Hello.", session)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.text().contains("message_stop"), "{}", reply.text());
}

async fn requests_on_record(gateway: &Gateway) -> u64 {
    let reply = gateway.get("/v1/usage").await;
    if reply.status == 200 { reply.json()["total"]["requests"].as_u64().unwrap_or(0) } else { 0 }
}

/// Asks again and again until it is so; fails when that takes longer than anything here does.
async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let waits = async { while !is_so().await {} };
    assert!(tokio::time::timeout(PATIENCE, waits).await.is_ok(), "{what}");
}

async fn on_record(gateway: &Gateway, requests: u64) {
    until("the records are written", || async { requests_on_record(gateway).await >= requests }).await;
}

fn before(upstream: &Scripted, database: &Path) -> Setup {
    Setup::upstream(Dialect::Anthropic, &upstream.url())
        .env("SESSION_DB_PATH", &database.display().to_string())
}

fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("lynkr.db");
    (folder, database)
}

async fn store_figures(gateway: &Gateway) -> Value {
    gateway.get("/metrics/observability").await.expect(200)["store"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_kept_where_that_is_wanted_and_only_then() {
    let upstream = upstream(&Gate::new()).await;
    let (_folder, database) = place();
    let gateway = before(&upstream, &database).start().await;
    answered(&gateway, "quiet").await;
    gateway.send(Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true))).await;
    on_record(&gateway, 2).await;
    let shown = |session: &'static str| Call::get("/debug/session").header("x-session-id", session);
    let quiet = gateway.send(shown("quiet")).await.expect(200);
    assert_eq!(quiet["session"]["history"].as_array().map(Vec::len), Some(1), "{quiet}");
    assert_eq!(quiet["session"]["history"][0]["content"], Value::Null);
    assert_eq!(gateway.get("/debug/session").await.expect(400)["error"], "missing_session_id");
    assert_eq!(gateway.send(shown("nobody's")).await.expect(404)["error"], "session_not_found");
    gateway.get("/v1/usage?days=0").await.expect(400);
    drop(gateway);
    let gateway = before(&upstream, &database).env("LYNKR_TRANSCRIPTS", "true").start().await;
    answered(&gateway, "told").await;
    on_record(&gateway, 3).await;
    let told = gateway.send(shown("told")).await.expect(200);
    let history = &told["session"]["history"];
    assert_eq!(history[0]["content"], json!([{"role": "user", "content": "Hello."}]), "{told}");
    assert_eq!(
        (&history[1]["role"], &history[1]["content"]),
        (&json!("assistant"), &json!("First.")),
        "{told}"
    );
    assert_eq!(told["session"]["usage"]["requests"], 1, "{told}");
    let prometheus = gateway.get("/metrics/prometheus").await.text();
    assert!(prometheus.contains("lynkr_store_dropped_total{kind=\"usage\"} 0"), "{prometheus}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_loses_nothing_that_was_flushed() {
    let upstream = upstream(&Gate::new()).await;
    let (_folder, database) = place();
    let gateway = before(&upstream, &database).start().await;
    for number in 0..20 {
        answered(&gateway, &format!("session-{number}")).await;
    }
    on_record(&gateway, 20).await;
    let mut streams = Vec::new();
    for _ in 0..200 {
        let mut stream = gateway.open(ask("hold", "held")).await;
        stream.until("First.").await;
        streams.push(stream);
    }
    gateway.signal("KILL");
    gateway.ended().await;
    drop(streams);
    let path = database.display().to_string();
    let checked = Setup::new().without("PORT").arguments(&["db", "check"]).env("SESSION_DB_PATH", &path);
    let checked = checked.run().await;
    assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
    let gateway = before(&upstream, &database).start().await;
    assert!(requests_on_record(&gateway).await >= 20);
    for number in 0..20 {
        let call = Call::get("/debug/session").header("x-session-id", &format!("session-{number}"));
        let session = gateway.send(call).await.expect(200);
        assert_eq!(session["session"]["usage"]["requests"], 1, "{session}");
    }
    answered(&gateway, "session-0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_can_t_be_opened_stops_only_who_named_it() {
    let upstream = upstream(&Gate::new()).await;
    let (folder, _) = place();
    let file = folder.path().join("no-folder");
    std::fs::write(&file, "text").unwrap();
    let inside = file.join("lynkr.db");
    let refused = before(&upstream, &inside).run().await;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("SESSION_DB_PATH"), "{}", refused.stderr);
    let unnamed = Setup::upstream(Dialect::Anthropic, &upstream.url());
    let gateway = unnamed.env("LYNKR_STATE_DIR", &file.display().to_string()).start().await;
    assert!(gateway.log().contains("nothing is kept"), "{}", gateway.log());
    answered(&gateway, "any").await;
    gateway.get("/health/ready").await.expect(200);
    gateway.get("/v1/usage").await.expect(503);
    assert_eq!(store_figures(&gateway).await, Value::Null);
}

/// Another process that holds the lock for writing; it lets go when dropped.
pub(crate) struct Locked(Child);

impl Locked {
    /// `None` where there is no `sqlite3`.
    pub(crate) fn hold(database: &Path) -> Option<Self> {
        let mut command = binary::command("sqlite3");
        command.arg(database).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        child.stdin.as_mut()?.write_all(b".timeout 5000\nBEGIN EXCLUSIVE;\nSELECT 'locked';\n").unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut()?).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "locked");
        Some(Self(child))
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_answer_is_continued_after_a_restart() {
    let upstream =
        Scripted::with(|_| Script::json(200, &scripted::whole(Dialect::Anthropic, "First."))).await;
    let (_folder, database) = place();
    let gateway = before(&upstream, &database).start().await;
    let first = gateway.post("/v1/responses", &json!({"model": "claude-sonnet-4-5", "input": "One."})).await;
    let id = first.expect(200)["id"].as_str().unwrap().to_owned();
    gateway.signal("TERM");
    gateway.ended().await;
    let gateway = before(&upstream, &database).start().await;
    let more = json!({"model": "claude-sonnet-4-5", "input": "Two.", "previous_response_id": id});
    gateway.post("/v1/responses", &more).await.expect(200);
    let sent = String::from_utf8_lossy(&upstream.post(1).await.body).into_owned();
    for said in ["One.", "First.", "Two."] {
        assert!(sent.contains(said), "{said} is not in {sent}");
    }
    gateway.send(Call::new("DELETE", format!("/v1/responses/{id}"))).await.expect(200);
    gateway.post("/v1/responses", &more).await.expect(400);
}

/// Without the program a test can't run: that is an error where everything has to be there.
#[expect(clippy::print_stderr, reason = "who reads the output must see that nothing was tested")]
pub(crate) fn missing(program: &str) {
    let in_ci = std::env::var_os("CI").is_some();
    assert!(!in_ci, "in CI there must be {program}");
    eprintln!("ignored: there is no {program}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_holds_up_no_request() {
    let upstream = upstream(&Gate::new()).await;
    let (_folder, database) = place();
    let gateway = before(&upstream, &database).start().await;
    let Some(locked) = Locked::hold(&database) else { return missing("sqlite3") };
    for _ in 0..10 {
        answered(&gateway, "locked-out").await;
    }
    // Whoever only reads isn't kept from it.
    assert_eq!(requests_on_record(&gateway).await, 0);
    gateway.get("/health/ready").await.expect(200);
    drop(locked);
    on_record(&gateway, 10).await;
    assert_eq!(store_figures(&gateway).await["dropped"]["usage"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_database_stops_no_request() {
    let upstream = upstream(&Gate::new()).await;
    let (_folder, database) = place();
    let setup = before(&upstream, &database).env("LYNKR_TRANSCRIPTS", "true");
    let gateway = setup.env("LYNKR_TEST_DATABASE_PAGES", "120").start().await;
    let much = "much ".repeat(12_000);
    for number in 0..20 {
        let reply = gateway.send(ask(&much, &format!("session-{number}"))).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let gateway = &gateway;
    until("a batch fails", || async { store_figures(gateway).await["failures"].as_u64() > Some(0) }).await;
    answered(gateway, "after").await;
    gateway.get("/v1/usage").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_outlive_each_other_and_their_server() {
    let Some(mut server) = Server::start(Kind::Postgres) else { return missing("postgres") };
    let upstream = upstream(&Gate::new()).await;
    let replica = || {
        let setup = Setup::upstream(Dialect::Anthropic, &upstream.url());
        setup.env("LYNKR_DATABASE_URL", &server.url()).start()
    };
    let (first, second) = tokio::join!(replica(), replica());
    answered(&first, "shared").await;
    answered(&second, "shared").await;
    on_record(&second, 2).await;
    // One is gone; the other has what it left, and goes on.
    first.signal("KILL");
    first.ended().await;
    answered(&second, "shared").await;
    on_record(&second, 3).await;
    // The server is gone: requests don't need it, balancers are told, records wait.
    server.kill();
    for _ in 0..5 {
        answered(&second, "shared").await;
    }
    let ready = second.get("/health/ready").await.expect(503);
    assert_eq!(ready["checks"]["database"]["healthy"], false, "{ready}");
    assert_eq!(second.get("/v1/usage").await.expect(503)["error"], "store_unavailable");
    server.restart();
    on_record(&second, 8).await;
    second.get("/health/ready").await.expect(200);
    assert_eq!(store_figures(&second).await["dropped"]["usage"], 0);
}
