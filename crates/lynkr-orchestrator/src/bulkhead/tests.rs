//! The limit holds, places come back, and the queue has an end.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use lynkr_config::Inputs;
use lynkr_providers::{resolve_provider, settings_tables};

use super::*;

fn limited(places: &str) -> Upstream {
    let environment = BTreeMap::from([
        ("ZAI_API_KEY".to_owned(), "0123456789abcdef.0123456789".to_owned()),
        ("ZAI_MAX_CONCURRENT".to_owned(), places.to_owned()),
    ]);
    let values = lynkr_config::load(&settings_tables(), &Inputs { environment, ..Inputs::default() }).values;
    Upstream::from_values(resolve_provider("zai", &[]).unwrap(), &values).unwrap()
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_waits_for_a_place() {
    let upstream = limited("1");
    let bulkheads = Bulkheads::of([&upstream].into_iter());
    let first = bulkheads.enter(&upstream).await.unwrap();
    let second = tokio::time::timeout(Duration::from_secs(60), bulkheads.enter(&upstream)).await;
    assert!(second.is_err());
    drop(first);
    bulkheads.enter(&upstream).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_turns_away() {
    let upstream = limited("1");
    let bulkheads = Bulkheads::of([&upstream].into_iter());
    let _first = bulkheads.enter(&upstream).await.unwrap();
    let mut queue = Vec::new();
    for _ in 0..MOST_WAITING {
        let mut waiting = Box::pin(bulkheads.enter(&upstream));
        assert!(poll_once(waiting.as_mut()).is_none());
        queue.push(waiting);
    }
    let failure = bulkheads.enter(&upstream).await.unwrap_err();
    assert_eq!(failure.error.status, 503);
    // Whoever leaves the queue makes room in it.
    queue.pop();
    assert!(poll_once(Box::pin(bulkheads.enter(&upstream)).as_mut()).is_none());
}
