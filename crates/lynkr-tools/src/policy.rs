//! What may be run at all, before any tool looks at its input.

use std::collections::BTreeSet;

use crate::tool::ToolError;

/// What holds for every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Tools that aren't run, by their names.
    pub disallowed: BTreeSet<String>,
    /// How many calls of one answer of a model are run.
    pub most_calls: usize,
    /// Whether secrets are taken out of what tools say.
    pub redact: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { disallowed: BTreeSet::new(), most_calls: 12, redact: true }
    }
}

impl Policy {
    /// Whether a tool of this name, which is its own and none that stands for it, may be run.
    pub fn allows(&self, name: &str) -> bool {
        !self.disallowed.contains(name)
    }

    /// Judges one call, before which the same answer had so many.
    pub(crate) fn judge(&self, name: &str, before: usize) -> Result<(), ToolError> {
        if !self.allows(name) {
            let message = format!("the tool {name} is disallowed by POLICY_DISALLOWED_TOOLS");
            return Err(ToolError::denied("tool_disallowed", message));
        }
        if before >= self.most_calls {
            let message = format!(
                "no more than {} tool calls are run in one turn (POLICY_MAX_TOOL_CALLS); call again in the next one",
                self.most_calls
            );
            return Err(ToolError { status: 429, ..ToolError::denied("tool_limit_reached", message) });
        }
        Ok(())
    }
}
