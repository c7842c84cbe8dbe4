//! What Claude Code asks when it is set to Amazon Bedrock or to Vertex AI: Anthropic's messages in that cloud's envelope.

use lynkr_app::Answer;
use serde_json::{Value, json};

use super::{Clause, JSON, MODEL, count, field, parsed, stream};

/// A body for Bedrock's counter, which takes it in base64: one word of a user's.
const COUNTED: &str = "eyJhbnRocm9waWNfdmVyc2lvbiI6ImJlZHJvY2stMjAyMy0wNS0zMSIsIm1heF90b2tlbnMiOjEsIm1lc3NhZ2VzIjpbeyJyb2xlIjoidXNlciIsImNvbnRlbnQiOiJoZWxsbyJ9XX0=";

/// The clauses of both clouds.
pub(super) const CLAUSES: &[Clause] = &[
    Clause {
        what: "Bedrock: messages",
        method: "POST",
        path: "/model/builtin%3Alynkr-builtin/invoke",
        headers: &[JSON],
        body: || enveloped("bedrock-2023-05-31"),
        judge: |answer| field(answer, "/type", "message", "are answered in its envelope"),
    },
    Clause {
        what: "Bedrock: streams",
        method: "POST",
        path: "/model/builtin%3Alynkr-builtin/invoke-with-response-stream",
        headers: &[JSON],
        body: || enveloped("bedrock-2023-05-31"),
        judge: framed,
    },
    Clause {
        what: "Bedrock: token counts",
        method: "POST",
        path: "/model/builtin%3Alynkr-builtin/count-tokens",
        headers: &[JSON],
        body: || json!({"input": {"invokeModel": {"body": COUNTED}}}),
        judge: counted,
    },
    Clause {
        what: "Bedrock: errors",
        method: "POST",
        path: "/model/builtin%3Alynkr-builtin/invoke",
        headers: &[JSON],
        body: || json!({"messages": 1}),
        judge: named,
    },
    Clause {
        what: "Vertex AI: messages",
        method: "POST",
        path: "/v1/projects/any/locations/any/publishers/anthropic/models/builtin:lynkr-builtin:rawPredict",
        headers: &[JSON],
        body: || enveloped("vertex-2023-10-16"),
        judge: |answer| field(answer, "/type", "message", "are answered in its envelope"),
    },
    Clause {
        what: "Vertex AI: streams",
        method: "POST",
        path: "/v1/projects/any/locations/any/publishers/anthropic/models/builtin:lynkr-builtin:streamRawPredict",
        headers: &[JSON],
        body: || enveloped("vertex-2023-10-16"),
        judge: stream,
    },
    Clause {
        what: "Vertex AI: token counts",
        method: "POST",
        path: "/v1/projects/any/locations/any/publishers/anthropic/models/count-tokens:rawPredict",
        headers: &[JSON],
        body: || {
            let mut body = enveloped("vertex-2023-10-16");
            body["model"] = json!(MODEL);
            body
        },
        judge: count,
    },
];

fn enveloped(version: &str) -> Value {
    json!({
        "anthropic_version": version, "anthropic_beta": ["a-beta-of-tomorrow-2099-01-01"], "max_tokens": 64,
        "messages": [{"role": "user", "content": "hello"}],
    })
}

fn counted(answer: &Answer) -> Result<String, String> {
    let tokens = parsed(answer)?.get("inputTokens").and_then(Value::as_u64);
    tokens.map(|tokens| format!("{tokens} tokens")).ok_or_else(|| "no `inputTokens`".to_owned())
}

/// AWS's SDKs tell errors apart by a header.
fn named(answer: &Answer) -> Result<String, String> {
    match (answer.status, answer.header("x-amzn-errortype")) {
        (400..=499, Some(name)) => Ok(format!("have AWS's names ({} {name})", answer.status)),
        (status, _) => Err(format!("status {status} without AWS's name of it")),
    }
}

fn framed(answer: &Answer) -> Result<String, String> {
    let kind = answer.header("content-type").unwrap_or_default();
    if answer.status != 200 || kind != "application/vnd.amazon.eventstream" {
        return Err(format!("status {} with `{kind}`, no event stream", answer.status));
    }
    match frames(&answer.body) {
        Some(count) if count > 2 => Ok(format!("{count} of AWS's frames")),
        _ => Err("its frames can't be told apart".to_owned()),
    }
}

/// How many frames there are, each of which begins with its length in four bytes; `None` where they don't add up.
fn frames(mut bytes: &[u8]) -> Option<usize> {
    let mut count = 0;
    while !bytes.is_empty() {
        let length = u32::from_be_bytes(*bytes.first_chunk()?);
        // Without a header and a payload: lengths and checksums.
        let length = usize::try_from(length).ok().filter(|length| *length >= 16)?;
        bytes = bytes.get(length..)?;
        count += 1;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart_by_their_lengths() {
        let frame = [&[0, 0, 0, 16][..], &[7; 12]].concat();
        assert_eq!(frames(&[]), Some(0));
        assert_eq!(frames(&[frame.clone(), frame.clone()].concat()), Some(2));
        for broken in [&frame[..15], &[0, 0, 0], &[0; 16], b"data: {}\n\n"] {
            assert_eq!(frames(broken), None, "{broken:?}");
        }
    }
}
