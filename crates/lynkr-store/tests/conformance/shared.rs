//! Redis.

use std::sync::Arc;
use std::time::Duration;

use crate::harness::{Place, Test, minutes};
use crate::limits::{count_alike, hold_under_many_hands};
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    redis_counts_like_memory,
    redis_holds_under_many_hands,
    a_cached_value_comes_back_until_it_ends,
    prefixes_keep_gateways_apart,
];

async fn redis_counts_like_memory(place: Place) {
    count_alike(&place.redis().await).await;
}

async fn redis_holds_under_many_hands(place: Place) {
    let one = place.redis().await;
    hold_under_many_hands([Arc::new(one.clone()), Arc::new(one)]).await;
}

async fn a_cached_value_comes_back_until_it_ends(place: Place) {
    let cache = place.redis().await;
    cache.ping().await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.put("a", &[0, 255, b'\n'], minutes(1)).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), Some(vec![0, 255, b'\n']));
    assert!(cache.delete("a").await.unwrap());
    assert!(!cache.delete("a").await.unwrap());
    cache.put("b", b"x", Duration::from_millis(30)).await.unwrap();
    while cache.get("b").await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn prefixes_keep_gateways_apart(place: Place) {
    let (one, two) = (place.redis().await, place.redis().await);
    one.put("a", b"one", minutes(1)).await.unwrap();
    assert_eq!(two.get("a").await.unwrap(), None);
}
