//! What is asked of a provider, once: where it is, its key, and, for each tier, its model. The answers are tried.

use lynkr_app::{Credential, known_models};
use lynkr_config::mask;
use lynkr_providers::Provider;
use lynkr_routing::Tier;

use super::Wizard;
use super::counted;
use crate::arguments::Mode;
use crate::terminal::{Tone, toned};
use crate::tried::{in_words, try_all};

/// The last choice of a list of models.
const ANOTHER: &str = "another name…";

/// Whose clients can be signed in with a subscription.
const SUBSCRIPTIONS: &[&str] = &["anthropic", "chatgpt", "openai"];

impl Wizard<'_> {
    /// Why a provider needs no more than to be chosen, if that is so.
    pub(super) fn readiness(&self, provider: &Provider) -> Option<String> {
        if self.known.contains_key(provider.name) {
            return Some("set up".to_owned());
        }
        if let Some(server) = self.servers.iter().find(|server| server.provider.name == provider.name) {
            return Some(format!("runs here, {}", counted(server.models.len(), "model")));
        }
        if let Some((name, _)) = self.world.key(provider) {
            return Some(format!("{name} is in the environment"));
        }
        let is_theirs = self.mode == Mode::Wrap && SUBSCRIPTIONS.contains(&provider.name);
        is_theirs.then(|| "your subscription, or a key".to_owned())
    }

    /// Asks for what a provider needs, unless that was done before, and tries it. Its models, as far as it lists them.
    pub(super) fn set_up(&mut self, provider: &'static Provider) -> anyhow::Result<Vec<String>> {
        if let Some(models) = self.known.get(provider.name) {
            return Ok(models.clone());
        }
        self.terminal.heading(provider.title);
        let models = loop {
            self.ask_place(provider)?;
            self.ask_key(provider)?;
            if let Some(models) = self.tried(provider)? {
                break models;
            }
        };
        let models = if models.is_empty() { known_models(provider) } else { models };
        self.known.insert(provider.name, models.clone());
        Ok(models)
    }

    /// Its endpoint, where it has none of its own or runs on some machine of the user's; the region of a cloud.
    fn ask_place(&mut self, provider: &'static Provider) -> anyhow::Result<()> {
        let has_own_place = provider.default_base.is_some() && provider.local_probe.is_none();
        if let Some(env) = provider.endpoint_env.filter(|_| !has_own_place) {
            let running = self.servers.iter().find(|server| server.provider.name == provider.name);
            let usual = running.map(|server| server.url.as_str()).or(provider.default_base);
            let default = self.draft.get(env).or(self.world.variable(env)).or(usual).unwrap_or_default();
            let question = if default.is_empty() {
                format!("{env}, such as {}", provider.endpoint_example)
            } else {
                format!("{env}, its address")
            };
            let answer = self.terminal.text(&question, default)?;
            // The usual address needs no line.
            let is_usual = Some(answer.as_str()) == provider.default_base;
            self.take(env, if is_usual { "" } else { &answer });
        }
        if let Some((env, cloud)) =
            provider.regions.and_then(|cloud| Some((cloud.envs.first().copied()?, cloud)))
        {
            let set = cloud.envs.iter().find_map(|env| self.world.variable(env));
            let default = self.draft.get(env).or(set).unwrap_or(cloud.default);
            let answer = self.terminal.text(&format!("{env}, the region"), default)?;
            self.take(env, if answer == cloud.default { "" } else { &answer });
        }
        Ok(())
    }

    /// Its key. What is typed isn't shown; the one in the environment is taken by Enter.
    fn ask_key(&mut self, provider: &'static Provider) -> anyhow::Result<()> {
        let Some(env) = provider.key_env else { return Ok(()) };
        let there = self.world.key(provider).map(|(name, key)| (name, key.to_owned()));
        let is_subscription = self.mode == Mode::Wrap && SUBSCRIPTIONS.contains(&provider.name);
        let none = match &there {
            Some((name, key)) => format!("Enter takes {name} of the environment, {}", mask(key)),
            None if is_subscription => "Enter for none: the client's own sign-in is passed on".to_owned(),
            None if provider.project.is_some() => "Enter for none: a project of the cloud is used".to_owned(),
            None if provider.key_required => "Enter for none: each client shows its own".to_owned(),
            None => "Enter if it wants none".to_owned(),
        };
        let typed = self.terminal.secret(&format!("{env} ({none})"))?;
        let key = if typed.is_empty() { there.map(|(_, key)| key).unwrap_or_default() } else { typed };
        self.take(env, &key);
        if key.is_empty() { self.ask_project(provider) } else { Ok(()) }
    }

    /// The customer's project of a cloud, which stands for a key.
    fn ask_project(&mut self, provider: &'static Provider) -> anyhow::Result<()> {
        let Some(cloud) = provider.project else { return Ok(()) };
        let ask = |envs: &'static [&'static str], question: &str, usual: &str| {
            let Some(env) = envs.first().copied() else { return Ok(None) };
            let set = envs.iter().find_map(|env| self.world.variable(env));
            let default = self.draft.get(env).or(set).unwrap_or(usual);
            anyhow::Ok(Some((env, self.terminal.text(&format!("{env}, {question}"), default)?)))
        };
        let project = ask(cloud.project_envs, "the project's id", "")?;
        let location = ask(cloud.location_envs, "its location", cloud.default_location)?;
        for (env, answer) in project.into_iter().chain(location) {
            self.take(env, if answer == cloud.default_location { "" } else { &answer });
        }
        Ok(())
    }

    /// Takes an answer, or says why it can't be taken; then it is asked for again with all of the provider.
    fn take(&mut self, env: &str, answer: &str) {
        if let Err(why) = self.draft.set(env, answer) {
            self.terminal.say(&toned(&format!("{why:#}"), Tone::Bad));
        }
    }

    /// Tries what was answered. The models, or nothing when it is to be asked for again.
    fn tried(&self, provider: &'static Provider) -> anyhow::Result<Option<Vec<String>>> {
        if !self.checks {
            return Ok(Some(Vec::new()));
        }
        let loaded = self.draft.loaded(&self.world.inputs, false)?;
        let tried = self.world.runtime.block_on(try_all(&self.world.scout, &[provider], &loaded.values));
        let Some((_, checked)) = tried.into_iter().next() else { return Ok(Some(Vec::new())) };
        let (tone, words) = in_words(provider, &checked);
        let is_their_own = checked.credential == Credential::Absent
            && self.mode == Mode::Wrap
            && SUBSCRIPTIONS.contains(&provider.name);
        if is_their_own {
            self.terminal.say("no key: the client's own sign-in is passed on");
        } else {
            self.terminal.say(&format!("{} {}", provider.title, toned(&words, tone)));
        }
        if tone != Tone::Bad {
            return Ok(Some(checked.models));
        }
        let choices = ["answer again".to_owned(), "go on with it as it is".to_owned()];
        let chosen = self.terminal.choose("What now?", &choices, 0)?;
        Ok((chosen == 1).then_some(checked.models))
    }

    /// The model of a tier.
    pub(super) fn ask_model(
        &self,
        tier: Tier,
        provider: &'static Provider,
        models: &[String],
    ) -> anyhow::Result<String> {
        let question = format!("{}: which model of {}?", tier.name(), provider.title);
        let usual = provider.default_model;
        if !models.is_empty() {
            let mut choices = models.to_vec();
            // Of a long list only the beginning is seen.
            choices.sort_by_key(|model| model != usual);
            choices.push(ANOTHER.to_owned());
            let chosen = self.terminal.search(&format!("{question} (type to narrow down)"), &choices, 0)?;
            if let Some(model) = choices.get(chosen).filter(|model| *model != ANOTHER) {
                return Ok(model.clone());
            }
        }
        loop {
            let model = self.terminal.text(&question, usual)?;
            if !model.is_empty() && !model.contains([',', ' ']) {
                return Ok(model);
            }
            self.terminal.say("a model's name has no blanks and no commas");
        }
    }
}
