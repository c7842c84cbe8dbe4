//! The low-level upstream: gates, cuts, and the peer's disconnect.

use std::time::Duration;

use http_body_util::BodyExt;
use serde_json::json;

use super::*;
use crate::probe::Probe;
use crate::{Abort, Gate, Progress, Script};

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(5), work).await.expect("in time")
}

#[tokio::test]
async fn scripts_are_played_in_order_and_requests_recorded() {
    let upstream = Upstream::start(vec![Script::json(201, &json!({"n": 1})), Script::sse(["data: 2\n\n"])])
        .await
        .unwrap();
    let mut probe = Probe::open(upstream.address()).await;
    let first = probe.post("/a?b=c", &[("X-One", "1"), ("X-Two", "2")], &json!({"q": true})).await;
    assert_eq!((first.status, first.body.as_str()), (201, r#"{"n":1}"#));
    let second = probe.post("/b", &[], &json!({})).await;
    assert_eq!((second.status, second.body.as_str()), (200, "data: 2\n\n"));
    let third = probe.post("/c", &[], &json!({})).await;
    assert_eq!((third.status, upstream.unexpected(), upstream.arrivals()), (500, 1, 3));

    let recorded = upstream.request(0).await;
    assert_eq!(
        (recorded.method.as_str(), recorded.path.as_str(), recorded.query.as_deref()),
        ("POST", "/a", Some("b=c"))
    );
    assert_eq!(recorded.json(), json!({"q": true}));
    let names: Vec<_> = recorded.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["host", "content-type", "x-one", "x-two", "content-length"]);
    assert_eq!(recorded.connection, upstream.request(1).await.connection);
    assert_eq!(within(recorded.disconnected()).await, None);
}

#[tokio::test]
async fn a_gate_holds_the_stream_where_it_stands() {
    let gate = Gate::new();
    let script = Script::sse(["data: 1\n\n"]).wait(&gate).send("data: 2\n\n");
    let upstream = Upstream::start(vec![script]).await.unwrap();
    let mut probe = Probe::open(upstream.address()).await;
    let mut body = probe.send("/x", &[], &json!({})).await.unwrap().into_body();
    let first = within(body.frame()).await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&first[..], b"data: 1\n\n");
    within(gate.reached()).await;
    assert_eq!(upstream.request(0).await.progress(), Progress::Answering);
    gate.open();
    let second = within(body.frame()).await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&second[..], b"data: 2\n\n");
    assert!(within(body.frame()).await.is_none());
}

#[tokio::test]
async fn each_send_is_a_write_of_its_own() {
    let upstream =
        Upstream::start(vec![Script::sse(["abcdef"]).split_every(2).paced(Duration::from_millis(5))])
            .await
            .unwrap();
    let mut probe = Probe::open(upstream.address()).await;
    let mut body = probe.send("/x", &[], &json!({})).await.unwrap().into_body();
    let mut pieces = Vec::new();
    while let Some(frame) = within(body.frame()).await {
        pieces.push(frame.unwrap().into_data().unwrap());
    }
    assert_eq!(pieces, ["ab", "cd", "ef"]);
}

#[tokio::test]
async fn a_leaving_peer_is_noticed_at_once() {
    for script in [Script::sse(["data: 1\n\n"]).wait(&Gate::new()), Script::new().wait(&Gate::new())] {
        let upstream = Upstream::start(vec![script]).await.unwrap();
        let mut probe = Probe::open(upstream.address()).await;
        let mut pending = Box::pin(async move {
            let response = probe.send("/x", &[], &json!({})).await;
            (probe, response)
        });
        let recorded = tokio::select! {
            (probe, response) = &mut pending => {
                drop(response);
                probe.close();
                upstream.request(0).await
            }
            recorded = async {
                let recorded = upstream.request(0).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                recorded
            } => recorded,
        };
        drop(pending);
        assert!(within(recorded.disconnected()).await.is_some());
    }
}

#[tokio::test]
async fn an_abort_delivers_what_came_before_and_nothing_after() {
    for how in [Abort::Close, Abort::Reset] {
        let script = Script::sse(["data: 1\n\n"]).sleep(Duration::from_millis(20)).abort(how).send("never");
        let upstream = Upstream::start(vec![script]).await.unwrap();
        let mut probe = Probe::open(upstream.address()).await;
        let answer = within(probe.post("/x", &[], &json!({}))).await;
        assert_eq!((answer.body.as_str(), answer.complete), ("data: 1\n\n", false), "{how:?}");
        let recorded = upstream.request(0).await;
        assert_eq!((within(recorded.disconnected()).await, recorded.progress()), (None, Progress::Aborted));
    }
}

#[tokio::test]
async fn an_abort_before_the_head_leaves_no_answer() {
    let upstream = Upstream::with(|_| Script::new().abort(Abort::Reset)).await.unwrap();
    let mut probe = Probe::open(upstream.address()).await;
    assert!(within(probe.send("/x", &[], &json!({}))).await.is_err());
}
