//! The table of list prices: text that is searched as it is, so that the one in the program costs no memory until
//! somebody asks, and then only the pages that are looked at.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::date::Date;
use super::form;
use super::price::Price;

/// The table that the program brings along.
const BUILT_IN: &str = include_str!("table.tsv");

/// No table has fewer models: what does is a part of one, or something else.
const LEAST: usize = 100;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Conversations.
    Chat,
    /// Conversations, in the Responses API only.
    Responses,
    /// Plain text that is continued.
    Completion,
    /// Vectors.
    Embedding,
}

impl Mode {
    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Completion => "completion",
            Self::Embedding => "embedding",
        }
    }

    /// The mode of a name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Chat, Self::Responses, Self::Completion, Self::Embedding]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// What the table says of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the table, in small letters, with a prefix that tells who sells it where there are several.
    pub name: String,
    /// Who sells it, as the table's authors call them.
    pub provider: String,
    /// What it is for.
    pub mode: Mode,
    /// Whether it calls tools, as far as is known.
    pub tools: bool,
    /// Whether it sees pictures, as far as is known.
    pub vision: bool,
    /// Whether it reasons, as far as is known.
    pub reasoning: bool,
    /// The most input tokens.
    pub context: Option<u64>,
    /// The most output tokens.
    pub most_output: Option<u64>,
    /// What it costs.
    pub price: Price,
    /// Input in a batch, in 10⁻¹² dollars for a token.
    pub batch_input: Option<u64>,
    /// Output in a batch, in 10⁻¹² dollars for a token.
    pub batch_output: Option<u64>,
}

/// Why a text is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It doesn't begin as one.
    #[error("it doesn't begin with `{}`", form::TITLE)]
    NoTable,
    /// A line that can't be read, or that stands in the wrong place.
    #[error("line {0} is no price, or out of order")]
    Line(usize),
    /// Too few models.
    #[error("it has prices of {0} models only; a whole one has at least {LEAST}")]
    TooFew(usize),
}

/// A table of list prices.
#[derive(Debug, Clone)]
pub struct Table {
    text: Cow<'static, str>,
    /// Where the first line of a model begins.
    start: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Table {
    /// The table that the program brings along.
    pub fn built_in() -> Self {
        Self { text: Cow::Borrowed(BUILT_IN), start: start_of(BUILT_IN) }
    }

    /// A table of a text that came from elsewhere, and is looked at line by line.
    pub fn parse(text: String) -> Result<Self, TableError> {
        if text.lines().next() != Some(form::TITLE) {
            return Err(TableError::NoTable);
        }
        let mut previous = "";
        let mut count = 0;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let name = key(line);
            if form::read(line).is_none() || (count > 0 && name <= previous) {
                return Err(TableError::Line(index + 1));
            }
            previous = name;
            count += 1;
        }
        if count < LEAST {
            return Err(TableError::TooFew(count));
        }
        let start = start_of(&text);
        Ok(Self { text: Cow::Owned(text), start })
    }

    /// The table as text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a model costs that has exactly this name.
    pub fn get(&self, name: &str) -> Option<Entry> {
        let body = self.text.get(self.start..)?;
        let bytes = body.as_bytes();
        let (mut low, mut high) = (0, body.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let begin = memchr::memrchr(b'\n', bytes.get(low..middle)?).map_or(low, |at| low + at + 1);
            let end = memchr::memchr(b'\n', bytes.get(middle..)?).map_or(body.len(), |at| middle + at);
            let line = body.get(begin..end)?;
            match key(line).cmp(name) {
                Ordering::Equal => return form::read(line),
                Ordering::Less => low = end + 1,
                Ordering::Greater => high = begin,
            }
        }
        None
    }

    /// Every model, by name.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.text.get(self.start..).unwrap_or_default().lines().filter_map(form::read)
    }

    /// How many models it has.
    pub fn len(&self) -> usize {
        self.text.get(self.start..).unwrap_or_default().lines().count()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.text.len() == self.start
    }

    /// What it was made of: name and version.
    pub fn origin(&self) -> &str {
        self.note("source").unwrap_or("unknown")
    }

    /// Under which licence that is.
    pub fn licence(&self) -> &str {
        self.note("licence").unwrap_or("unknown")
    }

    /// The day on which it was made or fetched.
    pub fn date(&self) -> Option<Date> {
        Date::parse(self.note("date")?)
    }

    /// What stands behind `# name: ` before the first model.
    fn note(&self, name: &str) -> Option<&str> {
        let head = self.text.get(..self.start)?;
        head.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "))
    }
}

fn key(line: &str) -> &str {
    line.split_once('\t').map_or(line, |(name, _)| name)
}

/// Where the notes at the beginning end.
fn start_of(text: &str) -> usize {
    text.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum()
}
