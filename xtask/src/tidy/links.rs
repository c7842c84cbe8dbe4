//! Links between documents lead somewhere: the file is there, and so is the heading.

use super::{Finding, is_recorded};
use crate::tree::{self, TextFile};

/// Every relative link that leads nowhere. `exists` says whether a path of the repository is there.
pub(crate) fn check(files: &[TextFile], exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let documents =
        || files.iter().filter(|file| tree::extension(&file.path) == "md" && !is_recorded(&file.path));
    let headings = |path: &str| {
        let found = documents().find(|file| file.path == path);
        found.map(|file| headings(&file.text))
    };
    let mut findings = Vec::new();
    for file in documents() {
        for (line, target) in links(&file.text) {
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { file.path.clone() } else { resolve(&file.path, path) };
            if !exists(&path) {
                findings.push(Finding::new(&file.path, line, format!("links to {path}, which isn't there")));
            } else if !anchor.is_empty()
                && headings(&path).is_some_and(|all| !all.iter().any(|own| own == anchor))
            {
                findings.push(Finding::new(&file.path, line, format!("{path} has no heading for #{anchor}")));
            }
        }
    }
    findings
}

/// The relative links of a document, each with its line. Code is no place for links.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for (index, part) in line.split('`').enumerate() {
            // A link's own text may be code, so that its target begins the next part.
            let is_code = index % 2 == 1;
            for (start, _) in part.match_indices("](").filter(|_| !is_code) {
                let target = part[start + 2..].split([')', ' ']).next().unwrap_or_default();
                if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                    found.push((number, target));
                }
            }
        }
    }
    found
}

/// The lines outside of fenced code, each with its number.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((index + 1, line))
    })
}

/// The anchors of a document's headings, as renderers make them.
fn headings(text: &str) -> Vec<String> {
    let title =
        |line: &str| line.starts_with('#').then(|| line.trim_start_matches('#').trim().to_lowercase());
    let anchor = |title: String| {
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    prose(text).filter_map(|(_, line)| title(line)).map(anchor).collect()
}

/// A link's path as a path of the repository.
fn resolve(from: &str, link: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests;
