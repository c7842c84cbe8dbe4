//! Points for length and form: is there about as much as was asked for, in the form that was asked for?

use super::Excerpt;

/// Answers with fewer points fail.
pub(super) const LEAST: f64 = 30.0;

const BASE: f64 = 60.0;
/// (characters of the ask above which, characters of the answer below which, points); the first that fits counts.
const TOO_SHORT: &[(usize, usize, f64)] = &[(200, 60, -35.0), (100, 30, -30.0)];
/// From this length on an answer has something to say.
const AMPLE: (usize, f64) = (120, 15.0);
/// Points for structure that was asked for, if there and if not.
const STRUCTURE: (f64, f64) = (15.0, -20.0);
/// Points for code that was asked for, if there and if not.
const CODE: (f64, f64) = (10.0, -15.0);

const WANTS_STRUCTURE: &[&str] = &[
    "list",
    "steps",
    "table",
    "outline",
    "bullet",
    "bullets",
    "enumerate",
    "json",
    "yaml",
    "compare",
    "checklist",
];
const WANTS_CODE: &[&str] =
    &["function", "code", "script", "snippet", "regex", "query", "implement", "class"];
const MAKES: &[&str] = &["write", "implement", "create", "generate", "show", "give", "code", "provide"];

/// Points from 0 to 100. With tools at hand the work may be done elsewhere than in the text, so that shortness and
/// missing form cost half.
pub(super) fn score(ask: &str, text: &Excerpt, tools_given: bool) -> f64 {
    let asked = ask.chars().count();
    let answered = text.letters();
    let words: Vec<String> = ask.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let mut parts = vec![];
    let short = TOO_SHORT.iter().find(|(ask, answer, _)| asked > *ask && answered < *answer);
    parts.extend(short.map(|(_, _, points)| *points));
    parts.extend((answered >= AMPLE.0).then_some(AMPLE.1));
    if has(WANTS_STRUCTURE) {
        parts.push(if is_structured(text) { STRUCTURE.0 } else { STRUCTURE.1 });
    }
    if has(WANTS_CODE) && has(MAKES) {
        parts.push(if has_code(text) { CODE.0 } else { CODE.1 });
    }
    let loss = if tools_given { 0.5 } else { 1.0 };
    let sum: f64 = parts.into_iter().map(|points| if points < 0.0 { points * loss } else { points }).sum();
    (BASE + sum).clamp(0.0, 100.0)
}

fn is_structured(text: &Excerpt) -> bool {
    let lines = text.parts().into_iter().flat_map(str::lines).map(str::trim_start);
    let marked = lines.filter(|line| {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let numbered = rest.len() < line.len() && (rest.starts_with(". ") || rest.starts_with(") "));
        numbered
            || line.starts_with(['|', '{', '[', '#'])
            || ["- ", "* ", "• "].iter().any(|mark| line.starts_with(mark))
    });
    marked.take(2).count() > 0
}

fn has_code(text: &Excerpt) -> bool {
    let code = |part: &str| part.contains("```") || part.contains("~~~") || part.matches('`').count() >= 2;
    let indented = |part: &str| {
        part.lines().filter(|line| line.starts_with("    ") || line.starts_with('\t')).count() > 1
    };
    text.parts().into_iter().any(|part| code(part) || indented(part))
}
