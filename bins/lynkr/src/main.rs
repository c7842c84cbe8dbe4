//! The `lynkr` command.
fn main() {}
