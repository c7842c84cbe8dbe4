//! `lynkr keys`: makes, lists, shows and revokes the keys that clients show to the gateway.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use lynkr_config::ExposeSecret as _;
use lynkr_store::{ApiKey, NewKey, Store, Timestamp};
use serde_json::{Value, json};

use crate::arguments::{KeyTask, Keys};
use crate::commands::opened::{audit, print_json, with_store};

pub(crate) fn run(arguments: &Keys) -> anyhow::Result<ExitCode> {
    with_store(&arguments.inputs(), async |store| perform(store, arguments).await)
}

async fn perform(store: &Store, arguments: &Keys) -> anyhow::Result<ExitCode> {
    match &arguments.task {
        KeyTask::Create(new) => create(store, &new.rule(Timestamp::now())?, arguments.json).await,
        KeyTask::List { all } => list(store, *all, arguments.json).await,
        KeyTask::Show { key } => show(&one(store, key).await?, arguments.json),
        KeyTask::Revoke { key } => revoke(store, &one(store, key).await?, arguments.json).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn create(store: &Store, new: &NewKey, as_json: bool) -> anyhow::Result<()> {
    let made = store.keys().create(new, Timestamp::now()).await.context("can't make the key")?;
    let detail = json!({"name": made.key.rule.name, "scopes": made.key.rule.scopes});
    audit(store, "key.create", &made.key.id, detail).await?;
    let secret = made.secret.expose_secret();
    if as_json {
        let mut shape = shape(&made.key);
        shape["secret"] = secret.into();
        return print_json(&shape);
    }
    println!("{secret}");
    eprintln!("This is the key `{}` ({}). It is shown this once and kept nowhere.", new.name, made.key.id);
    Ok(())
}

async fn list(store: &Store, all: bool, as_json: bool) -> anyhow::Result<()> {
    let mut keys = store.keys().list().await.context("can't read the keys")?;
    keys.retain(|key| all || state(key) == "active");
    if as_json {
        return print_json(&keys.iter().map(shape).collect());
    }
    if keys.is_empty() {
        println!("no keys; `lynkr keys create NAME` makes one");
    }
    for key in &keys {
        let scopes = key.rule.scopes.join(",");
        println!("{}  {}…  {:<8} {:<20} {}", key.id, key.prefix, state(key), scopes, key.rule.name);
    }
    Ok(())
}

fn show(key: &ApiKey, as_json: bool) -> anyhow::Result<()> {
    let shape = shape(key);
    if as_json {
        return print_json(&shape);
    }
    for (name, value) in shape.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::String(text) => println!("{name:<14}{text}"),
            other => println!("{name:<14}{other}"),
        }
    }
    Ok(())
}

async fn revoke(store: &Store, key: &ApiKey, as_json: bool) -> anyhow::Result<()> {
    let revoked = store.keys().revoke(&key.id, Timestamp::now()).await.context("can't revoke the key")?;
    if revoked {
        audit(store, "key.revoke", &key.id, json!({"name": key.rule.name})).await?;
    }
    if as_json {
        return print_json(&json!({"id": key.id, "name": key.rule.name, "revoked": revoked}));
    }
    let told = if revoked { "is revoked; gateways refuse it within 5 seconds" } else { "was revoked before" };
    println!("`{}` ({}) {told}", key.rule.name, key.id);
    Ok(())
}

/// The one key with this id, beginning or name. Of several with one name the one that is still good is meant.
pub(crate) async fn one(store: &Store, text: &str) -> anyhow::Result<ApiKey> {
    let mut found = store.keys().find(text).await.context("can't read the keys")?;
    if found.len() > 1 {
        found.retain(|key| state(key) == "active");
    }
    match (found.pop(), found.is_empty()) {
        (Some(key), true) => Ok(key),
        (Some(_), false) => bail!("several keys are called `{text}`: name one by its id"),
        (None, _) => bail!("no key has the id, the beginning or the name `{text}`"),
    }
}

fn state(key: &ApiKey) -> &'static str {
    match (key.revoked_at, key.rule.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= Timestamp::now() => "expired",
        (None, _) => "active",
    }
}

fn shape(key: &ApiKey) -> Value {
    let rule = &key.rule;
    let limits = &rule.limits;
    let time = |time: Option<Timestamp>| time.map(Timestamp::as_millis);
    json!({
        "id": key.id,
        "name": rule.name,
        "prefix": key.prefix,
        "state": state(key),
        "scopes": rule.scopes,
        "models": rule.models,
        "providers": rule.providers,
        "user": rule.user,
        "team": rule.team,
        "customer": rule.customer,
        "organisation": rule.organisation,
        "limits": {
            "requests_per_minute": limits.requests_per_minute,
            "requests_per_day": limits.requests_per_day,
            "tokens_per_minute": limits.tokens_per_minute,
            "tokens_per_day": limits.tokens_per_day,
            "concurrent": limits.concurrent,
        },
        "created_at": key.created_at.as_millis(),
        "expires_at": time(rule.expires_at),
        "revoked_at": time(key.revoked_at),
        "last_used_at": time(key.last_used_at),
    })
}
