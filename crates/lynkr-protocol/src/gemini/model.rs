//! What a model's name tells of what it takes.

/// A model's generation, `major * 10 + minor`: 25 for Gemini 2.5. Names without a number
/// (`gemini-flash-latest`) are the newest.
pub(super) fn generation(model: &str) -> u64 {
    const NEWEST: u64 = 30;
    let name = model.rsplit('/').next().unwrap_or(model);
    let Some(number) = name.strip_prefix("gemini-") else { return NEWEST };
    let digits: String = number.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let mut parts = digits.split('.');
    let part = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
    match part(parts.next()) {
        Some(major) => major.saturating_mul(10).saturating_add(part(parts.next()).unwrap_or(0).min(9)),
        None => NEWEST,
    }
}

/// Whether the model reasons.
pub(super) fn reasons(model: &str) -> bool {
    generation(model) >= 25 && !model.contains("gemma")
}

/// Whether the model takes JSON Schema, rather than the subset of OpenAPI alone.
pub(super) fn takes_json_schema(model: &str) -> bool {
    generation(model) >= 25
}

/// Whether reasoning is set by level rather than by budget, and calls must carry signatures.
pub(super) fn has_levels(model: &str) -> bool {
    generation(model) >= 30
}

/// Whether the model is of the larger kind, which can't stop reasoning.
pub(super) fn is_pro(model: &str) -> bool {
    model.contains("-pro")
}
