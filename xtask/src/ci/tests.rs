//! Sums and the table of times.

use super::{Outcome, table, totals::Totals};
use std::time::Duration;

#[test]
fn results_of_all_programs_are_summed() {
    let mut totals = Totals::default();
    for line in [
        "running 3 tests",
        "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        "test result: FAILED. 40 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.50s",
        "test result: ",
        "test result: ok. many passed; 99999999999999999999999 failed",
    ] {
        totals.add(line);
    }
    assert_eq!(totals.to_string(), "43 passed, 2 failed, 1 skipped");
}

#[test]
fn times_are_minutes() {
    let outcome = |name, passed, seconds| Outcome { name, passed, took: Duration::from_secs(seconds) };
    let text = table(&[outcome("fmt", true, 6), outcome("test", false, 120)]);
    assert_eq!(text, "fmt          0.1 min  ok\ntest         2.0 min  FAILED\nall          2.1 min\n");
}
