//! What there is to say about a provider, as plain data.

use std::fmt;

use lynkr_config::Setting;
use lynkr_protocol::Dialect;

use crate::detection::Probe;
use crate::pattern;

/// How a provider wants to be shown a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthScheme {
    /// `x-api-key: …`; a caller's `authorization: Bearer …` is understood as well.
    XApiKey,
    /// `authorization: Bearer …`.
    Bearer,
    /// Not at all.
    None,
}

/// When a provider can be spoken to in a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Whenever it is there.
    Always,
    /// Only when the configured endpoint is this dialect's full path: not every server of the kind has it.
    WhenPinned,
    /// Since a version of the server; the gateway asks for the version beforehand.
    Since(Version),
}

/// A dialect that a provider speaks, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The dialect.
    pub dialect: Dialect,
    /// The path below the API's root, version included: `/v1/messages`.
    pub path: &'static str,
    /// When it can be used.
    pub offer: Offer,
}

impl Endpoint {
    /// A dialect that can always be used.
    pub const fn always(dialect: Dialect, path: &'static str) -> Self {
        Self { dialect, path, offer: Offer::Always }
    }
}

/// A server's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads `0.14.1`, `v0.14` or `0.14.0-rc1`; what follows the numbers is not looked at.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.split('.').map(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().ok()
        });
        let major = parts.next()??;
        let minor = parts.next().unwrap_or(Some(0))?;
        let patch = parts.next().unwrap_or(Some(0))?;
        Some(Self(major, minor, patch))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What a provider's model names look like; decides whether `openai/gpt-4o` names a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelNames {
    /// Without a slash: what stands before one is a provider.
    Plain,
    /// Always `vendor/model`: such a name is the provider's own.
    Slashed,
    /// Anything: a name is the provider's own if it is on its list, or if it has no list.
    Served,
    /// Any name is its own.
    Any,
}

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
    /// The most that some models write; the first that matches counts. Their vendor refuses requests that allow more.
    pub max_tokens_caps: &'static [(&'static str, u64)],
    /// Models that answer on Responses only, whatever the client speaks.
    pub responses_only: &'static [&'static str],
    /// Models that do better on Responses when the request is translated anyway.
    pub responses_preferred: &'static [&'static str],
    /// Whether the provider keeps responses, so that it knows a `previous_response_id`.
    pub stored_responses: bool,
}

/// A provider of models.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// The name used in configuration, model names, logs and documents.
    pub name: &'static str,
    /// Other names that are understood.
    pub aliases: &'static [&'static str],
    /// The name for people.
    pub title: &'static str,
    /// The settings that it reads.
    pub settings: &'static [Setting],
    /// The setting that holds its endpoint, unless it has none.
    pub endpoint_env: Option<&'static str>,
    /// The API's root when no endpoint is configured; `None` means that one must be.
    pub default_base: Option<&'static str>,
    /// The setting that holds its key, if it takes one.
    pub key_env: Option<&'static str>,
    /// Whether its own hosts refuse to answer without a credential.
    pub key_required: bool,
    /// How the key is shown.
    pub auth: AuthScheme,
    /// The setting that holds its default model, unless it has none.
    pub model_env: Option<&'static str>,
    /// The model that is used when nothing else says which.
    pub default_model: &'static str,
    /// The dialects that it speaks, in order of preference.
    pub dialects: &'static [Endpoint],
    /// Where its models are listed.
    pub models_path: &'static str,
    /// Where it counts tokens, if it does (Anthropic's form).
    pub count_tokens_path: Option<&'static str>,
    /// The vendor's own hosts, which its keys are for. Only `https` on the usual port counts.
    pub vendor_hosts: &'static [&'static str],
    /// What the vendor's model names begin with.
    pub families: &'static [&'static str],
    /// Whether *every* model of the vendor's own hosts begins so.
    pub families_complete: bool,
    /// What its model names look like.
    pub model_names: ModelNames,
    /// Settings that are sent as a header, with the header's name. They belong to the configured key.
    pub header_settings: &'static [(&'static str, &'static str)],
    /// Headers of the client that mean something to this provider in every dialect.
    pub own_headers: &'static [&'static str],
    /// How it is recognised on this machine, if it runs locally.
    pub local_probe: Option<Probe>,
    /// What is odd about it.
    pub quirks: Quirks,
    /// A sentence for the generated document.
    pub notes: &'static str,
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
}

impl Provider {
    /// What a provider's file starts from, so that it names only what is its own.
    pub(crate) const BLANK: Self = Self {
        name: "",
        aliases: &[],
        title: "",
        settings: &[],
        endpoint_env: None,
        default_base: None,
        key_env: None,
        key_required: false,
        auth: AuthScheme::Bearer,
        model_env: None,
        default_model: "",
        dialects: &[],
        models_path: "/v1/models",
        count_tokens_path: None,
        vendor_hosts: &[],
        families: &[],
        families_complete: false,
        model_names: ModelNames::Plain,
        header_settings: &[],
        own_headers: &[],
        local_probe: None,
        quirks: Quirks::NONE,
        notes: "",
    };

    /// Whether a name is this provider's, in any case.
    pub fn is_called(&self, name: &str) -> bool {
        std::iter::once(&self.name).chain(self.aliases).any(|own| own.eq_ignore_ascii_case(name))
    }

    /// Whether a model name begins as the vendor's do.
    pub fn has_family(&self, model: &str) -> bool {
        self.families.iter().any(|family| model.starts_with(family))
    }

    /// Where a dialect is spoken, if it is at all.
    pub fn endpoint(&self, dialect: Dialect) -> Option<&'static Endpoint> {
        self.dialects.iter().find(|endpoint| endpoint.dialect == dialect)
    }
}

/// The name says it all; the table is in the source.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.name)
    }
}

#[cfg(test)]
mod tests;
