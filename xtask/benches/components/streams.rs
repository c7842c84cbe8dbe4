//! Streams: what an event costs that is translated, and one that passes and is watched. An iteration is a stream of 200
//! events; who prints the figures divides.

use crate::samples::{EVENTS, Pair, clients, context, stream};
use divan::Bencher;
use divan::counter::ItemsCount;
use lynkr_protocol::tap::Tap;
use lynkr_protocol::{Dialect, codec};

/// Each event read in the provider's dialect and written in the client's.
#[divan::bench(args = Pair::translated(), sample_count = 30)]
fn translate_events(bencher: Bencher<'_, '_>, pair: Pair) {
    let frames = stream(pair.upstream);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        let mut decoder = codec(pair.upstream).event_decoder();
        let mut encoder = codec(pair.client).event_encoder(context());
        let (mut events, mut out) = (Vec::new(), Vec::new());
        for frame in &frames {
            decoder.push(frame, &mut events).expect("a stream of our own");
            out.clear();
            events.drain(..).for_each(|event| encoder.push(&event, &mut out));
        }
        out.len()
    });
}

/// Each event looked at on its way.
#[divan::bench(args = clients(), sample_count = 30)]
fn watch_events(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let frames = stream(dialect);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        let mut tap = Tap::new(dialect);
        for frame in &frames {
            // What it finds is told at the end; a frame of our own has no fault.
            let _ = tap.push(frame);
        }
        tap
    });
}
