//! Automation.
mod e2e;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("e2e") => e2e::run(args.collect()),
        other => anyhow::bail!("unknown task {other:?}; known: e2e"),
    }
}
