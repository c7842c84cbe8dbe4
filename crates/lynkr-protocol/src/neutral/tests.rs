//! The neutral form: events and replies are two views of the same answer.

use super::*;
use crate::wire::Json;

fn reply() -> Reply {
    Reply {
        id: "msg_1".to_owned(),
        model: "m".to_owned(),
        blocks: vec![
            Block::Thinking(Thinking {
                text: "hm".to_owned(),
                proof: Some(Proof::Signature("sig".to_owned())),
                ..Thinking::default()
            }),
            Block::text("hello"),
            Block::ToolUse(ToolUse {
                id: "t1".to_owned(),
                name: "Bash".to_owned(),
                arguments: "{\"a\":1}".to_owned(),
                ..ToolUse::default()
            }),
            Block::Refusal(Refusal { text: "no".to_owned() }),
        ],
        stop: Some(StopReason::ToolUse.into()),
        usage: Usage { input: Some(3), output: Some(5), ..Usage::default() },
        extra: Extra::NONE,
    }
}

#[test]
fn a_reply_is_the_sum_of_its_events() {
    let mut assembler = Assembler::new();
    for event in reply().to_events() {
        assembler.push(&event);
    }
    assert_eq!(assembler.finish().unwrap(), reply());
}

#[test]
fn citations_add_up() {
    let mut assembler = Assembler::new();
    assembler.push(&Event::BlockStart { index: 0, block: Block::text("") });
    for n in [1, 2] {
        let value = Json::of(&n);
        assembler.push(&Event::Citation { index: 0, dialect: crate::Dialect::Anthropic, value });
    }
    let reply = assembler.finish().unwrap();
    let Some(Block::Text(text)) = reply.blocks.first() else { panic!("a text block") };
    assert_eq!(text.citations.as_ref().unwrap().get(), "[1,2]");
}

#[test]
fn usage_counts_merge_field_by_field() {
    let mut usage = Usage { input: Some(10), estimated: true, ..Usage::default() };
    usage.merge(&Usage { output: Some(2), ..Usage::default() });
    assert!(usage.estimated);
    usage.merge(&Usage { input: Some(7), cache_read: Some(4), ..Usage::default() });
    assert_eq!((usage.total_input(), usage.output, usage.estimated), (Some(11), Some(2), false));
    assert_eq!(Usage::default().total_input(), None);
}

#[test]
fn media_urls() {
    let inline = Media::Base64 { media_type: "image/png".to_owned(), data: "AAAA".to_owned() };
    assert_eq!(Media::from_url(&inline.to_url().unwrap()), inline);
    let remote = Media::Url("https://example.com/a.png".to_owned());
    assert_eq!(Media::from_url(&remote.to_url().unwrap()), remote);
}

#[test]
fn losses_name_what_said_something() {
    let fields = [("seen", "1"), ("silent", "null"), ("#id", "\"a\"")];
    let rest = fields.iter().map(|(name, value)| ((*name).to_owned(), Json::parse(value).unwrap())).collect();
    let extra = Extra::new(crate::Dialect::OpenAiResponses, rest);
    let mut losses = Vec::new();
    extra.note_losses(crate::Dialect::OpenAiResponses, "", &mut losses);
    assert!(losses.is_empty());
    extra.note_losses(crate::Dialect::Anthropic, "content[].", &mut losses);
    assert_eq!(losses, [lynkr_types::Loss::dropped("content[].seen")]);
}
