//! Sizes and shapes of the generated requests.

use super::{Body, Mode, Size};
use serde_json::Value;
use std::collections::HashSet;

#[track_caller]
fn parsed(size: Size, mode: Mode) -> (usize, Value) {
    let bytes = Body::new(size, mode).next();
    (bytes.len(), serde_json::from_slice(&bytes).expect("valid JSON"))
}

#[test]
fn sizes_are_as_announced() {
    let (length, body) = parsed(Size::Small, Mode::Whole);
    assert!((1_500..1_700).contains(&length), "{length}");
    assert_eq!(body["stream"], false);
    let (length, body) = parsed(Size::Large, Mode::Stream);
    assert!((90_000..94_000).contains(&length), "{length}");
    assert_eq!(body["stream"], true);
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(61));
    assert_eq!(body["tools"].as_array().map(Vec::len), Some(20));
    let (length, _) = parsed(Size::Longer, Mode::Whole);
    assert!((195_000..205_000).contains(&length), "{length}");
    let (length, _) = parsed(Size::Huge, Mode::Whole);
    assert!((950_000..1_050_000).contains(&length), "{length}");
}

#[test]
fn no_two_requests_are_alike_but_all_are_as_long() {
    let body = Body::new(Size::Large, Mode::Whole);
    let requests: HashSet<_> = (0..50).map(|_| body.next()).collect();
    assert_eq!(requests.len(), 50);
    assert_eq!(requests.iter().map(bytes::Bytes::len).collect::<HashSet<_>>().len(), 1);
}

#[test]
fn every_tool_result_answers_the_call_before_it() {
    let (_, body) = parsed(Size::Large, Mode::Whole);
    let mut called = String::new();
    let mut results = 0;
    for message in body["messages"].as_array().expect("messages") {
        for block in message["content"].as_array().into_iter().flatten() {
            match block["type"].as_str() {
                Some("tool_use") => block["id"].as_str().expect("id").clone_into(&mut called),
                Some("tool_result") => {
                    assert_eq!(block["tool_use_id"], called.as_str());
                    results += 1;
                }
                _ => {}
            }
        }
    }
    assert_eq!(results, 30);
}
