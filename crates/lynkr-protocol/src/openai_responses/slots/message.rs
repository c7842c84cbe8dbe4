//! A message that grows: its parts become blocks.

use super::super::DIALECT;
use super::super::keeping::Envelope;
use super::super::parts::{self, Speaker};
use super::super::place::Place;
use super::super::wire::{Message, Part};
use super::growing::{Growing, Sink, Words};
use crate::error::DecodeError;
use crate::neutral::{Block, Extra, Refusal, Text};
use crate::wire::{Json, TextOr};

#[derive(Debug, Default)]
pub(super) struct MessageSlot {
    pub(super) parts: Vec<(u64, Growing)>,
    pub(super) envelope: Option<Envelope>,
}

impl MessageSlot {
    /// What the message says around its content goes with its first block.
    pub(super) fn announce(&mut self, message: &Message) {
        let mut fields = message.rest.clone();
        fields.remove("content");
        if let Some(id) = &message.id {
            fields.push("id", Json::of(id));
        }
        self.envelope = Some(Envelope { fields, ..Envelope::default() });
    }

    pub(super) fn part(&mut self, number: u64, words: Words, sink: &mut Sink<'_>) -> &mut Growing {
        let at = self.parts.iter().position(|(known, _)| *known == number).unwrap_or_else(|| {
            let kept = self.envelope.take().map(|envelope| Extra::new(DIALECT, envelope.keep()));
            let block = match words {
                Words::Refusal => Block::Refusal(Refusal::default()),
                _ => Block::Text(Text { extra: kept.unwrap_or_default(), ..Text::default() }),
            };
            self.parts.push((number, Growing::begin(words, block, sink)));
            self.parts.len().saturating_sub(1)
        });
        #[expect(clippy::indexing_slicing, reason = "the place was found or made right above")]
        &mut self.parts[at].1
    }

    pub(super) fn say(&mut self, number: u64, words: Words, text: &str, whole: bool, sink: &mut Sink<'_>) {
        let part = self.part(number, words, sink);
        if whole { part.complete(text, sink) } else { part.grow(text, sink) }
    }

    pub(super) fn whole_part(&mut self, number: u64, part: &Part, done: bool, sink: &mut Sink<'_>) {
        let growing = match part {
            Part::OutputText(part) | Part::InputText(part) | Part::Text(part) => {
                let growing = self.part(number, Words::Text, sink);
                growing.complete(part.text.as_deref().unwrap_or_default(), sink);
                let citations = part.annotations.iter().flatten().skip(growing.citations);
                for citation in citations.cloned().collect::<Vec<_>>() {
                    growing.cite(citation, sink);
                }
                growing
            }
            Part::Refusal(part) => {
                let growing = self.part(number, Words::Refusal, sink);
                growing.complete(part.refusal.as_deref().unwrap_or_default(), sink);
                growing
            }
            // Comes whole with the item.
            Part::InputImage(_) | Part::InputFile(_) | Part::Other { .. } => return,
        };
        if done {
            growing.stop(sink);
        }
    }

    pub(super) fn finish(
        &mut self,
        message: Message,
        place: &Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), DecodeError> {
        if self.parts.is_empty() && self.envelope.is_none() {
            self.announce(&message);
        }
        match message.content {
            None => {}
            Some(TextOr::Text(text)) => self.say(0, Words::Text, &text, true, sink),
            Some(TextOr::List(list)) => {
                for (index, part) in list.into_iter().enumerate() {
                    let number = u64::try_from(index).unwrap_or(u64::MAX);
                    if matches!(part, Part::InputImage(_) | Part::InputFile(_) | Part::Other { .. }) {
                        sink.whole(parts::read(part, Speaker::Model, &place.inner("content", index))?);
                    } else {
                        self.whole_part(number, &part, true, sink);
                    }
                }
            }
        }
        self.parts.iter_mut().for_each(|(_, part)| part.stop(sink));
        Ok(())
    }
}
