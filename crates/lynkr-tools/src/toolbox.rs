//! The one place where tools are run.

use std::sync::Arc;
use std::time::Duration;

use crate::context::{Context, Limits};
use crate::input::Input;
use crate::policy::Policy;
use crate::redact::redacted;
use crate::registry::Registry;
use crate::tool::{Effect, Outcome, Output, Spec, ToolError};
use crate::workspace::Workspace;

/// One call of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// The tool's name, as the model wrote it.
    pub name: &'a str,
    /// The arguments: JSON text, or nothing.
    pub arguments: &'a str,
    /// How many calls came before it in the same answer.
    pub before: usize,
    /// How long it may take.
    pub within: Duration,
}

/// The tools, and what holds for them.
#[derive(Debug)]
pub struct Toolbox {
    registry: Registry,
    policy: Policy,
    workspace: Arc<Workspace>,
    limits: Limits,
}

impl Toolbox {
    /// These tools under this policy.
    pub fn new(registry: Registry, policy: Policy, workspace: Workspace, limits: Limits) -> Self {
        Self { registry, policy, workspace: Arc::new(workspace), limits }
    }

    /// The files that the tools work on.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The tools that may be run, in a fixed order.
    pub fn offered(&self) -> impl Iterator<Item = &Spec> {
        self.registry.specs().filter(|spec| self.policy.allows(&spec.name))
    }

    /// The tool's own name, if there is such a tool, allowed or not.
    pub fn canonical(&self, name: &str) -> Option<&str> {
        self.registry.find(name).map(|entry| &*entry.spec.name)
    }

    /// Whether a tool of this name may be run.
    pub fn runs(&self, name: &str) -> bool {
        self.canonical(name).is_some_and(|name| self.policy.allows(name))
    }

    /// Whether a call may run beside others.
    pub fn only_reads(&self, name: &str) -> bool {
        self.registry.find(name).is_some_and(|entry| entry.spec.effect == Effect::Reads)
    }

    /// Runs one call: the name is resolved first, then the policy judges, then the tool runs. Dropping the future
    /// cancels the tool.
    pub async fn run(&self, call: Call<'_>) -> Outcome {
        let Some(entry) = self.registry.find(call.name) else {
            return Outcome::not_registered(call.name, call.arguments);
        };
        let name = &*entry.spec.name;
        let input = match self.policy.judge(name, call.before).and_then(|()| Input::parse(call.arguments)) {
            Ok(input) => input,
            Err(error) => return Outcome::error(name, &error),
        };
        let context = Context::new(Arc::clone(&self.workspace), self.limits);
        let _waiting = context.guard();
        let ran = tokio::time::timeout(call.within, entry.tool.run(&input, &context)).await;
        let ran = ran.unwrap_or_else(|_| Err(late(call.within)));
        let mut outcome = match ran {
            Ok(output) => Outcome::done(self.bounded(output)),
            Err(error) => Outcome::error(name, &error),
        };
        if self.policy.redact {
            outcome.content = redacted(&outcome.content).into_owned();
        }
        outcome
    }

    /// What is too long is cut, and says so.
    fn bounded(&self, output: Output) -> Output {
        let (most, length) = (self.limits.output_bytes, output.content.len());
        if length <= most {
            return output;
        }
        let end = (0..=most).rev().find(|end| output.content.is_char_boundary(*end)).unwrap_or(0);
        let kept = output.content.get(..end).unwrap_or_default();
        let content = format!("{kept}\n[cut here: {length} bytes, of which {end} are shown]");
        Output { content, ..output }.with("truncated", true)
    }
}

fn late(after: Duration) -> ToolError {
    let message = format!("the tool took longer than {} ms", after.as_millis());
    ToolError { code: "tool_timed_out", status: 408, message }
}

#[cfg(test)]
mod tests;
