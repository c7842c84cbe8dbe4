//! The frames of a client's stream, written straight from borrowed parts and numbered.

use serde::Serialize;

use super::response::ResponseObject;
use crate::framing::write_sse;
use crate::json;
use crate::wire::Json;

/// Writes frames and numbers them.
#[derive(Debug, Default)]
pub(super) struct Pen {
    pub(super) sequence: u64,
    pub(super) scratch: Vec<u8>,
}

/// A content or summary part.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum PartForm<'a> {
    Text { r#type: &'static str, text: &'a str, annotations: &'a [Json], logprobs: [u8; 0] },
    Refusal { r#type: &'static str, refusal: &'a str },
    Summary { r#type: &'static str, text: &'a str },
}

#[derive(Serialize, Default)]
pub(super) struct Frame<'a> {
    pub(super) r#type: &'a str,
    pub(super) sequence_number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<ResponseObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_index: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary_index: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) annotation_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delta: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logprobs: Option<[u8; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) annotation: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<PartForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<&'a Json>,
}

#[derive(Serialize)]
pub(super) struct ErrorFrame<'a> {
    pub(super) r#type: &'static str,
    pub(super) sequence_number: u64,
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    pub(super) param: Option<&'a str>,
}

impl Pen {
    pub(super) fn write(&mut self, mut frame: Frame<'_>, out: &mut Vec<u8>) {
        frame.sequence_number = self.sequence;
        self.raw(frame.r#type, &frame, out);
    }

    pub(super) fn raw(&mut self, kind: &str, frame: &impl Serialize, out: &mut Vec<u8>) {
        self.scratch.clear();
        json::append(&mut self.scratch, frame);
        self.sequence = self.sequence.saturating_add(1);
        // Raw JSON may be spread over lines. Line ends stand between its tokens only, and some readers
        // take each `data` line for a whole event.
        for byte in &mut self.scratch {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        write_sse(out, kind, &self.scratch);
    }
}

pub(super) fn text_part<'a>(text: &'a str, annotations: &'a [Json]) -> PartForm<'a> {
    PartForm::Text { r#type: "output_text", text, annotations, logprobs: [] }
}

pub(super) fn refusal_part(refusal: &str) -> PartForm<'_> {
    PartForm::Refusal { r#type: "refusal", refusal }
}

pub(super) fn summary_part(text: &str) -> PartForm<'_> {
    PartForm::Summary { r#type: "summary_text", text }
}
