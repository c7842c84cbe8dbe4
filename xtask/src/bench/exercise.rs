//! What clients send, to a program that is watched while it answers.

use super::bodies::{Body, Mode, Size};
use super::features::{Features, Ready, Sink};
use super::gateway::{Gateway, Launch, Way, tool};
use super::load::{Connection, Work};
use super::mock::Mock;
use super::options::Subject;
use crate::process;
use anyhow::Context as _;
use lynkr_protocol::Dialect;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// The task's name.
pub(crate) const NAME: &str = "exercise";

/// Asks the program that `LYNKR_BIN` names so many times for each kind of work.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let [requests] = arguments else { anyhow::bail!("usage: cargo xtask {NAME} REQUESTS") };
    let requests = requests.parse().with_context(|| format!("{requests} is no number of requests"))?;
    tokio::runtime::Runtime::new().context("starting the runtime")?.block_on(exercise(requests))?;
    Ok(ExitCode::SUCCESS)
}

/// Has another process of this program exercise a binary.
pub(super) fn exercised(binary: &Path, requests: usize) -> anyhow::Result<()> {
    let myself = std::env::current_exe().context("finding this program")?;
    let mut exercise = process::command(&myself.display().to_string(), &[NAME, &requests.to_string()]);
    exercise.env("LYNKR_BIN", binary);
    anyhow::ensure!(process::watch(exercise, |_| {})?, "the program could not be watched");
    Ok(())
}

/// Starts the gateway before each kind of provider and sends what clients send, the commonest first; then once more with all
/// features on.
async fn exercise(requests: usize) -> anyhow::Result<()> {
    let mock = Mock::start(([127, 0, 0, 1], 0).into())?;
    // It says early what is missing.
    tool(&["--version"])?.status().context("starting the program")?;
    let first = [Dialect::Anthropic, Dialect::OpenAiChat];
    let others = Dialect::ALL.into_iter().filter(|own| !first.contains(own));
    for upstream in first.into_iter().chain(others) {
        let launch =
            Launch { subject: Subject::Lynkr, upstream, mock: mock.address, settings: &[], home: None };
        let (gateway, _) = Gateway::launch(launch).await.with_context(|| upstream.to_string())?;
        for work in works(&gateway, first.contains(&upstream)) {
            ask(&work, requests).await.with_context(|| format!("{} → {upstream}", work.body.path()))?;
        }
        gateway.end().await?;
    }
    let sink = Sink::start().await?;
    for way in [Way::Passthrough, Way::Translated] {
        let ready = Ready::start(Features::AllOn, way, mock.address, sink.address).await?;
        for work in works(&ready.gateway, true) {
            ask(&Work { key: ready.key.clone(), ..work }, requests).await.context("with all features on")?;
        }
        ready.end().await?;
    }
    Ok(())
}

async fn ask(work: &Work, requests: usize) -> anyhow::Result<()> {
    let mut connection = Connection::open(work.target).await?;
    for _ in 0..requests {
        connection.ask(work).await?;
    }
    Ok(())
}

/// Small bodies of every client, and a coding agent's where that is common.
fn works(gateway: &Gateway, common: bool) -> Vec<Work> {
    let clients = Dialect::ALL.into_iter().filter(|own| *own != Dialect::BedrockConverse);
    let small = clients.flat_map(|client| [Mode::Whole, Mode::Stream].map(|mode| Body::of(client, mode)));
    let large = [Mode::Whole, Mode::Stream].map(|mode| Body::new(Size::Large, mode));
    let all = small.chain(large.into_iter().filter(|_| common));
    all.map(|body| Work::new(gateway.address, &Arc::new(body))).collect()
}
