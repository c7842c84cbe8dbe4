//! How often and how long a task goes on, and what a client may say of it.

use std::time::Duration;

use lynkr_protocol::neutral::Conversation;
use lynkr_protocol::wire::Json;
use lynkr_protocol::{ApiError, Dialect};
use lynkr_types::{Blame, FaultKind, Retry, Scope};

use super::AgentOptions;
use crate::failure::Failure;

/// What no request gets beyond, whatever it asks for.
const MOST_STEPS: u64 = 100;
const MOST_MILLISECONDS: u64 = 3_600_000;

/// The limits of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) steps: u64,
    pub(crate) duration: Duration,
}

impl Limits {
    /// The operator's, or what the request says, which is taken out of it: `max_steps`, `max_duration_ms`.
    pub(crate) fn of(
        options: &AgentOptions,
        dialect: Dialect,
        conversation: &mut Conversation,
    ) -> Result<Self, Failure> {
        let mut said = |name| take(dialect, conversation, name);
        let steps = said("max_steps")?.unwrap_or(options.max_steps).min(MOST_STEPS.max(options.max_steps));
        let duration = said("max_duration_ms")?
            .map_or(options.max_duration, |ms| Duration::from_millis(ms.min(MOST_MILLISECONDS)));
        Ok(Self { steps, duration })
    }

    /// What the client is told when they are reached.
    pub(crate) fn exceeded(self, steps: u64, elapsed: Duration) -> Failure {
        let message = format!(
            "max_steps_exceeded: after {steps} steps and {} ms the model still calls tools; the limits are {} steps \
             (POLICY_MAX_STEPS, max_steps) and {} ms (POLICY_MAX_DURATION_MS, max_duration_ms)",
            elapsed.as_millis(),
            self.steps,
            self.duration.as_millis()
        );
        begun(Failure::new(
            ApiError::new(FaultKind::Timeout, message).with_code("max_steps_exceeded"),
            Blame::Gateway,
        ))
    }
}

/// A failure after tools were run: nobody begins anew, since they would be run again.
pub(crate) fn begun(failure: Failure) -> Failure {
    Failure { retry: Retry::Never, scope: Scope::Request, begun: true, ..failure }
}

fn take(dialect: Dialect, conversation: &mut Conversation, name: &str) -> Result<Option<u64>, Failure> {
    let Some(value) = conversation.extra.take(dialect, name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = Json::read::<u64>(&value).ok().filter(|number| *number > 0);
    number.map(Some).ok_or_else(|| {
        let message = format!("{name}: must be a positive integer");
        Failure::client(ApiError::new(FaultKind::InvalidRequest, message).with_param(name))
    })
}
