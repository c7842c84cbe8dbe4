//! What passes on to vendors' own APIs: files, batches, stored responses. Whose they are, what goes up, that nothing is
//! held as a whole, and what is answered from here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lynkr_testkit::{Abort, Gate, Recorded, Script, Upstream};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};

const MULTIPART: &str = "multipart/form-data; boundary=b";
const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// Answers with what was asked, so that a test sees whom it reached.
fn echo(request: &Recorded) -> Script {
    Script::json(200, &json!({"asked": format!("{} {}", request.method, request.path)}))
}

async fn echoing() -> Upstream {
    Upstream::with(echo).await.unwrap()
}

fn openai(setup: Setup, url: &str) -> Setup {
    setup.env("OPENAI_ENDPOINT", &format!("{url}/v1")).env("OPENAI_API_KEY", "sk-0123456789abcdef")
}

fn anthropic(setup: Setup, url: &str) -> Setup {
    setup.env("ANTHROPIC_ENDPOINT", url).env("ANTHROPIC_API_KEY", "sk-ant-0123456789")
}

fn with(call: Call, (name, value): (&str, &str)) -> Call {
    call.header(name, value)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_vendor_s_clients_reach_that_vendor_whoever_answers() {
    let (left, right) = (echoing().await, echoing().await);
    for active in ["openai", "anthropic"] {
        let setup = anthropic(openai(Setup::new(), &left.url()), &right.url());
        let gateway = setup.env("MODEL_PROVIDER", active).start().await;
        for (method, path, headers, reached) in [
            ("GET", "/v1/files", None, &left),
            ("GET", "/v1/files", Some(VERSION), &right),
            ("GET", "/v1/files", Some(("anthropic-beta", "files-api-2025-04-14")), &right),
            ("GET", "/v1/files", Some(("x-api-key", "k")), &right),
            ("GET", "/v1/files/f-1", None, &left),
            ("DELETE", "/v1/files/f_1", Some(VERSION), &right),
            ("GET", "/v1/files/f-1/content", None, &left),
            ("POST", "/v1/batches", Some(VERSION), &left),
            ("GET", "/v1/batches", None, &left),
            ("GET", "/v1/batches/b", None, &left),
            ("POST", "/v1/batches/b/cancel", None, &left),
            ("POST", "/v1/messages/batches", None, &right),
            ("GET", "/v1/messages/batches", None, &right),
            ("GET", "/v1/messages/batches/b", None, &right),
            ("DELETE", "/v1/messages/batches/b", None, &right),
            ("POST", "/v1/messages/batches/b/cancel", None, &right),
            ("GET", "/v1/messages/batches/b/results", None, &right),
            ("GET", "/v1/responses/resp_1", None, &left),
            ("DELETE", "/v1/responses/resp_1", None, &left),
            ("POST", "/v1/responses/resp_1/cancel", None, &left),
            ("GET", "/v1/responses/resp_1/input_items", None, &left),
        ] {
            let before = reached.requests().len();
            let call = headers.into_iter().fold(Call::new(method, path), with);
            let answer = gateway.send(call).await.expect(200);
            assert_eq!(answer["asked"], format!("{method} {path}"), "{active}");
            assert_eq!(reached.requests().len(), before + 1, "{active}: {method} {path}");
        }
    }
    let key = |upstream: &Upstream, name: &str| {
        upstream
            .requests()
            .iter()
            .all(|request| request.header(name).is_some_and(|key| key.contains("0123456789")))
    };
    assert!(key(&left, "authorization") && key(&right, "x-api-key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_matters_goes_both_ways_and_nothing_else() {
    let answer = Script::body(200, "application/octet-stream", &b"\x00\xffbytes"[..])
        .first_header("content-disposition", "attachment; filename=\"a.bin\"")
        .first_header("request-id", "req_up")
        .first_header("x-internal", "no");
    let upstream = Upstream::with(move |_| answer.clone()).await.unwrap();
    let gateway = anthropic(Setup::new(), &upstream.url()).start().await;
    let call = Call::get("/v1/files/f_1/content?beta=true&x=%2F&api_key=secret").header("cookie", "c");
    let call =
        with(call, VERSION).header("anthropic-beta", "files-api-2025-04-14").header("x-api-key", "callers");
    let reply = gateway.send(call).await;
    assert_eq!((reply.status, reply.body.as_slice()), (200, &b"\x00\xffbytes"[..]));
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"a.bin\""));
    assert_eq!((reply.header("content-length"), reply.header("request-id")), (Some("7"), Some("req_up")));
    assert_eq!(
        (reply.header("x-internal"), reply.header("content-type")),
        (None, Some("application/octet-stream"))
    );
    let request = upstream.request(0).await;
    assert_eq!(request.query.as_deref(), Some("beta=true&x=%2F"));
    assert_eq!(request.header("anthropic-beta"), Some("files-api-2025-04-14"));
    assert_eq!((request.header("x-api-key"), request.header("cookie")), (Some("sk-ant-0123456789"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_s_refusal_comes_as_it_is() {
    let refusal = r#"{ "error": {"message":"No such File object: f", "type":"invalid_request_error"} }"#;
    let refused = Script::body(404, "application/json", refusal).header("x-request-id", "up");
    let upstream = Upstream::with(move |_| refused.clone()).await.unwrap();
    let gateway = openai(Setup::new(), &upstream.url()).start().await;
    let reply = gateway.get("/v1/files/f").await;
    assert_eq!((reply.status, reply.text().as_str()), (404, refusal));
    // Such a call says nothing of models.
    let health = gateway.get("/v1/health/providers/openai").await.expect(200);
    assert_eq!(health["total_requests"], 0, "{health}");
    assert_eq!(upstream.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_has_it_the_error_says_who_has_in_the_client_s_form() {
    let upstream = echoing().await;
    let setup = Setup::new().env("MODEL_PROVIDER", "ollama").env("OLLAMA_ENDPOINT", &upstream.url());
    let gateway = setup.start().await;
    let error = gateway.get("/v1/files").await.expect(501);
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("Ollama has no files") && message.contains("azure-openai, openai"), "{message}");
    let error = gateway.send(with(Call::get("/v1/files"), VERSION)).await.expect(501);
    assert_eq!(error["type"], "error", "{error}");
    let error = gateway.get("/v1/messages/batches").await.expect(501);
    assert!(error["error"]["message"].as_str().unwrap().contains("anthropic"), "{error}");
    let error = gateway.get("/v1/responses/resp_x").await.expect(404);
    assert!(error["error"]["message"].as_str().unwrap().contains("`resp_x`"), "{error}");
    let error = gateway.post("/v1/responses/compact", &json!({"model": "m", "input": "a"})).await.expect(501);
    assert!(error["error"]["message"].as_str().unwrap().contains("openai"), "{error}");
}

/// With the operator's key a client must not reach more of a vendor's API than these parts.
#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_its_part() {
    let upstream = echoing().await;
    let gateway = openai(Setup::new(), &upstream.url()).start().await;
    for path in [
        "/v1/files/%2e%2e",
        "/v1/files/..",
        "/v1/files/a%2Fb",
        "/v1/files/a%3Fb",
        "/v1/responses/%2e%2e/cancel",
    ] {
        let status = gateway.get(path).await.status;
        assert!((400..600).contains(&status), "{path}: {status}");
    }
    assert!(upstream.requests().is_empty(), "{:?}", upstream.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_s_results_are_to_be_had_here() {
    let batch = |_: &Recorded| {
        Script::json(
            200,
            &json!({"id": "b", "results_url": "https://api.anthropic.com/v1/messages/batches/b/results"}),
        )
    };
    let upstream = Upstream::with(batch).await.unwrap();
    let gateway = anthropic(Setup::new(), &upstream.url()).start().await;
    let reply = gateway.get("/v1/messages/batches/b").await;
    assert_eq!(reply.header("x-lynkr-receipt"), Some("moved=results_url->gateway"));
    assert_eq!(reply.expect(200)["results_url"], format!("{}/v1/messages/batches/b/results", gateway.url()));
    // Whoever shows the vendor a key of its own gets the vendor's own word.
    let setup = Setup::new().env("MODEL_PROVIDER", "anthropic-compatible");
    let gateway = setup.env("ANTHROPIC_COMPATIBLE_ENDPOINT", &upstream.url()).start().await;
    let reply = gateway.send(Call::get("/v1/messages/batches/b").header("x-api-key", "own-0123456789")).await;
    let url = reply.expect(200)["results_url"].clone();
    assert_eq!(url, "https://api.anthropic.com/v1/messages/batches/b/results");
}

const LARGE: usize = 64 * 1024 * 1024;
/// Far less than the file: buffers of sockets, pieces on their way, and what the allocator gives back a moment later.
const LITTLE: usize = 24 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_up_and_down_in_little_memory() {
    let file: Vec<u8> = (0..=250).cycle().take(LARGE).collect();
    let down = file.clone();
    let upstream =
        Upstream::with(move |request| match (request.method.as_str(), request.path.contains("/little/")) {
            ("POST", _) => Script::json(200, &json!({"bytes": request.body.len()})),
            (_, true) => Script::body(200, "application/octet-stream", down[..LARGE / 64].to_vec()),
            (_, false) => Script::body(200, "application/octet-stream", down.clone()),
        });
    let upstream = upstream.await.unwrap();
    let gateway = openai(Setup::new(), &upstream.url()).start().await;
    // What is read of the program itself for the first time, both ways, isn't the file's.
    gateway.send(Call::upload("/v1/files", MULTIPART, file[..LARGE / 64].to_vec())).await.expect(200);
    assert_eq!(gateway.get("/v1/files/little/content").await.body.len(), LARGE / 64);
    let before = gateway.peak_memory();
    let answer = gateway.send(Call::upload("/v1/files", MULTIPART, file.clone())).await.expect(200);
    assert_eq!(answer["bytes"], LARGE);
    let request = upstream.request(2).await;
    assert!(request.body == file && request.header("content-type") == Some(MULTIPART));
    assert_eq!(request.header("content-length"), Some(LARGE.to_string().as_str()));
    let reply = gateway.get("/v1/files/f/content").await;
    assert!(reply.complete && reply.body == file);
    let more = gateway.peak_memory() - before;
    assert!(more < LITTLE, "{more} bytes more for a file of {LARGE}");
}

/// A connection that has sent the head of an upload and its beginning.
async fn begin(address: SocketAddr, length: &str, beginning: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/files HTTP/1.1\r\nhost: {address}\r\ncontent-type: {MULTIPART}\r\n{length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(beginning).await.unwrap();
    stream
}

async fn arrived(upstream: &Upstream) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while upstream.arrivals() == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    waited.await.expect("the request's head goes up before its body is complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_breaks_off_upstream() {
    let upstream = echoing().await;
    let gateway = openai(Setup::new(), &upstream.url()).start().await;
    let stream = begin(gateway.address(), "content-length: 1000000", b"the beginning").await;
    arrived(&upstream).await;
    drop(stream);
    let request = tokio::time::timeout(PATIENCE, upstream.request(0)).await.unwrap();
    assert!(request.body.len() < 1_000_000, "what was never sent isn't made up");
    assert_eq!(gateway.get("/health").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_stops_is_a_408() {
    let upstream = echoing().await;
    let gateway = openai(Setup::new(), &upstream.url()).env("LYNKR_CLIENT_TIMEOUT_MS", "300").start().await;
    let mut stream = begin(gateway.address(), "content-length: 1000000", b"the beginning").await;
    arrived(&upstream).await;
    let mut said = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut said);
    tokio::time::timeout(PATIENCE, read).await.expect("it ends").expect("with an answer");
    let said = String::from_utf8_lossy(&said);
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("LYNKR_CLIENT_TIMEOUT_MS"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_too_large_is_refused_at_once_or_where_it_gets_so() {
    let upstream = echoing().await;
    let gateway = openai(Setup::new(), &upstream.url()).env("REQUEST_JSON_LIMIT", "1mb").start().await;
    let body = vec![b'x'; 2 * 1024 * 1024];
    let error = gateway.send(Call::upload("/v1/files", MULTIPART, body.clone())).await.expect(413);
    assert!(error["error"]["message"].as_str().unwrap().contains("REQUEST_JSON_LIMIT"), "{error}");
    assert_eq!(upstream.arrivals(), 0);
    let error = gateway.send(Call::chunked("/v1/files", body)).await.expect(413);
    assert!(error["error"]["message"].as_str().unwrap().contains("REQUEST_JSON_LIMIT"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_ends_the_download_upstream() {
    let gate = Gate::new();
    let script = Script::stream("application/octet-stream", ["first"]).wait(&gate).send("last");
    let upstream = Upstream::with(move |_| script.clone()).await.unwrap();
    let gateway = openai(Setup::new(), &upstream.url()).start().await;
    let mut incoming = gateway.open(Call::get("/v1/files/f/content")).await;
    assert_eq!(incoming.next().await.unwrap(), b"first");
    drop(incoming);
    let request: Arc<Recorded> = upstream.request(0).await;
    let left = tokio::time::timeout(PATIENCE, request.disconnected()).await;
    assert!(left.expect("the upstream is told").is_some());
    drop(gate);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_file_is_never_taken_for_all_of_it() {
    for length in [Some("1000"), None] {
        let head = Script::new().status(200).header("content-type", "application/octet-stream");
        let head = length.into_iter().fold(head, |head, length| head.header("content-length", length));
        let script = head.head().send("a part").abort(Abort::Close);
        let upstream = Upstream::with(move |_| script.clone()).await.unwrap();
        let gateway = openai(Setup::new(), &upstream.url()).start().await;
        let reply = gateway.get("/v1/files/f/content").await;
        assert!(reply.status == 200 && !reply.complete, "{length:?}: {reply:?}");
        gateway.logged(|line| line.contains("the answer broke off")).await;
    }
}

fn chat(_: &Recorded) -> Script {
    let choice =
        json!({"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"});
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4});
    Script::json(
        200,
        &json!({"id": "c", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}),
    )
}

async fn before_chat() -> (Upstream, Gateway) {
    let upstream = Upstream::with(chat).await.unwrap();
    let setup = Setup::new().env("MODEL_PROVIDER", "openai-compatible");
    let gateway = setup.env("OPENAI_COMPATIBLE_ENDPOINT", &format!("{}/v1", upstream.url())).start().await;
    (upstream, gateway)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_were_translated_are_given_again_and_forgotten_here() {
    let (_upstream, gateway) = before_chat().await;
    let first = gateway.post("/v1/responses", &json!({"model": "m", "input": "one"})).await.expect(200);
    let path = format!("/v1/responses/{}", first["id"].as_str().unwrap());
    assert_eq!(gateway.get(&path).await.expect(200), first);
    let more = json!({"model": "m", "input": "two", "previous_response_id": first["id"]});
    let second = gateway.post("/v1/responses", &more).await.expect(200);
    let items = format!("/v1/responses/{}/input_items?order=asc", second["id"].as_str().unwrap());
    let items = gateway.get(&items).await.expect(200);
    let texts: Vec<&Value> =
        items["data"].as_array().unwrap().iter().map(|item| &item["content"][0]["text"]).collect();
    assert_eq!(texts, ["one", "hello", "two"]);

    assert_eq!(gateway.send(Call::get(&path).header("authorization", "Bearer other")).await.status, 404);
    assert_eq!(gateway.send(Call::new("POST", format!("{path}/cancel"))).await.status, 400);
    assert_eq!(gateway.get(&format!("{path}?stream=true")).await.expect(400)["error"]["param"], "stream");
    let deleted = gateway.send(Call::new("DELETE", &path)).await.expect(200);
    assert_eq!(deleted, json!({"id": first["id"], "object": "response", "deleted": true}));
    assert_eq!(gateway.get(&path).await.status, 404);
    // What continued it has its history.
    assert_eq!(gateway.get(&format!("/v1/responses/{}", second["id"].as_str().unwrap())).await.status, 200);
    let hidden = json!({"model": "m", "input": "three", "store": false});
    let hidden = gateway.post("/v1/responses", &hidden).await.expect(200);
    assert_eq!(gateway.get(&format!("/v1/responses/{}", hidden["id"].as_str().unwrap())).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_compacted_by_its_vendor() {
    let upstream = echoing().await;
    let gateway = openai(Setup::new(), &upstream.url()).start().await;
    let path = "/v1/responses/compact";
    let compacted = gateway.post(path, &json!({"model": "openai:gpt-5", "input": "hi"})).await.expect(200);
    assert_eq!(compacted["asked"], format!("POST {path}"));
    assert_eq!(upstream.request(0).await.json(), json!({"model": "gpt-5", "input": "hi"}));
}
