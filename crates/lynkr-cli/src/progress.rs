//! How far something long is: a bar in a terminal, lines elsewhere. Both on standard error, so that what a command prints
//! can be read by programs.

use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the bar moves while nothing happens.
const TICK: Duration = Duration::from_millis(120);
/// What is over by then needs no word.
const SOON: Duration = Duration::from_secs(1);
/// How long nothing is said elsewhere than in a terminal.
const QUIET: Duration = Duration::from_secs(5);

/// All bars: one may begin while another is there, and neither draws over the other.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Something long that is under way, in a few steps of which each is worth a word.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Something that takes so many steps.
    pub(crate) fn of(what: &str, steps: usize) -> Self {
        Self { bar: bar(what, Some(steps), "{spinner} {prefix} [{bar:24}] {pos}/{len} {msg}") }
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

/// Many small steps, which are counted: elsewhere than in a terminal a line now and then says how many are done.
pub(crate) struct Count {
    what: String,
    of: Option<usize>,
    done: usize,
    bar: Option<ProgressBar>,
    said: Instant,
    is_seen: bool,
}

impl Count {
    /// Steps of which there are so many, as far as that is known.
    pub(crate) fn of(what: &str, steps: Option<usize>) -> Self {
        let form = if steps.is_some() {
            "{spinner} {prefix} [{bar:24}] {human_pos}/{human_len} {eta}"
        } else {
            "{spinner} {prefix} {human_pos}"
        };
        let bar = bar(what, steps, form);
        Self { what: what.to_owned(), of: steps, done: 0, bar, said: Instant::now(), is_seen: true }
    }

    /// The same for what goes to standard output, which shows in a terminal by itself how far it is.
    pub(crate) fn of_output(what: &str, steps: Option<usize>) -> Self {
        if Term::stdout().is_term() {
            return Self {
                what: what.to_owned(),
                of: steps,
                done: 0,
                bar: None,
                said: Instant::now(),
                is_seen: false,
            };
        }
        Self::of(what, steps)
    }

    /// So many more are done.
    pub(crate) fn add(&mut self, steps: usize) {
        self.done += steps;
        if let Some(bar) = &self.bar {
            bar.inc(count(steps));
        } else if self.is_seen && self.said.elapsed() >= QUIET {
            self.said = Instant::now();
            eprintln!("{}", self.line());
        }
    }

    fn line(&self) -> String {
        let done = HumanCount(count(self.done));
        match self.of {
            Some(of) => format!("{}: {done} of {}", self.what, HumanCount(count(of))),
            None => format!("{}: {done}", self.what),
        }
    }
}

/// The bar goes, whatever came of it.
impl Drop for Count {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A wait without a runtime: whoever waits says so again and again, and after a second it is told what for.
pub(crate) struct Waiting {
    what: String,
    began: Instant,
    bar: Option<ProgressBar>,
    is_told: bool,
}

impl Waiting {
    /// A wait that begins.
    pub(crate) fn new(what: &str) -> Self {
        Self { what: what.to_owned(), began: Instant::now(), bar: None, is_told: false }
    }

    /// It goes on.
    pub(crate) fn goes_on(&mut self) {
        if !self.is_told && self.began.elapsed() >= SOON {
            self.is_told = true;
            self.bar = waiting(&self.what);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Waits for something of which nobody knows how far it is. After a second it says what it is, in a terminal for as long as
/// it takes, elsewhere once.
pub(crate) async fn during<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = tokio::time::sleep(SOON) => {}
    }
    let bar = waiting(what);
    let done = work.await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    done
}

/// What is waited for: in a terminal for as long as it takes, elsewhere in a line.
fn waiting(what: &str) -> Option<ProgressBar> {
    let bar = bar(what, None, "{spinner} {prefix} {elapsed}");
    if bar.is_none() {
        eprintln!("{what} …");
    }
    bar
}

/// A bar, where standard error is a terminal.
fn bar(what: &str, steps: Option<usize>, form: &str) -> Option<ProgressBar> {
    if !Term::stderr().is_term() {
        return None;
    }
    let bar = BARS.add(ProgressBar::with_draw_target(steps.map(count), ProgressDrawTarget::hidden()));
    // The template is ours; what can't be read would be a fault of that line, and the bar's own form serves.
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar.set_prefix(what.to_owned());
    bar.enable_steady_tick(TICK);
    Some(bar)
}

fn count(steps: usize) -> u64 {
    u64::try_from(steps).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_many_of_how_many() {
        let mut some = Count::of("exporting sessions", Some(12_000));
        some.add(1_500);
        assert_eq!(some.line(), "exporting sessions: 1,500 of 12,000");
        assert_eq!(Count::of("exporting", None).line(), "exporting: 0");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_comes_whether_it_is_quick_or_slow() {
        assert_eq!(during("nothing", async { 1 }).await, 1);
        assert_eq!(during("waiting", async { tokio::time::sleep(SOON * 3).await }).await, ());
    }
}
