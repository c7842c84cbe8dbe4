//! The machine under the gateway does its worst: a state folder that nobody may write, a disk that is full.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use lynkr_testkit::{Dialect, Script};
use serde_json::Value;

use super::{goes_on, hello};
use crate::binary;
use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::{Call, PATIENCE};
use crate::scripted::{self, Scripted};
use crate::store::missing;

/// Who means nobody in particular.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Becomes a user whom permissions hold: root isn't held by any. Empty for who isn't root to begin with; `None` where
/// nobody else can run the gateway here.
fn unprivileged() -> Option<Vec<String>> {
    if !is_root() {
        return Some(Vec::new());
    }
    let id = NOBODY.to_string();
    let words =
        ["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups", "--"].map(str::to_owned).to_vec();
    let runs = binary::command(&words[0]).args(&words[1..]).arg(binary::path()).arg("--version").output();
    runs.is_ok_and(|ran| ran.status.success()).then_some(words)
}

/// Everything of the gateway's is that user's from now on.
fn hand_over(folder: &Path) {
    if is_root() {
        chown(folder, Some(NOBODY), Some(NOBODY)).expect("root may give away");
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                hand_over(&entry.path());
            } else {
                chown(entry.path(), Some(NOBODY), Some(NOBODY)).expect("root may give away");
            }
        }
    }
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("the mode can be set");
}

async fn upstream() -> Scripted {
    Scripted::with(|_| Script::json(200, &scripted::whole(Dialect::Anthropic, "Well."))).await
}

async fn all_are_served(gateway: &Gateway) {
    for client in dialects::ALL {
        gateway.post(dialects::path(client), &hello(client, false)).await.expect(200);
    }
}

/// The state folder can't be written: nobody named a store, so that the gateway works without one and says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_that_can_t_be_written_is_said_and_requests_are_served() {
    let Some(user) = unprivileged() else {
        return missing("setpriv, or another user who may run the gateway");
    };
    let user: Vec<&str> = user.iter().map(String::as_str).collect();
    let upstream = upstream().await;
    let before = || Setup::upstream(Dialect::Anthropic, &upstream.url()).under(&user);
    let setup = before();
    let state = setup.folder().join("state");
    std::fs::create_dir(&state).expect("a folder");
    hand_over(setup.folder());
    mode(&state, 0o555);
    let gateway = setup.env("LYNKR_STATE_DIR", &state.display().to_string()).start().await;
    let log = gateway.log();
    assert!(log.contains("nothing is kept") && log.contains(&state.display().to_string()), "{log}");
    all_are_served(&gateway).await;
    gateway.get("/health/ready").await.expect(200);
    gateway.get("/v1/usage").await.expect(503);
    goes_on(&gateway).await;
    // Who named a store is told what is wrong with it, by the setting's name.
    let setup = before();
    let kept = setup.folder().join("kept");
    std::fs::create_dir(&kept).expect("a folder");
    hand_over(setup.folder());
    mode(&kept, 0o555);
    let database = kept.join("lynkr.db").display().to_string();
    let refused = setup.env("SESSION_DB_PATH", &database).run().await;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    let said = &refused.stderr;
    assert!(said.contains("SESSION_DB_PATH") && said.contains(&database), "{said}");
}

/// A store that was there and may only be read from now on.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_may_only_be_read_is_named() {
    let Some(user) = unprivileged() else {
        return missing("setpriv, or another user who may run the gateway");
    };
    let user: Vec<&str> = user.iter().map(String::as_str).collect();
    let upstream = upstream().await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url()).under(&user);
    let kept = setup.folder().join("kept");
    std::fs::create_dir(&kept).expect("a folder");
    let database = kept.join("lynkr.db");
    let path = database.display().to_string();
    let made =
        Setup::new().without("PORT").arguments(&["db", "migrate"]).env("SESSION_DB_PATH", &path).run().await;
    assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
    hand_over(setup.folder());
    mode(&database, 0o444);
    mode(&kept, 0o555);
    let refused = setup.env("SESSION_DB_PATH", &path).run().await;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("SESSION_DB_PATH") && refused.stderr.contains(&path),
        "{}",
        refused.stderr
    );
}

/// Gives the gateway a disk of this size at this place, of its own: it is gone with the process.
fn disk_at(place: &Path, size: &str) -> Option<Vec<String>> {
    let place = place.display().to_string();
    let mount = format!("mount -t tmpfs -o size={size} tmpfs '{place}' && exec \"$@\"");
    let words = ["unshare", "--map-root-user", "--mount", "/bin/sh", "-c", &mount, "sh"];
    let words = words.map(str::to_owned).to_vec();
    let runs = binary::command(&words[0]).args(&words[1..]).arg("true").output();
    runs.is_ok_and(|ran| ran.status.success()).then_some(words)
}

async fn store(gateway: &Gateway) -> Value {
    gateway.get("/metrics/observability").await.expect(200)["store"].clone()
}

/// A real one: writes fail with `ENOSPC` in the middle of what they do.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_no_request() {
    let upstream = upstream().await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url()).env("LYNKR_TRANSCRIPTS", "true");
    let state = setup.folder().join("state");
    std::fs::create_dir(&state).expect("a folder");
    let Some(disk) = disk_at(&state, "2m") else { return missing("unshare with a tmpfs of its own") };
    let disk: Vec<&str> = disk.iter().map(String::as_str).collect();
    let gateway = setup.under(&disk).env("LYNKR_STATE_DIR", &state.display().to_string()).start().await;
    assert!(!gateway.log().contains("nothing is kept"), "there is room at first: {}", gateway.log());
    let much = dialects::ask(Dialect::Anthropic, &"much ".repeat(12_000), false);
    let full = async {
        for number in 0.. {
            let call = Call::json("/v1/messages", &much).header("x-session-id", &format!("session-{number}"));
            gateway.send(call).await.expect(200);
            if store(&gateway).await["failures"].as_u64() > Some(0) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, full).await.expect("a batch fails");
    all_are_served(&gateway).await;
    assert!(gateway.log().to_lowercase().contains("full"), "it says why: {}", gateway.log());
    goes_on(&gateway).await;
    gateway.signal("TERM");
    let (code, log) = gateway.ended().await;
    assert_eq!(code, Some(0), "{log}");
}

/// Full from the beginning: not even the tables fit.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_at_the_start_is_said() {
    let upstream = upstream().await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url());
    let state = setup.folder().join("state");
    std::fs::create_dir(&state).expect("a folder");
    let Some(disk) = disk_at(&state, "16k") else { return missing("unshare with a tmpfs of its own") };
    let disk: Vec<&str> = disk.iter().map(String::as_str).collect();
    let gateway = setup.under(&disk).env("LYNKR_STATE_DIR", &state.display().to_string()).start().await;
    assert!(gateway.log().contains("nothing is kept"), "{}", gateway.log());
    all_are_served(&gateway).await;
    goes_on(&gateway).await;
}
