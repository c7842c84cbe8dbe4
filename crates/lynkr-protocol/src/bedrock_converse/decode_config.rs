//! How the model answers: wire → neutral.

use super::DIALECT;
use super::decode::note_empty;
use super::wire::{InferenceConfig, OutputConfig, SchemaForm, ServiceTier, TextFormat};
use crate::anthropic::wire::ThinkingConfig;
use crate::kept::nest;
use crate::neutral::{Conversation, Extra, OutputFormat, Reasoning, ReasoningMode};
use crate::wire::{Json, Rest};

pub(super) fn inference(config: InferenceConfig, conversation: &mut Conversation, rest: &mut Rest) {
    note_empty(rest, "inferenceConfig", config == InferenceConfig::default());
    nest(rest, "inferenceConfig", &config.rest);
    conversation.max_tokens = config.max_tokens;
    conversation.sampling.temperature = config.temperature;
    conversation.sampling.top_p = config.top_p;
    conversation.stop = config.stop_sequences.unwrap_or_default();
}

/// The tier's name; one that says more stays raw.
pub(super) fn tier(tier: ServiceTier, rest: &mut Rest) -> Option<String> {
    if tier.rest.is_empty() && tier.kind.is_some() {
        return tier.kind;
    }
    rest.push("serviceTier", Json::of(&tier));
    None
}

pub(super) fn output(config: OutputConfig, conversation: &mut Conversation, rest: &mut Rest) {
    note_empty(rest, "outputConfig", config == OutputConfig::default());
    nest(rest, "outputConfig", &config.rest);
    if let Some(effort) = config.effort {
        conversation.reasoning.get_or_insert_default().effort = Some(effort);
    }
    if let Some(format) = config.text_format {
        match schema(&format) {
            Some(output) => conversation.output = output,
            None => rest.push("outputConfig.textFormat", Json::of(&format)),
        }
    }
}

/// A form of the answer that the neutral form knows. The schema is JSON in a text.
fn schema(format: &TextFormat) -> Option<OutputFormat> {
    let structure = format.structure.as_ref()?;
    let form = structure.json_schema.as_ref()?;
    let plain = format.rest.is_empty() && structure.rest.is_empty() && form.rest.is_empty();
    let SchemaForm { schema, name, description, .. } = form.clone();
    let schema = Json::parse(&schema?).ok()?;
    (plain && format.kind.as_deref() == Some("json_schema")).then_some(OutputFormat::JsonSchema {
        name,
        schema,
        strict: None,
        description,
    })
}

/// The fields that only the model's vendor knows. Those of Anthropic have a neutral form.
pub(super) fn additional(fields: Json, conversation: &mut Conversation, rest: &mut Rest) {
    let object: Option<serde_json::Map<String, serde_json::Value>> = fields.read().ok();
    let Some(object) = object else {
        rest.push("additionalModelRequestFields", fields);
        return;
    };
    note_empty(rest, "additionalModelRequestFields", object.is_empty());
    for (name, value) in object {
        let known = match name.as_str() {
            "thinking" => thinking(&Json::of(&value), conversation),
            "top_k" => {
                conversation.sampling.top_k = value.as_u64();
                value.is_u64()
            }
            _ => false,
        };
        if !known {
            rest.push(format!("additionalModelRequestFields.{name}"), Json::of(&value));
        }
    }
}

/// Reads Anthropic's `thinking`; whether it was one.
fn thinking(value: &Json, conversation: &mut Conversation) -> bool {
    let Ok(config) = value.read::<ThinkingConfig>() else { return false };
    let mode = match (config.kind.as_deref(), config.budget_tokens) {
        (Some("adaptive"), None) => ReasoningMode::Adaptive,
        (Some("disabled"), None) => ReasoningMode::Disabled,
        (Some("enabled"), Some(budget)) => ReasoningMode::Budget(budget),
        _ => return false,
    };
    let effort = conversation.reasoning.take().and_then(|reasoning| reasoning.effort);
    let extra = Extra::new(DIALECT, config.rest);
    conversation.reasoning = Some(Reasoning { mode, effort, summary: config.display, extra });
    true
}
