//! What a user message may ask for.

use std::time::Duration;

use serde_json::Value;

/// The commands, one per line, as `/lynkr help` shows them.
pub const HELP: &str = "\
/lynkr help                     this list
/lynkr tool [NAME] [JSON]       calls a tool; without a name a harmless shell command, else the first tool
/lynkr tools parallel N         calls N tools in one answer
/lynkr loop N [NAME] [JSON]     calls a tool N times, one answer each
/lynkr think [TEXT]             reasons before the answer
/lynkr long TOKENS              answers at length
/lynkr echo TEXT                answers with TEXT; without one on its line, with everything below it
/lynkr json                     answers with JSON, of the output schema when there is one
/lynkr refuse                   declines
/lynkr pace MS                  pauses before each piece of the answer
/lynkr chunk CHARS              makes pieces of so many characters
/lynkr error STATUS [TIMES [RETRY_AFTER]]   fails, always or so many times
/lynkr cut EVENTS               breaks the connection after so many events";

/// What a message asks for; every field is independent of the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Commands {
    pub(crate) help: bool,
    pub(crate) call: Option<Call>,
    pub(crate) think: Option<String>,
    pub(crate) long: Option<u64>,
    pub(crate) echo: Option<String>,
    pub(crate) json: bool,
    pub(crate) refuse: bool,
    pub(crate) pace: Option<Duration>,
    pub(crate) chunk: Option<usize>,
    pub(crate) error: Option<ErrorCommand>,
    pub(crate) cut: Option<usize>,
    /// Commands that could not be read, with the reason.
    pub(crate) unknown: Vec<String>,
}

/// Calls of a tool.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) name: Option<String>,
    pub(crate) arguments: Option<Value>,
    /// How many in one answer.
    pub(crate) parallel: usize,
    /// In how many answers.
    pub(crate) rounds: usize,
}

/// A failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ErrorCommand {
    pub(crate) status: u16,
    pub(crate) times: Option<u64>,
    pub(crate) retry_after: Option<u64>,
}

/// How a command begins, wherever it stands in a line: clients have commands of their own that start
/// with a slash, so a word may come first.
const MARKER: &str = "/lynkr";

/// The longest answer that may be asked for.
const LONGEST: u64 = 500_000;

/// The most calls in one answer.
const WIDEST: usize = 64;

impl Commands {
    /// Reads the commands in a message.
    pub(crate) fn of(message: &str) -> Self {
        let mut commands = Self::default();
        let mut rest = message;
        while let Some((_, after)) = rest.split_once(MARKER) {
            let (line, below) = after.split_once('\n').unwrap_or((after, ""));
            rest = below;
            // `/lynkrs` or a path such as `/lynkr/src` is no command.
            if !line.is_empty() && !line.starts_with(char::is_whitespace) {
                continue;
            }
            let line = line.trim();
            let (word, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            if word == "echo" && argument.trim().is_empty() {
                commands.echo = Some(below.to_owned());
                break;
            }
            if let Err(reason) = commands.take(word, argument.trim()) {
                commands.unknown.push(format!("{MARKER} {line}: {reason}"));
            }
        }
        commands
    }

    fn take(&mut self, word: &str, argument: &str) -> Result<(), String> {
        match word {
            "help" | "" => self.help = true,
            "tool" => self.call = Some(call(argument, 1, 1)?),
            "tools" => {
                let count = argument.strip_prefix("parallel").unwrap_or(argument);
                self.call = Some(call("", number::<usize>(count, "a count")?.min(WIDEST), 1)?);
            }
            "loop" => {
                let (count, rest) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
                self.call = Some(call(rest.trim(), 1, number(count, "a count")?)?);
            }
            "think" => {
                let text = if argument.is_empty() { "Thinking it over, as asked." } else { argument };
                self.think = Some(text.to_owned());
            }
            "long" => self.long = Some(number::<u64>(argument, "a number of tokens")?.min(LONGEST)),
            "echo" => self.echo = Some(argument.to_owned()),
            "json" => self.json = true,
            "refuse" => self.refuse = true,
            "pace" => self.pace = Some(Duration::from_millis(number(argument, "milliseconds")?)),
            "chunk" => self.chunk = Some(number::<usize>(argument, "a number of characters")?.max(1)),
            "error" => self.error = Some(error(argument)?),
            "cut" => self.cut = Some(number(argument, "a number of events")?),
            _ => return Err("no such command".to_owned()),
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("needs {what}"))
}

/// `[NAME] [JSON]`.
fn call(argument: &str, parallel: usize, rounds: usize) -> Result<Call, String> {
    let (name, json) = match argument.find('{') {
        Some(at) => argument.split_at(at),
        None => (argument, ""),
    };
    let name = name.trim();
    let arguments = match json {
        "" => None,
        json => {
            Some(serde_json::from_str(json).map_err(|error| format!("the arguments are no JSON: {error}"))?)
        }
    };
    Ok(Call { name: (!name.is_empty()).then(|| name.to_owned()), arguments, parallel, rounds })
}

fn error(argument: &str) -> Result<ErrorCommand, String> {
    let mut words = argument.split_whitespace();
    let status = number(words.next().unwrap_or_default(), "a status")?;
    if !(400..=599).contains(&status) {
        return Err("needs a status from 400 to 599".to_owned());
    }
    let times = words.next().map(|word| number(word, "a count")).transpose()?;
    let retry_after = words.next().map(|word| number(word, "seconds")).transpose()?;
    Ok(ErrorCommand { status, times, retry_after })
}

#[cfg(test)]
mod tests;
