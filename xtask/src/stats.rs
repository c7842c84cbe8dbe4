//! `stats`: how large files, functions and crates are, and which of them deserve a second look.

mod scanner;

use crate::tree::{self, TextFile};
use scanner::Function;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Past these a file or a function is looked at again.
const LONG_FILE: usize = 500;
const LONG_FUNCTION: usize = 60;

/// Production code of one file.
struct Measured {
    path: String,
    lines: usize,
    functions: Vec<Function>,
}

/// Prints the tables.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    crate::only_flags(arguments, &[])?;
    let files = tree::text_files()?;
    let measured: Vec<Measured> =
        files.iter().filter(|file| is_production(&file.path)).map(measure).collect();
    print!("{}", report(&measured));
    Ok(ExitCode::SUCCESS)
}

fn is_production(path: &str) -> bool {
    let test = path.ends_with("/tests.rs") || path.contains("/tests/") || path.starts_with("tests/");
    tree::extension(path) == "rs" && !test
}

fn measure(file: &TextFile) -> Measured {
    let production = scanner::production(&file.text);
    Measured {
        path: file.path.clone(),
        lines: production.lines().count(),
        functions: scanner::functions(production),
    }
}

fn report(files: &[Measured]) -> String {
    let crates =
        crates(files).into_iter().map(|(name, (count, lines))| format!("| {name} | {count} | {lines} |"));
    let mut lines = summary(files);
    lines.extend([String::new(), "| crate | files | prod lines |".to_owned(), "|---|--:|--:|".to_owned()]);
    lines.extend(crates);
    lines.extend(flags(files));
    lines.join("\n") + "\n"
}

fn summary(files: &[Measured]) -> Vec<String> {
    let lengths = sorted(files.iter().map(|file| file.lines));
    let functions = sorted(files.iter().flat_map(|file| &file.functions).map(|function| function.lines));
    let short = lengths.iter().filter(|lines| **lines <= LONG_FILE).count();
    let long = functions.iter().filter(|lines| **lines > LONG_FUNCTION).count();
    let columns = [
        ("files".to_owned(), files.len().to_string()),
        ("prod lines med / p95 / max".to_owned(), spread(&lengths)),
        (format!("≤{LONG_FILE}"), format!("{} %", percent(short, lengths.len()))),
        ("functions".to_owned(), functions.len().to_string()),
        ("fn med / p95 / max".to_owned(), spread(&functions)),
        (format!("fn >{LONG_FUNCTION}"), long.to_string()),
    ];
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    vec![
        format!("| {} |", names.join(" | ")),
        "|--:|--:|--:|--:|--:|--:|".to_owned(),
        format!("| {} |", values.join(" | ")),
    ]
}

fn crates(files: &[Measured]) -> BTreeMap<&str, (usize, usize)> {
    let mut crates = BTreeMap::new();
    for file in files {
        let folder = file.path.split_once("/src/").map_or(file.path.as_str(), |(folder, _)| folder);
        let sums: &mut (usize, usize) = crates.entry(folder).or_default();
        sums.0 += 1;
        sums.1 += file.lines;
    }
    crates
}

fn flags(files: &[Measured]) -> Vec<String> {
    let mut lines = Vec::new();
    for file in files {
        if file.lines > LONG_FILE {
            lines.push(format!("{}:1: {} production lines", file.path, file.lines));
        }
        for function in file.functions.iter().filter(|function| function.lines > LONG_FUNCTION) {
            lines.push(format!(
                "{}:{}: fn {} has {} lines",
                file.path, function.line, function.name, function.lines
            ));
        }
    }
    if !lines.is_empty() {
        lines.insert(0, "\nLook again at:".to_owned());
    }
    lines
}

fn sorted(values: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut values: Vec<usize> = values.collect();
    values.sort_unstable();
    values
}

fn spread(sorted: &[usize]) -> String {
    let at =
        |percent: usize| sorted.get(sorted.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0);
    format!("{} / {} / {}", at(50), at(95), at(100))
}

fn percent(part: usize, whole: usize) -> usize {
    (part * 100).checked_div(whole).unwrap_or(100)
}

#[cfg(test)]
mod tests;
