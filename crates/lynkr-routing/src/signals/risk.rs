//! What could do damage. Risk is not difficulty: it can raise the floor, and by default it does so to COMPLEX.
//!
//! Whole words and path segments count, of this turn only. A word that is only named ("the `author` field", "explain
//! authorization headers") is no risk; a change to what it names is.

use std::sync::LazyLock;

use crate::phrases::Table;
use crate::runs::{Visible, runs};
use crate::words::Words;

/// How much damage a wrong answer could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum RiskLevel {
    /// None to speak of.
    #[default]
    Low,
    /// Sensitive things are read or spoken of.
    Medium,
    /// Sensitive things are changed.
    High,
}

impl RiskLevel {
    /// As headers say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The risk of a turn, and what it was seen by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Risk {
    /// How much.
    pub level: RiskLevel,
    /// What was found, at most eight.
    pub hits: Vec<String>,
}

/// So many hits are told.
const MOST_HITS: usize = 8;

/// Segments of paths that hold sensitive code or data, by whole words within a segment.
const SEGMENTS: &[&str] = &[
    "auth",
    "oauth",
    "oauth2",
    "jwt",
    "security",
    "permission",
    "permissions",
    "rbac",
    "payment",
    "payments",
    "billing",
    "invoice",
    "invoices",
    "subscription",
    "subscriptions",
    "migration",
    "migrations",
    "infra",
    "terraform",
    "kustomize",
    "helm",
    "kubernetes",
    "k8s",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "webhook",
    "webhooks",
    "crypto",
];

/// Changes to what is sensitive: a verb, then within three words its object.
pub(super) const CHANGES: &[&str] = &[
    "add|change|fix|implement|modify|remove|replace|rewrite|refactor|update|migrate|disable|bypass|harden * authentication|authorization|permission|permissions|rbac|oauth|jwt",
    "add|change|fix|implement|modify|remove|replace|rewrite|refactor|update|process|charge|refund * payment|payments|billing|invoice|invoices|subscription|subscriptions",
    "encrypt|decrypt|hash|rotate|store|revoke * key|keys|password|passwords|secret|secrets|credential|credentials|token|tokens",
    "run|write|apply|create|revert|fix * migration|migrations",
    "alter|drop|truncate|migrate * table|tables|schema|database|column",
    "delete|drop|wipe|purge * production|prod|database|all",
    "deploy|ship|release|push|roll|rollout|promote * production|prod",
    "rollback|revert|roll * production|prod|release|deployment|deploy",
    "hotfix * production|prod",
    "leak|leaked|exposed|stolen|compromised * secret|secrets|credential|credentials|key|keys|password|passwords|token|tokens",
];

/// Sensitive subjects that are only spoken of.
pub(super) const SUBJECTS: &[&str] = &[
    "authentication",
    "authorization",
    "rbac",
    "oauth",
    "jwt",
    "csrf",
    "xss",
    "sql injection",
    "api key",
    "api keys",
    "credentials",
    "encryption",
    "pci",
    "gdpr",
    "hipaa",
    "banking",
    "payment|payments|billing system|service|flow|logic|code",
    "production database|deployment|environment",
];

/// Words that only look.
const READS: &[&str] = &[
    "read",
    "show",
    "list",
    "explain",
    "describe",
    "what",
    "where",
    "which",
    "find",
    "summarize",
    "summarise",
    "display",
    "print",
    "open",
    "view",
    "look",
];

/// The risk of what a user says and of the paths that tools touched since.
pub fn risk<'a>(text: &'a str, words: &Words, paths: impl IntoIterator<Item = &'a str>) -> Risk {
    static TABLES: LazyLock<[Table; 2]> = LazyLock::new(|| [CHANGES, SUBJECTS].map(Table::of));
    let [changes, subjects] = &*TABLES;
    let mut risk = Risk::default();
    for phrase in changes.all_in(words) {
        risk.note(RiskLevel::High, phrase.rsplit(" * ").next().unwrap_or(phrase).replace('|', "/"));
    }
    let reads = words.iter().take(12).any(|word| READS.contains(&word)) && risk.level < RiskLevel::High;
    let level = if reads { RiskLevel::Medium } else { RiskLevel::High };
    for path in named_paths(text).chain(paths) {
        if let Some(segment) = sensitive(path) {
            risk.note(level, segment);
        }
    }
    if let Some((_, subject)) = subjects.first_in(words) {
        risk.note(RiskLevel::Medium, subject.replace('|', "/"));
    }
    risk
}

impl Risk {
    fn note(&mut self, level: RiskLevel, hit: String) {
        self.level = self.level.max(level);
        if self.hits.len() < MOST_HITS && !self.hits.contains(&hit) {
            self.hits.push(hit);
        }
    }
}

/// So many words of a text are looked at for paths.
const MOST_WORDS: usize = 2_000;

/// What of a text looks like a path: runs without blanks that hold a slash and no scheme, and dotted names of files that
/// are secrets by themselves.
fn named_paths(text: &str) -> impl Iterator<Item = &str> {
    let edges: &[char] = &['`', '"', '\'', '(', ')', '<', '>', ',', ';', ':', '!', '?', '[', ']'];
    perhaps_paths(text)
        .map(move |word| word.trim_matches(edges))
        .filter(|word| (word.contains('/') && !word.contains("://") && word.len() > 3) || is_env_file(word))
}

/// Those of a text's first words that hold a slash or `.env`, found by these.
fn perhaps_paths(text: &str) -> impl Iterator<Item = &str> {
    let (mut seen, mut end) = (0, None);
    memchr::memchr2_iter(b'/', b'.', text.as_bytes()).filter_map(move |at| {
        let (before, rest) = text.split_at_checked(at)?;
        if at < seen || !(rest.starts_with('/') || rest.starts_with(".env")) {
            return None;
        }
        // Words and the blanks between them take two bytes each at least.
        if at >= MOST_WORDS * 2 && at >= *end.get_or_insert_with(|| end_of_words(text, MOST_WORDS)) {
            return None;
        }
        let from = before.len() - before.split(char::is_whitespace).next_back().map_or(0, str::len);
        seen = at + rest.split(char::is_whitespace).next().map_or(0, str::len);
        text.get(from..seen)
    })
}

/// Where the words behind the first so many of a text begin.
fn end_of_words(text: &str, most: usize) -> usize {
    let (mut read, mut behind) = (0, text.len());
    runs::<Visible>(text, |start, _| {
        if read == most {
            behind = start;
        }
        read += 1;
        read <= most
    });
    behind
}

fn is_env_file(name: &str) -> bool {
    name == ".env"
        || name.strip_prefix(".env.").is_some_and(|kind| !matches!(kind, "example" | "sample" | "template"))
}

/// The sensitive word in a path.
fn sensitive(path: &str) -> Option<String> {
    if path.contains(".github/workflows") {
        return Some(".github/workflows".to_owned());
    }
    path.split(['/', '\\']).find_map(|segment| {
        if is_env_file(segment) {
            return Some(segment.to_owned());
        }
        let mut words = segment.split(['.', '-', '_']);
        words
            .find_map(|word| SEGMENTS.iter().find(|known| word.eq_ignore_ascii_case(known)))
            .map(|known| (*known).to_owned())
    })
}

#[cfg(test)]
mod tests {
    //! What is a risk, and what only sounds like one.

    use proptest::prelude::*;

    use super::*;

    fn level(text: &str) -> RiskLevel {
        risk(text, &Words::of(text), []).level
    }

    #[test]
    fn what_is_a_risk() {
        let table = [
            ("Fix the null check in src/auth/session.ts and add tests", RiskLevel::High),
            ("deploy the new build to production", RiskLevel::High),
            ("drop the users table", RiskLevel::High),
            ("implement the OAuth login with refresh tokens", RiskLevel::High),
            ("edit .github/workflows/ci.yml", RiskLevel::High),
            ("put the key into .env.local", RiskLevel::High),
            ("explain src/auth/session.ts", RiskLevel::Medium),
            ("explain authorization headers", RiskLevel::Medium),
            ("compare JWT in localStorage with cookies for banking", RiskLevel::Medium),
        ];
        for (text, wanted) in table {
            assert_eq!(level(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_only_sounds_like_one() {
        for text in [
            "rename the author field",
            "write reproduction steps",
            "a letter to my secretary",
            "fix a typo in the schema description",
            "the administrator guide",
            "a poem about infrastructure",
            "rollback my last edit",
            "list the deployment docs",
            "the authoring tool in src/authors/list.ts",
            "see https://example.com/auth/login",
            "copy .env.example",
        ] {
            assert_eq!(level(text), RiskLevel::Low, "{text}");
        }
    }

    /// The words that may be paths, found plainly.
    fn plain(text: &str) -> Vec<&str> {
        let words = text.split_whitespace().take(MOST_WORDS);
        words.filter(|word| word.contains('/') || word.contains(".env")).collect()
    }

    #[test]
    fn perhaps_paths_in_all_prompts() {
        let all: Vec<String> = crate::scorer::tests::texts().collect();
        for text in all.iter().cloned().chain(all.chunks(301).map(|texts| texts.join("\n"))) {
            assert_eq!(perhaps_paths(&text).collect::<Vec<_>>(), plain(&text));
        }
    }

    proptest! {
        #[test]
        fn perhaps_paths_as_found_plainly(
            words in "(\\PC|[/. \u{a0}\n\u{3000}]|a/b|\\.env |\\.environ){0,40}",
            times in prop_oneof![Just(1_usize), 1_000..2_100_usize],
        ) {
            let text = words.repeat(if words.len() < 20 { times } else { 1 });
            prop_assert_eq!(perhaps_paths(&text).collect::<Vec<_>>(), plain(&text));
        }
    }

    #[test]
    fn the_paths_of_this_turns_tools_count() {
        let words = Words::of("go on");
        assert_eq!(risk("go on", &words, ["src/billing/charge.rs"]).hits, ["billing"]);
        assert_eq!(risk("go on", &words, ["src/lib.rs"]).level, RiskLevel::Low);
    }
}
