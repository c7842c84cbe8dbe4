//! The responder, from the core and over its HTTP-like surface.

mod core;
mod limits;
mod scenarios;
mod surface;

use lynkr_protocol::neutral::{
    Assembler, Block, Conversation, Event, Reply, Role, Tool, ToolKind, ToolResult, ToolUse, Turn,
};
use lynkr_protocol::wire::Json;
use serde_json::{Value, json};

use crate::{Options, Scenario, Script, Step, respond};

fn asking(text: &str) -> Conversation {
    Conversation {
        model: "m".to_owned(),
        stream: true,
        turns: vec![Turn::new(Role::User, vec![Block::text(text)])],
        tools: vec![
            tool(
                "Read",
                &json!({"type": "object", "required": ["path"], "properties": {"path": {"type": "string", "minLength": 1}}}),
            ),
            tool(
                "Bash",
                &json!({"type": "object", "required": ["command", "description"], "properties": {"command": {"type": "string"}, "description": {"type": "string"}}}),
            ),
        ],
        ..Conversation::default()
    }
}

fn tool(name: &str, schema: &Value) -> Tool {
    Tool {
        name: name.to_owned(),
        namespace: None,
        description: None,
        kind: ToolKind::Function { schema: Some(Json::of(schema)), strict: None },
        cache: None,
        extra: lynkr_protocol::neutral::Extra::NONE,
    }
}

/// The same conversation after the model's answer and the results of its calls.
fn after(mut conversation: Conversation, reply: &Reply, results: &[&str]) -> Conversation {
    let ids = calls(reply).into_iter().map(|call| call.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids.len(), results.len());
    conversation.turns.push(Turn::new(Role::Assistant, reply.blocks.clone()));
    let blocks = ids.into_iter().zip(results).map(|(id, text)| {
        Block::ToolResult(ToolResult { id, content: vec![Block::text(*text)], ..ToolResult::default() })
    });
    conversation.turns.push(Turn::new(Role::User, blocks.collect()));
    conversation
}

fn with_scenario(text: &str) -> Options {
    Options { scenario: Some(Scenario::parse(text).unwrap()), ..Options::default() }
}

fn events(script: &Script) -> Vec<Event> {
    script
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Event(event) => Some(event.clone()),
            Step::Pause(_) => None,
        })
        .collect()
}

#[track_caller]
fn reply_with(conversation: &Conversation, options: &Options) -> Reply {
    let script = respond(conversation, options);
    assert_eq!(script.fault, None);
    let mut assembler = Assembler::new();
    for event in events(&script) {
        assembler.push(&event);
    }
    assembler.finish().unwrap()
}

#[track_caller]
fn reply(conversation: &Conversation) -> Reply {
    reply_with(conversation, &Options::default())
}

fn text(reply: &Reply) -> String {
    reply.blocks.iter().filter_map(Block::as_text).collect::<Vec<_>>().join("|")
}

fn calls(reply: &Reply) -> Vec<&ToolUse> {
    let mut calls = Vec::new();
    for block in &reply.blocks {
        if let Block::ToolUse(call) = block {
            calls.push(call);
        }
    }
    calls
}
