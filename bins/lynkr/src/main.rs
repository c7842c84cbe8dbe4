//! The `lynkr` command; everything is in `lynkr-cli`.

use std::process::ExitCode;

/// A request makes some hundred short-lived texts, many of which another thread frees: glibc's threads wait for each other there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    lynkr_cli::run(env!("CARGO_PKG_VERSION"))
}
