//! A real folder, with everything in it that could lead out.

use tempfile::TempDir;

use super::*;

/// A folder `ws` with a neighbour `ws-evil`.
fn folder(blocked: &[&str]) -> (TempDir, Workspace) {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("ws/sub")).unwrap();
    std::fs::create_dir_all(folder.path().join("ws-evil")).unwrap();
    std::fs::write(folder.path().join("ws/a.txt"), "hello\n").unwrap();
    std::fs::write(folder.path().join("ws-evil/secret.txt"), "secret").unwrap();
    let blocked: Vec<String> = blocked.iter().map(|text| (*text).to_owned()).collect();
    let workspace =
        Workspace::open(&folder.path().join("ws"), PathRules::new(&[], &blocked).unwrap()).unwrap();
    (folder, workspace)
}

fn read(workspace: &Workspace, path: &str) -> Result<String, ToolError> {
    workspace.read_text(&workspace.locate(path, Access::Read)?, 100)
}

fn write(workspace: &Workspace, path: &str, text: &str) -> Result<(), ToolError> {
    workspace.write(&workspace.locate(path, Access::Write)?, text.as_bytes(), true)
}

#[test]
fn files_are_read_by_relative_and_absolute_paths() {
    let (folder, workspace) = folder(&[]);
    assert_eq!(read(&workspace, "./sub/../a.txt").unwrap(), "hello\n");
    let absolute = folder.path().join("ws/a.txt");
    assert_eq!(read(&workspace, absolute.to_str().unwrap()).unwrap(), "hello\n");
}

#[test]
fn what_is_outside_is_denied() {
    let (folder, workspace) = folder(&[]);
    let evil = folder.path().join("ws-evil/secret.txt");
    for path in
        ["../ws-evil/secret.txt", "sub/../../ws-evil/secret.txt", evil.to_str().unwrap(), "/etc/hostname"]
    {
        let error = read(&workspace, path).unwrap_err();
        assert_eq!((error.status, error.code), (403, "file_access_denied"), "{path}: {error:?}");
        assert!(write(&workspace, path, "x").is_err(), "{path}");
    }
    assert_eq!(std::fs::read_to_string(evil).unwrap(), "secret");
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_and_none_hides_what_is_blocked() {
    use std::os::unix::fs::symlink;
    let (folder, workspace) = folder(&[".env"]);
    let inside = |name: &str| folder.path().join("ws").join(name);
    std::fs::write(inside(".env"), "KEY=1").unwrap();
    symlink(folder.path().join("ws-evil"), inside("out")).unwrap();
    symlink("../ws-evil/secret.txt", inside("file")).unwrap();
    symlink("/etc", inside("etc")).unwrap();
    symlink(".env", inside("innocent")).unwrap();
    symlink("../ws-evil/new.txt", inside("dangling")).unwrap();
    symlink("a.txt", inside("fine")).unwrap();
    for path in ["out/secret.txt", "file", "etc/hostname", "innocent", "dangling", ".env"] {
        assert!(read(&workspace, path).is_err(), "{path}");
        assert!(write(&workspace, path, "x").is_err(), "{path}");
    }
    assert!(write(&workspace, "out/new.txt", "x").is_err());
    assert_eq!(read(&workspace, "fine").unwrap(), "hello\n");
    assert_eq!(std::fs::read_dir(folder.path().join("ws-evil")).unwrap().count(), 1);
    assert_eq!(std::fs::read_to_string(inside(".env")).unwrap(), "KEY=1");
}

#[test]
fn writes_make_folders_and_are_whole() {
    let (folder, workspace) = folder(&[]);
    write(&workspace, "new/deep/b.txt", "one").unwrap();
    write(&workspace, "new/deep/b.txt", "two").unwrap();
    assert_eq!(read(&workspace, "new/deep/b.txt").unwrap(), "two");
    let names = std::fs::read_dir(folder.path().join("ws/new/deep")).unwrap().count();
    assert_eq!(names, 1, "nothing is left beside it");
    let place = workspace.locate("other/c.txt", Access::Write).unwrap();
    assert!(workspace.write(&place, b"x", false).is_err(), "the folder isn't made");
    assert!(write(&workspace, "sub", "x").unwrap_err().message.ends_with("is a folder"));
}

#[test]
fn what_git_and_the_gateway_read_is_never_changed() {
    let (_folder, workspace) = folder(&[]);
    for path in [".git/hooks/pre-commit", "sub/.GIT/config", "lynkr.toml"] {
        let error = write(&workspace, path, "x").unwrap_err();
        assert_eq!(error.status, 403, "{path}: {error:?}");
    }
    assert!(workspace.locate(".git/HEAD", Access::Read).is_ok());
}

#[test]
fn what_is_no_text_or_too_long_is_told() {
    let (folder, workspace) = folder(&[]);
    std::fs::write(folder.path().join("ws/long"), vec![b'a'; 101]).unwrap();
    std::fs::write(folder.path().join("ws/bytes"), [0xff, 0xfe]).unwrap();
    assert!(read(&workspace, "long").unwrap_err().message.contains("has 101 bytes, and 100 are the most"));
    assert!(read(&workspace, "bytes").unwrap_err().message.ends_with("is not UTF-8 text"));
    assert!(read(&workspace, "sub").unwrap_err().message.ends_with("is a folder"));
    assert_eq!(read(&workspace, "none").unwrap_err().status, 500);
    assert!(read(&workspace, "a\0b").is_err());
}

#[cfg(unix)]
#[test]
fn the_permissions_of_a_file_stay() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, workspace) = folder(&[]);
    let path = folder.path().join("ws/a.txt");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
    write(&workspace, "a.txt", "x").unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
}
