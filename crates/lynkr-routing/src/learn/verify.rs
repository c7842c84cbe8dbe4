//! Is this answer any good? Cheap checks of its text and tool calls, without asking another model.
//!
//! The checks read an [`Excerpt`]: the beginning and the end of the answer, and whether a code fence is open, so that a
//! stream of any length costs the same memory.

mod content;
mod excerpt;
mod repetition;
mod script;

pub use excerpt::Excerpt;

use super::number::unit;

/// The worth that a failed answer has at most.
pub const FAILED_QUALITY: f64 = 0.2;
/// The worth of an answer that was cut off by a limit of tokens, at most.
const CUT_QUALITY: f64 = 0.5;
/// The worth of well-formed tool calls: the work goes on, and the next turn tells more.
const CALLS_QUALITY: f64 = 0.75;
/// Worth for keeping to a wish for brevity, whose answers can't be judged by length.
const BRIEF_QUALITY: f64 = 0.7;

/// A tool call of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// The tool's name.
    pub name: &'a str,
    /// Its arguments as the model wrote them; nothing at all counts as none.
    pub arguments: &'a str,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stop {
    /// It was done, or wants a tool.
    #[default]
    Done,
    /// It ran into a limit of tokens.
    Limit,
    /// Anything else, a refusal or a broken stream among them.
    Other,
}

/// An answer and what it answers.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// What the user wrote this turn, without envelopes; empty where only tool results came.
    pub ask: &'a str,
    /// What the model wrote.
    pub text: &'a Excerpt,
    /// The tools that it called.
    pub calls: &'a [Call<'a>],
    /// Why it stopped.
    pub stop: Stop,
    /// Whether it was given tools.
    pub tools_given: bool,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Whether brief answers were asked for: length and form then say nothing.
    pub brief: bool,
}

/// Something wrong with an answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Finding {
    /// The provider answered with an error.
    #[error("status {0}")]
    Status(u16),
    /// Neither text nor a tool call.
    #[error("an empty answer")]
    Empty,
    /// The ask, word for word.
    #[error("the ask itself for an answer")]
    Echo,
    /// Letters of another script, where the ask had none and named no language.
    #[error("{letters} letters of a script that the ask doesn't use")]
    Drift {
        /// How many.
        letters: usize,
    },
    /// The same five words again and again.
    #[error("five words {times} times, {:.0} % of the text", share * 100.0)]
    Repetition {
        /// How often the most frequent five words stand there.
        times: usize,
        /// The share of the text that repeats.
        share: f64,
    },
    /// The text ends inside of a code fence.
    #[error("an end inside of a code fence")]
    OpenFence,
    /// A tool's arguments are no JSON object.
    #[error("arguments of tool {tool} that don't parse")]
    Arguments {
        /// The tool.
        tool: String,
    },
    /// Too little, or not in the form that was asked for; points from 0 to 100.
    #[error("a thin answer, {0:.0} of 100 points")]
    Thin(f64),
}

/// What the checks say.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// All that is wrong; empty for a good answer.
    pub findings: Vec<Finding>,
    /// Points for length and form, from 0 to 100; `None` where they say nothing.
    pub content: Option<f64>,
    /// From 0 (useless) to 1.
    pub quality: f64,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn passed(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Checks an answer.
pub fn verify(answer: &Answer<'_>) -> Verdict {
    if !(200..300).contains(&answer.status) {
        return Verdict { findings: vec![Finding::Status(answer.status)], content: None, quality: 0.0 };
    }
    let mut findings = Vec::new();
    let text = answer.text;
    if answer.calls.is_empty() && text.letters() < 2 {
        findings.push(Finding::Empty);
    } else if answer.calls.is_empty() && text.is(answer.ask.trim()) {
        findings.push(Finding::Echo);
    }
    findings.extend(script::drift(answer.ask, text).map(|letters| Finding::Drift { letters }));
    let repeated = repetition::find(text);
    findings.extend(repeated.map(|found| Finding::Repetition { times: found.times, share: found.share }));
    if text.fence_is_open() {
        findings.push(Finding::OpenFence);
    }
    findings.extend(answer.calls.iter().filter(|call| !is_object(call.arguments)).map(unparsed));
    let judged = !answer.brief && answer.calls.is_empty() && findings.is_empty();
    let content = judged.then(|| content::score(answer.ask, text, answer.tools_given));
    findings.extend(content.filter(|points| *points < content::LEAST).map(Finding::Thin));
    let quality = quality(answer, &findings, content);
    Verdict { findings, content, quality }
}

fn unparsed(call: &Call<'_>) -> Finding {
    Finding::Arguments { tool: call.name.chars().take(64).collect() }
}

fn is_object(arguments: &str) -> bool {
    let text = arguments.trim();
    text.is_empty() || text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn quality(answer: &Answer<'_>, findings: &[Finding], content: Option<f64>) -> f64 {
    let unspoiled = match content {
        Some(points) => points / 100.0,
        None if answer.calls.is_empty() => BRIEF_QUALITY,
        None => CALLS_QUALITY,
    };
    // A limit that the client set may be what cut the answer off, so that alone is no failure of the model.
    let cut = answer.stop == Stop::Limit;
    let most = match findings {
        [] if cut => CUT_QUALITY,
        [] => 1.0,
        [Finding::OpenFence] if cut => CUT_QUALITY,
        _ if findings.contains(&Finding::Empty) => 0.0,
        _ => FAILED_QUALITY,
    };
    unit(unspoiled).unwrap_or_default().min(most)
}

#[cfg(test)]
mod tests;
