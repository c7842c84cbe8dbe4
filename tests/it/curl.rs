//! The two calls that the specification shows: OpenAI's form of tools and of the tool choice, sent to
//! `/v1/messages`, once with the tool and once without.

use lynkr_testkit::{Dialect, ModelScript};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::Gateway;
use crate::http::Call;

const TOOL: &str = "workspace_index_rebuild";

fn first_call() -> Value {
    json!({
        "model": "claude-proxy",
        "messages": [{"role": "user", "content": "Rebuild the workspace index."}],
        "tools": [{
            "name": TOOL,
            "type": "function",
            "description": "Rebuild the repo index and project summary",
            "input_schema": {"type": "object"},
        }],
        "tool_choice": {"type": "function", "function": {"name": TOOL}},
    })
}

fn second_call() -> Value {
    let mut body = first_call();
    body.as_object_mut().expect("an object").remove("tools");
    body
}

#[track_caller]
fn check_tool_use(body: &Value) {
    let answer = dialects::answer(Dialect::Anthropic, body);
    let names: Vec<&str> = answer.calls.iter().map(|call| call.name.as_str()).collect();
    assert_eq!((names, answer.stop.as_str()), (vec![TOOL], "tool_use"), "{body}");
    assert!(answer.calls[0].arguments.is_object(), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_curl_call_gets_its_tool_called_by_the_builtin_provider() {
    let gateway = Gateway::builtin().await;
    let call = Call::json("/v1/messages", &first_call()).header("x-session-id", "manual-test");
    check_tool_use(&gateway.send(call).await.expect(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_curl_call_gets_its_tool_called_by_a_model_of_any_dialect() {
    for dialect in dialects::ALL {
        let model = ModelScript::new().start().await.unwrap();
        let gateway = Gateway::before(dialect, &model.url()).await;
        let call = Call::json("/v1/messages", &first_call()).header("x-session-id", "manual-test");
        check_tool_use(&gateway.send(call).await.expect(200));
        assert_eq!(model.violations(), Vec::<String>::new(), "{dialect:?}");
    }
}

/// There is no tool to call, and the gateway has none of that name: the request is at fault, and is told so.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_curl_call_is_refused_clearly_by_the_builtin_provider() {
    let gateway = Gateway::builtin().await;
    let reply = gateway.send(Call::json("/v1/messages", &second_call())).await;
    let (kind, message) = dialects::error(Dialect::Anthropic, &reply.expect(400));
    assert_eq!(kind, "invalid_request_error");
    assert!(message.contains(TOOL), "{message}");
    assert_eq!(reply.header("x-should-retry"), Some("false"));
}

/// Whether a tool that isn't offered may be asked for is the vendor's to say, where its dialect can say it.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_curl_call_goes_to_the_model_where_its_dialect_can_say_it() {
    for dialect in [Dialect::Anthropic, Dialect::Responses] {
        let model = ModelScript::new().start().await.unwrap();
        let gateway = Gateway::before(dialect, &model.url()).await;
        let reply = gateway.send(Call::json("/v1/messages", &second_call())).await;
        let answer = dialects::answer(Dialect::Anthropic, &reply.expect(200));
        assert!(answer.text.contains("LYNKR_DONE"), "{dialect:?}: {answer:?}");
        assert_eq!(answer.calls, []);
        assert_eq!(model.violations(), Vec::<String>::new(), "{dialect:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_curl_call_is_refused_clearly_where_it_can_not_be_said() {
    for dialect in [Dialect::Chat, Dialect::Ollama] {
        let model = ModelScript::new().start().await.unwrap();
        let gateway = Gateway::before(dialect, &model.url()).await;
        let reply = gateway.send(Call::json("/v1/messages", &second_call())).await;
        let (kind, message) = dialects::error(Dialect::Anthropic, &reply.expect(400));
        assert!(kind == "invalid_request_error" && message.contains("tool_choice"), "{kind}: {message}");
        assert_eq!((reply.header("x-should-retry"), model.generations()), (Some("false"), 0));
    }
}
