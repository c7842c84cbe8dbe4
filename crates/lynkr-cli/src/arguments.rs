//! What can be typed.

mod background;
mod doctor;
mod govern;
mod init;
mod routing;
mod trajectory;
mod usage;
mod wrap;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use lynkr_config::{CommandLine, Inputs, Project};

pub(crate) use background::{Completions, Logs, Man, Status, Stop, Supervisor, Unit};
pub(crate) use doctor::Doctor;
pub(crate) use govern::{BudgetSet, BudgetTask, Budgets, KeyTask, Keys};
pub(crate) use init::{Format, Init, Mode};
pub(crate) use routing::{Routing, RoutingEval, RoutingTask};
pub(crate) use trajectory::Trajectory;
pub(crate) use usage::Usage;

pub(crate) use wrap::Wrap;

const AFTER_HELP: &str = "\
`lynkr start` needs no configuration: it takes the provider whose key it finds in the environment, or a model
server on this machine, or its builtin responder, and says how to connect each client.";

/// A self-hosted gateway between AI coding tools and model providers.
#[derive(Debug, Parser)]
#[command(name = "lynkr", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set the gateway up: ask for providers, models and keys, try them, and write the configuration.
    Init(Box<Init>),
    /// Run a client (claude, codex, copilot, gemini, aider, cursor) with a gateway of its own or a shared one.
    Wrap(Wrap),
    /// Serve until Ctrl-C; say which provider answers and how to connect each client.
    Start(Start),
    /// End a gateway that runs.
    Stop(Stop),
    /// List the gateways that run; exit with 3 when none does.
    Status(Status),
    /// Show the newest log file's end.
    Logs(Logs),
    /// Print or write what systemd or launchd needs to run the gateway.
    Unit(Unit),
    /// Print the settings in effect, each with its source; secrets are masked.
    Config(Config),
    /// Look for what is wrong: configuration, keys, servers, ports, clients, store, prices, the running gateway.
    Doctor(Doctor),
    /// Look after the store: migrate, check, back up, export.
    Db(Db),
    /// Make, list, show and revoke the keys that clients show to the gateway.
    Keys(Keys),
    /// Forget what the gateway remembers by itself: the models that sessions stay with.
    Reset(Reset),
    /// Say which tier and model a prompt would go to, and why, without asking any.
    Route(Route),
    /// Say what was learned of the models, and what another policy would have earned.
    Routing(Routing),
    /// Print one line on the last request and today's spend, for a client's status line.
    Statusline,
    /// Print completions for a shell.
    Completions(Completions),
    /// Print a manual page, or write all of them to a folder.
    Man(Man),
    /// Set, list and remove budgets of keys, users, teams, customers, organisations and sessions.
    Budgets(Budgets),
    /// Add up what was used, what it cost, and what one flagship would have cost.
    Usage(Usage),
    /// The same as a small card.
    Stats(Usage),
    /// Export sessions, one JSON object a line: requests step by step, what each came to, and the words where they are kept.
    Trajectory(Trajectory),
}

/// Without a command the gateway is started.
impl Default for Command {
    fn default() -> Self {
        Self::Start(Start::default())
    }
}

/// Where settings come from.
#[derive(Debug, Default, Args)]
pub(crate) struct Files {
    /// Read this file of NAME=value lines instead of ./.env and the one in the configuration folder.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Read this file instead of lynkr.toml in the configuration folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// `lynkr start`
#[derive(Debug, Default, Args)]
pub(crate) struct Start {
    /// The port to listen on (PORT); 0 takes any free one.
    #[arg(long, value_name = "N")]
    port: Option<String>,
    /// The address to listen on (LYNKR_HOST).
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// The provider that answers (MODEL_PROVIDER).
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// How much is logged (LOG_LEVEL).
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Serve in the background and return once it does: `lynkr status`, `lynkr logs` and `lynkr stop` go with it.
    #[arg(long)]
    pub(crate) daemon: bool,
    /// A gateway that runs by itself: the file that standard error goes to.
    #[arg(long, hide = true)]
    said: Option<PathBuf>,
    /// A gateway of wrapped clients: the file that they hold locks on.
    #[arg(long, hide = true, requires = "said")]
    users: Option<PathBuf>,
    /// What the settings of those who share it come down to.
    #[arg(long, hide = true, requires = "users")]
    fingerprint: Option<String>,
    #[command(flatten)]
    files: Files,
}

/// `lynkr config`
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Only say what is wrong; exit with 1 when something is.
    #[arg(long)]
    pub(crate) check: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the settings that have no value as well.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    files: Files,
}

/// `lynkr route`
#[derive(Debug, Args)]
pub(crate) struct Route {
    /// What the user would say.
    pub(crate) prompt: String,
    /// As if tools were on offer.
    #[arg(long)]
    pub(crate) tools: bool,
    /// Print the whole trace as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    files: Files,
}

/// `lynkr reset`
#[derive(Debug, Args)]
pub(crate) struct Reset {
    /// What to forget: session_pins, or all. A running gateway forgets it within ten seconds.
    pub(crate) resource: Option<String>,
    #[command(flatten)]
    files: Files,
}

/// `lynkr db`
#[derive(Debug, Args)]
pub(crate) struct Db {
    #[command(subcommand)]
    pub(crate) task: DbTask,
    #[command(flatten)]
    files: Files,
}

/// What `lynkr db` does.
#[derive(Debug, Subcommand)]
pub(crate) enum DbTask {
    /// Make the store if it isn't there, and bring its schema up to date.
    Migrate,
    /// Look for damage; exit with 1 when there is any.
    Check,
    /// Copy an SQLite store to a new file while it is in use.
    Backup {
        /// The file to write; it must not be there.
        file: PathBuf,
    },
    /// Write everything as one JSON object a line, keys without their hashes. It is no backup.
    Export {
        /// The file to write, which must not be there; without one, standard output.
        file: Option<PathBuf>,
    },
}

impl Reset {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

impl Db {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

impl Route {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

impl Start {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        let flags = [
            ("PORT", &self.port),
            ("LYNKR_HOST", &self.host),
            ("MODEL_PROVIDER", &self.provider),
            ("LOG_LEVEL", &self.log_level),
        ];
        let flags = flags.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect();
        let project = if self.users.is_some() { Project::Ignore } else { Project::Read };
        inputs_beside(flags, &self.files, project)
    }

    /// Whether it runs by itself.
    pub(crate) fn is_detached(&self) -> bool {
        self.said.is_some()
    }

    /// The file that standard error goes to, of a gateway that runs by itself.
    pub(crate) fn said(&self) -> Option<&Path> {
        self.said.as_deref()
    }

    /// The file that its users hold locks on, of a gateway of wrapped clients.
    pub(crate) fn users(&self) -> Option<&Path> {
        self.users.as_deref()
    }

    /// What the settings of its users come down to.
    pub(crate) fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// The same once more for a process of its own, in this folder.
    pub(crate) fn again(&self) -> Vec<OsString> {
        let flags = [
            ("--port", &self.port),
            ("--host", &self.host),
            ("--provider", &self.provider),
            ("--log-level", &self.log_level),
        ];
        let flags = flags.into_iter().filter_map(|(name, value)| Some([name.into(), value.as_ref()?.into()]));
        flags.flatten().chain(self.files.again()).collect()
    }
}

impl Config {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

impl Files {
    /// The same for another process, whatever folder it runs in.
    pub(crate) fn again(&self) -> Vec<OsString> {
        let files = [("--env-file", &self.env_file), ("--config", &self.config)];
        let files = files.into_iter().filter_map(|(name, file)| {
            let file = file.as_ref()?;
            let absolute = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            Some([name.into(), absolute.into_os_string()])
        });
        files.flatten().collect()
    }
}

fn inputs(flags: Vec<(&'static str, String)>, files: &Files) -> Inputs {
    inputs_beside(flags, files, Project::Read)
}

fn inputs_beside(flags: Vec<(&'static str, String)>, files: &Files, project: Project) -> Inputs {
    Inputs::from_process(CommandLine {
        flags,
        env_file: files.env_file.clone(),
        toml_file: files.config.clone(),
        project,
    })
}
