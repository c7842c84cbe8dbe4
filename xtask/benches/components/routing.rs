//! How hard a request is, and which model follows from it.

use crate::samples::large;
use divan::Bencher;
use lynkr_orchestrator::{Headers, Identity, Ingress, Router, Unbound};
use lynkr_protocol::Dialect;
use lynkr_protocol::peek::peek;
use lynkr_routing::{Candidate, Ladder, Pin, Policy, Standing, Surroundings, score};
use std::sync::Arc;

const QUESTION: &str = "The retry loop still drops the last error when the budget is used up; find out why, mend it and add a test.";

/// The score of one sentence.
#[divan::bench]
fn scorer() -> lynkr_routing::Scored {
    score(divan::black_box(QUESTION))
}

/// Everything is set up and nobody is in the way.
struct Idle;

impl Surroundings for Idle {
    fn standing(&self, _: &Candidate) -> Standing {
        Standing::default()
    }

    fn pays(&self, _: &Pin, _: &Candidate) -> Option<bool> {
        None
    }

    fn now(&self) -> u64 {
        0
    }
}

fn policy() -> Policy {
    let candidate = |model: &str| Candidate { provider: "p".to_owned(), model: model.to_owned() };
    Policy::documented(
        Ladder::new(["s", "m", "c", "r"].map(|model| vec![candidate(model)])).expect("four tiers"),
    )
}

/// A decision on the coding agent's 92 KB, whose messages were seen before.
#[divan::bench]
fn decision(bencher: Bencher<'_, '_>) {
    let ingress = Ingress {
        dialect: Dialect::Anthropic,
        body: large(Dialect::Anthropic).into(),
        headers: Headers::new(),
        query: None,
        in_url: None,
        cloud: None,
        request_id: String::new(),
        gateway_key: None,
        identity: Arc::new(Identity::default()),
        trace: None,
        warrant: Arc::new(Unbound),
    };
    let (router, policy) = (Router::default(), policy());
    let peeked = peek(ingress.dialect, &ingress.body).expect("a body of our own");
    bencher.bench_local(|| router.decide(&policy, (&ingress, &peeked), None, &Idle));
}
