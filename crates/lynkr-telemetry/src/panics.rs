//! What panics: counted, and logged with the place and the way there.

use std::any::Any;
use std::backtrace::Backtrace;
use std::sync::atomic::{AtomicU64, Ordering};

static PANICS: AtomicU64 = AtomicU64::new(0);

/// How often anything has panicked since logging was set up.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Counts and logs every panic of the process from now on, instead of printing it. Call it when logging is set up.
pub(crate) fn watch_panics() {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let thread = std::thread::current();
        tracing::error!(
            thread = thread.name(),
            reason = reason(panic.payload()),
            // Whatever `RUST_BACKTRACE` says: nobody gets a second chance to see it.
            backtrace = %Backtrace::force_capture(),
            "panicked at {place}"
        );
        // It may be the last that this process says.
        crate::log::release_lines();
    }));
}

/// The words of a panic, where they stand in the program. Words that were put together at run time may quote what
/// somebody said to a model.
fn reason(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("not shown: it may quote a request")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_the_program_are_shown() {
        assert_eq!(reason(&"no such thing"), "no such thing");
        let quoted = format!("byte index 1 is not a char boundary of `{}`", "a secret");
        assert!(!reason(&quoted).contains("secret"));
    }
}
