//! Embeddings: every documented choice of a provider, each client's form, and what goes wrong.

use lynkr_testkit::{Dialect, Recorded, Script, Upstream};
use serde_json::{Value, json};

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::Scripted;

/// `[0.5, -2.0]` as 32-bit floats, the least significant byte first.
const PACKED: &str = "AAAAPwAAAMA=";

/// A server of either form: floats, or base64 where OpenAI's form is asked for it.
fn vectors(request: &Recorded) -> Script {
    let body = request.json();
    let inputs = body["input"].as_array().map_or(1, Vec::len);
    if request.path.ends_with("/api/embed") {
        return Script::json(
            200,
            &json!({"model": body["model"], "embeddings": vec![json!([0.5, -2.0]); inputs], "prompt_eval_count": 5}),
        );
    }
    let vector = if body["encoding_format"] == "base64" { json!(PACKED) } else { json!([0.5, -2.0]) };
    let data: Vec<Value> = (0..inputs)
        .map(|index| json!({"object": "embedding", "index": index, "embedding": vector}))
        .collect();
    let usage = json!({"prompt_tokens": 5, "total_tokens": 5});
    Script::json(200, &json!({"object": "list", "data": data, "model": body["model"], "usage": usage}))
}

/// What is set, where `URL` stands for the server; the model that is asked for; the path and the model that go up; and
/// whether the encoding does.
type Choice = (&'static [(&'static str, &'static str)], &'static str, &'static str, &'static str, bool);

const SMALL: &str = "text-embedding-3-small";
const OLLAMA: (&str, &str) = ("OLLAMA_ENDPOINT", "URL");
const OPENAI: (&str, &str) = ("OPENAI_ENDPOINT", "URL/v1");
const OPENAI_KEY: (&str, &str) = ("OPENAI_API_KEY", "sk-0123456789abcdef");
const ANTHROPIC: (&str, &str) = ("MODEL_PROVIDER", "anthropic");
const ANTHROPIC_KEY: (&str, &str) = ("ANTHROPIC_API_KEY", "sk-ant-0123456789");
const BUILTIN: (&str, &str) = ("MODEL_PROVIDER", "builtin");

const fn embedder(name: &'static str) -> (&'static str, &'static str) {
    ("EMBEDDINGS_PROVIDER", name)
}

const CHOICES: &[Choice] = &[
    (&[BUILTIN, embedder("ollama"), OLLAMA], SMALL, "/api/embed", "nomic-embed-text", false),
    (&[BUILTIN, embedder("ollama"), OLLAMA], "mxbai-embed-large", "/api/embed", "mxbai-embed-large", false),
    (
        &[
            BUILTIN,
            embedder("ollama"),
            ("OLLAMA_EMBEDDINGS_ENDPOINT", "URL/api/embeddings"),
            ("OLLAMA_EMBEDDINGS_MODEL", "bge-m3"),
        ],
        SMALL,
        "/api/embed",
        "bge-m3",
        false,
    ),
    (&[BUILTIN, embedder("llamacpp"), ("LLAMACPP_ENDPOINT", "URL")], SMALL, "/v1/embeddings", SMALL, true),
    (
        &[BUILTIN, embedder("llamacpp"), ("LLAMACPP_EMBEDDINGS_ENDPOINT", "URL/embeddings")],
        SMALL,
        "/embeddings",
        SMALL,
        true,
    ),
    (
        &[BUILTIN, embedder("lmstudio"), ("LMSTUDIO_ENDPOINT", "URL")],
        "nomic",
        "/v1/embeddings",
        "nomic",
        true,
    ),
    (&[BUILTIN, embedder("openai"), OPENAI, OPENAI_KEY], "nomic", "/v1/embeddings", SMALL, true),
    (
        &[
            BUILTIN,
            embedder("openrouter"),
            ("OPENROUTER_ENDPOINT", "URL/api/v1"),
            ("OPENROUTER_API_KEY", "sk-or-v1-0123456789"),
        ],
        SMALL,
        "/api/v1/embeddings",
        "openai/text-embedding-3-small",
        true,
    ),
    (
        &[
            BUILTIN,
            embedder("edenai"),
            ("EDENAI_ENDPOINT", "URL/v3"),
            ("EDENAI_API_KEY", "eden-0123456789"),
            ("EDENAI_EMBEDDINGS_MODEL", "cohere/embed-v4"),
        ],
        "whatever",
        "/v3/embeddings",
        "cohere/embed-v4",
        false,
    ),
    (
        &[
            BUILTIN,
            embedder("databricks"),
            ("DATABRICKS_API_BASE", "URL"),
            ("DATABRICKS_API_KEY", "dapi-0123456789"),
        ],
        SMALL,
        "/serving-endpoints/databricks-gte-large-en/invocations",
        "databricks-gte-large-en",
        false,
    ),
    (
        &[
            BUILTIN,
            embedder("azure-openai"),
            ("AZURE_OPENAI_ENDPOINT", "URL/openai/v1"),
            ("AZURE_OPENAI_API_KEY", "azure-0123456789"),
        ],
        SMALL,
        "/openai/v1/embeddings",
        SMALL,
        true,
    ),
    // The one that answers; else the first of those that are tried.
    (&[("MODEL_PROVIDER", "openai"), OPENAI, OPENAI_KEY], SMALL, "/v1/embeddings", SMALL, true),
    (&[("MODEL_PROVIDER", "ollama"), OLLAMA], SMALL, "/api/embed", "nomic-embed-text", false),
    (
        &[
            ANTHROPIC,
            ANTHROPIC_KEY,
            OLLAMA,
            ("OPENROUTER_ENDPOINT", "URL/api/v1"),
            ("OPENROUTER_API_KEY", "sk-or-v1-0123456789"),
        ],
        SMALL,
        "/api/v1/embeddings",
        "openai/text-embedding-3-small",
        true,
    ),
    (&[ANTHROPIC, ANTHROPIC_KEY, OLLAMA], SMALL, "/api/embed", "nomic-embed-text", false),
    // The client's word goes before all of them.
    (
        &[BUILTIN, embedder("openai"), OPENAI, OPENAI_KEY, OLLAMA],
        "ollama:bge-m3",
        "/api/embed",
        "bge-m3",
        false,
    ),
    (
        &[
            BUILTIN,
            embedder("openai"),
            OPENAI,
            OPENAI_KEY,
            ("LYNKR_MODEL_ALIASES", "mine=text-embedding-3-large"),
        ],
        "mine",
        "/v1/embeddings",
        "text-embedding-3-large",
        true,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_choice_of_a_provider_is_asked_in_its_own_form() {
    for &(settings, asked, path, model, encoded) in CHOICES {
        let upstream = Scripted::with(vectors).await;
        let set = |setup: Setup, (name, value): &(&str, &str)| {
            setup.env(name, &value.replace("URL", &upstream.url()))
        };
        let gateway = settings.iter().fold(Setup::new(), set).start().await;
        let sent = json!({"model": asked, "input": ["a", "b"], "encoding_format": "base64"});
        let answer = gateway.post("/v1/embeddings", &sent).await;
        let body = answer.expect(200);
        assert_eq!(body["data"][1]["embedding"], PACKED, "{settings:?}: {body}");
        assert_eq!((&body["data"][1]["index"], &body["object"]), (&json!(1), &json!("list")), "{settings:?}");
        assert_eq!(body["usage"], json!({"prompt_tokens": 5, "total_tokens": 5}), "{settings:?}");
        let request = upstream.post(0).await;
        assert_eq!((request.path.as_str(), &request.json()["model"]), (path, &json!(model)), "{settings:?}");
        assert_eq!(request.json()["input"], json!(["a", "b"]), "{settings:?}");
        assert_eq!(request.json().get("encoding_format").is_some(), encoded, "{settings:?}");
        let receipt = answer.header("x-lynkr-receipt").unwrap_or_default();
        assert_eq!(receipt.contains("model="), asked != model, "{settings:?}: {receipt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_was_named_in_the_settings_makes_them_by_its_name() {
    let upstream = Scripted::with(vectors).await;
    let toml = format!(
        "[models]\nprovider = 'builtin'\nembeddings_provider = 'vectors'\n\n[providers.vectors]\nkind = 'openai-compatible'\n\
         endpoint = '{}/v1'\napi_key = 'vectors-0123456789'\n",
        upstream.url()
    );
    let gateway = Setup::new().user_file("lynkr.toml", &toml).start().await;
    gateway.post("/v1/embeddings", &json!({"model": "BAAI/bge-small", "input": "a"})).await.expect(200);
    let request = upstream.post(0).await;
    assert_eq!(
        (request.path.as_str(), &request.json()["model"]),
        ("/v1/embeddings", &json!("BAAI/bge-small"))
    );
    assert_eq!(request.header("authorization"), Some("Bearer vectors-0123456789"));
}

async fn openai(upstream: &str) -> Gateway {
    Setup::new()
        .env("MODEL_PROVIDER", "openai")
        .env("OPENAI_ENDPOINT", &format!("{upstream}/v1"))
        .env("OPENAI_API_KEY", "sk-0123456789abcdef")
        .env("API_RETRY_INITIAL_DELAY", "1")
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_both_sides_write_alike_passes_byte_for_byte() {
    let answer = r#"{ "object":"list","data":[{"object":"embedding","index":0,"embedding":[1.50,-0.0]}], "model":"x","usage":{"prompt_tokens":1,"total_tokens":1},"new":1 }"#;
    let upstream = Scripted::new([Script::body(200, "application/json", answer)]).await;
    let gateway = openai(&upstream.url()).await;
    let sent =
        r#"{ "input" : [[1, 2],[3]], "model":"text-embedding-3-small", "dimensions": 2, "new": {"a": 1.0} }"#;
    let reply = gateway.send(Call::bytes("/v1/embeddings", sent)).await;
    assert_eq!((reply.status, reply.text().as_str(), reply.header("x-lynkr-receipt")), (200, answer, None));
    assert_eq!(upstream.post(0).await.text(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_come_in_the_client_s_form_are_tried_again_and_count() {
    let refusal = json!({"error": {"message": "too long", "type": "invalid_request_error", "code": "c", "param": null}});
    let upstream = Scripted::new([
        Script::json(500, &json!({"error": {"message": "broken"}})),
        Script::json(
            200,
            &json!({"object": "list", "data": [{"index": 0, "embedding": [1.0]}], "usage": {"prompt_tokens": 9}}),
        ),
        Script::json(400, &refusal),
        Script::json(200, &json!({"error": {"message": "not today"}})),
    ])
    .await;
    let gateway = openai(&upstream.url()).await;
    let body = json!({"model": SMALL, "input": "a"});
    let ask = || gateway.post("/v1/embeddings", &body);
    ask().await.expect(200);
    assert_eq!(upstream.posts().len(), 2);
    assert_eq!(ask().await.expect(400), refusal);
    let health = gateway.get("/v1/health/providers/openai").await.expect(200);
    assert_eq!((&health["successes"], &health["failures"]["upstream"]), (&json!(1), &json!(1)), "{health}");
    assert_eq!(health["failures"]["client"], 1, "{health}");
    gateway
        .logged(|line| line.contains("surface=embeddings") || line.contains(r#""surface":"embeddings""#))
        .await;
    assert!(gateway.log().contains("input_tokens"), "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_none_never_goes_up() {
    let upstream = Scripted::new([]).await;
    let gateway = openai(&upstream.url()).await;
    for (body, field) in [
        (json!({"model": SMALL}), "input"),
        (json!({"model": SMALL, "input": []}), "input"),
        (json!({"model": SMALL, "input": "a", "encoding_format": "int8"}), "encoding_format"),
    ] {
        let error = gateway.post("/v1/embeddings", &body).await.expect(400);
        assert_eq!(error["error"]["param"], field, "{error}");
    }
    assert_eq!(gateway.send(Call::bytes("/v1/embeddings", "{")).await.status, 400);
    assert!(upstream.posts().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_makes_them_the_error_says_who_does() {
    let upstream = Scripted::new([]).await;
    let setup = Setup::new().env("MODEL_PROVIDER", "anthropic").env("ANTHROPIC_ENDPOINT", &upstream.url());
    let gateway = setup.env("ANTHROPIC_API_KEY", "sk-ant-0123456789").start().await;
    let error = gateway.post("/v1/embeddings", &json!({"model": SMALL, "input": "a"})).await.expect(501);
    assert_eq!(error["error"]["code"], "embeddings_not_configured");
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("Anthropic makes no embeddings") && message.contains("openrouter"), "{message}");
    let error = gateway.post("/api/embed", &json!({"model": "m", "input": "a"})).await.expect(501);
    assert!(error["error"].is_string(), "{error}");

    let ended =
        Setup::builtin().env("EMBEDDINGS_PROVIDER", "anthropic").arguments(&["config", "--check"]).run();
    let ended = ended.await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("EMBEDDINGS_PROVIDER") && ended.stderr.contains("makes no embeddings"));
    let ended = Setup::builtin().env("EMBEDDINGS_PROVIDER", "olama").arguments(&["config", "--check"]).run();
    assert!(ended.await.stderr.contains("did you mean ollama?"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ollama_s_clients_are_served_by_every_provider() {
    let upstream = Scripted::with(vectors).await;
    let gateway = openai(&upstream.url()).await;
    let answer =
        gateway.post("/api/embed", &json!({"model": SMALL, "input": ["a", "b"], "truncate": true})).await;
    assert!(answer.header("x-lynkr-receipt").unwrap().contains("dropped=truncate"));
    assert_eq!(
        answer.expect(200),
        json!({"model": SMALL, "embeddings": [[0.5, -2.0], [0.5, -2.0]], "prompt_eval_count": 5})
    );
    let answer = gateway.post("/api/embeddings", &json!({"model": SMALL, "prompt": "a"})).await.expect(200);
    assert_eq!(answer, json!({"embedding": [0.5, -2.0]}));
    assert_eq!(upstream.post(1).await.json(), json!({"model": SMALL, "input": "a"}));
    // Loading a model is nothing to others.
    let answer = gateway.post("/api/embed", &json!({"model": SMALL})).await.expect(200);
    assert_eq!((&answer["embeddings"], upstream.posts().len()), (&json!([]), 2));

    let setup = Setup::new().env("MODEL_PROVIDER", "ollama").env("OLLAMA_ENDPOINT", &upstream.url());
    let gateway = setup.start().await;
    let model = dialects::model(Dialect::Ollama);
    let sent = format!(r#"{{"model":"{model}", "input":"a", "keep_alive" : 0}}"#);
    gateway.send(Call::bytes("/api/embed", sent.clone())).await.expect(200);
    assert_eq!(upstream.post(2).await.text(), sent);
}

/// llama.cpp's own path answers with a bare list, one vector in a list each.
#[tokio::test(flavor = "multi_thread")]
async fn llama_cpp_s_bare_list_becomes_openai_s_form() {
    let list = json!([{"index": 1, "embedding": [[0.25]]}, {"index": 0, "embedding": [[0.5]]}]);
    let upstream = Upstream::with(move |_| Script::json(200, &list)).await.unwrap();
    let endpoint = format!("{}/embeddings", upstream.url());
    let setup = Setup::builtin().env("EMBEDDINGS_PROVIDER", "llamacpp");
    let gateway = setup.env("LLAMACPP_EMBEDDINGS_ENDPOINT", &endpoint).start().await;
    let answer =
        gateway.post("/v1/embeddings", &json!({"model": "m", "input": ["a", "b"]})).await.expect(200);
    assert_eq!(
        (&answer["data"][0]["embedding"], &answer["data"][1]["embedding"]),
        (&json!([0.5]), &json!([0.25]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_builtin_provider_makes_them_without_anything() {
    let gateway = Gateway::builtin().await;
    let answer =
        gateway.post("/v1/embeddings", &json!({"model": SMALL, "input": "a", "dimensions": 4})).await;
    assert_eq!(answer.expect(200)["data"][0]["embedding"].as_array().unwrap().len(), 4);
}
