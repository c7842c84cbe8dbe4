//! The coding tools that Lynkr stands behind: where each lies, and how it is had.

use std::path::{Path, PathBuf};

use lynkr_config::Inputs;
use lynkr_process::find_program;

/// A client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Claude,
    Codex,
    Copilot,
    Gemini,
    Aider,
    Cursor,
}

/// What is known of a client.
struct About {
    /// The word after `lynkr wrap`, which is also the program's name.
    name: &'static str,
    title: &'static str,
    /// Folders besides the search path's; `~/` is the user's own.
    places: &'static [&'static str],
    install: &'static str,
}

/// All of them.
pub(crate) const ALL: [Client; 6] =
    [Client::Claude, Client::Codex, Client::Copilot, Client::Gemini, Client::Aider, Client::Cursor];

const USUAL: &[&str] = &["/usr/local/bin", "/opt/homebrew/bin", "~/.local/bin", "~/.npm-global/bin"];

/// The words after `lynkr wrap`.
pub(crate) fn names() -> Vec<&'static str> {
    ALL.into_iter().map(|client| client.about().name).collect()
}

/// A client that lies where programs lie.
const fn about(name: &'static str, title: &'static str, install: &'static str) -> About {
    About { name, title, places: &[], install }
}

impl Client {
    /// The client of this word.
    pub(crate) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|client| client.about().name == name)
    }

    const fn about(self) -> About {
        match self {
            Self::Claude => About {
                places: &["~/.claude/local"],
                ..about("claude", "Claude Code", "npm install -g @anthropic-ai/claude-code")
            },
            Self::Codex => about("codex", "Codex", "npm install -g @openai/codex"),
            Self::Copilot => about("copilot", "Copilot CLI", "npm install -g @github/copilot"),
            Self::Gemini => about("gemini", "Gemini CLI", "npm install -g @google/gemini-cli"),
            Self::Aider => About {
                places: &["~/Library/Python/3.12/bin", "~/Library/Python/3.13/bin"],
                ..about("aider", "Aider", "python3 -m pip install aider-install && aider-install")
            },
            Self::Cursor => About {
                places: &[
                    "/Applications/Cursor.app/Contents/Resources/app/bin",
                    "~/Applications/Cursor.app/Contents/Resources/app/bin",
                ],
                ..about(
                    "cursor",
                    "Cursor",
                    "download it from https://cursor.com, then run \"Install 'cursor' command\" in it",
                )
            },
        }
    }

    /// The word after `lynkr wrap`, which is also the program's name.
    pub(crate) const fn name(self) -> &'static str {
        self.about().name
    }

    /// How it is had.
    pub(crate) const fn install(self) -> &'static str {
        self.about().install
    }

    /// What people call it.
    pub(crate) const fn title(self) -> &'static str {
        self.about().title
    }

    /// Where its program lies.
    pub(crate) fn find(self, inputs: &Inputs) -> Option<PathBuf> {
        let About { name, places, .. } = self.about();
        let home = inputs.home.as_deref();
        let places: Vec<PathBuf> = USUAL.iter().chain(places).filter_map(|place| at(place, home)).collect();
        let path = inputs.environment.get("PATH").map(String::as_str).unwrap_or_default();
        find_program(name, path, &places)
    }

    /// What to do when it isn't there.
    pub(crate) fn install_hint(self) -> String {
        let About { name, title, places, install } = self.about();
        let places: Vec<&str> = USUAL.iter().chain(places).copied().collect();
        format!(
            "Error: {title} isn't installed: there is no `{name}` on the search path (PATH) or in {}\n\
             hint: {install}\n\
             Then verify: {name} --version",
            places.join(", ")
        )
    }

    /// Whether it is a window that stays when its program has ended.
    pub(crate) fn outlives_its_program(self) -> bool {
        self == Self::Cursor
    }
}

/// The clients that are there, each with its program.
pub(crate) fn installed(inputs: &Inputs) -> Vec<(Client, PathBuf)> {
    ALL.into_iter().filter_map(|client| Some((client, client.find(inputs)?))).collect()
}

fn at(place: &str, home: Option<&Path>) -> Option<PathBuf> {
    match place.strip_prefix("~/") {
        Some(below) => Some(home?.join(below)),
        None => Some(PathBuf::from(place)),
    }
}
