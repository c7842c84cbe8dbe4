//! The database's files: a folder and files that only their owner may open.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Makes the folder and an empty file where they are missing, with their modes from the first moment on.
///
/// SQLite gives the WAL and the shared memory file the mode of the database.
pub(super) fn prepare(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder).map_err(StoreError::file(folder))?;
    }
    if !path.exists() {
        create_new(path).map(drop).or_else(exists_is_fine).map_err(StoreError::file(path))?;
    }
    restrict(path)
}

/// Takes away what others may do with files that are there already, or that an older program made.
pub(super) fn restrict(path: &Path) -> Result<(), StoreError> {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        if file.exists() {
            owner_only(&file).map_err(StoreError::file(&file))?;
        }
    }
    Ok(())
}

/// A new file that only its owner may open.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Another process was quicker.
fn exists_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
}

#[cfg(unix)]
fn owner_only(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(path)?.permissions();
    let owners = permissions.mode() & 0o700;
    if permissions.mode() & 0o777 == owners {
        return Ok(());
    }
    permissions.set_mode(owners);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn owner_only(_: &Path) -> io::Result<()> {
    Ok(())
}
