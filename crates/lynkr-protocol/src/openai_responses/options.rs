//! `reasoning` and `text`, both ways.

use lynkr_types::Loss;

use super::DIALECT;
use super::keeping::{self, Keeper};
use super::wire::{self, PlainFormat, SchemaFormat, TextFormat, TextOptions};
use crate::Dialect;
use crate::neutral::{OutputFormat, Reasoning, ReasoningMode};
use crate::wire::{Json, Rest};

/// Fields within `text` are kept under this prefix, so that receipts name them as the client does.
const TEXT: &str = "text";
const FORMAT: &str = "text.format";

/// Reads `text`.
pub(super) fn read_text(text: Option<TextOptions>, keeper: Keeper) -> (OutputFormat, Keeper) {
    let Some(TextOptions { format, rest }) = text else { return (OutputFormat::Text, keeper) };
    let says_nothing = format.is_none() && rest.is_empty();
    let keeper = keeper.silently(TEXT, says_nothing.then(Json::empty_object).as_ref());
    let keeper = keep_within(TEXT, &rest, keeper);
    match format {
        None => (OutputFormat::Text, keeper),
        Some(TextFormat::JsonObject(format)) => {
            (OutputFormat::JsonObject, keep_within(FORMAT, &format.rest, keeper))
        }
        Some(TextFormat::JsonSchema(format)) => {
            let keeper = keep_within(FORMAT, &format.rest, keeper);
            let schema = format.schema.unwrap_or_else(Json::empty_object);
            let SchemaFormat { name, strict, description, .. } = format;
            (OutputFormat::JsonSchema { name, schema, strict, description }, keeper)
        }
        Some(plain @ TextFormat::Text(_)) => (OutputFormat::Text, keeper.silently(FORMAT, Some(&plain))),
        Some(other) => (OutputFormat::Text, keeper.openly(FORMAT, Some(&other))),
    }
}

fn keep_within(prefix: &str, rest: &Rest, keeper: Keeper) -> Keeper {
    rest.iter().fold(keeper, |keeper, (name, value)| keeper.openly(format!("{prefix}.{name}"), Some(value)))
}

/// Writes `text`; takes the fields kept for it out of `kept`.
pub(super) fn write_text(output: &OutputFormat, kept: &mut Rest, native: bool) -> Option<TextOptions> {
    let empty = match kept.remove(TEXT) {
        // A `null` is written as what it is.
        Some(null) if null.is_null() => {
            kept.push(TEXT, null);
            return None;
        }
        told => told.is_some(),
    };
    let told = kept.remove(FORMAT);
    let format_rest = take_within(FORMAT, kept);
    let mut rest = take_within(TEXT, kept);
    let format = match output {
        OutputFormat::Text => told.and_then(|value| {
            let format = value.read::<TextFormat>().ok();
            if format.is_none() {
                rest.push("format", value);
            }
            format
        }),
        OutputFormat::JsonObject => Some(TextFormat::JsonObject(PlainFormat { rest: format_rest })),
        OutputFormat::JsonSchema { name, schema, strict, description } => {
            Some(TextFormat::JsonSchema(SchemaFormat {
                // The API refuses a schema without a name.
                name: name.clone().or_else(|| (!native).then(|| "response".to_owned())),
                description: description.clone(),
                schema: Some(schema.clone()),
                strict: *strict,
                rest: format_rest,
            }))
        }
    };
    (empty || format.is_some() || !rest.is_empty()).then_some(TextOptions { format, rest })
}

/// `text` with a client of Chat Completions' `verbosity`.
pub(super) fn with_verbosity(text: Option<TextOptions>, verbosity: Option<Json>) -> Option<TextOptions> {
    let Some(verbosity) = verbosity else { return text };
    let mut text = text.unwrap_or_default();
    text.rest.push("verbosity", verbosity);
    Some(text)
}

fn take_within(prefix: &str, kept: &mut Rest) -> Rest {
    let prefix = format!("{prefix}.");
    let (mut taken, mut left) = (Rest::default(), Rest::default());
    for (name, value) in kept.iter() {
        match name.strip_prefix(&prefix) {
            Some(name) => taken.push(name, value.clone()),
            None => left.push(name, value.clone()),
        }
    }
    *kept = left;
    taken
}

/// Reads `reasoning`.
pub(super) fn read_reasoning(reasoning: wire::Reasoning) -> Reasoning {
    let off = reasoning.effort.as_deref() == Some("none");
    Reasoning {
        mode: if off { ReasoningMode::Disabled } else { ReasoningMode::Unspecified },
        effort: reasoning.effort,
        summary: reasoning.summary,
        extra: Keeper::new(reasoning.rest).into_extra(),
    }
}

/// Writes `reasoning` as it came.
pub(super) fn write_own_reasoning(reasoning: &Reasoning) -> wire::Reasoning {
    wire::Reasoning {
        effort: reasoning.effort.clone(),
        summary: reasoning.summary.clone(),
        rest: keeping::restore(&reasoning.extra),
    }
}

/// Writes another dialect's `reasoning`; `None` when it says nothing here.
pub(super) fn write_reasoning(
    reasoning: &Reasoning,
    origin: Option<Dialect>,
    losses: &mut Vec<Loss>,
) -> Option<wire::Reasoning> {
    reasoning.extra.note_losses(DIALECT, "reasoning.", losses);
    let effort = effort(reasoning, origin, losses);
    let summary = summary(reasoning);
    if effort.is_none() && summary.is_none() {
        return None;
    }
    Some(wire::Reasoning { effort, summary, rest: Rest::default() })
}

fn effort(reasoning: &Reasoning, origin: Option<Dialect>, losses: &mut Vec<Loss>) -> Option<String> {
    let said = reasoning.effort.as_deref();
    match (reasoning.mode, said) {
        (ReasoningMode::Disabled, Some(word @ ("none" | "minimal"))) => Some(word.to_owned()),
        (ReasoningMode::Disabled, _) => {
            // Not every model can be told not to reason, and those that can't refuse to be told.
            losses.push(Loss::approximated("reasoning"));
            None
        }
        (_, Some(word)) if word == "max" || (word == "xhigh" && origin == Some(Dialect::Anthropic)) => {
            // The highest that every reasoning model knows.
            losses.push(Loss::approximated("reasoning.effort"));
            Some("high".to_owned())
        }
        (_, Some(word)) => Some(word.to_owned()),
        (ReasoningMode::Budget(tokens), None) => {
            losses.push(Loss::approximated("reasoning.budget"));
            Some(effort_of(tokens).to_owned())
        }
        (ReasoningMode::Adaptive | ReasoningMode::Unspecified, None) => None,
    }
}

fn effort_of(budget: u64) -> &'static str {
    match budget {
        0..=4_096 => "low",
        4_097..=16_384 => "medium",
        _ => "high",
    }
}

/// Whoever asks for thinking sees it, unless they say otherwise; here it must be asked for.
fn summary(reasoning: &Reasoning) -> Option<String> {
    let thinks = matches!(reasoning.mode, ReasoningMode::Adaptive | ReasoningMode::Budget(_));
    match reasoning.summary.as_deref() {
        Some("omitted") => None,
        Some(word @ ("auto" | "concise" | "detailed")) => Some(word.to_owned()),
        Some(_) => Some("auto".to_owned()),
        None => thinks.then(|| "auto".to_owned()),
    }
}
