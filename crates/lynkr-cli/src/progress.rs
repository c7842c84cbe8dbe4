//! How far something long is: a bar in a terminal, a line for each step elsewhere. Both on standard error, so that
//! what a command prints can be read by programs.

use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the bar moves while nothing happens.
const TICK: Duration = Duration::from_millis(120);

/// Something long that is under way.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Something that takes so many steps.
    pub(crate) fn of(what: &str, steps: usize) -> Self {
        let is_shown = Term::stderr().is_term();
        let bar = is_shown.then(|| {
            let bar = ProgressBar::with_draw_target(
                Some(u64::try_from(steps).unwrap_or(u64::MAX)),
                ProgressDrawTarget::stderr(),
            );
            // The template is ours; what can't be read would be a fault of this line, and the bar's own form serves.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} [{bar:24}] {pos}/{len} {msg}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(what.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar }
    }

    /// A step is done, and this came of it.
    pub(crate) fn done(&self, step: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(step.to_owned());
                bar.inc(1);
            }
            None => eprintln!("{step}"),
        }
    }

    /// All is done: the bar goes.
    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
