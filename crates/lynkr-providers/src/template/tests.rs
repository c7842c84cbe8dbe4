//! Models in paths.

use super::{Named, fill, read};

const DEPLOYMENT: &str = "/openai/deployments/{model}/chat/completions?api-version=1";

#[test]
fn what_a_path_says() {
    for (path, expected) in [
        ("/openai/deployments/gpt-4o/chat/completions", Some(("", "gpt-4o"))),
        ("/a/b/openai/deployments/my.model_1/chat/completions", Some(("/a/b", "my.model_1"))),
        ("/openai/deployments/gpt-4o", Some(("", "gpt-4o"))),
        ("/openai/deployments/", None),
        ("/openai/deployments//chat/completions", None),
        ("/openai/deployments/gpt-4o/responses", None),
        ("/openai/deployments/gpt%2F4o", None),
        ("/openai", None),
        ("", None),
    ] {
        assert_eq!(read(DEPLOYMENT, path), expected.map(|(root, model)| Named { root, model }), "{path}");
    }
    assert_eq!(read("/v1/messages", "/v1/messages"), None);
    const METHOD: &str = "/models/{model}:generateContent?alt=sse";
    for (path, expected) in [
        ("/v1beta/models/gemini-2.5-pro:generateContent", Some(("/v1beta", "gemini-2.5-pro"))),
        ("/v1beta/models/gemini-2.5-pro:streamGenerateContent", Some(("/v1beta", "gemini-2.5-pro"))),
        ("/v1beta/models/claude@20250929", Some(("/v1beta", "claude@20250929"))),
        ("/v1beta/models/a/b:generateContent", None),
        ("/v1beta/models/a:generateContent/b", None),
        ("/v1beta/models/:generateContent", None),
        ("/v1beta/models", None),
    ] {
        assert_eq!(read(METHOD, path), expected.map(|(root, model)| Named { root, model }), "{path}");
    }
}

#[test]
fn a_model_is_one_segment_whatever_it_holds() {
    for (model, expected) in [
        ("gpt-4.1_x", "gpt-4.1_x"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        ("a?b#c d", "a%3Fb%23c%20d"),
        ("claude@20250929", "claude@20250929"),
        ("claude[1m]", "claude%5B1m%5D"),
        ("\u{e9}", "%C3%A9"),
        ("{model}", "%7Bmodel%7D"),
    ] {
        assert_eq!(fill("https://h/x/{model}/y", model), format!("https://h/x/{expected}/y"));
    }
    assert_eq!(fill("https://h/x", "m"), "https://h/x");
}
