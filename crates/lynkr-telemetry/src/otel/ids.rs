//! Random ids, but for spans whose ids were given out before the spans are made.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

thread_local! {
    /// The id of the next span that this thread makes.
    static NEXT: Cell<Option<[u8; 8]>> = const { Cell::new(None) };
}

#[derive(Debug, Default)]
pub(super) struct Ids(RandomIdGenerator);

/// Makes a span with this id.
pub(super) fn with_id<T>(id: [u8; 8], make: impl FnOnce() -> T) -> T {
    NEXT.set(Some(id));
    let made = make();
    // A span that isn't sampled may have taken none.
    NEXT.set(None);
    made
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        self.0.new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        NEXT.take().map_or_else(|| self.0.new_span_id(), SpanId::from_bytes)
    }
}
