//! From the settings of a named provider to its table.

use lynkr_config::{Kind, Problem, SETTINGS, Setting, Values, nearest};
use lynkr_protocol::Dialect;

use super::{intern, is_variable, path_of};
use crate::embeddings::Embeddings;
use crate::endpoint::{Endpoint, Layout, Offer};
use crate::project::CloudProject;
use crate::provider::{AuthScheme, Provider};
use crate::quirks::Quirks;
use crate::region::CloudRegions;
use crate::registry::{PROVIDERS, provider_named, settings_tables};

/// What a dialect may be called in the file.
const DIALECTS: &[(&[&str], Dialect)] = &[
    (&["anthropic", "messages"], Dialect::Anthropic),
    (&["openai_chat", "openai-chat", "chat"], Dialect::OpenAiChat),
    (&["openai_responses", "openai-responses", "responses"], Dialect::OpenAiResponses),
    (&["ollama"], Dialect::Ollama),
    (&["gemini"], Dialect::Gemini),
];

/// Kinds that any server can be, and so speak any of these.
const COMPATIBLE: &[&str] = &["anthropic-compatible", "openai-compatible"];
const COMPATIBLE_ENDPOINTS: &[Endpoint] = &[
    Endpoint::always(Dialect::Anthropic, "/v1/messages"),
    Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
    Endpoint::always(Dialect::OpenAiResponses, "/v1/responses"),
];

pub(super) struct Builder<'a> {
    pub(super) name: &'static str,
    pub(super) values: &'a Values,
}

/// The dialects of a provider, and how it is shown a key in them.
struct Spoken {
    dialects: &'static [Endpoint],
    layouts: &'static [Layout],
    auth: AuthScheme,
}

impl Builder<'_> {
    /// A copy of the kind's table with this provider's settings in the place of the kind's.
    pub(super) fn build(&self) -> Result<Provider, Vec<Problem>> {
        let kind = self.kind().map_err(|problem| vec![problem])?;
        let (key_env, spoken) = match (self.key_env(), self.spoken(kind)) {
            (Ok(key_env), Ok(spoken)) => (key_env, spoken),
            (key_env, spoken) => return Err([key_env.err(), spoken.err()].into_iter().flatten().collect()),
        };
        Ok(Provider {
            name: self.name,
            kind: Some(kind.name),
            aliases: &[],
            title: intern::text(format!("{} ({})", self.name, kind.title)),
            settings: &[],
            endpoint_env: Some(self.path("endpoint")),
            endpoint_path_env: None,
            key_env: Some(key_env),
            key_aliases: &[],
            endpoint_aliases: &[],
            // Its endpoint names the region itself.
            regions: kind.regions.map(|cloud| CloudRegions { envs: &[], ..cloud }),
            // Its endpoint names the project itself.
            project: kind.project.map(|cloud| CloudProject {
                project_envs: &[],
                location_envs: &[],
                ..cloud
            }),
            auth: spoken.auth,
            model_env: Some(self.path("model")),
            dialects: spoken.dialects,
            layouts: spoken.layouts,
            // The kind's other settings are another provider's.
            embeddings: kind.embeddings.map(|own| Embeddings { model_env: None, endpoint_env: None, ..own }),
            header_settings: &[],
            api_version_env: None,
            anthropic_version_env: None,
            max_concurrent_env: Some(self.path("max_concurrent")),
            timeout_env: Some(self.path("timeout")),
            reasoning_effort_env: None,
            local_probe: None,
            quirks: self.quirks(kind),
            ..*kind
        })
    }

    fn path(&self, field: &str) -> &'static str {
        intern::text(path_of(self.name, field))
    }

    fn kind(&self) -> Result<&'static Provider, Problem> {
        let path = path_of(self.name, "kind");
        let kinds = || PROVIDERS.iter().filter(|kind| kind.endpoint_env.is_some()).map(|kind| kind.name);
        let Some(text) = self.values.text(&path) else {
            return Err(Problem::error(path, "must be set").with_hint(
                "`openai-compatible` and `anthropic-compatible` are any server that speaks like those vendors",
            ));
        };
        let kind = provider_named(text).filter(|kind| kind.endpoint_env.is_some());
        kind.ok_or_else(|| {
            let names: Vec<&str> = kinds().collect();
            let message =
                format!("is `{text}`, which is no kind of provider; there are {}", names.join(", "));
            let problem = Problem::error(path, message);
            match nearest(text, kinds()) {
                Some(near) => problem.with_hint(format!("did you mean {near}?")),
                None => problem,
            }
        })
    }

    /// The setting that holds the key: the variable that was named, if one was.
    fn key_env(&self) -> Result<&'static str, Problem> {
        let path = path_of(self.name, "api_key_env");
        let Some(variable) = self.values.text(&path) else { return Ok(self.path("api_key")) };
        if !is_variable(variable) {
            let problem = Problem::error(path, "is no name of a variable");
            return Err(problem.with_hint("it takes the name; the key itself goes into `api_key`"));
        }
        let tables = settings_tables();
        let mut known = tables.iter().copied().chain([SETTINGS]).flatten();
        match known.find(|setting| setting.env == variable) {
            Some(Setting { kind: Kind::Secret, env, .. }) => Ok(env),
            Some(_) => Err(Problem::error(path, format!("names {variable}, which is a setting but no key"))),
            None => Ok(intern::text(variable.to_owned())),
        }
    }

    fn spoken(&self, kind: &'static Provider) -> Result<Spoken, Problem> {
        let path = path_of(self.name, "dialects");
        let mut wanted = Vec::new();
        for word in self.values.list(&path) {
            let known =
                DIALECTS.iter().find(|(names, _)| names.contains(&word.to_ascii_lowercase().as_str()));
            let (_, dialect) = known.ok_or_else(|| {
                let names: Vec<&str> =
                    DIALECTS.iter().filter_map(|(names, _)| names.first().copied()).collect();
                let message = format!("holds `{word}`, which is no dialect; there are {}", names.join(", "));
                Problem::error(&path, message)
            })?;
            wanted.push(*dialect);
        }
        if wanted.is_empty() {
            return Ok(Spoken { dialects: kind.dialects, layouts: kind.layouts, auth: self.auth(kind.auth) });
        }
        let is_compatible = COMPATIBLE.contains(&kind.name);
        let offered = if is_compatible { COMPATIBLE_ENDPOINTS } else { kind.dialects };
        let layouts = kind
            .layouts
            .iter()
            .map(|layout| Layout { dialects: chosen(layout.dialects, &wanted), ..*layout });
        let layouts: Vec<Layout> = layouts.filter(|layout| !layout.dialects.is_empty()).collect();
        let is_offered = |dialect: &Dialect| {
            let everywhere = layouts.iter().flat_map(|layout| layout.dialects).chain(offered);
            everywhere.into_iter().any(|endpoint| endpoint.dialect == *dialect)
        };
        if let Some(missing) = wanted.iter().find(|dialect| !is_offered(dialect)) {
            let message = format!("holds `{missing}`, which {} doesn't speak", kind.title);
            return Err(Problem::error(path, message));
        }
        // Each dialect has its own way of showing a key, unless the server is the vendor's.
        let auth = if is_compatible { AuthScheme::ByDialect } else { kind.auth };
        Ok(Spoken {
            dialects: chosen(offered, &wanted),
            layouts: intern::layouts(layouts),
            auth: self.auth(auth),
        })
    }

    /// A server that wants no key of itself may stand behind one that does.
    fn auth(&self, auth: AuthScheme) -> AuthScheme {
        let has_key = ["api_key", "api_key_env"].iter().any(|field| self.is_set(field));
        if auth == AuthScheme::None && has_key { AuthScheme::Bearer } else { auth }
    }

    fn quirks(&self, kind: &Provider) -> Quirks {
        let own = kind.quirks;
        let switch = |field: &str, usual: bool| {
            if self.is_set(field) { self.values.bool(&path_of(self.name, field)) } else { usual }
        };
        let limit = self.values.integer(&path_of(self.name, "max_tokens"));
        Quirks {
            stream_usage_option: switch("stream_usage", own.stream_usage_option),
            developer_role: switch("developer_role", own.developer_role),
            late_system: switch("late_system", own.late_system),
            cache_control: switch("cache_control", own.cache_control),
            reasoning_content_history: switch("reasoning_content", own.reasoning_content_history),
            default_max_tokens: if limit == 0 { own.default_max_tokens } else { limit },
            reasoning_effort: self.patterns("reasoning_effort", own.reasoning_effort),
            max_completion_tokens: self.patterns("max_completion_tokens", own.max_completion_tokens),
            ..own
        }
    }

    fn patterns(&self, field: &str, usual: &'static [&'static str]) -> &'static [&'static str] {
        if !self.is_set(field) {
            return usual;
        }
        let patterns = self.values.list(&path_of(self.name, field)).iter().cloned().map(intern::text);
        intern::texts(patterns.collect())
    }

    fn is_set(&self, field: &str) -> bool {
        self.values.source(&path_of(self.name, field)).is_some()
    }
}

/// The endpoints of the wanted dialects, in the order in which they are wanted. Whoever names a dialect knows
/// that the server speaks it.
fn chosen(offered: &[Endpoint], wanted: &[Dialect]) -> &'static [Endpoint] {
    let endpoint = |dialect: &Dialect| offered.iter().find(|endpoint| endpoint.dialect == *dialect).copied();
    let known = |endpoint: Endpoint| match endpoint.offer {
        Offer::WhenPinned | Offer::Since(_) => Endpoint { offer: Offer::Always, ..endpoint },
        Offer::Always | Offer::ForModels(_) | Offer::ExceptModels(_) => endpoint,
    };
    intern::endpoints(wanted.iter().filter_map(endpoint).map(known).collect())
}
