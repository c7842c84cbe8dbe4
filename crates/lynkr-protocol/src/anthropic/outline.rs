//! What a whole answer that passes through tells of itself. Its content is walked over, and nothing is made of it.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::usage;
use super::wire::UsageForm;
use crate::codec::Outline;
use crate::json;

/// The fields that are read. What has another form is left to the decoder of whole answers.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    id: String,
    #[serde(default)]
    model: String,
    /// Takes no room, however many there are.
    content: Vec<IgnoredAny>,
    stop_reason: Option<String>,
    stop_sequence: Option<String>,
    usage: Option<UsageForm>,
    error: Option<IgnoredAny>,
}

/// Reads the outline of an upstream's answer.
pub(super) fn decode(body: &[u8]) -> Option<Outline> {
    let told: Told = json::from_slice(body).ok()?;
    if told.error.is_some() {
        return None;
    }
    drop(told.content);
    let stop = told.stop_reason.map(|reason| usage::decode_stop(&reason, told.stop_sequence));
    Some(Outline {
        id: told.id,
        model: told.model,
        stop,
        usage: told.usage.map(usage::decode).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::reply;
    use super::decode;

    #[test]
    fn the_outline_tells_what_the_whole_answer_does() {
        for body in [
            r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"a\"b\u00e9"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":1,"cache_read_input_tokens":2,"output_tokens":3,"cache_creation":{"ephemeral_1h_input_tokens":1}}}"#,
            r#"{"content":[],"stop_reason":"stop_sequence","stop_sequence":"x","usage":null,"error":null}"#,
            r#"{"content":[{"type":"tool_use","id":"t","name":"n","input":{"a":[1,{}]}}],"stop_reason":"new","more":[1]}"#,
        ] {
            let (outline, whole) =
                (decode(body.as_bytes()).unwrap(), reply::decode(body.as_bytes()).unwrap());
            assert_eq!((outline.id, outline.model), (whole.id, whole.model), "{body}");
            assert_eq!((outline.stop, outline.usage), (whole.stop, whole.usage), "{body}");
        }
    }

    #[test]
    fn what_is_no_plain_answer_is_left_to_the_whole_decoder() {
        for body in [
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            r#"{"content":[],"error":{}}"#,
            r#"{"id":"msg_1"}"#,
            r#"{"content":"text"}"#,
            r#"{"content":null}"#,
            r#"{"content":[],"model":5}"#,
            r#"{"content":[]"#,
            "[]",
            "",
        ] {
            assert!(decode(body.as_bytes()).is_none(), "{body}");
        }
    }
}
