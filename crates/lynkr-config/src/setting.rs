//! One row of a settings table.

/// What a setting's value looks like, and so how its text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A credential: never shown, logged or written anywhere.
    Secret,
    /// The URL of a database or a cache, of any scheme; user and password in it are never shown.
    ServerUrl,
    /// An absolute `http` or `https` URL without a user name or password in it.
    Url,
    /// A file or folder; a leading `~/` is the user's home.
    Path,
    /// A switch: `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`, in any case.
    Bool,
    /// A whole number within a range, both ends included.
    Integer {
        /// The smallest value.
        min: u64,
        /// The largest value.
        max: u64,
    },
    /// A duration: a plain number is milliseconds; `ms`, `s`, `m` and `h` may follow it.
    Milliseconds,
    /// A size: a plain number is bytes; `k`, `kb`, `m`, `mb`, `g`, `gb` (times 1,024) may follow it.
    Bytes,
    /// A share of a whole: `0.85` or `85%`.
    Share,
    /// Several values, separated by commas; in TOML a list.
    List,
    /// `name=value` pairs, separated by commas; in TOML a table.
    Pairs,
    /// Pairs like those, of which the values are never shown: they may be credentials.
    Headers,
    /// One of some words, in any case.
    Choice(&'static [&'static str]),
}

/// A name that the gateway reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The environment variable, which is also the setting's name everywhere else.
    pub env: &'static str,
    /// The path in `lynkr.toml`, dotted: `server.port`.
    pub toml: &'static str,
    /// How its text is read.
    pub kind: Kind,
    /// The value when no source has one, in the form in which a user would write it.
    pub default: Option<&'static str>,
    /// One or two sentences for the reference.
    pub doc: &'static str,
    /// Whether only `lynkr.toml` can give it: it has no variable, and `env` is its path in the file.
    pub file_only: bool,
    /// Whether only the process environment can give it: a `.env` may use the name for something of its own.
    pub process_only: bool,
}

impl Setting {
    /// A setting without a default.
    pub const fn new(env: &'static str, toml: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { env, toml, kind, default: None, doc, file_only: false, process_only: false }
    }

    /// A setting that only `lynkr.toml` can give, known by its path there.
    pub const fn in_file(toml: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { env: toml, toml, kind, default: None, doc, file_only: true, process_only: false }
    }

    /// A setting that only the process environment can give. `section` is where the reference lists it.
    pub const fn in_process(env: &'static str, section: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { env, toml: section, kind, default: None, doc, file_only: false, process_only: true }
    }

    /// The same setting with a default.
    #[must_use]
    pub const fn with_default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The TOML table that the setting lies in: `server` for `server.port`.
    pub fn section(&self) -> &'static str {
        self.toml.split('.').next().unwrap_or(self.toml)
    }
}
