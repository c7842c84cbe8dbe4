//! Arithmetic on what was measured, and the reading of what the kernel says about a process.

/// Milliseconds in the middle and at the far end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Spread {
    /// The spread of some milliseconds, in any order; nothing for none.
    pub(crate) fn of(mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        Some(Self { p50: at(&samples, 50)?, p99: at(&samples, 99)? })
    }

    /// How much more this is than another.
    pub(crate) fn above(self, other: Self) -> Self {
        Self { p50: self.p50 - other.p50, p99: self.p99 - other.p99 }
    }
}

/// The middle of some rounds, and how far apart they lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Range {
    /// The range of some figures, in any order; nothing for none.
    pub(crate) fn of(mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        Some(Self { median: at(&samples, 50)?, least: *samples.first()?, most: *samples.last()? })
    }

    /// How far apart the rounds lie, as a share of their middle.
    pub(crate) fn width(self) -> f64 {
        (self.most - self.least) / self.median
    }
}

/// The smallest sample that at least `percent` of all don't exceed.
fn at(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Ticks per second in `/proc`: fixed by Linux for what it shows to programs.
const TICKS: f64 = 100.0;

/// CPU seconds from the text of `/proc/PID/stat`: user and system time.
pub(crate) fn cpu_seconds(stat: &str) -> Option<f64> {
    // The second field is the program's name in brackets and may hold anything, brackets included.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(system)) / TICKS)
}

/// A size in MiB from the text of `/proc/PID/status`: `VmRSS` or `VmHWM`.
pub(crate) fn mebibytes(status: &str, name: &str) -> Option<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kibibytes: u32 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(f64::from(kibibytes) / 1024.0)
}

/// The share of all cores' time that wasn't idle between two texts of `/proc/stat`.
pub(crate) fn busy_share(before: &str, after: &str) -> Option<f64> {
    let times = |text: &str| -> Option<Vec<u64>> {
        let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        // Guests' times, behind these eight, are in the first two already.
        line.split_whitespace().take(8).map(|time| time.parse().ok()).collect()
    };
    let pairs = times(before)?.into_iter().zip(times(after)?);
    let passed = |(old, new): (u64, u64)| u32::try_from(new.saturating_sub(old)).map(f64::from).ok();
    let spent = pairs.map(passed).collect::<Option<Vec<f64>>>()?;
    // The fourth and fifth: idle, and idle with a disk under way.
    let idle: f64 = spent.iter().skip(3).take(2).sum();
    let all: f64 = spent.iter().sum();
    (all > 0.0).then(|| 1.0 - idle / all)
}

#[cfg(test)]
mod tests;
