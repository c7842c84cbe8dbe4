//! How the tiers decide: asked for the settings that this version has.

use lynkr_config::{Kind, Setting};

use super::Wizard;
use crate::commands::init::draft::{errors, setting_named};

/// What may be asked, in this order.
const ASKED: &[(&str, &str)] = &[
    ("LYNKR_VISIBLE_ROUTING", "Show in each answer which model gave it (a badge)?"),
    ("LYNKR_INTENT_WINDOW_N", "How many of your last messages decide (the window)?"),
    ("LYNKR_INTENT_DECAY", "What does a message count less with each newer one (the decay, 0 to 1)?"),
    ("LYNKR_STICKY_SESSIONS", "Does a session stay with its model, whose provider has its prompt cached?"),
    ("LYNKR_LEARNING", "Learn from what comes of the answers?"),
];

impl Wizard<'_> {
    /// Asks for each that there is; a default is not written down.
    pub(super) fn ask_intelligence(&mut self) -> anyhow::Result<()> {
        self.terminal.heading("How a model is chosen");
        for (setting, question) in
            ASKED.iter().filter_map(|(name, question)| Some((setting_named(name)?, *question)))
        {
            self.ask_setting(setting, question)?;
        }
        Ok(())
    }

    fn ask_setting(&mut self, setting: &'static Setting, question: &str) -> anyhow::Result<()> {
        let default = setting.default.unwrap_or_default();
        loop {
            let answer = if setting.kind == Kind::Bool {
                self.terminal.confirm(question, default == "true")?.to_string()
            } else {
                self.terminal.text(question, default)?
            };
            let before = self.draft.clone();
            self.draft.set(setting.env, if answer == default { "" } else { &answer })?;
            let loaded = self.draft.loaded(&self.world.inputs, false)?;
            let Some(problem) = errors(&loaded).into_iter().find(|problem| problem.key == setting.env) else {
                return Ok(());
            };
            self.terminal.say(&problem.to_string());
            self.draft = before;
        }
    }
}
