//! Where a message batch's results are: the vendor says so with a URL on its own host. A client that is known here by a
//! key of the gateway's, or by none, has nothing to show there, and its key is none of the vendor's business. So where
//! the operator's credential answers, the URL leads here.

use std::ops::Range;

use bytes::Bytes;
use lynkr_protocol::peek::Edit;
use lynkr_providers::{Api, Origin, Prepared};
use lynkr_types::Change;

use super::ApiRequest;
use crate::answer::{Answer, AnswerBody};
use crate::failure::Failure;
use crate::plan::splice;
use crate::whole::Bounds;

const FIELD: &[u8] = br#""results_url""#;
/// What the URL's path begins with, here and there.
const PATH: &str = "/v1/messages/batches/";

/// Whether an answer has such URLs that would lead its client astray.
pub(super) fn leads_astray(request: &ApiRequest, prepared: &Prepared, answer: &Answer) -> bool {
    let is_callers = matches!(prepared.credential.origin(), Some(Origin::Caller | Origin::Subscription));
    request.api == Api::AnthropicBatches
        && !is_callers
        && answer.status == 200
        && answer.content_type.starts_with("application/json")
}

/// The same answer, read to its end, with URLs that lead here.
pub(super) async fn led_here(
    request: &ApiRequest,
    answer: Answer,
    bounds: Bounds,
) -> Result<Answer, Failure> {
    let Answer { status, content_type, mut headers, mut receipt, body } = answer;
    let body = match body {
        AnswerBody::Passing(passing) => passing.read(bounds).await?,
        AnswerBody::Whole(bytes) => bytes,
        AnswerBody::Stream(_) | AnswerBody::Agent(_) => Bytes::new(),
    };
    let mut edits = own_root(request).map(|root| edits(&body, &root)).unwrap_or_default();
    if !edits.is_empty() {
        headers.remove("content-length");
        receipt.note(Change::Moved { field: "results_url", to: "gateway" });
    }
    let body = AnswerBody::Whole(Bytes::from(splice(&body, &mut edits).concat()));
    Ok(Answer { status, content_type, headers, receipt, body })
}

/// The gateway's own root, as the client calls it.
fn own_root(request: &ApiRequest) -> Option<String> {
    let is_secure = request.ingress.header("x-forwarded-proto") == Some("https");
    let scheme = if is_secure { "https" } else { "http" };
    let host = request.ingress.header("host")?;
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-_[]".contains(&byte));
    is_plain.then(|| format!("{scheme}://{host}"))
}

/// The edits that give the field's URLs another root.
fn edits(body: &[u8], root: &str) -> Vec<Edit> {
    let found = memchr::memmem::find_iter(body, FIELD);
    found
        .filter_map(|at| Some(Edit { range: root_after(body, at + FIELD.len())?, text: root.to_owned() }))
        .collect()
}

/// Where the root of the URL stands that follows a field's name.
fn root_after(body: &[u8], after: usize) -> Option<Range<usize>> {
    let rest = std::str::from_utf8(body.get(after..)?).ok()?;
    let url = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let start = after + (rest.len() - url.len());
    let end = url.get(..url.find('"')?)?.find(PATH)?;
    Some(start..start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_roots_change() {
        let body = br#"{"data":[{"id":"a","results_url" : "https://api.anthropic.com/v1/messages/batches/a/results"},
            {"results_url":null},{"results_url":"https://elsewhere.example/x"},{"results_url":"https://h/p/v1/messages/batches/b/results"}]}"#;
        let body = Bytes::from_static(body);
        let written = splice(&body, &mut edits(&body, "http://127.0.0.1:1")).concat();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            r#"{"data":[{"id":"a","results_url" : "http://127.0.0.1:1/v1/messages/batches/a/results"},
            {"results_url":null},{"results_url":"https://elsewhere.example/x"},{"results_url":"http://127.0.0.1:1/v1/messages/batches/b/results"}]}"#
        );
    }

    #[test]
    fn hostile_bytes_change_nothing() {
        for body in
            [&b"\"results_url\""[..], b"\"results_url\":\"", b"\"results_url\":\"\xff", b"\"results_url\":7"]
        {
            assert_eq!(edits(body, "http://x"), []);
        }
    }
}
