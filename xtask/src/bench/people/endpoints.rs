//! What the dashboard asks for, each from the request to the last byte of its answer.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hyper::StatusCode;

use super::{Figure, SOON};
use crate::bench::load::Connection;

/// Every endpoint that reads the store, over the whole month that is in it.
const PATHS: [&str; 17] = [
    "/dashboard/api/overview?window=30d",
    "/dashboard/api/usage?window=30d",
    "/dashboard/api/routing?window=30d",
    "/dashboard/api/cache?window=30d",
    "/dashboard/api/recommendations?window=30d",
    "/dashboard/api/providers",
    "/dashboard/api/budgets",
    "/dashboard/api/keys?window=30d",
    "/dashboard/api/config",
    "/dashboard/api/statusline",
    "/dashboard/api/logs?window=30d&limit=50",
    "/dashboard/api/logs?window=30d&limit=50&model=gpt-4o&status=error",
    "/dashboard/api/sessions?window=30d&limit=50",
    "/dashboard/api/sessions/session-0001?limit=100",
    "/dashboard/api/analytics?metric=cost&by=day&stack=tier&days=30",
    "/dashboard/api/analytics?metric=tokens&by=client&stack=model&days=30",
    "/api/sessions/session-0001/tokens",
];

/// Asks all of them again and again; the first round fills the machine's caches and isn't counted.
pub(super) async fn measure(url: &str, rounds: usize) -> anyhow::Result<Vec<Figure>> {
    let target = url.strip_prefix("http://").context("the gateway's address")?.parse()?;
    let mut connection = Connection::open(target).await?;
    let mut times: Vec<Vec<Duration>> = PATHS.iter().map(|_| Vec::new()).collect();
    for round in 0..=rounds {
        for (path, own) in PATHS.iter().zip(&mut times) {
            let started = Instant::now();
            let status = connection.get(target, path).await.with_context(|| format!("asking {path}"))?;
            ensure!(status == StatusCode::OK, "{path}: {status}");
            if round > 0 {
                own.push(started.elapsed());
            }
        }
    }
    let figures = PATHS.iter().zip(times).map(|(path, own)| Figure::of(format!("GET {path}"), own, SOON));
    Ok(figures.collect())
}
