//! Names under which Claude Code shows other vendors' models.
//!
//! Claude Code lists the models of a gateway, but only shows those whose name begins with `claude` or `anthropic`
//! (newer ones: holds it); see "Model discovery" in the Claude Code gateway compatibility guide. So every other
//! model is listed to it under a name that begins so, and that name stands for the model wherever a model can be
//! named.

/// What such a name begins with.
const PREFIX: &str = "claude-lynkr-";

/// What a name has to begin with to be shown as it is.
const SHOWN: &[&str] = &["anthropic", "claude"];

/// The name under which Claude Code shows a model, if it wouldn't show the model's own.
pub fn shown_name(model: &str) -> Option<String> {
    let lower = model.to_ascii_lowercase();
    let is_shown = SHOWN.iter().any(|beginning| lower.starts_with(beginning));
    (!is_shown).then(|| format!("{PREFIX}{model}"))
}

/// The model that a shown name stands for.
pub fn meant_by(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX).filter(|model| !model.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_shown_and_leads_back() {
        for model in ["gpt-5", "openai/gpt-4o-mini", "qwen3:latest", "us.anthropic.claude-sonnet-4-5", "é"] {
            let shown = shown_name(model).unwrap();
            assert!(shown.starts_with("claude"), "{shown}");
            assert_eq!(meant_by(&shown), Some(model));
        }
        for model in ["claude-sonnet-4-5", "anthropic/claude-sonnet-4.5", "Claude-3"] {
            assert_eq!(shown_name(model), None);
            assert_eq!(meant_by(model), None);
        }
        assert_eq!(meant_by("claude-lynkr-"), None);
    }
}
