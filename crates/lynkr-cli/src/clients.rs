//! The coding tools that Lynkr stands behind, as they are found on this machine.

use std::path::{Path, PathBuf};

use lynkr_config::Inputs;

/// A coding tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// What `lynkr wrap` calls it.
    pub(crate) name: &'static str,
    /// The name for people.
    pub(crate) title: &'static str,
    /// The program.
    pub(crate) program: &'static str,
    /// How it is had.
    pub(crate) install: &'static str,
}

/// All of them.
pub(crate) const CLIENTS: &[Client] = &[
    Client {
        name: "claude",
        title: "Claude Code",
        program: "claude",
        install: "npm install -g @anthropic-ai/claude-code",
    },
    Client { name: "codex", title: "Codex", program: "codex", install: "npm install -g @openai/codex" },
    Client {
        name: "copilot",
        title: "Copilot CLI",
        program: "copilot",
        install: "npm install -g @github/copilot",
    },
    Client {
        name: "gemini",
        title: "Gemini CLI",
        program: "gemini",
        install: "npm install -g @google/gemini-cli",
    },
    Client {
        name: "aider",
        title: "Aider",
        program: "aider",
        install: "python -m pip install aider-install && aider-install",
    },
    Client { name: "cursor", title: "Cursor", program: "cursor", install: "https://cursor.com/download" },
];

impl Client {
    /// Where the program is, if it is on the search path.
    pub(crate) fn on_path(&self, inputs: &Inputs) -> Option<PathBuf> {
        let path = inputs.environment.get("PATH")?;
        std::env::split_paths(path).map(|folder| folder.join(self.program)).find(|file| is_program(file))
    }
}

/// The tools that are on the search path.
pub(crate) fn installed(inputs: &Inputs) -> Vec<(Client, PathBuf)> {
    CLIENTS.iter().filter_map(|client| Some((*client, client.on_path(inputs)?))).collect()
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file() || file.with_extension("exe").is_file() || file.with_extension("cmd").is_file()
}
