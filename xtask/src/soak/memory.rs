//! What the gateways take of memory, as the kernel says it, over the time of a soak.

use crate::bench::gateway::{Gateway, Way};
use anyhow::Context as _;
use std::time::{Duration, Instant};

/// How often memory is looked at while requests go on.
const EVERY: Duration = Duration::from_secs(60);

/// Memory of one gateway at one moment, in MiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// All that is resident: what the limit holds for.
    pub(crate) resident: f64,
    /// The part of it that no file is behind: stacks, and what allocators have taken.
    private: f64,
}

impl Memory {
    pub(crate) fn of(gateway: &Gateway) -> anyhow::Result<Self> {
        let resident = gateway.memory("VmRSS").context("the process is gone")?;
        let private = gateway.memory("RssAnon").context("the kernel tells no RssAnon")?;
        Ok(Self { resident, private })
    }
}

/// Memory of all gateways.
pub(crate) fn of_all(gateways: &[(Way, Gateway)]) -> anyhow::Result<Vec<(Way, Memory)>> {
    let mut all = Vec::new();
    for (way, gateway) in gateways {
        let memory = Memory::of(gateway);
        all.push((*way, memory.with_context(|| format!("{way:?}\n{}", gateway.log()))?));
    }
    Ok(all)
}

/// Prints a line for each gateway every minute, for as long as it is polled.
pub(crate) async fn watch(gateways: &[(Way, Gateway)]) -> anyhow::Result<()> {
    let began = Instant::now();
    println!("minutes | way | resident | private (MiB)");
    loop {
        tokio::time::sleep(EVERY).await;
        for (way, memory) in of_all(gateways)? {
            let Memory { resident, private } = memory;
            let minutes = began.elapsed().as_secs_f64() / 60.0;
            println!("{minutes:7.1} | {way:?} | {resident:.1} | {private:.1}");
        }
    }
}
