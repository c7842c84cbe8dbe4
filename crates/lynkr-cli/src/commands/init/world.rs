//! What surrounds the questions: the environment, the model servers and tools of this machine, and who asks providers.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use lynkr_app::{LocalServer, Scout, load};
use lynkr_config::{Inputs, Values};
use lynkr_providers::Provider;
use tokio::runtime::Runtime;

use crate::clients::{Client, installed};
use crate::progress::during;
use crate::terminal::restore_when_interrupted;

/// What is there.
pub(crate) struct World {
    pub(crate) inputs: Inputs,
    pub(crate) runtime: Runtime,
    pub(crate) scout: Arc<Scout>,
    pub(crate) clients: Vec<(Client, PathBuf)>,
    /// What the environment alone says.
    pub(crate) values: Values,
}

impl World {
    pub(crate) fn new(inputs: Inputs) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("can't start the runtime")?;
        let inside = runtime.enter();
        restore_when_interrupted();
        // What files say now is about to be replaced.
        let environment = Inputs { user_dir: None, toml_file: None, ..inputs.clone() };
        let values = load(&environment).values;
        let scout = Scout::new(&values, &inputs).map_err(|problem| anyhow!("{problem}"))?;
        let clients = installed(&inputs);
        drop(inside);
        Ok(Self { inputs, runtime, scout: Arc::new(scout), clients, values })
    }

    /// The model servers that run on this machine.
    pub(crate) fn servers(&self) -> Vec<LocalServer> {
        let looked = self.scout.local_servers(&self.values);
        self.runtime.block_on(during("looking for model servers on this machine", looked))
    }

    /// A variable of the environment that isn't empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.inputs.environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The provider's key in the environment, and the name under which it is there.
    pub(crate) fn key(&self, provider: &Provider) -> Option<(&'static str, &str)> {
        provider.key_envs().find_map(|name| Some((name, self.variable(name)?)))
    }

    /// The settings of a provider that the environment has, but for its keys: endpoint, region, project.
    pub(crate) fn places(&self, provider: &Provider) -> Vec<(&'static str, &str)> {
        let regions = provider.regions.map_or(&[][..], |cloud| cloud.envs);
        let project = provider.project.map_or(&[][..], |cloud| cloud.project_envs);
        let location = provider.project.map_or(&[][..], |cloud| cloud.location_envs);
        let own = provider.endpoint_envs().chain(provider.endpoint_path_env).chain(provider.api_version_env);
        let all = own.chain(regions.iter().chain(project).chain(location).copied());
        all.filter_map(|name| Some((name, self.variable(name)?))).collect()
    }
}
