//! How the model answers: neutral → wire.

use serde_json::Number;

use super::DIALECT;
use super::encode::is_empty;
use super::encode_tools::{fitting, restore_schema};
use super::losses::Losses;
use super::model::{generation, has_levels, is_pro, reasons};
use super::notes::{self, Kept};
use super::wire::{GenerationConfig, ThinkingConfig};
use crate::Dialect;
use crate::codec::Target;
use crate::neutral::{Conversation, OutputFormat, Reasoning, ReasoningMode};
use crate::wire::Json;

pub(super) fn config(
    conversation: &Conversation,
    target: &Target,
    kept: &mut Kept,
    losses: &mut Losses,
) -> Option<GenerationConfig> {
    let sampling = &conversation.sampling;
    let mut config = GenerationConfig {
        temperature: sampling.temperature.and_then(number),
        top_p: sampling.top_p.and_then(number),
        top_k: sampling.top_k.map(Number::from),
        max_output_tokens: conversation.max_tokens.map(Number::from),
        stop_sequences: (!conversation.stop.is_empty()).then(|| conversation.stop.clone()),
        seed: sampling.seed.map(Number::from),
        presence_penalty: sampling.presence_penalty.and_then(number),
        frequency_penalty: sampling.frequency_penalty.and_then(number),
        thinking_config: thinking(conversation, target, losses),
        rest: kept.take("generationConfig"),
        ..GenerationConfig::default()
    };
    if kept.has(notes::ONE_CANDIDATE) {
        config.rest.push("candidateCount", Json::of(&1));
    }
    output(&conversation.output, &target.model, kept, &mut config, losses);
    let said = config != GenerationConfig::default() || is_empty(kept, "generationConfig");
    said.then_some(config)
}

/// Whole numbers are written without a fraction, as clients write them.
fn number(value: f64) -> Option<Number> {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}").parse::<i64>().ok().map(Number::from);
    }
    Number::from_f64(value)
}

fn output(
    output: &OutputFormat,
    model: &str,
    kept: &mut Kept,
    config: &mut GenerationConfig,
    losses: &mut Losses,
) {
    let json = || Some("application/json".to_owned());
    match output {
        OutputFormat::Text => {}
        OutputFormat::JsonObject => config.response_mime_type = json(),
        OutputFormat::JsonSchema { schema, description, strict, .. } => {
            if *strict == Some(false) {
                losses.approximated("response_format.strict");
            }
            if description.is_some() {
                losses.dropped("response_format.description");
            }
            config.response_mime_type = json();
            (config.response_json_schema, config.response_schema) =
                fitting(restore_schema(Some(schema.clone()), kept), model, "response_format.schema", losses);
            let spare = config.rest.remove("responseSchema");
            config.response_schema = config.response_schema.take().or(spare);
        }
    }
    if let Some(mime) = kept.note(notes::RESPONSE_MIME) {
        config.response_mime_type = mime.as_string();
    }
}

fn thinking(conversation: &Conversation, target: &Target, losses: &mut Losses) -> Option<ThinkingConfig> {
    let reasoning = conversation.reasoning.as_ref()?;
    losses.extra(&reasoning.extra, "reasoning.");
    let disabled = reasoning.mode == ReasoningMode::Disabled || reasoning.effort.as_deref() == Some("none");
    let model = target.model.as_str();
    if !reasons(model) || !target.reasoning_effort {
        let asked = reasoning.mode != ReasoningMode::Unspecified || reasoning.effort.is_some();
        if asked && !disabled {
            losses.dropped("reasoning");
        }
        return None;
    }
    let fits = reasoning.effort.is_none() || has_levels(model);
    if conversation.origin == Some(DIALECT) && fits {
        return Some(native(reasoning));
    }
    if disabled {
        return Some(least(reasoning, model, losses));
    }
    let config = ThinkingConfig {
        include_thoughts: shown(conversation.origin, reasoning, losses),
        ..amount(reasoning, model, losses)
    };
    (config != ThinkingConfig::default()).then_some(config)
}

/// As this dialect's client wrote it.
fn native(reasoning: &Reasoning) -> ThinkingConfig {
    let kept = Kept::of(&reasoning.extra, DIALECT);
    let written = kept.word(notes::LEVEL);
    let level = reasoning.effort.as_ref().map(|effort| effort.to_ascii_uppercase());
    ThinkingConfig {
        include_thoughts: match &reasoning.summary {
            Some(_) => Some(true),
            None => kept.has(notes::THOUGHTS).then_some(false),
        },
        thinking_budget: match reasoning.mode {
            ReasoningMode::Unspecified => None,
            ReasoningMode::Adaptive => Some(Number::from(-1)),
            ReasoningMode::Budget(tokens) => Some(Number::from(tokens)),
            ReasoningMode::Disabled => Some(Number::from(0)),
        },
        thinking_level: written.or(level),
        rest: kept.rest,
    }
}

/// The least reasoning that the model can be set to.
fn least(reasoning: &Reasoning, model: &str, losses: &mut Losses) -> ThinkingConfig {
    let feature = if reasoning.effort.is_some() { "reasoning.effort" } else { "reasoning" };
    if has_levels(model) {
        losses.approximated(feature);
        let level = if is_pro(model) { "LOW" } else { "MINIMAL" };
        return ThinkingConfig { thinking_level: Some(level.to_owned()), ..ThinkingConfig::default() };
    }
    if is_pro(model) {
        losses.approximated(feature);
    }
    let budget = if is_pro(model) { 128 } else { 0 };
    ThinkingConfig { thinking_budget: Some(Number::from(budget)), ..ThinkingConfig::default() }
}

/// Whether the client shows reasoning. Who sets a budget gets to see what it is spent on, and so does a client whose
/// dialect has no word for it.
fn shown(origin: Option<Dialect>, reasoning: &Reasoning, losses: &mut Losses) -> Option<bool> {
    let by_default = matches!(origin, Some(Dialect::OpenAiChat | Dialect::Ollama))
        || matches!(reasoning.mode, ReasoningMode::Adaptive | ReasoningMode::Budget(_));
    let shown = match reasoning.summary.as_deref() {
        Some("none" | "omitted") => false,
        Some(_) => true,
        None => by_default,
    };
    // OpenAI's words for how long the summary is.
    if matches!(reasoning.summary.as_deref(), Some("concise" | "detailed")) {
        losses.approximated("reasoning.summary");
    }
    shown.then_some(true)
}

fn amount(reasoning: &Reasoning, model: &str, losses: &mut Losses) -> ThinkingConfig {
    let budget = |tokens: u64| ThinkingConfig {
        thinking_budget: Some(Number::from(tokens)),
        ..ThinkingConfig::default()
    };
    let most: u64 = if is_pro(model) { 32_768 } else { 24_576 };
    match (reasoning.mode, reasoning.effort.as_deref()) {
        (_, Some(effort)) if has_levels(model) => {
            ThinkingConfig { thinking_level: Some(level(effort, model, losses)), ..ThinkingConfig::default() }
        }
        (ReasoningMode::Budget(tokens), _) => {
            if tokens > most {
                losses.approximated("reasoning.budget");
            }
            budget(tokens.min(most))
        }
        (_, Some(effort)) => {
            losses.approximated("reasoning.effort");
            // The amounts that Google's own OpenAI-compatible endpoint takes for these words.
            budget(match effort {
                "minimal" | "low" => 1_024,
                "medium" => 8_192,
                _ => 24_576,
            })
        }
        (ReasoningMode::Adaptive, None) if !has_levels(model) => {
            ThinkingConfig { thinking_budget: Some(Number::from(-1)), ..ThinkingConfig::default() }
        }
        (ReasoningMode::Adaptive | ReasoningMode::Unspecified | ReasoningMode::Disabled, None) => {
            ThinkingConfig::default()
        }
    }
}

/// The nearest level. The larger models began with two of them.
fn level(effort: &str, model: &str, losses: &mut Losses) -> String {
    let (level, exact) = match effort {
        "minimal" if is_pro(model) => ("LOW", false),
        "minimal" => ("MINIMAL", true),
        "low" => ("LOW", true),
        "medium" if is_pro(model) && generation(model) == 30 => ("HIGH", false),
        "medium" => ("MEDIUM", true),
        "high" => ("HIGH", true),
        _ => ("HIGH", false),
    };
    if !exact {
        losses.approximated("reasoning.effort");
    }
    level.to_owned()
}
