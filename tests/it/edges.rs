//! What lies between the gateway and those it talks to: TLS, compression, a company's proxy.

use lynkr_testkit::{Dialect, Script, SelfSigned};
use serde_json::json;

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::Scripted;

/// Two gateways in a row: the first serves HTTPS, the second reaches it over HTTP/2 as a vendor's host.
#[tokio::test(flavor = "multi_thread")]
async fn https_is_served_with_a_certificate() {
    let identity = SelfSigned::of("localhost").expect("a certificate can be made");
    let setup = Setup::builtin();
    let (certificate, key) = (setup.project().join("cert.pem"), setup.project().join("key.pem"));
    let setup = setup.project_file("cert.pem", &identity.certificate).project_file("key.pem", &identity.key);
    let setup = setup.env("LYNKR_TLS_CERT", &certificate.display().to_string());
    let secure = setup.env("LYNKR_TLS_KEY", &key.display().to_string()).start().await;
    assert!(secure.log().contains("listening on https://"), "{}", secure.log());
    let endpoint = format!("https://localhost:{}", secure.address().port());
    let before = Setup::upstream(Dialect::Anthropic, &endpoint)
        .env("SSL_CERT_FILE", &certificate.display().to_string())
        .start()
        .await;
    for stream in [false, true] {
        let ask = dialects::ask(Dialect::Anthropic, "Hello.", stream);
        let reply = before.post("/v1/messages", &ask).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(reply.text().contains("no model is configured"), "{}", reply.text());
    }
    // Who doesn't speak TLS gets nothing, and nothing breaks.
    let plain = tokio::net::TcpStream::connect(secure.address()).await.expect("it listens");
    drop(plain);
    before.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_that_can_t_be_used_is_told_by_its_setting() {
    let identity = SelfSigned::of("localhost").expect("a certificate can be made");
    let setup = || Setup::builtin().project_file("cert.pem", &identity.certificate);
    let path = |setup: &Setup, name: &str| setup.project().join(name).display().to_string();
    for (cert, key, wrong) in [
        (Some("cert.pem"), None, "LYNKR_TLS_KEY"),
        (None, Some("cert.pem"), "LYNKR_TLS_CERT"),
        (Some("cert.pem"), Some("cert.pem"), "LYNKR_TLS_KEY"),
        (Some("nowhere.pem"), Some("cert.pem"), "LYNKR_TLS_CERT"),
    ] {
        let mut setup = setup();
        for (env, name) in [("LYNKR_TLS_CERT", cert), ("LYNKR_TLS_KEY", key)] {
            if let Some(name) = name {
                let path = path(&setup, name);
                setup = setup.env(env, &path);
            }
        }
        let finished = setup.run().await;
        assert_eq!(finished.code, Some(1), "{}", finished.stderr);
        assert!(finished.stderr.contains(&format!("  {wrong}: ")), "{wrong}: {}", finished.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_answers_are_compressed_for_those_who_ask_and_streams_never() {
    let gateway = Gateway::builtin().await;
    let plain = gateway.get("/openapi.json").await;
    assert_eq!(plain.header("content-encoding"), None);
    let asking = |target: &str| Call::get(target).header("accept-encoding", "gzip");
    let small = gateway.send(asking("/health")).await;
    assert_eq!(small.header("content-encoding"), None, "not worth it");
    let packed = gateway.send(asking("/openapi.json")).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("accept-encoding")));
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len() / 4);
    for client in dialects::ALL {
        let call = Call::json(dialects::path(client), &dialects::ask(client, "Hello.", true));
        let stream = gateway.send(call.header("accept-encoding", "gzip")).await;
        assert_eq!((stream.status, stream.header("content-encoding")), (200, None), "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_s_proxy_is_used_and_this_machine_is_reached_without() {
    let answer = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Well."}], "usage": {"input_tokens": 7, "output_tokens": 3},
    });
    let proxy = Scripted::with(move |_| Script::json(200, &answer)).await;
    let ask = dialects::ask(Dialect::Anthropic, "Hello.", false);
    let through = Setup::upstream(Dialect::Anthropic, "http://model.example")
        .env("http_proxy", &proxy.url())
        .start()
        .await;
    through.post("/v1/messages", &ask).await.expect(200);
    assert_eq!(proxy.post(0).await.header("host"), Some("model.example"));
    // The upstream is on this machine, and the proxy would refuse the connection.
    let direct = Setup::upstream(Dialect::Anthropic, &proxy.url())
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9")
        .start()
        .await;
    direct.post("/v1/messages", &ask).await.expect(200);
    // What a project says about proxies isn't heard.
    let project = Setup::upstream(Dialect::Anthropic, "http://model.invalid")
        .env("API_RETRY_MAX_RETRIES", "0")
        .project_file(".env", &format!("HTTP_PROXY={0}\nhttp_proxy={0}\n", proxy.url()))
        .start()
        .await;
    project.post("/v1/messages", &ask).await.expect(502);
    assert_eq!(proxy.posts().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_is_not_there() {
    let off = Setup::builtin().env("METRICS_ENABLED", "false").env("HEALTH_CHECK_ENABLED", "false");
    let gateway = off.env("REQUEST_LOGGING_ENABLED", "false").start().await;
    for path in ["/metrics", "/metrics/prometheus", "/health/live", "/health/ready"] {
        gateway.get(path).await.expect(404);
    }
    gateway.get("/health").await.expect(200);
    gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false)).await.expect(200);
    gateway.signal("TERM");
    let (code, text) = gateway.ended().await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("stopping") && !text.contains("answered"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_files_are_written_as_json_with_a_level_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("logs/gateway.log").display().to_string();
    let setup = Setup::builtin().env("LOG_FILE_ENABLED", "true").env("LOG_FILE_PATH", &path);
    let gateway = setup.env("LOG_LEVEL", "error").start().await;
    let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", false));
    gateway
        .send(call.header("x-request-id", "this-one").header("x-api-key", "hush-hush-hush"))
        .await
        .expect(200);
    gateway.signal("TERM");
    let (code, _) = gateway.ended().await;
    assert_eq!(code, Some(0));
    let files: Vec<_> = std::fs::read_dir(folder.path().join("logs")).expect("a folder").flatten().collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let name = file.file_name().into_string().expect("a name");
    assert!(
        name.starts_with("gateway.2") && file.path().extension().is_some_and(|kind| kind == "log"),
        "{name}"
    );
    let text = std::fs::read_to_string(file.path()).expect("a text");
    assert!(!text.contains("hush"), "{text}");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of_request = |message: &str| {
        lines.iter().any(|line| line["message"] == message && line["request_id"] == "this-one")
    };
    assert!(of_request("answered") && of_request("handled"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_log_files_are_kept() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).expect("a folder in it");
    for day in 1..=6 {
        std::fs::write(logs.join(format!("gateway.2026-01-0{day}.log")), "old\n").expect("a file");
        // Which is the oldest is told by the times of the files.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    std::fs::write(logs.join("mine.txt"), "not a log\n").expect("a file");
    let path = logs.join("gateway.log").display().to_string();
    let setup = Setup::builtin().env("LOG_FILE_ENABLED", "true").env("LOG_FILE_PATH", &path);
    let setup = setup.env("LOG_FILE_MAX_FILES", "3").env("LOG_FILE_FREQUENCY", "hourly");
    let gateway = setup.start().await;
    gateway.get("/health/live").await.expect(200);
    let names = std::fs::read_dir(&logs).expect("a folder").flatten();
    let mut names: Vec<String> = names.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names.len(), 4, "three logs, and what is no log: {names:?}");
    assert!(names.iter().any(|name| name == "mine.txt"), "{names:?}");
    assert!(!names.iter().any(|name| name == "gateway.2026-01-01.log"), "the oldest go first: {names:?}");
    let of_this_hour = |name: &String| name.starts_with("gateway.2") && name.matches('-').count() == 3;
    assert_eq!(names.iter().filter(|name| of_this_hour(name)).count(), 1, "{names:?}");
}
