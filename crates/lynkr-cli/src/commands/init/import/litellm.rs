//! LiteLLM's `config.yaml`: a list of deployments under public names, which become providers and aliases; and settings of
//! its router and of its proxy.

mod deployment;
mod settings;
mod vendors;

use std::collections::BTreeMap;

use anyhow::{anyhow, bail};
use lynkr_config::Inputs;
use lynkr_providers::provider_named;
use serde_json::{Map, Value};

use super::servers::Accounts;
use super::{Import, ImportKind};
use deployment::Deployment;

/// What the file says of models, as it is read.
struct Reader<'a> {
    inputs: Inputs,
    /// The environment without what the file defines.
    process: &'a Inputs,
    accounts: Accounts,
    import: Import,
    /// The public names, in the order of the file, each with the models behind it.
    groups: Vec<(String, Vec<String>)>,
    prices: Map<String, Value>,
    root: &'a Map<String, Value>,
}

pub(super) fn import(text: &str, inputs: &Inputs) -> anyhow::Result<Import> {
    let root: Value =
        serde_saphyr::from_str(text).map_err(|error| anyhow!("it is no YAML: {}", place(&error)))?;
    let Some(root) = root.as_object() else { bail!("it is no YAML mapping: is it LiteLLM's config.yaml?") };
    let empty = Vec::new();
    let list = match root.get("model_list") {
        Some(Value::Array(list)) => list,
        Some(_) => bail!("its `model_list` is no list"),
        None => &empty,
    };
    let mut reader = Reader {
        inputs: with_own_variables(root, inputs),
        process: inputs,
        accounts: Accounts::default(),
        import: Import::new(ImportKind::LiteLlm),
        groups: Vec::new(),
        prices: Map::new(),
        root,
    };
    for (index, entry) in list.iter().enumerate() {
        reader.add(index, entry);
    }
    reader.add_aliases()?;
    reader.add_default()?;
    settings::add(&mut reader);
    reader.add_prices()?;
    Ok(reader.import)
}

/// Where it is wrong. The parser's own message may quote a line that holds a key.
fn place(error: &serde_saphyr::Error) -> String {
    match error.location() {
        Some(place) => format!("line {}, column {}", place.line(), place.column()),
        None => "it can't be read".to_owned(),
    }
}

/// What `environment_variables` defines counts as the environment, unless that has it.
fn with_own_variables(root: &Map<String, Value>, inputs: &Inputs) -> Inputs {
    let mut inputs = inputs.clone();
    let own = root.get("environment_variables").and_then(Value::as_object);
    for (name, value) in own.into_iter().flatten() {
        if let Some(value) = value.as_str().filter(|value| !value.starts_with("os.environ/")) {
            inputs.environment.entry(name.clone()).or_insert_with(|| value.to_owned());
        }
    }
    inputs
}

impl Reader<'_> {
    fn add(&mut self, index: usize, entry: &Value) {
        let place = format!("model_list[{index}]");
        let deployment = match Deployment::read(entry) {
            Ok(deployment) => deployment,
            Err(why) => return self.import.leave(place, why),
        };
        let what = format!("model {}", deployment.public);
        let model = match deployment.resolve(&mut self.import, &mut self.accounts, &self.inputs, self.process)
        {
            Ok(model) => model,
            Err(why) => return self.import.leave(what, why),
        };
        deployment.report_rest(&mut self.import, &what);
        if let Some(price) = deployment.price() {
            self.prices.insert(model.clone(), price);
        }
        match deployment.mode() {
            "embedding" => return self.add_embedding(&what, &model),
            "" | "chat" | "completion" | "responses" => {}
            other => return self.import.leave(what, format!("there is no API for `{other}` here")),
        }
        match self.groups.iter_mut().find(|(public, _)| *public == deployment.public) {
            Some((_, models)) => models.push(model),
            None => self.groups.push((deployment.public.clone(), vec![model])),
        }
    }

    fn add_embedding(&mut self, what: &str, model: &str) {
        let (provider, name) = model.split_once(':').unwrap_or((model, ""));
        let env = provider_named(provider).and_then(|own| own.embeddings?.model_env);
        let Some(env) = env.filter(|_| self.import.draft.get("EMBEDDINGS_PROVIDER").is_none()) else {
            return self
                .import
                .leave(what, "embeddings have one model of one provider: EMBEDDINGS_PROVIDER says which");
        };
        self.import.set(what, "EMBEDDINGS_PROVIDER", provider);
        self.import.set(what, env, name);
    }

    /// Public names become aliases.
    fn add_aliases(&mut self) -> anyhow::Result<()> {
        let mut aliases: Vec<String> = Vec::new();
        for (public, models) in &self.groups {
            let what = format!("model {public}");
            let Some(first) = models.first() else { continue };
            if models.len() > 1 {
                let others = models.len() - 1;
                let why = format!(
                    "{first} stands for the name; {others} more: load isn't balanced between deployments. A tier's list has them \
                     stand in for one another (docs/routing.md)"
                );
                self.import.leave(format!("{what}, the others"), why);
            }
            if public.contains('*') {
                let provider = first.split(':').next().unwrap_or_default();
                let told = format!("any model of it is had as `{provider}:MODEL`");
                self.import.carry(what, told);
                continue;
            }
            if public.contains(['=', ',']) || first.contains(',') {
                self.import.leave(what, "a name with `=` or `,` can't be an alias");
                continue;
            }
            aliases.push(format!("{public}={first}"));
            self.import.carry(what, format!("alias of {first}"));
        }
        for (public, target) in self.group_aliases() {
            let models = self.groups.iter().find(|(own, _)| *own == target).map(|(_, models)| models);
            match models.and_then(|models| models.first()) {
                Some(model) => {
                    aliases.push(format!("{public}={model}"));
                    self.import.carry(format!("alias {public}"), format!("alias of {model}"));
                }
                None => self.import.leave(format!("alias {public}"), format!("`{target}` didn't come over")),
            }
        }
        self.import.draft.set("LYNKR_MODEL_ALIASES", &aliases.join(","))
    }

    /// `model_group_alias`: another name for a public name.
    fn group_aliases(&self) -> Vec<(String, String)> {
        let sections = ["router_settings", "litellm_settings"].into_iter();
        let tables =
            sections.filter_map(|section| self.root.get(section)?.get("model_group_alias")?.as_object());
        let target =
            |value: &Value| value.as_str().or_else(|| value.get("model")?.as_str()).map(str::to_owned);
        tables.flatten().filter_map(|(name, value)| Some((name.clone(), target(value)?))).collect()
    }

    /// LiteLLM refuses names that it doesn't know. Here they go to the first model, and to what it falls back to.
    fn add_default(&mut self) -> anyhow::Result<()> {
        let first = self.groups.iter().find(|(_, models)| models.iter().all(|model| !model.ends_with(":*")));
        let Some((public, models)) = first.cloned() else { return Ok(()) };
        let Some((provider, model)) = models.first().and_then(|model| model.split_once(':')) else {
            return Ok(());
        };
        self.import.draft.set("MODEL_PROVIDER", provider)?;
        let env = provider_named(provider).and_then(|own| own.model_env).unwrap_or("MODEL_DEFAULT");
        self.import.draft.set(env, model)?;
        self.import.carry(
            format!("model {public}, the first"),
            format!("MODEL_PROVIDER and {env}: it answers names that nobody knows"),
        );
        Ok(())
    }

    fn add_prices(&mut self) -> anyhow::Result<()> {
        if self.prices.is_empty() {
            return Ok(());
        }
        self.import.carry("prices of models", "MODEL_PRICE_OVERRIDES");
        let text = Value::Object(std::mem::take(&mut self.prices)).to_string();
        self.import.draft.set("MODEL_PRICE_OVERRIDES", &text)
    }

    /// The models behind a public name.
    fn models_of(&self, public: &str) -> Option<&Vec<String>> {
        self.groups.iter().find(|(own, _)| own == public).map(|(_, models)| models)
    }
}

/// Names and values that are resolved once, so that `os.environ/NAME` is read the same everywhere.
pub(super) fn variable(text: &str) -> Option<&str> {
    text.trim().strip_prefix("os.environ/").map(str::trim).filter(|name| !name.is_empty())
}

/// A value of the file, or of the variable that it names.
pub(super) fn resolved(text: &str, environment: &BTreeMap<String, String>) -> Option<String> {
    match variable(text) {
        Some(name) => {
            environment.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        }
        None => Some(text.trim().to_owned()),
    }
}
