//! What is remembered of a session, whose session it is, and how many there can be.

use bytes::Bytes;
use lynkr_config::{Inputs, load};
use lynkr_protocol::{Dialect, codec};
use lynkr_providers::{Upstream, provider_named, settings_tables};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

struct Bench {
    upstream: Upstream,
    sessions: Arc<Sessions>,
}

impl Bench {
    fn new() -> Self {
        let values = load(&settings_tables(), &Inputs::default()).values;
        let upstream = Upstream::from_values(provider_named("ollama").unwrap(), &values).unwrap();
        Self { upstream, sessions: Arc::default() }
    }

    fn routed(&self, model: &str) -> Routed<'_> {
        let (dialect, upstream) = (Dialect::Ollama, &self.upstream);
        Routed { upstream, model: model.to_owned(), dialect, tools: true, verbatim: false }
    }

    fn expect(&self, headers: &[(&str, &str)], body: &Value, model: &str) -> Thought {
        let (conversation, routed) = (decoded(body), self.routed(model));
        let expected = self.sessions.expect(&ingress(headers), conversation.clone(), &routed);
        let estimate = estimate::input_tokens(&conversation, &routed.model);
        Thought { shown: expected.shown(), estimate, expected }
    }
}

/// What is thought of a request.
struct Thought {
    expected: Expected,
    /// What the client is told.
    shown: u64,
    /// What the request alone lets think.
    estimate: u64,
}

impl Thought {
    /// The provider has measured it.
    fn measured(&self, input: u64) {
        let usage = Usage { input: Some(input), cache_read: Some(0), ..Usage::default() };
        Recall::new(self.expected.clone()).tell(&usage);
    }
}

fn ingress(headers: &[(&str, &str)]) -> Ingress {
    Ingress::sample(Dialect::Anthropic, headers, Bytes::new())
}

fn decoded(body: &Value) -> Conversation {
    codec(Dialect::Anthropic).decode_request(body.to_string().as_bytes()).unwrap()
}

fn turns(first: &str, more: &[&str]) -> Value {
    let mut messages = vec![json!({"role": "user", "content": first})];
    for text in more {
        messages.push(json!({"role": "assistant", "content": "Yes."}));
        messages.push(json!({"role": "user", "content": text}));
    }
    json!({"model": "m", "max_tokens": 9, "messages": messages})
}

#[test]
fn the_next_turn_is_what_was_measured_and_what_came_since() {
    let bench = Bench::new();
    let first = bench.expect(&[], &turns("hello there", &[]), "m");
    assert_eq!(first.shown, first.estimate);
    first.measured(5_000);
    let second = bench.expect(&[], &turns("hello there", &["and now?"]), "m");
    assert_eq!(second.shown, 5_000 + second.estimate - first.estimate);
    second.measured(5_013);
    // Summed up: the same beginning, fewer turns.
    let third = bench.expect(&[], &turns("hello there", &[]), "m");
    let bytes = |thought: &Thought| thought.expected.0.extent.bytes as u64;
    assert_eq!(third.shown, 5_013 * bytes(&third) / bytes(&second));
    // What measures nothing changes nothing.
    Recall::new(third.expected.clone()).tell(&Usage::default());
    third.measured(0);
    assert_eq!(bench.expect(&[], &turns("hello there", &["and now?"]), "m").shown, 5_013);
}

#[test]
fn what_came_since_is_estimated_as_the_whole_would_be() {
    let bench = Bench::new();
    let mut grown = turns("hello there", &["and now?"]);
    let mut last = bench.expect(&[], &grown, "m");
    last.measured(5_000);
    assert_eq!(bench.expect(&[], &grown, "m").shown, 5_000);
    for content in ["a longer question, with more words in it", "short", ""] {
        grown["messages"].as_array_mut().unwrap().push(json!({"role": "user", "content": content}));
        let expected = bench.expect(&[], &grown, "m");
        assert_eq!(expected.shown - 5_000, expected.estimate - last.estimate, "{content}");
        expected.measured(5_000);
        last = expected;
    }
    // What is changed before, and tools that are new, are seen by their length.
    for (place, value) in [
        ("/messages/1/content", json!("No, and here is why that is so, in more words.")),
        ("/tools", json!([{"name": "f", "description": "finds", "input_schema": {"type": "object"}}])),
    ] {
        grown["tools"] = json!([]);
        *grown.pointer_mut(place).unwrap() = value;
        assert!(bench.expect(&[], &grown, "m").shown > 5_000, "{place}");
    }
}

#[test]
fn a_long_conversation_isn_t_kept_and_a_short_one_until_it_is_asked_for() {
    let bench = Bench::new();
    for (words, kept) in [("short", true), (&"long ".repeat(4_000), false)] {
        let (conversation, routed) = (decoded(&turns(words, &[])), bench.routed("m"));
        let estimate = estimate::input_tokens(&conversation, "m");
        let expected = bench.sessions.expect(&ingress(&[]), conversation, &routed);
        assert_eq!(expected.0.sent.lock().unwrap().is_some(), kept);
        assert_eq!((expected.shown(), expected.shown()), (estimate, estimate));
        assert!(expected.0.sent.lock().unwrap().is_none());
    }
}

#[test]
fn sessions_are_apart() {
    let bench = Bench::new();
    let body = turns("hello there", &[]);
    bench.expect(&[("x-session-id", "a")], &body, "m").measured(5_000);
    let shown =
        |headers: &[(&str, &str)], body: &Value, model: &str| bench.expect(headers, body, model).shown;
    assert_eq!(shown(&[("x-session-id", "a")], &body, "m"), 5_000);
    let strangers = [
        shown(&[("x-session-id", "b")], &body, "m"),
        shown(&[], &body, "m"),
        shown(&[("x-session-id", "a"), ("x-api-key", "other")], &body, "m"),
        shown(&[("x-session-id", "a")], &body, "n"),
        shown(&[("x-session-id", "a")], &turns("name this talk", &[]), "m"),
    ];
    assert!(strangers.iter().all(|shown| *shown < 100), "{strangers:?}");
}

#[test]
fn a_session_is_named_by_header_field_or_user() {
    let conversation = |more: Value| {
        let mut body = turns("hi", &[]);
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let cases: [(&[(&str, &str)], Value); 6] = [
        (&[("session_id", "s")], json!({})),
        (&[("x-claude-code-session-id", "s")], json!({})),
        (&[], json!({"session_id": "s"})),
        (&[], json!({"conversation_id": "s"})),
        (&[], json!({"prompt_cache_key": "s"})),
        (&[], json!({"metadata": {"user_id": "user_1_session_s"}})),
    ];
    for (headers, more) in cases {
        let bench = Bench::new();
        bench.expect(headers, &conversation(more.clone()), "m").measured(7_000);
        assert_eq!(
            bench.expect(headers, &conversation(more.clone()), "m").shown,
            7_000,
            "{headers:?} {more}"
        );
        assert!(bench.expect(&[], &turns("hi", &[]), "m").shown < 100, "{headers:?} {more}");
    }
}

#[test]
fn the_memory_is_bounded_and_the_asked_for_stay() {
    let bench = Bench::new();
    let body = turns("hi", &[]);
    let of = |session: &str| bench.expect(&[("x-session-id", session)], &body, "m");
    of("kept").measured(9_000);
    for number in 0..2 * MOST {
        let session = number.to_string();
        of(&session).measured(9_000);
        if number % 500 == 0 {
            assert_eq!(of("kept").shown, 9_000, "{number}");
        }
    }
    let generations = bench.sessions.generations.lock().unwrap();
    assert!(generations.len() <= MOST);
    drop(generations);
    assert!(of("0").shown < 100);
    assert_eq!(of(&(2 * MOST - 1).to_string()).shown, 9_000);
}

proptest! {
    #[test]
    fn any_figures_give_a_figure(input in any::<u64>(), then in any::<usize>(), now in any::<usize>()) {
        let last = Session { input, extent: Extent { turns: 1, bytes: then } };
        let in_order = if now >= then { last.share(now) >= input || then == 0 } else { last.share(now) <= input };
        prop_assert!(in_order);
    }
}
