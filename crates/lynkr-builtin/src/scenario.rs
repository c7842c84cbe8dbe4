//! Scenario files: JSON that says what to answer when.
//!
//! The first step whose `when` fits answers; when none fits, the responder answers as it does without a
//! scenario. A file is checked as a whole when it is read, and an error names the field.

use serde::Deserialize;
use serde_json::Value;

/// A scenario.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub(crate) name: String,
    pub(crate) steps: Vec<ScenarioStep>,
}

/// A scenario file that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ScenarioError {
    /// The path of the field at fault.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScenarioStep {
    #[serde(default)]
    pub(crate) when: When,
    pub(crate) reply: ScenarioReply,
}

/// When a step answers. Everything that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct When {
    /// The conversation holds exactly so many tool results.
    pub(crate) tool_results: Option<usize>,
    /// It holds fewer than so many.
    pub(crate) tool_results_below: Option<usize>,
    /// The last tool result holds this.
    pub(crate) result_contains: Option<String>,
    /// The last user text holds this.
    pub(crate) contains: Option<String>,
    /// One of these tools is on offer.
    pub(crate) has_tool: Option<Vec<String>>,
    /// There are tools at all, or none.
    pub(crate) tools: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScenarioReply {
    pub(crate) thinking: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) refusal: Option<String>,
    pub(crate) tool_calls: Vec<ScenarioCall>,
    pub(crate) error: Option<ScenarioFault>,
    pub(crate) cut_after_events: Option<usize>,
    /// How often the answer to the same request is cut; always when absent.
    pub(crate) cut_times: Option<u64>,
    /// The responder itself fails after so many events. Only the operator's file can want that; no message can.
    pub(crate) panic_after_events: Option<usize>,
    pub(crate) pace_ms: Option<u64>,
    pub(crate) chunk_chars: Option<usize>,
    pub(crate) stop: Option<String>,
    pub(crate) usage: Option<ScenarioUsage>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScenarioCall {
    /// The tool's name, or `shell-like`.
    pub(crate) tool: Option<String>,
    /// The first of these that is on offer.
    pub(crate) any_of: Option<Vec<String>>,
    pub(crate) arguments: Option<Value>,
    pub(crate) command: Option<String>,
    pub(crate) raw_arguments: Option<String>,
}

impl ScenarioCall {
    /// The names to look for.
    pub(crate) fn names(&self) -> Vec<&str> {
        let several = self.any_of.iter().flatten().map(String::as_str);
        self.tool.as_deref().into_iter().chain(several).collect()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScenarioFault {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) message: Option<String>,
    #[serde(default)]
    pub(crate) retry_after: Option<u64>,
    /// How often the same request fails before it is answered; always when absent.
    #[serde(default)]
    pub(crate) times: Option<u64>,
    /// The answer begins, and the error comes in mid-stream after so many events.
    #[serde(default)]
    pub(crate) after_events: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScenarioUsage {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_write: Option<u64>,
    pub(crate) reasoning: Option<u64>,
}

impl Scenario {
    /// Reads and checks a scenario file.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let scenario: Self = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            let field = if matches!(path.as_str(), "." | "?") { "the file".to_owned() } else { path };
            ScenarioError { field, message: error.inner().to_string() }
        })?;
        deserializer.end().map_err(|error| problem("the file", error))?;
        for (at, step) in scenario.steps.iter().enumerate() {
            step.reply.check(&format!("steps[{at}].reply"))?;
        }
        Ok(scenario)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn problem(field: impl Into<String>, message: impl ToString) -> ScenarioError {
    ScenarioError { field: field.into(), message: message.to_string() }
}

impl ScenarioReply {
    fn check(&self, path: &str) -> Result<(), ScenarioError> {
        if self == &Self::default() {
            return Err(problem(path, "says nothing: give `text`, `tool_calls`, `error` or another part"));
        }
        for (at, call) in self.tool_calls.iter().enumerate() {
            call.check(&format!("{path}.tool_calls[{at}]"))?;
        }
        if let Some(stop) = &self.stop
            && crate::plan::stop_reason(stop).is_none()
        {
            let known = crate::plan::STOP_REASONS.map(|(name, _)| name).join("`, `");
            return Err(problem(format!("{path}.stop"), format!("`{stop}` is none of `{known}`")));
        }
        if self.chunk_chars == Some(0) {
            return Err(problem(format!("{path}.chunk_chars"), "must be at least 1"));
        }
        if let Some(error) = &self.error
            && !(400..=599).contains(&error.status)
        {
            return Err(problem(format!("{path}.error.status"), "must be from 400 to 599"));
        }
        Ok(())
    }
}

impl ScenarioCall {
    fn check(&self, path: &str) -> Result<(), ScenarioError> {
        if self.tool.is_some() == self.any_of.is_some() {
            return Err(problem(path, "needs either `tool` or `any_of`"));
        }
        if self.any_of.as_ref().is_some_and(Vec::is_empty) {
            return Err(problem(format!("{path}.any_of"), "must name at least one tool"));
        }
        let given = [self.arguments.is_some(), self.command.is_some(), self.raw_arguments.is_some()];
        if given.into_iter().filter(|given| *given).count() > 1 {
            return Err(problem(path, "takes one of `arguments`, `command`, `raw_arguments`"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
