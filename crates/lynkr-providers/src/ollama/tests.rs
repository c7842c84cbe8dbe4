//! Which models can call tools, and how `keep_alive` is read.

use super::{KeepAlive, known_tool_capable, reports_tools, tool_capable};

#[test]
fn tool_capable_models() {
    let extra = ["my-model".to_owned(), "team/Special".to_owned(), "qwen2.5-coder:32b".to_owned()];
    for (model, expected) in [
        ("llama3.1:8b", true),
        ("qwen3", true),
        ("library/qwen3:4b", true),
        ("hf.co/someone/Qwen3-GGUF", true),
        ("gpt-oss:20b", true),
        ("mistral-nemo", true),
        ("qwen2.5:7b", true),
        ("qwen2.5-coder:7b", false),
        ("qwen2.5-coder:32b", true),
        ("llama2", false),
        ("gemma3", false),
        ("my-model:latest", true),
        ("team/special:1", true),
        ("other/special:1", false),
        ("", false),
    ] {
        assert_eq!(tool_capable(model, &extra), expected, "{model}");
    }
    assert!(!tool_capable("qwen2.5-coder:32b", &[]));
}

#[test]
fn keep_alive_keeps_its_type() {
    assert_eq!(KeepAlive::parse("-1"), KeepAlive::Seconds(-1));
    assert_eq!(KeepAlive::parse("300"), KeepAlive::Seconds(300));
    assert_eq!(KeepAlive::parse("5m"), KeepAlive::Text("5m".to_owned()));
}

#[test]
fn a_name_that_no_list_has_leaves_it_to_the_server() {
    assert_eq!(known_tool_capable("devstral", &[]), None);
    assert_eq!(known_tool_capable("qwen2.5-coder", &[]), Some(false));
    assert_eq!(reports_tools(br#"{"capabilities":["completion","tools"]}"#), Some(true));
    assert_eq!(reports_tools(br#"{"capabilities":["completion"]}"#), Some(false));
    for silent in ["", "[]", "{}", r#"{"capabilities":"tools"}"#, r#"{"error":"model not found"}"#] {
        assert_eq!(reports_tools(silent.as_bytes()), None, "{silent}");
    }
}
