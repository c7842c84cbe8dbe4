//! Streams and requests of the other dialects, shown to this dialect's clients and sent to its providers.

use super::*;
use crate::Dialect;
use crate::neutral::{Block, StopReason};
use crate::tool_names::ToolNames;

macro_rules! other {
    ($path:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/dialects/", $path))
    };
}

fn events_in(dialect: Dialect, text: &str) -> Vec<Event> {
    let mut decoder = crate::codec(dialect).event_decoder();
    let mut events = Vec::new();
    decoder.push(text.as_bytes(), &mut events).unwrap();
    decoder.finish(&mut events).unwrap();
    events
}

#[test]
fn an_anthropic_stream_reaches_a_client_whole() {
    let events = events_in(Dialect::Anthropic, other!("anthropic/tool-turn/stream.sse"));
    let shown = events_of(&[written(&events, context()).as_bytes()]);
    check_contract(&shown);
    let (told, shown) = (sum(&events).unwrap(), sum(&shown).unwrap());
    let words = |reply: &Reply| -> Vec<String> {
        let said = |block: &Block| match block {
            Block::Text(text) => text.text.clone(),
            Block::Thinking(thinking) => thinking.text.clone(),
            Block::ToolUse(call) => format!("{} {} {}", call.id, call.name, call.arguments),
            other => other.kind().to_owned(),
        };
        reply.blocks.iter().map(said).collect()
    };
    assert_eq!(words(&shown), words(&told));
    assert_eq!(shown.stop, Some(StopReason::ToolUse.into()));
    assert_eq!(shown.usage.total_input(), told.usage.total_input());
    // What the client sends back is what the provider signed.
    let items: Vec<Value> = crate::openai_responses::output_items(&told, &context())
        .iter()
        .map(crate::wire::Json::to_value)
        .collect();
    let back = decode(&serde_json::json!({"input": items}).to_string());
    let thoughts = |blocks: &[Block]| -> Vec<Block> {
        blocks.iter().filter(|block| matches!(block, Block::Thinking(_))).cloned().collect()
    };
    assert_eq!(thoughts(&back.turns[0].blocks), thoughts(&told.blocks));
}

#[test]
fn requests_of_anthropic_clients_become_input() {
    let text = other!("anthropic/after-tool/request.json");
    let conversation = crate::codec(Dialect::Anthropic).decode_request(text.as_bytes()).unwrap();
    let (body, _) = encode(&conversation);
    let kinds: Vec<&str> =
        body["input"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"function_call") && kinds.contains(&"function_call_output"), "{kinds:?}");
    assert_eq!(body["store"], false);
    decode(&body.to_string());
}

#[test]
fn codex_reaches_every_other_dialect() {
    for (name, text) in super::fixtures::REQUESTS {
        if ["schema", "server-items", "codex-images"].contains(name) {
            // They force, or point at, what only this API has.
            continue;
        }
        for dialect in [Dialect::Anthropic, Dialect::OpenAiChat, Dialect::Ollama] {
            let mut conversation = decode(text);
            let _ = ToolNames::flatten(&mut conversation);
            let encoded = crate::codec(dialect).encode_request(&conversation, &Target::new("up"));
            let losses = encoded.unwrap_or_else(|error| panic!("{name} to {dialect}: {error}")).losses;
            let noise = ["#", "include", "status"];
            let noisy = losses.iter().any(|loss| noise.iter().any(|word| loss.feature.contains(word)));
            assert!(!noisy, "{name} to {dialect}: {losses:?}");
        }
    }
}
