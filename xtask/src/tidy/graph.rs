//! What `cargo metadata` says, cut down to what the rules ask: who depends on whom, and what was resolved.

use serde_json::Value;

/// The workspace's own packages and the names of everything that was resolved for them.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) members: Vec<Member>,
    pub(crate) resolved: Vec<Resolved>,
}

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) manifest: String,
    manifest_text: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency as the manifest declares it.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// Why a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

/// A package that ends up in the build, and the packages that asked for it.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) name: String,
    pub(crate) wanted_by: Vec<String>,
}

impl Graph {
    /// Reads the metadata; `manifest_text` gives the text of a manifest, for line numbers only.
    pub(crate) fn read(metadata: &Value, manifest_text: &dyn Fn(&str) -> String) -> Self {
        let root = metadata["workspace_root"].as_str().unwrap_or_default();
        let packages = list(&metadata["packages"]);
        let members = packages
            .iter()
            .filter(|package| package["source"].is_null())
            .map(|package| Member::read(package, root, manifest_text))
            .collect();
        let resolved = packages.iter().map(|package| Resolved::read(package, metadata)).collect();
        Self { members, resolved }
    }
}

impl Member {
    fn read(package: &Value, root: &str, manifest_text: &dyn Fn(&str) -> String) -> Self {
        let manifest =
            text(&package["manifest_path"]).trim_start_matches(root).trim_start_matches('/').to_owned();
        Self {
            name: text(&package["name"]).to_owned(),
            manifest_text: manifest_text(&manifest),
            manifest,
            dependencies: list(&package["dependencies"]).iter().map(Dependency::read).collect(),
        }
    }

    /// The manifest's line that declares a dependency; 1 where it isn't found.
    pub(crate) fn line_of(&self, dependency: &str) -> usize {
        let declares = |line: &str| {
            let rest = line.trim_start().strip_prefix(dependency);
            rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        };
        self.manifest_text.lines().position(declares).map_or(1, |index| index + 1)
    }
}

impl Dependency {
    fn read(value: &Value) -> Self {
        let kind = match value["kind"].as_str() {
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            _ => Kind::Normal,
        };
        Self { name: text(&value["name"]).to_owned(), kind }
    }
}

impl Resolved {
    fn read(package: &Value, metadata: &Value) -> Self {
        let id = &package["id"];
        let asks = |node: &&Value| list(&node["dependencies"]).contains(id);
        let wanted_by = list(&metadata["resolve"]["nodes"]).iter().filter(asks);
        Self {
            name: text(&package["name"]).to_owned(),
            wanted_by: wanted_by.map(|node| name_of(&node["id"], metadata)).collect(),
        }
    }
}

fn name_of(id: &Value, metadata: &Value) -> String {
    let package = list(&metadata["packages"]).iter().find(|package| package["id"] == *id);
    package.map(|package| text(&package["name"]).to_owned()).unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A graph of the given members, each with its normal dependencies, for the tests of the rules.
#[cfg(test)]
pub(crate) fn sample(members: &[(&str, &[(&str, Kind)])]) -> Graph {
    let member = |(name, dependencies): &(&str, &[(&str, Kind)])| Member {
        name: (*name).to_owned(),
        manifest: format!("{name}/Cargo.toml"),
        manifest_text: dependencies.iter().flat_map(|(name, _)| [name, ".workspace = true\n"]).collect(),
        dependencies: dependencies
            .iter()
            .map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: *kind })
            .collect(),
    };
    Graph { members: members.iter().map(member).collect(), resolved: Vec::new() }
}

#[cfg(test)]
mod tests;
