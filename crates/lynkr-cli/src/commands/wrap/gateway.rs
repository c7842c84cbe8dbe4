//! The gateway of wrapped clients: who starts it, who shares it, and when it ends.
//!
//! Whoever uses it holds a shared lock on a file of its own, which the system takes back however a process ends. The
//! gateway waits for the lock of that file for itself alone, and ends when it has it: from then on nobody joins. One more
//! lock keeps two that come at the same time from starting two gateways.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use lynkr_api::new_start_token;
use lynkr_config::{ExposeSecret as _, Inputs, Values};

use crate::arguments::Wrap;
use crate::instances::{Instance, Kind, RunFolder, proves_itself};
use crate::launch::{Launch, launch};

/// Variables that no setting has and that decide where a gateway goes and what it shows there.
const BESIDES: &[&str] =
    &["AWS_", "GOOGLE_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/// What each wrap decides for itself.
const OWN: &[&str] = &["LYNKR_WRAP_SHOW_STATS"];

/// How long the last one waits for the gateway's end, so that what it has to write is written.
const END: Duration = Duration::from_secs(5);

const EVERY: Duration = Duration::from_millis(20);

/// A gateway that this process uses.
pub(super) struct Shared {
    pub(super) instance: Instance,
    /// The key that it demands, if it demands one.
    pub(super) key: Option<String>,
    /// The operator's own key, where it demands one.
    admin: Option<String>,
    /// Locked for as long as it is used.
    users: File,
    was_first: bool,
}

impl Shared {
    /// Joins the gateway of the same settings, or starts it. `version` is this program's; what an outer wrap set, the
    /// gateway doesn't get.
    pub(super) fn join(
        arguments: &Wrap,
        inputs: &Inputs,
        values: &Values,
        run: &RunFolder,
        (version, inherited): (&str, &BTreeSet<String>),
    ) -> anyhow::Result<Self> {
        run.make().with_context(|| format!("can't make {}", run.file("").display()))?;
        let alone = run.open("wrap.lock").context("can't write in the state folder")?;
        alone.lock().context("can't lock in the state folder")?;
        let fingerprint = fingerprint(inputs, values, version);
        let there = run.running().into_iter().filter(|instance| {
            instance.kind == Kind::Wrap && instance.fingerprint.as_deref() == Some(&fingerprint)
        });
        for instance in there {
            let users = instance.users.as_deref().and_then(use_of);
            if let Some(users) = users.filter(|_| proves_itself(&instance)) {
                return Ok(Self::of(instance, users, false, inputs, values));
            }
        }
        let name = format!(
            "users-{}",
            new_start_token().context("the system gives no random bytes")?.get(..16).unwrap_or_default()
        );
        let path = run.file(&name);
        drop(run.open(&name).with_context(|| format!("can't write {}", path.display()))?);
        let users = use_of(&path).with_context(|| format!("can't lock {}", path.display()))?;
        let mut given: Vec<OsString> = vec!["--host".into(), "127.0.0.1".into(), "--port".into()];
        given.extend([arguments.port().into(), "--users".into(), path.clone().into()]);
        given.extend(["--fingerprint".into(), fingerprint.into()]);
        given.extend(arguments.files.again());
        let state = values.path("LYNKR_STATE_DIR").map(Path::to_owned);
        let without = inherited.iter().cloned().collect();
        let started = launch(&Launch { run, arguments: given, without, folder: state });
        let instance = started.inspect_err(|_| drop(std::fs::remove_file(&path)))?;
        Ok(Self::of(instance, users, true, inputs, values))
    }

    fn of(instance: Instance, users: File, was_first: bool, inputs: &Inputs, values: &Values) -> Self {
        let keys =
            values.secret("LYNKR_API_KEYS").map(|keys| keys.expose_secret().to_owned()).unwrap_or_default();
        let operators = keys.split(',').map(str::trim).find(|key| !key.is_empty()).map(str::to_owned);
        let is_required = operators.is_some() || values.bool("LYNKR_REQUIRE_KEY");
        let admin = is_required.then(|| operators.unwrap_or_else(|| instance.token.clone()));
        let named = inputs.environment.get("LYNKR_KEY").map(|key| key.trim()).filter(|key| !key.is_empty());
        let key = admin.as_ref().map(|admin| named.unwrap_or(admin).to_owned());
        Self { instance, key, admin, users, was_first }
    }

    /// The operator's own key, where the gateway demands one.
    pub(super) fn admin_key(&self) -> Option<&str> {
        self.admin.as_deref()
    }

    /// Whether nobody else used the gateway since this process began to.
    pub(super) fn was_alone(&self) -> bool {
        self.was_first && self.users.metadata().is_ok_and(|file| file.len() == 1)
    }

    /// Leaves the gateway; the last one waits for its end.
    #[expect(clippy::disallowed_methods, reason = "there is no runtime here")]
    pub(super) fn leave(self, run: &RunFolder) {
        let Self { instance, users, .. } = self;
        drop(users);
        let until = Instant::now() + END;
        while Instant::now() < until
            && instance.process.is_running()
            && run.read(instance.process.pid).is_some()
        {
            // Whoever can have the lock together with others, but not alone, has left others behind.
            let Some(path) = instance.users.as_deref() else { return };
            if !is_free(path) && locked(path).is_some() {
                return;
            }
            thread::sleep(EVERY);
        }
    }
}

/// Whether nobody holds a lock on the file.
fn is_free(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

/// What two sets of settings share when one gateway can serve both.
fn fingerprint(inputs: &Inputs, values: &Values, version: &str) -> String {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    std::env::current_exe().ok().hash(&mut hasher);
    values.fingerprint(OWN).hash(&mut hasher);
    let is_besides = |name: &str| BESIDES.iter().any(|start| name.to_ascii_uppercase().starts_with(start));
    for variable in inputs.environment.iter().filter(|(name, _)| is_besides(name)) {
        variable.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// Begins to use a gateway, unless it is about to end. The file is longer by one byte for each that ever did.
fn use_of(path: &Path) -> Option<File> {
    let mut file = locked(path)?;
    file.write_all(b".").ok()?;
    Some(file)
}

/// A shared lock, unless somebody has the file alone.
fn locked(path: &Path) -> Option<File> {
    let file = OpenOptions::new().read(true).append(true).open(path).ok()?;
    file.try_lock_shared().ok()?;
    Some(file)
}
