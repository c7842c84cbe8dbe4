//! One entry of `model_list`.

use lynkr_config::Inputs;
use lynkr_providers::{PROVIDERS, Provider, provider_named};
use serde_json::{Map, Value, json};

use super::vendors::{Vendor, usual_variable, vendor};
use super::{resolved, variable};
use crate::commands::init::import::Import;
use crate::commands::init::import::servers::{
    Account, Accounts, Key, endpoint_for, host_of, provider_at, takes_no_key,
};

/// A million tokens.
const MILLION: f64 = 1e6;

/// Parameters with a counterpart, which are read elsewhere.
const READ: &[&str] = &[
    "api_base",
    "api_key",
    "api_version",
    "aws_bedrock_runtime_endpoint",
    "aws_region_name",
    "base_url",
    "custom_llm_provider",
    "input_cost_per_token",
    "model",
    "organization",
    "output_cost_per_token",
    "vertex_location",
    "vertex_project",
];

/// Parameters that need none, or have none, with the reason.
const OTHERS: &[(&str, bool, &str)] = &[
    ("drop_params", true, "what a provider can't take is left out and receipted"),
    ("use_in_pass_through", true, "requests in a provider's own dialect pass as they are"),
    (
        "rpm",
        false,
        "providers have no rate limits here; keys have (`lynkr keys create --requests-per-minute`)",
    ),
    ("tpm", false, "providers have no rate limits here; keys have (`lynkr keys create --tokens-per-minute`)"),
    ("weight", false, "load isn't balanced between deployments"),
    ("order", false, "load isn't balanced between deployments; a tier's list has an order"),
    ("max_parallel_requests", false, "set `max_concurrent` of a provider in lynkr.toml"),
    ("timeout", false, "set `timeout` of a provider in lynkr.toml, or LYNKR_ANSWER_TIMEOUT_MS"),
    ("stream_timeout", false, "set LYNKR_STREAM_IDLE_TIMEOUT_MS"),
    ("extra_headers", false, "set `headers` of a provider in lynkr.toml"),
    ("vertex_credentials", false, "Google's application-default credentials are used"),
    ("aws_access_key_id", false, "AWS's own chain of credentials is used: the environment, ~/.aws, roles"),
    (
        "aws_secret_access_key",
        false,
        "AWS's own chain of credentials is used: the environment, ~/.aws, roles",
    ),
    ("aws_session_token", false, "AWS's own chain of credentials is used: the environment, ~/.aws, roles"),
    ("aws_profile_name", false, "AWS's own chain of credentials is used: set AWS_PROFILE in the environment"),
    ("aws_role_name", false, "AWS's own chain of credentials is used: name the role in ~/.aws/config"),
];

/// What it says.
pub(super) struct Deployment<'a> {
    /// The name that clients use.
    pub(super) public: String,
    parameters: &'a Map<String, Value>,
    about: Option<&'a Map<String, Value>>,
    /// What stands before the model's name.
    prefix: String,
    /// The model's name behind it.
    model: String,
}

impl<'a> Deployment<'a> {
    pub(super) fn read(entry: &'a Value) -> Result<Self, String> {
        let entry = entry.as_object().ok_or("is no mapping")?;
        let parameters =
            entry.get("litellm_params").and_then(Value::as_object).ok_or("has no `litellm_params`")?;
        let model = parameters.get("model").and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if model.is_empty() {
            return Err("its `litellm_params` name no `model`".to_owned());
        }
        let public = entry.get("model_name").and_then(Value::as_str).map_or(model, str::trim);
        let said = parameters.get("custom_llm_provider").and_then(Value::as_str);
        let (prefix, name) = match (said, model.split_once('/')) {
            (Some(said), Some((prefix, name))) if prefix == said => (said.to_owned(), name),
            (Some(said), _) => (said.to_owned(), model),
            (None, Some((prefix, name))) if vendor(prefix).is_some() => (prefix.to_owned(), name),
            (None, _) => (family(model).unwrap_or_default().to_owned(), model),
        };
        let about = entry.get("model_info").and_then(Value::as_object);
        let name = name.trim_start_matches("converse/").trim_start_matches("invoke/");
        Ok(Self { public: public.to_owned(), parameters, about, prefix, model: name.to_owned() })
    }

    fn text(&self, names: &[&str]) -> Option<&'a str> {
        let value = names.iter().find_map(|name| self.parameters.get(*name)?.as_str());
        value.map(str::trim).filter(|text| !text.is_empty())
    }

    /// What the model is for, as far as the file says.
    pub(super) fn mode(&self) -> &'a str {
        self.about.and_then(|about| about.get("mode")?.as_str()).unwrap_or_default()
    }

    /// The model here, `provider:model`; the provider is set up where it wasn't yet. `process` is the environment without
    /// what the file itself defines.
    pub(super) fn resolve(
        &self,
        import: &mut Import,
        accounts: &mut Accounts,
        inputs: &Inputs,
        process: &Inputs,
    ) -> Result<String, String> {
        // What the process has stays there; what the file defines is written.
        let key_in = |name: &str| match inputs.environment.get(name) {
            Some(key) if !process.environment.contains_key(name) => Key::text(key),
            _ => Key::Variable(name.to_owned()),
        };
        let base =
            match self.text(&["api_base", "base_url"]) {
                Some(text) => {
                    let said = variable(text).unwrap_or_default();
                    let base = resolved(text, &inputs.environment);
                    Some(base.ok_or_else(|| {
                        format!("its address is in {said}, which isn't in the environment now")
                    })?)
                }
                None => None,
            };
        let (kind, endpoint) = self.kind(base.as_deref())?;
        let key = match self.text(&["api_key"]) {
            _ if takes_no_key(kind) => Key::None,
            Some(text) => variable(text).map_or_else(|| Key::text(text), key_in),
            None if kind.key_required || endpoint.is_some() => {
                usual_variable(&self.prefix).map_or(Key::None, &key_in)
            }
            None => Key::None,
        };
        let suggested = match (&endpoint, vendor(&self.prefix)) {
            (_, Some(Vendor::At(..))) => self.prefix.clone(),
            (Some(endpoint), _) if kind.name.ends_with("-compatible") => host_of(endpoint),
            _ => kind.name.to_owned(),
        };
        let what = format!("model {}, its server", self.public);
        let name = accounts.name_of(import, Account { kind, endpoint, key }, (&suggested, &what), inputs);
        if let Some(named) = import.draft.providers.iter_mut().find(|named| named.name == name) {
            named.models.insert(self.model.clone());
        }
        self.set_cloud(import, kind, inputs);
        Ok(format!("{name}:{}", self.model))
    }

    /// Whose rules hold, and where it is if not at its own place.
    fn kind(&self, base: Option<&str>) -> Result<(&'static Provider, Option<String>), String> {
        let named = |name: &str| provider_named(name).ok_or_else(|| format!("there is no {name}"));
        let claude = self.model.contains("claude");
        let own = match (vendor(&self.prefix), base) {
            (Some(Vendor::Own("azure-anthropic")), Some(base)) if !claude => {
                return Ok((named("openai-compatible")?, Some(base.to_owned())));
            }
            (Some(Vendor::Own("openai" | "anthropic")), Some(base)) if provider_at(base).is_none() => {
                let kind =
                    if self.prefix == "anthropic" { "anthropic-compatible" } else { "openai-compatible" };
                return Ok((named(kind)?, Some(base.to_owned())));
            }
            (Some(Vendor::Own("openai")), Some(base)) => provider_at(base).unwrap_or(named("openai")?),
            (Some(Vendor::Own(name)), _) => named(name)?,
            (Some(Vendor::At(url, _)), _) => {
                return Ok((named("openai-compatible")?, Some(base.unwrap_or(url).to_owned())));
            }
            (Some(Vendor::Anywhere), Some(base)) => {
                let own = provider_at(base).filter(|own| own.local_probe.is_some());
                return Ok(match own {
                    Some(own) => (own, endpoint_for(own, base)),
                    None => (named("openai-compatible")?, Some(base.to_owned())),
                });
            }
            (Some(Vendor::Anywhere), None) => {
                return Err("its server's address (`api_base`) isn't in the file".to_owned());
            }
            (None, Some(base)) => return Ok((named("openai-compatible")?, Some(base.to_owned()))),
            (None, None) => {
                return Err(format!(
                    "Lynkr has no provider for `{}`; one with OpenAI's API can be named in lynkr.toml (docs/providers.md)",
                    self.prefix_shown()
                ));
            }
        };
        Ok((own, base.and_then(|base| endpoint_for(own, base))))
    }

    fn prefix_shown(&self) -> &str {
        if self.prefix.is_empty() { self.model.split('/').next().unwrap_or_default() } else { &self.prefix }
    }

    /// Regions, projects and versions of clouds.
    fn set_cloud(&self, import: &mut Import, kind: &Provider, inputs: &Inputs) {
        let rows = [
            ("bedrock", "aws_region_name", "AWS_BEDROCK_REGION"),
            ("bedrock", "aws_bedrock_runtime_endpoint", "AWS_BEDROCK_ENDPOINT"),
            ("vertex", "vertex_project", "VERTEX_PROJECT"),
            ("vertex", "vertex_location", "VERTEX_LOCATION"),
            ("azure-openai", "api_version", "AZURE_OPENAI_API_VERSION"),
            ("openai", "organization", "OPENAI_ORGANIZATION"),
        ];
        for (_, parameter, env) in rows.into_iter().filter(|(provider, ..)| *provider == kind.name) {
            let Some(text) = self.text(&[parameter]) else { continue };
            let what = format!("model {}, {parameter}", self.public);
            match resolved(text, &inputs.environment) {
                Some(value) if import.draft.get(env).is_none() => import.set(&what, env, &value),
                Some(value) if import.draft.get(env) == Some(value.as_str()) => {}
                Some(_) => import.leave(what, format!("{env} has another model's value already")),
                None => import.leave(what, format!("set {env}: its variable isn't in the environment now")),
            }
        }
    }

    /// Names every parameter that has no counterpart.
    pub(super) fn report_rest(&self, import: &mut Import, what: &str) {
        for name in self.parameters.keys().filter(|name| !READ.contains(&name.as_str())) {
            let what = format!("{what}, {name}");
            match OTHERS.iter().find(|(own, ..)| own == name) {
                Some((_, true, why)) => import.need_not(what, *why),
                Some((_, false, why)) => import.leave(what, *why),
                None => import.leave(what, "nothing is added to what the client sends"),
            }
        }
    }

    /// What it costs, in dollars for a million tokens, where the file says so.
    pub(super) fn price(&self) -> Option<Value> {
        let cost = |name: &str| {
            let place = self.parameters.get(name).or_else(|| self.about?.get(name))?;
            place
                .as_f64()
                .or_else(|| place.as_str()?.parse().ok())
                .filter(|cost| cost.is_finite() && *cost >= 0.0)
        };
        let million = |cost: f64| (cost * MILLION * MILLION).round() / MILLION;
        let (input, output) = (cost("input_cost_per_token")?, cost("output_cost_per_token")?);
        Some(json!({"input": million(input), "output": million(output)}))
    }
}

/// Whose model a name without prefix is, as LiteLLM guesses too.
fn family(model: &str) -> Option<&'static str> {
    let guessed = ["openai", "anthropic", "vertex"].into_iter().filter_map(provider_named);
    let makes = |provider: &Provider| {
        provider.embeddings.is_some_and(|own| own.families.iter().any(|family| model.starts_with(family)))
    };
    let own = guessed.into_iter().find(|provider| provider.has_family(model) || makes(provider))?;
    let prefix = PROVIDERS.iter().find(|provider| provider.name == own.name)?.name;
    Some(if prefix == "vertex" { "gemini" } else { prefix })
}
