//! The routes besides the four that a model answers, and what those do with a conversation that is kept.

use lynkr_testkit::{Dialect, ModelScript, Script};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed_in_the_shape_of_whoever_asks() {
    let model = ModelScript::new().start().await.unwrap();
    let setup = Setup::new().env("OPENAI_COMPATIBLE_ENDPOINT", &model.url());
    let gateway = setup.env("LYNKR_MODEL_ALIASES", "fast/small=kit-small").start().await;
    let openai = gateway.get("/v1/models").await.expect(200);
    assert_eq!(openai["object"], "list");
    let ids: Vec<&str> =
        openai["data"].as_array().unwrap().iter().filter_map(|entry| entry["id"].as_str()).collect();
    assert_eq!(ids, ["fast/small", "kit-large", "kit-small"]);
    assert!(openai["data"].as_array().unwrap().iter().all(|entry| entry["object"] == "model"), "{openai}");
    for (name, value) in
        [("anthropic-version", "2023-06-01"), ("user-agent", "claude-code/2.1.197"), ("x-api-key", "any")]
    {
        let anthropic =
            gateway.send(Call::get("/v1/models?limit=1000").header(name, value)).await.expect(200);
        assert_eq!(
            (&anthropic["has_more"], &anthropic["first_id"]),
            (
                &json!(false),
                &json!(if name == "user-agent" { "claude-lynkr-fast/small" } else { "fast/small" })
            ),
            "{name}"
        );
        assert!(
            anthropic["data"]
                .as_array()
                .unwrap()
                .iter()
                .all(|entry| entry["type"] == "model" && entry["display_name"].is_string()),
            "{anthropic}"
        );
    }
    for id in ["kit-large", "fast/small", "fast%2Fsmall"] {
        let one = gateway.get(&format!("/v1/models/{id}")).await.expect(200);
        assert_eq!(one["id"], id.replace("%2F", "/"));
    }
    let missing = gateway.get("/v1/models/not/there").await;
    dialects::error(Dialect::Chat, &missing.expect(404));
    let missing =
        gateway.send(Call::get("/v1/models/not-there").header("anthropic-version", "2023-06-01")).await;
    dialects::error(Dialect::Anthropic, &missing.expect(404));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_small_routes_answer() {
    let gateway = Gateway::builtin().await;
    let root = gateway.get("/").await.expect(200);
    assert_eq!((&root["service"], &root["status"]), (&json!("Lynkr"), &json!("running")));
    let head = gateway.send(Call::new("HEAD", "/")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(gateway.get("/health").await.expect(200), json!({"status": "ok"}));
    let events = json!({"events": [{"event_type": "x"}]});
    gateway.post("/api/event_logging/batch", &events).await.expect(200);
    for reply in [root_of(&gateway, "/").await, root_of(&gateway, "/nowhere").await] {
        assert!(reply.header("x-request-id").is_some_and(|id| id.starts_with("req_")), "{:?}", reply.headers);
        assert_eq!(reply.header("x-lynkr-version"), Some(env!("CARGO_PKG_VERSION")));
    }
}

async fn root_of(gateway: &Gateway, path: &str) -> crate::http::Reply {
    gateway.get(path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_routes_and_methods_are_refused_in_the_asking_dialect() {
    let gateway = Gateway::builtin().await;
    let anthropic = ("anthropic-version", "2023-06-01");
    let neutral = ("accept", "*/*");
    let cases = [
        ("POST", "/v1/messages/nothing", neutral, Dialect::Anthropic, 404),
        ("POST", "/v1/chat/nothing", neutral, Dialect::Chat, 404),
        ("POST", "/v1/responses/resp_1/nothing", neutral, Dialect::Responses, 404),
        ("POST", "/api/generate", neutral, Dialect::Ollama, 404),
        ("POST", "/v1/nothing", anthropic, Dialect::Anthropic, 404),
        ("POST", "/v1/nothing", neutral, Dialect::Chat, 404),
        ("GET", "/v1/messages", neutral, Dialect::Anthropic, 405),
        ("DELETE", "/v1/chat/completions", neutral, Dialect::Chat, 405),
        ("PUT", "/v1/responses", neutral, Dialect::Responses, 405),
        ("GET", "/api/chat", neutral, Dialect::Ollama, 405),
    ];
    for (method, path, (name, value), dialect, status) in cases {
        let reply = gateway.send(Call::new(method, path).header(name, value)).await;
        let (_, message) = dialects::error(dialect, &reply.expect(status));
        assert!(message.contains(path), "{message}");
        assert_eq!(reply.header("x-should-retry"), Some("false"), "{path}");
    }
}

fn countable() -> Value {
    json!({"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "How long is this?"}], "tools": []})
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_by_the_provider_or_estimated_and_marked() {
    let path = "/v1/messages/count_tokens?beta=true";
    let model = ModelScript::new().start().await.unwrap();
    let gateway = Gateway::before(Dialect::Anthropic, &model.url()).await;
    let reply = gateway.post(path, &countable()).await;
    let counted = countable().to_string().len() as u64 / 4 + 1;
    assert_eq!(reply.expect(200), json!({"input_tokens": counted}));
    assert_eq!(reply.header("x-lynkr-estimate"), None);
    assert_eq!((model.token_counts(), model.violations()), (1, Vec::new()));
    let asked = model.upstream().requests().last().cloned().expect("a request");
    assert_eq!((asked.query.as_deref(), asked.text()), (Some("beta=true"), countable().to_string()));

    let chat = Gateway::before(Dialect::Ollama, &model.url()).await;
    let reply = chat.post(path, &countable()).await;
    assert!(reply.expect(200)["input_tokens"].as_u64().is_some_and(|tokens| tokens > 3), "{}", reply.text());
    assert_eq!(reply.header("x-lynkr-estimate"), Some("true"));
    assert_eq!(model.generations(), 0);
    // A counter that fails is no reason to fail.
    let broken = Scripted::new([Script::json(500, &json!({}))]).await;
    let gateway = Gateway::before(Dialect::Anthropic, &broken.url()).await;
    let reply = gateway.post(path, &countable()).await;
    assert_eq!((reply.status, reply.header("x-lynkr-estimate")), (200, Some("true")), "{}", reply.text());
    let wrong = chat.post(path, &json!({"model": "m"})).await;
    dialects::error(Dialect::Anthropic, &wrong.expect(400));
}

fn response(input: &str, previous: Option<&str>) -> Value {
    let mut body = json!({"model": "gpt-5", "input": input});
    if let Some(id) = previous {
        body["previous_response_id"] = json!(id);
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_translated_answer_is_continued_from_what_is_kept_here() {
    for stream in [false, true] {
        let model = ModelScript::new().steps(0).text("It is blue.").start().await.unwrap();
        let gateway = Gateway::before(Dialect::Anthropic, &model.url()).await;
        let mut first = response("FIRST_QUESTION", None);
        first["stream"] = json!(stream);
        let reply = gateway.post("/v1/responses", &first).await;
        let answer = if stream {
            dialects::answer_of_stream(Dialect::Responses, &reply.text())
        } else {
            dialects::answer(Dialect::Responses, &reply.expect(200))
        };
        let second =
            gateway.post("/v1/responses", &response("SECOND_QUESTION", Some(&answer.id))).await.expect(200);
        assert_eq!(second["previous_response_id"], answer.id.as_str(), "{second}");
        gateway.post("/v1/responses", &response("THIRD_QUESTION", second["id"].as_str())).await.expect(200);
        let sent = model.upstream().requests().last().expect("a request").json();
        let texts = sent["messages"].to_string();
        let places = ["FIRST_QUESTION", "It is blue.", "SECOND_QUESTION", "THIRD_QUESTION"]
            .map(|text| texts.find(text));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{texts}");
        assert_eq!(model.violations(), Vec::<String>::new());
    }
}

#[track_caller]
fn check_not_found(reply: &crate::http::Reply) {
    let body = reply.expect(400);
    dialects::error(Dialect::Responses, &body);
    assert_eq!(
        (&body["error"]["code"], &body["error"]["param"]),
        (&json!("previous_response_not_found"), &json!("previous_response_id"))
    );
    assert_eq!(reply.header("x-should-retry"), Some("false"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_kept_is_refused_and_never_an_empty_history() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let gateway = Gateway::before(Dialect::Anthropic, &model.url()).await;
    check_not_found(&gateway.post("/v1/responses", &response("Hello.", Some("resp_unknown"))).await);
    let mut unstored = response("Hello.", None);
    unstored["store"] = json!(false);
    let first = gateway.post("/v1/responses", &unstored).await.expect(200);
    check_not_found(&gateway.post("/v1/responses", &response("Hello.", first["id"].as_str())).await);
    // Another caller's answer is as unknown as none.
    let by = |body: Value, key: &str| {
        Call::json("/v1/responses", &body).header("authorization", &format!("Bearer {key}"))
    };
    let first = gateway.send(by(response("Hello.", None), "key-of-ada")).await.expect(200);
    let id = first["id"].as_str();
    check_not_found(&gateway.send(by(response("Hello.", id), "key-of-bob")).await);
    check_not_found(&gateway.post("/v1/responses", &response("Hello.", id)).await);
    gateway.send(by(response("Hello.", id), "key-of-ada")).await.expect(200);
    assert_eq!(model.generations(), 3);
}

/// Callers that show the gateway's own keys are told apart by those.
#[tokio::test(flavor = "multi_thread")]
async fn callers_with_gateway_keys_keep_their_answers_to_themselves() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let setup = Setup::upstream(Dialect::Anthropic, &model.url())
        .env("LYNKR_API_KEYS", "gateway-key-of-ada,gateway-key-of-bob");
    let gateway = setup.start().await;
    let by = |body: Value, key: &str| {
        Call::json("/v1/responses", &body).header("authorization", &format!("Bearer {key}"))
    };
    let first = gateway.send(by(response("Hello.", None), "gateway-key-of-ada")).await.expect(200);
    let id = first["id"].as_str();
    check_not_found(&gateway.send(by(response("Hello.", id), "gateway-key-of-bob")).await);
    gateway.send(by(response("Hello.", id), "gateway-key-of-ada")).await.expect(200);
}

/// The provider has the answer, so its id goes up as it is, whatever model is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_passed_through_is_continued_by_its_provider() {
    let whole = || Script::json(200, &scripted::whole(Dialect::Responses, "Hello."));
    let stream = Script::sse(scripted::stream(Dialect::Responses, "Hello."));
    let upstream = Scripted::new([whole(), whole(), stream, whole()]).await;
    let gateway = Gateway::before(Dialect::Responses, &upstream.url()).await;
    for number in [0, 2] {
        let mut first = response("Hello.", None);
        first["stream"] = json!(number == 2);
        assert_eq!(gateway.post("/v1/responses", &first).await.status, 200);
        let body = response("And now?", Some("resp_scripted")).to_string();
        gateway.send(Call::bytes("/v1/responses", body.clone())).await.expect(200);
        assert_eq!(upstream.post(number + 1).await.text(), body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ollamas_paths_answer_in_ollamas_shapes() {
    let gateway = Gateway::builtin().await;
    assert!(gateway.get("/api/version").await.expect(200)["version"].is_string());
    let tags = gateway.get("/api/tags").await.expect(200);
    let model = &tags["models"][0];
    for field in ["name", "model", "modified_at", "size", "digest", "details"] {
        assert!(!model[field].is_null(), "{field}: {model}");
    }
    for name in ["model", "name"] {
        let show = gateway.post("/api/show", &json!({name: "any"})).await.expect(200);
        let can = show["capabilities"].as_array().expect("capabilities");
        assert!(can.contains(&json!("tools")) && can.contains(&json!("completion")), "{show}");
    }
    dialects::error(Dialect::Ollama, &gateway.post("/api/show", &json!({})).await.expect(400));
    // Unlike the others, Ollama streams unless told not to.
    let ask = json!({"model": "any", "messages": [{"role": "user", "content": "/lynkr echo Hi."}]});
    let reply = gateway.post("/api/chat", &ask).await;
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(dialects::answer_of_stream(Dialect::Ollama, &reply.text()).text, "Hi.");
}

/// One binary is the upstream of another, in each of the dialects that it speaks.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_serves_another_gateway() {
    let inner = Gateway::builtin().await;
    for upstream in dialects::ALL {
        let outer = Gateway::before(upstream, &inner.url()).await;
        for client in dialects::ALL {
            for stream in [false, true] {
                let ask = dialects::ask(client, "/lynkr echo Through two gateways.", stream);
                let reply = outer.post(dialects::path(client), &ask).await;
                assert_eq!(reply.status, 200, "{client:?} before {upstream:?}: {}", reply.text());
                let answer = if stream {
                    dialects::answer_of_stream(client, &reply.text())
                } else {
                    dialects::answer(client, &reply.json())
                };
                assert_eq!(answer.text, "Through two gateways.", "{client:?} before {upstream:?}");
            }
        }
    }
    let outer = Setup::new().env("OLLAMA_ENDPOINT", &inner.url()).start().await;
    assert!(outer.log().contains("provider  Ollama"), "{}", outer.log());
    outer.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await.expect(200);
}

/// A client names another provider for one request; one that isn't set up is named in the refusal.
#[tokio::test(flavor = "multi_thread")]
async fn a_model_name_chooses_the_provider_for_one_request() {
    let model = ModelScript::new().steps(0).start().await.unwrap();
    let gateway = Setup::upstream(Dialect::Chat, &model.url()).start().await;
    for name in ["builtin:any", "builtin/any"] {
        let mut ask = dialects::ask(Dialect::Anthropic, "/lynkr echo From within.", false);
        ask["model"] = json!(name);
        let reply = gateway.post("/v1/messages", &ask).await;
        assert_eq!(dialects::answer(Dialect::Anthropic, &reply.expect(200)).text, "From within.");
        assert!(reply.header("x-lynkr-receipt").is_some_and(|receipt| receipt.contains("named by client")));
    }
    let mut ask = dialects::ask(Dialect::Anthropic, "Hello.", false);
    ask["model"] = json!("anthropic-compatible:some-model");
    let (_, message) =
        dialects::error(Dialect::Anthropic, &gateway.post("/v1/messages", &ask).await.expect(404));
    assert!(message.contains("ANTHROPIC_COMPATIBLE_ENDPOINT"), "{message}");
    assert_eq!(model.generations(), 0);
    let forced =
        Setup::upstream(Dialect::Chat, &model.url()).env("LYNKR_FORCE_MODEL", "builtin:any").start().await;
    let reply = forced
        .post("/v1/chat/completions", &dialects::ask(Dialect::Chat, "/lynkr echo Forced.", false))
        .await;
    assert_eq!(dialects::answer(Dialect::Chat, &reply.expect(200)).text, "Forced.");
}
