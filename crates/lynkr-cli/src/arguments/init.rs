//! `lynkr init`: what can be typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lynkr_config::{CommandLine, Inputs, Project};

const AFTER_HELP: &str = "\
Keys are never taken from the command line, where other programs see them: they come from the environment, or from
standard input with --keys-from-stdin.

  lynkr init                                    asks
  lynkr init --from litellm/config.yaml         carries another gateway's configuration over
  lynkr init --yes --provider openai --model gpt-5
  lynkr init --yes --tier simple=ollama:qwen3:8b --tier complex=anthropic:claude-sonnet-4-5
  echo \"OPENAI_API_KEY=$KEY\" | lynkr init --yes --provider openai --keys-from-stdin";

/// What the gateway is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// A client with a subscription, started by `lynkr wrap`: its own sign-in is passed on to its vendor.
    Wrap,
    /// Any client, with the keys that are configured.
    Direct,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A `.env` with NAME=value lines.
    Env,
    /// A `lynkr.toml`; keys still go to a `.env` beside it.
    Toml,
}

/// `lynkr init`
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Init {
    /// Replace a configuration that is there already; what was there stays beside it as `.bak`.
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Show what would be written, keys masked, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write this file, or into this folder, instead of the configuration folder.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// What is written.
    #[arg(long, value_enum, default_value_t = Format::Env)]
    pub(crate) format: Format,
    /// Carry over a `.env` of Lynkr, LiteLLM's `config.yaml` or claude-code-router's `config.json`.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Don't ask: the flags, the environment and this machine say everything.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// What the gateway is for.
    #[arg(long, value_enum, requires = "yes")]
    pub(crate) mode: Option<Mode>,
    /// The provider that answers; unset, the first that is found.
    #[arg(long, value_name = "NAME", requires = "yes", conflicts_with = "from")]
    pub(crate) provider: Option<String>,
    /// The provider's model.
    #[arg(long, value_name = "NAME", requires = "provider")]
    pub(crate) model: Option<String>,
    /// The models of a tier: simple, medium, complex or reasoning. Can be given several times.
    #[arg(long, value_name = "TIER=PROVIDER:MODEL", requires = "yes", conflicts_with = "from")]
    pub(crate) tier: Vec<String>,
    /// Any other setting that is no secret. Can be given several times.
    #[arg(long, value_name = "NAME=VALUE", requires = "yes")]
    pub(crate) set: Vec<String>,
    /// Read keys from standard input: NAME=value lines, or the provider's key alone.
    #[arg(long, requires = "yes")]
    pub(crate) keys_from_stdin: bool,
    /// Don't try the credentials with their providers.
    #[arg(long)]
    pub(crate) no_check: bool,
}

impl Init {
    /// The environment and the user's folders. The working directory's own `.env` has no say here.
    pub(crate) fn inputs() -> Inputs {
        Inputs::from_process(CommandLine {
            flags: Vec::new(),
            env_file: None,
            toml_file: None,
            project: Project::Ignore,
        })
    }
}
