//! The files that are written: where, whether they may be, and how nobody else ever reads half of one.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use lynkr_config::Inputs;
use tempfile::NamedTempFile;

use crate::arguments::{Format, Init};

/// The name in a folder.
const ENV: &str = ".env";
const TOML: &str = "lynkr.toml";

/// Where the configuration goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The `.env`.
    pub(crate) env: PathBuf,
    /// The `lynkr.toml`.
    pub(crate) toml: PathBuf,
    /// Whether the gateway looks there by itself.
    pub(crate) is_usual: bool,
}

impl Place {
    /// The place that the command line says, else the configuration folder.
    pub(crate) fn of(arguments: &Init, inputs: &Inputs) -> anyhow::Result<Self> {
        let Some(output) = &arguments.output else {
            let Some(folder) = inputs.user_dir.clone() else {
                bail!("there is no home folder to write into: name a file with --output");
            };
            return Ok(Self { env: folder.join(ENV), toml: folder.join(TOML), is_usual: true });
        };
        if output.as_os_str().is_empty() {
            bail!("--output names no file");
        }
        if output.is_dir() {
            return Ok(Self { env: output.join(ENV), toml: output.join(TOML), is_usual: false });
        }
        let beside = |name: &str| output.with_file_name(name);
        Ok(match arguments.format {
            Format::Env => Self { env: output.clone(), toml: beside(TOML), is_usual: false },
            Format::Toml => Self { env: beside(ENV), toml: output.clone(), is_usual: false },
        })
    }
}

/// Refuses to go on where a file is there that nobody said may be replaced.
pub(crate) fn refuse_existing(paths: &[&Path], force: bool) -> anyhow::Result<()> {
    for path in paths {
        let Ok(about) = fs::symlink_metadata(path) else { continue };
        if about.is_dir() {
            bail!("{} is a folder", path.display());
        }
        if !force {
            bail!(
                "{} is there already\nhint: --force replaces it and keeps a copy beside it; --output writes elsewhere; \
                 --dry-run only shows",
                path.display()
            );
        }
    }
    Ok(())
}

/// Writes a file that only its owner may read: whole or not at all. What was there goes to a copy beside it, whose
/// path comes back.
pub(crate) fn write(path: &Path, text: &str, force: bool) -> anyhow::Result<Option<PathBuf>> {
    // Who keeps it elsewhere, behind a link, wants it there.
    let path =
        if force { fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder).with_context(|| format!("can't make the folder {}", folder.display()))?;
    let before = match fs::read(&path) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
    };
    let kept = match before.filter(|before| force && before.as_slice() != text.as_bytes()) {
        Some(before) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".bak");
            let copy = PathBuf::from(name);
            put(folder, &copy, &before, true)?;
            Some(copy)
        }
        None => None,
    };
    put(folder, &path, text.as_bytes(), force)?;
    Ok(kept)
}

/// Written beside the file and then put in its place.
fn put(folder: &Path, path: &Path, bytes: &[u8], replace: bool) -> anyhow::Result<()> {
    let failed = || format!("can't write {}", path.display());
    // Such a file has the mode 0600 from the first moment on.
    let mut file = NamedTempFile::new_in(folder).with_context(failed)?;
    file.write_all(bytes).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    let put = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    put.map(drop).map_err(|error| error.error).with_context(failed)
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
