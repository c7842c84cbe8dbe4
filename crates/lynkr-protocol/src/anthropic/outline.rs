//! What a whole answer that passes through tells of itself. Its content is walked over, and nothing is made of it.

use std::borrow::Cow;

use super::usage::{self, DETAILS, Details};
use crate::Dialect;
use crate::codec::Outline;
use crate::json::{self, Scan};
use crate::neutral::{Extra, Usage};
use crate::wire::{Json, Rest};

/// The breakdown of what was written to the cache, which prices differ by.
const WRITTEN: &str = "cache_creation";

/// The fields that are read, as they stand in the answer.
#[derive(Default)]
struct Told<'a> {
    id: Option<&'a str>,
    model: Option<&'a str>,
    content: Option<&'a str>,
    stop_reason: Option<&'a str>,
    stop_sequence: Option<&'a str>,
    usage: Option<&'a str>,
    error: Option<&'a str>,
    counts: Counts<'a>,
}

/// Those of the token counts.
#[derive(Default)]
struct Counts<'a> {
    input: Option<&'a str>,
    cache_read: Option<&'a str>,
    cache_write: Option<&'a str>,
    output: Option<&'a str>,
    written: Option<&'a str>,
    details: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn of(body: &'a str) -> Option<Self> {
        let (mut told, mut scan) = (Self::default(), Scan::new(body));
        scan.members(|scan, name| {
            let place = match &*json::walked(name)? {
                "id" => &mut told.id,
                "model" => &mut told.model,
                "content" => &mut told.content,
                "stop_reason" => &mut told.stop_reason,
                "stop_sequence" => &mut told.stop_sequence,
                "error" => &mut told.error,
                "usage" if scan.first()? == b'{' => {
                    let json = scan.over(|scan| told.counts.read(scan))?;
                    return once(&mut told.usage, json);
                }
                "usage" => &mut told.usage,
                _ => return scan.value().map(drop),
            };
            once(place, scan.value()?)
        })?;
        scan.end()?;
        Some(told)
    }
}

impl Told<'_> {
    fn outline(&self) -> Result<Outline, Other> {
        let sequence = text(self.stop_sequence)?;
        Ok(Outline {
            id: text(self.id)?.unwrap_or_default(),
            model: text(self.model)?.unwrap_or_default(),
            stop: text(self.stop_reason)?.map(|reason| usage::decode_stop(&reason, sequence)),
            usage: self.counts.usage()?,
        })
    }
}

impl<'a> Counts<'a> {
    fn read(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        scan.members(|scan, name| {
            let place = match &*json::walked(name)? {
                "input_tokens" => &mut self.input,
                "cache_read_input_tokens" => &mut self.cache_read,
                "cache_creation_input_tokens" => &mut self.cache_write,
                "output_tokens" => &mut self.output,
                WRITTEN => &mut self.written,
                DETAILS => &mut self.details,
                _ => return scan.value().map(drop),
            };
            once(place, scan.value()?)
        })
    }

    /// As they are counted and paid for. Nothing else of the usage is taken.
    fn usage(&self) -> Result<Usage, Other> {
        let details = said(self.details).and_then(|json| json::from_str::<Details>(json).ok());
        let cache_write = count(self.cache_write)?;
        let mut rest = Rest::default();
        if let Some(written) = said(self.written).filter(|_| cache_write.unwrap_or(0) > 0) {
            rest.push(WRITTEN, json::from_str::<Json>(written).map_err(|_| Other)?);
        }
        Ok(Usage {
            input: count(self.input)?,
            cache_read: count(self.cache_read)?,
            cache_write,
            output: count(self.output)?,
            reasoning: details.map(|details| details.thinking),
            estimated: false,
            extra: Extra::new(Dialect::Anthropic, rest),
        })
    }
}

/// Takes a field. Which of two counts, the decoder of whole answers knows.
fn once<'a>(place: &mut Option<&'a str>, json: &'a str) -> Option<()> {
    place.replace(json).is_none().then_some(())
}

/// A field that isn't `null`.
fn said(field: Option<&str>) -> Option<&str> {
    field.filter(|json| *json != "null")
}

/// A field of another form than is read here.
struct Other;

/// A text, if one is said.
fn text(field: Option<&str>) -> Result<Option<String>, Other> {
    said(field).map(|json| json::walked(json).map(Cow::into_owned).ok_or(Other)).transpose()
}

/// A count, if one is said.
fn count(field: Option<&str>) -> Result<Option<u64>, Other> {
    said(field).map(str::parse).transpose().map_err(|_| Other)
}

/// Reads the outline of an upstream's answer. What has another form is left to the decoder of whole answers.
pub(super) fn decode(body: &[u8]) -> Option<Outline> {
    let told = Told::of(std::str::from_utf8(body).ok()?)?;
    let is_answer = said(told.error).is_none() && told.content?.starts_with('[');
    let is_counted = said(told.usage).is_none_or(|json| json.starts_with('{'));
    let is_named = told.id.is_none_or(|json| json != "null") && told.model.is_none_or(|json| json != "null");
    if !(is_answer && is_counted && is_named) {
        return None;
    }
    told.outline().ok()
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
