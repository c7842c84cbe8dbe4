//! The core: a conversation in, a script out.

mod scripted;

use std::time::Duration;

use lynkr_protocol::ApiError;
use lynkr_protocol::neutral::{Block, Conversation, OutputFormat, Refusal, Tool, ToolChoice};
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use crate::commands::{Call, Commands, HELP};
use crate::content::Content;
use crate::plan::{Plan, fingerprint};
use crate::play::play;
use crate::schema::minimal_instance;
use crate::script::{Options, Script};
use crate::select::{self, Arguments, SHELL_LIKE};
use crate::summary::{SENTENCE, long, report, summary};

/// Answers a conversation. The same conversation and options give the same script, but for scripted failures
/// that are to stop after some attempts: those are counted in `options.attempts`.
///
/// The order in which things decide: the scenario; then `/lynkr` commands; then a tool choice that demands a
/// call; then fresh tool results, which are reported; then the output format; else a summary.
pub fn respond(conversation: &Conversation, options: &Options) -> Script {
    let content = Content::of(conversation);
    let scripted = options
        .scenario
        .as_ref()
        .and_then(|scenario| scripted::plan(scenario, conversation, &content, options));
    let plan = scripted.unwrap_or_else(|| commanded(conversation, &content, options));
    match plan {
        Ok(plan) => play(plan, conversation, options),
        Err(error) => Script::failing(error),
    }
}

/// The answer without a scenario.
fn commanded(
    conversation: &Conversation,
    content: &Content<'_>,
    options: &Options,
) -> Result<Plan, ApiError> {
    let commands = Commands::of(content.user);
    if let Some(error) = commands.error
        && error.times.is_none_or(|times| options.attempts.count(request_key("command", 0, content)) < times)
    {
        return Err(failure(error.status, None, error.retry_after));
    }
    let mut plan =
        Plan { pace: commands.pace, chunk_chars: commands.chunk, cut: commands.cut, ..Plan::default() };
    if let Some(text) = &commands.think {
        plan.think(text);
    }
    if commands.refuse {
        let text = "The builtin responder declines, as it was asked to.".to_owned();
        plan.blocks.push(Block::Refusal(Refusal { text }));
    } else if let Some(call) = commands.call.as_ref().filter(|call| is_due(call, conversation, content)) {
        command_calls(call, conversation, content, &mut plan)?;
    } else if let Some(tool) = demanded(conversation, content)? {
        let id = call_id(content, 0);
        plan.blocks.push(Block::ToolUse(select::call(tool, Arguments::Minimal, id)));
    } else {
        plan.say(words(&commands, conversation, content));
    }
    Ok(plan)
}

/// What is said when no tool is called.
fn words(commands: &Commands, conversation: &Conversation, content: &Content<'_>) -> String {
    if let Some(text) = &commands.echo {
        return text.clone();
    }
    if let Some(value) = output(commands, conversation) {
        return value.to_string();
    }
    if !commands.unknown.is_empty() {
        return format!("{SENTENCE}\n\n{}\n\n{HELP}", commands.unknown.join("\n"));
    }
    if commands.help {
        return format!("{SENTENCE}\n\n{HELP}");
    }
    if let Some(tokens) = commands.long {
        return long(tokens);
    }
    if content.fresh > 0 { report(content) } else { summary(conversation, content) }
}

/// The JSON that the output format or the command wants. Such an answer has no words around it.
fn output(commands: &Commands, conversation: &Conversation) -> Option<Value> {
    match &conversation.output {
        OutputFormat::JsonSchema { schema, .. } => Some(minimal_instance(&schema.to_value())),
        OutputFormat::JsonObject => Some(json!({"note": SENTENCE})),
        OutputFormat::Text => commands.json.then(|| json!({"note": SENTENCE})),
    }
}

/// Whether the command's calls have not been answered yet.
fn is_due(call: &Call, conversation: &Conversation, content: &Content<'_>) -> bool {
    let answered = content.results_since_user / call.parallel.max(1);
    answered < call.rounds && conversation.tool_choice != Some(ToolChoice::None)
}

fn command_calls(
    call: &Call,
    conversation: &Conversation,
    content: &Content<'_>,
    plan: &mut Plan,
) -> Result<(), ApiError> {
    let tool = match &call.name {
        Some(name) => select::find(&conversation.tools, &[name]).ok_or_else(|| not_offered(name))?,
        None => select::find(&conversation.tools, &[SHELL_LIKE])
            .or_else(|| select::callable(&conversation.tools).next())
            .ok_or_else(|| not_offered("any tool"))?,
    };
    let is_shell = select::find(&conversation.tools, &[SHELL_LIKE]).is_some_and(|shell| shell == tool);
    let count = if conversation.parallel_tool_calls == Some(false) { 1 } else { call.parallel };
    plan.say(format!("Lynkr builtin responder: calling {}, as asked.", select::full_name(tool)));
    for number in 0..count {
        let harmless = format!("echo lynkr-builtin-{}", content.calls + number + 1);
        let arguments = match &call.arguments {
            Some(value) => Arguments::Given(value),
            None if is_shell => Arguments::Command(&harmless),
            None => Arguments::Minimal,
        };
        let id = call_id(content, number);
        plan.blocks.push(Block::ToolUse(select::call(tool, arguments, id)));
    }
    Ok(())
}

/// The tool that the request demands a call of. A tool that has just answered isn't called again, or the
/// client would go round in circles.
fn demanded<'a>(conversation: &'a Conversation, content: &Content<'_>) -> Result<Option<&'a Tool>, ApiError> {
    match &conversation.tool_choice {
        Some(ToolChoice::Tool { name, namespace }) => {
            let from = content.results.len().saturating_sub(content.fresh);
            let fresh = content.results.get(from..).unwrap_or_default();
            if fresh.iter().any(|(answered, _)| answered == name) {
                return Ok(None);
            }
            let in_namespace = |tool: &&Tool| {
                namespace.is_none() || tool.namespace.as_ref().map(|space| &space.name) == namespace.as_ref()
            };
            let mut offered = select::callable(&conversation.tools).filter(in_namespace);
            offered.find(|tool| tool.name == *name).map(Some).ok_or_else(|| not_offered(name))
        }
        Some(ToolChoice::Required) if content.fresh == 0 => {
            select::callable(&conversation.tools).next().map(Some).ok_or_else(|| not_offered("any tool"))
        }
        Some(ToolChoice::Auto | ToolChoice::None | ToolChoice::Required | ToolChoice::Other { .. })
        | None => Ok(None),
    }
}

/// An id that no other call of the conversation has.
fn call_id(content: &Content<'_>, number: usize) -> String {
    format!("call_builtin_{}", content.calls + number + 1)
}

fn not_offered(name: &str) -> ApiError {
    let message = format!("the builtin responder was asked to call {name}, which the request doesn't offer");
    ApiError::new(FaultKind::InvalidRequest, message).with_param("tools")
}

fn failure(status: u16, message: Option<&str>, retry_after: Option<u64>) -> ApiError {
    let message = message.map_or_else(|| format!("a failure with status {status}, as asked"), str::to_owned);
    ApiError {
        status,
        retry_after: retry_after.map(Duration::from_secs),
        ..ApiError::new(FaultKind::from_status(status), message)
    }
}

/// The same for each attempt of the same request, and different for all others.
fn request_key(scope: &str, step: usize, content: &Content<'_>) -> u64 {
    let facts = (scope, step, content.user, content.results.len(), content.turns);
    fingerprint(&format!("{facts:?}"))
}
