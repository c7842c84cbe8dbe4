//! How long a start takes, to the first healthy answer: with an empty home, and with a store that holds many requests.

use super::figures::Range;
use super::gateway::{Gateway, Launch, Way};
use super::mock::Mock;
use super::options::{Options, Subject};
use super::outcome::{NOISE, Outcome};
use super::shown::range;
use super::verdict::Figures;
use crate::dashboard::seed;
use anyhow::Context as _;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// Requests in the store.
const STORED: u64 = 100_000;
/// Starts of each for every round that is asked for.
const EACH_ROUND: usize = 2;

/// Who is started, and where.
struct Starter {
    name: &'static str,
    subject: Subject,
    way: Way,
    /// With what it kept; an empty home each time otherwise.
    home: Option<Arc<TempDir>>,
    milliseconds: Vec<f64>,
}

/// Starts all in turns. Each ends properly, so that the next one finds a store that was closed.
pub(super) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mock = Mock::start(options.mock)?;
    let filled = filled().await?;
    let copy = copied(&filled)?;
    let mut all = vec![
        starter("floor", Subject::Floor, Way::Passthrough, None),
        starter("lynkr, empty home", Subject::Lynkr, Way::Passthrough, None),
        starter(STORE, Subject::Lynkr, Way::Passthrough, Some(filled)),
        starter(STORE, Subject::Lynkr, Way::Translated, Some(copy)),
    ];
    // The first round fills the machine's caches and isn't counted.
    for round in 0..=options.rounds * EACH_ROUND {
        for own in &mut all {
            let took = own.once(&mock).await.with_context(|| own.name)?;
            if round > 0 {
                own.milliseconds.push(took);
            }
        }
    }
    Ok(report(all, options))
}

const STORE: &str = "lynkr, 100,000 requests stored";

fn starter(name: &'static str, subject: Subject, way: Way, home: Option<Arc<TempDir>>) -> Starter {
    Starter { name, subject, way, home, milliseconds: Vec::new() }
}

/// A home whose store holds many requests, under the name that is used unless settings say another.
async fn filled() -> anyhow::Result<Arc<TempDir>> {
    let (home, folder) = home()?;
    seed::fill(&folder.join("lynkr.db"), STORED).await.context("filling the store")?;
    Ok(Arc::new(home))
}

/// A second home like it.
fn copied(from: &TempDir) -> anyhow::Result<Arc<TempDir>> {
    let (home, folder) = home()?;
    for entry in std::fs::read_dir(from.path().join(STATE)).context("reading the state folder")? {
        let entry = entry?;
        std::fs::copy(entry.path(), folder.join(entry.file_name())).context("copying the store")?;
    }
    Ok(Arc::new(home))
}

/// Below a home.
const STATE: &str = ".local/state/lynkr";

/// A home with the folder for state.
fn home() -> anyhow::Result<(TempDir, PathBuf)> {
    let home = tempfile::tempdir().context("making a home for the gateway")?;
    let folder = home.path().join(STATE);
    std::fs::create_dir_all(&folder).context("making the state folder")?;
    Ok((home, folder))
}

impl Starter {
    async fn once(&self, mock: &Mock) -> anyhow::Result<f64> {
        let launch = Launch {
            subject: self.subject,
            upstream: self.way.upstream(),
            mock: mock.address,
            settings: &[],
            home: self.home.as_ref(),
        };
        let (gateway, took) = Gateway::launch(launch).await?;
        gateway.end().await?;
        Ok(took.as_secs_f64() * 1_000.0)
    }
}

fn report(all: Vec<Starter>, options: &Options) -> Outcome {
    let (mut figures, mut noise, mut rows) = (Figures::default(), Vec::new(), Vec::new());
    let starts = options.rounds * EACH_ROUND;
    let mut lines = vec![
        format!("## Start to the first healthy answer\n\n{starts} starts of each, in turns.\n"),
        "| | way | ms (least – most) |\n|---|---|--:|".to_owned(),
    ];
    for own in all {
        let way = own.way.name();
        let took = Range::of(own.milliseconds);
        lines.push(format!("| {} | {way} | {} |", own.name, range(took, 1)));
        if own.name == STORE {
            let figure = format!("start to first healthy answer, {way}");
            figures.take(figure, took.map(|took| took.median));
        } else if own.subject == Subject::Floor {
            let wide = took.map(Range::width).filter(|width| *width > NOISE * 2.0);
            noise.extend(wide.map(|width| format!("starts of the floor lie {:.0} % apart", width * 100.0)));
        }
        rows.push(json!({
            "name": own.name, "way": way, "ms": took.map(|took| took.median),
            "ms_least": took.map(|took| took.least), "ms_most": took.map(|took| took.most),
        }));
    }
    Outcome { suite: "start", markdown: lines.join("\n"), json: json!({ "starts": rows }), figures, noise }
}
