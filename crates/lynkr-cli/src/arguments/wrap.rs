//! What can be typed about wrapped clients.

use std::ffi::OsString;

use clap::Args;
use lynkr_config::{Inputs, Project};

use super::{Files, inputs_beside};

/// `lynkr wrap`
#[derive(Debug, Args)]
pub(crate) struct Wrap {
    /// The client: claude, codex, copilot, gemini, aider or cursor. Without one, those that are installed are shown.
    pub(crate) client: Option<String>,
    /// The port that its gateway listens on; any free one, if none is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    #[command(flatten)]
    pub(crate) files: Files,
    /// What the client is given. What begins with a dash is best put after `--`.
    #[arg(value_name = "ARGUMENTS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) given: Vec<OsString>,
}

impl Wrap {
    /// The configuration's inputs: the gateway is started beside a tool, so the working directory's files don't count.
    pub(crate) fn inputs(&self) -> Inputs {
        let flags = vec![("PORT", self.port()), ("LYNKR_HOST", "127.0.0.1".to_owned())];
        inputs_beside(flags, &self.files, Project::Ignore)
    }

    /// The port to ask for; 0 for any.
    pub(crate) fn port(&self) -> String {
        self.port.unwrap_or(0).to_string()
    }
}
