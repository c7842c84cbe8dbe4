//! Whole answers that aren't as usual.

use lynkr_types::FaultKind;

use super::*;
use crate::neutral::{Block, StopReason};

fn decode_reply(body: &Value) -> Result<Reply, ApiError> {
    BedrockConverseCodec.decode_reply(body.to_string().as_bytes())
}

#[test]
fn reasons_of_the_end() {
    let cases = [
        ("end_turn", StopReason::EndTurn),
        ("tool_use", StopReason::ToolUse),
        ("max_tokens", StopReason::MaxTokens),
        ("stop_sequence", StopReason::StopSequence),
        ("guardrail_intervened", StopReason::Refusal),
        ("content_filtered", StopReason::Refusal),
        ("model_context_window_exceeded", StopReason::ContextWindow),
        ("malformed_tool_use", StopReason::Other("malformed_tool_use".to_owned())),
    ];
    for (word, reason) in cases {
        let body = json!({"output": {"message": {"role": "assistant", "content": []}}, "stopReason": word});
        let reply = decode_reply(&body).unwrap();
        assert_eq!(reply.stop.as_ref().map(|stop| &stop.reason), Some(&reason), "{word}");
        let back: Value =
            serde_json::from_slice(&BedrockConverseCodec.encode_reply(&reply, &context())).unwrap();
        assert_eq!(back["stopReason"], word);
    }
}

#[test]
fn a_200_without_an_answer_is_an_error() {
    let kind = |body: Value| decode_reply(&body).unwrap_err().kind;
    assert_eq!(kind(json!({})), FaultKind::BadGateway);
    assert_eq!(kind(json!({"output": {}})), FaultKind::BadGateway);
    let said = json!({"__type": "ThrottlingException", "message": "slow down"});
    assert_eq!(kind(said), FaultKind::RateLimit);
}

#[test]
fn other_providers_reasoning_is_sealed_for_clients_of_this_dialect() {
    let body = json!({"id": "resp_1", "model": "gpt-5", "status": "completed", "output": [
        {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "so"}]}]});
    let reply = codec(Dialect::OpenAiResponses).decode_reply(body.to_string().as_bytes()).unwrap();
    let shown = BedrockConverseCodec.encode_reply(&reply, &context());
    let back = BedrockConverseCodec.decode_reply(&shown).unwrap();
    let thinking = |reply: &Reply| match &reply.blocks[0] {
        Block::Thinking(thinking) => (thinking.text.clone(), thinking.proof.clone()),
        other => panic!("{}", other.kind()),
    };
    assert_eq!(thinking(&back), thinking(&reply));
}
