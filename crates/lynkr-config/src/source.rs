//! Where a value came from, and how far that place is trusted.

use std::fmt;
use std::path::PathBuf;

/// Who wrote a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The person who runs the gateway: command line, environment, own configuration folder, defaults.
    Operator,
    /// Whoever wrote the project that the gateway happens to be started in. A cloned repository can say
    /// anything in its `.env`, so such a value is never combined with the operator's credentials.
    Project,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A command-line flag.
    Flag,
    /// The process environment.
    Environment,
    /// A `.env` file that the operator named or keeps in the configuration folder.
    DotEnv(PathBuf),
    /// The `.env` file of the working directory.
    ProjectDotEnv(PathBuf),
    /// The operator's `lynkr.toml`.
    Toml(PathBuf),
    /// The setting's own default.
    Default,
}

impl Source {
    /// Who is answerable for values from here.
    pub const fn trust(&self) -> Trust {
        match self {
            Self::ProjectDotEnv(_) => Trust::Project,
            Self::Flag | Self::Environment | Self::DotEnv(_) | Self::Toml(_) | Self::Default => {
                Trust::Operator
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("command line"),
            Self::Environment => f.write_str("environment"),
            Self::DotEnv(path) | Self::ProjectDotEnv(path) | Self::Toml(path) => {
                write!(f, "{}", path.display())
            }
            Self::Default => f.write_str("default"),
        }
    }
}
