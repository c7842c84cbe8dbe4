//! Reads the text out of `{"input": "…"}` while it streams.

/// The states of the reader.
#[derive(Debug, Default)]
enum State {
    /// Before the text: what came so far.
    #[default]
    Head,
    /// In the text.
    Text,
    /// After the closing quote.
    Done,
}

/// Takes fragments of a JSON object with the one key `input`, gives the text of its string.
#[derive(Debug, Default)]
pub(super) struct InputUnwrapper {
    state: State,
    /// Bytes that can't be read yet: the head, or an unfinished escape.
    pending: String,
}

impl InputUnwrapper {
    /// Takes a fragment and returns the text that it completes.
    pub(super) fn push(&mut self, fragment: &str) -> String {
        self.pending.push_str(fragment);
        if matches!(self.state, State::Head) {
            let Some(at) = text_start(&self.pending) else { return String::new() };
            self.pending.drain(..at);
            self.state = State::Text;
        }
        if matches!(self.state, State::Text) { self.take_text() } else { String::new() }
    }

    /// What is left at the end: everything, when the arguments never had the expected form.
    pub(super) fn finish(self) -> String {
        match self.state {
            State::Head => {
                let value: Option<serde_json::Value> = serde_json::from_str(&self.pending).ok();
                let input =
                    value.as_ref().and_then(|value| value.get("input")).and_then(|input| input.as_str());
                input.map_or(self.pending.clone(), str::to_owned)
            }
            State::Text | State::Done => String::new(),
        }
    }

    fn take_text(&mut self) -> String {
        let end = closing_quote(&self.pending);
        let readable = end.unwrap_or_else(|| complete_prefix(&self.pending));
        let raw: String = self.pending.drain(..readable).collect();
        if end.is_some() {
            self.state = State::Done;
            self.pending.clear();
        }
        // Only whole escapes are in `raw`; what JSON still refuses (a lone surrogate) stays as it was written.
        serde_json::from_str(&format!("\"{raw}\"")).unwrap_or(raw)
    }
}

/// Where the string's text begins, in `{"input":"`.
fn text_start(head: &str) -> Option<usize> {
    let rest = head.trim_start().strip_prefix('{')?.trim_start().strip_prefix("\"input\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    head.len().checked_sub(rest.len())
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// The longest prefix that ends in no unfinished escape and in no half of a surrogate pair.
fn complete_prefix(text: &str) -> usize {
    let mut at = 0;
    let mut safe = 0;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let width = match (byte, bytes.get(at + 1)) {
            (b'\\', Some(b'u')) => 6,
            (b'\\', _) => 2,
            _ => 1,
        };
        if at + width > bytes.len() {
            break;
        }
        let high = width == 6 && text.get(at + 2..at + 4).is_some_and(is_high_surrogate);
        at += width;
        if !high && text.is_char_boundary(at) {
            safe = at;
        }
    }
    safe
}

fn is_high_surrogate(digits: &str) -> bool {
    matches!(u8::from_str_radix(digits, 16), Ok(0xd8..=0xdb))
}
