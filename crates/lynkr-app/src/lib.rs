//! Builds the whole gateway from settings: which provider answers and why, the transports, the pipeline, the
//! surface. Every binary starts here.

#![warn(missing_docs)]

mod build;
mod choose;
mod counted;
mod governance;
mod guards;
mod learning;
mod otel;
mod pinned;
mod prices;
mod probe;
mod recorded;
mod refine;
mod reload;
mod routing;
mod scout;
mod shelved;
mod start;
mod storage;
mod summary;
mod tools;

pub use build::{Built, StartError, build};
pub use choose::{Choice, Found};
pub use learning::{learned_from, rules as learning_rules};
pub use lynkr_api::Reload;
pub use lynkr_orchestrator::LearningRules;
pub use prices::price_list;
pub use prices::{Standing as PricesStanding, standing as prices_standing};
pub use refine::rules as refine_rules;
pub use reload::{FileWatch, Reloader};
pub use routing::policy as routing_policy;
pub use scout::{Answer, Checked, Credential, LocalServer, Question, Scout, known_models};
pub use start::{Running, start};
pub use summary::{Client, Connection, clients, reachable, shown_model, summary};

use lynkr_config::{Inputs, Loaded, Setting};

/// Every table of settings that is the same everywhere; providers that the operator names have tables besides.
pub fn settings_tables() -> Vec<&'static [Setting]> {
    let mut tables = vec![lynkr_config::SETTINGS, routing::SETTINGS, guards::SETTINGS, learning::SETTINGS];
    tables.extend([refine::SETTINGS, tools::SETTINGS, otel::SETTINGS]);
    tables.extend(lynkr_providers::settings_tables());
    tables
}

/// Reads the configuration with every table, those of named providers too, and adds what the providers find wrong with it.
pub fn load(inputs: &Inputs) -> Loaded {
    let mut tables = settings_tables();
    let named = lynkr_config::named_tables(inputs, lynkr_providers::CUSTOM_SECTION);
    tables.extend(lynkr_providers::custom_settings(&named));
    let mut loaded = lynkr_config::load(&tables, inputs);
    loaded.problems.extend(choose::problems(&loaded.values));
    loaded.problems.extend(routing::problems(&loaded.values));
    loaded.problems.extend(guards::problems(&loaded.values));
    loaded.problems.extend(refine::problems(&loaded.values));
    loaded
}
