//! How the model runs: `options`, `format` and `think`.

use serde_json::Number;

use super::decode::OPTION;
use super::encode::Losses;
use super::marks::{self, Native};
use super::wire::Options;
use crate::codec::Target;
use crate::neutral::{Conversation, OutputFormat, Reasoning, ReasoningMode};
use crate::wire::{Json, Rest, TextOr};

pub(super) fn options(conversation: &Conversation, native: &Native) -> Option<Options> {
    let sampling = &conversation.sampling;
    let mut rest = Rest::default();
    for (name, value) in native.rest.iter() {
        if let Some(name) = name.strip_prefix(OPTION) {
            rest.push(name, value.clone());
        }
    }
    let options = Options {
        temperature: sampling.temperature.and_then(number),
        top_p: sampling.top_p.and_then(number),
        top_k: sampling.top_k.map(Number::from),
        num_predict: conversation.max_tokens.map(Number::from),
        stop: stop(&conversation.stop, native),
        seed: sampling.seed.map(Number::from),
        frequency_penalty: sampling.frequency_penalty.and_then(number),
        presence_penalty: sampling.presence_penalty.and_then(number),
        rest,
    };
    let said = options != Options::default() || native.has(marks::OPTIONS_EMPTY);
    said.then_some(options)
}

fn stop(texts: &[String], native: &Native) -> Option<TextOr<String>> {
    match texts {
        [] => None,
        [text] if native.has(marks::STOP_PLAIN) => Some(TextOr::Text(text.clone())),
        texts => Some(TextOr::List(texts.to_vec())),
    }
}

/// Whole numbers are written without a fraction, as clients write them.
fn number(value: f64) -> Option<Number> {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}").parse::<i64>().ok().map(Number::from);
    }
    Number::from_f64(value)
}

pub(super) fn format(output: &OutputFormat, losses: &mut Losses) -> Option<Json> {
    match output {
        OutputFormat::Text => None,
        OutputFormat::JsonObject => Some(Json::of("json")),
        OutputFormat::JsonSchema { schema, description, strict, .. } => {
            // The answer's tokens are drawn from what the schema allows.
            if *strict == Some(false) {
                losses.approximated("response_format.strict");
            }
            if description.is_some() {
                losses.dropped("response_format.description");
            }
            Some(schema.clone())
        }
    }
}

pub(super) fn think(conversation: &Conversation, target: &Target, losses: &mut Losses) -> Option<Json> {
    let reasoning = conversation.reasoning.as_ref()?;
    losses.extra(&reasoning.extra, "reasoning.");
    if reasoning.summary.is_some() {
        losses.dropped("reasoning.summary");
    }
    if reasoning.mode == ReasoningMode::Disabled || reasoning.effort.as_deref() == Some("none") {
        return Some(Json::of(&false));
    }
    if reasoning.mode == ReasoningMode::Unspecified && reasoning.effort.is_none() {
        return None;
    }
    // A model that can't reason answers `think: true` with a 400.
    if !target.reasoning_effort {
        losses.dropped("reasoning");
        return None;
    }
    if matches!(reasoning.mode, ReasoningMode::Budget(_)) {
        losses.approximated("reasoning.budget");
    }
    Some(level(reasoning, target, losses))
}

/// The level, for models that take one; the others refuse a level and only know on and off.
fn level(reasoning: &Reasoning, target: &Target, losses: &mut Losses) -> Json {
    let Some(effort) = reasoning.effort.as_deref() else { return Json::of(&true) };
    if Native::of(&reasoning.extra).has(marks::THINK_LEVEL) {
        return Json::of(effort);
    }
    let nearest = match effort {
        "low" | "medium" | "high" => effort,
        "minimal" => "low",
        "xhigh" | "max" => "high",
        _ => "",
    };
    let takes_levels = target.model.contains("gpt-oss") && !nearest.is_empty();
    if !takes_levels || nearest != effort {
        losses.approximated("reasoning.effort");
    }
    if takes_levels { Json::of(nearest) } else { Json::of(&true) }
}
