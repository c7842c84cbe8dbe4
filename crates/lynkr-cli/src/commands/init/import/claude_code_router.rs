//! claude-code-router's `config.json`: providers with their models, and a router that names one model for each kind of
//! work. The file is JSON5: comments, commas at the end, names without quotes.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use lynkr_config::Inputs;
use lynkr_providers::{Provider, provider_named};
use lynkr_routing::Tier;
use serde_json::{Map, Value};

use super::servers::{Account, Accounts, Key, endpoint_for, provider_at, takes_no_key};
use super::{Import, ImportKind};

/// Top-level entries that need no counterpart.
const NEEDLESS: &[(&str, &str)] = &[
    ("LOG", "the log goes to standard error; LOG_FILE_ENABLED=true writes files as well"),
    ("NON_INTERACTIVE_MODE", "no terminal is needed"),
    ("CLAUDE_PATH", "`lynkr wrap claude` finds the client"),
    ("HOT_RELOAD", "changes of the configuration count at once (HOT_RELOAD_ENABLED)"),
];

/// Top-level entries that have none.
const LEFT: &[(&str, &str)] = &[
    ("CUSTOM_ROUTER_PATH", "routers of one's own in JavaScript aren't run; tiers decide (docs/routing.md)"),
    ("PROXY_URL", "no file decides where traffic goes: set HTTPS_PROXY in the environment"),
    ("transformers", "transformers of one's own in JavaScript aren't run"),
    ("Transformers", "transformers of one's own in JavaScript aren't run"),
    ("Plugins", "plugins in JavaScript aren't run"),
    ("plugins", "plugins in JavaScript aren't run"),
    ("StatusLine", "`lynkr statusline` has a form of its own"),
];

/// Transformers for what Lynkr knows of its providers by itself.
const KNOWN_TRANSFORMERS: &[&str] = &[
    "anthropic",
    "cleancache",
    "deepseek",
    "enhancetool",
    "gemini",
    "groq",
    "openai",
    "openrouter",
    "reasoning",
    "streamoptions",
    "tooluse",
    "vertex-gemini",
];

/// The providers here, by their name there.
type Known = BTreeMap<String, String>;

pub(super) fn import(text: &str, inputs: &Inputs) -> anyhow::Result<Import> {
    let root: Value = jsonc_parser::parse_to_serde_value(text, &jsonc_parser::ParseOptions::default())
        .map_err(|error| {
            let before = text.get(..error.range().start).unwrap_or_default();
            anyhow::anyhow!("line {} is no JSON: {}", before.matches('\n').count() + 1, error.kind())
        })?;
    let Some(root) = root.as_object() else { bail!("it is no JSON object") };
    let providers = root.get("Providers").or_else(|| root.get("providers"));
    let Some(providers) = providers.and_then(Value::as_array) else {
        bail!("it has no list of `Providers`: is it claude-code-router's config.json?");
    };
    let mut import = Import::new(ImportKind::ClaudeCodeRouter);
    let mut accounts = Accounts::default();
    let mut known = Known::new();
    for (index, provider) in providers.iter().enumerate() {
        let place = format!("Providers[{index}]");
        let Some(provider) = provider.as_object() else {
            import.leave(place, "is no object");
            continue;
        };
        add_provider(&mut import, provider, (&mut accounts, &mut known), &place, inputs);
    }
    match root.get("Router") {
        Some(Value::Object(router)) => add_router(&mut import, router, &known)?,
        Some(_) => import.leave("Router", "is no object"),
        None => import.leave("Router", "there is none: set TIER_MEDIUM and the others"),
    }
    add_rest(&mut import, root);
    Ok(import)
}

fn add_provider(
    import: &mut Import,
    provider: &Map<String, Value>,
    (accounts, known): (&mut Accounts, &mut Known),
    place: &str,
    inputs: &Inputs,
) {
    let text = |names: &[&str]| names.iter().find_map(|name| provider.get(*name)?.as_str()).map(str::trim);
    let Some(name) = text(&["name"]).filter(|name| !name.is_empty()) else {
        return import.leave(place, "has no name");
    };
    let what = format!("provider {name}");
    let Some(url) = text(&["api_base_url", "baseUrl"]).filter(|url| url.contains("://")) else {
        return import.leave(what, "its `api_base_url` is no URL");
    };
    let uses = transformers(provider);
    let kind = kind_of(name, url, &uses);
    let key = match text(&["api_key", "apiKey"]).unwrap_or_default() {
        _ if takes_no_key(kind) => Key::None,
        key => variable(key).map_or_else(|| Key::text(key), Key::Variable),
    };
    let is_any = kind.name.ends_with("-compatible");
    let endpoint = if is_any { Some(url.to_owned()) } else { endpoint_for(kind, url) };
    let own = accounts.name_of(import, Account { kind, endpoint, key }, (name, &what), inputs);
    let models = provider.get("models").and_then(Value::as_array);
    let models = models.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    if let Some(named) = import.draft.providers.iter_mut().find(|named| named.name == own) {
        named.models.extend(models);
    }
    if !known.contains_key(name) && own != name {
        import.carry(what.clone(), format!("is `{own}` here"));
    }
    known.insert(name.to_owned(), own);
    for transformer in uses {
        let what = format!("{what}, transformer {transformer}");
        if KNOWN_TRANSFORMERS.contains(&transformer.to_ascii_lowercase().as_str()) {
            import.need_not(what, "what is odd about this provider is known");
        } else {
            import.leave(what, "there is no such step; requests go up as the client sent them");
        }
    }
}

/// Whose rules hold: the server's own, else those of its dialect.
fn kind_of(name: &str, url: &str, uses: &[String]) -> &'static Provider {
    let speaks_anthropic =
        url.contains("/v1/messages") || uses.iter().any(|name| name.eq_ignore_ascii_case("anthropic"));
    let by_dialect = if speaks_anthropic { "anthropic-compatible" } else { "openai-compatible" };
    let own = provider_at(url).filter(|own| own.name != "anthropic" || speaks_anthropic);
    // What is called `ollama` and runs on another machine is one all the same.
    let called = provider_named(name).filter(|own| own.local_probe.is_some());
    own.or(called).or_else(|| provider_named(by_dialect)).unwrap_or(lynkr_providers::PROVIDERS[0])
}

/// The names of all transformers that a provider uses, for all of its models or for one.
fn transformers(provider: &Map<String, Value>) -> Vec<String> {
    let Some(transformer) = provider.get("transformer").and_then(Value::as_object) else { return Vec::new() };
    let all = transformer.get("use").into_iter();
    let lists =
        all.chain(transformer.values().filter_map(|value| value.get("use"))).filter_map(Value::as_array);
    // With options it is a list: the name comes first.
    let name = |value: &Value| value.as_str().or_else(|| value.get(0)?.as_str()).map(str::to_owned);
    let mut names: Vec<String> = lists.flatten().filter_map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// `$NAME` or `${NAME}`
fn variable(text: &str) -> Option<String> {
    let name = text.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| name.to_owned())
}

/// One model for each kind of work becomes tiers. What is for long prompts stands behind each tier's model: a model whose
/// context is too small for a prompt is passed over.
fn add_router(import: &mut Import, router: &Map<String, Value>, known: &Known) -> anyhow::Result<()> {
    let mut models: BTreeMap<&str, String> = BTreeMap::new();
    for kind in ["default", "background", "think", "longContext", "fallback"] {
        let Some(route) = router.get(kind) else { continue };
        match route.as_str().map(|route| model_of(route, known)) {
            Some(Ok(model)) => drop(models.insert(kind, model)),
            Some(Err(why)) => import.leave(format!("Router.{kind}"), why),
            None => import.leave(format!("Router.{kind}"), "is no text"),
        }
    }
    let left = [
        ("webSearch", "searches on the web are the client's, or the model's own; nothing is routed by them"),
        ("image", "models that see no images are passed over by themselves"),
        ("longContextThreshold", "the models' own contexts decide (docs/routing.md)"),
        ("custom", "rules of one's own aren't run"),
    ];
    for (name, why) in left.into_iter().filter(|(name, _)| router.contains_key(*name)) {
        import.need_not(format!("Router.{name}"), why);
    }
    let Some(default) = models.get("default").cloned() else {
        import.leave("Router.default", "no usable one: set TIER_MEDIUM and the others");
        return Ok(());
    };
    let of = |kind: &str| models.get(kind).unwrap_or(&default).as_str();
    let tiers = [
        (Tier::Simple, of("background")),
        (Tier::Medium, default.as_str()),
        (Tier::Complex, default.as_str()),
        (Tier::Reasoning, of("think")),
    ];
    for (tier, first) in tiers {
        let mut list = vec![first];
        for kind in ["longContext", "fallback"] {
            let other = models.get(kind).map(String::as_str);
            list.extend(other.filter(|other| !list.contains(other)));
        }
        import
            .draft
            .set(tier.env(), &list.join(","))
            .with_context(|| format!("the models of {}", tier.name()))?;
    }
    if let Some((provider, model)) = default.split_once(':') {
        import.draft.set("MODEL_PROVIDER", provider)?;
        let env = provider_named(provider).and_then(|own| own.model_env).unwrap_or("MODEL_DEFAULT");
        import.draft.set(env, model)?;
    }
    let told = [
        ("default", "TIER_MEDIUM, TIER_COMPLEX and what else has no model of its own"),
        ("background", "TIER_SIMPLE: side requests and easy work"),
        ("think", "TIER_REASONING: what is hard by its words, not what was asked with thinking on"),
        ("longContext", "behind each tier's model: it takes prompts that don't fit the first"),
        ("fallback", "the last of each tier"),
    ];
    for (kind, told) in told.into_iter().filter(|(kind, _)| models.contains_key(kind)) {
        import.carry(format!("Router.{kind}"), told);
    }
    Ok(())
}

/// `provider,model`
fn model_of(route: &str, known: &Known) -> Result<String, String> {
    let Some((provider, model)) = route.split_once(',') else {
        return Err("is not PROVIDER,MODEL".to_owned());
    };
    let (provider, model) = (provider.trim(), model.trim());
    let Some(own) = known.get(provider) else {
        return Err(format!("names `{provider}`, which isn't among the providers that came over"));
    };
    if model.is_empty() || model.contains([',', ' ']) {
        return Err("names no model".to_owned());
    }
    Ok(format!("{own}:{model}"))
}

fn add_rest(import: &mut Import, root: &Map<String, Value>) {
    for (name, value) in root {
        let text =
            value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()));
        let needless = NEEDLESS.iter().find(|(own, _)| own == name);
        let left = LEFT.iter().find(|(own, _)| own == name);
        match (name.as_str(), text) {
            ("Providers" | "providers" | "Router", _) => {}
            (_, Some(text)) if text.is_empty() => {}
            ("APIKEY", Some(key)) => match Key::text(&key) {
                Key::Text(key) => import.set(name, "LYNKR_API_KEYS", &key),
                _ => import.leave(name, "is a placeholder: `lynkr keys create NAME` makes keys for clients"),
            },
            ("HOST", Some(host)) => import.set(name, "LYNKR_HOST", &host),
            ("PORT", Some(port)) => import.set(name, "PORT", &port),
            ("LOG_LEVEL", Some(level)) => import.set(name, "LOG_LEVEL", &level),
            ("API_TIMEOUT_MS", Some(time)) => import.set(name, "LYNKR_ANSWER_TIMEOUT_MS", &time),
            _ if needless.is_some() => import.need_not(name, needless.map_or("", |(_, why)| why)),
            _ if left.is_some() => {
                let is_empty = value.as_array().is_some_and(Vec::is_empty);
                if !is_empty {
                    import.leave(name, left.map_or("", |(_, why)| why));
                }
            }
            _ => import.leave(name, "has no counterpart here"),
        }
    }
}
