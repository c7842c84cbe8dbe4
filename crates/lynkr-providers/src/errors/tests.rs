//! Each row is reached by its own example, and what is read of a refusal.

use std::time::Duration;

use lynkr_types::{FaultKind, Retry, Scope};

use super::{Again, ERROR_ROWS, Said, Verdict, Wait, judge};
use crate::samples::{NONE, headers};
use crate::{PROVIDERS, provider_named};

/// The example of a row, as it is read.
fn example(row: &super::ErrorRow) -> Said {
    let header: Vec<(&str, &str)> = row.example.header.into_iter().collect();
    let mut said = Said::read(row.example.status, &headers(&header), row.example.body.as_bytes());
    // In a 200, the error itself names the status.
    if said.status == 200 {
        said.status = said.codes.iter().find_map(|code| code.parse().ok()).unwrap();
    }
    said
}

#[test]
fn each_row_is_reached_by_its_own_example() {
    for (place, row) in ERROR_ROWS.iter().enumerate() {
        let said = example(row);
        let provider = row.providers.first().copied().unwrap_or("somebody");
        let first = ERROR_ROWS.iter().position(|row| row.fits(provider, &said));
        assert_eq!(first, Some(place), "{}: {said:?}", row.note);
        if row.wait == Wait::Body {
            assert!(said.after.is_some(), "{}: {said:?}", row.note);
        }
        assert!(!row.note.is_empty() && row.says.iter().all(|part| part.to_lowercase() == *part));
    }
}

#[test]
fn no_row_names_a_provider_that_there_is_not() {
    for name in ERROR_ROWS.iter().flat_map(|row| row.providers) {
        assert!(provider_named(name).is_some(), "{name}; there are {PROVIDERS:?}");
    }
}

/// What is wrong with a request, a key or a name never counts against a provider.
#[test]
fn only_failures_count_against_a_provider() {
    for row in ERROR_ROWS {
        let said = example(row);
        let kind = FaultKind::from_status(said.status);
        let verdict = judge(row.providers.first().unwrap_or(&"x"), &said, kind);
        assert_eq!((verdict.kind, verdict.scope), (row.kind, row.scope), "{}", row.note);
        let is_refusal = (400..500).contains(&row.example.status);
        let is_providers_fault = is_refusal && verdict.scope == Scope::Provider;
        assert!(!is_providers_fault, "{}: a {} speaks of the provider", row.note, row.example.status);
        if verdict.scope == Scope::Request {
            assert!(!verdict.kind.counts(), "{}", row.note);
        }
        assert_eq!(matches!(verdict.retry, Retry::Same(_)), row.again == Again::Same);
    }
}

#[test]
fn what_no_row_knows_is_judged_by_its_kind() {
    let said = Said::read(418, NONE, b"short and stout");
    let verdict = judge("openai", &said, FaultKind::InvalidRequest);
    assert_eq!(verdict, Verdict::of(FaultKind::InvalidRequest, None));
    assert_eq!((verdict.scope, verdict.retry), (Scope::Request, Retry::Never));
    let verdict = Verdict::of(FaultKind::RateLimit, Some(Duration::from_secs(2)));
    assert_eq!(verdict.after(), Some(Duration::from_secs(2)));
}

#[test]
fn waits_are_read_wherever_they_are_said() {
    let after = |header: &[(&str, &str)], body: &str| {
        Said::read(429, &headers(header), body.as_bytes()).after.map(|after| after.as_millis())
    };
    for (header, body, expected) in [
        (&[][..], "{}", None),
        (&[("retry-after", "7")][..], "{}", Some(7_000)),
        (&[("retry-after", "7"), ("retry-after-ms", "1500")][..], "{}", Some(1_500)),
        (&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")][..], "{}", None),
        (&[("retry-after", "-1")][..], "{}", None),
        (&[][..], r#"{"error":{"message":"Please try again in 350ms. Visit us."}}"#, Some(350)),
        (&[][..], r#"{"error":{"message":"Please try again in 6m12.5s."}}"#, Some(372_500)),
        (&[][..], r#"{"error":{"message":"Please try again in a while."}}"#, None),
        (&[][..], r#"{"error":{"details":[{"retryDelay":"3.5s"}]}}"#, Some(3_500)),
        (&[("retry-after", "2")][..], r#"{"error":{"details":[{"retryDelay":"3.5s"}]}}"#, Some(2_000)),
        (&[][..], r#"{"error":{"details":[{"retryDelay":"99999999999999999999999s"}]}}"#, None),
    ] {
        assert_eq!(after(header, body), expected, "{header:?} {body}");
    }
}

#[test]
fn words_are_found_in_every_vendors_shape() {
    let said = |body: &str| Said::read(400, NONE, body.as_bytes()).codes;
    assert_eq!(said(r#"{"__type":"com.amazon.coral#ThrottlingException"}"#), ["ThrottlingException"]);
    assert_eq!(
        said(r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}]"#),
        ["429", "RESOURCE_EXHAUSTED"]
    );
    assert_eq!(said(r#"{"error":"text"}"#), Vec::<String>::new());
    assert_eq!(Said::read(503, NONE, b"Service Unavailable").message, "service unavailable");
    let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
    assert_eq!(said(&deep), Vec::<String>::new());
}
