//! What is taken over, and how much of it.

use lynkr_protocol::Dialect;
use lynkr_protocol::neutral::Event;
use lynkr_protocol::peek::peek;
use serde_json::{Value, json};

use super::MOST;
use crate::ingress::Ingress;
use crate::ledger::Exchange;

fn asked(dialect: Dialect, body: &Value) -> Option<Value> {
    let ingress = Ingress::sample(dialect, &[], body.to_string());
    Exchange::of(&ingress, &peek(dialect, &ingress.body).unwrap()).asked
}

#[test]
fn only_what_is_new_is_taken() {
    let turn = |role: &str, text: &str| json!({"role": role, "content": text});
    let body = json!({"messages": [turn("user", "a"), turn("assistant", "b"), turn("tool", "c"), turn("user", "d")]});
    assert_eq!(asked(Dialect::OpenAiChat, &body), Some(json!([turn("tool", "c"), turn("user", "d")])));
    assert_eq!(asked(Dialect::OpenAiResponses, &json!({"input": "Hi."})), Some(json!("Hi.")));
    let call = json!({"type": "function_call", "name": "f", "arguments": "{}", "call_id": "1"});
    let output = json!({"type": "function_call_output", "call_id": "1", "output": "x"});
    let body = json!({"input": [turn("user", "a"), call, output]});
    assert_eq!(asked(Dialect::OpenAiResponses, &body), Some(json!([output])));
    let body = json!({"messages": [turn("user", &"x".repeat(MOST))]});
    assert_eq!(asked(Dialect::OpenAiChat, &body), None);
}

#[test]
fn an_answer_is_cut_between_letters() {
    let mut exchange = Exchange::default();
    let mut hears = |text: &str| exchange.hears(&Event::TextDelta { index: 0, text: text.to_owned() });
    hears(&"x".repeat(MOST - 1));
    hears("\u{e9}");
    hears("y");
    hears("z");
    assert_eq!(exchange.answered.len(), MOST);
    assert!(exchange.answered.ends_with("xy"));
}
