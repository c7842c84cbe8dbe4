//! One cell: all take turns, round after round, first without pause and then at a steady pace.

use super::cells::{BURST, Cell, Load};
use super::contender::Contender;
use crate::bench::bodies::Body;
use crate::bench::load::Work;
use crate::bench::mock::Mock;
use crate::bench::options::Options;
use crate::bench::turn::{Row, Turn, greet, settle};
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: usize = 16;
/// Pieces of a stream, and the pause between two of them at a steady pace.
const PIECES: u64 = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// Measures a cell: the row of direct calls, then one per contender.
pub(super) async fn cell(
    cell: Cell,
    contenders: &[Contender],
    mock: &Mock,
    options: &Options,
) -> anyhow::Result<Vec<Row>> {
    let body = Arc::new(Body::new(cell.size, cell.mode));
    let through =
        contenders.iter().map(|own| Turn::new(Some(&own.gateway), Work::new(own.gateway.address, &body)));
    let direct = Turn::new(None, Work::new(mock.address, &body));
    let mut turns: Vec<Turn<'_>> = std::iter::once(direct).chain(through).collect();
    greet(&turns).await?;
    let rounds = cell.rounds(options.rounds);
    for _ in 0..rounds {
        for own in &mut turns {
            match cell.load {
                Load::Steady => own.saturated(mock, CONNECTIONS, (options.round, PIECES)).await?,
                Load::Burst => own.together(mock, BURST).await?,
            }
        }
    }
    settle(&mut turns).await;
    for _ in 0..rounds {
        for own in turns.iter_mut().filter(|_| cell.load == Load::Steady) {
            own.paced(mock, (cell.pace(), options.round), (PAUSE, PIECES)).await?;
        }
    }
    Ok(turns.into_iter().map(Turn::row).collect())
}
