//! How the model answers: neutral → wire.

use std::collections::BTreeMap;

use lynkr_types::Loss;
use serde_json::json;

use super::DIALECT;
use super::encode::is_empty;
use super::model::{self, Family};
use super::wire::{InferenceConfig, OutputConfig, Request, SchemaForm, ServiceTier, Structure, TextFormat};
use super::write_blocks::Writer;
use crate::Dialect;
use crate::anthropic::encode_thinking;
use crate::anthropic::wire::ThinkingConfig;
use crate::codec::Target;
use crate::kept::Kept;
use crate::neutral::{Conversation, OutputFormat, Reasoning, ReasoningMode};
use crate::wire::{Json, Rest};

/// The field of Anthropic's that names its previews; Bedrock takes it where it takes `thinking`.
const BETA: &str = "anthropic_beta";

/// The request's fields that only this dialect knows; notes what of the others has no place.
pub(super) fn kept(conversation: &Conversation, writer: &mut Writer<'_>) -> Kept {
    let mut lost = Vec::new();
    conversation.extra.note_losses(DIALECT, "", &mut lost);
    let keeps_beta = model::family(writer.model) == Family::Claude;
    lost.retain(|loss| !(keeps_beta && loss.feature == BETA));
    writer.losses.extend(lost);
    let sampling = &conversation.sampling;
    let said = [
        ("frequency_penalty", sampling.frequency_penalty.is_some_and(|value| value != 0.0)),
        ("presence_penalty", sampling.presence_penalty.is_some_and(|value| value != 0.0)),
        ("seed", sampling.seed.is_some()),
        ("user", conversation.user.is_some()),
        ("store", conversation.store == Some(true)),
        (
            "parallel_tool_calls",
            conversation.parallel_tool_calls == Some(false) && !conversation.tools.is_empty(),
        ),
    ];
    writer.losses.extend(said.into_iter().filter(|(_, said)| *said).map(|(name, _)| Loss::dropped(name)));
    Kept::of(&conversation.extra, DIALECT)
}

/// Writes everything but the turns and the tools.
pub(super) fn write(
    conversation: &Conversation,
    target: &Target,
    kept: &mut Kept,
    writer: &mut Writer<'_>,
    wire: &mut Request,
) {
    let max_tokens = conversation.max_tokens.unwrap_or(target.default_max_tokens);
    let thinking = thinking(conversation, max_tokens, writer);
    let thinks = thinking.as_ref().is_some_and(|config| config.kind.as_deref() != Some("disabled"));
    let mut inference = inference(conversation, kept, thinks, writer);
    // A budget must be less than the limit, and what the limit is without one differs by model.
    let has_budget = thinking.as_ref().is_some_and(|thinking| thinking.budget_tokens.is_some());
    if has_budget && !writer.native {
        inference.max_tokens = Some(max_tokens);
    }
    wire.output_config = output(conversation, kept, writer);
    wire.additional = additional(conversation, thinking, thinks, kept, writer);
    let said = inference != InferenceConfig::default() || is_empty(kept, "inferenceConfig");
    wire.inference_config = said.then_some(inference);
    wire.request_metadata = metadata(conversation, writer);
    wire.service_tier = tier(conversation, writer);
}

fn inference(
    conversation: &Conversation,
    kept: &mut Kept,
    thinks: bool,
    writer: &mut Writer<'_>,
) -> InferenceConfig {
    let sampling = &conversation.sampling;
    let mut config = InferenceConfig {
        max_tokens: conversation.max_tokens,
        temperature: sampling.temperature,
        top_p: sampling.top_p,
        stop_sequences: (!conversation.stop.is_empty()).then(|| conversation.stop.clone()),
        rest: kept.take("inferenceConfig"),
    };
    if !writer.native {
        // Clients of Anthropic's dialect know what its models take.
        let is_foreign = conversation.origin != Some(Dialect::Anthropic);
        fit_sampling(&mut config, thinks, is_foreign, writer);
        fit_stop(&mut config, writer);
    }
    config
}

/// The API takes 0 to 1. Claude's newer models take one of the two ways to draw, and hardly any while they
/// think.
fn fit_sampling(config: &mut InferenceConfig, thinks: bool, is_foreign: bool, writer: &mut Writer<'_>) {
    if config.temperature.is_some_and(|value| value > 1.0) {
        config.temperature = Some(1.0);
        writer.approximated("temperature");
    }
    if model::family(writer.model) != Family::Claude || !is_foreign {
        return;
    }
    let is_odd = |value: f64| (value - 1.0).abs() > f64::EPSILON;
    if thinks && config.temperature.is_some_and(is_odd) {
        config.temperature = None;
        writer.dropped("temperature");
    }
    let beside = config.temperature.is_some() || (thinks && config.top_p.is_some_and(|value| value < 0.95));
    if beside && let Some(top_p) = config.top_p.take() {
        // All candidates: that is what leaving it out says.
        if top_p < 1.0 {
            writer.dropped("top_p");
        }
    }
}

/// The API refuses texts of white space alone.
fn fit_stop(config: &mut InferenceConfig, writer: &mut Writer<'_>) {
    let Some(stop) = &mut config.stop_sequences else { return };
    let before = stop.len();
    stop.retain(|text| !text.trim().is_empty());
    if stop.len() < before {
        writer.dropped("stop");
    }
    if stop.is_empty() {
        config.stop_sequences = None;
    }
}

/// Anthropic's `thinking`, for models that take it.
fn thinking(conversation: &Conversation, max_tokens: u64, writer: &mut Writer<'_>) -> Option<ThinkingConfig> {
    let reasoning = conversation.reasoning.as_ref()?;
    if writer.native {
        return native_thinking(reasoning);
    }
    if model::thinks(writer.model) {
        return encode_thinking::thinking(conversation, max_tokens, &mut writer.losses);
    }
    None
}

fn native_thinking(reasoning: &Reasoning) -> Option<ThinkingConfig> {
    let (kind, budget_tokens) = match reasoning.mode {
        ReasoningMode::Unspecified => return None,
        ReasoningMode::Adaptive => ("adaptive", None),
        ReasoningMode::Disabled => ("disabled", None),
        ReasoningMode::Budget(budget) => ("enabled", Some(budget)),
    };
    Some(ThinkingConfig {
        kind: Some(kind.to_owned()),
        budget_tokens,
        display: reasoning.summary.clone(),
        rest: reasoning.extra.of(DIALECT),
    })
}

/// `additionalModelRequestFields`: what only the model's vendor knows.
fn additional(
    conversation: &Conversation,
    thinking: Option<ThinkingConfig>,
    thinks: bool,
    kept: &mut Kept,
    writer: &mut Writer<'_>,
) -> Option<Json> {
    if let Some(odd) = kept.rest.remove("additionalModelRequestFields") {
        return Some(odd);
    }
    let mut fields = Rest::default();
    if let Some(thinking) = &thinking {
        fields.push("thinking", Json::of(thinking));
    } else if !writer.native && !model::thinks(writer.model) {
        effort(conversation, &mut fields, writer);
    }
    if let Some(top_k) = conversation.sampling.top_k {
        self::top_k(top_k, thinks, &mut fields, writer);
    }
    if let Some(beta) = conversation.extra.find(Dialect::Anthropic, BETA)
        && model::family(writer.model) == Family::Claude
    {
        fields.push(BETA, beta.clone());
    }
    for (name, value) in kept.take("additionalModelRequestFields").iter() {
        fields.push(name, value.clone());
    }
    let said = !fields.is_empty() || is_empty(kept, "additionalModelRequestFields");
    let object: serde_json::Map<String, serde_json::Value> =
        fields.iter().map(|(name, value)| (name.to_owned(), value.to_value())).collect();
    said.then(|| Json::of(&object))
}

fn top_k(top_k: u64, thinks: bool, fields: &mut Rest, writer: &mut Writer<'_>) {
    match model::family(writer.model) {
        _ if writer.native => fields.push("top_k", Json::of(&top_k)),
        Family::Claude if thinks => writer.dropped("top_k"),
        Family::Claude => fields.push("top_k", Json::of(&top_k)),
        Family::Nova => fields.push("inferenceConfig", Json::of(&json!({"topK": top_k}))),
        Family::GptOss | Family::Other => writer.dropped("top_k"),
    }
}

/// How much models reason that don't take `thinking`.
fn effort(conversation: &Conversation, fields: &mut Rest, writer: &mut Writer<'_>) {
    let Some(reasoning) = &conversation.reasoning else { return };
    reasoning.extra.note_losses(DIALECT, "reasoning.", &mut writer.losses);
    let asked = match (reasoning.mode, reasoning.effort.as_deref()) {
        (ReasoningMode::Disabled, _) | (_, Some("none")) | (ReasoningMode::Unspecified, None) => return,
        (_, Some(effort)) => effort,
        (ReasoningMode::Budget(0..=4_096), None) => "low",
        (ReasoningMode::Budget(0..=16_384) | ReasoningMode::Adaptive, None) => "medium",
        (ReasoningMode::Budget(_), None) => "high",
    };
    let level = match asked {
        "minimal" | "low" => "low",
        "medium" => "medium",
        _ => "high",
    };
    match model::family(writer.model) {
        Family::GptOss => {
            if asked != level || reasoning.effort.is_none() {
                writer.approximated("reasoning.effort");
            }
            fields.push("reasoning_effort", Json::of(level));
        }
        Family::Nova if model::is_reasoning_nova(writer.model) => {
            // The highest level is refused beside any limit or sampling.
            let level = if level == "high" { "medium" } else { level };
            if asked != level || reasoning.effort.is_none() {
                writer.approximated("reasoning.effort");
            }
            let config = json!({"type": "enabled", "maxReasoningEffort": level});
            fields.push("reasoningConfig", Json::of(&config));
        }
        Family::Claude | Family::Nova | Family::Other => writer.dropped("reasoning"),
    }
}

fn output(conversation: &Conversation, kept: &mut Kept, writer: &mut Writer<'_>) -> Option<OutputConfig> {
    let mut rest = kept.take("outputConfig");
    let odd = rest.remove("textFormat").and_then(|format| format.read().ok());
    let mut config = OutputConfig { rest, text_format: odd, effort: None };
    let effort = conversation.reasoning.as_ref().and_then(|reasoning| reasoning.effort.clone());
    // Anthropic's clients know which of its models take the word; it is the same word here.
    let says =
        writer.native || (conversation.origin == Some(Dialect::Anthropic) && model::thinks(writer.model));
    config.effort = effort.filter(|_| says);
    match &conversation.output {
        OutputFormat::Text => {}
        OutputFormat::JsonObject => writer.dropped("response_format"),
        OutputFormat::JsonSchema { name, schema, strict, description } => {
            if *strict == Some(false) {
                writer.approximated("response_format.strict");
            }
            config.text_format = Some(text_format(name.clone(), schema, description.clone()));
        }
    }
    let said = config != OutputConfig::default() || is_empty(kept, "outputConfig");
    said.then_some(config)
}

fn text_format(name: Option<String>, schema: &Json, description: Option<String>) -> TextFormat {
    let form =
        SchemaForm { schema: Some(schema.get().to_owned()), name, description, ..SchemaForm::default() };
    let structure = Structure { json_schema: Some(form), ..Structure::default() };
    TextFormat { kind: Some("json_schema".to_owned()), structure: Some(structure), ..TextFormat::default() }
}

/// Words by which logs are filtered: OpenAI's metadata is for the same, with longer words.
fn metadata(conversation: &Conversation, writer: &mut Writer<'_>) -> Option<Json> {
    let metadata = conversation.metadata.as_ref()?;
    if writer.native {
        return Some(metadata.clone());
    }
    let words: Option<BTreeMap<String, String>> = metadata.read().ok();
    if words.as_ref().is_some_and(BTreeMap::is_empty) {
        return None;
    }
    let fits = |text: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == ' ' || ":_@$#=/+,-.".contains(c);
        text.len() <= 256 && text.chars().all(is_plain)
    };
    let is_small = words.is_some_and(|words| {
        words.len() <= 16 && words.iter().all(|(name, value)| !name.is_empty() && fits(name) && fits(value))
    });
    let of_openai = matches!(conversation.origin, Some(Dialect::OpenAiChat | Dialect::OpenAiResponses));
    if !(is_small && of_openai) {
        writer.dropped("metadata");
        return None;
    }
    Some(metadata.clone())
}

fn tier(conversation: &Conversation, writer: &mut Writer<'_>) -> Option<ServiceTier> {
    let tier = conversation.service_tier.as_deref()?;
    let known = writer.native || matches!(tier, "priority" | "default" | "flex" | "reserved");
    // These two are what leaving it out says.
    if !known && !matches!(tier, "auto" | "standard_only") {
        writer.dropped("service_tier");
    }
    known.then(|| ServiceTier { kind: Some(tier.to_owned()), ..ServiceTier::default() })
}
