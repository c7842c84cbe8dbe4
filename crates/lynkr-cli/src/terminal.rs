//! Questions at a terminal, and colours where they are seen. `NO_COLOR` and `CLICOLOR` are honoured.

mod restored;

use console::{Style, Term, style};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, FuzzySelect, Input, Password, Select};

pub(crate) use restored::restore_when_interrupted;

/// How many choices of a long list are seen at once.
const SEEN: usize = 12;

/// How what is printed on standard output is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Wrong.
    Bad,
    /// A heading.
    Heading,
    /// Beside the point.
    Quiet,
}

/// The text in its colour, where standard output is a terminal that shows colours.
pub(crate) fn toned(text: &str, tone: Tone) -> String {
    let look = match tone {
        Tone::Good => Style::new().green(),
        Tone::Warning => Style::new().yellow(),
        Tone::Bad => Style::new().red(),
        Tone::Heading => Style::new().bold(),
        Tone::Quiet => Style::new().dim(),
    };
    look.for_stdout().apply_to(text).to_string()
}

/// Whether questions can be asked: somebody types, and sees what is asked.
pub(crate) fn can_ask() -> bool {
    use std::io::IsTerminal as _;
    std::io::stdin().is_terminal() && Term::stderr().is_term()
}

/// Somebody at a terminal.
pub(crate) struct Terminal {
    term: Term,
    theme: Box<dyn Theme>,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        let theme: Box<dyn Theme> = if console::colors_enabled_stderr() {
            Box::new(ColorfulTheme::default())
        } else {
            Box::new(SimpleTheme)
        };
        Self { term: Term::stderr(), theme }
    }

    /// Says something.
    pub(crate) fn say(&self, text: &str) {
        // Who sees nothing of it is gone.
        let _ = self.term.write_line(text);
    }

    /// Begins a part.
    pub(crate) fn heading(&self, text: &str) {
        self.say(&format!("\n{}", style(text).bold().for_stderr()));
    }

    /// One of a few.
    pub(crate) fn choose(&self, question: &str, choices: &[String], default: usize) -> anyhow::Result<usize> {
        let select = Select::with_theme(&*self.theme).with_prompt(question).items(choices).default(default);
        Ok(select.max_length(SEEN * 2).interact()?)
    }

    /// One of many, narrowed down by typing.
    pub(crate) fn search(&self, question: &str, choices: &[String], default: usize) -> anyhow::Result<usize> {
        let select = FuzzySelect::with_theme(&*self.theme).with_prompt(question).items(choices);
        Ok(select.default(default).max_length(SEEN).interact()?)
    }

    /// A text; empty where nothing is typed and there is no default.
    pub(crate) fn text(&self, question: &str, default: &str) -> anyhow::Result<String> {
        let mut input = Input::<String>::with_theme(&*self.theme).with_prompt(question).allow_empty(true);
        if !default.is_empty() {
            input = input.default(default.to_owned());
        }
        Ok(input.interact_text()?.trim().to_owned())
    }

    /// A secret: nothing of it is shown while it is typed. Empty where nothing is typed.
    pub(crate) fn secret(&self, question: &str) -> anyhow::Result<String> {
        let password = Password::with_theme(&*self.theme).with_prompt(question).allow_empty_password(true);
        Ok(password.report(false).interact()?.trim().to_owned())
    }

    /// Yes or no.
    pub(crate) fn confirm(&self, question: &str, default: bool) -> anyhow::Result<bool> {
        Ok(Confirm::with_theme(&*self.theme).with_prompt(question).default(default).interact()?)
    }
}
