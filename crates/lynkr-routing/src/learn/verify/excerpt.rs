//! The beginning and the end of a text, collected piece by piece in bounded memory.

/// How much of the beginning is kept, in bytes.
const HEAD: usize = 8 * 1024;
/// How much of the end is kept, in bytes; up to twice as much between two cuts.
const TAIL: usize = 8 * 1024;
/// How much of a line tells whether it is a fence.
const LINE: usize = 80;

/// The beginning and the end of a text, its length, and whether it ends inside of a code fence.
#[derive(Debug, Clone, Default)]
pub struct Excerpt {
    head: String,
    tail: String,
    bytes: usize,
    letters: usize,
    line: String,
    fence: Option<(char, usize)>,
}

impl From<&str> for Excerpt {
    fn from(text: &str) -> Self {
        let mut excerpt = Self::default();
        excerpt.push(text);
        excerpt
    }
}

impl Excerpt {
    /// Takes the next piece of the text in.
    pub fn push(&mut self, piece: &str) {
        self.bytes = self.bytes.saturating_add(piece.len());
        self.letters = self.letters.saturating_add(piece.chars().filter(|c| !c.is_whitespace()).count());
        self.follow_fences(piece);
        let room = HEAD.saturating_sub(self.head.len());
        let (head, rest) = match piece.is_char_boundary(room.min(piece.len())) {
            _ if !self.tail.is_empty() => ("", piece),
            true => piece.split_at(room.min(piece.len())),
            false => piece.split_at(floor_boundary(piece, room)),
        };
        self.head.push_str(head);
        self.tail.push_str(&rest[ceil_boundary(rest, rest.len().saturating_sub(TAIL))..]);
        if self.tail.len() > 2 * TAIL {
            let cut = ceil_boundary(&self.tail, self.tail.len() - TAIL);
            self.tail.drain(..cut);
        }
    }

    /// The length of the whole text, in bytes.
    pub const fn len(&self) -> usize {
        self.bytes
    }

    /// Whether nothing has come.
    pub const fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// How many characters the whole text has, white space aside.
    pub(super) const fn letters(&self) -> usize {
        self.letters
    }

    /// What is kept: the beginning and the end; the latter is empty for a text that fits into the former.
    pub fn parts(&self) -> [&str; 2] {
        [&self.head, &self.tail]
    }

    /// Whether the whole text is this one, white space at its ends aside.
    pub(super) fn is(&self, text: &str) -> bool {
        self.tail.is_empty() && !text.is_empty() && self.head.trim() == text
    }

    /// Whether the text ends inside of a code fence.
    pub fn fence_is_open(&self) -> bool {
        let mut fence = self.fence;
        turn_fence(&mut fence, &self.line);
        fence.is_some()
    }

    fn follow_fences(&mut self, piece: &str) {
        for part in piece.split_inclusive('\n') {
            let room = LINE.saturating_sub(self.line.len());
            self.line.push_str(&part[..floor_boundary(part, room)]);
            if part.ends_with('\n') {
                turn_fence(&mut self.fence, &self.line);
                self.line.clear();
            }
        }
    }
}

/// Opens or closes a fence where the line does so.
fn turn_fence(fence: &mut Option<(char, usize)>, line: &str) {
    let text = line.trim_start();
    let Some(mark) = text.chars().next().filter(|c| matches!(c, '`' | '~')) else { return };
    let long = text.chars().take_while(|c| *c == mark).count();
    let info = text[long..].trim();
    match *fence {
        None if long >= 3 && !info.contains('`') => *fence = Some((mark, long)),
        Some((open, least)) if open == mark && long >= least && info.is_empty() => *fence = None,
        _ => {}
    }
}

fn floor_boundary(text: &str, index: usize) -> usize {
    let index = index.min(text.len());
    (0..=index).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceil_boundary(text: &str, index: usize) -> usize {
    (index..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
