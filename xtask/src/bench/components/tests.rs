//! A table as divan prints it.

use super::*;

const PRINTED: &str = "\
Timer precision: 20 ns
components                       fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ no_op                         0.3 ns        │ 0.5 ns        │ 0.31 ns       │ 0.32 ns       │ 100     │ 819200
├─ stack                                       │               │               │               │         │
│  ├─ breaker_closed             100.1 ns      │ 200 ns        │ 110.5 ns      │ 111 ns        │ 100     │ 6400
│  │                             max alloc:    │               │               │               │         │
│  │                               9           │ 9             │ 9             │ 9             │         │
│  │                               9 B         │ 9 B           │ 9 B           │ 9 B           │         │
│  │                             alloc:        │               │               │               │         │
│  │                               4           │ 4             │ 4             │ 4             │         │
│  │                               1.5 KB      │ 1.5 KB        │ 1.5 KB        │ 1.5 KB        │         │
│  │                             dealloc:      │               │               │               │         │
│  │                               7           │ 7             │ 7             │ 7             │         │
│  ╰─ rate_limit                 1.5 µs        │ 2 ms          │ 1.6 µs        │ 1.7 µs        │ 100     │ 100
╰─ streams                                     │               │               │               │         │
   ╰─ translate_events                         │               │               │               │         │
      ╰─ anthropic->gemini       400 µs        │ 1 ms          │ 600 µs        │ 600 µs        │ 30      │ 30
                                 499 Kitem/s   │ 200 Kitem/s   │ 333 Kitem/s   │ 333 Kitem/s   │         │
";

#[test]
fn names_are_paths_and_times_are_nanoseconds() {
    let all = lines(PRINTED);
    let names: Vec<&str> = all.iter().map(|line| line.name.as_str()).collect();
    let stream = "streams/translate_events/anthropic->gemini";
    assert_eq!(names, ["no_op", "stack/breaker_closed", "stack/rate_limit", stream]);
    assert_eq!((all[1].fastest, all[1].slowest, all[1].median), (100.1, 200.0, 110.5));
    assert_eq!((all[1].allocations, all[1].bytes), (Some(4.0), Some(1_500.0)));
    assert_eq!((all[2].slowest, all[2].allocations), (2e6, None));
}

#[test]
fn streams_are_told_per_event() {
    let mut all = lines(PRINTED);
    all.iter_mut().for_each(per_event);
    assert_eq!(
        (all[3].name.as_str(), all[3].median),
        ("streams/translate_events/anthropic->gemini, per event", 3_000.0)
    );
    assert_eq!(all[1], lines(PRINTED)[1], "nothing else is divided");
}

#[test]
fn the_specifications_figures_stand_beside_ours_without_a_ratio() {
    let text = specified(&lines(PRINTED));
    let row =
        "| circuit breaker (closed) | 0.2 µs | 4,300,000 | `stack/breaker_closed` | 110.5 ns | 9.0 million |";
    assert!(text.contains(row), "{text}");
    assert!(
        text.contains("| combined middleware stack | 7.1 µs | 140,000 | `stack/stack_layers` | – | – |"),
        "{text}"
    );
    assert!(!text.contains('×'));
}

#[test]
fn durations_are_readable() {
    assert_eq!([0.31, 1_500.0, 2.5e6].map(duration), ["0.3 ns", "1.50 µs", "2.50 ms"]);
    assert_eq!([200.0, 7_100.0, 2e6].map(per_second), ["5.0 million", "141,000", "500"]);
}
