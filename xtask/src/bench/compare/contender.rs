//! Who is compared, and what each is by itself: its start, its memory at rest and under load.

use crate::bench::bodies::{Body, Mode, Size};
use crate::bench::figures::Spread;
use crate::bench::gateway::{self, Gateway, Way};
use crate::bench::load::{Work, saturate};
use crate::bench::options::{Options, Subject};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The gateway, and the bare ones that it is held against.
pub(super) const LYNKR: &str = "lynkr";
pub(super) const FLOOR: &str = "floor";
pub(super) const CONVERTER: &str = "bare converter";

/// Starts of a process; the middle one counts.
const STARTS: usize = 5;
/// How long a fresh process is left alone before its memory counts as idle.
const SETTLE: Duration = Duration::from_millis(500);
/// Connections with large bodies under which peak memory is read.
const CROWD: usize = 64;

/// Who is to be started.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) subject: Subject,
    pub(super) way: Way,
}

/// All of them; the first of each way is what the others are held against.
pub(super) fn plans(options: &Options) -> Vec<Plan> {
    let plan = |name: &str, subject, way| Plan { name: name.to_owned(), subject, way };
    let mut plans = vec![plan(FLOOR, Subject::Floor, Way::Passthrough)];
    if gateway::has_nginx() {
        plans.push(plan("nginx", Subject::Nginx, Way::Passthrough));
    }
    plans.push(plan(LYNKR, Subject::Lynkr, Way::Passthrough));
    plans.extend(
        options.peers.iter().map(|(name, address)| plan(name, Subject::Running(*address), Way::Passthrough)),
    );
    plans.push(plan(CONVERTER, Subject::Converter, Way::Translated));
    plans.push(plan(LYNKR, Subject::Lynkr, Way::Translated));
    plans
}

/// One who runs.
#[derive(Debug)]
pub(super) struct Contender {
    pub(super) plan: Plan,
    pub(super) gateway: Gateway,
    /// Milliseconds from the start to the first healthy answer; `None` where it ran before.
    pub(super) start: Option<f64>,
    /// MiB.
    pub(super) idle: Option<f64>,
    pub(super) peak: Option<f64>,
}

impl Contender {
    /// Starts one, and measures what it is by itself.
    pub(super) async fn start(plan: Plan, mock: SocketAddr, round: Duration) -> anyhow::Result<Self> {
        let begin = || Gateway::start_with(plan.subject, plan.way, mock, &[]);
        let mut starts = Vec::new();
        for _ in 1..STARTS {
            starts.push(begin().await?.1.as_secs_f64() * 1000.0);
        }
        let (crowded, _) = begin().await?;
        tokio::time::sleep(SETTLE).await;
        let idle = crowded.memory("VmRSS");
        let body = Arc::new(Body::new(Size::Large, Mode::Whole));
        saturate(&Work::new(crowded.address, &body), CROWD, round).await?;
        let peak = crowded.memory("VmHWM");
        drop(crowded);
        let (gateway, took) = begin().await?;
        starts.push(took.as_secs_f64() * 1000.0);
        // A process that ran before we came has no start to measure.
        let start = Spread::of(starts).filter(|_| idle.is_some()).map(|starts| starts.p50);
        Ok(Self { plan, gateway, start, idle, peak })
    }
}
