//! Random conversations and answers that every dialect can say.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Dialect;
use crate::neutral::{
    Block, Conversation, Event, Extra, Image, Media, Proof, Role, Stop, StopReason, SystemPart, SystemRole,
    Thinking, ToolResult, ToolUse, Turn, Usage,
};

/// Words without line ends, which are what texts are joined with.
fn words() -> impl Strategy<Value = String> {
    "[a-zé😀\"\\\\<>{}][a-zA-Z0-9 é😀\"\\\\<>{}:,.]{0,16}[a-z.]"
}

fn arguments() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        words().prop_map(Value::from),
    ];
    let fields = prop::collection::vec(("[a-z]{1,6}", leaf), 0..4);
    (fields.clone(), fields).prop_map(|(outer, inner)| {
        let object = |fields: Vec<(String, Value)>| Value::Object(fields.into_iter().collect());
        let mut value = object(outer);
        value["inner"] = object(inner);
        value
    })
}

/// A call and what its tool answers.
#[derive(Debug, Clone)]
struct Round {
    name: String,
    arguments: Value,
    answer: String,
    failed: bool,
}

fn round() -> impl Strategy<Value = Round> {
    ("[a-zA-Z][a-zA-Z0-9_]{0,20}", arguments(), words(), any::<bool>())
        .prop_map(|(name, arguments, answer, failed)| Round { name, arguments, answer, failed })
}

/// What is said between two calls of the model.
#[derive(Debug, Clone)]
struct Exchange {
    asked: Vec<String>,
    image: Option<String>,
    thought: Option<String>,
    said: Option<String>,
    rounds: Vec<Round>,
}

fn exchange() -> impl Strategy<Value = Exchange> {
    (
        prop::collection::vec(words(), 1..3),
        prop::option::of("[a-zA-Z0-9]{4,12}"),
        prop::option::of(words()),
        prop::option::of(words()),
        prop::collection::vec(round(), 0..3),
    )
        .prop_map(|(asked, image, thought, said, rounds)| Exchange {
            asked,
            image,
            thought,
            said,
            rounds,
        })
}

/// A conversation whose reasoning has the proof that providers of `dialect` give.
pub(super) fn conversation(dialect: Dialect) -> impl Strategy<Value = Conversation> {
    let system = prop::collection::vec(words(), 0..3);
    (system, prop::collection::vec(exchange(), 1..4), any::<bool>()).prop_map(
        move |(system, exchanges, stream)| {
            let mut turns = Vec::new();
            for (at, exchange) in exchanges.into_iter().enumerate() {
                push_exchange(&mut turns, exchange, at, dialect);
            }
            turns.push(Turn::new(Role::User, vec![Block::text("and now?")]));
            let part = |text: String| SystemPart {
                role: SystemRole::Instructions,
                blocks: vec![Block::text(text)],
                extra: Extra::NONE,
            };
            Conversation {
                system: system.into_iter().map(part).collect(),
                turns,
                stream,
                max_tokens: Some(1_000),
                ..Conversation::default()
            }
        },
    )
}

fn push_exchange(turns: &mut Vec<Turn>, exchange: Exchange, at: usize, dialect: Dialect) {
    let mut asked: Vec<Block> = exchange.asked.into_iter().map(Block::text).collect();
    asked.extend(exchange.image.map(|data| {
        let data = format!("iVBORw0KGgo{data}");
        let source = Media::Base64 { media_type: "image/png".to_owned(), data };
        Block::Image(Image { source, detail: None, cache: None, extra: Extra::NONE })
    }));
    turns.push(Turn::new(Role::User, asked));
    let mut answer: Vec<Block> = exchange.thought.map(|text| thought(text, dialect)).into_iter().collect();
    answer.extend(exchange.said.map(Block::text));
    let mut results = Vec::new();
    for (number, round) in exchange.rounds.into_iter().enumerate() {
        let id = format!("call_{at}_{number}");
        answer.push(Block::ToolUse(ToolUse {
            id: id.clone(),
            name: round.name,
            arguments: round.arguments.to_string(),
            ..ToolUse::default()
        }));
        results.push(Block::ToolResult(ToolResult {
            id,
            content: vec![Block::text(round.answer)],
            is_error: round.failed.then_some(true),
            ..ToolResult::default()
        }));
    }
    if answer.iter().all(|block| matches!(block, Block::Thinking(_))) {
        answer.push(Block::text("yes"));
    }
    turns.push(Turn::new(Role::Assistant, answer));
    if !results.is_empty() {
        turns.push(Turn::new(Role::User, results));
        turns.push(Turn::new(Role::Assistant, vec![Block::text("done")]));
    }
}

fn thought(text: String, dialect: Dialect) -> Block {
    let proof = match dialect {
        Dialect::Anthropic | Dialect::BedrockConverse => Some(Proof::Signature("c2ln".to_owned())),
        Dialect::OpenAiResponses => {
            Some(Proof::Item { id: "rs_1".to_owned(), encrypted: Some("gAAA".to_owned()) })
        }
        Dialect::Gemini => Some(Proof::ThoughtSignature { signature: "c2ln".to_owned(), alone: false }),
        Dialect::OpenAiChat | Dialect::Ollama => None,
    };
    Block::Thinking(Thinking { text, proof, ..Thinking::default() })
}

/// A conversation as facts that don't depend on how a dialect divides it.
pub(super) fn facts(conversation: &Conversation) -> Vec<Value> {
    let mut facts = Vec::new();
    for block in conversation.system.iter().flat_map(|part| &part.blocks) {
        push_fact("system", block, &mut facts);
    }
    for turn in &conversation.turns {
        let role = match turn.role {
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::System | Role::Developer => "system",
        };
        for block in &turn.blocks {
            push_fact(role, block, &mut facts);
        }
    }
    facts
}

fn push_fact(role: &str, block: &Block, facts: &mut Vec<Value>) {
    match block {
        Block::Text(text) => facts.extend(text.text.split("\n\n").map(|text| json!([role, text]))),
        Block::Image(image) => facts.push(json!([role, "image", image.source.to_url()])),
        Block::Thinking(thinking) => {
            let proof = thinking.proof.as_ref().map(|proof| format!("{proof:?}"));
            facts.push(json!([role, "thinking", thinking.text, proof]));
        }
        Block::ToolUse(call) => {
            let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
            facts.push(json!([role, "call", call.id, call.name, arguments]));
        }
        Block::ToolResult(result) => {
            let texts: Vec<&str> = result.content.iter().filter_map(Block::as_text).collect();
            let text = texts.join("\n\n");
            // A failure without a field of its own stands ahead of the words.
            let told = text.strip_prefix("[tool error]").map(str::trim_start);
            let failed = told.is_some() || result.is_error == Some(true);
            facts.push(json!([role, "result", result.id, told.unwrap_or(&text), failed]));
        }
        other => facts.push(json!([role, other.kind()])),
    }
}

/// Which block an event grows, and by what.
#[derive(Debug, Clone)]
enum Growth {
    Text(Vec<String>),
    Thinking(Vec<String>),
    Call(String, Vec<String>),
}

fn growth() -> impl Strategy<Value = Growth> {
    let pieces = || prop::collection::vec(words(), 1..4);
    prop_oneof![
        pieces().prop_map(Growth::Text),
        pieces().prop_map(Growth::Thinking),
        ("[a-z_]{1,12}", arguments(), 1_usize..8).prop_map(|(name, arguments, size)| {
            let text: Vec<char> = arguments.to_string().chars().collect();
            Growth::Call(name, text.chunks(size).map(|piece| piece.iter().collect()).collect())
        }),
    ]
}

/// Events in the order that decoders keep. Neighbouring calls may be written at the same time.
pub(super) fn events() -> impl Strategy<Value = Vec<Event>> {
    let blocks = prop::collection::vec(growth(), 1..6);
    (blocks, any::<bool>(), any::<bool>(), 0_u64..1_000, 0_u64..1_000).prop_map(
        |(blocks, interleaved, cut, input, output)| {
            let called = blocks.iter().any(|block| matches!(block, Growth::Call(..)));
            let usage =
                Usage { input: Some(input), cache_read: Some(3), output: Some(output), ..Usage::default() };
            let mut events =
                vec![Event::Start { id: "x1".to_owned(), model: "m".to_owned(), usage: Usage::default() }];
            push_blocks(blocks, interleaved, &mut events);
            let reason = match (called, cut) {
                (true, _) => StopReason::ToolUse,
                (false, true) => StopReason::MaxTokens,
                (false, false) => StopReason::EndTurn,
            };
            events.push(Event::Usage(usage));
            events.push(Event::Stop(Stop::from(reason)));
            events
        },
    )
}

fn push_blocks(blocks: Vec<Growth>, interleaved: bool, events: &mut Vec<Event>) {
    let is_call = |block: &Growth| matches!(block, Growth::Call(..));
    let mut index = 0;
    for run in blocks.chunk_by(|one, next| interleaved && is_call(one) && is_call(next)) {
        let mut queues: Vec<Vec<Event>> = Vec::new();
        for block in run {
            queues.push(steps(block, index));
            index += 1;
        }
        // Starts in order, then one step of each in turn.
        let longest = queues.iter().map(Vec::len).max().unwrap_or(0);
        for step in 0..longest {
            events.extend(queues.iter().filter_map(|queue| queue.get(step).cloned()));
        }
    }
}

fn steps(block: &Growth, index: usize) -> Vec<Event> {
    let (block, pieces): (Block, Vec<Event>) = match block {
        Growth::Text(pieces) => (
            Block::text(""),
            pieces.iter().map(|text| Event::TextDelta { index, text: text.clone() }).collect(),
        ),
        Growth::Thinking(pieces) => (
            Block::Thinking(Thinking::default()),
            pieces.iter().map(|text| Event::ThinkingDelta { index, text: text.clone() }).collect(),
        ),
        Growth::Call(name, pieces) => (
            Block::ToolUse(ToolUse { id: format!("call_{index}"), name: name.clone(), ..ToolUse::default() }),
            pieces.iter().map(|text| Event::ArgsDelta { index, fragment: text.clone() }).collect(),
        ),
    };
    let mut steps = vec![Event::BlockStart { index, block }];
    steps.extend(pieces);
    steps.push(Event::BlockStop { index });
    steps
}
