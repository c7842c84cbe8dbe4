//! Reads the tables that divan prints: a tree of names, and for each benchmark columns of times, followed by rows about
//! memory.

use serde_json::{Value, json};

/// A benchmark; times in nanoseconds, memory per iteration.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Groups, the function, and its argument, with slashes between.
    pub(super) name: String,
    pub(super) fastest: f64,
    pub(super) slowest: f64,
    pub(super) median: f64,
    pub(super) allocations: Option<f64>,
    pub(super) bytes: Option<f64>,
}

impl Line {
    /// For programs and comparisons.
    pub(super) fn json(&self) -> Value {
        json!({ "name": self.name, "fastest_ns": self.fastest, "median_ns": self.median, "slowest_ns": self.slowest,
                "allocations": self.allocations, "bytes_allocated": self.bytes })
    }
}

/// What the rows below a benchmark are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Nothing,
    /// The next row is the number of allocations, and the one after it their bytes.
    Allocations,
    Bytes,
}

/// All benchmarks of what was printed; what isn't in the form of a table is left out.
pub(super) fn lines(printed: &str) -> Vec<Line> {
    let (mut all, mut path, mut about) = (Vec::<Line>::new(), Vec::<String>::new(), About::Nothing);
    for text in printed.lines() {
        let cells: Vec<&str> = text.split('│').map(str::trim).collect();
        let Some((depth, rest)) = branch(text) else {
            about = memory(&cells, about, all.last_mut());
            continue;
        };
        about = About::Nothing;
        let mut words = rest.split("  ").map(str::trim).filter(|word| !word.is_empty());
        path.truncate(depth);
        path.extend(words.next().map(|name| name.trim_end_matches(" │").to_owned()));
        let first = words.next().unwrap_or_default();
        // From the right: slowest, median, mean, samples, iterations.
        let at = |back: usize| cells.len().checked_sub(back).and_then(|at| cells.get(at)).copied();
        let times = [Some(first), at(5), at(4)].map(|cell| cell.and_then(nanoseconds));
        if let [Some(fastest), Some(slowest), Some(median)] = times {
            all.push(Line { name: path.join("/"), fastest, slowest, median, allocations: None, bytes: None });
        }
    }
    all
}

/// How deep a row's branch is, and what stands behind it up to the second column.
fn branch(text: &str) -> Option<(usize, &str)> {
    let at = text.find("├─ ").or_else(|| text.find("╰─ "))?;
    let depth = text.get(..at)?.chars().count() / 3;
    let rest = text.get(at..)?.split_once(' ')?.1;
    Some((depth, rest.split('│').next().unwrap_or_default()))
}

/// A row about memory: the third column is the median.
fn memory(cells: &[&str], about: About, line: Option<&mut Line>) -> About {
    let first = |cell: &&&str| !cell.is_empty();
    let Some(label) = cells.iter().find(first) else { return About::Nothing };
    if label.ends_with("alloc:") {
        return if *label == "alloc:" { About::Allocations } else { About::Nothing };
    }
    let median = cells.len().checked_sub(4).and_then(|at| cells.get(at)).copied().unwrap_or_default();
    let (Some(line), About::Allocations | About::Bytes) = (line, about) else { return About::Nothing };
    if about == About::Allocations {
        line.allocations = median.parse().ok();
        return About::Bytes;
    }
    line.bytes = bytes(median);
    About::Nothing
}

fn nanoseconds(cell: &str) -> Option<f64> {
    let (number, unit) = cell.split_once(' ')?;
    let scale = match unit {
        "ps" => 1e-3,
        "ns" => 1.0,
        "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}

fn bytes(cell: &str) -> Option<f64> {
    let (number, unit) = cell.split_once(' ')?;
    let scale = match unit {
        "B" => 1.0,
        "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}
