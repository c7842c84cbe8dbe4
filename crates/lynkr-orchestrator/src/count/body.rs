//! The bodies of token counts: what a counter is asked, what it says, and what a client is told.

use bytes::Bytes;
use lynkr_protocol::neutral::Conversation;
use lynkr_protocol::peek::Peek;
use lynkr_protocol::tool_names::ToolNames;
use lynkr_protocol::{Dialect, codec, gemini};
use lynkr_types::{Change, Receipt};
use serde_json::{Map, Value, json};

use crate::adapt::adapt;
use crate::envelope;
use crate::ingress::Ingress;
use crate::plan::splice;
use crate::route::{Routed, target};

/// The fields of a request that its counter takes; it refuses others. From the vendors' references: "Count tokens in
/// a Message", "Get input token counts", and Vertex AI's `CountTokensRequest`.
const fn counted_fields(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Anthropic => &["model", "messages", "system", "tools", "tool_choice", "thinking"],
        Dialect::OpenAiResponses => &[
            "model",
            "input",
            "instructions",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "reasoning",
            "text",
            "truncation",
            "previous_response_id",
            "conversation",
        ],
        Dialect::Gemini => &["contents", "systemInstruction", "tools"],
        Dialect::OpenAiChat | Dialect::Ollama | Dialect::BedrockConverse => &[],
    }
}

/// What the counter is asked: the client's own bytes where it speaks the counter's dialect, else a translation.
pub(super) fn for_counter(
    ingress: &Ingress,
    (peek, conversation): (&Peek, &Conversation),
    routed: &Routed<'_>,
    receipt: &mut Receipt,
) -> Option<Vec<Bytes>> {
    let (body, mut edits) = if routed.dialect == ingress.dialect && peek.native {
        let edits = match ingress.in_url {
            Some(_) => Vec::new(),
            None => peek.set_model(&routed.model).into_iter().collect(),
        };
        (ingress.body.clone(), edits)
    } else {
        receipt.note(Change::Translated { from: ingress.dialect.name(), to: routed.dialect.name() });
        (translated(conversation, routed, receipt)?, Vec::new())
    };
    match routed.envelope() {
        Some(envelope) => envelope::count_body(envelope, ingress, &body, edits, receipt).ok(),
        None => Some(splice(&body, &mut edits)),
    }
}

fn translated(conversation: &Conversation, routed: &Routed<'_>, receipt: &mut Receipt) -> Option<Bytes> {
    let mut conversation = conversation.clone();
    if routed.dialect != Dialect::OpenAiResponses {
        ToolNames::flatten(&mut conversation);
    }
    adapt(&mut conversation, routed, receipt);
    let target = target(routed);
    if routed.dialect == Dialect::Gemini && routed.upstream.counts_whole(routed.dialect) {
        let encoded = gemini::encode_count_request(&conversation, &target).ok()?;
        return Some(Bytes::from(encoded.body));
    }
    let encoded = codec(routed.dialect).encode_request(&conversation, &target).ok()?;
    let mut fields: Map<String, Value> = serde_json::from_slice(&encoded.body).ok()?;
    fields.retain(|name, _| counted_fields(routed.dialect).contains(&name.as_str()));
    serde_json::to_vec(&fields).ok().map(Bytes::from)
}

/// What a counter said.
pub(super) fn read_count(dialect: Dialect, body: &[u8]) -> Option<u64> {
    match dialect {
        Dialect::Gemini => gemini::decode_count_reply(body).ok(),
        _ => serde_json::from_slice::<Value>(body).ok()?.get("input_tokens")?.as_u64(),
    }
}

/// What a client is told.
pub(super) fn count(dialect: Dialect, tokens: u64) -> Bytes {
    Bytes::from(match dialect {
        Dialect::Gemini => gemini::encode_count_reply(tokens),
        Dialect::OpenAiResponses => {
            json!({"object": "response.input_tokens", "input_tokens": tokens}).to_string().into_bytes()
        }
        _ => json!({ "input_tokens": tokens }).to_string().into_bytes(),
    })
}
