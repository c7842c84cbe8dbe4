//! What is odd about a provider, as plain data.

use std::borrow::Cow;

use crate::pattern;

/// What is odd about a provider. Model lists hold patterns in which `*` stands for any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quirks {
    /// Whether a chat stream may be asked for usage (`stream_options.include_usage`).
    pub stream_usage_option: bool,
    /// Whether chat takes the role `developer`; where not, it becomes `system`.
    pub developer_role: bool,
    /// Models that want `max_completion_tokens` instead of `max_tokens`.
    pub max_completion_tokens: &'static [&'static str],
    /// Models that refuse `temperature`, `top_p` and penalties.
    pub fixed_sampling: &'static [&'static str],
    /// Models that take a reasoning effort.
    pub reasoning_effort: &'static [&'static str],
    /// Whether earlier turns' `reasoning_content` is sent back in chat.
    pub reasoning_content_history: bool,
    /// Whether chat takes Anthropic's `cache_control` marks, and acts on them.
    pub cache_control: bool,
    /// Whether chat takes instructions in mid-conversation; some local models' templates refuse them.
    pub late_system: bool,
    /// The token limit that is sent when the client sent none and the dialect demands one.
    pub default_max_tokens: u64,
    /// The most that some models write; the first that matches counts. Their vendor refuses requests that
    /// allow more.
    pub max_tokens_caps: &'static [(&'static str, u64)],
    /// Models that answer on Responses only, whatever the client speaks.
    pub responses_only: &'static [&'static str],
    /// Models that do better on Responses when the request is translated anyway.
    pub responses_preferred: &'static [&'static str],
    /// Whether the provider keeps responses, so that it knows a `previous_response_id`.
    pub stored_responses: bool,
    /// What other vendors' names become when nobody chose a model, first match first. A name that the user
    /// configured or wrote with the provider's is never looked up here; `*` stands for the name, and alone keeps it
    /// as it is.
    pub model_map: &'static [(&'static str, &'static str)],
    /// Models whose release date stands behind an `@` rather than a hyphen: `claude-sonnet-4-5@20250929`.
    pub dates_behind_at: &'static [&'static str],
    /// Whether model names go up in lower case.
    pub lowercase_models: bool,
}

impl Quirks {
    /// Nothing odd.
    pub const NONE: Self = Self {
        stream_usage_option: true,
        developer_role: false,
        max_completion_tokens: &[],
        fixed_sampling: &[],
        reasoning_effort: &[],
        reasoning_content_history: false,
        cache_control: false,
        late_system: true,
        default_max_tokens: 16_384,
        max_tokens_caps: &[],
        responses_only: &[],
        responses_preferred: &[],
        stored_responses: false,
        model_map: &[],
        dates_behind_at: &[],
        lowercase_models: false,
    };

    /// The token limit for a request that has none.
    pub fn max_tokens_for(&self, model: &str) -> u64 {
        self.most_tokens_of(model).map_or(self.default_max_tokens, |cap| self.default_max_tokens.min(cap))
    }

    /// The most that a model writes, where the vendor refuses requests that allow more.
    pub fn most_tokens_of(&self, model: &str) -> Option<u64> {
        let cap = self.max_tokens_caps.iter().find(|(pattern, _)| pattern::matches(pattern, model));
        cap.map(|(_, cap)| *cap)
    }

    /// Whether chat wants `max_completion_tokens` for this model.
    pub fn wants_max_completion_tokens(&self, model: &str) -> bool {
        pattern::any_matches(self.max_completion_tokens, model)
    }

    /// Whether this model refuses sampling settings.
    pub fn has_fixed_sampling(&self, model: &str) -> bool {
        pattern::any_matches(self.fixed_sampling, model)
    }

    /// Whether this model takes a reasoning effort.
    pub fn takes_reasoning_effort(&self, model: &str) -> bool {
        pattern::any_matches(self.reasoning_effort, model)
    }

    /// What another vendor's model name becomes, if the provider has a counterpart.
    pub(crate) fn counterpart<'a>(&self, model: &'a str) -> Option<Cow<'a, str>> {
        counterpart(self.model_map, model)
    }

    /// A model name as the provider spells it.
    pub(crate) fn spelled(&self, model: String) -> String {
        let model = if self.lowercase_models { model.to_ascii_lowercase() } else { model };
        if pattern::any_matches(self.dates_behind_at, &model) { date_behind_at(&model) } else { model }
    }
}

/// The name with its release date behind an `@`, and without what only the vendor's own API understands.
fn date_behind_at(model: &str) -> String {
    let model = without_marks(model);
    let dated = model
        .rsplit_once('-')
        .filter(|(_, date)| date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()));
    dated.map_or_else(|| model.to_owned(), |(name, date)| format!("{name}@{date}"))
}

/// What a table of counterparts makes of another vendor's model name.
pub(crate) fn counterpart<'a>(map: &[(&'static str, &'static str)], model: &'a str) -> Option<Cow<'a, str>> {
    let (_, own) = map.iter().find(|(pattern, _)| pattern::matches(pattern, model))?;
    Some(match *own {
        "*" => model.into(),
        own if own.contains('*') => own.replace('*', without_marks(model)).into(),
        own => own.into(),
    })
}

/// The name without what only the vendor's own API and its client understand.
fn without_marks(model: &str) -> &str {
    let model = model.strip_suffix("[1m]").unwrap_or(model);
    model.strip_suffix("-latest").unwrap_or(model)
}

#[cfg(test)]
mod tests;
