//! Looks every setting up in every source, in order, and reports everything that is wrong at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::file::{Unreadable, read, same_folder};
use crate::parse::{self, Raw, Value};
use crate::values::Entry;
use crate::{Inputs, Problem, Setting, Source, Values, dotenv, nearest, toml_file};

/// What came of reading the configuration.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The settings in effect. A setting whose value can't be used has its default.
    pub values: Values,
    /// Everything that is wrong; errors keep the gateway from starting.
    pub problems: Vec<Problem>,
    /// The files that were read.
    pub files: Vec<FileReport>,
    /// The tables of settings that were looked for.
    pub tables: Vec<&'static [Setting]>,
}

/// A configuration file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The file, and how far it is trusted.
    pub source: Source,
    /// Where it lies.
    pub path: PathBuf,
    /// The settings that it gave, by environment name.
    pub gave: Vec<&'static str>,
    /// The settings that it holds but that a source before it has decided.
    pub overridden: Vec<&'static str>,
}

/// One source with what it says, by environment name.
struct Layer {
    source: Source,
    path: Option<PathBuf>,
    values: BTreeMap<String, Raw>,
}

/// Reads the configuration.
pub fn load(tables: &[&'static [Setting]], inputs: &Inputs) -> Loaded {
    let settings: Vec<&'static Setting> = tables.iter().flat_map(|table| table.iter()).collect();
    let loaded = Loaded { tables: tables.to_vec(), ..Loaded::default() };
    let mut loader = Loader { settings, layers: Vec::new(), loaded };
    loader.add_process_layers(inputs);
    loader.add_env_files(inputs);
    loader.add_toml_file(inputs);
    loader.choose(inputs);
    loader.loaded
}

struct Loader {
    settings: Vec<&'static Setting>,
    layers: Vec<Layer>,
    loaded: Loaded,
}

impl Loader {
    fn add_process_layers(&mut self, inputs: &Inputs) {
        let flags =
            inputs.flags.iter().map(|(name, value)| ((*name).to_owned(), Raw::Text(value.clone()))).collect();
        self.layers.push(Layer { source: Source::Flag, path: None, values: flags });
        let environment = self
            .settings
            .iter()
            .filter_map(|setting| {
                Some((setting.env.to_owned(), Raw::Text(inputs.environment.get(setting.env)?.clone())))
            })
            .collect();
        self.layers.push(Layer { source: Source::Environment, path: None, values: environment });
    }

    fn add_env_files(&mut self, inputs: &Inputs) {
        if let Some(path) = &inputs.env_file {
            if !self.add_env_file(Source::DotEnv(path.clone()), path) {
                self.missing("--env-file", path);
            }
            return;
        }
        let user_file = inputs.user_dir.as_ref().map(|dir| dir.join(".env"));
        if let Some(dir) = &inputs.project_dir
            && !inputs.user_dir.as_ref().is_some_and(|user_dir| same_folder(user_dir, dir))
        {
            let path = dir.join(".env");
            self.add_env_file(Source::ProjectDotEnv(path.clone()), &path);
        }
        if let Some(path) = user_file {
            self.add_env_file(Source::DotEnv(path.clone()), &path);
        }
    }

    /// Whether there is such a file.
    fn add_env_file(&mut self, source: Source, path: &Path) -> bool {
        let text = match read(path) {
            Ok(text) => text,
            Err(reason) => return self.unreadable(path, &source, reason),
        };
        let parsed = dotenv::parse(&text);
        for line in parsed.broken {
            self.report_broken_line(&source, path, &line);
        }
        let values = parsed.entries.into_iter().map(|(name, value)| (name, Raw::Text(value))).collect();
        self.layers.push(Layer { source, path: Some(path.to_owned()), values });
        true
    }

    /// A broken line matters when it was to give a setting; any other may be meant for another program.
    fn report_broken_line(&mut self, source: &Source, path: &Path, line: &dotenv::BrokenLine) {
        let place = match line.number {
            Some(number) => format!("line {number} can't be read"),
            None => "a line can't be read".to_owned(),
        };
        let setting = line
            .name
            .as_ref()
            .filter(|name| self.settings.iter().any(|s| s.env == name.as_str() && !s.process_only));
        let problem = match setting {
            Some(name) => Problem::error(name.clone(), place).with_source(source),
            None => Problem::warning(path.display().to_string(), format!("{place} and is left out")),
        };
        let hint = "write NAME=value on one line, with quotes around a value that holds spaces or #";
        self.loaded.problems.push(problem.with_hint(hint));
    }

    fn add_toml_file(&mut self, inputs: &Inputs) {
        let Some(path) = inputs.toml_path() else { return };
        let named = inputs.toml_file.is_some();
        let source = Source::Toml(path.clone());
        let text = match read(&path) {
            Ok(text) => text,
            Err(reason) => {
                if !self.unreadable(&path, &source, reason) && named {
                    self.missing("--config", &path);
                }
                return;
            }
        };
        let known =
            |key: &str| self.settings.iter().any(|setting| setting.toml == key && !setting.process_only);
        match toml_file::parse(&text, &known) {
            Ok(file) => self.add_toml(source, path, file),
            Err(message) => self.loaded.problems.push(
                Problem::error(path.display().to_string(), format!("is not TOML: {message}"))
                    .with_hint("`lynkr config` lists every key; text values need quotes"),
            ),
        }
    }

    fn add_toml(&mut self, source: Source, path: PathBuf, file: toml_file::TomlFile) {
        let mut values = BTreeMap::new();
        for (key, raw) in file.entries {
            if let Some(setting) = self.settings.iter().find(|setting| setting.toml == key) {
                values.insert(setting.env.to_owned(), raw);
            }
        }
        for toml_file::UnknownKey(key) in file.unknown {
            let problem = Problem::warning(&key, "is no setting and has no effect").with_source(&source);
            let by_env = self.settings.iter().find(|setting| setting.env.eq_ignore_ascii_case(&key));
            let meant = by_env
                .map(|setting| setting.toml)
                .or_else(|| nearest(&key, self.settings.iter().map(|setting| setting.toml)));
            self.loaded.problems.push(match meant {
                Some(known) => problem.with_hint(format!("did you mean {known}?")),
                None => problem,
            });
        }
        self.layers.push(Layer { source, path: Some(path), values });
    }

    fn missing(&mut self, flag: &str, path: &Path) {
        self.loaded.problems.push(
            Problem::error(flag, format!("names {}, which does not exist", path.display()))
                .with_hint("paths are relative to the working directory"),
        );
    }

    /// Reports a file that is there but can't be read; `false` when it isn't there.
    fn unreadable(&mut self, path: &Path, source: &Source, reason: Unreadable) -> bool {
        let Unreadable::Because(message) = reason else { return false };
        let problem = Problem::error(path.display().to_string(), message);
        self.loaded.problems.push(match source.trust() {
            // It may well be meant for another program.
            crate::Trust::Project => Problem { severity: crate::Severity::Warning, ..problem },
            crate::Trust::Operator => problem,
        });
        true
    }

    fn choose(&mut self, inputs: &Inputs) {
        let home = inputs.home.as_deref();
        let mut winners = Vec::new();
        for &setting in &self.settings {
            let can_give = |layer: &Layer| match layer.source {
                Source::Toml(_) => !setting.process_only,
                Source::Flag | Source::Environment => !setting.file_only,
                Source::DotEnv(_) | Source::ProjectDotEnv(_) | Source::Default => {
                    !setting.file_only && !setting.process_only
                }
            };
            let layers = self.layers.iter().enumerate().filter(|(_, layer)| can_give(layer));
            let mut given = layers.filter_map(|(index, layer)| {
                let raw = layer.values.get(setting.env).filter(|raw| !raw.is_empty())?;
                Some((index, layer, raw))
            });
            let Some((index, layer, raw)) = given.next() else {
                default(&mut self.loaded.values, setting, inputs);
                continue;
            };
            winners.push((setting.env, index));
            match parse::parse(setting.kind, raw, home) {
                Ok(value) => {
                    let entry = Entry { kind: setting.kind, value, source: layer.source.clone() };
                    self.loaded.values.set(setting.env, entry);
                }
                Err(complaint) => {
                    // Another program may have set what only the process can give.
                    let problem = if setting.process_only {
                        Problem::warning(setting.env, complaint.message)
                    } else {
                        Problem::error(setting.env, complaint.message)
                    };
                    let problem = problem.with_value(setting, &raw.to_text()).with_source(&layer.source);
                    self.loaded.problems.push(Problem { hint: complaint.hint, ..problem });
                    default(&mut self.loaded.values, setting, inputs);
                }
            }
        }
        self.report_files(&winners);
    }

    fn report_files(&mut self, winners: &[(&'static str, usize)]) {
        for (index, layer) in self.layers.iter().enumerate() {
            let Some(path) = &layer.path else { continue };
            let is_its = |env: &str| self.settings.iter().all(|s| s.env != env || !s.process_only);
            let holds = |env: &str| is_its(env) && layer.values.get(env).is_some_and(|raw| !raw.is_empty());
            let named = winners.iter().copied().filter(|(env, _)| holds(env));
            let (gave, overridden): (Vec<_>, Vec<_>) = named.partition(|(_, winner)| *winner == index);
            self.loaded.files.push(FileReport {
                source: layer.source.clone(),
                path: path.clone(),
                gave: gave.into_iter().map(|winner| winner.0).collect(),
                overridden: overridden.into_iter().map(|winner| winner.0).collect(),
            });
        }
    }
}

/// The default from the table; the state folder's depends on the user and comes from the inputs.
fn default(values: &mut Values, setting: &Setting, inputs: &Inputs) {
    let value = match (setting.env, setting.default) {
        ("LYNKR_STATE_DIR", _) => inputs.default_state_dir.clone().map(Value::Path),
        (_, Some(text)) => parse::parse(setting.kind, &Raw::Text(text.to_owned()), None).ok(),
        (_, None) => None,
    };
    if let Some(value) = value {
        values.set(setting.env, Entry { kind: setting.kind, value, source: Source::Default });
    }
}

#[cfg(test)]
mod tests;
