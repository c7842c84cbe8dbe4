//! What there is to say about a provider, as plain data.

use std::fmt;

use lynkr_config::Setting;
use lynkr_protocol::Dialect;

use crate::api::Apis;
use crate::detection::Probe;
use crate::embeddings::Embeddings;
use crate::endpoint::{Endpoint, Layout};
use crate::project::CloudProject;
use crate::quirks::Quirks;
use crate::region::CloudRegions;

/// How a provider wants to be shown a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthScheme {
    /// `x-api-key: …`; a caller's `authorization: Bearer …` is understood as well.
    XApiKey,
    /// `authorization: Bearer …`.
    Bearer,
    /// `x-api-key: …` in Anthropic Messages, `authorization: Bearer …` elsewhere.
    ByDialect,
    /// A key in the header of this name, a Microsoft Entra token as `authorization: Bearer …`.
    Azure(&'static str),
    /// `x-goog-api-key: …`.
    GoogleApiKey,
    /// A key as `authorization: Bearer …`; without one, each request is signed (Signature Version 4) with what
    /// AWS's own chain of credentials finds.
    Aws,
    /// A key as `x-goog-api-key: …`; without one, an access token of Google's application-default credentials.
    Google,
    /// Not at all.
    None,
}

impl AuthScheme {
    /// The scheme in a dialect.
    pub(crate) fn within(self, dialect: Dialect) -> Self {
        match (self, dialect) {
            (Self::ByDialect, Dialect::Anthropic) => Self::XApiKey,
            (Self::ByDialect, _) => Self::Bearer,
            (scheme, _) => scheme,
        }
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

/// What model names are like in one part of a provider's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// The marker of the layout.
    pub marker: &'static str,
    /// What the names begin with there.
    pub families: &'static [&'static str],
    /// What names begin with that belong there only where the configured model is of the same family, or where
    /// none is: a client's Claude is a Claude, unless the user chose something else for it.
    pub siblings: &'static [&'static str],
    /// What other vendors' names become there; see [`Quirks::model_map`].
    pub model_map: &'static [(&'static str, &'static str)],
}

/// A provider of models.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// The name used in configuration, model names, logs and documents.
    pub name: &'static str,
    /// The provider that this one is a copy of, where the operator gave it a name of its own.
    pub kind: Option<&'static str>,
    /// Other names that are understood.
    pub aliases: &'static [&'static str],
    /// The name for people.
    pub title: &'static str,
    /// The settings that it reads.
    pub settings: &'static [Setting],
    /// The setting that holds its endpoint, unless it has none.
    pub endpoint_env: Option<&'static str>,
    /// Other settings that hold its endpoint, in order, where that one doesn't: names that other programs use.
    pub endpoint_aliases: &'static [&'static str],
    /// The setting that holds a path below that endpoint, if there is one.
    pub endpoint_path_env: Option<&'static str>,
    /// What an endpoint looks like, for who has to give one.
    pub endpoint_example: &'static str,
    /// The API's root when no endpoint is configured; `None` means that one must be.
    pub default_base: Option<&'static str>,
    /// The setting that holds its key, if it takes one.
    pub key_env: Option<&'static str>,
    /// Other settings that hold its key, in order, where that one doesn't: names that other programs use as well.
    pub key_aliases: &'static [&'static str],
    /// How it is reached through a customer's project of a cloud, if it can be.
    pub project: Option<CloudProject>,
    /// How it is spread over the regions of a cloud, if it has a host in each.
    pub regions: Option<CloudRegions>,
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
    /// Parts of its API with other dialects; the first whose marker the endpoint holds is meant.
    pub layouts: &'static [Layout],
    /// Where its models are listed, if they are.
    pub models_path: Option<&'static str>,
    /// What answers to good keys only, where the list of models is given to anybody.
    pub key_check_path: Option<&'static str>,
    /// How it makes embeddings, if it does.
    pub embeddings: Option<Embeddings>,
    /// What else of its API passes through.
    pub apis: Apis,
    /// Whether it counts tokens (Anthropic's form, below the path of its messages).
    pub counts_tokens: bool,
    /// Whether it keeps conversations that Anthropic's `thread` names.
    pub keeps_threads: bool,
    /// The provider of the same vendor that serves its subscribers, if they have a host of their own.
    pub subscribers: Option<&'static str>,
    /// The vendor's own hosts, which its keys are for. Only `https` on the usual port counts. `*.` stands for
    /// the name of a customer, whose host it then is as well.
    pub vendor_hosts: &'static [&'static str],
    /// What the vendor's model names begin with.
    pub families: &'static [&'static str],
    /// Whether *every* model of the vendor's own hosts begins so.
    pub families_complete: bool,
    /// Parts of its API whose model names are others.
    pub names: &'static [Names],
    /// What its model names look like.
    pub model_names: ModelNames,
    /// Settings that are sent as a header, with the header's name. They belong to the configured key.
    pub header_settings: &'static [(&'static str, &'static str)],
    /// The setting that holds the `api-version` of URLs that want one.
    pub api_version_env: Option<&'static str>,
    /// The setting that holds the `anthropic-version` for clients that send none.
    pub anthropic_version_env: Option<&'static str>,
    /// The setting that holds how many requests may be under way at once.
    pub max_concurrent_env: Option<&'static str>,
    /// The setting that holds how long it may take to begin its answer, and for the whole of one that isn't streamed.
    pub timeout_env: Option<&'static str>,
    /// The setting that holds the reasoning effort for clients that ask for none.
    pub reasoning_effort_env: Option<&'static str>,
    /// Headers of the client that mean something to this provider in every dialect.
    pub own_headers: &'static [&'static str],
    /// How it is recognised on this machine, if it runs locally.
    pub local_probe: Option<Probe>,
    /// What is odd about it.
    pub quirks: Quirks,
    /// A sentence for the generated document.
    pub notes: &'static str,
}

impl Provider {
    /// What a provider's file starts from, so that it names only what is its own.
    pub(crate) const BLANK: Self = Self {
        name: "",
        kind: None,
        aliases: &[],
        title: "",
        settings: &[],
        endpoint_env: None,
        endpoint_aliases: &[],
        endpoint_path_env: None,
        endpoint_example: "http://127.0.0.1:8000/v1",
        default_base: None,
        key_env: None,
        key_aliases: &[],
        project: None,
        regions: None,
        key_required: false,
        auth: AuthScheme::Bearer,
        model_env: None,
        default_model: "",
        dialects: &[],
        layouts: &[],
        models_path: Some("/v1/models"),
        key_check_path: None,
        embeddings: None,
        apis: Apis::NONE,
        counts_tokens: false,
        keeps_threads: false,
        subscribers: None,
        vendor_hosts: &[],
        families: &[],
        families_complete: false,
        names: &[],
        model_names: ModelNames::Plain,
        header_settings: &[],
        api_version_env: None,
        anthropic_version_env: None,
        max_concurrent_env: None,
        timeout_env: None,
        reasoning_effort_env: None,
        own_headers: &[],
        local_probe: None,
        quirks: Quirks::NONE,
        notes: "",
    };

    /// The name of the table whose rules hold for it: its own, unless it is a copy.
    pub fn kind_name(&self) -> &'static str {
        self.kind.unwrap_or(self.name)
    }

    /// Whether a name is this provider's, in any case, and with `_` for `-`. A name that the operator chose holds
    /// exactly what it holds.
    pub fn is_called(&self, name: &str) -> bool {
        let spelled = if self.kind.is_none() { name.replace('_', "-") } else { name.to_owned() };
        let is_own = |own: &&str| own.eq_ignore_ascii_case(name) || own.eq_ignore_ascii_case(&spelled);
        std::iter::once(&self.name).chain(self.aliases).any(is_own)
    }

    /// The settings that hold its key, in order.
    pub fn key_envs(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.key_env.into_iter().chain(self.key_aliases.iter().copied())
    }

    /// Whether it counts tokens, in whatever dialect.
    pub(crate) fn has_counter(&self) -> bool {
        let layouts = self.layouts.iter().flat_map(|layout| layout.dialects);
        self.counts_tokens
            || self.dialects.iter().chain(layouts).any(|endpoint| endpoint.count_path.is_some())
    }

    /// The settings that hold its endpoint, in order.
    pub fn endpoint_envs(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.endpoint_env.into_iter().chain(self.endpoint_aliases.iter().copied())
    }

    /// Whether a model name begins as the vendor's do.
    pub fn has_family(&self, model: &str) -> bool {
        self.families.iter().any(|family| model.starts_with(family))
    }

    /// Where a dialect is spoken in the whole of its API, if it is at all.
    pub fn endpoint(&self, dialect: Dialect) -> Option<&'static Endpoint> {
        self.dialects.iter().find(|endpoint| endpoint.dialect == dialect)
    }

    /// Whether a dialect is spoken in any part of its API.
    pub(crate) fn speaks(&self, dialect: Dialect) -> bool {
        let parts = self.layouts.iter().flat_map(|layout| layout.dialects);
        self.dialects.iter().chain(parts).any(|endpoint| endpoint.dialect == dialect)
    }
}

/// The name says it all; the table is in the source.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.name)
    }
}
