//! What can be typed about gateways that run, and about the command line itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lynkr_config::Inputs;

use super::{Files, inputs};

/// `lynkr stop`
#[derive(Debug, Args)]
pub(crate) struct Stop {
    /// The one at this port.
    #[arg(long, value_name = "N", conflicts_with = "all")]
    pub(crate) port: Option<u16>,
    /// Every one, those of wrapped clients too.
    #[arg(long)]
    pub(crate) all: bool,
    /// Don't wait for answers under way.
    #[arg(long)]
    pub(crate) force: bool,
    /// How long to wait for the end, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "40")]
    pub(crate) timeout: u64,
    #[command(flatten)]
    files: Files,
}

/// `lynkr status`
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    files: Files,
}

/// `lynkr logs`
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Go on with what is written from now on, until Ctrl-C.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How many lines of the past to show.
    #[arg(short = 'n', long, value_name = "N", default_value = "100")]
    pub(crate) lines: usize,
    #[command(flatten)]
    files: Files,
}

/// `lynkr unit`
#[derive(Debug, Args)]
pub(crate) struct Unit {
    /// What looks after the gateway.
    pub(crate) supervisor: Supervisor,
    /// For the whole machine, started with it, instead of for this user.
    #[arg(long)]
    pub(crate) system: bool,
    /// Write it to its place, or to --output, instead of printing it.
    #[arg(long)]
    pub(crate) write: bool,
    /// The file to write.
    #[arg(long, value_name = "FILE", requires = "write")]
    pub(crate) output: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Who looks after processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Supervisor {
    /// On Linux.
    Systemd,
    /// On macOS.
    Launchd,
}

/// `lynkr completions`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

/// `lynkr man`
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command whose page is printed; `lynkr` itself, if none is given.
    pub(crate) command: Option<String>,
    /// Write every page to this folder instead.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub(crate) output: Option<PathBuf>,
}

impl Stop {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

impl Status {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

impl Logs {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

impl Unit {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}
