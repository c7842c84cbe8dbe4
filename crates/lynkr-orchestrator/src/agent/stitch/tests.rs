//! Steps in, one answer out.

use lynkr_protocol::neutral::{Conversation, StopReason, Thinking, Tool, ToolKind, ToolUse};
use lynkr_tools::{Limits, PathRules, Policy, Registry, Toolbox, Workspace};

use super::super::task::Owners;
use super::*;

fn owners() -> Arc<Owners> {
    let folder = std::env::temp_dir();
    let workspace = Workspace::open(&folder, PathRules::default()).unwrap();
    let tools = Toolbox::new(Registry::builtin(), Policy::default(), workspace, Limits::default());
    let declared = Tool {
        name: "Bash".to_owned(),
        namespace: None,
        description: None,
        kind: ToolKind::Function { schema: None, strict: None },
        cache: None,
        extra: lynkr_protocol::neutral::Extra::NONE,
    };
    let conversation = Conversation { tools: vec![declared], ..Conversation::default() };
    Arc::new(Owners::new(&Arc::new(tools), &conversation.tools))
}

fn call(id: &str, name: &str) -> Block {
    Block::ToolUse(ToolUse {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: "{}".to_owned(),
        ..ToolUse::default()
    })
}

fn reasoning(text: &str, proof: Proof) -> Block {
    Block::Thinking(Thinking { text: text.to_owned(), proof: Some(proof), ..Thinking::default() })
}

fn proves_next() -> Proof {
    Proof::ThoughtSignature { signature: "c2ln".to_owned(), alone: false }
}

/// What the client gets of steps that say this, added up, after checks of the order of its events.
fn stitched(joins: bool, steps: &[Vec<Block>]) -> (Vec<Block>, Usage) {
    let mut stitch = Stitch::new(owners(), joins);
    let mut events = Vec::new();
    for blocks in steps {
        let usage = Usage { input: Some(10), output: Some(3), ..Usage::default() };
        let stop = Some(StopReason::ToolUse.into());
        let step = Reply { blocks: blocks.clone(), usage, stop, ..Reply::default() };
        for event in step.to_events() {
            stitch.push(event, &mut events);
        }
        let whole = stitch.end_step(&mut events).unwrap();
        assert_eq!(whole.blocks, *blocks, "nothing is hidden from the conversation");
    }
    let begins: Vec<usize> = events
        .iter()
        .filter(|event| matches!(event, Event::BlockStart { .. }))
        .filter_map(Event::block)
        .collect();
    assert_eq!(begins, (0..begins.len()).collect::<Vec<_>>(), "dense");
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Start { .. })).count(), 1);
    assert!(!events.iter().any(|event| event.is_terminal() || matches!(event, Event::Usage(_))));
    let mut told = Assembler::new();
    for event in &events {
        told.push(event);
    }
    (told.finish().unwrap().blocks, stitch.usage().clone())
}

#[test]
fn calls_of_the_gateway_are_hidden_and_the_rest_is_in_order() {
    let steps = [
        vec![Block::text("Let me look."), call("1", "fs_read"), call("2", "no_such_tool")],
        vec![call("3", "workspace_list")],
        vec![Block::text("Here."), call("4", "fs_read"), call("5", "Bash"), Block::text("!")],
    ];
    let (blocks, usage) = stitched(false, &steps);
    assert_eq!(
        blocks,
        [Block::text("Let me look."), Block::text("Here."), call("5", "Bash"), Block::text("!")]
    );
    assert_eq!((usage.input, usage.output, usage.cache_read), (Some(30), Some(9), None));
}

#[test]
fn words_of_two_steps_are_kept_apart_where_they_become_one_text() {
    let steps =
        [vec![Block::text("One."), call("1", "fs_read")], vec![Block::text("Two."), Block::text("Three.")]];
    let (blocks, _) = stitched(true, &steps);
    assert_eq!(blocks, [Block::text("One."), Block::text("\n\nTwo."), Block::text("Three.")]);
}

#[test]
fn the_proof_of_a_hidden_call_goes_with_it() {
    let signed = reasoning("", Proof::Signature("sig".to_owned()));
    let redacted = reasoning("", Proof::Redacted("data".to_owned()));
    let steps = [vec![
        signed.clone(),
        redacted.clone(),
        reasoning("", proves_next()),
        call("1", "fs_read"),
        reasoning("", proves_next()),
        call("2", "Bash"),
        reasoning("hm", proves_next()),
    ]];
    let (blocks, _) = stitched(false, &steps);
    let left =
        [signed, redacted, reasoning("", proves_next()), call("2", "Bash"), reasoning("hm", proves_next())];
    assert_eq!(blocks, left);
}

#[test]
fn a_proof_at_the_end_is_not_lost() {
    let (blocks, _) = stitched(false, &[vec![Block::text("a"), reasoning("", proves_next())]]);
    assert_eq!(blocks, [Block::text("a"), reasoning("", proves_next())]);
}
