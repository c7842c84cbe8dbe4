//! The names that a model goes by: what a seller calls it, and what the table may have it as.

use super::PriceSource;
use super::sellers::Seller;

/// The shortest name that an unknown one may begin with.
const SHORTEST_BEGINNING: usize = 6;

/// Words that make another model of a name: its price is no other's.
const OTHER_SIZES: &[&str] = &[
    "air",
    "audio",
    "cyber",
    "embed",
    "embedding",
    "fast",
    "flash",
    "flashx",
    "high",
    "image",
    "large",
    "lite",
    "max",
    "medium",
    "mini",
    "nano",
    "plus",
    "priority",
    "pro",
    "realtime",
    "small",
    "tiny",
    "tts",
    "turbo",
    "ultra",
    "ultrafast",
    "vision",
];

/// Names that no rule leads to.
const ALIASES: &[(&str, &str)] =
    &[("gpt-35-turbo", "gpt-3.5-turbo"), ("gpt-35-turbo-16k", "gpt-3.5-turbo-16k")];

/// Where in the world a model on Bedrock is asked.
const REGIONS: &[&str] = &["apac", "au", "ca", "eu", "global", "jp", "us", "us-gov"];

/// Vendors on Bedrock whose models the table has under their own names too.
const DOTTED_VENDORS: &[&str] = &["anthropic.", "databricks-", "openai.", "deepseek."];

/// What OpenRouter puts behind a name to say how it is to be served.
const VARIANTS: &[&str] = &[":beta", ":exacto", ":extended", ":floor", ":nitro", ":online", ":thinking"];

/// A name as the table would write it: small letters, without paths, without a client's marks.
pub(super) fn cleaned(model: &str) -> String {
    let name = model.trim().to_ascii_lowercase();
    let name = name.strip_suffix("[1m]").unwrap_or(&name);
    let is_path = name.starts_with("arn:") || name.contains("publishers/");
    let name = if is_path { name.rsplit('/').next().unwrap_or_default() } else { name };
    name.strip_prefix("models/").unwrap_or(name).to_owned()
}

/// The forms of one name, in the order in which they are looked up.
pub(super) struct Forms<'a> {
    seller: Seller<'a>,
    prefixes: Vec<String>,
    /// Names without a prefix of the table.
    plain: Vec<String>,
    /// Names that are whole already.
    whole: Vec<String>,
}

impl<'a> Forms<'a> {
    pub(super) fn new(seller: Seller<'a>, model: &str) -> Self {
        Self { seller, prefixes: seller.prefixes(), plain: vec![model.to_owned()], whole: Vec::new() }
    }

    /// The table's keys that a step adds.
    pub(super) fn next(&mut self, step: PriceSource) -> std::vec::IntoIter<String> {
        let (plain, whole) = (self.plain.len(), self.whole.len());
        match step {
            PriceSource::Exact => return keys(&self.prefixes, &self.plain, &[]),
            PriceSource::Stripped => self.strip(),
            PriceSource::Alias => self.alter(aliases),
            PriceSource::Undated => {
                self.alter(|name| undated(name).into_iter().collect());
                self.alter(aliases);
            }
            PriceSource::Override | PriceSource::Local | PriceSource::Prefix => {}
        }
        let (plain, whole) = (self.plain.get(plain..), self.whole.get(whole..));
        keys(&self.prefixes, plain.unwrap_or_default(), whole.unwrap_or_default())
    }

    /// Every beginning of every form that could be a model's name, the longest first.
    pub(super) fn beginnings(&self) -> std::vec::IntoIter<String> {
        let mut found: Vec<(usize, String)> = Vec::new();
        for (name, is_whole) in
            self.plain.iter().map(|name| (name, false)).chain(self.whole.iter().map(|name| (name, true)))
        {
            for beginning in cut(name) {
                let prefixed = |prefix: &String| (beginning.len(), format!("{prefix}{beginning}"));
                if is_whole {
                    found.push((beginning.len(), beginning.to_owned()));
                } else {
                    found.extend(self.prefixes.iter().map(prefixed));
                }
            }
        }
        found.sort_by(|before, after| after.0.cmp(&before.0).then_with(|| before.1.cmp(&after.1)));
        found.dedup();
        found.into_iter().map(|(_, key)| key).collect::<Vec<_>>().into_iter()
    }

    fn strip(&mut self) {
        for name in self.plain.clone() {
            if let Some(base) = without_variant(&name) {
                add(&mut self.plain, base.to_owned());
            }
        }
        for name in self.plain.clone() {
            if let Some(base) = without_region(&name) {
                add(&mut self.plain, base.to_owned());
            }
            if let Some(whole) = self.seller.at_vendor(&name) {
                add(&mut self.whole, whole);
            }
        }
    }

    fn alter(&mut self, others: impl Fn(&str) -> Vec<String>) {
        for list in [&mut self.plain, &mut self.whole] {
            // What is added is looked at as well; the list of other names of a name is short.
            let mut index = 0;
            while let Some(name) = list.get(index).cloned() {
                for other in others(&name) {
                    add(list, other);
                }
                index += 1;
            }
        }
    }
}

fn add(list: &mut Vec<String>, name: String) {
    if !name.is_empty() && !list.contains(&name) {
        list.push(name);
    }
}

fn keys(prefixes: &[String], plain: &[String], whole: &[String]) -> std::vec::IntoIter<String> {
    let with_prefixes =
        plain.iter().flat_map(|name| prefixes.iter().map(move |prefix| format!("{prefix}{name}")));
    with_prefixes.chain(whole.iter().cloned()).collect::<Vec<_>>().into_iter()
}

fn without_variant(name: &str) -> Option<&str> {
    VARIANTS.iter().find_map(|variant| name.strip_suffix(variant))
}

fn without_region(name: &str) -> Option<&str> {
    let (region, rest) = name.split_once('.')?;
    REGIONS.contains(&region).then_some(rest)
}

/// Other names of a model. A path stays in front of them.
fn aliases(name: &str) -> Vec<String> {
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let (path, base) = name.split_at(start);
    let mut others: Vec<String> = Vec::new();
    others.extend(ALIASES.iter().filter(|(alias, _)| *alias == base).map(|(_, name)| (*name).to_owned()));
    others.extend(
        ["-latest", ":latest", "@latest", "@default"]
            .iter()
            .find_map(|end| base.strip_suffix(end).map(str::to_owned)),
    );
    others.extend(without_revision(base).map(str::to_owned));
    others.extend(DOTTED_VENDORS.iter().find_map(|vendor| base.strip_prefix(vendor)).map(str::to_owned));
    if base.contains("claude") {
        others.push(between_digits(base, '.', '-'));
        others.extend(family_first(base));
    } else {
        others.push(between_digits(base, '-', '.'));
    }
    if base.contains('@') {
        others.push(base.replace('@', "-"));
    }
    others.into_iter().filter(|other| other != base).map(|other| format!("{path}{other}")).collect()
}

/// `claude-4-5-sonnet` is `claude-sonnet-4-5`, since Claude 4.
fn family_first(name: &str) -> Option<String> {
    let rest = name.strip_prefix("claude-")?;
    let (version, family) = ["opus", "sonnet", "haiku"].iter().find_map(|family| {
        let version = rest.strip_suffix(family)?.strip_suffix('-')?;
        Some((version, family))
    })?;
    let is_version = version.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.'));
    is_version.then(|| format!("claude-{family}-{version}"))
}

/// Bedrock's `-v1:0` at the end taken off.
fn without_revision(name: &str) -> Option<&str> {
    let (base, revision) = name.rsplit_once("-v")?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_revision = match revision.split_once(':') {
        Some((major, minor)) => is_number(major) && is_number(minor),
        None => is_number(revision),
    };
    is_revision.then_some(base)
}

/// The parts of a version, single digits, joined by another character.
fn between_digits(name: &str, from: char, to: char) -> String {
    let chars: Vec<char> = name.chars().collect();
    let is_digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let joins = |at: usize| {
        let single_before = is_digit(at.checked_sub(1)) && !is_digit(at.checked_sub(2));
        let single_after = is_digit(at.checked_add(1)) && !is_digit(at.checked_add(2));
        single_before && single_after
    };
    chars.iter().enumerate().map(|(at, c)| if *c == from && joins(at) { to } else { *c }).collect()
}

/// A name without the date at its end: `-20250929`, `@20250929`, `-2025-09-29`.
pub(super) fn undated(name: &str) -> Option<String> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (base, date) = name.rsplit_once(['-', '@'])?;
    if date.len() == 8 && is_digits(date) && (date.starts_with("20") || date.starts_with("19")) {
        return Some(base.to_owned());
    }
    let at = name.len().checked_sub(11)?;
    let (base, date) = (name.get(..at)?, name.get(at..)?);
    let parts: Vec<&str> = date.strip_prefix('-')?.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    (lengths == [4, 2, 2] && parts.iter().all(|part| is_digits(part))).then(|| base.to_owned())
}

/// Beginnings of a name that end where a word does, the longest first. What follows must be neither another version nor
/// another size.
fn cut(name: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for (at, _) in name.char_indices().rev().filter(|(_, c)| matches!(c, '-' | ':' | '@' | '_')) {
        let (beginning, rest) = name.split_at(at);
        let shortest = beginning.rsplit('/').next().unwrap_or_default().len();
        if shortest < SHORTEST_BEGINNING {
            break;
        }
        let mut words = rest.split(['-', ':', '@', '_']).skip(1);
        let is_version =
            words.clone().next().is_none_or(|word| !word.starts_with(|c: char| c.is_ascii_alphabetic()));
        if !is_version && !words.any(|word| OTHER_SIZES.contains(&word)) {
            found.push(beginning);
        }
    }
    found
}
