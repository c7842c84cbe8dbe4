//! `lynkr wrap`: what a client is given, whose gateway it asks, and how both end. The clients here are small scripts;
//! real ones are `cargo xtask e2e --client wrap`.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use crate::binary;
use crate::dialects;
use crate::gateway::Setup;
use crate::http::{Call, PATIENCE};
use crate::scripted::{self, Scripted};

/// Tells what it was given, waits until it may end, and ends with a code of the test's choice: `NAME CODE`.
const WAITS: &str = r#"env > "$HOME/draft-$1"; mv "$HOME/draft-$1" "$HOME/env-$1"
while [ ! -e "$HOME/go-$1" ]; do sleep 0.02; done
exit ${2:-0}"#;

/// Runs and waits for nothing.
const QUICK: &str = r#"printf '%s\n' "$@" > "$HOME/arguments"; echo from-the-client"#;

pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never came: {what}"))
}

/// `lynkr wrap` under way.
struct Wrapped {
    child: Child,
    home: PathBuf,
    name: &'static str,
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        // Either fails only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Wrapped {
    /// Starts a client of this name, which waits.
    fn start(setup: &Setup, name: &'static str, more: &[(&str, &str)]) -> Self {
        let file = std::fs::File::create(setup.home().join(format!("err-{name}"))).unwrap();
        let mut command = setup.command();
        command.args([name, "7"]).envs(more.iter().copied()).stdout(Stdio::null()).stderr(file);
        Self { child: command.spawn().unwrap(), home: setup.home(), name }
    }

    /// What the client was given.
    async fn environment(&self) -> BTreeMap<String, String> {
        let path = self.home.join(format!("env-{}", self.name));
        let text = until("the client", || std::fs::read_to_string(&path).ok()).await;
        text.lines()
            .filter_map(|line| line.split_once('='))
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect()
    }

    async fn gateway(&self) -> SocketAddr {
        let environment = self.environment().await;
        environment["ANTHROPIC_BASE_URL"].strip_prefix("http://").unwrap().parse().unwrap()
    }

    fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Lets the client end, and waits for it.
    async fn end(mut self) -> ExitStatus {
        std::fs::write(self.home.join(format!("go-{}", self.name)), "").unwrap();
        self.ended().await
    }

    async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        until("the end of lynkr wrap", || child.try_wait().unwrap()).await
    }
}

fn signal(pid: u32, name: &str) {
    let sent =
        binary::command("/bin/sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "the signal can be sent");
}

fn waiting() -> Setup {
    Setup::builtin().program("claude", WAITS).arguments(&["wrap", "claude"])
}

pub(crate) fn records(home: &Path) -> Vec<Value> {
    let folder = std::fs::read_dir(home.join(".local/state/lynkr/run"));
    let files = folder.into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    files.filter_map(|path| serde_json::from_slice(&std::fs::read(path).ok()?).ok()).collect()
}

pub(crate) async fn nobody_left(home: &Path) {
    until("the end of the gateway", || records(home).is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_asks_a_gateway_of_the_users_settings_and_never_the_projects() {
    let upstream =
        Scripted::with(|_| lynkr_testkit::Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello.")))
            .await;
    let settings: Vec<String> = dialects::provider(Dialect::Anthropic, &upstream.url())
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let setup = Setup::new()
        .program("claude", WAITS)
        .user_file(".env", &settings.join("\n"))
        .project_file(".env", "MODEL_PROVIDER=builtin\nLYNKR_FORCE_MODEL=projects-own\nPORT=1\n")
        .project_file("lynkr.toml", "not even TOML")
        .arguments(&["wrap", "claude"]);
    let wrapped = Wrapped::start(&setup, "a", &[]);
    let environment = wrapped.environment().await;
    assert_eq!(environment["ANTHROPIC_AUTH_TOKEN"], "lynkr");
    assert_eq!(environment["ANTHROPIC_BASE_URL"], format!("http://127.0.0.1:{}", environment["LYNKR_PORT"]));
    assert!(!environment.contains_key("LYNKR_START_TOKEN"));
    let address = wrapped.gateway().await;
    let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false));
    let answer = dialects::answer(Dialect::Anthropic, &call.send(address).await.expect(200));
    assert_eq!(answer.text, "Hello.");
    assert_ne!(upstream.post(0).await.json()["model"], "projects-own");
    let home = setup.home();
    assert_eq!(wrapped.end().await.code(), Some(7));
    nobody_left(&home).await;
    // What was logged is in a file, and nothing of it on the screen.
    let logs: Vec<String> = std::fs::read_dir(home.join(".local/state/lynkr/logs"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert!(logs.concat().contains("\"answered\""), "{logs:?}");
    assert_eq!(std::fs::read_to_string(home.join("err-a")).unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_client_is_the_end_of_the_command() {
    for (script, code) in [
        ("exit 0", 0),
        ("exit 3", 3),
        ("kill -TERM $$", 143),
        ("kill -KILL $$", 137),
        ("kill -INT $$; sleep 5", 130),
    ] {
        let ended = Setup::builtin().program("claude", script).arguments(&["wrap", "claude"]).run().await;
        assert_eq!(ended.code, Some(code), "{script}: {}", ended.stderr);
        assert_eq!(ended.stderr.contains("in this session"), code == 0, "{script}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_reach_the_client_as_they_are_and_statistics_stay_off_its_output() {
    let setup = Setup::builtin().program("aider", QUICK).env("LYNKR_WRAP_SHOW_STATS", "false");
    let home = setup.home();
    let given = ["wrap", "aider", "--", "-p", "two words", "--port", "x", "--", ""];
    let port = ["wrap", "aider", "--model", "m", "-p"];
    let ended = setup.arguments(&given).run().await;
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (Some(0), "from-the-client\n", "")
    );
    drop(home);
    let setup = Setup::builtin().program("aider", r#"printf '%s\n' "$@""#);
    let ended = setup.arguments(&port).run().await;
    assert!(ended.stdout.ends_with("/v1\n--model\nm\n-p\n"), "{}", ended.stdout);
    assert!(ended.stderr.contains("no requests tracked"), "{}", ended.stderr);
    let setup = Setup::builtin().program("aider", r#"printf '%s\n' "$@""#);
    let ended = setup.arguments(&given).run().await;
    assert!(ended.stdout.ends_with("\n-p\ntwo words\n--port\nx\n--\n\n"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_to_the_command_reaches_the_client() {
    for name in ["TERM", "HUP", "INT", "USR1"] {
        let script = format!(
            "trap 'echo {name} >> \"$HOME/told\"; exit 9' {name}; touch \"$HOME/env-a\"; while :; do sleep 0.02; done"
        );
        let setup = Setup::builtin().program("claude", &script).arguments(&["wrap", "claude"]);
        let mut wrapped = Wrapped::start(&setup, "a", &[]);
        wrapped.environment().await;
        let gateway = records(&setup.home())[0]["address"].as_str().unwrap().parse().unwrap();
        assert_eq!(Call::get("/health").send(gateway).await.status, 200);
        wrapped.signal(name);
        let status = wrapped.ended().await;
        assert_eq!((status.code(), status.signal()), (Some(9), None), "{name}");
        assert_eq!(std::fs::read_to_string(setup.home().join("told")).unwrap(), format!("{name}\n"));
        nobody_left(&setup.home()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn those_of_the_same_settings_share_a_gateway_until_the_last_has_left() {
    let setup = waiting();
    let (first, second) = (Wrapped::start(&setup, "a", &[]), Wrapped::start(&setup, "b", &[]));
    let address = first.gateway().await;
    assert_eq!(second.gateway().await, address);
    let other = Wrapped::start(&setup, "c", &[("LYNKR_FORCE_MODEL", "another")]);
    assert_ne!(other.gateway().await, address);
    assert_eq!(records(&setup.home()).len(), 2);
    assert_eq!(other.end().await.code(), Some(7));
    assert_eq!(first.end().await.code(), Some(7));
    assert_eq!(Call::get("/health").send(address).await.status, 200, "one is left");
    assert_eq!(second.end().await.code(), Some(7));
    nobody_left(&setup.home()).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    let left: Vec<_> = std::fs::read_dir(setup.home().join(".local/state/lynkr/run"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["wrap.lock"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_ends_with_users_that_were_killed_and_a_killed_one_is_not_joined() {
    let setup = waiting();
    let mut first = Wrapped::start(&setup, "a", &[]);
    let address = first.gateway().await;
    let pid = u32::try_from(records(&setup.home())[0]["pid"].as_u64().unwrap()).unwrap();
    signal(pid, "KILL");
    until("the end of the gateway", || std::net::TcpStream::connect(address).is_err().then_some(())).await;
    let mut second = Wrapped::start(&setup, "b", &[]);
    let next = second.gateway().await;
    assert_eq!(Call::get("/health").send(next).await.status, 200);
    for wrapped in [&mut first, &mut second] {
        wrapped.child.kill().unwrap();
        wrapped.child.wait().unwrap();
        // Nobody is left to end the client.
        std::fs::write(setup.home().join(format!("go-{}", wrapped.name)), "").unwrap();
    }
    nobody_left(&setup.home()).await;
    until("the end of the gateway", || std::net::TcpStream::connect(next).is_err().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_taken_as_given_and_who_has_it_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let setup = || Setup::builtin().program("claude", QUICK);
    let ended = setup().arguments(&["wrap", "claude", "--port", &port]).run().await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let own = format!("process {}", std::process::id());
    assert!(ended.stderr.contains(&port) && ended.stderr.contains(&own), "{}", ended.stderr);
    assert!(ended.stdout.is_empty());
    drop(listener);
    let setup = setup().program("claude", "echo $ANTHROPIC_BASE_URL");
    let ended = setup.arguments(&["wrap", "claude", "--port", &port]).run().await;
    assert_eq!(ended.stdout, format!("http://127.0.0.1:{port}\n"), "{}", ended.stderr);
    for wrong in ["abc", "0", "70000", "-1"] {
        let ended = Setup::builtin().arguments(&["wrap", "claude", "--port", wrong]).run().await;
        assert_eq!(ended.code, Some(2), "{wrong}: {}", ended.stderr);
        assert!(ended.stderr.contains("--port"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_wants_keys_gets_one() {
    for (name, value) in [("LYNKR_API_KEYS", "house-key"), ("LYNKR_REQUIRE_KEY", "true")] {
        let setup = waiting().env(name, value);
        let wrapped = Wrapped::start(&setup, "a", &[]);
        let key = wrapped.environment().await["ANTHROPIC_AUTH_TOKEN"].clone();
        assert!(name == "LYNKR_REQUIRE_KEY" || key == "house-key", "{key}");
        let address = wrapped.gateway().await;
        let ask = || Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false));
        ask().send(address).await.expect(401);
        ask().header("authorization", &format!("Bearer {key}")).send(address).await.expect(200);
        wrapped.end().await;
    }
    // A client's own login goes untouched, beside the gateway's key.
    let setup = waiting().env("LYNKR_API_KEYS", "house-key").env("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-x");
    let wrapped = Wrapped::start(&setup, "a", &[]);
    let environment = wrapped.environment().await;
    assert_eq!(environment.get("ANTHROPIC_AUTH_TOKEN"), None);
    assert_eq!(environment["ANTHROPIC_CUSTOM_HEADERS"], "x-lynkr-key: house-key");
    wrapped.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cant_be_done_is_said_before_anything_is_started() {
    let missing = Setup::builtin().env("PATH", "/nowhere").arguments(&["wrap", "codex"]).run().await;
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("npm install -g @openai/codex"), "{}", missing.stderr);
    assert!(missing.stderr.contains("codex --version"), "{}", missing.stderr);
    let unknown = Setup::builtin().arguments(&["wrap", "vim"]).run().await;
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("claude, codex, copilot, gemini, aider, cursor"), "{}", unknown.stderr);
    let broken = Setup::builtin().env("LOG_LEVEL", "loud").program("claude", QUICK);
    let broken = broken.arguments(&["wrap", "claude"]).run().await;
    assert_eq!((broken.code, broken.stdout.as_str()), (Some(1), ""));
    assert!(broken.stderr.contains("LOG_LEVEL"), "{}", broken.stderr);
    let late = Setup::new().env("MODEL_PROVIDER", "openai").env("LYNKR_BUILTIN_SCENARIO", "/nowhere");
    let late = late.program("claude", QUICK).arguments(&["wrap", "claude"]).run().await;
    assert_eq!((late.code, late.stdout.as_str()), (Some(1), ""));
    assert!(late.stderr.contains("LYNKR_BUILTIN_SCENARIO"), "{}", late.stderr);
    let here = Setup::builtin().program("claude", "").arguments(&["wrap", "claude"]);
    std::fs::rename(here.home().join("bin/claude"), here.project().join("claude")).unwrap();
    // An empty part of the search path stands for the working directory, which is nobody's choice.
    let here = here.env("PATH", ":/nowhere").run().await;
    assert_eq!(here.code, Some(2), "{}", here.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrap_within_a_wrap_is_one_of_its_own() {
    let setup = Setup::new().program("aider", "lynkr wrap claude").program("claude", "env");
    let folder = binary::path().parent().unwrap().display().to_string();
    let path = format!("{}:{folder}:/usr/bin:/bin", setup.home().join("bin").display());
    let setup = setup.env("PATH", &path).env("MODEL_PROVIDER", "builtin").arguments(&["wrap", "aider"]);
    let ended = setup.run().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("ANTHROPIC_BASE_URL=")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("OPENAI_API_KEY=")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_of_the_session() {
    let setup = waiting();
    let home = setup.home();
    let mut command = setup.command();
    command.arg("a").stdout(Stdio::null()).stderr(std::fs::File::create(home.join("err-a")).unwrap());
    let wrapped = Wrapped { child: command.spawn().unwrap(), home: home.clone(), name: "a" };
    let address = wrapped.gateway().await;
    for _ in 0..3 {
        let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false));
        assert_ne!(call.send(address).await.expect(200), json!(null));
    }
    assert_eq!(wrapped.end().await.code(), Some(0));
    let told = std::fs::read_to_string(home.join("err-a")).unwrap();
    assert!(told.contains("requests     3 (0 failed)") && told.contains("latency p95"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_client_those_that_can_be_wrapped_are_shown() {
    let setup = Setup::builtin().program("claude", QUICK);
    let ended = setup.arguments(&["wrap"]).run().await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    let line = |name: &str| {
        let found = ended.stderr.lines().find(|line| line.trim_start().starts_with(name));
        found.unwrap_or_else(|| panic!("no {name}: {}", ended.stderr))
    };
    assert!(
        line("claude").contains("Claude Code") && line("claude").ends_with("/claude"),
        "{}",
        ended.stderr
    );
    assert!(line("codex").contains("isn't installed: npm install -g @openai/codex"), "{}", ended.stderr);
    for client in ["copilot", "gemini", "aider", "cursor"] {
        line(client);
    }
}
