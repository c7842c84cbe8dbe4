//! What may be switched on around the choice of a model: bounds for loops, answers without a model, models for helpers,
//! what a caller may use.

use std::time::Duration;

use lynkr_testkit::{Dialect, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::Setup;
use crate::http::{Call, Reply};
use crate::keys::Kept;
use crate::scripted::{self, Scripted};

const CLAUDE: &str = "claude-cli/2.1.197 (external, cli)";

async fn answering(dialect: Dialect) -> Scripted {
    Scripted::with(move |request| {
        if request.json()["stream"] == true {
            Script::sse(scripted::stream(dialect, "From a model."))
        } else {
            Script::json(200, &scripted::whole(dialect, "From a model."))
        }
    })
    .await
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.header(name).unwrap_or("")
}

/// A conversation with so many calls of a tool, as the dialect's clients send it.
fn looping(dialect: Dialect, calls: usize) -> Value {
    let mut body = dialects::ask(dialect, "do it", false);
    let field = if dialect == Dialect::Responses { "input" } else { "messages" };
    let turns = body[field].as_array_mut().unwrap();
    for number in 0..calls {
        let id = format!("call_{number}");
        match dialect {
            Dialect::Anthropic => {
                turns.push(json!({"role": "assistant", "content": [{"type": "tool_use", "id": id, "name": "Bash", "input": {}}]}));
                turns.push(json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": "ok"}]}));
            }
            Dialect::Responses => {
                turns
                    .push(json!({"type": "function_call", "call_id": id, "name": "Bash", "arguments": "{}"}));
                turns.push(json!({"type": "function_call_output", "call_id": id, "output": "ok"}));
            }
            Dialect::Chat => {
                turns.push(json!({"role": "assistant", "content": null, "tool_calls":
                    [{"id": id, "type": "function", "function": {"name": "Bash", "arguments": "{}"}}]}));
                turns.push(json!({"role": "tool", "tool_call_id": id, "content": "ok"}));
            }
            Dialect::Ollama => {
                turns.push(json!({"role": "assistant", "content": "", "tool_calls":
                    [{"function": {"name": "Bash", "arguments": {}}}]}));
                turns.push(json!({"role": "tool", "tool_name": "Bash", "content": "ok"}));
            }
        }
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_ends_with_an_error_in_the_clients_own_form() {
    for dialect in dialects::ALL {
        let upstream = answering(dialect).await;
        let start = |name: &'static str, most: &'static str| {
            Setup::upstream(dialect, &upstream.url()).env(name, most).start()
        };
        for (name, most) in [("LYNKR_MAX_TOOL_TURNS", "3"), ("LYNKR_MAX_SESSION_TURNS", "7")] {
            let gateway = start(name, most).await;
            let before = upstream.posts().len();
            gateway.post(dialects::path(dialect), &looping(dialect, 3)).await.expect(200);
            let refused = gateway.post(dialects::path(dialect), &looping(dialect, 4)).await;
            let body = refused.expect(429);
            let (_, message) = dialects::error(dialect, &body);
            assert!(message.contains("loop_cap_exceeded") && message.contains(name), "{message}");
            // Sent again it would be as long as before.
            assert_eq!(header(&refused, "x-should-retry"), "false", "{dialect:?}");
            assert_eq!(upstream.posts().len(), before + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn side_requests_are_answered_without_a_model_where_that_is_switched_on() {
    for dialect in dialects::ALL {
        let upstream = answering(dialect).await;
        let gateway = Setup::upstream(dialect, &upstream.url())
            .env("SUGGESTION_MODE_MODEL", "none")
            .env("LYNKR_ANSWER_SIDE_REQUESTS", "true")
            .start()
            .await;
        let title = "Generate a concise, sentence-case title. Return JSON with a single \"title\" field.";
        for stream in [false, true] {
            for (asked, system, kind, wanted) in [
                ("[SUGGESTION MODE: what might the user type?]", None, "suggestion", ""),
                ("Warmup", None, "warm_up", "OK"),
                ("fix the flaky test in CI", Some(title), "title", "{\"title\":\"fix the flaky\"}"),
            ] {
                let place = format!("{dialect:?} {kind}, stream {stream}");
                let mut talk = dialects::Talk::new(dialect, asked, stream);
                if let Some(system) = system {
                    talk = talk.system(system);
                }
                let reply = gateway.send(talk.call().header("user-agent", CLAUDE)).await;
                assert_eq!(reply.status, 200, "{place}: {}", reply.text());
                let answer = if stream {
                    dialects::answer_of_stream(dialect, &reply.text())
                } else {
                    let body = reply.json();
                    assert_eq!(body["lynkr_bypass"]["kind"], kind, "{place}: {body}");
                    dialects::answer(dialect, &body)
                };
                assert_eq!(answer.text, wanted, "{place}");
                for (name, value) in [
                    ("x-lynkr-bypass", kind),
                    ("x-lynkr-provider", "lynkr"),
                    ("x-lynkr-routing-method", "side_request"),
                    ("x-lynkr-routing-reason", kind),
                    ("x-lynkr-receipt", "added=answer(made here)"),
                ] {
                    assert_eq!(header(&reply, name), value, "{place}: {name}");
                }
            }
        }
        assert_eq!(upstream.posts().len(), 0, "{dialect:?}");
        // Whoever is no coding tool means what they say.
        let plain = gateway.post(dialects::path(dialect), &dialects::ask(dialect, "Warmup", false)).await;
        assert_eq!(dialects::answer(dialect, &plain.expect(200)).text, "From a model.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_here_is_in_the_books_and_cost_nothing() {
    let upstream = answering(Dialect::Anthropic).await;
    let kept = Kept::in_a_file();
    let setup =
        Setup::upstream(Dialect::Anthropic, &upstream.url()).env("LYNKR_ANSWER_SIDE_REQUESTS", "true");
    let gateway = kept.with(setup).start().await;
    let warm_up = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "quota", false));
    gateway.send(warm_up.header("user-agent", CLAUDE)).await.expect(200);
    gateway.logged(|log| log.contains("answered") && log.contains("lynkr")).await;
    let usage = gateway.get("/metrics/observability").await.expect(200);
    assert_eq!(usage["requests"]["total"], 1, "{usage}");
    gateway.signal("TERM");
    let _ = gateway.ended().await;
    let exported = kept.with(Setup::new().without("PORT").arguments(&["db", "export"])).run().await;
    let row = exported
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|row| row.to_string().contains("\"lynkr\""))
        .unwrap_or_else(|| panic!("{}{}", exported.stdout, exported.stderr));
    assert!(row.to_string().contains("\"cost_nanos\":0"), "{row}");
}

fn helpers(main: &Scripted, other: &Scripted) -> Setup {
    Setup::upstream(Dialect::Anthropic, &main.url())
        .env("OPENAI_ENDPOINT", &format!("{}/v1/chat/completions", other.url()))
        .env("OPENAI_API_KEY", "key-of-openai")
}

#[tokio::test(flavor = "multi_thread")]
async fn helpers_have_models_of_their_own() {
    let (main, other) = (answering(Dialect::Anthropic).await, answering(Dialect::Chat).await);
    let gateway = helpers(&main, &other)
        .env("LYNKR_SUBAGENT_MODEL", "openai:worker")
        .env("LYNKR_BACKGROUND_MODEL", "openai:small")
        .env("SUGGESTION_MODE_MODEL", "openai:guesser")
        .start()
        .await;
    for (name, value, asked, model, reason) in [
        ("x-claude-code-agent-id", "a1", "hi", "worker", "subagent"),
        ("x-openai-subagent", "review", "hi", "worker", "subagent"),
        ("x-lynkr-agent", "Subagent", "hi", "worker", "subagent"),
        ("x-lynkr-agent", "background", "hi", "small", "background"),
        ("user-agent", CLAUDE, "Warmup", "small", "background"),
        ("user-agent", CLAUDE, "[SUGGESTION MODE: go]", "guesser", "suggestion"),
        ("x-lynkr-agent", "main", "hi", "claude-sonnet-4-5", "tier_routing_disabled"),
    ] {
        let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, asked, false));
        let reply = gateway.send(call.header(name, value)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(header(&reply, "x-lynkr-model"), model, "{name}: {value}");
        assert_eq!(header(&reply, "x-lynkr-routing-reason"), reason, "{name}: {value}");
    }
    // What a client names with its provider stays.
    let mut named = dialects::ask(Dialect::Anthropic, "hi", false);
    named["model"] = "anthropic:chosen".into();
    let reply = gateway.send(Call::json("/v1/messages", &named).header("x-lynkr-agent", "subagent")).await;
    assert_eq!(header(&reply, "x-lynkr-model"), "chosen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helpers_model_that_is_wrong_is_named_at_the_start() {
    for name in ["LYNKR_SUBAGENT_MODEL", "LYNKR_BACKGROUND_MODEL", "SUGGESTION_MODE_MODEL"] {
        let wrong = Setup::new().env(name, "nobody-knows-it").run().await;
        assert_ne!(wrong.code, Some(0));
        assert!(wrong.stderr.contains(name), "{}", wrong.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_one_provider_gets_that_providers_model_of_the_tier() {
    let (main, other) = (answering(Dialect::Anthropic).await, answering(Dialect::Chat).await);
    let kept = Kept::in_a_file();
    let setup = helpers(&main, &other)
        .env("TIER_SIMPLE", "openai:first,anthropic:second")
        .env("FALLBACK_PROVIDER", "openai");
    let gateway = kept.with(setup).start().await;
    let secret = kept.key(&["--providers", "anthropic"]).await;
    let ask = |stream| {
        Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "hi", stream))
            .header("x-lynkr-key", &secret)
    };
    for stream in [false, true] {
        let reply = gateway.send(ask(stream)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(
            (header(&reply, "x-lynkr-model"), header(&reply, "x-lynkr-fallback")),
            ("second", "false")
        );
    }
    assert_eq!(other.posts().len(), 0, "the provider that the key may not use is never asked");
    let only = kept.key(&["--providers", "ollama"]).await;
    let refused = gateway
        .send(
            Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "hi", false))
                .header("x-lynkr-key", &only),
        )
        .await;
    assert_eq!(refused.status, 403, "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_passes_over_what_is_known_to_be_slow() {
    let slow = Scripted::with(|_| {
        let body = scripted::whole(Dialect::Chat, "Slow.").to_string();
        let late = Script::new().sleep(Duration::from_millis(300));
        late.status(200).header("content-type", "application/json").send(body)
    })
    .await;
    let fast = answering(Dialect::Anthropic).await;
    let gateway = helpers(&fast, &slow).env("TIER_SIMPLE", "openai:slow,anthropic:fast").start().await;
    let ask = |deadline: Option<&'static str>| {
        let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "hi", false));
        let call = match deadline {
            Some(most) => call.header("lynkr-deadline-ms", most),
            None => call,
        };
        gateway.send(call)
    };
    for _ in 0..12 {
        assert_eq!(header(&ask(None).await, "x-lynkr-model"), "slow");
    }
    assert_eq!(header(&ask(Some("100")).await, "x-lynkr-model"), "fast");
    assert_eq!(header(&ask(Some("60000")).await, "x-lynkr-model"), "slow");
    let analyzed =
        Call::json("/routing/analyze", &json!({"prompt": "hi"})).header("lynkr-deadline-ms", "100");
    let said = gateway.send(analyzed).await.expect(200);
    assert_eq!(said["passed_over"][0]["why"], "deadline", "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_prompt_may_begin_with_the_model_that_it_is_for() {
    for dialect in dialects::ALL {
        let upstream = answering(dialect).await;
        let gateway = Setup::upstream(dialect, &upstream.url()).start().await;
        let provider = match dialect {
            Dialect::Anthropic => "anthropic",
            Dialect::Chat | Dialect::Responses => "openai",
            Dialect::Ollama => "ollama",
        };
        let tag = format!("<lynkr-model>{provider}:chosen-by-tag</lynkr-model>");
        let system = dialects::Talk::new(dialect, "Hi.", false).system(&format!("{tag}You help."));
        let reply = gateway.send(system.call()).await;
        assert_eq!(reply.status, 200, "{dialect:?}: {}", reply.text());
        assert!(header(&reply, "x-lynkr-receipt").contains("dropped=model_tag"), "{dialect:?}");
        let sent = upstream.post(0).await;
        assert_eq!(sent.json()["model"], "chosen-by-tag", "{dialect:?}");
        let sent = String::from_utf8_lossy(&sent.body).into_owned();
        assert!(sent.contains("You help.") && !sent.contains("lynkr-model"), "{sent}");
        // What the user says names nothing, and goes up as it is.
        let user = dialects::Talk::new(dialect, &format!("{tag}You help."), false);
        gateway.send(user.call()).await;
        let sent = upstream.post(1).await;
        assert_ne!(sent.json()["model"], "chosen-by-tag", "{dialect:?}");
        assert!(String::from_utf8_lossy(&sent.body).contains("<lynkr-model>"), "{dialect:?}");
    }
}
