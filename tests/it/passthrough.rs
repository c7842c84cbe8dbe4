//! Client and upstream speak the same dialect: bytes go through, up and down, but for named exceptions.

use lynkr_testkit::{Dialect, Script};
use serde_json::json;

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};

/// A body that no serializer would write: odd white space, escapes, unknown fields, keys out of order.
fn odd_body(dialect: Dialect, model: &str, stream: bool) -> String {
    let turns = if dialect == Dialect::Responses { "input" } else { "messages" };
    let limit = match dialect {
        Dialect::Anthropic | Dialect::Chat => "\"max_tokens\" :  77,",
        Dialect::Responses => "\"max_output_tokens\" :  77,",
        Dialect::Ollama => "\"options\" : {\"num_predict\":  77 },",
    };
    let usage =
        if dialect == Dialect::Chat { "\"stream_options\":{ \"include_usage\" : true }," } else { "" };
    format!(
        "{{ {limit}\t\"zz_unknown\": {{\"a\" :[1,  2.50, 1e3, -0.0]}},\n  {usage} \"model\"  : \"{model}\" ,\r\n\
         \"{turns}\":[ {{\"content\":\"h\\u00e9llo \\ud83d\\ude00  w\\/orld  é\",\"role\":\"user\" , \"x_extra\":null}} ],\
         \"stream\"  :{stream} , \"metadata\": {{}} }}   "
    )
}

/// What the model's name has become is the only difference.
#[tokio::test(flavor = "multi_thread")]
async fn request_bodies_go_up_byte_for_byte_but_for_the_model() {
    for dialect in dialects::ALL {
        let whole = || Script::json(200, &scripted::whole(dialect, "Hello."));
        let upstream = Scripted::new([whole(), whole(), whole()]).await;
        let model = dialects::model(dialect);
        let setup = Setup::upstream(dialect, &upstream.url())
            .env("LYNKR_MODEL_ALIASES", &format!("my \"quick\" one={model}"));
        let gateway = setup.start().await;
        let path = dialects::path(dialect);
        let same = odd_body(dialect, model, false);
        let reply = gateway.send(Call::bytes(path, same.clone())).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("x-lynkr-receipt"), None, "{dialect:?}");
        assert_eq!(upstream.post(0).await.text(), same, "{dialect:?}");
        // An alias, written with escapes, and a name that no provider knows.
        for (place, asked) in [(1, "my \\u0022quick\\\" one"), (2, "somebody-elses-model")] {
            let reply = gateway.send(Call::bytes(path, odd_body(dialect, asked, false))).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert_eq!(upstream.post(place).await.text(), same, "{dialect:?} asked for {asked}");
            let receipt = reply.header("x-lynkr-receipt").unwrap_or_default();
            assert!(receipt.starts_with("model=") && receipt.contains(&format!("->{model}(")), "{receipt}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_back_byte_for_byte() {
    for dialect in dialects::ALL {
        // Fields, order and spaces that no serializer of ours would keep.
        let mut odd = scripted::whole(dialect, "Hello.");
        odd["zz_unknown"] = json!({"b": [1, 2]});
        let odd = format!("\n {}  ", odd.to_string().replacen(':', " :  ", 3));
        let upstream = Scripted::new([Script::body(200, "application/json", odd.clone())]).await;
        let gateway = Gateway::before(dialect, &upstream.url()).await;
        let reply = gateway.post(dialects::path(dialect), &dialects::ask(dialect, "Hello.", false)).await;
        assert_eq!((reply.status, reply.text()), (200, odd), "{dialect:?}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
}

/// The frames that a vendor could send besides those that everybody reads.
fn odd_stream(dialect: Dialect) -> Vec<String> {
    let mut frames = scripted::stream(dialect, "Grüße 😀, \\u0041 and\\nmore.");
    let odd = match dialect {
        Dialect::Ollama => "{\"zz\" :  1, \"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"done\":false}\n".to_owned(),
        Dialect::Chat => ": a comment\n\ndata: {\"object\":\"chat.completion.chunk\",  \"choices\":[], \"zz\":1}\n\n".to_owned(),
        Dialect::Anthropic => ": a comment\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\nevent: zz_new\ndata: {\"type\":\"zz_new\",  \"a\":1}\n\n".to_owned(),
        Dialect::Responses => ": a comment\n\nevent: zz.new\nid: 7\ndata: {\"type\":\"zz.new\",  \"sequence_number\":1}\n\n".to_owned(),
    };
    frames.insert(1, odd);
    frames
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_come_back_byte_for_byte_however_they_are_cut() {
    for dialect in dialects::ALL {
        let frames = odd_stream(dialect);
        let sizes = [1, 2, 3, 7, 64, 100_000];
        let plain = || match dialect {
            Dialect::Ollama => Script::ndjson(frames.clone()),
            _ => Script::sse(frames.clone()),
        };
        let upstream = Scripted::new(sizes.iter().map(|size| plain().split_every(*size))).await;
        let gateway = Gateway::before(dialect, &upstream.url()).await;
        for size in sizes {
            let body = odd_body(dialect, dialects::model(dialect), true);
            let reply = gateway.send(Call::bytes(dialects::path(dialect), body)).await;
            assert!(reply.complete);
            assert_eq!(
                (reply.status, reply.text()),
                (200, frames.concat()),
                "{dialect:?} in pieces of {size}"
            );
            let kind = if dialect == Dialect::Ollama {
                "application/x-ndjson"
            } else {
                "text/event-stream; charset=utf-8"
            };
            assert_eq!(reply.header("content-type"), Some(kind), "{dialect:?}");
            assert_eq!(reply.header("x-lynkr-receipt"), None, "{dialect:?}");
        }
    }
}

/// Lines may end as HTTP's do.
#[tokio::test(flavor = "multi_thread")]
async fn streams_with_carriage_returns_come_back_as_they_are() {
    for dialect in [Dialect::Anthropic, Dialect::Chat, Dialect::Responses] {
        let text = scripted::stream(dialect, "Hello.").concat().replace('\n', "\r\n");
        let upstream = Scripted::new([Script::sse([text.clone()]).split_every(5)]).await;
        let gateway = Gateway::before(dialect, &upstream.url()).await;
        let mut ask = dialects::ask(dialect, "Hello.", true);
        if dialect == Dialect::Chat {
            ask["stream_options"] = json!({"include_usage": true});
        }
        let reply = gateway.post(dialects::path(dialect), &ask).await;
        assert_eq!((reply.status, reply.text()), (200, text), "{dialect:?}");
    }
}

const FORWARDED: &[(&str, &str)] = &[
    ("anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14"),
    ("anthropic-version", "2023-06-01"),
    ("anthropic-dangerous-direct-browser-access", "true"),
    ("user-agent", "claude-cli/2.1.197 (external, sdk-cli)"),
    ("x-app", "cli"),
    ("x-claude-code-session-id", "3f1c9a52-0000-4000-8000-000000000001"),
    ("x-claude-code-agent-id", "agent-7"),
    ("x-stainless-lang", "js"),
    ("x-stainless-retry-count", "0"),
    ("x-stainless-timeout", "600"),
];

const KEPT_HERE: &[(&str, &str)] = &[
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("authorization", "Bearer key-of-the-client"),
    ("cookie", "session=key-of-the-client"),
    ("connection", "keep-alive, anthropic-only-this-hop"),
    ("anthropic-only-this-hop", "1"),
    ("expect-ct", "x"),
    ("keep-alive", "timeout=5"),
    ("proxy-authorization", "Basic key-of-the-client"),
    ("te", "trailers"),
    ("x-api-key", "key-of-the-client"),
    ("x-forwarded-for", "10.0.0.1"),
    ("x-lynkr-anything", "1"),
    ("x-request-id", "id-of-the-client"),
];

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_mean_something_go_up_and_no_others() {
    let upstream = Scripted::new([Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."))]).await;
    let gateway = Gateway::before(Dialect::Anthropic, &upstream.url()).await;
    let ask = dialects::ask(Dialect::Anthropic, "Hello.", false);
    let mut call = Call::json("/v1/messages?beta=true", &ask);
    for (name, value) in FORWARDED.iter().chain(KEPT_HERE) {
        call = call.header(name, value);
    }
    gateway.send(call).await.expect(200);
    let sent = upstream.post(0).await;
    assert_eq!((sent.path.as_str(), sent.query.as_deref()), ("/v1/messages", Some("beta=true")));
    for (name, value) in FORWARDED {
        assert_eq!(sent.header(name), Some(*value), "{name}");
    }
    assert_eq!(sent.header("x-api-key"), Some(dialects::UPSTREAM_KEY));
    assert_eq!(sent.header("host"), Some(upstream.url().trim_start_matches("http://")));
    for (name, _) in KEPT_HERE.iter().filter(|(name, _)| !matches!(*name, "x-api-key" | "connection")) {
        assert_eq!(sent.header(name), None, "{name}");
    }
    assert!(sent.headers.iter().all(|(_, value)| !value.contains("key-of-the-client")), "{:?}", sent.headers);
}

/// Without a key of its own, a gateway whose operator set the endpoint up passes the caller's on.
#[tokio::test(flavor = "multi_thread")]
async fn the_callers_own_key_is_used_when_none_is_configured() {
    let whole = || Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."));
    let upstream = Scripted::new([whole(), whole()]).await;
    let gateway =
        Setup::upstream(Dialect::Anthropic, &upstream.url()).without("ANTHROPIC_API_KEY").start().await;
    let call = || Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false));
    gateway.send(call().header("x-api-key", "key-of-the-client")).await.expect(200);
    gateway.send(call().header("authorization", "Bearer key-of-the-client")).await.expect(200);
    assert_eq!(upstream.post(0).await.header("x-api-key"), Some("key-of-the-client"));
    assert_eq!(upstream.post(1).await.header("authorization"), Some("Bearer key-of-the-client"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_without_a_key_from_anywhere_is_not_called() {
    let gateway = Setup::new().env("MODEL_PROVIDER", "anthropic").start().await;
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await;
    let (kind, message) = dialects::error(Dialect::Anthropic, &reply.expect(401));
    assert!(kind == "authentication_error" && message.contains("ANTHROPIC_API_KEY"), "{kind}: {message}");
    assert_eq!(reply.header("x-should-retry"), Some("false"));
}

fn usage_chunk() -> String {
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10});
    format!(
        "data: {}\n\n",
        json!({"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "choices": [], "usage": usage})
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_asked_for_and_kept_from_a_chat_client_that_did_not_ask() {
    let mut frames = scripted::stream(Dialect::Chat, "Hello.");
    let without = frames.concat();
    frames.insert(3, usage_chunk());
    let with = frames.concat();
    let scripts =
        [frames.clone(), frames.clone(), frames.clone()].map(|frames| Script::sse(frames).split_every(11));
    let upstream = Scripted::new(scripts).await;
    let gateway = Gateway::before(Dialect::Chat, &upstream.url()).await;
    let path = "/v1/chat/completions";

    let reply = gateway
        .send(Call::bytes(
            path,
            r#"{ "model":"gpt-5", "messages":[{"role":"user","content":"a"}],"stream":true}"#,
        ))
        .await;
    assert_eq!(reply.text(), without);
    let receipt = reply.header("x-lynkr-receipt").unwrap_or_default().to_owned();
    assert!(receipt.contains("added=stream_options.include_usage"), "{receipt}");
    let expected = r#"{"stream_options":{"include_usage":true}, "model":"gpt-5", "messages":[{"role":"user","content":"a"}],"stream":true}"#;
    assert_eq!(upstream.post(0).await.text(), expected);

    let body = r#"{"model":"gpt-5","stream_options":{"zz":1,"include_usage":false},"messages":[{"role":"user","content":"a"}],"stream":true}"#;
    assert_eq!(gateway.send(Call::bytes(path, body)).await.text(), without);
    let sent = upstream.post(1).await.json();
    assert_eq!(sent["stream_options"], json!({"zz": 1, "include_usage": true}));

    let body = r#"{"model":"gpt-5","stream_options": { "include_usage" :true},"messages":[{"role":"user","content":"a"}],"stream":true}"#;
    let reply = gateway.send(Call::bytes(path, body)).await;
    assert_eq!((reply.text(), reply.header("x-lynkr-receipt")), (with, None));
    assert_eq!(upstream.post(2).await.text(), body);
    // The counts were read from the tap, in all three.
    let log = gateway.logged(|line| line.contains("answered") && line.contains("\"output_tokens\":3")).await;
    assert!(log.contains("\"input_tokens\":7"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_limit_is_spliced_in_with_a_receipt() {
    let upstream = Scripted::new([Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."))]).await;
    let gateway = Gateway::before(Dialect::Anthropic, &upstream.url()).await;
    let body = r#"  { "model" : "claude-sonnet-4-5","messages":[{"role":"user","content":"a"}]}"#;
    let reply = gateway.send(Call::bytes("/v1/messages", body)).await;
    assert_eq!(reply.header("x-lynkr-receipt"), Some("added=max_tokens(required)"));
    let expected =
        r#"  {"max_tokens":16384, "model" : "claude-sonnet-4-5","messages":[{"role":"user","content":"a"}]}"#;
    assert_eq!(upstream.post(0).await.text(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_ends_with_508() {
    let relay = Scripted::with(|_| Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."))).await;
    // The port of a gateway is known when it listens: the second one's endpoint is a relay that the test plays.
    let last = Gateway::before(Dialect::Anthropic, &relay.url()).await;
    let first = Gateway::before(Dialect::Anthropic, &last.url()).await;
    let ask = dialects::ask(Dialect::Anthropic, "Hello.", false);
    first.post("/v1/messages", &ask).await;
    let sent = relay.post(0).await;
    let hops = sent.header("lynkr-hops").unwrap_or_default().to_owned();
    assert_eq!(hops.split(',').count(), 2, "each gateway adds itself: {hops}");
    for client in dialects::ALL {
        let call = Call::json(dialects::path(client), &dialects::ask(client, "Hello.", false));
        let reply = first.send(call.header("lynkr-hops", &hops)).await;
        let (_, message) = dialects::error(client, &reply.expect(508));
        assert!(message.contains("endpoint leads back here"), "{message}");
        assert_eq!(reply.header("x-should-retry"), Some("false"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_points_at_itself_answers_508() {
    // A free port, given back at once: the gateway must know it before it listens.
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let gateway = Setup::upstream(Dialect::Anthropic, &url).env("PORT", &port.to_string()).start().await;
    for stream in [false, true] {
        let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", stream)).await;
        dialects::error(Dialect::Anthropic, &reply.expect(508));
        assert_eq!(reply.header("x-should-retry"), Some("false"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_mean_something_come_back_and_no_others() {
    let back = [
        ("request-id", "req_of_the_vendor"),
        ("anthropic-ratelimit-requests-remaining", "49"),
        ("anthropic-organization-id", "org"),
        ("x-ratelimit-remaining-tokens", "1000"),
        ("openai-processing-ms", "12"),
    ];
    let kept = [("set-cookie", "a=b"), ("server", "vendor"), ("via", "1.1 vendor"), ("x-internal", "1")];
    let mut whole = Script::json(200, &scripted::whole(Dialect::Anthropic, "Hello."));
    let mut stream = Script::sse(scripted::stream(Dialect::Anthropic, "Hello."));
    for (name, value) in back.iter().chain(&kept) {
        whole = whole.first_header(name, value);
        stream = stream.first_header(name, value);
    }
    let upstream = Scripted::new([whole, stream]).await;
    let gateway = Gateway::before(Dialect::Anthropic, &upstream.url()).await;
    for streamed in [false, true] {
        let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", streamed));
        let reply = gateway.send(call.header("x-request-id", "id-of-the-client")).await;
        for (name, value) in back {
            assert_eq!(reply.header(name), Some(value), "{name}");
        }
        for (name, _) in kept {
            assert_eq!(reply.header(name), None, "{name}");
        }
        assert_eq!(reply.header("x-request-id"), Some("id-of-the-client"));
    }
}
