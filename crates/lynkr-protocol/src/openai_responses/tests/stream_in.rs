//! Upstream streams: whatever a provider repeats or leaves out, the events are the same.

use lynkr_types::FaultKind;
use proptest::prelude::*;
use serde_json::json;

use super::fixtures::fixture;
use super::*;
use crate::neutral::{Block, Proof, StopReason};

const STREAMS: [&str; 2] = [fixture!("tool-turn/stream.sse"), fixture!("reasoning-turn/stream.sse")];

/// The frames of a fixture of which `keep` says so.
fn without(fixture: &str, drop: &[&str]) -> Vec<Value> {
    let keep = |frame: &Value| !drop.contains(&frame["type"].as_str().unwrap());
    frames(fixture).into_iter().filter(keep).collect()
}

fn reply_of(frames: &[Value]) -> Reply {
    let events = events_of(&[stream(frames).as_bytes()]);
    check_contract(&events);
    sum(&events).unwrap()
}

/// What a reader of another dialect sees.
fn seen(reply: &Reply) -> Vec<(String, String)> {
    let said = |block: &Block| match block {
        Block::Text(text) => text.text.clone(),
        Block::Refusal(refusal) => refusal.text.clone(),
        Block::Thinking(thinking) => format!("{} {:?}", thinking.text, thinking.proof),
        Block::ToolUse(call) => format!("{} {:?} {} {}", call.id, call.namespace, call.name, call.arguments),
        other => other.kind().to_owned(),
    };
    reply.blocks.iter().map(|block| (block.kind().to_owned(), said(block))).collect()
}

#[test]
fn a_stream_is_the_reply_in_parts() {
    for (text, whole) in
        STREAMS.into_iter().zip([fixture!("tool-turn/reply.json"), fixture!("reasoning-turn/reply.json")])
    {
        let events = events_of(&[text.as_bytes()]);
        check_contract(&events);
        let streamed = sum(&events).unwrap();
        let whole = OpenAiResponsesCodec.decode_reply(whole.as_bytes()).unwrap();
        assert_eq!(seen(&streamed), seen(&whole));
        assert_eq!((streamed.stop, streamed.usage, streamed.id), (whole.stop, whole.usage, whole.id));
    }
}

#[test]
fn citations_and_ids_come_along() {
    let events = events_of(&[STREAMS[0].as_bytes()]);
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Citation { .. })).count(), 1);
    assert!(events.iter().any(
        |event| matches!(event, Event::Opaque { kind, .. } if kind == "response.web_search_call.searching")
    ));
    let proof = Proof::Item { id: "rs_1".to_owned(), encrypted: Some("c2VjcmV0".to_owned()) };
    assert!(events.contains(&Event::Signature { index: 0, proof }));
}

#[test]
fn providers_that_leave_things_out() {
    let all = seen(&reply_of(&frames(STREAMS[0])));
    let deltas = [
        "response.output_text.delta",
        "response.function_call_arguments.delta",
        "response.custom_tool_call_input.delta",
        "response.reasoning_summary_text.delta",
    ];
    let dones = [
        "response.output_text.done",
        "response.function_call_arguments.done",
        "response.custom_tool_call_input.done",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.content_part.done",
    ];
    let items = [
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.annotation.added",
    ];
    let last = ["response.output_item.done"];
    let starts = ["response.created", "response.in_progress"];
    let cases: Vec<Vec<&str>> = vec![
        deltas.to_vec(),
        dones.to_vec(),
        items.to_vec(),
        last.to_vec(),
        starts.to_vec(),
        [deltas.as_slice(), &dones].concat(),
        [deltas.as_slice(), &dones, &items].concat(),
        [deltas.as_slice(), &dones, &items, &last].concat(),
        [dones.as_slice(), &last].concat(),
    ];
    for drop in cases {
        let mut reply = reply_of(&without(STREAMS[0], &drop));
        // An item that nobody announces can only come at the end.
        reply.blocks.sort_by_key(|block| block.kind() != "thinking");
        let mut got = seen(&reply);
        let mut expected = all.clone();
        got.sort();
        expected.sort();
        assert_eq!(got, expected, "without {drop:?}");
        assert_eq!(reply.stop, Some(StopReason::ToolUse.into()));
    }
}

#[test]
fn deltas_alone_are_enough_for_words_and_calls() {
    // Neither the items' ends nor the final list: only what grew is known.
    let mut list = without(STREAMS[0], &["response.output_item.done"]);
    let end = list.last_mut().unwrap();
    end["response"].as_object_mut().unwrap().remove("output");
    let reply = reply_of(&list);
    let kinds: Vec<&str> = reply.blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use", "tool_use", "tool_use"]);
    let Block::ToolUse(call) = &reply.blocks[2] else { panic!("a call") };
    assert_eq!(call.arguments, "{\"cmd\":\"ls\"}");
}

#[test]
fn ids_that_change_and_places_that_are_wrong() {
    let all = seen(&reply_of(&frames(STREAMS[0])));
    // A new id at each mention.
    let mut count = 0;
    let mut rotated = frames(STREAMS[0]);
    for frame in &mut rotated {
        count += 1;
        let keep = frame["item"]["type"] == "reasoning" || frame["item"]["type"] == "web_search_call";
        if let Some(id) = frame.get_mut("item_id") {
            *id = json!(format!("x{count}"));
        }
        if let Some(id) = frame.pointer_mut("/item/id").filter(|_| !keep) {
            *id = json!(format!("y{count}"));
        }
    }
    assert_eq!(seen(&reply_of(&rotated)), all);
    // No places at all.
    let mut unplaced = frames(STREAMS[0]);
    for frame in &mut unplaced {
        frame.as_object_mut().unwrap().remove("output_index");
    }
    assert_eq!(seen(&reply_of(&unplaced)), all);
}

#[test]
fn a_call_whose_name_comes_late_waits_for_it() {
    let reply = reply_of(&[
        json!({"type": "response.created", "response": {"id": "resp_1"}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "function_call", "id": "fc", "arguments": ""}}),
        json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{\"a\""}),
        json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": ":1}"}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "function_call", "id": "fc", "name": "f", "arguments": "{\"a\":1}"}}),
        json!({"type": "response.completed", "response": {"id": "resp_1", "output": []}}),
    ]);
    let [Block::ToolUse(call)] = reply.blocks.as_slice() else { panic!("one call") };
    assert_eq!((call.id.as_str(), call.name.as_str(), call.arguments.as_str()), ("fc", "f", "{\"a\":1}"));
}

#[test]
fn arguments_in_the_announcement_are_not_doubled() {
    let added = json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{\"a\":1}"}});
    let delta =
        json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{\"a\":1}"});
    let end = json!({"type": "response.completed", "response": {"id": "resp_1"}});
    for list in [vec![added.clone(), end.clone()], vec![added, delta, end]] {
        let reply = reply_of(&list);
        let [Block::ToolUse(call)] = reply.blocks.as_slice() else { panic!("one call") };
        assert_eq!(call.arguments, "{\"a\":1}");
    }
}

#[test]
fn failures() {
    let created = json!({"type": "response.created", "response": {"id": "resp_1"}});
    let failed = json!({"type": "response.failed", "response": {"status": "failed", "error": {"code": "rate_limit_exceeded", "message": "slow"}}});
    let flat = json!({"type": "error", "code": "server_error", "message": "oh", "param": null});
    let nested = json!({"type": "error", "error": {"type": "invalid_request_error", "code": "context_length_exceeded", "message": "long", "param": "input"}});
    let bare = json!({"error": {"message": "key", "code": "invalid_api_key"}});
    let cases = [
        (failed, FaultKind::RateLimit, "slow"),
        (flat, FaultKind::Internal, "oh"),
        (nested, FaultKind::InvalidRequest, "long"),
        (bare, FaultKind::Authentication, "key"),
    ];
    for (frame, kind, message) in cases {
        for list in [vec![frame.clone()], vec![created.clone(), frame.clone(), created.clone()]] {
            let events = events_of(&[stream(&list).as_bytes()]);
            let Some(Event::Error(error)) = events.last() else { panic!("an error: {events:?}") };
            assert_eq!((error.kind, error.message.as_str()), (kind, message));
            assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
        }
    }
}

#[test]
fn a_stream_that_stops_short_is_an_error() {
    for text in STREAMS {
        for end in ["event: response.completed", "event: response.incomplete"] {
            let Some(cut) = text.find(end) else { continue };
            let events = events_of(&[&text.as_bytes()[..cut]]);
            check_contract(&events);
            assert!(
                matches!(events.last(), Some(Event::Error(error)) if error.kind == FaultKind::BadGateway)
            );
        }
    }
    assert!(matches!(events_of(&[b""]).as_slice(), [Event::Error(_)]));
    assert!(matches!(events_of(&[b"data: [DONE]\n\n"]).as_slice(), [Event::Error(_)]));
}

#[test]
fn a_broken_frame_says_what_was_expected() {
    let cases = [
        ("{\"type\":", "expected a Responses event"),
        ("[]", "expected a Responses event"),
        ("{\"type\":\"response.output_item.added\"}", "item: is required"),
        ("{\"type\":\"response.completed\"}", "response: is required"),
        (
            "{\"type\":\"response.output_item.added\",\"item\":{\"type\":\"function_call\",\"name\":7}}",
            "expected a string",
        ),
    ];
    for (frame, part) in cases {
        let mut decoder = OpenAiResponsesCodec.event_decoder();
        let error = decoder.push(format!("data: {frame}\n\n").as_bytes(), &mut Vec::new()).unwrap_err();
        assert!(error.message.contains(part), "{frame}: {error}");
    }
}

#[test]
fn signs_of_life_are_pings() {
    let events = events_of(&[b": ping\n\ndata: {\"type\":\"keepalive\"}\n\n"]);
    assert_eq!(events.first(), Some(&Event::Ping));
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(cuts in proptest::collection::vec(0usize..9_000, 0..8), which in 0usize..2) {
        let bytes = STREAMS[which].as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.push(bytes.len());
        cuts.sort_unstable();
        let mut from = 0;
        let mut pieces = Vec::new();
        for cut in cuts {
            pieces.push(&bytes[from..cut]);
            from = cut;
        }
        prop_assert_eq!(events_of(&pieces), events_of(&[bytes]));
    }

    #[test]
    fn any_missing_frame_leaves_the_order_whole(missing in proptest::collection::vec(0usize..40, 0..6), which in 0usize..2) {
        let list: Vec<Value> = frames(STREAMS[which])
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !missing.contains(at))
            .map(|(_, frame)| frame)
            .collect();
        check_contract(&events_of(&[stream(&list).as_bytes()]));
    }
}
