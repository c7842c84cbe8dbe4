//! Takes the events of a step where other answers are written for a client.

use std::sync::{Arc, Mutex, PoisonError};

use lynkr_protocol::EventEncoder;
use lynkr_protocol::neutral::Event;

/// Where a step's events go; a clone is the same place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Vec<Event>>>);

impl Capture {
    /// Adds events.
    pub(crate) fn extend(&self, events: impl IntoIterator<Item = Event>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(events);
    }

    /// Takes what came since the last call.
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An encoder that writes nothing.
impl EventEncoder for Capture {
    fn push(&mut self, event: &Event, _: &mut Vec<u8>) {
        self.extend([event.clone()]);
    }

    fn keep_alive(&mut self, _: &mut Vec<u8>) {
        self.extend([Event::Ping]);
    }
}
