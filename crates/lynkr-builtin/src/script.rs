//! What an answer is made of: events and pauses, or a failure.

use std::time::Duration;

use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::Event;

use crate::{Attempts, Scenario};

/// One step of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Something is said.
    Event(Event),
    /// Nothing is said for so long.
    Pause(Duration),
}

/// A whole answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    /// What is said, in order. Empty when there is a fault.
    pub steps: Vec<Step>,
    /// The request is answered with this error and nothing else.
    pub fault: Option<ApiError>,
    /// The connection breaks after the last step, which is then not a terminal event.
    pub cut: bool,
    /// Whoever plays the script panics after the last step, as a defect of the gateway would.
    pub panics: bool,
}

impl Script {
    /// The script that only fails.
    pub(crate) fn failing(error: ApiError) -> Self {
        Self { fault: Some(error), ..Self::default() }
    }
}

/// How the responder answers.
#[derive(Debug)]
pub struct Options {
    /// The pause before each piece of a streamed answer.
    pub pace: Duration,
    /// How many characters a piece has.
    pub chunk_chars: usize,
    /// The scenario to play, if any.
    pub scenario: Option<Scenario>,
    /// The names of the models that are listed.
    pub models: Vec<String>,
    /// The version that is shown on `/api/version`.
    pub version: String,
    /// How often each scripted failure has been shown.
    pub attempts: Attempts,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pace: Duration::ZERO,
            chunk_chars: 24,
            scenario: None,
            models: vec!["lynkr-builtin".to_owned()],
            // Ollama's clients compare versions to find features; this one has them all.
            version: "0.14.0".to_owned(),
            attempts: Attempts::default(),
        }
    }
}
