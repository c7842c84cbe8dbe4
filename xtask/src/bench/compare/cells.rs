//! What is measured: bodies, kinds of answers, and bursts of streams.

use crate::bench::bodies::{Mode, Size};
use crate::bench::turn::Crowd;
use std::fmt;
use std::time::Duration;

/// One cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) size: Size,
    pub(super) mode: Mode,
    pub(super) load: Load,
}

/// How requests come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// As fast as they go over some connections, and then at a steady pace.
    Steady,
    /// Many streams at once, whose events come as fast as they are taken.
    Burst,
}

/// Streams of a burst, and pieces of each.
pub(super) const BURST: Crowd =
    Crowd { streams: 200, pieces: 200, pause: Duration::ZERO, spread: Duration::ZERO };

impl Cell {
    /// All cells, or those of a quick run.
    pub(super) fn all(quick: bool) -> Vec<Self> {
        let steady = |size, mode| Self { size, mode, load: Load::Steady };
        let mut cells = vec![
            steady(Size::Small, Mode::Whole),
            steady(Size::Large, Mode::Whole),
            steady(Size::Small, Mode::Stream),
            steady(Size::Large, Mode::Stream),
        ];
        if !quick {
            cells.push(steady(Size::Longer, Mode::Whole));
            cells.push(steady(Size::Huge, Mode::Whole));
            cells.push(Self { size: Size::Small, mode: Mode::Stream, load: Load::Burst });
        }
        cells
    }

    /// Rounds of each contender: the largest bodies, which no limit is set for, have fewer.
    pub(super) fn rounds(self, usual: usize) -> usize {
        match self.size {
            Size::Small | Size::Large => usual,
            Size::Longer | Size::Huge => usual.min(2),
        }
    }

    /// Between two requests of the steady pace: 200 a second, fewer where each takes long.
    pub(super) const fn pace(self) -> Duration {
        match (self.mode, self.size) {
            (Mode::Whole, Size::Small | Size::Large) => Duration::from_millis(5),
            (Mode::Stream, _) | (_, Size::Longer) => Duration::from_millis(20),
            (Mode::Whole, Size::Huge) => Duration::from_millis(100),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.load {
            Load::Steady => write!(f, "{}, {}", self.size.name(), self.mode.name()),
            Load::Burst => write!(f, "burst of {} streams × {} events", BURST.streams, BURST.pieces),
        }
    }
}
