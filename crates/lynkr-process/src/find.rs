//! Where a program lies.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The first file of this name that can be run: in the folders of a search path (`PATH`), then in some more. An empty
/// part of the search path, which stands for the working directory, is passed over: what lies there is nobody's choice.
pub fn find_program(name: &str, search_path: &str, more: &[PathBuf]) -> Option<PathBuf> {
    let parts = search_path.split(':').filter(|part| !part.is_empty()).map(PathBuf::from);
    parts.chain(more.iter().cloned()).map(|folder| folder.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_path_goes_first_and_what_cant_be_run_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let at = |part: &str| folder.path().join(part);
        for (part, mode) in [("plain", 0o644), ("first", 0o755), ("second", 0o755)] {
            std::fs::create_dir(at(part)).unwrap();
            std::fs::write(at(part).join("tool"), "").unwrap();
            std::fs::set_permissions(at(part).join("tool"), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let path = format!("{}::{}", at("plain").display(), at("first").display());
        assert_eq!(find_program("tool", &path, &[at("second")]), Some(at("first").join("tool")));
        assert_eq!(find_program("tool", "", &[at("plain"), at("second")]), Some(at("second").join("tool")));
        assert_eq!(find_program("tool", &at("plain").display().to_string(), &[]), None);
        assert_eq!(find_program("first", &folder.path().display().to_string(), &[]), None, "a folder");
    }
}
