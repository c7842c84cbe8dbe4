//! Finds the shipped binary, freshly built.
//!
//! Cargo hands a test the path of a binary of its own package only, and `lynkr` belongs to another one. So it
//! is built here, once per run, by the cargo that built the tests, into the same folder and profile, with the
//! features that `cargo run --bin lynkr` gives it. When it is fresh that takes a fraction of a second, and a
//! stale binary is never tested. `LYNKR_BIN` names another one instead: the one that is shipped, say.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of `lynkr`.
pub(crate) fn path() -> &'static Path {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(build).as_ref().unwrap_or_else(|error| panic!("`lynkr` can't be built:\n{error}"))
}

/// A command; the one place where this crate makes them.
#[expect(clippy::disallowed_methods, reason = "these tests drive processes")]
pub(crate) fn command(program: impl Into<OsString>) -> Command {
    Command::new(program.into())
}

/// Where cargo put this test: `TARGET[/TRIPLE]/PROFILE/deps/it-HASH`.
struct Place {
    target: PathBuf,
    triple: Option<String>,
    profile: String,
    folder: PathBuf,
}

impl Place {
    fn of_this_test() -> Self {
        let this = std::env::current_exe().expect("a running test has a path");
        let folder = this.ancestors().nth(2).expect("tests lie two folders below their profile's parent");
        // Cargo marks the root of what it writes as something that backups may leave out.
        let target = folder
            .ancestors()
            .find(|above| above.join("CACHEDIR.TAG").is_file())
            .or(folder.parent())
            .expect("a profile's folder has a parent");
        let below = folder.strip_prefix(target).expect("an ancestor is a prefix");
        let names: Vec<String> = below.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        let profile = names.last().cloned().unwrap_or_else(|| "debug".to_owned());
        let triple = (names.len() > 1).then(|| names[0].clone());
        Self { target: target.to_owned(), triple, profile, folder: folder.to_owned() }
    }
}

fn named() -> Option<PathBuf> {
    std::env::var_os("LYNKR_BIN").filter(|name| !name.is_empty()).map(PathBuf::from)
}

fn build() -> Result<PathBuf, String> {
    if let Some(named) = named() {
        let absolute = std::path::absolute(&named).map_err(|error| error.to_string())?;
        return if absolute.is_file() {
            Ok(absolute)
        } else {
            Err(format!("there is no {}", named.display()))
        };
    }
    let place = Place::of_this_test();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is in a workspace");
    let mut cargo = command(option_env!("CARGO").unwrap_or("cargo"));
    cargo.current_dir(workspace).args(["build", "--quiet", "--bin", "lynkr", "--target-dir"]);
    cargo.arg(&place.target);
    // The folder of the `dev` profile is called `debug`; all others have their profile's name.
    let profile = if place.profile == "debug" { "dev" } else { &place.profile };
    cargo.args(["--profile", profile]);
    if let Some(triple) = &place.triple {
        cargo.args(["--target", triple]);
    }
    let output = cargo.output().expect("cargo can be run, since it ran this test");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let path = place.folder.join(format!("lynkr{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() { Ok(path) } else { Err(format!("cargo built no {}", path.display())) }
}
