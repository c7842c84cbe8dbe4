//! How much the process has allocated, as far as its allocator counts.

use std::sync::OnceLock;

static COUNTED: OnceLock<fn() -> usize> = OnceLock::new();

/// Says how the program's allocator is asked for the bytes that it has given out. The first call counts.
pub fn count_allocations(allocated: fn() -> usize) {
    let _ = COUNTED.set(allocated);
}

/// The bytes that are allocated; `None` in a program whose allocator doesn't count.
pub fn allocated_bytes() -> Option<u64> {
    COUNTED.get().and_then(|allocated| u64::try_from(allocated()).ok())
}
