//! Scenarios that drive a client through tool round trips.

use lynkr_protocol::neutral::{Block, Conversation, Extra, Image, Media, StopReason};
use serde_json::json;

use super::{after, asking, calls, events, reply_with, text, tool, with_scenario};
use crate::summary::SENTENCE;
use crate::{Options, respond};

const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/scenario.json"));

#[test]
fn the_example_goes_round() {
    let options = with_scenario(EXAMPLE);
    let mut conversation = asking("go");
    let first = reply_with(&conversation, &options);
    assert_eq!(calls(&first)[0].name, "Bash");
    assert!(calls(&first)[0].arguments.contains("\"command\":\"echo scenario-one\""));
    conversation = after(conversation, &first, &["scenario-one"]);
    let second = reply_with(&conversation, &options);
    assert_eq!(text(&second), "It said: scenario-one. Now two at once.");
    assert_eq!(calls(&second).len(), 2);
    conversation = after(conversation, &second, &["two", "three"]);
    let third = reply_with(&conversation, &options);
    assert_eq!(text(&third), "All 3 results:\nscenario-one\ntwo\nthree");
    assert_eq!((third.usage.cache_read, third.usage.estimated), (Some(900), false));
    assert_eq!(third.stop.unwrap().reason, StopReason::EndTurn);
}

#[test]
fn the_example_fits_other_clients_tools() {
    let options = with_scenario(EXAMPLE);
    let schema = json!({"type": "object", "required": ["cmd"], "properties": {"cmd": {"type": "string"}}});
    let codex = Conversation { tools: vec![tool("exec_command", &schema)], ..asking("go") };
    assert_eq!(calls(&reply_with(&codex, &options))[0].arguments, "{\"cmd\":\"echo scenario-one\"}");
    let schema =
        json!({"type": "object", "properties": {"command": {"type": "array", "items": {"type": "string"}}}});
    let list = Conversation { tools: vec![tool("shell", &schema)], ..asking("go") };
    assert_eq!(
        calls(&reply_with(&list, &options))[0].arguments,
        "{\"command\":[\"bash\",\"-lc\",\"echo scenario-one\"]}"
    );
    let nothing = Conversation { tools: vec![], ..asking("go") };
    assert!(text(&reply_with(&nothing, &options)).starts_with("This request offers no tools"));
    let unknown = Conversation { tools: vec![tool("Other", &json!({}))], ..asking("go") };
    assert_eq!(respond(&unknown, &options).fault.unwrap().status, 400);
}

#[test]
fn a_step_fails_as_often_as_it_says() {
    let options = with_scenario(EXAMPLE);
    let conversation = asking("please fail once");
    let fault = respond(&conversation, &options).fault.unwrap();
    assert_eq!((fault.status, fault.retry_after.unwrap().as_secs()), (429, 1));
    assert_eq!(text(&reply_with(&conversation, &options)), "It works now.");
    assert!(
        respond(&asking("also fail once"), &options).fault.is_some(),
        "another request has its own count"
    );
}

#[test]
fn errors_and_cuts_in_mid_stream() {
    let scenario = r#"{"name":"n","steps":[
        {"when":{"contains":"error"},"reply":{"text":"abc","chunk_chars":1,"error":{"status":529,"message":"full","after_events":3}}},
        {"when":{"contains":"cut once"},"reply":{"text":"abc","cut_after_events":2,"cut_times":1}},
        {"when":{"contains":"cut"},"reply":{"text":"abc","cut_after_events":2}},
        {"when":{"contains":"panic"},"reply":{"text":"abc","panic_after_events":2}},
        {"when":{"contains":"raw"},"reply":{"tool_calls":[{"tool":"Bash","raw_arguments":"{\"a"}],"stop":"max_tokens"}}]}"#;
    let options = with_scenario(scenario);
    let script = respond(&asking("error"), &options);
    assert_eq!(events(&script).len(), 4);
    assert!(events(&script).last().unwrap().is_terminal());
    let script = respond(&asking("cut"), &options);
    assert_eq!((events(&script).len(), script.cut), (2, true));
    assert!(respond(&asking("cut"), &options).cut, "without a number it is cut every time");
    assert!(respond(&asking("cut once"), &options).cut);
    assert_eq!(text(&reply_with(&asking("cut once"), &options)), "abc");
    let script = respond(&asking("panic"), &options);
    assert_eq!((events(&script).len(), script.panics), (2, true));
    assert!(!respond(&asking("/lynkr panic 2"), &Options::default()).panics, "a message can't ask for it");
    let raw = reply_with(&asking("raw"), &options);
    assert_eq!(calls(&raw)[0].arguments, "{\"a");
    assert_eq!(raw.stop.unwrap().reason, StopReason::MaxTokens);
}

#[test]
fn placeholders_reach_into_arguments() {
    let scenario = r#"{"name":"n","steps":[{"when":{"tool_results_below":1},"reply":{"tool_calls":[
        {"tool":"Bash","arguments":{"command":"{{last_user_text}}","list":["{{tool_result_count}}",1]}}]}}]}"#;
    let options = with_scenario(scenario);
    let conversation = asking("hello");
    let first = reply_with(&conversation, &options);
    assert_eq!(calls(&first)[0].arguments, r#"{"command":"hello","list":["0",1]}"#);
    // No step fits any more, so the responder is itself again.
    let last = reply_with(&after(conversation, &first, &["done"]), &options);
    assert!(text(&last).starts_with(SENTENCE));
}

#[test]
fn a_step_can_wait_for_what_a_tool_said_and_tell_what_pictures_came() {
    let options = with_scenario(
        r#"{"name":"n","steps":[
            {"when":{"tool_results":0},"reply":{"tool_calls":[{"tool":"Bash","command":"x"}]}},
            {"when":{"result_contains":"MARK"},"reply":{"text":"saw [{{images}}]"}}]}"#,
    );
    let first = reply_with(&asking("go"), &options);
    let unmarked = after(asking("go"), &first, &["nothing"]);
    assert!(text(&reply_with(&unmarked, &options)).starts_with(SENTENCE));
    let mut marked = after(asking("go"), &first, &["has the MARK"]);
    let source = Media::Base64 { media_type: "image/png".to_owned(), data: "QUJD".to_owned() };
    let picture = Block::Image(Image { source, detail: None, cache: None, extra: Extra::NONE });
    marked.turns[0].blocks.push(picture);
    assert_eq!(text(&reply_with(&marked, &options)), "saw [image/png:3]");
}
