//! A plan → events and pauses, within the limits that the client set.

use lynkr_protocol::neutral::{Block, Conversation, Event, Reply, Stop, StopReason, Usage};

use crate::plan::Plan;
use crate::script::{Options, Script, Step};
use crate::tokens::{bytes_for, estimate_conversation, estimate_text};

/// Plays `plan`.
pub(crate) fn play(mut plan: Plan, conversation: &Conversation, options: &Options) -> Script {
    let mut stop = Stop::from(plan.stop_reason());
    if let Some(sequence) = stop_at_sequence(&mut plan.blocks, &conversation.stop) {
        stop = Stop { reason: StopReason::StopSequence, sequence: Some(sequence) };
    }
    let limit = conversation.max_tokens.map_or(usize::MAX, bytes_for);
    if stop_at_limit(&mut plan.blocks, limit) {
        stop = StopReason::MaxTokens.into();
    }
    let reply = Reply {
        id: String::new(),
        model: conversation.model.clone(),
        usage: usage(&plan, conversation),
        blocks: std::mem::take(&mut plan.blocks),
        stop: Some(stop),
        ..Reply::default()
    };
    let pace = plan.pace.unwrap_or(options.pace);
    let chunk = plan.chunk_chars.unwrap_or(options.chunk_chars).max(1);
    let mut script = Script::default();
    for event in reply.to_events().into_iter().flat_map(|event| pieces(event, chunk)) {
        let is_delta = event.is_content()
            && !matches!(event, Event::BlockStart { .. } | Event::BlockStop { .. } | Event::Stop(_));
        if is_delta && !pace.is_zero() {
            script.steps.push(Step::Pause(pace));
        }
        script.steps.push(Step::Event(event));
    }
    shorten(&mut script, plan);
    script
}

/// Breaks the answer off where the plan says so.
fn shorten(script: &mut Script, plan: Plan) {
    if let Some((after, error)) = plan.error {
        keep_events(script, after);
        script.steps.push(Step::Event(Event::Error(error)));
    } else if let Some(after) = plan.panic {
        keep_events(script, after);
        script.panics = true;
    } else if let Some(after) = plan.cut {
        keep_events(script, after);
        script.cut = true;
    }
}

/// Keeps the first `most` events and the pauses between them; the last event of all is never kept.
fn keep_events(script: &mut Script, most: usize) {
    let is_event = |step: &Step| matches!(step, Step::Event(_));
    let events = script.steps.iter().filter(|step| is_event(step)).count();
    let mut left = most.min(events.saturating_sub(1));
    script.steps.retain(|step| {
        let keep = left > 0;
        if is_event(step) {
            left = left.saturating_sub(1);
        }
        keep
    });
}

/// Ends the answer before the first stop sequence in its words; returns which one it was.
fn stop_at_sequence(blocks: &mut Vec<Block>, sequences: &[String]) -> Option<String> {
    for at in 0..blocks.len() {
        let Some(Block::Text(block)) = blocks.get_mut(at) else { continue };
        let found = sequences
            .iter()
            .filter(|sequence| !sequence.is_empty())
            .filter_map(|sequence| Some((block.text.find(sequence.as_str())?, sequence)))
            .min_by_key(|(place, _)| *place);
        if let Some((place, sequence)) = found {
            block.text.truncate(place);
            blocks.truncate(at + 1);
            return Some(sequence.clone());
        }
    }
    None
}

/// Ends the answer at `limit` bytes. A call that doesn't fit is left out: half of one is no use.
fn stop_at_limit(blocks: &mut Vec<Block>, limit: usize) -> bool {
    let mut left = limit;
    for at in 0..blocks.len() {
        let Some(block) = blocks.get_mut(at) else { break };
        let (text, whole) = match block {
            Block::Text(block) => (&mut block.text, false),
            Block::Thinking(block) => (&mut block.text, false),
            Block::Refusal(block) => (&mut block.text, false),
            Block::ToolUse(block) => (&mut block.arguments, true),
            Block::Image(_) | Block::Document(_) | Block::ToolResult(_) | Block::Opaque(_) => continue,
        };
        if text.len() <= left {
            left -= text.len();
            continue;
        }
        if whole || left == 0 {
            blocks.truncate(at);
        } else {
            text.truncate(text.floor_char_boundary(left));
            blocks.truncate(at + 1);
        }
        return true;
    }
    false
}

/// The counts: the scenario's, else estimates.
fn usage(plan: &Plan, conversation: &Conversation) -> Usage {
    let given = &plan.usage;
    let reasoning: u64 = plan.blocks.iter().map(|block| estimate_block(block, true)).sum();
    let words: u64 = plan.blocks.iter().map(|block| estimate_block(block, false)).sum();
    Usage {
        input: given.input.or_else(|| Some(estimate_conversation(conversation))),
        output: given.output.or_else(|| Some(reasoning.saturating_add(words).max(1))),
        reasoning: given.reasoning.or((reasoning > 0).then_some(reasoning)),
        // Its own rule is its tokenizer: what it counts is what it means.
        estimated: false,
        ..given.clone()
    }
}

fn estimate_block(block: &Block, thinking: bool) -> u64 {
    match block {
        Block::Thinking(block) if thinking => estimate_text(&block.text),
        Block::Text(block) if !thinking => estimate_text(&block.text),
        Block::Refusal(block) if !thinking => estimate_text(&block.text),
        Block::ToolUse(block) if !thinking => {
            estimate_text(&block.name).saturating_add(estimate_text(&block.arguments))
        }
        _ => 0,
    }
}

/// A delta in pieces of `chunk` characters; every other event as it is.
fn pieces(event: Event, chunk: usize) -> Vec<Event> {
    match event {
        Event::TextDelta { index, text } => {
            split(&text, chunk).map(|text| Event::TextDelta { index, text }).collect()
        }
        Event::ThinkingDelta { index, text } => {
            split(&text, chunk).map(|text| Event::ThinkingDelta { index, text }).collect()
        }
        Event::ArgsDelta { index, fragment } => {
            split(&fragment, chunk).map(|fragment| Event::ArgsDelta { index, fragment }).collect()
        }
        Event::RefusalDelta { index, text } => {
            split(&text, chunk).map(|text| Event::RefusalDelta { index, text }).collect()
        }
        event => vec![event],
    }
}

fn split(text: &str, chunk: usize) -> impl Iterator<Item = String> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let at = rest.char_indices().nth(chunk).map_or(rest.len(), |(at, _)| at);
        let (head, tail) = rest.split_at_checked(at)?;
        rest = tail;
        Some(head.to_owned())
    })
}
