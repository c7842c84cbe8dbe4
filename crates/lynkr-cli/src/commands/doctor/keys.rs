//! The providers that are set up: whether their keys look right, and whether the provider takes them.

use lynkr_app::routing_policy;
use lynkr_config::{ExposeSecret as _, Values};
use lynkr_providers::{PROVIDERS, Provider, Upstream, custom_providers, find_provider};
use lynkr_routing::Tier;

use super::Context;
use super::finding::{Finding, Verdict};
use crate::terminal::Tone;
use crate::tried::{in_words, try_all};

/// How the keys of some vendors begin, and whose those are. The longest beginning counts.
const BEGINNINGS: &[(&str, &str)] = &[
    ("AIza", "vertex"),
    ("sk-ant-", "anthropic"),
    ("sk-or-", "openrouter"),
    ("sk-proj-", "openai"),
    ("sk-svcacct-", "openai"),
];

pub(super) async fn look(on: &Context) -> Vec<Finding> {
    let values = &on.loaded.values;
    let providers = wanted(values);
    let mut found: Vec<Finding> =
        providers.iter().filter_map(|provider| wrong_form(provider, values)).collect();
    if providers.is_empty() {
        let told = "none is set up: a model server of this machine answers, else the builtin responder";
        found.push(Finding::new(Verdict::Note, "providers", told).with_suggestion("lynkr init"));
        return found;
    }
    let Some(scout) = on.scout.as_ref().filter(|_| !on.offline) else {
        let names: Vec<&str> = providers.iter().map(|provider| provider.title).collect();
        found.push(Finding::new(Verdict::Note, names.join(", "), "not tried"));
        return found;
    };
    for (provider, checked) in try_all(scout, &providers, values).await {
        let (tone, told) = in_words(provider, &checked);
        let verdict = match tone {
            Tone::Bad => Verdict::Wrong,
            Tone::Warning => Verdict::Warning,
            _ => Verdict::Good,
        };
        let finding = Finding::new(verdict, provider.title, told);
        found.push(match provider.key_env.filter(|_| verdict != Verdict::Good) {
            Some(env) => finding.with_suggestion(format!("{env}=… (lynkr init asks for it, and tries it)")),
            None => finding,
        });
    }
    found
}

/// The providers that requests may go to: set up, named, or in a tier.
fn wanted(values: &Values) -> Vec<&'static Provider> {
    let custom = custom_providers(values).providers;
    let ladder = routing_policy(values).map(|policy| policy.ladder);
    let in_tiers: Vec<&'static Provider> = ladder
        .iter()
        .flat_map(|ladder| Tier::ALL.into_iter().flat_map(|tier| &ladder.rung(tier).candidates))
        .filter_map(|candidate| find_provider(&candidate.provider, &custom))
        .collect();
    let named = values.text("MODEL_PROVIDER").and_then(|name| find_provider(name, &custom));
    let is_wanted = |provider: &&'static Provider| {
        Upstream::configured(provider, values) || named == Some(*provider) || in_tiers.contains(provider)
    };
    PROVIDERS.iter().copied().chain(custom.iter().copied()).filter(is_wanted).collect()
}

/// A key that begins as another vendor's.
fn wrong_form(provider: &Provider, values: &Values) -> Option<Finding> {
    let (env, key) = provider.key_envs().find_map(|env| Some((env, values.secret(env)?)))?;
    let begins = BEGINNINGS.iter().find(|(beginning, _)| key.expose_secret().starts_with(beginning))?;
    let own = BEGINNINGS.iter().any(|(_, vendor)| *vendor == provider.kind_name());
    if !own || begins.1 == provider.kind_name() {
        return None;
    }
    let told = format!("begins with `{}`, as keys of {} do", begins.0, begins.1);
    let meant = lynkr_providers::provider_named(begins.1).and_then(|vendor| vendor.key_env);
    let finding = Finding::new(Verdict::Warning, env, told);
    Some(match meant {
        Some(meant) => finding.with_suggestion(format!("give it as {meant}")),
        None => finding,
    })
}
