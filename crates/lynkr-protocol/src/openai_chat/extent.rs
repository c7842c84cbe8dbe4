//! Whether a JSON object that comes in fragments is whole.

/// What has been seen of the object.
#[derive(Debug, Default)]
pub(super) struct Extent {
    depth: usize,
    in_text: bool,
    escaped: bool,
    begun: bool,
}

impl Extent {
    /// Takes a fragment.
    pub(super) fn push(&mut self, fragment: &str) {
        for byte in fragment.bytes() {
            self.take(byte);
        }
    }

    fn take(&mut self, byte: u8) {
        if self.in_text {
            self.in_text = self.escaped || byte != b'"';
            self.escaped = byte == b'\\' && !self.escaped;
            return;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => {
                self.begun = true;
                self.depth = self.depth.saturating_add(1);
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether an object or a list began and its end has come.
    pub(super) fn is_whole(&self) -> bool {
        self.begun && self.depth == 0 && !self.in_text
    }
}

#[cfg(test)]
mod tests;
