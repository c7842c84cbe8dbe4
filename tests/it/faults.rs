//! Faults to survive: upstreams and clients that do their worst. Each time the right error, bounded memory, and a
//! gateway that goes on serving.

mod clients;
mod machine;
mod servers;
mod upstreams;

use lynkr_testkit::Dialect;

use crate::dialects;
use crate::documents;
use crate::gateway::Gateway;

const MIB: usize = 1024 * 1024;

/// What may have been allocated besides what a test is about: buffers, other threads' arenas.
const SLACK: usize = 48 * MIB;

/// Fails where the process has had more memory than this above what it had before.
#[track_caller]
fn grew_at_most(gateway: &Gateway, before: usize, most: usize) {
    let grown = gateway.peak_memory().saturating_sub(before);
    assert!(grown <= most, "{} MiB more than before, where {} MiB are due", grown / MIB, most / MIB);
}

/// Fails where the gateway panicked on the way or doesn't serve any more.
async fn goes_on(gateway: &Gateway) {
    gateway.get("/health/live").await.expect(200);
    let log = gateway.log();
    assert!(!log.contains("panicked"), "{log}");
}

fn hello(dialect: Dialect, stream: bool) -> serde_json::Value {
    dialects::ask(dialect, "Hello.", stream)
}

/// Each fault in the document's list names the tests that show what becomes of it, and there are such tests.
#[test]
fn the_document_names_tests_that_there_are() {
    let page = include_str!("../../docs/testing.md");
    let section = page.split("\n## ").find(|section| section.starts_with("Faults to survive"));
    let rows: Vec<&str> = section
        .expect("the section")
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| Fault"))
        .collect();
    assert!(rows.len() >= 25, "{} rows", rows.len());
    for row in rows {
        let proofs = row.trim_end_matches(" |").rsplit_once(" | ").expect("proofs").1;
        proofs.split(", ").for_each(documents::names_a_test);
    }
}
