//! Everybody side by side: the bare forwarder and the bare converter, nginx where it is installed, peers that run already, and
//! the gateway both ways. In each cell all take turns, round after round.

mod cells;
mod contender;
mod held;
mod measure;
mod report;

use super::mock::Mock;
use super::options::Options;
use super::outcome::Outcome;
use anyhow::Context as _;
use cells::Cell;
use contender::Contender;
use report::Report;

/// Measures all cells, or those of a quick run.
pub(super) async fn run(options: &Options, quick: bool) -> anyhow::Result<Outcome> {
    let mut report = Report::new(options);
    let mock = Mock::start(options.mock)?;
    mock.latency(options.latency);
    let mut contenders = Vec::new();
    for plan in contender::plans(options) {
        let name = plan.name.clone();
        contenders.push(Contender::start(plan, mock.address, options.round).await.with_context(|| name)?);
    }
    for cell in Cell::all(quick).into_iter().filter(|cell| options.wants(&cell.to_string())) {
        eprintln!("{cell}");
        let rows =
            measure::cell(cell, &contenders, &mock, options).await.with_context(|| cell.to_string())?;
        report.add(cell, rows);
    }
    report.contenders(&contenders);
    Ok(Outcome {
        suite: "compare",
        markdown: report.markdown(),
        json: report.json(),
        figures: held::figures(&report),
        noise: report.noise(),
    })
}
