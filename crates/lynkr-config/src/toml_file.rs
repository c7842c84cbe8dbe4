//! Reads the text of `lynkr.toml`: the one place that names figment.

use figment::Provider as _;
use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Num, Value};

use crate::parse::Raw;

/// A key of the file that no setting has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownKey(pub(crate) String);

/// What a TOML file says.
#[derive(Default)]
pub(crate) struct TomlFile {
    /// Dotted key and value, for keys that are known.
    pub(crate) entries: Vec<(String, Raw)>,
    /// Dotted keys that no setting has.
    pub(crate) unknown: Vec<UnknownKey>,
}

/// Parses `text`. `known` tells a setting's dotted key from a table that holds settings.
///
/// The error names the place but never quotes the line, which may hold a secret.
pub(crate) fn parse(text: &str, known: &dyn Fn(&str) -> bool) -> Result<TomlFile, String> {
    let profiles = Toml::string(text).data().map_err(|error| first_and_last_line(&error.to_string()))?;
    let mut file = TomlFile::default();
    for (_, table) in profiles {
        collect(&mut file, "", table, known);
    }
    Ok(file)
}

/// The tables below `section`, each with its texts: `[section.name]`. A text that can't be parsed has none;
/// whoever reads the settings reports it.
pub(crate) fn tables_below(text: &str, section: &str) -> Vec<(String, Vec<(String, String)>)> {
    let Ok(profiles) = Toml::string(text).data() else { return Vec::new() };
    let mut tables = Vec::new();
    for (_, mut table) in profiles {
        let Some(Value::Dict(_, named)) = table.remove(section) else { continue };
        for (name, value) in named {
            if let Value::Dict(_, own) = value {
                let texts = own.iter().filter_map(|(key, value)| Some((key.clone(), to_text(value)?)));
                tables.push((name, texts.collect()));
            }
        }
    }
    tables
}

fn collect(file: &mut TomlFile, prefix: &str, table: Dict, known: &dyn Fn(&str) -> bool) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        if known(&key) {
            file.entries.push((key, to_raw(value)));
        } else if let Value::Dict(_, inner) = value {
            collect(file, &key, inner, known);
        } else {
            file.unknown.push(UnknownKey(key));
        }
    }
}

fn to_raw(value: Value) -> Raw {
    match value {
        Value::Array(_, items) => items
            .iter()
            .map(to_text)
            .collect::<Option<Vec<_>>>()
            .map_or(Raw::Unusable("a nested list"), Raw::List),
        Value::Dict(_, table) => table
            .iter()
            .map(|(name, value)| Some((name.clone(), to_text(value)?)))
            .collect::<Option<Vec<_>>>()
            .map_or(Raw::Unusable("a nested table"), Raw::Pairs),
        Value::String(..) | Value::Char(..) | Value::Bool(..) | Value::Num(..) | Value::Empty(..) => {
            to_text(&value).map_or(Raw::Unusable("nothing"), Raw::Text)
        }
    }
}

fn to_text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, character) => Some(character.to_string()),
        Value::Bool(_, switch) => Some(switch.to_string()),
        Value::Num(_, number) => Some(number_text(*number)),
        Value::Empty(..) => Some(String::new()),
        Value::Dict(..) | Value::Array(..) => None,
    }
}

fn number_text(number: Num) -> String {
    match (number.to_u128(), number.to_i128(), number.to_f64()) {
        (Some(number), _, _) => number.to_string(),
        (None, Some(number), _) => number.to_string(),
        (None, None, Some(number)) => number.to_string(),
        (None, None, None) => String::new(),
    }
}

/// Between the first line (the place) and the last (what was expected) the parser quotes the file.
fn first_and_last_line(message: &str) -> String {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("unreadable").to_owned();
    match lines.next_back() {
        Some(last) if !last.contains('|') => format!("{first}: {last}"),
        _ => first,
    }
}

#[cfg(test)]
mod tests;
