//! Limits, pace and broken connections.

use std::time::Duration;

use lynkr_protocol::neutral::{Conversation, Event, StopReason};

use super::{asking, calls, events, reply, text};
use crate::{Options, Step, respond};

#[test]
fn max_tokens_cuts_words_and_leaves_out_calls() {
    let short = reply(&Conversation { max_tokens: Some(3), ..asking("/lynkr echo 0123456789abcdef") });
    assert_eq!(text(&short), "0123456789ab");
    assert_eq!(short.stop.unwrap().reason, StopReason::MaxTokens);
    assert_eq!(short.usage.output, Some(3));
    let inside = reply(&Conversation { max_tokens: Some(1), ..asking("/lynkr echo ééé") });
    assert_eq!(text(&inside), "éé");
    let call = reply(&Conversation { max_tokens: Some(15), ..asking("/lynkr tool") });
    assert!(calls(&call).is_empty());
    assert_eq!(call.stop.unwrap().reason, StopReason::MaxTokens);
    let exact = reply(&Conversation { max_tokens: Some(4), ..asking("/lynkr echo 0123456789abcdef") });
    assert_eq!(exact.stop.unwrap().reason, StopReason::EndTurn);
}

#[test]
fn stop_sequences_end_the_answer() {
    let stop = ["STOP".to_owned(), "o".to_owned(), String::new()].to_vec();
    let answer = reply(&Conversation { stop, ..asking("/lynkr echo hello STOP") });
    assert_eq!(text(&answer), "hell");
    let stop = answer.stop.unwrap();
    assert_eq!((stop.reason, stop.sequence.as_deref()), (StopReason::StopSequence, Some("o")));
}

#[test]
fn pieces_and_pauses() {
    let script = respond(&asking("/lynkr pace 5\n/lynkr chunk 2\n/lynkr echo abcde"), &Options::default());
    let pauses = script.steps.iter().filter(|step| **step == Step::Pause(Duration::from_millis(5))).count();
    let pieces: Vec<String> = events(&script)
        .into_iter()
        .filter_map(|event| match event {
            Event::TextDelta { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(pieces, ["ab", "cd", "e"]);
    assert_eq!(pauses, 3);
}

#[test]
fn a_cut_leaves_no_terminal_event() {
    for most in [0, 3, 1_000] {
        let script = respond(&asking(&format!("/lynkr cut {most}")), &Options::default());
        assert!(script.cut);
        assert!(!events(&script).iter().any(Event::is_terminal));
        assert!(events(&script).len() <= most);
    }
}

#[test]
fn counts_are_marked_as_estimates() {
    let usage = reply(&asking("/lynkr echo abcdefgh")).usage;
    assert!(!usage.estimated);
    assert_eq!(usage.output, Some(2));
    assert!(usage.input.unwrap() > 10);
}
