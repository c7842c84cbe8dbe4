//! Percentiles, and lines as the kernel writes them.

use super::{Range, Spread, busy_share, cpu_seconds, mebibytes};

#[test]
fn percentiles_are_samples() {
    assert_eq!(Spread::of(vec![]), None);
    assert_eq!(Spread::of(vec![2.0]), Some(Spread { p50: 2.0, p99: 2.0 }));
    let hundred = (1..=100).rev().map(f64::from).collect();
    let spread = Spread::of(hundred).unwrap();
    assert_eq!(spread, Spread { p50: 50.0, p99: 99.0 });
    assert_eq!(spread.above(Spread { p50: 49.0, p99: 100.0 }), Spread { p50: 1.0, p99: -1.0 });
}

#[test]
fn rounds_have_a_middle_and_a_width() {
    let range = Range::of(vec![30.0, 10.0, 20.0]).unwrap();
    assert_eq!(range, Range { median: 20.0, least: 10.0, most: 30.0 });
    assert_eq!((range.width(), Range::of(vec![])), (1.0, None));
}

#[test]
fn cpu_time_is_found_behind_any_name() {
    let fields = "S 1 1 1 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 3 0 100 0 0";
    assert_eq!(cpu_seconds(&format!("42 (lynkr) {fields}")), Some(2.0));
    assert_eq!(cpu_seconds(&format!("42 (a) b (c) {fields}")), Some(2.0));
    assert_eq!(cpu_seconds("42 (lynkr) S 1 1"), None);
    assert_eq!(cpu_seconds(""), None);
}

#[test]
fn memory_is_mebibytes() {
    let status = "Name:\tlynkr\nVmHWM:\t    4096 kB\nVmRSS:\t    2048 kB\n";
    assert_eq!((mebibytes(status, "VmHWM"), mebibytes(status, "VmRSS")), (Some(4.0), Some(2.0)));
    assert_eq!(mebibytes(status, "VmSwap"), None);
}

#[test]
fn a_busy_machine_is_seen_between_two_looks() {
    let before = "cpu  100 0 100 800 0 0 0 0 7 7\ncpu0 1 1 1 1\n";
    let after = "cpu  130 0 110 850 10 0 0 0 9 9\n";
    assert_eq!(busy_share(before, after), Some(0.4));
    assert_eq!((busy_share(before, before), busy_share("", after)), (None, None));
}
