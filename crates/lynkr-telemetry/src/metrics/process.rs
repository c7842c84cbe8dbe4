//! What the operating system says of this process (Linux's `/proc`; nothing elsewhere).

/// What the operating system says of this process.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Process {
    /// Memory that is resident, in bytes.
    pub resident_bytes: Option<u64>,
    /// Memory that is the process's own, in bytes: heap and stacks, whether resident or swapped out, without the pages of
    /// files.
    pub private_bytes: Option<u64>,
    /// Processor time used so far, in seconds.
    pub cpu_seconds: Option<f64>,
    /// Open file descriptors.
    pub open_descriptors: Option<u64>,
}

/// Clock ticks per second in `/proc/self/stat`: fixed at 100 in Linux's interface to programs.
const TICKS: f64 = 100.0;

/// Asks the operating system. What it doesn't say is `None`, never zero.
pub fn process() -> Process {
    let stat = std::fs::read_to_string("/proc/self/stat").ok();
    Process {
        cpu_seconds: stat.as_deref().and_then(cpu),
        open_descriptors: std::fs::read_dir("/proc/self/fd").ok().map(|open| open.count() as u64),
        ..process_memory()
    }
}

/// The same, of memory alone: with thousands of connections open, counting descriptors takes long.
pub fn process_memory() -> Process {
    let status = std::fs::read_to_string("/proc/self/status").ok();
    Process {
        resident_bytes: status.as_deref().and_then(|status| memory(status, "VmRSS:")),
        private_bytes: status.as_deref().and_then(private),
        ..Process::default()
    }
}

/// How much memory the process may have, in bytes: the container's limit where there is one, else the machine's
/// memory. `None` where the system doesn't say.
pub fn memory_limit() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").as_deref().and_then(machine_memory);
    // Version 2 of control groups, then version 1, as seen from within a container.
    let container = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .into_iter()
        .find_map(|path| read(path)?.trim().parse::<u64>().ok());
    match (container, machine) {
        // Without a limit version 1 says a number that no machine has.
        (Some(container), Some(machine)) => Some(container.min(machine)),
        (one, other) => one.or(other),
    }
}

/// `MemTotal:       24589452 kB`
fn machine_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// What is resident without a file behind it, and what is swapped out.
fn private(status: &str) -> Option<u64> {
    Some(memory(status, "RssAnon:")? + memory(status, "VmSwap:").unwrap_or(0))
}

/// `VmRSS:   12345 kB`
fn memory(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Fields 14 and 15, counted after the command's closing parenthesis: it may hold blanks.
fn cpu(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::{cpu, machine_memory, memory, memory_limit, private, process};

    #[test]
    fn the_kernels_lines_are_read() {
        let status = "Name:\tx\nVmRSS:\t   2048 kB\nRssAnon:\t 512 kB\nVmSwap:\t 512 kB\n";
        assert_eq!(memory(status, "VmRSS:"), Some(2 * 1024 * 1024));
        assert_eq!(private(status), Some(1024 * 1024));
        assert_eq!(memory("Name:\tx\n", "VmRSS:"), None);
        let stat = "1 (a (b) c) S 1 1 1 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 1 1 1";
        assert_eq!(cpu(stat), Some(3.0));
        assert_eq!(cpu("nonsense"), None);
        assert_eq!(machine_memory("MemTotal:        1024 kB\nMemFree: 1 kB\n"), Some(1024 * 1024));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory() {
        assert!(process().resident_bytes.is_some_and(|bytes| bytes > 100_000));
        assert!(process().private_bytes > Some(0) && process().private_bytes < process().resident_bytes);
        assert!(memory_limit() > process().resident_bytes);
    }
}
