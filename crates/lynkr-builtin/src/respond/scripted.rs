//! Answers from a scenario.

use std::time::Duration;

use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::{Block, Conversation, Refusal, Usage};
use lynkr_types::FaultKind;
use serde_json::Value;

use super::{call_id, failure, request_key};
use crate::content::{Content, result_text};
use crate::plan::{Plan, stop_reason};
use crate::scenario::{Scenario, ScenarioCall, ScenarioReply, ScenarioUsage, When};
use crate::script::Options;
use crate::select::{self, Arguments};

/// The answer of the first step that fits; `None` when none does.
pub(super) fn plan(
    scenario: &Scenario,
    conversation: &Conversation,
    content: &Content<'_>,
    options: &Options,
) -> Option<Result<Plan, ApiError>> {
    let fitting = |when: &When| fits(when, conversation, content);
    let (number, step) = scenario.steps.iter().enumerate().find(|(_, step)| fitting(&step.when))?;
    Some(Step { number, content, reply: &step.reply }.plan(conversation, options))
}

fn fits(when: &When, conversation: &Conversation, content: &Content<'_>) -> bool {
    let results = content.results.len();
    let tools = &conversation.tools;
    when.tool_results.is_none_or(|count| results == count)
        && when.tool_results_below.is_none_or(|count| results < count)
        && when.result_contains.as_ref().is_none_or(|words| last_result(content).contains(words.as_str()))
        && when.contains.as_ref().is_none_or(|words| content.user.contains(words.as_str()))
        && when.has_tool.as_ref().is_none_or(|names| select::find(tools, names).is_some())
        && when.tools.is_none_or(|wanted| select::callable(tools).next().is_some() == wanted)
}

fn last_result(content: &Content<'_>) -> String {
    content.results.last().map(|(_, result)| result_text(result)).unwrap_or_default()
}

/// Each as `TYPE:BYTES`.
fn images(content: &Content<'_>) -> String {
    let each = content.images.iter().map(|image| match image.bytes {
        Some(bytes) => format!("{}:{bytes}", image.kind),
        None => image.kind.to_owned(),
    });
    each.collect::<Vec<_>>().join(",")
}

struct Step<'a> {
    number: usize,
    content: &'a Content<'a>,
    reply: &'a ScenarioReply,
}

impl Step<'_> {
    fn plan(&self, conversation: &Conversation, options: &Options) -> Result<Plan, ApiError> {
        let reply = self.reply;
        let mut plan = Plan {
            stop: reply.stop.as_deref().and_then(stop_reason),
            usage: reply.usage.as_ref().map(usage).unwrap_or_default(),
            pace: reply.pace_ms.map(Duration::from_millis),
            chunk_chars: reply.chunk_chars,
            cut: self.cut(options),
            panic: reply.panic_after_events,
            ..Plan::default()
        };
        if let Some(error) = self.error(options) {
            match reply.error.as_ref().and_then(|fault| fault.after_events) {
                Some(after) => plan.error = Some((after, error)),
                None => return Err(error),
            }
        }
        if let Some(text) = &reply.thinking {
            plan.think(self.filled(text));
        }
        if let Some(text) = &reply.text {
            plan.say(self.filled(text));
        }
        if let Some(text) = &reply.refusal {
            plan.blocks.push(Block::Refusal(Refusal { text: self.filled(text) }));
        }
        for (place, call) in reply.tool_calls.iter().enumerate() {
            plan.blocks.push(self.call(place, call, conversation)?);
        }
        Ok(plan)
    }

    /// The failure, unless it was shown as often as it should be.
    fn error(&self, options: &Options) -> Option<ApiError> {
        let fault = self.reply.error.as_ref()?;
        let key = request_key("scenario", self.number, self.content);
        let is_due = fault.times.is_none_or(|times| options.attempts.count(key) < times);
        is_due.then(|| failure(fault.status, fault.message.as_deref(), fault.retry_after))
    }

    /// Where the answer breaks off, unless it did as often as it should.
    fn cut(&self, options: &Options) -> Option<usize> {
        let after = self.reply.cut_after_events?;
        let key = request_key("cut", self.number, self.content);
        let is_due = self.reply.cut_times.is_none_or(|times| options.attempts.count(key) < times);
        is_due.then_some(after)
    }

    fn call(
        &self,
        place: usize,
        call: &ScenarioCall,
        conversation: &Conversation,
    ) -> Result<Block, ApiError> {
        let names = call.names();
        let tool = select::find(&conversation.tools, &names).ok_or_else(|| {
            let step = self.number;
            let message =
                format!("step {step} of the scenario calls {names:?}, and the request offers none of it");
            ApiError::new(FaultKind::InvalidRequest, message).with_param("tools")
        })?;
        let given = call.arguments.as_ref().map(|value| self.filled_json(value));
        let text = call.command.as_ref().or(call.raw_arguments.as_ref()).map(|text| self.filled(text));
        let arguments = match (&given, &text) {
            (Some(value), _) => Arguments::Given(value),
            (None, Some(text)) if call.command.is_some() => Arguments::Command(text),
            (None, Some(text)) => Arguments::Text(text),
            (None, None) => Arguments::Minimal,
        };
        Ok(Block::ToolUse(select::call(tool, arguments, call_id(self.content, place))))
    }

    /// The text with its placeholders filled in.
    fn filled(&self, text: &str) -> String {
        if !text.contains("{{") {
            return text.to_owned();
        }
        let results: Vec<String> =
            self.content.results.iter().map(|(_, result)| result_text(result)).collect();
        text.replace("{{last_tool_result}}", &last_result(self.content))
            .replace("{{tool_results}}", &results.join("\n"))
            .replace("{{tool_result_count}}", &results.len().to_string())
            .replace("{{images}}", &images(self.content))
            .replace("{{last_user_text}}", self.content.user)
    }

    fn filled_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.filled(text)),
            Value::Array(list) => list.iter().map(|item| self.filled_json(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, item)| (name.clone(), self.filled_json(item))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

fn usage(given: &ScenarioUsage) -> Usage {
    Usage {
        input: given.input,
        output: given.output,
        cache_read: given.cache_read,
        cache_write: given.cache_write,
        reasoning: given.reasoning,
        ..Usage::default()
    }
}
