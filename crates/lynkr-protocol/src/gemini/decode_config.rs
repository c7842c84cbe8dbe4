//! How the model answers: wire → neutral.

use serde_json::Number;

use super::DIALECT;
use super::decode::keep;
use super::decode_tools::schema;
use super::notes;
use super::wire::{GenerationConfig, ThinkingConfig};
use crate::neutral::{Conversation, Extra, OutputFormat, Reasoning, ReasoningMode, Sampling};
use crate::wire::{Json, Rest};

pub(super) fn read(mut config: GenerationConfig, conversation: &mut Conversation, rest: &mut Rest) {
    let empty = config == GenerationConfig::default();
    let mut inner = std::mem::take(&mut config.rest);
    if inner.find("candidateCount").is_some_and(|count| count.get() == "1") {
        inner.remove("candidateCount");
        notes::mark(rest, notes::ONE_CANDIDATE);
    }
    conversation.max_tokens = whole(config.max_output_tokens.take(), "maxOutputTokens", &mut inner);
    conversation.sampling = Sampling {
        temperature: config.temperature.take().and_then(|number| number.as_f64()),
        top_p: config.top_p.take().and_then(|number| number.as_f64()),
        top_k: whole(config.top_k.take(), "topK", &mut inner),
        frequency_penalty: config.frequency_penalty.take().and_then(|number| number.as_f64()),
        presence_penalty: config.presence_penalty.take().and_then(|number| number.as_f64()),
        seed: whole(config.seed.take(), "seed", &mut inner),
    };
    conversation.stop = config.stop_sequences.take().unwrap_or_default();
    conversation.reasoning = config.thinking_config.take().map(reasoning);
    conversation.output = output(&mut config, &mut inner, rest);
    keep(rest, "generationConfig", &inner, empty);
}

/// A whole number, also when it is written with a fraction of zero; any other stays as it is.
fn whole<T: TryFrom<i64>>(number: Option<Number>, name: &str, rest: &mut Rest) -> Option<T> {
    let number = number?;
    let exact = number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
        format!("{float:.0}").parse().ok()
    });
    let value = exact.and_then(|value| T::try_from(value).ok());
    if value.is_none() {
        rest.push(name, Json::of(&number));
    }
    value
}

fn reasoning(config: ThinkingConfig) -> Reasoning {
    let mut rest = config.rest;
    let mode = match config.thinking_budget {
        None => ReasoningMode::Unspecified,
        Some(budget) => match (budget.as_i64(), budget.as_u64()) {
            (Some(-1), _) => ReasoningMode::Adaptive,
            (_, Some(0)) => ReasoningMode::Disabled,
            (_, Some(tokens)) => ReasoningMode::Budget(tokens),
            _ => {
                rest.push("thinkingBudget", Json::of(&budget));
                ReasoningMode::Unspecified
            }
        },
    };
    let effort = match config.thinking_level {
        Some(level) if level == "THINKING_LEVEL_UNSPECIFIED" => {
            rest.push(notes::LEVEL, Json::of(&level));
            None
        }
        Some(level) => {
            let effort = level.to_ascii_lowercase();
            if effort.to_ascii_uppercase() != level {
                rest.push(notes::LEVEL, Json::of(&level));
            }
            Some(effort)
        }
        None => None,
    };
    let summary = (config.include_thoughts == Some(true)).then(|| "auto".to_owned());
    if config.include_thoughts == Some(false) {
        rest.push(notes::THOUGHTS, Json::of(&false));
    }
    Reasoning { mode, effort, summary, extra: Extra::new(DIALECT, rest) }
}

fn output(config: &mut GenerationConfig, inner: &mut Rest, rest: &mut Rest) -> OutputFormat {
    let mime = config.response_mime_type.take();
    let (json, openapi) = (config.response_json_schema.take(), config.response_schema.take());
    let has_schema = json.is_some() || openapi.is_some();
    let is_json = mime.as_deref() == Some("application/json");
    // A choice among words is something that only this API has.
    if mime.as_deref() == Some("text/x.enum") {
        inner.push("responseMimeType", Json::of("text/x.enum"));
        for (name, value) in [("responseJsonSchema", json), ("responseSchema", openapi)] {
            if let Some(value) = value {
                inner.push(name, value);
            }
        }
        return OutputFormat::Text;
    }
    if !is_json && (has_schema || mime.is_some()) {
        rest.push(notes::RESPONSE_MIME, mime.map_or_else(Json::null, |mime| Json::of(&mime)));
    }
    match schema(json, openapi, "generationConfig.responseSchema", rest) {
        Some(schema) => OutputFormat::JsonSchema { name: None, schema, strict: None, description: None },
        None if is_json => OutputFormat::JsonObject,
        None => OutputFormat::Text,
    }
}
