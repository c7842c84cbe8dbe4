//! A client of every dialect in front of a model of every other: a whole tool round trip, judged by the
//! scripted model as strictly as its vendor would, and read as strictly as the vendor's own client would.

mod losses;

use lynkr_testkit::{Arguments, Dialect, ModelScript, ModelUpstream};
use serde_json::json;

use crate::dialects::{self, Answer, CLIENT_KEY, Talk, hear};
use crate::gateway::{Gateway, Setup};

const CACHED: u64 = 16;

async fn model() -> ModelUpstream {
    let model = ModelScript::new().parallel(2).thinking().cached_tokens(CACHED).preamble("Let me see.");
    model.expect_key(dialects::UPSTREAM_KEY).forbid(CLIENT_KEY).start().await.unwrap()
}

fn stop_for_tools(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "tool_use",
        Dialect::Chat => "tool_calls",
        Dialect::Responses => "completed",
        Dialect::Ollama => "stop",
    }
}

fn stop_at_end(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "end_turn",
        Dialect::Chat | Dialect::Ollama => "stop",
        Dialect::Responses => "completed",
    }
}

/// The tool round trip: two calls at once, their results with a picture and a failure among them, thinking in
/// front, a cache that was read.
async fn round_trip(client: Dialect, upstream: Dialect, gateway: &Gateway, stream: bool) {
    let place = format!("{client:?} in front of {upstream:?}, stream {stream}");
    let mut talk = Talk::new(client, "Print the marker, twice.", stream)
        .system("You are a coding tool.")
        .picture()
        .tools()
        .thinking();
    if client == Dialect::Chat && stream {
        talk = talk.set("stream_options", json!({"include_usage": true}));
    }
    let first = hear(gateway, client, &talk, stream).await;
    let names: Vec<&str> = first.calls.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["Bash", "Bash"], "{place}: {first:?}");
    assert_eq!(first.calls[0].arguments["command"], "printf 'LYNKR_%s_42\\n' TOOL", "{place}");
    assert_eq!(
        (first.text.as_str(), first.stop.as_str()),
        ("Let me see.", stop_for_tools(client)),
        "{place}"
    );
    assert!(first.thinking.contains("thinks about request"), "{place}: {first:?}");
    check_usage(client, upstream, &first, &place);
    if client != Dialect::Ollama {
        assert_ne!(first.calls[0].id, first.calls[1].id, "{place}");
    }
    talk.heard(&first);
    talk.results(&first.calls);
    let last = hear(gateway, client, &talk, stream).await;
    assert_eq!((last.calls.len(), last.stop.as_str()), (0, stop_at_end(client)), "{place}: {last:?}");
    assert!(last.text.contains("steps=1") && last.text.contains("results=2"), "{place}: {}", last.text);
    // The last result is the second one: the pairs are in their order.
    assert!(last.text.contains("result=[LYNKR_RESULT_1]"), "{place}: {}", last.text);
    // Each dialect has its own room for pictures: one in the message, one in the result where there is one.
    let pictures = last.text.matches("image/png:8").count();
    let sent = if matches!(client, Dialect::Anthropic | Dialect::Responses) { 2 } else { 1 };
    assert_eq!(pictures, sent, "{place}: {}", last.text);
}

fn check_usage(client: Dialect, upstream: Dialect, answer: &Answer, place: &str) {
    assert!(answer.output > 0, "{place}: {answer:?}");
    assert!(answer.input > 0, "{place}: {answer:?}");
    if client == Dialect::Anthropic && answer.first_input.is_some() {
        assert!(answer.first_input > Some(0), "{place}: {answer:?}");
    }
    // Ollama has no cache to speak of, on either side.
    if client != Dialect::Ollama && upstream != Dialect::Ollama {
        assert_eq!(answer.cached, CACHED, "{place}: {answer:?}");
    }
}

async fn all_clients_of(upstream: Dialect) {
    let model = model().await;
    let gateway = Gateway::before(upstream, &model.url()).await;
    for client in dialects::ALL.into_iter().filter(|client| *client != upstream) {
        for stream in [false, true] {
            round_trip(client, upstream, &gateway, stream).await;
            assert_eq!(model.violations(), Vec::<String>::new(), "{client:?}, stream {stream}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anthropic_model_serves_every_client() {
    all_clients_of(Dialect::Anthropic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_model_serves_every_client() {
    all_clients_of(Dialect::Chat).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_responses_model_serves_every_client() {
    all_clients_of(Dialect::Responses).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ollama_model_serves_every_client() {
    all_clients_of(Dialect::Ollama).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_builtin_provider_serves_every_client() {
    let gateway = Gateway::builtin().await;
    for client in dialects::ALL {
        for stream in [false, true] {
            let place = format!("{client:?}, stream {stream}");
            let text = "/lynkr tools parallel 2\n/lynkr think Two of them.";
            let mut talk = Talk::new(client, text, stream).system("You are a coding tool.").picture().tools();
            let first = hear(&gateway, client, &talk, stream).await;
            assert_eq!(
                (first.calls.len(), first.thinking.as_str()),
                (2, "Two of them."),
                "{place}: {first:?}"
            );
            talk.heard(&first);
            talk.results(&first.calls);
            let last = hear(&gateway, client, &talk, stream).await;
            let text = &last.text;
            assert!(text.starts_with("Lynkr builtin responder"), "{place}: {text}");
            assert!(text.contains("tool Bash answered: LYNKR_RESULT_0"), "{place}: {text}");
            assert!(text.contains("LYNKR_RESULT_1"), "{place}: {text}");
            assert!(
                client != Dialect::Anthropic || text.contains("failed: LYNKR_RESULT_1"),
                "{place}: {text}"
            );
            assert!(last.output > 0 || client == Dialect::Chat, "{place}: {last:?}");
            assert!(last.first_input != Some(0), "{place}");
        }
    }
}

/// Arguments in fragments only, at the end only, or whole: clients can't tell.
#[tokio::test(flavor = "multi_thread")]
async fn tool_arguments_come_out_right_however_the_model_sends_them() {
    for arguments in [Arguments::DeltasOnly, Arguments::DoneOnly, Arguments::Whole] {
        for upstream in [Dialect::Anthropic, Dialect::Chat, Dialect::Responses] {
            let script = ModelScript::new().parallel(2).arguments(arguments).split_every(7);
            let model = script.start().await.unwrap();
            let gateway = Gateway::before(upstream, &model.url()).await;
            for client in dialects::ALL.into_iter().filter(|client| *client != upstream) {
                let talk = Talk::new(client, "Print it.", true).tools();
                let answer = hear(&gateway, client, &talk, true).await;
                let commands: Vec<&str> =
                    answer.calls.iter().filter_map(|call| call.arguments["command"].as_str()).collect();
                let expected = "printf 'LYNKR_%s_42\\n' TOOL";
                assert_eq!(
                    commands, [expected; 2],
                    "{client:?} before {upstream:?}, {arguments:?}: {answer:?}"
                );
            }
        }
    }
}

/// Fragments go on as fragments: the client sees as many of them as the model sent.
#[tokio::test(flavor = "multi_thread")]
async fn tool_arguments_are_streamed_as_fragments() {
    let model = ModelScript::new().chunk(4).start().await.unwrap();
    let gateway = Gateway::before(Dialect::Chat, &model.url()).await;
    let talk = Talk::new(Dialect::Anthropic, "Print it.", true).tools();
    let text = gateway.send(talk.call()).await.text();
    let fragments = dialects::frames(Dialect::Anthropic, &text)
        .iter()
        .filter(|(_, event)| event["delta"]["type"] == "input_json_delta")
        .count();
    assert!(fragments >= 8, "{fragments} fragments in\n{text}");
}

/// What each side calls a limit, a stop sequence and a forced tool.
#[tokio::test(flavor = "multi_thread")]
async fn options_are_sent_under_their_own_names() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let talk = Talk::new(Dialect::Anthropic, "Hello.", false)
        .tools()
        .set("stop_sequences", json!(["END"]))
        .set("temperature", json!(0.5))
        .set("tool_choice", json!({"type": "tool", "name": "Bash"}));
    let sent = async |upstream: Dialect, setup: Setup| {
        let gateway = setup.start().await;
        let reply = gateway.send(talk.call()).await;
        assert_eq!(reply.status, 200, "{upstream:?}: {}", reply.text());
        model.upstream().requests().last().expect("a request").json()
    };
    let chat =
        sent(Dialect::Chat, Setup::upstream(Dialect::Chat, &model.url()).env("OPENAI_MODEL", "gpt-4o")).await;
    assert_eq!((&chat["max_tokens"], &chat["stop"]), (&json!(1000), &json!(["END"])), "{chat}");
    assert_eq!(chat["tool_choice"]["function"]["name"], "Bash", "{chat}");
    assert_eq!(chat["temperature"], 0.5, "{chat}");
    let chat = sent(Dialect::Chat, Setup::upstream(Dialect::Chat, &model.url())).await;
    assert_eq!(chat["max_completion_tokens"], 1000, "{chat}");
    let responses = sent(
        Dialect::Responses,
        Setup::upstream(Dialect::Responses, &model.url()).env("OPENAI_MODEL", "gpt-4o"),
    )
    .await;
    assert_eq!(responses["max_output_tokens"], 1000, "{responses}");
    assert_eq!(responses["tool_choice"]["name"], "Bash", "{responses}");
    let ollama = sent(Dialect::Ollama, Setup::upstream(Dialect::Ollama, &model.url())).await;
    assert_eq!(
        (&ollama["options"]["num_predict"], &ollama["options"]["stop"]),
        (&json!(1000), &json!(["END"]))
    );
    assert_eq!(model.violations(), Vec::<String>::new());
}

/// What a target can't say stands in the receipt; what it can't do without is refused.
#[tokio::test(flavor = "multi_thread")]
async fn losses_are_receipted() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let gateway = Gateway::before(Dialect::Responses, &model.url()).await;
    let talk = Talk::new(Dialect::Anthropic, "Hello.", false)
        .set("top_k", json!(5))
        .set("stop_sequences", json!(["END"]));
    let reply = gateway.send(talk.call()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let receipt = reply.header("x-lynkr-receipt").unwrap_or_default().to_owned();
    for expected in
        ["translated=anthropic->openai_responses", "top_k", "model=claude-sonnet-4-5->gpt-5", "stop"]
    {
        assert!(receipt.contains(expected), "{expected} isn't in the receipt: {receipt}");
    }
    assert_eq!(model.violations(), Vec::<String>::new());
}

/// Instructions in mid-conversation, as Claude Code sends them.
#[tokio::test(flavor = "multi_thread")]
async fn late_instructions_reach_every_model() {
    for upstream in [Dialect::Chat, Dialect::Responses, Dialect::Ollama] {
        let model = ModelScript::new().steps(0).start().await.unwrap();
        let gateway = Gateway::before(upstream, &model.url()).await;
        let messages = json!([
            {"role": "user", "content": "First."},
            {"role": "system", "content": "LATE_INSTRUCTION"},
            {"role": "user", "content": "Second."},
        ]);
        let talk = Talk::new(Dialect::Anthropic, "", false).set("messages", messages);
        let reply = gateway.send(talk.call()).await;
        assert_eq!(reply.status, 200, "{upstream:?}: {}", reply.text());
        let sent = model.upstream().requests().last().expect("a request").text();
        assert!(sent.contains("LATE_INSTRUCTION"), "{upstream:?}: {sent}");
        assert_eq!(model.violations(), Vec::<String>::new(), "{upstream:?}");
    }
}
