//! `lynkr start`: what it says, which provider it takes and why, whom it lets in, how it ends.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use lynkr_testkit::{Dialect, Gate, ModelScript, Script};
use serde_json::json;
use tokio::net::TcpStream;

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};

/// The usual ports of the model servers that are looked for.
const USUAL_PORTS: [u16; 3] = [11_434, 8_080, 1_234];

/// Whether nothing on this machine could be taken for a model server. Another gateway is none.
async fn nothing_to_find() -> bool {
    for port in USUAL_PORTS {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if is_free(port).await {
            continue;
        }
        let asked = tokio::time::timeout(Duration::from_secs(1), Call::get("/").send(address)).await;
        if asked.ok().is_none_or(|reply| reply.header("x-lynkr-version").is_none()) {
            return false;
        }
    }
    true
}

async fn is_free(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_configured_the_builtin_provider_answers_and_says_so() {
    let gateway = Setup::new().start().await;
    let summary = gateway.log();
    assert!(
        summary.starts_with(&format!("Lynkr {} listening on {}\n", env!("CARGO_PKG_VERSION"), gateway.url())),
        "{summary}"
    );
    for client in ["Claude Code", "Codex", "Copilot CLI", "Aider", "OpenAI SDK", "Anthropic SDK"] {
        assert!(
            summary.lines().any(|line| line.contains(client) && line.contains(&gateway.url())),
            "{client}: {summary}"
        );
    }
    let state = gateway.folder().join("home/.local/state/lynkr");
    assert!(summary.contains(&state.display().to_string()), "{summary}");
    assert_eq!(gateway.get("/health").await.expect(200)["status"], "ok");
    if nothing_to_find().await {
        assert!(
            summary.contains("Builtin responder: no usable key is set and no model server answers"),
            "{summary}"
        );
        let reply = gateway
            .send(Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)))
            .await;
        let answer = dialects::answer(Dialect::Anthropic, &reply.expect(200));
        assert!(
            answer.text.starts_with("Lynkr builtin responder: no model is configured"),
            "{}",
            answer.text
        );
    }
    // Nothing is written where the gateway is started.
    assert_eq!(std::fs::read_dir(gateway.folder().join("project")).unwrap().count(), 0);
}

/// A gateway has Ollama's paths, so at Ollama's port it looks much like one. Where that port isn't free there is
/// nothing to be shown.
#[tokio::test(flavor = "multi_thread")]
async fn another_gateway_is_not_taken_for_a_model_server() {
    let port = USUAL_PORTS[0];
    if is_free(port).await && nothing_to_find().await {
        let other = Setup::builtin().env("PORT", &port.to_string()).start().await;
        assert_eq!(other.get("/api/version").await.status, 200);
        let gateway = Setup::new().start().await;
        assert!(gateway.log().contains("provider  Builtin responder"), "{}", gateway.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_environment_chooses_its_provider() {
    for (key, title) in [
        ("ANTHROPIC_API_KEY", "Anthropic"),
        ("OPENAI_API_KEY", "OpenAI"),
        ("OPENROUTER_API_KEY", "OpenRouter"),
    ] {
        let gateway = Setup::new().env(key, "a-key-for-this-test").start().await;
        let expected = format!("provider  {title}: {key} is set (environment)");
        assert!(gateway.log().contains(&expected), "{expected}: {}", gateway.log());
        assert!(!gateway.log().contains("a-key-for-this-test"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_chooses_its_provider() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let gateway = Setup::new().env("OLLAMA_ENDPOINT", &model.url()).start().await;
    let summary = gateway.log();
    assert!(summary.contains("provider  Ollama: OLLAMA_ENDPOINT is set (environment)"), "{summary}");
    assert!(summary.contains(&format!("endpoint  {}", model.url())), "{summary}");
    // The version was asked for: this one is too old for Anthropic's dialect, so the native one is spoken.
    gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await.expect(200);
    let paths: Vec<String> = model.upstream().requests().iter().map(|request| request.path.clone()).collect();
    assert!(
        paths.contains(&"/api/version".to_owned()) && paths.contains(&"/api/chat".to_owned()),
        "{paths:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_ollama_is_spoken_to_in_the_clients_dialect() {
    let upstream = lynkr_testkit::Upstream::with(|request| match request.path.as_str() {
        "/api/version" => Script::json(200, &json!({"version": "0.14.2"})),
        "/v1/messages" => Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello.")),
        _ => Script::json(200, &json!({"data": [{"id": "qwen3:latest"}]})),
    });
    let upstream = upstream.await.unwrap();
    let gateway = Setup::new().env("OLLAMA_ENDPOINT", &upstream.url()).start().await;
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await;
    assert_eq!(dialects::answer(Dialect::Anthropic, &reply.expect(200)).text, "Hello.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projects_env_file_is_read_and_named() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let text =
        format!("OPENAI_ENDPOINT={}/v1\nOPENAI_API_KEY=key-of-the-project\nUNRELATED=1\n", model.url());
    let gateway = Setup::new().project_file(".env", &text).start().await;
    let summary = gateway.log();
    let settings = summary.lines().find(|line| line.contains("settings")).unwrap_or_default();
    assert!(
        settings.contains("project/.env gave OPENAI_API_KEY, OPENAI_ENDPOINT")
            || settings.contains("project/.env gave OPENAI_ENDPOINT, OPENAI_API_KEY"),
        "{summary}"
    );
    assert!(!summary.contains("key-of-the-project"), "{summary}");
    gateway.post("/v1/chat/completions", &dialects::ask(Dialect::Chat, "Hello.", false)).await.expect(200);
    let sent = model.upstream().requests().last().cloned().expect("a request");
    assert_eq!(sent.header("authorization"), Some("Bearer key-of-the-project"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_endpoint_never_gets_a_key_from_elsewhere() {
    let model = ModelScript::new().start().await.unwrap();
    let setup = || Setup::new().project_file(".env", &format!("ANTHROPIC_ENDPOINT={}\n", model.url()));
    let refused = setup().env("ANTHROPIC_API_KEY", "key-of-the-user").run().await;
    assert_ne!(refused.code, Some(0));
    assert!(
        refused.stderr.contains("ANTHROPIC_ENDPOINT") && refused.stderr.contains("ANTHROPIC_API_KEY"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("hint:") && !refused.stderr.contains("key-of-the-user"),
        "{}",
        refused.stderr
    );
    // Nor the caller's own.
    let gateway = setup().start().await;
    let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false));
    gateway.send(call.header("x-api-key", "key-of-the-caller")).await;
    let sent = model.upstream().requests();
    assert!(sent.iter().all(|request| request.header("x-api-key").is_none() && request.header("authorization").is_none()), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_port_that_is_taken_ends_the_start() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let from_environment = Setup::builtin().env("PORT", &port).run().await;
    let from_flag = Setup::builtin().arguments(&["start", "--port", &port]).run().await;
    for ended in [from_environment, from_flag] {
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("can't listen on 127.0.0.1:{port}")), "{}", ended.stderr);
        assert!(ended.stderr.contains("hint:") && !ended.stderr.contains("listening on"), "{}", ended.stderr);
    }
}

/// The default port is anybody's: whoever has it, the second of two gateways gets another and says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_default_port_that_is_taken_gives_way_to_the_next() {
    let first = Setup::builtin().without("PORT").start().await;
    let second = Setup::builtin().without("PORT").start().await;
    assert_ne!(first.address(), second.address());
    assert!((8_081..=8_090).contains(&second.address().port()), "{}", second.address());
    assert!(
        second.log().contains("port      8080 is taken by another program; PORT chooses one"),
        "{}",
        second.log()
    );
    second.get("/health").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_28_an_unknown_tool_mode_ends_the_start() {
    let refused = Setup::builtin().env("TOOL_EXECUTION_MODE", "sometimes").run().await;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    for said in ["TOOL_EXECUTION_MODE", "sometimes", "server", "client", "passthrough"] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    for mode in ["client", "passthrough", "Server"] {
        let gateway = Setup::builtin().env("TOOL_EXECUTION_MODE", mode).start().await;
        assert_eq!(gateway.log().contains("runs tools of its own"), mode == "Server", "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_address_without_keys_is_refused() {
    // Without a store either there is no place that a key could come from.
    let refused =
        Setup::builtin().env("LYNKR_HOST", "0.0.0.0").env("LYNKR_STATE_DIR", "/dev/null/none").run().await;
    assert_ne!(refused.code, Some(0));
    assert!(
        refused.stderr.contains("LYNKR_HOST") && refused.stderr.contains("LYNKR_API_KEYS"),
        "{}",
        refused.stderr
    );
    let wrong = Setup::builtin().env("LYNKR_HOST", "somewhere").run().await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("no IP address"), "{}", wrong.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_keys_open_it_and_go_no_further() {
    let model = ModelScript::new()
        .steps(0)
        .forbid("first-gateway-key")
        .forbid("second-gateway-key")
        .start()
        .await
        .unwrap();
    let keys = "first-gateway-key,second-gateway-key";
    let gateway = Setup::upstream(Dialect::Chat, &model.url()).env("LYNKR_API_KEYS", keys).start().await;
    assert!(!gateway.log().contains("first-gateway-key"), "{}", gateway.log());
    for client in dialects::ALL {
        let call = || Call::json(dialects::path(client), &dialects::ask(client, "Hello.", false));
        for refused in [
            call(),
            call().header("authorization", "Bearer first-gateway-ke"),
            call().header("x-api-key", "wrong"),
        ] {
            let reply = gateway.send(refused).await;
            dialects::error(client, &reply.expect(401));
            assert_eq!(reply.header("x-should-retry"), Some("false"));
        }
        for (name, value) in [
            ("authorization", "Bearer first-gateway-key"),
            ("x-api-key", "second-gateway-key"),
            ("authorization", "bearer second-gateway-key"),
        ] {
            gateway.send(call().header(name, value)).await.expect(200);
        }
    }
    assert_eq!(gateway.get("/v1/models").await.status, 401);
    for open in ["/", "/health", "/health/live"] {
        assert_eq!(gateway.get(open).await.status, 200, "{open}");
    }
    assert_eq!(model.violations(), Vec::<String>::new());
}

/// A stream under way finishes, new connections are refused, and the exit code says that all is well.
async fn drains_on(signal: &str) {
    let gate = Gate::new();
    let frames = scripted::stream(Dialect::Anthropic, "Held.");
    let script = frames
        .iter()
        .take(3)
        .fold(Script::sse(Vec::<String>::new()), |script, frame| script.send(frame.clone()));
    let script = frames.iter().skip(3).fold(script.wait(&gate), |script, frame| script.send(frame.clone()));
    let upstream = Scripted::new([script]).await;
    let gateway = Gateway::before(Dialect::Anthropic, &upstream.url()).await;
    let mut stream =
        gateway.open(Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true))).await;
    let begun = stream.until("Held.").await;
    gateway.signal(signal);
    gateway.logged(|line| line.contains("stopping")).await;
    gate.open();
    let rest = stream.finish().await;
    assert!(rest.complete);
    assert_eq!(begun + &rest.text(), frames.concat());
    let (code, log) = gateway.ended().await;
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_a_stream_under_way_finish() {
    drains_on("TERM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_lets_a_stream_under_way_finish() {
    drains_on("INT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_drain_ends_at_its_limit() {
    let upstreams = dialects::ALL.map(|dialect| async move {
        let frames = scripted::stream(dialect, "Held.");
        let gate = Gate::new();
        // All but its end; whole events only.
        let script = Script::sse(frames[..frames.len() - 1].to_vec()).wait(&gate);
        (Scripted::with(move |_| script.clone()).await, gate)
    });
    for (dialect, upstream) in dialects::ALL.into_iter().zip(upstreams) {
        let (upstream, _gate) = upstream.await;
        let setup = Setup::upstream(dialect, &upstream.url()).env("GRACEFUL_SHUTDOWN_TIMEOUT", "600");
        let gateway = setup.start().await;
        let mut streams = Vec::new();
        for client in dialects::ALL {
            let ask = dialects::ask(client, "Hello.", true);
            let mut stream = gateway.open(Call::json(dialects::path(client), &ask)).await;
            let begun = stream.until("Held.").await;
            streams.push((client, begun, stream));
        }
        gateway.signal("TERM");
        for (client, begun, stream) in streams {
            let rest = stream.finish().await;
            assert!(rest.complete, "{client:?} before {dialect:?}: it ends as HTTP ends");
            let said = begun + &rest.text();
            let message = dialects::error_event(client, &said);
            assert!(message.contains("shutting down"), "{client:?} before {dialect:?}: {message}");
            if client == Dialect::Responses {
                let numbers: Vec<u64> = dialects::frames(client, &said)
                    .iter()
                    .filter_map(|(_, event)| event["sequence_number"].as_u64())
                    .collect();
                let expected: Vec<u64> = (0..numbers.len() as u64).collect();
                assert_eq!(numbers, expected, "before {dialect:?}: {said}");
            }
        }
        let (code, log) = gateway.ended().await;
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains("still under way"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_an_answer_to_the_end_is_told() {
    let gate = Gate::new();
    let held = gate.clone();
    let upstream = Scripted::with(move |_| Script::new().wait(&held)).await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url()).env("GRACEFUL_SHUTDOWN_TIMEOUT", "600");
    let gateway = setup.start().await;
    let address = gateway.address();
    let calls = dialects::ALL.map(|client| {
        let call = Call::json(dialects::path(client), &dialects::ask(client, "Hello.", false));
        (client, tokio::spawn(async move { call.send(address).await }))
    });
    for number in 0..calls.len() {
        upstream.post(number).await;
    }
    gateway.signal("TERM");
    for (client, reply) in calls {
        let reply = reply.await.expect("an answer");
        let (_, message) = dialects::error(client, &reply.expect(503));
        assert!(message.contains("shutting down"), "{client:?}: {message}");
        assert_eq!(reply.header("retry-after"), Some("5"));
    }
    assert_eq!(gateway.ended().await.0, Some(1));
}
