//! Starts a gateway that runs by itself, and waits until it serves.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::IsTerminal as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use lynkr_api::new_start_token;
use lynkr_process::Program;

use crate::instances::{Instance, RunFolder, proves_itself};
use crate::progress::Waiting;

/// How long a gateway may take until it serves.
const READY: Duration = Duration::from_secs(30);

/// How often it is looked for meanwhile.
const EVERY: Duration = Duration::from_millis(20);

/// The variable that a start token goes in.
const TOKEN: &str = "LYNKR_START_TOKEN";

/// A gateway to be started.
pub(crate) struct Launch<'a> {
    pub(crate) run: &'a RunFolder,
    /// What follows `lynkr start`.
    pub(crate) arguments: Vec<OsString>,
    /// Variables that it doesn't get.
    pub(crate) without: Vec<String>,
    /// The folder that it runs in; this process's, if none is given.
    pub(crate) folder: Option<PathBuf>,
}

/// Starts it, and gives what it says of itself when it has proved that it is the one. What it said instead is the error
/// when it ends.
pub(crate) fn launch(launch: &Launch<'_>) -> anyhow::Result<Instance> {
    let run = launch.run;
    run.make().with_context(|| format!("can't make {}", run.file("").display()))?;
    let token = new_start_token().context("the system gives no random bytes")?;
    let said = run.file(&format!("said-{}.txt", token.get(..16).unwrap_or_default()));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&said);
    let file = file.with_context(|| format!("can't write {}", said.display()))?;
    let own = std::env::current_exe().context("where this program lies can't be known")?;
    let mut program = Program::new(own).arguments(["start", "--said"]).arguments([&said]);
    program = program.arguments(launch.arguments.iter().cloned()).variable(TOKEN, &token);
    for name in &launch.without {
        program = program.without(name);
    }
    if let Some(folder) = &launch.folder {
        program = program.in_folder(folder);
    }
    let mut child = program.spawn_detached(file).context("can't start the gateway")?;
    let served = wait(run, &mut child, &token);
    served.map_err(|failure| {
        let told = fs::read_to_string(&said).unwrap_or_default();
        let _ = fs::remove_file(&said);
        match told.trim() {
            "" => failure,
            told => anyhow::anyhow!("{}", told.strip_prefix("error: ").unwrap_or(told)),
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "there is no runtime here")]
fn wait(run: &RunFolder, child: &mut Child, token: &str) -> anyhow::Result<Instance> {
    let until = Instant::now() + READY;
    // Elsewhere than in a terminal standard error is the client's.
    let mut waiting = std::io::stderr().is_terminal().then(|| Waiting::new("starting the gateway"));
    loop {
        if let Some(status) = child.try_wait()? {
            bail!("the gateway ended at once ({status})");
        }
        let own = run.read(child.id()).filter(|instance| instance.token == token);
        if let Some(instance) = own.filter(proves_itself) {
            return Ok(instance);
        }
        if Instant::now() > until {
            // It is of no use to anybody.
            let _ = child.kill();
            let _ = child.wait();
            bail!("the gateway didn't serve within {} s", READY.as_secs());
        }
        waiting.iter_mut().for_each(Waiting::goes_on);
        thread::sleep(EVERY);
    }
}
