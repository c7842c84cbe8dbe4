//! What goes, what stays, and that nothing else is touched.

use serde_json::{Value, json};

use super::{Changed, without};

fn check(body: &Value, paths: &[&'static str], expected: &[(&str, Option<Value>)]) {
    let changed = without(body.to_string().as_bytes(), paths);
    let fields: Vec<_> = changed.fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    assert_eq!(fields, expected, "{paths:?}");
    assert_eq!(changed.paths.is_empty(), expected.is_empty(), "{paths:?}");
}

#[test]
fn what_a_path_names_goes() {
    let body = json!({
        "model": "m", "speed": "fast", "output_config": {"effort": "high", "task_budget": 1},
        "tools": [
            {"name": "a", "strict": true},
            {"type": "web_search_20250305", "name": "web_search"},
        ],
        "context_management": {"edits": [{"type": "compact_20260112"}]},
        "messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            {"type": "text", "text": "hi"},
        ]}],
    });
    check(&body, &[], &[]);
    check(&body, &["container", "mcp_servers", "output_config.none", "tools[].none", "x[].y"], &[]);
    check(&body, &["speed"], &[("speed", None)]);
    check(&body, &["output_config.task_budget"], &[("output_config", Some(json!({"effort": "high"})))]);
    check(
        &body,
        &["tools[].strict", "tools[web_search_20250305]"],
        &[("tools", Some(json!([{"name": "a"}])))],
    );
    check(&body, &["context_management.edits[compact_20260112]"], &[("context_management", Some(json!({})))]);
    let messages = json!([{"role": "user", "content": [
        {"type": "image", "source": {"type": "file"}}, {"type": "text", "text": "hi"},
    ]}]);
    check(&body, &["messages[].content[].source.file_id"], &[("messages", Some(messages))]);
}

#[test]
fn a_scope_goes_wherever_a_mark_stands_but_not_from_what_a_tool_takes() {
    let mark = json!({"type": "ephemeral", "scope": "global"});
    let plain = json!({"type": "ephemeral"});
    let body = json!({
        "system": [{"type": "text", "text": "s", "cache_control": mark}],
        "tools": [{"name": "t", "input_schema": {"properties": {"cache_control": {"scope": 1}}}}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": mark}]}],
    });
    check(
        &body,
        &["cache_control.scope"],
        &[
            ("system", Some(json!([{"type": "text", "text": "s", "cache_control": plain}]))),
            (
                "messages",
                Some(
                    json!([{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": plain}]}]),
                ),
            ),
        ],
    );
}

#[test]
fn instructions_in_mid_conversation_are_not_lost() {
    let body = json!({"messages": [
        {"role": "user", "content": "a"},
        {"role": "system", "content": "b"},
        {"role": "system", "content": [{"type": "text", "text": "c"}]},
    ]});
    let wrapped = |text: &str| format!("<system-reminder>\n{text}\n</system-reminder>");
    let messages = json!([
        {"role": "user", "content": "a"},
        {"role": "user", "content": wrapped("b")},
        {"role": "user", "content": [{"type": "text", "text": wrapped("c")}]},
    ]);
    check(&body, &["messages[system]"], &[("messages", Some(messages))]);
}

#[test]
fn what_is_no_object_is_left_to_others() {
    assert_eq!(without(b"[]", &["speed"]), Changed::default());
    assert_eq!(without(b"{", &["speed"]), Changed::default());
}
