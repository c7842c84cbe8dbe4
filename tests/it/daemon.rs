//! Gateways in the background, what looks after them, and the line for a client's status line.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::binary;
use crate::gateway::{Finished, Setup};
use crate::http::Call;
use crate::wrap::{records, until};

/// One home for several commands.
struct Home(Setup);

impl Home {
    fn new() -> Self {
        Self(Setup::builtin())
    }

    async fn lynkr(&self, arguments: &[&str]) -> Finished {
        let mut command = self.0.command();
        // The setup's own arguments come first: `start`, which is a command's own here.
        let mut fresh = binary::command(command.get_program());
        fresh.env_clear().stdin(Stdio::null()).args(arguments);
        fresh.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        fresh.current_dir(self.0.project());
        let output = tokio::task::spawn_blocking(move || fresh.output().unwrap()).await.unwrap();
        command.stdin(Stdio::null());
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Whatever a test started in the background ends with it.
impl Drop for Home {
    fn drop(&mut self) {
        for record in records(&self.0.home()) {
            let pid = record["pid"].to_string();
            let _ = binary::command("/bin/sh").args(["-c", "kill -9 \"$0\" 2>/dev/null", &pid]).status();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_is_started_looked_at_and_stopped() {
    let home = Home::new();
    let none = home.lynkr(&["status"]).await;
    assert_eq!((none.code, none.stdout.as_str()), (Some(3), "no gateway runs\n"));
    let started = home.lynkr(&["start", "--daemon"]).await;
    assert_eq!(started.code, Some(0), "{}", started.stderr);
    assert!(started.stderr.contains("listening on http://127.0.0.1:"), "{}", started.stderr);
    assert!(started.stderr.contains("lynkr stop"), "{}", started.stderr);
    let status = home.lynkr(&["status", "--json"]).await;
    let gateways: Value = serde_json::from_str(&status.stdout).unwrap();
    let own = &gateways["gateways"][0];
    assert_eq!((own["kind"].as_str(), own["answers"].as_bool()), (Some("daemon"), Some(true)), "{gateways}");
    assert!(!status.stdout.contains("token"));
    let address = own["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
    assert_eq!(Call::get("/health").send(address).await.status, 200);
    let again = home.lynkr(&["start", "--daemon"]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("runs in the background already"), "{}", again.stderr);
    let stopped = home.lynkr(&["stop"]).await;
    assert_eq!(stopped.code, Some(0), "{}", stopped.stderr);
    assert!(stopped.stdout.contains("stopped http://127.0.0.1:"), "{}", stopped.stdout);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert_eq!(home.lynkr(&["status"]).await.code, Some(3));
    assert_eq!(home.lynkr(&["stop"]).await.code, Some(0));
    let logs = home.lynkr(&["logs", "-n", "1"]).await;
    assert_eq!(logs.code, Some(0), "{}", logs.stderr);
    let line: Value =
        serde_json::from_str(&logs.stdout).unwrap_or_else(|error| panic!("{error}: {}", logs.stdout));
    assert!(line["message"].is_string(), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_gateway_is_not_taken_for_one_that_runs() {
    let home = Home::new();
    assert_eq!(home.lynkr(&["start", "--daemon"]).await.code, Some(0));
    let pid = records(&home.0.home())[0]["pid"].to_string();
    binary::command("/bin/sh").args(["-c", "kill -9 \"$0\"", &pid]).status().unwrap();
    let stat = format!("/proc/{pid}/stat");
    // Nobody may be there to wait for it.
    let is_gone = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    until("its end", || is_gone().then_some(())).await;
    assert_eq!(home.lynkr(&["status"]).await.code, Some(3));
    assert_eq!(records(&home.0.home()), [json!(null); 0]);
    assert_eq!(home.lynkr(&["start", "--daemon"]).await.code, Some(0));
    assert_eq!(home.lynkr(&["stop", "--force"]).await.code, Some(0));
    assert_eq!(records(&home.0.home()), [json!(null); 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_daemon_from_starting_is_said_where_it_was_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let own = format!("process {}", std::process::id());
    for arguments in [&["start", "--daemon", "--port", &port][..], &["start", "--port", &port]] {
        let home = Home::new();
        let refused = home.lynkr(arguments).await;
        assert_eq!(refused.code, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains(&own), "{}", refused.stderr);
        assert_eq!(refused.stderr.matches("error: ").count(), 1, "{}", refused.stderr);
        assert_eq!(home.lynkr(&["status"]).await.code, Some(3));
    }
    let home = Home::new();
    let refused = home.lynkr(&["start", "--daemon", "--provider", "opena"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("MODEL_PROVIDER") && refused.stderr.contains("openai"),
        "{}",
        refused.stderr
    );
    let none = home.lynkr(&["logs"]).await;
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("LOG_FILE_ENABLED"), "{}", none.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_in_a_terminal_is_found_and_only_a_choice_stops_one_of_several() {
    let gateway = Setup::builtin().start().await;
    let home = gateway.folder().join("home");
    let lynkr = |arguments: &'static [&'static str]| {
        let mut command = binary::command(binary::path());
        command.env_clear().env("HOME", &home).args(arguments).stdin(Stdio::null());
        async move { tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap() }
    };
    let status = lynkr(&["status"]).await;
    let told = String::from_utf8(status.stdout).unwrap();
    assert!(told.contains("foreground") && told.contains(&gateway.url()), "{told}");
    assert!(lynkr(&["start", "--daemon", "--port", "0", "--provider", "builtin"]).await.status.success());
    let refused = lynkr(&["stop"]).await;
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && why.contains("--port") && why.contains("--all"), "{why}");
    let all = lynkr(&["stop", "--all"]).await;
    assert!(all.status.success());
    assert_eq!(String::from_utf8(all.stdout).unwrap().lines().count(), 2);
    assert_eq!(gateway.ended().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_proves_that_it_is_the_one_that_was_started() {
    let gateway = Setup::builtin().env("LYNKR_START_TOKEN", "a-token-of-the-test").start().await;
    let challenged = gateway.get("/v1/instance?challenge=c").await.expect(200);
    // HMAC-SHA256 of `c` under that token.
    let wanted = "5586e3a11c4ede4577847e68ef1b7e213d3c06c572ce4ebc1675aa596a0e42ac";
    assert_eq!(challenged["proof"], wanted);
    assert_ne!(gateway.get("/v1/instance?challenge=d").await.expect(200)["proof"], wanted);
    assert_eq!(gateway.get("/v1/instance").await.expect(200)["proof"], json!(null));
    assert!(!gateway.log().contains("a-token-of-the-test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_what_their_readers_take() {
    let home = Home::new();
    let systemd = home.lynkr(&["unit", "systemd"]).await;
    assert_eq!(systemd.code, Some(0), "{}", systemd.stderr);
    assert!(systemd.stdout.contains("ExecStart=") && systemd.stdout.contains("WantedBy=default.target"));
    let launchd = home.lynkr(&["unit", "launchd", "--env-file", "own.env"]).await.stdout;
    assert!(launchd.contains(&format!("<string>{}</string>", home.0.project().join("own.env").display())));
    let written = home.lynkr(&["unit", "systemd", "--write"]).await;
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let path = home.0.home().join(".config/systemd/user/lynkr.service");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), systemd.stdout);
    let again = home.lynkr(&["unit", "systemd", "--write"]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    assert_eq!(home.lynkr(&["unit", "systemd", "--write", "--force"]).await.code, Some(0));
    let verify = "command -v systemd-analyze >/dev/null || exit 0; systemd-analyze verify \"$0\"";
    let verified = binary::command("/bin/sh").args(["-c", verify]).arg(&path).output().unwrap();
    let told = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(verified.status.success() && !told.contains("lynkr.service:"), "{told}");
    let plist = home.0.home().join("lynkr.plist");
    std::fs::write(&plist, &launchd).unwrap();
    let read = "command -v python3 >/dev/null || exit 0; \
                python3 -c 'import plistlib,sys; p=plistlib.load(open(sys.argv[1],\"rb\")); assert p[\"ProgramArguments\"][1]==\"start\"' \"$0\"";
    let read = binary::command("/bin/sh").args(["-c", read]).arg(&plist).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
}

/// The line for a session that Claude Code describes, with this answer of a gateway, and how long it took.
async fn line(body: Option<Value>, environment: &[(&str, &str)]) -> (String, Duration) {
    let gateway = lynkr_testkit::Upstream::with(move |request| match &body {
        Some(body) if request.path == "/dashboard/api/statusline" => lynkr_testkit::Script::json(200, body),
        _ => lynkr_testkit::Script::body(404, "text/plain", "no such thing"),
    });
    let gateway = gateway.await.unwrap();
    let port = gateway.address().port().to_string();
    let setup = Setup::new().without("PORT").arguments(&["statusline"]);
    let mut command = setup.command();
    command.env("LYNKR_PORT", port).envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let began = Instant::now();
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let session = json!({"session_id": "s", "model": {"id": "claude-opus-4-8", "display_name": "Opus"}});
        serde_json::to_writer(child.stdin.take().unwrap(), &session).unwrap();
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((text.lines().count(), text.ends_with('\n')), (1, true), "{text}");
    if let Some(sent) = gateway.requests().first() {
        assert_eq!(
            sent.header("x-lynkr-key"),
            environment.iter().find(|(name, _)| *name == "LYNKR_KEY").map(|(_, key)| *key)
        );
    }
    (text.trim_end().to_owned(), began.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_line_is_one_line_whatever_happens() {
    let last = json!({"tier": "SIMPLE", "provider": "ollama", "model": "qwen3", "pinned": true, "at": 1});
    let figures = json!({"last": last, "todaySpendUsd": 0.125, "cacheReadPct": 63.2});
    let (told, _) = line(Some(figures.clone()), &[]).await;
    assert_eq!(told, "◆ Opus · SIMPLE → qwen3 (ollama) · pin · today $0.12 · cache 63%");
    assert_eq!(line(Some(figures.clone()), &[("LYNKR_KEY", "house-key")]).await.0, told);
    assert_eq!(line(Some(json!({"last": null})), &[]).await.0, "lynkr: no traffic yet");
    assert_eq!(line(None, &[]).await.0, "lynkr: no traffic yet");
    assert_eq!(line(Some(figures), &[("LYNKR_PORT", "1")]).await.0, "lynkr: no traffic yet");
    // A session that never comes, and a gateway that never answers, cost no more than their limits.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let setup = Setup::new().arguments(&["statusline"]);
    let mut command = setup.command();
    command.env("LYNKR_PORT", port).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let kept = child.stdin.take();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "lynkr: no traffic yet\n");
    drop(kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_line_takes_less_than_fifty_milliseconds() {
    let figures =
        json!({"last": {"tier": null, "provider": "openai", "model": "gpt-4o", "pinned": false, "at": 1}});
    let mut times = Vec::new();
    for _ in 0..20 {
        times.push(line(Some(figures.clone()), &[]).await.1);
    }
    let fastest = times.iter().min().unwrap();
    // Other work runs on the machine meanwhile: what it can do is what counts.
    assert!(*fastest < Duration::from_millis(50), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_there_isnt_is_said_so() {
    let home = Home::new();
    let client = home.lynkr(&["claude"]).await;
    assert_eq!(client.code, Some(1));
    assert!(
        client.stderr.starts_with("Error: unknown command 'claude'\nhint: `lynkr wrap claude`"),
        "{}",
        client.stderr
    );
    let typo = home.lynkr(&["statuss"]).await;
    assert_eq!(typo.code, Some(1));
    assert!(
        typo.stderr.contains("`status`") && typo.stderr.contains("The commands: init, wrap, start"),
        "{}",
        typo.stderr
    );
    let option = home.lynkr(&["start", "--nonsense"]).await;
    assert_eq!(option.code, Some(2), "{}", option.stderr);
    assert_eq!(home.lynkr(&["--help"]).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn shells_and_manuals_know_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = home.lynkr(&["completions", shell]).await;
        assert_eq!(script.code, Some(0), "{}", script.stderr);
        for word in ["wrap", "statusline", "daemon", "systemd"] {
            assert!(script.stdout.contains(word), "{shell}: {word}");
        }
        assert!(!script.stdout.contains("--fingerprint") || shell != "fish", "{shell}");
    }
    let bash = home.lynkr(&["completions", "bash"]).await.stdout;
    let path = home.0.home().join("completions");
    std::fs::write(&path, bash).unwrap();
    let read = binary::command("/bin/sh")
        .args(["-c", "command -v bash >/dev/null || exit 0; bash -n \"$0\""])
        .arg(&path)
        .status()
        .unwrap();
    assert!(read.success());
    let page = home.lynkr(&["man", "wrap"]).await;
    assert!(page.stdout.contains(".TH lynkr-wrap 1") && page.stdout.contains("env"), "{}", page.stdout);
    let folder = home.0.home().join("man");
    let written = home.lynkr(&["man", "--output", &folder.display().to_string()]).await;
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert!(folder.join("lynkr.1").is_file() && folder.join("lynkr-wrap.1").is_file());
    assert_eq!(home.lynkr(&["man", "nonsense"]).await.code, Some(1));
}
