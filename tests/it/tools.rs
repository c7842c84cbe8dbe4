//! Server mode: the gateway's own tools, which clients don't see run.

mod mixed;
mod model;

use lynkr_testkit::{Dialect, Gate, ModelScript, Progress, ToolUse};
use serde_json::{Value, json};

use crate::dialects::{self, Talk};
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::scripted::Scripted;
use model::{Said, chat_whole, says};

/// What the workspace's file holds.
const CONTENT: &str = "LYNKR_FROM_THE_WORKSPACE";

/// A gateway in server mode, whose workspace is the folder that it is started in.
pub(crate) fn server(dialect: Dialect, url: &str) -> Setup {
    let setup = Setup::upstream(dialect, url).env("TOOL_EXECUTION_MODE", "server");
    setup.project_file("notes.txt", &format!("{CONTENT}\n")).env("API_RETRY_MAX_RETRIES", "0")
}

/// A model that calls this tool so often before it answers, and repeats what it was told.
async fn calling(name: &str, input: Value, steps: usize) -> lynkr_testkit::ModelUpstream {
    let script = ModelScript::new().tool(ToolUse::Named(name.to_owned(), input)).steps(steps);
    script.preamble("Let me see.").start().await.expect("a model starts")
}

async fn reading() -> lynkr_testkit::ModelUpstream {
    calling("fs_read", json!({"path": "notes.txt"}), 1).await
}

/// Every client before every provider, streamed and not: the model gets the file, the client only words.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_the_gateway_s_is_run_and_hidden_in_every_dialect() {
    for upstream in dialects::ALL {
        let model = reading().await;
        let gateway = server(upstream, &model.url()).start().await;
        for (number, client) in dialects::ALL.into_iter().enumerate() {
            for (turn, stream) in [false, true].into_iter().enumerate() {
                let talk = Talk::new(client, "What do my notes say?", stream);
                let answer = dialects::hear(&gateway, client, &talk, stream).await;
                let what = format!("{client:?} before {upstream:?}, stream {stream}: {answer:?}");
                assert!(answer.text.contains(CONTENT) && answer.text.contains("Let me see."), "{what}");
                assert!(answer.calls.is_empty(), "{what}");
                assert_eq!(model.generations(), (number * 2 + turn + 1) * 2, "{what}");
            }
        }
        assert_eq!(model.violations(), Vec::<String>::new(), "before {upstream:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_the_sum_of_the_steps_and_each_is_counted() {
    let upstream = Scripted::with(says(|_, number| match number {
        0 => vec![Said::call("c1", "fs_read", json!({"path": "notes.txt"}))],
        _ => vec![Said::text("Done.")],
    }))
    .await;
    let gateway = server(Dialect::Anthropic, &upstream.url()).start().await;
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Read.", false)).await;
    let usage = &reply.expect(200)["usage"];
    assert_eq!((&usage["input_tokens"], &usage["output_tokens"]), (&json!(14), &json!(6)), "{usage}");
    let receipt = reply.header("x-lynkr-receipt").unwrap_or_default();
    assert!(receipt.contains("added=tools(TOOL_EXECUTION_MODE=server)"), "{receipt}");
    let seen = gateway.get("/metrics/observability").await.expect(200);
    assert_eq!((&seen["tokens"]["input"], &seen["tokens"]["output"]), (&json!(14), &json!(6)), "{seen}");
    let recorded = async { while gateway.get("/v1/usage").await.expect(200)["total"]["requests"] != 2 {} };
    tokio::time::timeout(PATIENCE, recorded).await.expect("each step has a record");
    let line = gateway.logged(|line| line.contains("ran a tool")).await;
    assert!(line.contains("fs_read") && !line.contains(CONTENT), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_a_step_are_there_before_the_next_one_begins() {
    for client in [Dialect::Anthropic, Dialect::Chat] {
        let gate = Gate::new();
        let held = gate.clone();
        let upstream = Scripted::with(says(move |_, number| match number {
            0 => vec![Said::text("I look first."), Said::call("c1", "fs_read", json!({"path": "notes.txt"}))],
            _ => vec![Said::Wait(held.clone()), Said::text("Seen.")],
        }))
        .await;
        let gateway = server(Dialect::Anthropic, &upstream.url()).start().await;
        let call = Call::json(dialects::path(client), &dialects::ask(client, "Look.", true));
        let mut incoming = gateway.open(call).await;
        let mut text = incoming.until("I look first.").await;
        assert_eq!(incoming.status, 200);
        gate.open();
        text.push_str(&incoming.finish().await.text());
        let answer = dialects::answer_of_stream(client, &text);
        assert!(answer.text.starts_with("I look first.") && answer.text.ends_with("Seen."), "{answer:?}");
        assert!(!text.contains("fs_read") && !text.contains(CONTENT), "{text}");
        if client == Dialect::Anthropic {
            assert_eq!((answer.stop.as_str(), text.matches("event: message_stop").count()), ("end_turn", 1));
            assert_eq!((answer.input, answer.output), (14, 6), "{answer:?}");
        } else {
            assert!(answer.text.contains("first.\n\nSeen."), "{answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_cancels_the_step_that_is_under_way() {
    let gate = Gate::new();
    let held = gate.clone();
    let upstream = Scripted::with(says(move |_, number| match number {
        0 => vec![Said::text("Wait."), Said::call("c1", "fs_read", json!({"path": "notes.txt"}))],
        _ => vec![Said::text("Here"), Said::Wait(held.clone())],
    }))
    .await;
    let gateway = server(Dialect::Anthropic, &upstream.url()).start().await;
    let ask = dialects::ask(Dialect::Anthropic, "Look.", true);
    let mut incoming = gateway.open(Call::json("/v1/messages", &ask)).await;
    incoming.until("Here").await;
    let second = upstream.post(1).await;
    assert_eq!(second.progress(), Progress::Answering);
    drop(incoming);
    assert!(second.disconnected().await.is_some(), "the second step ends with its client");
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_leaves_the_workspace() {
    let setup = Setup::new();
    let outside = setup.home().join("secret.txt");
    std::fs::write(&outside, "LYNKR_OUTSIDE").expect("a file can be written");
    for (name, input) in [
        ("fs_read", json!({"path": "../home/secret.txt"})),
        ("fs_read", json!({"path": outside})),
        ("fs_read", json!({"path": "link/secret.txt"})),
        ("fs_read", json!({"path": ".env"})),
        ("fs_write", json!({"path": "../home/secret.txt", "content": "x"})),
        ("edit_patch", json!({"path": "link/secret.txt", "patch": "@@ -1 +1 @@\n-LYNKR_OUTSIDE\n+x\n"})),
    ] {
        let model = calling(name, input.clone(), 1).await;
        let setup = server(Dialect::Anthropic, &model.url()).project_file(".env", "LYNKR_FORCE_MODEL=m\n");
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.parent().expect("a folder"), setup.project().join("link"))
            .expect("a link can be made");
        let gateway = setup.start().await;
        let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Go.", false)).await;
        let text = reply.expect(200).to_string();
        assert!(
            text.contains("file_access_denied") && !text.contains("LYNKR_OUTSIDE"),
            "{name} {input}: {text}"
        );
    }
    assert_eq!(std::fs::read_to_string(&outside).expect("it is there"), "LYNKR_OUTSIDE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_written_and_patched() {
    let model = calling("fs_write", json!({"path": "new/a.txt", "content": "one\n"}), 1).await;
    let gateway = server(Dialect::Chat, &model.url()).start().await;
    let ask = dialects::ask(Dialect::Chat, "Write.", true);
    assert_eq!(gateway.post("/v1/chat/completions", &ask).await.status, 200);
    let path = gateway.folder().join("project/new/a.txt");
    assert_eq!(std::fs::read_to_string(path).expect("it was written"), "one\n");
}

/// The specification's second example: the tool is named, but not declared.
#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_the_client_forces_is_run_once() {
    let model = calling("workspace_list", json!({"patterns": ["*.txt"]}), 1).await;
    let gateway = server(Dialect::Anthropic, &model.url()).start().await;
    let mut ask = dialects::ask(Dialect::Anthropic, "List.", false);
    ask["tool_choice"] = json!({"type": "function", "function": {"name": "workspace_list"}});
    let answer = gateway.post("/v1/messages", &ask).await.expect(200);
    assert!(answer["content"].to_string().contains("notes.txt"), "{answer}");
    let sent: Vec<Value> = model.upstream().requests().iter().map(|request| request.json()).collect();
    let choices: Vec<&Value> = sent.iter().map(|body| &body["tool_choice"]).collect();
    assert_eq!(choices, [&json!({"type": "tool", "name": "workspace_list"}), &json!({"type": "auto"})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_s_own_limits_are_its_own() {
    let model = calling("fs_read", json!({"path": "notes.txt"}), 3).await;
    let gateway = server(Dialect::Anthropic, &model.url()).start().await;
    let with = |field: &str, value: Value| {
        let mut ask = dialects::ask(Dialect::Anthropic, "Read.", false);
        ask[field] = value;
        ask
    };
    let refused = gateway.post("/v1/messages", &with("max_steps", json!(2))).await.expect(504);
    assert!(
        refused["error"]["message"].as_str().is_some_and(|own| own.contains("max_steps_exceeded")),
        "{refused}"
    );
    assert_eq!(model.generations(), 2);
    gateway.post("/v1/messages", &with("max_duration_ms", json!(1))).await.expect(504);
    assert_eq!(model.generations(), 3);
    gateway.post("/v1/messages", &with("max_steps", json!(20))).await.expect(200);
    for (field, value) in [("max_steps", json!(0)), ("max_duration_ms", json!("soon"))] {
        let refused = gateway.post("/v1/messages", &with(field, value)).await.expect(400);
        assert!(refused["error"]["message"].as_str().is_some_and(|own| own.starts_with(field)), "{refused}");
    }
    let sent = model.upstream().requests();
    assert!(sent.iter().all(|request| request.json().get("max_steps").is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_disallowed_is_not_offered() {
    let model = ModelScript::new().start().await.expect("a model starts");
    let setup =
        server(Dialect::Anthropic, &model.url()).env("POLICY_DISALLOWED_TOOLS", "fs_write,edit_patch");
    let gateway = setup.start().await;
    gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await.expect(200);
    let sent = model.upstream().requests()[0].json();
    let names: Vec<&Value> =
        sent["tools"].as_array().expect("tools").iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["fs_read", "workspace_list", "workspace_search"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_again_and_again_ends_in_an_answer() {
    let model = calling("fs_read", json!({"path": "notes.txt"}), 50).await;
    let gateway = server(Dialect::Anthropic, &model.url()).env("POLICY_MAX_STEPS", "20").start().await;
    let answer =
        gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Read.", false)).await.expect(200);
    assert_eq!(answer["stop_reason"], "end_turn", "{answer}");
    let sent = model.upstream().requests();
    assert_eq!(sent.len(), 9, "eight calls, and the answer");
    let (told, last) = (sent[5].text(), sent[8].json());
    assert!(told.contains("You have made this same call several times"), "{told}");
    assert_eq!(last["tool_choice"], json!({"type": "none"}));
    assert!(last["messages"].to_string().contains("tool_loop_guard"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_server_mode_nothing_is_added_and_every_call_is_the_client_s() {
    for mode in ["client", "passthrough"] {
        let model = reading().await;
        let setup = server(Dialect::Anthropic, &model.url()).env("TOOL_EXECUTION_MODE", mode);
        let gateway = setup.start().await;
        let mut ask = dialects::ask(Dialect::Anthropic, "Read.", false);
        ask["tools"] = json!([{"name": "fs_read", "input_schema": {"type": "object"}}]);
        let reply = gateway.post("/v1/messages", &ask).await;
        let answer = reply.expect(200);
        assert_eq!(answer["stop_reason"], "tool_use", "{answer}");
        assert_eq!(reply.header("x-lynkr-receipt"), None);
        assert_eq!(model.upstream().requests()[0].json(), ask, "the bytes as they came");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_forbids_tools_passes_through() {
    let model = reading().await;
    let gateway = server(Dialect::Anthropic, &model.url()).start().await;
    let mut ask = dialects::ask(Dialect::Anthropic, "Hello.", false);
    ask["tool_choice"] = json!({"type": "none"});
    ask["tools"] = json!([{"name": "Bash", "input_schema": {"type": "object"}}]);
    gateway.post("/v1/messages", &ask).await.expect(200);
    assert_eq!(model.upstream().requests()[0].json(), ask);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_is_not_begun_anew_elsewhere() {
    let upstream = Scripted::with(says(|_, number| match number {
        0 => vec![Said::call("c1", "fs_write", json!({"path": "a.txt", "content": "x"}))],
        _ => vec![Said::Fails(503)],
    }))
    .await;
    let other = Scripted::with(|_| chat_whole("No.")).await;
    let setup = server(Dialect::Anthropic, &upstream.url())
        .env("OPENAI_ENDPOINT", &format!("{}/v1/chat/completions", other.url()))
        .env("OPENAI_API_KEY", "key-of-openai")
        .env("TIER_SIMPLE", "anthropic:one,openai:two");
    let gateway = setup.start().await;
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "hi", false)).await;
    reply.expect(503);
    assert_eq!(reply.header("x-should-retry"), Some("false"), "its tools would be run again");
    assert_eq!((upstream.posts().len(), other.posts().len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_can_t_be_used_ends_the_start() {
    let refused = Setup::builtin().env("TOOL_EXECUTION_MODE", "server").env("WORKSPACE_ROOT", "/dev/null/x");
    let finished = refused.run().await;
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    assert!(finished.stderr.contains("WORKSPACE_ROOT"), "{}", finished.stderr);
    let setup = Setup::builtin().project_file(".env", "TOOL_EXECUTION_MODE=server\nWORKSPACE_ROOT=..\n");
    let finished = setup.run().await;
    assert!(finished.stderr.contains("a project can't open other ones"), "{}", finished.stderr);
    let made = Setup::builtin().env("TOOL_EXECUTION_MODE", "server").env("WORKSPACE_ROOT", "made/here");
    let gateway: Gateway = made.start().await;
    assert!(gateway.folder().join("project/made/here").is_dir());
}

/// Reasoning is signed by its provider, which refuses it when a word of it is missing: in the steps of one answer, and in the
/// client's next request.
#[tokio::test(flavor = "multi_thread")]
async fn reasoning_of_every_step_goes_back_as_it_was() {
    for upstream in dialects::ALL {
        let read = ToolUse::Named("fs_read".to_owned(), json!({"path": "notes.txt"}));
        let script = ModelScript::new().tool(read).steps(2).parallel(2).thinking();
        let model = script.start().await.expect("a model starts");
        let gateway = server(upstream, &model.url()).start().await;
        for client in dialects::ALL {
            for stream in [false, true] {
                let mut talk = Talk::new(client, "Read it twice.", stream).tools().thinking();
                let answer = dialects::hear(&gateway, client, &talk, stream).await;
                assert!(answer.text.contains(CONTENT) && answer.calls.is_empty(), "{client:?}: {answer:?}");
                talk.heard(&answer);
                let field = if client == Dialect::Responses { "input" } else { "messages" };
                let turns = talk.body[field].as_array_mut().expect("turns");
                turns.push(json!({"role": "user", "content": "And again."}));
                dialects::hear(&gateway, client, &talk, stream).await;
            }
        }
        assert_eq!(model.violations(), Vec::<String>::new(), "before {upstream:?}");
    }
}
