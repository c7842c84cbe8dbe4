//! What a session's records and words come to, without a store.

use lynkr_store::RouteNote;

use super::*;

fn record(at: i64, error: Option<&str>, cost: Option<u64>) -> UsageRecord {
    UsageRecord {
        at: Timestamp::from_millis(at),
        provider: "openai".to_owned(),
        model: format!("model-of-{at}"),
        tier: Some("MEDIUM".to_owned()),
        error_kind: error.map(str::to_owned),
        input_tokens: 10,
        cache_read_tokens: 5,
        output_tokens: 3,
        cost_nanos: cost,
        latency_ms: 1_000,
        route: Some(RouteNote { score_milli: Some(33_500), ..RouteNote::default() }),
        ..UsageRecord::default()
    }
}

fn turn(role: &str, content: Value, metadata: Value) -> Turn {
    Turn {
        id: String::new(),
        session: SessionKey::default(),
        at: Timestamp::from_millis(0),
        request_id: None,
        role: role.to_owned(),
        kind: "message".to_owned(),
        status: None,
        provider: None,
        model: None,
        content,
        metadata,
        client: None,
        fingerprint: None,
    }
}

#[test]
fn a_session_is_told_with_its_steps_and_nulls_for_what_nobody_knows() {
    let records = [record(1_000, None, Some(2_000_000_000)), record(5_000, Some("Overloaded"), None)];
    let whole = told("s", &records, None).unwrap();
    let expected = json!({
        "session_id": "s", "messages": null, "tool_calls": null, "outcome": "failed", "tier": "MEDIUM",
        "complexity_score": 33.5, "model_used": "model-of-1000", "provider_used": "openai", "tokens_in": 30,
        "tokens_out": 6, "latency_ms": 2_000, "started_at": "1970-01-01T00:00:00.000Z",
        "ended_at": "1970-01-01T00:00:05.000Z", "cost_usd": 2.0, "unpriced": 1,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&whole[name], value, "{name}");
    }
    assert_eq!(whole["steps"][1]["error"], "Overloaded");
    assert_eq!(whole["steps"][1]["started_at"], "1970-01-01T00:00:04.000Z");
    let unpriced = told("s", &[record(1_000, Some("ClientLeft"), None)], None).unwrap();
    assert_eq!((&unpriced["cost_usd"], &unpriced["outcome"]), (&Value::Null, &json!("client_left")));
    assert_eq!(told("s", &[], None), None);
}

#[test]
fn words_are_in_the_clients_form_and_results_of_tools_are_counted_in_every_dialect() {
    let turns = [
        turn("user", json!([{"role": "user", "content": "hi"}]), json!({"left_out": false})),
        turn("assistant", json!("Hello."), json!({"error": null})),
        turn(
            "user",
            json!([{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}, {"type": "text"}]}]),
            json!({}),
        ),
        turn(
            "user",
            json!([{"type": "function_call_output", "call_id": "b"}, {"role": "tool", "content": "x"}]),
            json!({}),
        ),
        turn("user", json!([{"role": "user", "parts": [{"functionResponse": {}}]}]), json!({})),
        turn("user", Value::Null, json!({"left_out": true})),
        turn("assistant", json!(""), json!({"error": "Overloaded"})),
    ];
    let messages = messages(turns.iter()).unwrap();
    assert_eq!(messages[0], json!({"role": "user", "content": "hi"}));
    assert_eq!(messages[1], json!({"role": "assistant", "content": "Hello."}));
    assert_eq!(messages[6], json!({"role": "user", "content": null, "left_out": true}));
    assert_eq!(messages[7]["error"], "Overloaded");
    assert_eq!(tool_results(&messages), 4);
}

#[test]
fn without_transcripts_there_are_no_messages() {
    assert_eq!(messages([turn("assistant", Value::Null, json!({"error": null}))].iter()), None);
}
