//! Throw-away servers, ended by their own process ids.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A server in a scratch folder.
pub(crate) struct Server {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Redis,
}

impl Server {
    /// Starts one; `None` where its programs aren't installed.
    pub(crate) fn start(kind: Kind) -> Option<Self> {
        if !Self::is_installed(kind) {
            return None;
        }
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { child: None, folder, port, kind };
        if kind == Kind::Postgres {
            own(server.folder.path());
            let mut command = unprivileged(&program("initdb")?);
            command.args(["-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C", "-D"]);
            let done =
                command.arg(server.data()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
            assert!(done.success(), "initdb failed");
        }
        server.restart();
        Some(server)
    }

    /// Whether one can be started.
    pub(crate) fn is_installed(kind: Kind) -> bool {
        let names: &[&str] = match kind {
            Kind::Postgres => &["initdb", "postgres", "pg_isready"],
            Kind::Redis => &["redis-server"],
        };
        names.iter().all(|name| program(name).is_some())
    }

    /// Starts it once more, on the same data.
    pub(crate) fn restart(&mut self) {
        let folder = self.folder.path().to_owned();
        let mut command = match self.kind {
            Kind::Postgres => {
                let mut command = unprivileged(&program("postgres").unwrap());
                command
                    .arg("-D")
                    .arg(self.data())
                    .arg("-k")
                    .arg(&folder)
                    .args(["-p", &self.port.to_string()]);
                command.args([
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "fsync=off",
                    "-c",
                    "max_connections=200",
                ]);
                command
            }
            Kind::Redis => {
                let mut command = Command::new(program("redis-server").unwrap());
                command.args([
                    "--port",
                    &self.port.to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--dir",
                ]);
                command.arg(&folder);
                command
            }
        };
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.child = Some(child);
        self.wait();
    }

    /// Ends it without a warning.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        if self.kind == Kind::Postgres {
            // Its children hold the data folder until they notice; an immediate shutdown waits for them.
            let pid = i32::try_from(child.id()).unwrap().to_string();
            let _ = Command::new("kill").args(["-QUIT", &pid]).status();
        } else {
            let _ = child.kill();
        }
        let _ = child.wait();
    }

    pub(crate) fn url(&self) -> String {
        match self.kind {
            Kind::Postgres => format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port),
            Kind::Redis => format!("redis://127.0.0.1:{}/0", self.port),
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Until it answers as a server that is ready does.
    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            let ready = match self.kind {
                Kind::Postgres => {
                    let mut command =
                        Command::new(program("pg_isready").unwrap_or_else(|| "pg_isready".into()));
                    command.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
                    command.status().is_ok_and(|status| status.success())
                }
                Kind::Redis => std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok(),
            };
            if ready {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the {:?} server didn't come up", self.kind);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where an installed program lies: in `PATH`, or where Debian keeps Postgres.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Postgres refuses to run as root: then it runs as whoever is meant for it.
fn account() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody"))
}

fn own(folder: &Path) {
    if let Some((user, group)) = account() {
        std::os::unix::fs::chown(folder, Some(user), Some(group)).unwrap();
    }
}

fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some((user, group)) = account() {
        command.uid(user).gid(group);
    }
    command
}
