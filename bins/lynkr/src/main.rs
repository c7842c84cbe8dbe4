//! The `lynkr` command; everything is in `lynkr-cli`.

use std::alloc::System;
use std::process::ExitCode;

/// The system's allocator, which counts what it gives out: load is shed before the memory is gone.
#[global_allocator]
static ALLOCATOR: cap::Cap<System> = cap::Cap::new(System, usize::MAX);

fn main() -> ExitCode {
    lynkr_telemetry::count_allocations(|| ALLOCATOR.allocated());
    lynkr_cli::run(env!("CARGO_PKG_VERSION"))
}
