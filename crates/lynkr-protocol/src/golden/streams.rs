//! Upstreams' streams as clients of every dialect get them, byte for byte.

use super::{Fixture, context, stream_fixtures};
use crate::Dialect;
use crate::neutral::Event;
use crate::{EventDecoder, codec};

/// All events of a stream that comes in pieces of `size` bytes.
fn events(fixture: &Fixture, size: usize) -> Vec<Event> {
    let mut decoder: Box<dyn EventDecoder> = codec(fixture.dialect).event_decoder();
    let mut events = Vec::new();
    for piece in fixture.bytes.chunks(size) {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    events
}

#[test]
fn every_stream_for_every_client() {
    for fixture in stream_fixtures() {
        let events = events(&fixture, usize::MAX);
        for client in Dialect::ALL {
            let mut encoder = codec(client).event_encoder(context());
            let mut out = Vec::new();
            for event in &events {
                encoder.push(event, &mut out);
            }
            fixture.check(&format!("stream.for.{client}"), &super::frames::text(out));
        }
    }
}

#[test]
fn any_split_gives_the_same_events() {
    for fixture in stream_fixtures() {
        let whole = events(&fixture, usize::MAX);
        for size in [1, 2, 3, 7, 64, 1_000] {
            assert_eq!(events(&fixture, size), whole, "{} in pieces of {size}", fixture.name());
        }
    }
}

/// The order that encoders rely on: one start first, dense and balanced blocks, one terminal event last.
#[track_caller]
pub(crate) fn check_contract(events: &[Event]) {
    let mut open = std::collections::BTreeSet::new();
    let mut next = 0;
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start { .. } => assert!(events[..at].iter().all(|event| matches!(event, Event::Ping))),
            Event::BlockStart { index, .. } => {
                assert_eq!(*index, next);
                next += 1;
                open.insert(*index);
            }
            Event::BlockStop { index } => assert!(open.remove(index), "block {index} is not open"),
            Event::TextDelta { index, .. }
            | Event::ThinkingDelta { index, .. }
            | Event::Signature { index, .. }
            | Event::ArgsDelta { index, .. }
            | Event::Citation { index, .. }
            | Event::RefusalDelta { index, .. } => assert!(open.contains(index), "block {index} is not open"),
            Event::Stop(_) => assert!(open.is_empty()),
            Event::Usage(_) | Event::Ping | Event::Error(_) | Event::Opaque { .. } => {}
        }
    }
    assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
    assert!(events.last().is_some_and(Event::is_terminal));
}

#[test]
fn every_stream_keeps_the_contract() {
    for fixture in stream_fixtures() {
        check_contract(&events(&fixture, usize::MAX));
    }
}
