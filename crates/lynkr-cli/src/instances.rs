//! The gateways of this user that run. Each leaves a small file in the state folder while it does, by which
//! `lynkr status` and `lynkr stop` find it and `lynkr wrap` shares it. A file is not believed: its process must still be
//! the one that wrote it, and answer for itself.

mod record;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lynkr_api::{instance_proof, new_start_token};
use lynkr_config::Values;

pub(crate) use record::{Instance, Kind, unix_seconds};

use crate::loopback;

/// How long a gateway may take to prove itself.
const PROOF: Duration = Duration::from_secs(2);

const PREFIX: &str = "gateway-";
const SUFFIX: &str = ".json";

/// The folder of these files.
#[derive(Debug, Clone)]
pub(crate) struct RunFolder(PathBuf);

impl RunFolder {
    /// The one in the state folder; `None` where no state folder is known.
    pub(crate) fn of(values: &Values) -> Option<Self> {
        values.path("LYNKR_STATE_DIR").map(Self::below)
    }

    /// The one in this state folder.
    pub(crate) fn below(state: &Path) -> Self {
        Self(state.join("run"))
    }

    /// Where a file of it lies.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes it, for its owner alone.
    pub(crate) fn make(&self) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)
    }

    /// Opens a file for its owner alone, making it if need be.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(self.file(name))
    }

    /// Where the gateway of this process number says that it runs.
    fn record(&self, pid: u32) -> PathBuf {
        self.file(&format!("{PREFIX}{pid}{SUFFIX}"))
    }

    /// Says that a gateway runs.
    pub(crate) fn write(&self, instance: &Instance) -> io::Result<()> {
        self.make()?;
        let path = self.record(instance.process.pid);
        let draft = path.with_extension("draft");
        // What an older process of this number left may be another's to read.
        let _ = fs::remove_file(&draft);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(instance.to_json().to_string().as_bytes())?;
        drop(file);
        fs::rename(&draft, &path)
    }

    /// What the gateway of this process number says.
    pub(crate) fn read(&self, pid: u32) -> Option<Instance> {
        Instance::from_json(&serde_json::from_slice(&fs::read(self.record(pid)).ok()?).ok()?)
    }

    /// Takes back what a gateway said, and what was kept for it.
    pub(crate) fn remove(&self, instance: &Instance) {
        for path in
            [Some(&self.record(instance.process.pid)), instance.users.as_ref(), instance.said.as_ref()]
        {
            // Somebody else may have tidied up already.
            let _ = path.map(fs::remove_file);
        }
    }

    /// The gateways that run, the oldest first. What others left that were killed is removed.
    pub(crate) fn running(&self) -> Vec<Instance> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0).into_iter().flatten().filter_map(Result::ok) {
            let name = entry.file_name();
            let pid =
                name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok());
            let Some(instance) = pid.and_then(|pid| self.read(pid)) else { continue };
            if instance.process.is_running() {
                found.push(instance);
            } else {
                self.remove(&instance);
            }
        }
        found.sort_by_key(|instance| (instance.started_at, instance.process.pid));
        found
    }
}

/// Whether what answers at a gateway's address is that gateway. One that serves HTTPS can't be asked without knowing its
/// name; there the process itself has to do.
pub(crate) fn proves_itself(instance: &Instance) -> bool {
    if !instance.process.is_running() {
        return false;
    }
    if instance.tls {
        return true;
    }
    let Some(challenge) = new_start_token() else { return false };
    let answer = loopback::get(instance.address, &format!("/v1/instance?challenge={challenge}"), None, PROOF);
    let proof = instance_proof(&instance.token, &challenge);
    answer.is_ok_and(|answer| answer.body.get("proof").and_then(|shown| shown.as_str()) == Some(&proof))
}

#[cfg(test)]
mod tests;
