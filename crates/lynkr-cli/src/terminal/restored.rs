//! Ctrl-C in the middle of a question: the terminal shows again what is typed, and where.

use console::Term;

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C leaves the terminal as it is now. Must be called within a runtime.
pub(crate) fn restore_when_interrupted() {
    #[cfg(unix)]
    let modes = rustix::termios::tcgetattr(rustix::stdio::stdin()).ok();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        #[cfg(unix)]
        if let Some(modes) = modes {
            let _ = rustix::termios::tcsetattr(
                rustix::stdio::stdin(),
                rustix::termios::OptionalActions::Now,
                &modes,
            );
        }
        let _ = Term::stderr().show_cursor();
        eprintln!("\nstopped; nothing was written");
        #[expect(clippy::exit, reason = "a question blocks the main thread, and nothing is half done")]
        std::process::exit(INTERRUPTED);
    });
}
