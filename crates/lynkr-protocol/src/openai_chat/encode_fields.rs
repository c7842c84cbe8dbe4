//! The request's fields beside messages and tools: neutral → wire.

use lynkr_types::Loss;

use super::DIALECT;
use super::encode::{Scope, stop};
use super::nested::unnest;
use super::wire::{ReasoningOptions, Request, ResponseFormat, SchemaFormat};
use crate::Dialect;
use crate::neutral::{OutputFormat, Reasoning, ReasoningMode};
use crate::wire::{Json, Rest};

/// The longest `user` that OpenAI takes.
const USER_LIMIT: usize = 64;

/// Limits and sampling.
pub(super) fn limits(scope: &mut Scope<'_>, wire: &mut Request, rest: &mut Rest) {
    let conversation = scope.conversation;
    let sampling = &conversation.sampling;
    wire.temperature = sampling.temperature;
    wire.top_p = sampling.top_p;
    wire.frequency_penalty = sampling.frequency_penalty;
    wire.presence_penalty = sampling.presence_penalty;
    wire.seed = sampling.seed;
    wire.stop = stop(conversation, rest);
    if let Some(top_k) = sampling.top_k {
        if scope.native {
            wire.top_k = Some(whole(top_k));
        } else {
            scope.note(Loss::dropped("top_k"));
        }
    }
    let Some(limit) = conversation.max_tokens else { return };
    rest.remove("max_tokens");
    rest.remove("max_completion_tokens");
    if scope.target.max_completion_tokens {
        wire.max_completion_tokens = Some(whole(limit));
    } else {
        wire.max_tokens = Some(whole(limit));
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Who asks, and what happens to the answer.
pub(super) fn caller(scope: &mut Scope<'_>, wire: &mut Request, rest: &mut Rest) {
    let conversation = scope.conversation;
    match &conversation.user {
        Some(user) if rest.find("safety_identifier").is_some_and(Json::is_null) => {
            rest.remove("safety_identifier");
            wire.safety_identifier = Some(user.clone());
        }
        Some(user) if scope.native || user.len() <= USER_LIMIT => wire.user = Some(user.clone()),
        Some(_) => scope.note(Loss::dropped("user")),
        None => {}
    }
    // OpenAI takes metadata only of answers that it stores, and other vendors refuse `store` itself.
    let stored = conversation.store == Some(true);
    wire.store = conversation.store.filter(|_| scope.native || stored);
    match &conversation.metadata {
        Some(metadata) if scope.native || stored => wire.metadata = Some(metadata.clone()),
        Some(_) => scope.note(Loss::dropped("metadata")),
        None => {}
    }
    wire.service_tier = match conversation.service_tier.as_deref() {
        Some("standard_only") => {
            scope.note(Loss::approximated("service_tier"));
            Some("default".to_owned())
        }
        tier => tier.map(str::to_owned),
    };
}

/// The form of the answer.
pub(super) fn output(scope: &mut Scope<'_>, wire: &mut Request, rest: &mut Rest) {
    let schema_rest = unnest(rest, "response_format.json_schema");
    let mut format_rest = unnest(rest, "response_format");
    let marked = format_rest.remove("type").is_some();
    let (kind, json_schema) = match &scope.conversation.output {
        OutputFormat::Text if marked => ("text", None),
        OutputFormat::Text => return,
        OutputFormat::JsonObject => ("json_object", None),
        OutputFormat::JsonSchema { name, schema, strict, description } => {
            let inner = SchemaFormat {
                name: Some(name.clone().unwrap_or_else(|| "response".to_owned())),
                description: description.clone(),
                schema: Some(schema.clone()),
                strict: *strict,
                rest: schema_rest,
            };
            ("json_schema", Some(inner))
        }
    };
    // A stage set another form than the client's: the client's raw one must not go up beside it.
    rest.remove("response_format");
    let format = ResponseFormat { kind: Some(kind.to_owned()), json_schema, rest: format_rest };
    wire.response_format = Some(Json::of(&format));
}

/// How much the model reasons.
pub(super) fn reasoning(scope: &mut Scope<'_>, wire: &mut Request) {
    let Some(reasoning) = &scope.conversation.reasoning else { return };
    reasoning.extra.note_losses(DIALECT, "reasoning.", &mut scope.losses);
    if reasoning.summary.is_some() {
        scope.note(Loss::dropped("reasoning.summary"));
    }
    let mut rest = reasoning.extra.of(DIALECT);
    let as_object = rest.remove("reasoning").is_some();
    let as_word = !as_object || rest.remove("reasoning_effort").is_some();
    let effort = if scope.native { reasoning.effort.clone() } else { foreign_effort(scope, reasoning) };
    if !scope.target.reasoning_effort {
        if effort.is_some() || as_object {
            scope.note(Loss::dropped("reasoning.effort"));
        }
        return;
    }
    if as_object {
        let max_tokens = match reasoning.mode {
            ReasoningMode::Budget(budget) => Some(budget),
            ReasoningMode::Unspecified | ReasoningMode::Adaptive | ReasoningMode::Disabled => None,
        };
        let effort = effort.clone().filter(|_| !as_word);
        wire.reasoning = Some(ReasoningOptions { effort, max_tokens, rest });
    }
    wire.reasoning_effort = effort.filter(|_| as_word);
}

/// The nearest effort to what a client of another dialect asked for.
fn foreign_effort(scope: &mut Scope<'_>, reasoning: &Reasoning) -> Option<String> {
    let anthropic =
        scope.conversation.origin == Some(Dialect::Anthropic) || reasoning.mode == ReasoningMode::Adaptive;
    match (reasoning.effort.as_deref(), reasoning.mode) {
        (Some("none"), _) => Some("none".to_owned()),
        (_, ReasoningMode::Disabled) => {
            // Leaving the field out is as near as most models come to not reasoning.
            scope.note(Loss::approximated("reasoning"));
            None
        }
        (Some("max"), _) => Some(approximate(scope, "reasoning.effort", "high")),
        (Some("xhigh"), _) if anthropic => Some(approximate(scope, "reasoning.effort", "high")),
        (Some(effort), _) => Some(effort.to_owned()),
        (None, ReasoningMode::Budget(budget)) => {
            let word = match budget {
                0..=4_096 => "low",
                4_097..=16_384 => "medium",
                _ => "high",
            };
            Some(approximate(scope, "reasoning.budget", word))
        }
        (None, ReasoningMode::Unspecified | ReasoningMode::Adaptive) => None,
    }
}

fn approximate(scope: &mut Scope<'_>, feature: &'static str, word: &str) -> String {
    scope.note(Loss::approximated(feature));
    word.to_owned()
}
