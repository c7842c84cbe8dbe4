//! Whole requests: the examples of OpenAI's cookbook, which names the counts that the API returned for them.

use crate::Meter;

/// The cookbook's example of a conversation: role, name, text.
const CONVERSATION: &[(&str, &str)] = &[
    (
        "",
        "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
    ),
    ("example_user", "New synergies will help drive top-line growth."),
    ("example_assistant", "Things working well together will increase revenue."),
    (
        "example_user",
        "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
    ),
    ("example_assistant", "Let's talk later when we're less busy about how to do better."),
    ("", "This late pivot means we don't have time to boil the ocean for the client deliverable."),
];

#[test]
fn conversations_cost_what_the_api_charged() {
    for (model, charged) in
        [("gpt-4o", 124), ("gpt-4o-mini", 124), ("gpt-4-0613", 129), ("gpt-3.5-turbo", 129)]
    {
        let meter = Meter::counting(model);
        let turns: u64 = CONVERSATION
            .iter()
            .map(|(name, text)| {
                let named = if name.is_empty() { 0 } else { 1 + meter.text(name) };
                meter.turn() + named + meter.text(text)
            })
            .sum();
        assert_eq!(turns + meter.request(), charged, "{model}");
    }
}

/// The cookbook's example of a tool.
const WEATHER: &str = r#"{"type":"object","properties":{
    "location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
    "unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}
},"required":["location"]}"#;

#[test]
fn tools_cost_what_the_api_charged() {
    for (model, charged) in [("gpt-4o", 101), ("gpt-4o-mini", 101), ("gpt-4", 105), ("gpt-3.5-turbo", 105)] {
        let meter = Meter::counting(model);
        let texts = [
            "You are a helpful assistant that can answer to questions about the weather.",
            "What's the weather like in San Francisco?",
        ];
        let turns: u64 = texts.iter().map(|text| meter.turn() + meter.text(text)).sum();
        let description = Some("Get the current weather in a given location");
        let tool = meter.any_tools() + meter.function("get_current_weather", description, Some(WEATHER));
        assert_eq!(meter.request() + turns + tool, charged, "{model}");
    }
}

#[test]
fn deep_schemas_count_to_their_depth() {
    let meter = Meter::counting("gpt-4o");
    let flat = meter.function("f", None, Some(r#"{"properties":{"a":{"type":"object"}}}"#));
    let deep = meter.function(
        "f",
        None,
        Some(r#"{"properties":{"a":{"type":"object","properties":{"b":{"type":["string","null"]}}}}}"#),
    );
    let list = meter.function(
        "f",
        None,
        Some(r#"{"properties":{"a":{"type":"array","items":{"properties":{"b":{"type":"string"}}}}}}"#),
    );
    let choice = meter.function("f", None, Some(r#"{"anyOf":[{"properties":{"b":{"enum":[1,2]}}}]}"#));
    assert!(flat < deep && flat < list && choice > 0, "{flat} {deep} {list} {choice}");
    assert_eq!(meter.function("f", None, Some("not json")), meter.function("f", None, None));
    let endless = format!("{}1{}", r#"{"items":"#.repeat(3_000), "}".repeat(3_000));
    assert!(meter.function("f", None, Some(&endless)) > 0);
}
