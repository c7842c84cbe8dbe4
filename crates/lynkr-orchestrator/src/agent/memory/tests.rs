//! What is put back, and what stays as the client has it.

use lynkr_protocol::neutral::{Text, Thinking, ToolResult, ToolUse};

use super::*;

fn owner(name: &str) -> Owner {
    Owner { name: name.as_bytes().to_vec(), keeps_ids: true }
}

fn call(id: &str) -> Block {
    Block::ToolUse(ToolUse { id: id.to_owned(), name: "t".to_owned(), ..ToolUse::default() })
}

fn result(id: &str) -> Block {
    Block::ToolResult(ToolResult { id: id.to_owned(), ..ToolResult::default() })
}

fn user(blocks: Vec<Block>) -> Turn {
    Turn::new(Role::User, blocks)
}

fn model(blocks: Vec<Block>) -> Turn {
    Turn::new(Role::Assistant, blocks)
}

/// A turn in which the gateway ran `own` and the client is to run `theirs`.
fn mixed() -> (Memory, Vec<Turn>, Hidden) {
    let memory = Memory::default();
    let asked = vec![user(vec![Block::text("Do it.")])];
    let hidden = Hidden {
        turns: vec![
            model(vec![Block::text("First, "), call("own1")]),
            user(vec![result("own1")]),
            model(vec![Block::text("then."), call("own2"), call("theirs")]),
        ],
        results: vec![result("own2")],
    };
    let told = [Block::text("First, "), Block::text("then."), call("theirs")];
    memory.keep(&owner("me"), &asked, &told, hidden.clone());
    (memory, asked, hidden)
}

#[test]
fn a_mixed_turn_is_whole_again_however_the_client_keeps_it() {
    let (memory, asked, hidden) = mixed();
    let as_told = vec![model(vec![Block::text("First, "), Block::text("then."), call("theirs")])];
    let joined = vec![model(vec![
        Block::Thinking(Thinking::default()),
        Block::text("First,\n\nthen.\n"),
        call("theirs"),
    ])];
    let spread = vec![model(vec![Block::text("First, then.")]), model(vec![call("theirs")])];
    for told in [as_told, joined, spread] {
        let rest = user(vec![result("theirs"), Block::text("Go on.")]);
        let mut turns = [asked.clone(), told, vec![rest]].concat();
        assert!(memory.restore(&owner("me"), &mut turns));
        let last = user(vec![result("own2"), result("theirs"), Block::text("Go on.")]);
        assert_eq!(turns, [asked.clone(), hidden.turns.clone(), vec![last]].concat());
    }
}

#[test]
fn results_that_the_client_gives_none_to_stand_alone() {
    let (memory, asked, hidden) = mixed();
    let told = model(vec![Block::text("First, then."), call("theirs")]);
    let mut turns = [asked.clone(), vec![told]].concat();
    assert!(memory.restore(&owner("me"), &mut turns));
    assert_eq!(turns, [asked, hidden.turns, vec![user(vec![result("own2")])]].concat());
}

#[test]
fn what_is_another_callers_or_another_turn_stays() {
    let (memory, asked, _) = mixed();
    let told = model(vec![Block::text("First, then."), call("theirs")]);
    let mut others = [asked.clone(), vec![told.clone()]].concat();
    assert!(!memory.restore(&owner("you"), &mut others));
    let before = vec![user(vec![Block::text("Do something else.")]), told];
    let mut another = before.clone();
    assert!(!memory.restore(&owner("me"), &mut another));
    assert_eq!(another, before);
}

#[test]
fn a_cache_marker_stays_at_the_end() {
    let (memory, asked, _) = mixed();
    let marker = Json::parse(r#"{"type":"ephemeral"}"#).unwrap();
    let marked = Block::ToolUse(ToolUse {
        id: "theirs".to_owned(),
        cache: Some(marker.clone()),
        ..ToolUse::default()
    });
    let told = model(vec![Block::Text(Text::new("First, then.")), marked]);
    let mut turns = [asked, vec![told]].concat();
    memory.restore(&owner("me"), &mut turns);
    let marks: Vec<&Json> = blocks_of(&turns).filter_map(cache_of).collect();
    assert_eq!(marks, [&marker]);
}
