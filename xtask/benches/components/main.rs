//! Micro-benchmarks of the parts that a request goes through. `cargo xtask bench components` runs them and prints the
//! medians beside the figures of the specification; `cargo bench --package xtask` is the plain way.
#![expect(clippy::expect_used, reason = "what can't be set up has no figure")]

#[path = "../../src/bench/bodies/texts.rs"]
#[expect(dead_code, reason = "some of the texts are for the load generator alone")]
mod texts;

mod admission;
mod converters;
mod routing;
mod samples;
mod stack;
mod streams;

use std::hint::black_box;

/// Counts allocations beside the times.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

/// What measuring itself costs.
#[divan::bench]
fn no_op() -> u64 {
    black_box(1)
}
