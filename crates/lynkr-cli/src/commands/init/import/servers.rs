//! Whose server an address is, and which provider here stands for it: the built-in one where that is free, else one
//! with a name of its own.

use std::collections::BTreeSet;

use lynkr_config::Inputs;
use lynkr_providers::{AuthScheme, PROVIDERS, Provider, matches, provider_named};
use url::Url;

use super::Import;
use crate::commands::init::draft::NamedProvider;

/// The longest name of a provider.
const MOST_NAME: usize = 40;

/// Paths that stand behind a server's address for one dialect.
const DIALECT_PATHS: &[&str] =
    &["/v1/chat/completions", "/chat/completions", "/v1/messages", "/v1/responses", "/v1/completions", "/v1"];

/// A key as another configuration gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// None, or a text that only fills the field.
    None,
    /// The key itself.
    Text(String),
    /// The variable that holds it.
    Variable(String),
}

impl Key {
    /// A key in clear text, unless it only fills the field.
    pub(super) fn text(key: &str) -> Self {
        if fills_a_field(key) { Self::None } else { Self::Text(key.trim().to_owned()) }
    }
}

/// One server with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// Whose rules hold.
    pub(super) kind: &'static Provider,
    /// Where it is, where that isn't the provider's own place.
    pub(super) endpoint: Option<String>,
    pub(super) key: Key,
}

/// The servers so far, each with the name of its provider here.
#[derive(Debug, Default)]
pub(super) struct Accounts(Vec<(Account, String)>);

impl Accounts {
    /// The name of the provider that stands for a server; it is made where there is none yet. `suggested` is what a new
    /// one is called, `what` how the report names it.
    pub(super) fn name_of(
        &mut self,
        import: &mut Import,
        account: Account,
        (suggested, what): (&str, &str),
        inputs: &Inputs,
    ) -> String {
        if let Some((_, name)) = self.0.iter().find(|(own, _)| *own == account) {
            return name.clone();
        }
        let is_any = matches!(account.kind.name, "openai-compatible" | "anthropic-compatible");
        let is_free = !is_any && self.0.iter().all(|(_, name)| name != account.kind.name);
        let name = if is_free {
            set_up(import, &account, what, inputs);
            account.kind.name.to_owned()
        } else {
            self.add_named(import, &account, suggested, what)
        };
        self.0.push((account, name.clone()));
        name
    }

    fn add_named(&self, import: &mut Import, account: &Account, suggested: &str, what: &str) -> String {
        let is_taken =
            |name: &str| provider_named(name).is_some() || self.0.iter().any(|(_, other)| other == name);
        let base = slug(suggested);
        let name = std::iter::once(base.clone())
            .chain((2..1_000).map(|number| format!("{base}-{number}")))
            .find(|name| !is_taken(name))
            .unwrap_or(base);
        let (key_env, key) = match &account.key {
            Key::None => (None, None),
            Key::Text(key) => {
                (Some(format!("{}_API_KEY", name.to_uppercase().replace('-', "_"))), Some(key.clone()))
            }
            Key::Variable(env) => (Some(env.clone()), None),
        };
        import.carry(what, format!("[providers.{name}] in lynkr.toml ({})", account.kind.title));
        if let Some(env) = &key_env {
            let place = if key.is_some() { "in the .env" } else { "stays in the environment" };
            import.carry(format!("{what}, its key"), format!("{env} {place}"));
        }
        import.draft.providers.push(NamedProvider {
            name: name.clone(),
            kind: account.kind.name,
            endpoint: account.endpoint.clone(),
            key_env,
            key,
            models: BTreeSet::new(),
        });
        name
    }
}

/// Sets a built-in provider up.
fn set_up(import: &mut Import, account: &Account, what: &str, inputs: &Inputs) {
    let provider = account.kind;
    if let (Some(endpoint), Some(env)) = (&account.endpoint, provider.endpoint_env) {
        import.set(&format!("{what}, its address"), env, endpoint);
    }
    let key_of = format!("{what}, its key");
    match (&account.key, provider.key_env) {
        (Key::Text(key), Some(env)) => import.set(&key_of, env, key),
        (Key::Variable(name), Some(env)) if !provider.key_envs().any(|own| own == name.as_str()) => {
            match inputs.environment.get(name).filter(|value| !value.trim().is_empty()) {
                Some(value) => import.set(&format!("{key_of} ({name})"), env, value),
                None => import.leave(&key_of, format!("set {env}: {name} isn't in the environment now")),
            }
        }
        (Key::Variable(name), Some(_)) => import.carry(&key_of, format!("{name} stays in the environment")),
        (Key::None, _) if provider.auth == AuthScheme::Aws => {
            import.need_not(&key_of, "AWS's own chain of credentials is used where no key is set");
        }
        (Key::None, Some(env)) if provider.key_required => {
            import.leave(&key_of, format!("set {env}: there is no key in the file"));
        }
        _ => {}
    }
}

/// The provider whose own server an address is.
pub(super) fn provider_at(url: &str) -> Option<&'static Provider> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.to_ascii_lowercase();
    let vendor = PROVIDERS.iter().copied().find(|provider| {
        let base = provider.default_base.and_then(|base| Url::parse(base).ok());
        let is_base =
            base.is_some_and(|base| base.host_str() == Some(&host)) && provider.local_probe.is_none();
        is_base || provider.vendor_hosts.iter().any(|pattern| matches(pattern, &host))
    });
    vendor.or_else(|| {
        let is_here =
            matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1" | "[::1]" | "host.docker.internal");
        let port_of = |url: &str| Url::parse(url).ok()?.port();
        let at_port = |provider: &&&Provider| {
            provider.local_probe.is_some_and(|probe| port_of(probe.url) == url.port())
        };
        PROVIDERS.iter().filter(|_| is_here).find(at_port).copied()
    })
}

/// What has to be said of an address where a provider is known: nothing, if it is the provider's own place.
pub(super) fn endpoint_for(provider: &Provider, url: &str) -> Option<String> {
    let url = url.trim().trim_end_matches('/');
    let bare = DIALECT_PATHS.iter().find_map(|path| url.strip_suffix(path)).unwrap_or(url);
    // A model server of one's own is spoken to in whatever dialect suits.
    let said = if provider.local_probe.is_some() { bare } else { url };
    let same = |url: &str| url.replace("//localhost", "//127.0.0.1");
    let own = provider.default_base.map(|base| base.trim_end_matches('/'));
    let is_own = own.is_some_and(|own| {
        let bare_own = own.strip_suffix("/v1").unwrap_or(own);
        same(bare) == same(own)
            || same(bare) == same(bare_own)
            || same(url).starts_with(&format!("{}/", same(own)))
    });
    (!is_own).then(|| said.to_owned())
}

/// Whether a provider is asked without any key.
pub(super) fn takes_no_key(provider: &Provider) -> bool {
    provider.auth == AuthScheme::None
}

/// Whether a text stands where a key is demanded and is none.
pub(super) fn fills_a_field(key: &str) -> bool {
    let key = key.trim().to_ascii_lowercase();
    let words =
        ["none", "null", "dummy", "empty", "test", "ollama", "lm-studio", "lmstudio", "no-key", "sk-no-key"];
    key.len() < 4
        || words.contains(&key.as_str())
        || key.contains("xxx")
        || key.starts_with(['<', '?'])
        || key.starts_with("your")
        || key.starts_with("sk-your")
}

/// A name for a provider: small letters, digits and hyphens, a letter first.
pub(super) fn slug(text: &str) -> String {
    let spelled: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(MOST_NAME - 6)
        .collect();
    let name = spelled
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let mut name = name.to_owned();
    while name.contains("--") {
        name = name.replace("--", "-");
    }
    if name.is_empty() { "server".to_owned() } else { name }
}

/// The host of an address, for a name.
pub(super) fn host_of(url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    host.trim_start_matches("api.").split(':').next().unwrap_or_default().to_owned()
}
