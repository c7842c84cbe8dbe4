//! The table of tools.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::tool::{Spec, Tool};
use crate::tools;

/// Every tool that comes with the gateway. A new one is a file in `tools/` and a line here.
const BUILTIN: &[fn() -> Arc<dyn Tool>] = &[
    || Arc::new(tools::edit_patch::EditPatch),
    || Arc::new(tools::fs_read::FsRead),
    || Arc::new(tools::fs_write::FsWrite),
    || Arc::new(tools::workspace_list::WorkspaceList),
    || Arc::new(tools::workspace_search::WorkspaceSearch),
];

/// A tool with what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) spec: Spec,
    pub(crate) tool: Arc<dyn Tool>,
}

/// Tools by their names.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    entries: BTreeMap<String, Entry>,
}

impl Registry {
    /// The tools that come with the gateway.
    pub fn builtin() -> Self {
        let mut registry = Self::default();
        for make in BUILTIN {
            registry.add(make());
        }
        registry
    }

    /// Adds a tool; one of the same name gives way.
    pub fn add(&mut self, tool: Arc<dyn Tool>) {
        let spec = tool.spec();
        self.entries.insert(spec.name.clone().into_owned(), Entry { spec, tool });
    }

    /// The tool of this name, else the one whose name differs in case only.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        let loosely = || self.entries.values().find(|entry| entry.spec.name.eq_ignore_ascii_case(name));
        self.entries.get(name).or_else(loosely)
    }

    /// All tools, by name: in the same order each time, so that a provider's prompt cache stays warm.
    pub fn specs(&self) -> impl Iterator<Item = &Spec> {
        self.entries.values().map(|entry| &entry.spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_says_what_it_is_and_takes_an_object() {
        let registry = Registry::builtin();
        assert_eq!(registry.specs().count(), BUILTIN.len(), "each name once");
        for spec in registry.specs() {
            let name = &spec.name;
            assert!(name.len() <= 64 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
            assert!(spec.description.len() > 40, "{name}");
            assert_eq!(spec.schema["type"], "object", "{name}");
            let fields = spec.schema["properties"].as_object().unwrap();
            for field in spec.schema["required"].as_array().into_iter().flatten() {
                assert!(fields.contains_key(field.as_str().unwrap()), "{name}: {field}");
            }
            assert!(fields.values().all(|field| field["description"].is_string()), "{name}");
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        let registry = Registry::builtin();
        assert!(registry.find("fs_read").is_some() && registry.find("FS_Read").is_some());
        assert!(registry.find("Read").is_none(), "a client's own tools are its own");
    }
}
