//! Log lines as JSON, one object each: `{"timestamp":…,"level":…,"message":…,FIELD:…}`, as `tracing-subscriber`'s own
//! flattened JSON has them, but written straight into the line: there is one for every request.

use std::error::Error;
use std::fmt::{self, Debug, Write};
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::stamp;

/// Writes events as JSON. Spans are not shown; the gateway's log has none.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("{\"timestamp\":\"")?;
        stamp::write(SystemTime::now(), &mut writer)?;
        writer.write_str("\",\"level\":\"")?;
        writer.write_str(event.metadata().level().as_str())?;
        writer.write_char('"')?;
        let mut fields = Fields { writer, outcome: Ok(()) };
        event.record(&mut fields);
        fields.outcome?;
        fields.writer.write_str("}\n")
    }
}

/// Writes fields, each after a comma. What failed first is kept, since a visitor can't say so.
struct Fields<'w> {
    writer: Writer<'w>,
    outcome: fmt::Result,
}

impl Fields<'_> {
    fn field(&mut self, field: &Field, write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.outcome.is_ok() {
            self.outcome = self.name(field.name()).and_then(|()| write(&mut self.writer));
        }
    }

    fn name(&mut self, name: &str) -> fmt::Result {
        // Names are the program's own, and plain.
        self.writer.write_str(",\"")?;
        self.writer.write_str(name)?;
        self.writer.write_str("\":")
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinite numbers, nor what is none.
        self.field(field, |writer| {
            if value.is_finite() { write!(writer, "{value:?}") } else { writer.write_str("null") }
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, |writer| {
            if value < 0 {
                writer.write_char('-')?;
            }
            digits(value.unsigned_abs(), writer)
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, |writer| digits(value, writer));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, |writer| writer.write_str(if value { "true" } else { "false" }));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, |writer| {
            writer.write_char('"')?;
            Escaped(writer).write_str(value)?;
            writer.write_char('"')
        });
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.field(field, |writer| {
            writer.write_char('"')?;
            write!(Escaped(writer), "{value:?}")?;
            writer.write_char('"')
        });
    }
}

/// Writes a number as its digits: `write!` takes three times as long.
fn digits(mut value: u64, writer: &mut Writer<'_>) -> fmt::Result {
    let mut all = [0; 20];
    let mut begin = all.len();
    for (at, digit) in all.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        (begin, value) = (at, value / 10);
        if value == 0 {
            break;
        }
    }
    writer.write_str(all.get(begin..).and_then(|own| std::str::from_utf8(own).ok()).unwrap_or_default())
}

/// Where the first byte stands that can't stand in a JSON string as it is.
fn special(text: &str) -> Option<usize> {
    let is_special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    // Most texts have none, which is seen in a few steps of many bytes each.
    let any = |part: &[u8]| part.iter().fold(false, |any, byte| any | is_special(byte));
    let mut parts = text.as_bytes().chunks(16);
    let before = parts.position(any)? * 16;
    text.as_bytes().get(before..)?.iter().position(is_special).map(|at| before + at)
}

/// Writes text as the inside of a JSON string.
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = special(rest) {
            // Such a byte is a character of its own, so both cuts are between characters.
            let (before, after) = rest.split_at(at);
            let mut characters = after.chars();
            let Some(special) = characters.next() else { break };
            self.0.write_str(before)?;
            match special {
                '"' => self.0.write_str("\\\"")?,
                '\\' => self.0.write_str("\\\\")?,
                '\n' => self.0.write_str("\\n")?,
                '\r' => self.0.write_str("\\r")?,
                '\t' => self.0.write_str("\\t")?,
                other => write!(self.0, "\\u{:04x}", u32::from(other))?,
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    //! Lines as they are written, held against a JSON parser.

    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn logged(log: impl FnOnce()) -> Vec<Value> {
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer().event_format(JsonLines).with_writer(lines.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn every_kind_of_value_is_json() {
        let error = io::Error::other("it \"broke\"");
        let lines = logged(|| {
            tracing::info!(
                text = "a\"b\\c\nd\te\u{1}é", shown = %"x\"y", debugged = ?Some("z"), count = 7_u64, less = -7, most = u64::MAX,
                least = i64::MIN, nought = 0,
                share = 0.25, none = f64::NAN, yes = true, left_out = None::<u64>, error = %error, "said \"so\""
            );
            tracing::warn!("second");
        });
        assert_eq!(lines.len(), 2);
        let (first, second) = (&lines[0], &lines[1]);
        for (name, value) in [
            ("level", json!("INFO")),
            ("message", json!("said \"so\"")),
            ("text", json!("a\"b\\c\nd\te\u{1}é")),
            ("shown", json!("x\"y")),
            ("debugged", json!("Some(\"z\")")),
            ("count", json!(7)),
            ("less", json!(-7)),
            ("most", json!(u64::MAX)),
            ("least", json!(i64::MIN)),
            ("nought", json!(0)),
            ("share", json!(0.25)),
            ("none", json!(null)),
            ("yes", json!(true)),
            ("error", json!("it \"broke\"")),
        ] {
            assert_eq!(first[name], value, "{name}");
        }
        assert!(first.get("left_out").is_none());
        let time = first["timestamp"].as_str().unwrap();
        assert!(time.ends_with('Z') && time.len() >= "2026-01-01T00:00:00Z".len(), "{time}");
        assert_eq!((&second["level"], &second["message"]), (&json!("WARN"), &json!("second")));
    }
}
