//! A configuration from flags, the environment and standard input: nobody is asked.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context as _, anyhow, bail};
use lynkr_providers::{Provider, Step, Upstream, detection_order, provider_named, resolve_provider};
use lynkr_routing::Tier;

use super::draft::{Draft, is_secret, setting_named};
use super::world::World;
use super::{Plan, show_tried};
use crate::arguments::{Init, Mode};

/// More than any number of keys.
const MOST_STDIN: u64 = 1 << 20;

/// What the flags say.
pub(crate) fn plan(arguments: &Init, world: &World) -> anyhow::Result<Plan> {
    let mut draft = Draft::default();
    let mut providers: Vec<&'static Provider> = Vec::new();
    if let Some(name) = &arguments.provider {
        providers.push(resolve_provider(name, &[]).map_err(|problem| anyhow!("{problem}"))?);
    }
    for text in &arguments.tier {
        tier(&mut draft, text, &mut providers)?;
    }
    if providers.is_empty() {
        providers.push(found(arguments, world));
    }
    let Some(first) = providers.first().copied() else { bail!("no provider was found") };
    draft.set("MODEL_PROVIDER", first.name)?;
    if let Some(model) = &arguments.model {
        draft.set(first.model_env.unwrap_or("MODEL_DEFAULT"), model)?;
    }
    let mut keys = if arguments.keys_from_stdin { keys_from_stdin(first)? } else { BTreeMap::new() };
    for provider in &providers {
        adopt(&mut draft, provider, &mut keys, world)?;
    }
    for (name, value) in keys {
        draft.set(&name, &value)?;
    }
    for text in &arguments.set {
        set(&mut draft, text)?;
    }
    if !arguments.no_check {
        let loaded = draft.loaded(&world.inputs, false)?;
        show_tried(world, &providers, &loaded);
    }
    let about = match arguments.mode {
        Some(Mode::Wrap) => "For clients with a subscription: `lynkr wrap CLIENT`.",
        Some(Mode::Direct) => "For any client, with these keys.",
        None => "Made of flags and the environment.",
    };
    Ok(Plan { draft, about: about.to_owned(), mode: arguments.mode })
}

/// `simple=ollama:qwen3:8b,openai:gpt-4o-mini`
fn tier(draft: &mut Draft, text: &str, providers: &mut Vec<&'static Provider>) -> anyhow::Result<()> {
    let Some((name, list)) = text.split_once('=') else {
        bail!("`{text}` is no tier: write TIER=PROVIDER:MODEL, such as simple=ollama:qwen3:8b");
    };
    let tier = Tier::ALL.into_iter().find(|tier| tier.name().eq_ignore_ascii_case(name.trim()));
    let tier = tier.with_context(|| {
        format!("`{}` is no tier: there are simple, medium, complex and reasoning", name.trim())
    })?;
    let mut candidates = Vec::new();
    for candidate in list.split(',').map(str::trim).filter(|candidate| !candidate.is_empty()) {
        let (provider, model) = candidate.split_once(':').unwrap_or((candidate, ""));
        let provider =
            resolve_provider(provider, &[]).map_err(|problem| anyhow!("--tier {text}: {problem}"))?;
        let model = if model.is_empty() { provider.default_model } else { model };
        if model.is_empty() {
            bail!("--tier {text}: {} has no model of its own to take: name one", provider.title);
        }
        candidates.push(format!("{}:{model}", provider.name));
        if !providers.contains(&provider) {
            providers.push(provider);
        }
    }
    draft.set(tier.env(), &candidates.join(","))
}

/// The provider that the gateway itself would find.
fn found(arguments: &Init, world: &World) -> &'static Provider {
    let configured = detection_order(&[]).into_iter().find(|detection| {
        detection.step == Step::Configured && Upstream::configured(detection.provider, &world.values)
    });
    if let Some(detection) = configured {
        return detection.provider;
    }
    if let Some(server) = world.servers().first() {
        return server.provider;
    }
    // Who has a subscription needs no key.
    let otherwise = if arguments.mode == Some(Mode::Wrap) { "anthropic" } else { "builtin" };
    provider_named(otherwise).unwrap_or(lynkr_providers::PROVIDERS[0])
}

/// Takes over what the environment and standard input have of a provider.
fn adopt(
    draft: &mut Draft,
    provider: &Provider,
    keys: &mut BTreeMap<String, String>,
    world: &World,
) -> anyhow::Result<()> {
    let given = provider.key_envs().find_map(|name| Some((name, keys.remove(name)?)));
    let key = given.or_else(|| world.key(provider).map(|(name, key)| (name, key.to_owned())));
    if let Some((name, key)) = key {
        draft.set(name, &key)?;
    }
    for (name, value) in world.places(provider) {
        draft.set(name, value)?;
    }
    Ok(())
}

/// `NAME=VALUE`, of a setting that is no secret.
pub(crate) fn set(draft: &mut Draft, text: &str) -> anyhow::Result<()> {
    let Some((name, value)) = text.split_once('=') else { bail!("--set {text}: write NAME=VALUE") };
    let name = name.trim();
    if setting_named(name).is_some_and(|setting| is_secret(setting.kind)) {
        bail!("{name} is a secret, which no argument can give: use the environment or --keys-from-stdin");
    }
    draft.set(name, value)
}

/// Lines of standard input: `NAME=value`, where the name is a secret setting's, or the first provider's key alone.
fn keys_from_stdin(provider: &Provider) -> anyhow::Result<BTreeMap<String, String>> {
    let mut text = String::new();
    std::io::stdin()
        .take(MOST_STDIN)
        .read_to_string(&mut text)
        .context("can't read keys from standard input")?;
    let mut keys = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let named = line.strip_prefix("export ").unwrap_or(line).split_once('=').and_then(|(name, value)| {
            let setting = setting_named(name.trim()).filter(|setting| is_secret(setting.kind))?;
            Some((setting.env, value.trim()))
        });
        let (name, value) = match (named, provider.key_env) {
            (Some(named), _) => named,
            (None, Some(env)) => (env, line),
            (None, None) => bail!("standard input has a key, but {} takes none", provider.title),
        };
        let value = value.trim_matches(['"', '\'']);
        if keys.insert(name.to_owned(), value.to_owned()).is_some() {
            bail!("standard input has {name} twice: begin each line with the name of its setting");
        }
    }
    if keys.is_empty() {
        bail!("standard input has no key");
    }
    Ok(keys)
}
