//! The configuration: what is wrong with it and where that stands, which files it comes from, and who may read them.

use std::path::Path;

use lynkr_config::{Kind, Severity};

use super::Context;
use super::finding::{Finding, Verdict};

pub(super) fn look(on: &Context) -> Vec<Finding> {
    let mut found: Vec<Finding> = on.loaded.problems.iter().map(problem).collect();
    for file in &on.loaded.files {
        let settings = |count| if count == 1 { "1 setting".to_owned() } else { format!("{count} settings") };
        let told = match (file.gave.len(), file.overridden.len()) {
            (gave, 0) => format!("gives {}", settings(gave)),
            (gave, lost) => format!(
                "gives {}; {lost} more decided elsewhere: {}",
                settings(gave),
                file.overridden.join(", ")
            ),
        };
        found.push(Finding::new(Verdict::Good, shown(&file.path), told));
        let secrets = file.gave.iter().chain(&file.overridden).any(|name| is_secret(on, name));
        found.extend(open_to_others(&file.path).filter(|_| secrets));
    }
    if on.loaded.files.is_empty() {
        let told = "there are no files; the environment and defaults decide";
        found.push(Finding::new(Verdict::Note, "files", told).with_suggestion("lynkr init"));
    }
    if !found.iter().any(|own| matches!(own.verdict, Verdict::Wrong | Verdict::Warning)) {
        found.push(Finding::new(Verdict::Good, "settings", "can all be used"));
    }
    found
}

fn problem(problem: &lynkr_config::Problem) -> Finding {
    let verdict = match problem.severity {
        Severity::Error => Verdict::Wrong,
        Severity::Warning => Verdict::Warning,
    };
    let value = problem.value.as_ref().map(|value| format!("= `{value}` ")).unwrap_or_default();
    let source = problem.source.as_ref().map(|source| format!("({source}) ")).unwrap_or_default();
    let finding = Finding::new(verdict, &problem.key, format!("{value}{source}{}", problem.message));
    match &problem.hint {
        Some(hint) => finding.with_suggestion(hint),
        None => finding,
    }
}

fn is_secret(on: &Context, name: &str) -> bool {
    let mut settings = on.loaded.tables.iter().flat_map(|table| table.iter());
    settings.any(|setting| {
        setting.env == name && matches!(setting.kind, Kind::Secret | Kind::ServerUrl | Kind::Headers)
    })
}

/// A file with secrets that others may read.
#[cfg(unix)]
pub(super) fn open_to_others(path: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let about = std::fs::metadata(path).ok()?;
    let mode = about.permissions().mode() & 0o777;
    let wanted = if about.is_dir() { 0o700 } else { 0o600 };
    let told = format!("others may read it (mode {mode:o})");
    let finding = Finding::new(Verdict::Warning, shown(path), told);
    (mode & 0o077 != 0).then(|| finding.with_suggestion(format!("chmod {wanted:o} {}", quoted(path))))
}

#[cfg(not(unix))]
pub(super) fn open_to_others(_: &Path) -> Option<Finding> {
    None
}

/// A path as a shell takes it.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+~".contains(c));
    if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// The end of a path that is too long for a column.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
