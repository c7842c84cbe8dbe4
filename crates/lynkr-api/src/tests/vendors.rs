//! What clients of every dialect see of what each provider's vendor really sends.
//!
//! `tests/fixtures/providers/<folder>/` holds a provider as somebody sets it up (`setup.json`) and its vendor's
//! answers (`*.http`, in that vendor's own envelopes). Each goes through the whole gateway, in one piece and byte by
//! byte, for a client of each dialect; the snapshot beside it (`<case>.snap`) has what that client gets.

mod clients;
mod folder;
mod upstream;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use lynkr_protocol::{Dialect, codec};
use lynkr_providers::PROVIDERS;
use serde_json::Value;
use tower::ServiceExt;

use crate::router;
use clients::{Ask, CLIENTS, PIXEL, request, told};
use folder::{Case, Folder, folders};
use upstream::{Pace, Vendor, service, shown};

/// What every folder holds: requests that leave, as snapshots, and answers.
const REQUESTS: [(&str, Ask); 2] = [("request", Ask::Work), ("image", Ask::Picture)];
const ANSWERS: [&str; 6] = ["reply", "stream", "tool-stream", "error", "throttle", "truncated"];

/// Headers that show who asks.
const CREDENTIALS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// Headers that are the gateway's own, or that the snapshots of requests have.
const UNSHOWN: &[&str] =
    &["cache-control", "content-length", "content-type", "x-accel-buffering", "x-request-id"];

/// What isn't an echo in a `response`.
const KEPT_OF_RESPONSE: &[&str] =
    &["error", "id", "incomplete_details", "model", "object", "output", "status", "usage"];

/// What a client got.
#[derive(Debug, PartialEq, Eq)]
struct Got {
    status: u16,
    head: String,
    receipt: String,
    body: Bytes,
}

async fn get(folder: &Folder, vendor: &Arc<Vendor>, client: Dialect, ask: Ask, stream: bool) -> Got {
    let request = request(folder, client, ask, stream);
    let response = router(service(folder, vendor)).oneshot(request).await.unwrap();
    let header = |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
    let mut head = header("content-type").to_owned();
    for (name, value) in response.headers() {
        // What routing tells is shown by its own tests.
        if !UNSHOWN.contains(&name.as_str()) && !name.as_str().starts_with("x-lynkr-") {
            let _ = write!(head, "\n{name}: {}", value.to_str().unwrap());
        }
    }
    let (status, receipt) = (response.status().as_u16(), header("x-lynkr-receipt").to_owned());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Got { status, head, receipt, body }
}

/// Compares with the snapshot beside a fixture.
fn check(folder: &Folder, name: &str, found: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder.path);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, found));
}

/// A body without what a `response` echoes of its request, in each of its first and last events.
fn in_short(client: Dialect, body: &[u8]) -> String {
    let text = str::from_utf8(body).unwrap().trim_end();
    if client != Dialect::OpenAiResponses {
        return text.to_owned();
    }
    let short = |line: &str| {
        let (label, data) = line.split_at(if line.starts_with("data: ") { 6 } else { 0 });
        let Ok(mut value) = serde_json::from_str::<Value>(data) else { return line.to_owned() };
        let holder = if value.get("response").is_some() { &mut value["response"] } else { &mut value };
        if holder["object"] == "response" {
            holder.as_object_mut().unwrap().retain(|name, _| KEPT_OF_RESPONSE.contains(&name.as_str()));
        }
        format!("{label}{value}")
    };
    text.lines().map(short).collect::<Vec<_>>().join("\n")
}

/// What a client makes of what it got; an error's status, else.
fn made_of(client: Dialect, got: &Got, stream: bool) -> Result<Vec<String>, u16> {
    if got.status >= 400 {
        let error = codec(client).decode_error(got.status, &got.body);
        assert!(!error.message.is_empty(), "{client}: an error without words");
        return Err(got.status);
    }
    told(client, &got.body, stream).map_err(|error| error.status)
}

/// What the vendor said, and why it isn't what its case is named for.
fn said(folder: &Folder, case: &Case) -> (Result<Vec<String>, u16>, bool) {
    let said = if case.failed() {
        Err(case.status)
    } else {
        told(folder.dialect, &case.inside(folder.dialect), case.is_stream()).map_err(|error| error.status)
    };
    let fits = match case.name.as_str() {
        "error" | "throttle" => case.failed(),
        "truncated" => !case.failed() && said.is_err(),
        "tool-stream" => {
            said.as_ref().is_ok_and(|said| said.iter().any(|part| part.starts_with("calls get_weather")))
        }
        "reply" | "stream" => said.is_ok() && case.is_stream() == (case.name == "stream"),
        _ => true,
    };
    (said, fits)
}

/// One answer for every client. Gives what is wrong with it.
async fn answer(folder: &Folder, case: &Case) -> Vec<String> {
    let place = format!("{}/{}", folder.name, case.name);
    let (said, fits) = said(folder, case);
    let mut wrong = Vec::new();
    if !fits {
        wrong.push(format!("{place} is none: {said:?}"));
    }
    let stream = case.streamed();
    let (mut text, mut statuses) = (String::new(), BTreeSet::new());
    for client in CLIENTS {
        let vendor = Vendor::new(folder, case, Pace::Events);
        let got = get(folder, &vendor, client, Ask::Question, stream).await;
        if vendor.sent().is_none() {
            let _ = writeln!(text, "# {client}\nnot asked here\n");
            continue;
        }
        // A failure that comes with the first words is answered as one: nothing has gone to the client yet.
        let paces = if said.is_ok() { &[Pace::Bytes, Pace::Whole][..] } else { &[Pace::Bytes] };
        for pace in paces {
            let other = get(folder, &Vendor::new(folder, case, *pace), client, Ask::Question, stream).await;
            if got != other {
                wrong.push(format!("{place} for {client}: {got:?}\n{pace:?}: {other:?}"));
            }
        }
        let made = made_of(client, &got, stream);
        if made.as_ref().ok() != said.as_ref().ok() {
            wrong.push(format!("{place}: the vendor said {said:?}, {client} reads {made:?}"));
        }
        let passed = got.body == case.body;
        if !passed {
            statuses.insert(got.status);
        }
        let body = if passed { "(as it came)".to_owned() } else { in_short(client, &got.body) };
        let _ = writeln!(text, "# {client}\n{} {}\n{body}\n", got.status, got.head);
    }
    if statuses.len() > 1 {
        wrong.push(format!("{place}: clients see {statuses:?}"));
    }
    check(folder, &case.name, &text);
    wrong
}

#[tokio::test]
async fn every_answer_for_every_client() {
    let mut wrong = Vec::new();
    for folder in folders() {
        for case in &folder.cases {
            wrong.extend(answer(&folder, case).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The request of one client as a snapshot; of the others, that the picture arrives and that it goes the same way.
#[tokio::test]
async fn every_request_that_leaves() {
    for folder in folders() {
        let reply = folder.cases.iter().find(|case| case.name == "stream").unwrap();
        for (name, ask) in REQUESTS {
            let mut first = None;
            for client in CLIENTS {
                let vendor = Vendor::new(&folder, reply, Pace::Events);
                let got = get(&folder, &vendor, client, ask, true).await;
                let Some(sent) = vendor.sent() else { continue };
                let body = String::from_utf8(sent.body.concat()).unwrap();
                let place = format!("{}/{name} of {client}: {body}", folder.name);
                assert_eq!(body.contains(PIXEL), ask == Ask::Picture, "{place}");
                assert!(ask != Ask::Work || body.contains("14 degrees"), "{place}");
                let keys = CREDENTIALS.map(|name| sent.headers.get(name).cloned());
                let way = (sent.url.host().map(str::to_owned), keys);
                match &first {
                    None => {
                        let text = format!("{client} ({})\n{}", got.receipt, shown(&sent));
                        check(&folder, name, &text);
                        first = Some(way);
                    }
                    Some(first) => assert_eq!(*first, way, "{place}"),
                }
            }
            assert!(first.is_some(), "{}: nobody asks at {:?}", folder.name, folder.paths);
        }
    }
}

/// A provider without its fixtures isn't one that is known to work.
#[test]
fn no_provider_lacks_a_fixture() {
    let folders = folders();
    let mut lacking = Vec::new();
    for provider in PROVIDERS {
        if !folders.iter().any(|folder| folder.name == provider.name && folder.provider == provider.name) {
            lacking.push(format!("{}: no folder", provider.name));
        }
    }
    for folder in &folders {
        let known = PROVIDERS.iter().any(|provider| provider.name == folder.provider);
        assert!(known && folder.name.starts_with(&folder.provider), "{} is nobody's", folder.name);
        let wanted = ANSWERS.iter().map(|case| format!("{case}.http"));
        let snapshots =
            REQUESTS.iter().map(|(case, _)| *case).chain(ANSWERS).map(|case| format!("{case}.snap"));
        for file in wanted.chain(snapshots) {
            if !folder.path.join(&file).is_file() {
                lacking.push(format!("{}: no {file}", folder.name));
            }
        }
        for case in &folder.cases {
            let told = [case.name.as_str(), "*"].iter().any(|name| folder.sources.contains_key(*name));
            assert!(told, "{}: where does {} come from?", folder.name, case.name);
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}
