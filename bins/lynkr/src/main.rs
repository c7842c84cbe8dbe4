//! The `lynkr` command; everything is in `lynkr-cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lynkr_cli::run(env!("CARGO_PKG_VERSION"))
}
