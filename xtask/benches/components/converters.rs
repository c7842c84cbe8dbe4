//! Requests: what every one is looked at for, what is validated, and what translating a coding agent's body costs.

use crate::samples::{Pair, clients, large, nested, small, target};
use divan::Bencher;
use lynkr_protocol::peek::peek;
use lynkr_protocol::{Dialect, codec};

/// The one pass over a small body.
#[divan::bench]
fn peek_small(bencher: Bencher<'_, '_>) {
    let body = small();
    bencher.bench_local(|| peek(Dialect::Anthropic, &body));
}

/// The one pass over 92 KB, in each client's dialect.
#[divan::bench(args = clients())]
fn peek_large(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let body = large(dialect);
    bencher.bench_local(|| peek(dialect, &body));
}

/// What a request with one message is checked for before anything goes up.
#[divan::bench]
fn validation_simple(bencher: Bencher<'_, '_>) {
    let body =
        br#"{"model":"claude-sonnet-4-5","max_tokens":100,"messages":[{"role":"user","content":"Hello."}]}"#;
    bencher.bench_local(|| peek(Dialect::Anthropic, body));
}

/// Every field of a request with blocks, a call, its result and a nested schema, read and checked.
#[divan::bench]
fn validation_complex(bencher: Bencher<'_, '_>) {
    let body = nested();
    bencher.bench_local(|| codec(Dialect::Anthropic).decode_request(&body));
}

/// 92 KB read in the client's dialect and written in the provider's.
#[divan::bench(args = Pair::all(), sample_count = 30)]
fn convert_request(bencher: Bencher<'_, '_>, pair: Pair) {
    let (body, target) = (large(pair.client), target());
    let (client, upstream) = (codec(pair.client), codec(pair.upstream));
    bencher.bench_local(|| {
        let conversation = client.decode_request(&body).expect("a body of our own");
        upstream.encode_request(&conversation, &target)
    });
}
