//! Everything that a configuration is made from, gathered in one place: the only code of the gateway that
//! reads the process environment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Whether the working directory's `.env` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Project {
    /// It is: the gateway was started by hand, in a folder that was chosen for it.
    Read,
    /// It isn't: the gateway was started beside a tool, in whatever folder that tool works on.
    Ignore,
}

/// What the command line says about the configuration.
#[derive(Clone)]
pub struct CommandLine {
    /// Settings given as flags, by their environment name.
    pub flags: Vec<(&'static str, String)>,
    /// `--env-file`.
    pub env_file: Option<PathBuf>,
    /// `--config`.
    pub toml_file: Option<PathBuf>,
    /// Whether the working directory's `.env` is read.
    pub project: Project,
}

/// A key may have been given as a flag: only names are shown.
impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandLine")
            .field("flags", &names(&self.flags))
            .field("env_file", &self.env_file)
            .field("toml_file", &self.toml_file)
            .field("project", &self.project)
            .finish()
    }
}

fn names(flags: &[(&'static str, String)]) -> Vec<&'static str> {
    flags.iter().map(|(name, _)| *name).collect()
}

/// Everything that [`load`](crate::load) reads. Tests fill it by hand.
#[derive(Clone, Default)]
pub struct Inputs {
    /// Settings given as flags, by their environment name.
    pub flags: Vec<(&'static str, String)>,
    /// The process environment.
    pub environment: BTreeMap<String, String>,
    /// The `.env` file that the operator named; no other `.env` file is read then.
    pub env_file: Option<PathBuf>,
    /// The folder whose `.env` is read without being trusted, if one is.
    pub project_dir: Option<PathBuf>,
    /// The operator's configuration folder.
    pub user_dir: Option<PathBuf>,
    /// The TOML file that the operator named instead of `lynkr.toml` in the configuration folder.
    pub toml_file: Option<PathBuf>,
    /// The state folder that is used when `LYNKR_STATE_DIR` isn't set.
    pub default_state_dir: Option<PathBuf>,
    /// What `~/` stands for.
    pub home: Option<PathBuf>,
}

impl Inputs {
    /// Where the TOML file lies: the one that the operator named, else the one in the configuration folder.
    pub(crate) fn toml_path(&self) -> Option<PathBuf> {
        let in_folder = || self.user_dir.as_ref().map(|dir| dir.join("lynkr.toml"));
        self.toml_file.clone().or_else(in_folder)
    }

    /// A variable that all programs share, such as `HTTPS_PROXY`, in capitals or not. Only the process's own
    /// environment counts: no file decides where traffic goes.
    pub fn shared_variable(&self, name: &str) -> &str {
        let set = |name: &str| {
            self.environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
        };
        set(name).or_else(|| set(&name.to_ascii_lowercase())).unwrap_or_default()
    }

    /// The files that a configuration is read from, whether they exist or not.
    pub fn files(&self) -> Vec<PathBuf> {
        let in_folder = |dir: &Option<PathBuf>| dir.as_ref().map(|dir| dir.join(".env"));
        let env_files = match &self.env_file {
            Some(path) => vec![path.clone()],
            None => [in_folder(&self.project_dir), in_folder(&self.user_dir)].into_iter().flatten().collect(),
        };
        env_files.into_iter().chain(self.toml_path()).collect()
    }

    /// Reads the process environment and works out the user's folders.
    ///
    /// Names and values that aren't UTF-8 are left out: no setting can hold them.
    pub fn from_process(command_line: CommandLine) -> Self {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let working_dir = std::env::current_dir().ok();
        Self::from_environment(command_line, environment, working_dir)
    }

    fn from_environment(
        command_line: CommandLine,
        environment: BTreeMap<String, String>,
        working_dir: Option<PathBuf>,
    ) -> Self {
        let set = |name: &str| environment.get(name).map(|value| value.trim()).filter(|v| !v.is_empty());
        let home = set("HOME").or_else(|| set("USERPROFILE")).map(PathBuf::from);
        let below_home = |folder: &str| home.as_ref().map(|home| home.join(folder).join("lynkr"));
        // The XDG rule: a relative path in these variables is invalid and ignored.
        let xdg = |name: &str| set(name).map(Path::new).filter(|p| p.is_absolute()).map(|p| p.join("lynkr"));
        let user_dir = set("LYNKR_CONFIG_DIR")
            .map(PathBuf::from)
            .or_else(|| xdg("XDG_CONFIG_HOME"))
            .or_else(|| below_home(".config"));
        let default_state_dir = xdg("XDG_STATE_HOME").or_else(|| below_home(".local/state"));
        let toml_file = command_line.toml_file.or_else(|| set("LYNKR_CONFIG").map(PathBuf::from));
        let project_dir = match command_line.project {
            Project::Read => working_dir,
            Project::Ignore => None,
        };
        Self {
            flags: command_line.flags,
            env_file: command_line.env_file,
            project_dir,
            user_dir,
            toml_file,
            default_state_dir,
            home,
            environment,
        }
    }
}

/// The environment is full of secrets that aren't even the gateway's: only names are shown.
impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("flags", &names(&self.flags))
            .field("environment", &self.environment.keys().collect::<Vec<_>>())
            .field("env_file", &self.env_file)
            .field("project_dir", &self.project_dir)
            .field("user_dir", &self.user_dir)
            .field("toml_file", &self.toml_file)
            .field("default_state_dir", &self.default_state_dir)
            .field("home", &self.home)
            .finish()
    }
}

#[cfg(test)]
mod tests;
