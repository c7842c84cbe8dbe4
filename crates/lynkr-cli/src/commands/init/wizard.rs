//! The questions at a terminal. What can be chosen comes from the tables of providers and settings.

mod intelligence;
mod providers;

use std::collections::BTreeMap;

use lynkr_app::LocalServer;
use lynkr_providers::{PROVIDERS, Provider};
use lynkr_routing::Tier;

use super::draft::Draft;
use super::world::World;
use super::{Plan, render};
use crate::arguments::{Format, Init, Mode};
use crate::terminal::Terminal;

/// What a tier's work is, in a few words.
const WORK: [&str; 4] = [
    "talk, lookups, small changes",
    "a function, a file",
    "several files, a design",
    "proofs, audits, long work",
];

/// The questions, and what has been answered so far.
pub(super) struct Wizard<'a> {
    terminal: Terminal,
    world: &'a World,
    servers: Vec<LocalServer>,
    mode: Mode,
    checks: bool,
    draft: Draft,
    /// The providers that were set up, each once, with the models that they list.
    known: BTreeMap<&'static str, Vec<String>>,
}

/// Asks. `None` where what came of it isn't wanted.
pub(crate) fn plan(arguments: &Init, world: &World) -> anyhow::Result<Option<Plan>> {
    let terminal = Terminal::new();
    terminal.heading("Lynkr: setting up");
    let mut wizard = Wizard {
        servers: look_around(&terminal, world),
        mode: ask_mode(&terminal)?,
        terminal,
        world,
        checks: !arguments.no_check,
        draft: Draft::default(),
        known: BTreeMap::new(),
    };
    wizard.ask_tiers()?;
    wizard.ask_intelligence()?;
    wizard.into_plan(arguments)
}

/// What is on this machine already, which is shown and becomes defaults.
fn look_around(terminal: &Terminal, world: &World) -> Vec<LocalServer> {
    let servers = world.servers();
    for server in &servers {
        terminal.say(&format!(
            "  {} runs at {} ({})",
            server.provider.title,
            server.url,
            counted(server.models.len(), "model")
        ));
    }
    for provider in PROVIDERS {
        if let Some((name, _)) = world.key(provider) {
            terminal.say(&format!("  {name} is in the environment"));
        }
    }
    let clients: Vec<&str> = world.clients.iter().map(|(client, _)| client.title()).collect();
    if !clients.is_empty() {
        terminal.say(&format!("  installed: {}", clients.join(", ")));
    }
    servers
}

fn ask_mode(terminal: &Terminal) -> anyhow::Result<Mode> {
    let choices = [
        "A subscription: `lynkr wrap claude` starts the client, whose own sign-in is passed on untouched"
            .to_owned(),
        "Keys: any client, with the keys that are configured here".to_owned(),
    ];
    let chosen = terminal.choose("What will you use it with?", &choices, 0)?;
    Ok(if chosen == 0 { Mode::Wrap } else { Mode::Direct })
}

pub(super) fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// What can be chosen for a tier.
enum Choice {
    /// The models of a tier that was asked for before.
    Same(Tier),
    /// A provider's.
    Of(&'static Provider),
    /// None: a neighbouring tier's models answer.
    None,
}

impl Wizard<'_> {
    fn ask_tiers(&mut self) -> anyhow::Result<()> {
        self.terminal.heading("Which models answer");
        self.terminal.say(
            "Each request goes to the tier that it needs; a tier without models borrows its neighbour's.",
        );
        for (tier, work) in Tier::ALL.into_iter().zip(WORK) {
            self.ask_tier(tier, work)?;
        }
        let first = Tier::ALL.into_iter().find_map(|tier| self.draft.get(tier.env()));
        let provider = first.and_then(|models| models.split(':').next()).map(str::to_owned);
        // Without any tier a subscription's own vendor answers everything.
        let provider = provider.or_else(|| (self.mode == Mode::Wrap).then(|| "anthropic".to_owned()));
        self.draft.set("MODEL_PROVIDER", &provider.unwrap_or_default())
    }

    fn ask_tier(&mut self, tier: Tier, work: &str) -> anyhow::Result<()> {
        let choices = self.choices();
        let labels: Vec<String> = choices.iter().map(|choice| self.label(choice)).collect();
        let default = self.default_of(tier, &choices);
        let question = format!("{} ({work}); type to narrow down", tier.name());
        let chosen = self.terminal.search(&question, &labels, default)?;
        match choices.get(chosen) {
            Some(Choice::Same(other)) => {
                let models = self.draft.get(other.env()).unwrap_or_default().to_owned();
                self.draft.set(tier.env(), &models)
            }
            Some(Choice::Of(provider)) => {
                let provider = *provider;
                let models = self.set_up(provider)?;
                let model = self.ask_model(tier, provider, &models)?;
                self.draft.set(tier.env(), &format!("{}:{model}", provider.name))
            }
            Some(Choice::None) | None => Ok(()),
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let set = Tier::ALL.into_iter().rev().find(|tier| self.draft.get(tier.env()).is_some());
        let mut ready: Vec<&'static Provider> = PROVIDERS.to_vec();
        ready.sort_by_key(|provider| (self.readiness(provider).is_none(), provider.name == "builtin"));
        let can_be_none = set.is_some() || self.mode == Mode::Wrap;
        let none = can_be_none.then_some(Choice::None);
        set.map(Choice::Same).into_iter().chain(ready.into_iter().map(Choice::Of)).chain(none).collect()
    }

    fn label(&self, choice: &Choice) -> String {
        match choice {
            Choice::Same(tier) => {
                format!("the same as {}: {}", tier.name(), self.draft.get(tier.env()).unwrap_or_default())
            }
            Choice::Of(provider) => match self.readiness(provider) {
                Some(why) => format!("{} ({why})", provider.title),
                None => provider.title.to_owned(),
            },
            Choice::None => "none: a neighbouring tier's models answer".to_owned(),
        }
    }

    /// Hard work is what a subscription is for.
    fn default_of(&self, tier: Tier, choices: &[Choice]) -> usize {
        let is_hard = matches!(tier, Tier::Complex | Tier::Reasoning);
        let is_subscription =
            |choice: &Choice| matches!(choice, Choice::Of(provider) if provider.name == "anthropic");
        let has_one = Tier::ALL
            .into_iter()
            .any(|tier| self.draft.get(tier.env()).is_some_and(|models| models.starts_with("anthropic:")));
        if self.mode == Mode::Wrap && is_hard && !has_one {
            return choices.iter().position(is_subscription).unwrap_or(0);
        }
        0
    }

    fn into_plan(self, arguments: &Init) -> anyhow::Result<Option<Plan>> {
        let about = match self.mode {
            Mode::Wrap => "For clients with a subscription: `lynkr wrap CLIENT`.",
            Mode::Direct => "For any client, with these keys.",
        };
        let plan = Plan { draft: self.draft, about: about.to_owned(), mode: Some(self.mode) };
        self.terminal.heading("This is what will be written");
        let masked = render::env_text(&plan.draft, Format::Env, &plan.about, render::Secrets::Masked);
        for line in masked.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            self.terminal.say(&format!("  {line}"));
        }
        if !arguments.dry_run && !self.terminal.confirm("Write it?", true)? {
            return Ok(None);
        }
        Ok(Some(plan))
    }
}
