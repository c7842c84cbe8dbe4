//! Flattening and restoring are inverse for what a client declares.

use proptest::prelude::*;

use super::*;
use crate::neutral::{Extra, Namespace, Role, Turn};

fn tool(name: &str, namespace: Option<&str>, kind: ToolKind) -> Tool {
    let namespace =
        namespace.map(|name| Namespace { name: name.to_owned(), description: None, extra: Extra::NONE });
    Tool { name: name.to_owned(), namespace, description: None, kind, cache: None, extra: Extra::NONE }
}

fn function() -> ToolKind {
    ToolKind::Function { schema: None, strict: None }
}

fn call(name: &str, namespace: Option<&str>, freeform: bool, arguments: &str) -> ToolUse {
    ToolUse {
        id: "c".to_owned(),
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        freeform,
        arguments: arguments.to_owned(),
        ..ToolUse::default()
    }
}

fn conversation() -> Conversation {
    let long = "x".repeat(100);
    Conversation {
        tools: vec![
            tool("plain", None, function()),
            tool("spawn", Some("agents"), function()),
            tool(
                "apply_patch",
                None,
                ToolKind::Freeform {
                    format: Some(Json::of(
                        &json!({"type": "grammar", "syntax": "lark", "definition": "start: x"}),
                    )),
                },
            ),
            tool(&long, None, function()),
        ],
        turns: vec![Turn::new(
            Role::Assistant,
            vec![
                Block::ToolUse(call("spawn", Some("agents"), false, "{}")),
                Block::ToolUse(call("apply_patch", None, true, "*** Begin \"x\"\n")),
            ],
        )],
        tool_choice: Some(ToolChoice::Tool {
            name: "spawn".to_owned(),
            namespace: Some("agents".to_owned()),
        }),
        ..Conversation::default()
    }
}

#[test]
fn flat_names_fit_every_vendor_and_come_back() {
    let original = conversation();
    let mut flat = original.clone();
    let (names, losses) = ToolNames::flatten(&mut flat);
    assert_eq!(losses, [Loss::approximated("tools[].custom")]);
    assert!(flat.tools.iter().all(|tool| fits(&tool.name) && tool.namespace.is_none()));
    assert_eq!(flat.tools[1].name, "agents__spawn");
    assert!(flat.tools[2].description.as_ref().unwrap().contains("start: x"));
    assert_eq!(
        flat.tool_choice,
        Some(ToolChoice::Tool { name: "agents__spawn".to_owned(), namespace: None })
    );
    let mut reply = Reply { blocks: flat.turns[0].blocks.clone(), ..Reply::default() };
    names.restore(&mut reply);
    assert_eq!(reply.blocks, original.turns[0].blocks);
}

#[test]
fn a_flat_name_never_hides_another_tool() {
    let mut flat = Conversation {
        tools: vec![tool("b", Some("a"), function()), tool("a__b", None, function())],
        ..Conversation::default()
    };
    ToolNames::flatten(&mut flat);
    assert_ne!(flat.tools[0].name, flat.tools[1].name);
    assert_eq!(flat.tools[1].name, "a__b");
}

#[test]
fn plain_conversations_stay_untouched() {
    let plain = Conversation { tools: vec![tool("Bash", None, function())], ..Conversation::default() };
    let mut flat = plain.clone();
    let (names, _) = ToolNames::flatten(&mut flat);
    assert!(names.is_empty());
    assert_eq!(flat, plain);
}

fn stream(fragments: &[&str]) -> String {
    let mut flat = conversation();
    let (names, _) = ToolNames::flatten(&mut flat);
    let mut restorer = names.restorer();
    let mut out = Vec::new();
    let start = Event::BlockStart { index: 3, block: Block::ToolUse(call("apply_patch", None, false, "")) };
    restorer.push(start, &mut out);
    for fragment in fragments {
        restorer.push(Event::ArgsDelta { index: 3, fragment: (*fragment).to_owned() }, &mut out);
    }
    restorer.push(Event::BlockStop { index: 3 }, &mut out);
    let text = |event: &Event| {
        if let Event::ArgsDelta { fragment, .. } = event { fragment.clone() } else { String::new() }
    };
    out.iter().map(text).collect()
}

#[test]
fn free_form_arguments_flow_as_text() {
    assert_eq!(
        stream(&["{\"inp", "ut\": \"a\\", "n\\u00", "e9\\ud83d", "\\ude00b\"", "}"]),
        "a\n\u{e9}\u{1f600}b"
    );
    assert_eq!(stream(&["{\"other\":1}"]), "{\"other\":1}");
    assert_eq!(stream(&["{\"x\":1,\"input\":\"late\"}"]), "late");
    assert_eq!(stream(&["not json"]), "not json");
}

proptest! {
    #[test]
    fn any_text_at_any_split(text in any::<String>(), cuts in proptest::collection::vec(0usize..40, 0..5)) {
        let whole = json!({"input": text}).to_string();
        let mut at = 0;
        let mut pieces = Vec::new();
        for cut in cuts {
            let mut end = (at + cut).min(whole.len());
            while !whole.is_char_boundary(end) { end += 1; }
            pieces.push(&whole[at..end]);
            at = end;
        }
        pieces.push(&whole[at..]);
        prop_assert_eq!(stream(&pieces), text);
    }
}
