//! Nothing that a log could give away is in it: no key, no text of a conversation, at any level.

use lynkr_testkit::{Dialect, Fault, FaultKind, ModelScript};

use crate::dialects::{self, Talk};
use crate::gateway::Setup;
use crate::http::Call;

const SECRETS: [&str; 6] = [
    "WORDS_OF_THE_USER",
    "WORDS_OF_THE_SYSTEM",
    "WORDS_OF_THE_MODEL",
    "key-of-the-client",
    dialects::UPSTREAM_KEY,
    "gateway-key-of-this-test",
];

#[track_caller]
fn check(log: &str, place: &str) {
    for secret in SECRETS {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{place}: {secret} is in the log: {line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_and_no_text_is_in_the_log_at_any_level() {
    for level in ["debug", "trace"] {
        let model = ModelScript::new().steps(0).chunk(64).text("WORDS_OF_THE_MODEL").start().await.unwrap();
        for upstream in dialects::ALL {
            let setup = Setup::upstream(upstream, &model.url()).env("LOG_LEVEL", level);
            let gateway = setup.env("LYNKR_API_KEYS", "gateway-key-of-this-test").start().await;
            for client in dialects::ALL {
                for stream in [false, true] {
                    let talk =
                        Talk::new(client, "WORDS_OF_THE_USER", stream).system("WORDS_OF_THE_SYSTEM").tools();
                    let call = talk.call().header("x-api-key", "gateway-key-of-this-test");
                    let reply = gateway.send(call.header("authorization", "Bearer key-of-the-client")).await;
                    assert!(reply.text().contains("WORDS_OF_THE_MODEL"), "{}", reply.text());
                }
            }
            // The last one's account is written after its last byte.
            gateway
                .logged(|line| {
                    line.contains("\"surface\":\"ollama\"")
                        && line.contains("\"stream\":true")
                        && line.contains("answered")
                })
                .await;
            check(&gateway.log(), &format!("{upstream:?} at {level}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_keep_silent_as_well() {
    let kinds = [
        FaultKind::Status { code: 401, retry_after: None },
        FaultKind::OkErrorBody,
        FaultKind::ErrorEvent { events: 2 },
        FaultKind::Truncate { events: 3 },
    ];
    for kind in kinds {
        let script = ModelScript::new().steps(0).chunk(64).text("WORDS_OF_THE_MODEL and more of them");
        let model = script.fault(Fault::always(kind.clone())).start().await.unwrap();
        for upstream in [Dialect::Anthropic, Dialect::Chat] {
            let setup = Setup::upstream(upstream, &model.url()).env("LOG_LEVEL", "trace");
            let gateway = setup.env("API_RETRY_MAX_RETRIES", "1").start().await;
            let talk = Talk::new(Dialect::Anthropic, "WORDS_OF_THE_USER", true).system("WORDS_OF_THE_SYSTEM");
            gateway.send(talk.call().header("x-api-key", "key-of-the-client")).await;
            let broken =
                Call::bytes("/v1/messages", "{\"messages\": [\"WORDS_OF_THE_USER\", WORDS_OF_THE_USER");
            gateway.send(broken.header("x-api-key", "key-of-the-client")).await;
            let wrong =
                Call::bytes("/v1/messages?key=key-of-the-client", "{\"messages\": \"WORDS_OF_THE_USER\"}");
            let reply = gateway.send(wrong).await;
            let id = reply.header("x-request-id").unwrap_or_default().to_owned();
            gateway.logged(|line| line.contains(&id) && line.contains("refused")).await;
            check(&gateway.log(), &format!("{kind:?} of {upstream:?}"));
        }
    }
}
