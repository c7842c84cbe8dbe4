//! Writes the reference and the example file from the tables, so that they can't drift from the code.

use std::fmt::Write as _;

use crate::{Kind, Setting};

const INTRODUCTION: &str = "\
# Configuration

<!-- Generated from the settings tables; change them and run `cargo xtask codegen`. -->

Nothing has to be configured. A value is looked for in this order, and the first place that has one wins:

1. command-line flags;
2. the process environment;
3. `.env`: the file that `--env-file` names, or else `./.env` and then `.env` in the configuration folder;
4. `lynkr.toml`: the file that `--config` or `LYNKR_CONFIG` names, or else the one in the configuration
   folder. It is never read from the working directory;
5. the default.

Providers that you name yourself (`[providers.work]`) are in `lynkr.toml` alone; [providers.md](providers.md) has their
keys.

The configuration folder is `LYNKR_CONFIG_DIR`, else `$XDG_CONFIG_HOME/lynkr`, else `~/.config/lynkr`.
An empty value counts as unset. A list or a table comes whole from one place; places are not merged. Values
in `.env` files are literal: `$NAME` is not replaced. `lynkr config` prints what is in effect and where it
came from; `lynkr config --check` exits with a failure when something is wrong, and names all of it.

## Trust

`./.env` belongs to whatever project the gateway is started in, and a cloned repository can say anything
there. `lynkr start` reads it and says which names it gave, but an endpoint from it is never joined with a
credential from another place, unless the endpoint is the vendor's own host. Put both into the same file, or
the endpoint into the environment or into the configuration folder. Commands that wrap another tool don't
read the working directory at all.

## Where defaults differ from the older product

- `MODEL_PROVIDER` unset means: look for keys, then for model servers on this machine, then serve the builtin
  provider. Nothing is demanded before the gateway starts.
- The gateway listens on 127.0.0.1; it used to listen on every interface.
- Nothing is added to a conversation that is passed through, neither tools nor memories nor prompt text.
- Sampling settings and token limits are sent only if the client sent them or the provider demands them.
- State lies in the user's state folder, not in the working directory.
- Switches take `true`, `1`, `yes`, `on` and their opposites in any case; any other text is reported instead
  of being read as the default.
- Timeouts and retry counts that used to be documented but had no effect have one.
";

/// The text of `docs/configuration.md`.
pub fn reference_markdown(tables: &[&'static [Setting]]) -> String {
    let mut text = INTRODUCTION.to_owned();
    for (section, settings) in sections(tables) {
        let _ = write!(text, "\n## `[{section}]`\n\n");
        text.push_str("| Environment | `lynkr.toml` | Takes | Default | Meaning |\n|---|---|---|---|---|\n");
        for setting in settings {
            let default = setting.default.map_or("–".to_owned(), |default| format!("`{default}`"));
            let toml = if setting.process_only { "–".to_owned() } else { format!("`{}`", setting.toml) };
            let _ = writeln!(
                text,
                "| `{}` | {toml} | {} | {default} | {} |",
                setting.env,
                takes(setting.kind),
                setting.doc.replace('|', "\\|"),
            );
        }
    }
    text
}

/// The text of `.env.example`: every setting, commented out.
pub fn env_example(tables: &[&'static [Setting]]) -> String {
    let mut text =
        "# Every setting, with its default. Copy this file to .env and uncomment what you change.\n\
                    # The reference is docs/configuration.md.\n"
            .to_owned();
    for (section, settings) in sections(tables) {
        let _ = write!(text, "\n# --- {section} ---\n");
        for setting in settings.into_iter().filter(|setting| !setting.process_only) {
            let _ = writeln!(text, "\n# {}", setting.doc);
            let _ = writeln!(text, "#{}={}", setting.env, setting.default.unwrap_or(""));
        }
    }
    text
}

/// The settings by TOML table, in the order in which the tables first appear.
fn sections(tables: &[&'static [Setting]]) -> Vec<(&'static str, Vec<&'static Setting>)> {
    let mut sections: Vec<(&'static str, Vec<&'static Setting>)> = Vec::new();
    for setting in tables.iter().flat_map(|table| table.iter()) {
        match sections.iter_mut().find(|(name, _)| *name == setting.section()) {
            Some((_, settings)) => settings.push(setting),
            None => sections.push((setting.section(), vec![setting])),
        }
    }
    sections
}

fn takes(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Secret => "**secret**".to_owned(),
        Kind::Url => "URL".to_owned(),
        Kind::ServerUrl => "URL, **secret**".to_owned(),
        Kind::Path => "path".to_owned(),
        Kind::Bool => "switch".to_owned(),
        Kind::Integer { min, max } => format!("{min} to {max}"),
        Kind::Milliseconds => "milliseconds, or `90s`, `5m`, `1h`".to_owned(),
        Kind::Bytes => "bytes, or `512kb`, `64mb`, `1gb`".to_owned(),
        Kind::Share => "a share, as `0.85` or `85%`".to_owned(),
        Kind::List => "list".to_owned(),
        Kind::Pairs => "`name=value` list, in TOML a table".to_owned(),
        Kind::Headers => "**secret** `name=value` list, in TOML a table".to_owned(),
        Kind::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests;
