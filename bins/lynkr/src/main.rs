//! The `lynkr` command; everything is in `lynkr-cli`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Counts what it gives out: load is shed before the memory is gone. It is mimalloc, since what large bodies took goes
/// back to the system when they are done; glibc's allocator kept it for as long as the process lived (docs/performance.md).
#[global_allocator]
static ALLOCATOR: cap::Cap<MiMalloc> = cap::Cap::new(MiMalloc, usize::MAX);

fn main() -> ExitCode {
    lynkr_telemetry::count_allocations(|| ALLOCATOR.allocated());
    lynkr_cli::run(env!("CARGO_PKG_VERSION"))
}
