//! Reads the text of a `.env` file. A line that can't be read is reported and skipped, not fatal: the file
//! may belong to another program as well.

use std::fmt;

/// Stands for `$` while the file is parsed. The parser would replace `$NAME` by the process environment's
/// value; so a project's file could smuggle one of the operator's keys into an endpoint, and a password with
/// a `$` in it would be mangled. Values are literal here, as documented. The character is a Unicode
/// noncharacter, which no text contains.
const DOLLAR: char = '\u{FDD0}';

/// What a `.env` file says.
#[derive(Default)]
pub struct DotEnv {
    /// Names and values in file order. Later ones win.
    pub entries: Vec<(String, String)>,
    /// Lines that could not be read.
    pub broken: Vec<BrokenLine>,
}

/// Values may be secrets: only names are shown.
impl fmt::Debug for DotEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.entries.iter().map(|(name, _)| name).collect();
        f.debug_struct("DotEnv").field("names", &names).field("broken", &self.broken).finish()
    }
}

/// A line that could not be read. Its text isn't kept, since it may hold a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct BrokenLine {
    /// Counted from 1; `None` if it could not be found again.
    pub number: Option<usize>,
    /// What stands before the `=`, if that looks like a name.
    pub name: Option<String>,
}

/// Reads the text of a `.env` file.
pub fn parse(text: &str) -> DotEnv {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let shielded = text.replace("\\$", "$").replace('$', DOLLAR.encode_utf8(&mut [0; 4]));
    let mut parsed = DotEnv::default();
    for item in dotenvy::from_read_iter(shielded.as_bytes()) {
        match item {
            Ok((name, value)) => parsed.entries.push((name, value.replace(DOLLAR, "$"))),
            Err(dotenvy::Error::LineParse(line, _)) => {
                let last = parsed.broken.iter().filter_map(|line| line.number).max().unwrap_or(0);
                parsed.broken.push(locate(&shielded, &line, last));
            }
            Err(_) => parsed.broken.push(BrokenLine { number: None, name: None }),
        }
    }
    parsed
}

/// The parser says which text it stumbled over (a whole line, or what follows the `=`), but not where that
/// is: the first line after the last broken one that ends so.
fn locate(text: &str, broken: &str, last: usize) -> BrokenLine {
    let rest = broken.lines().next().unwrap_or("").trim();
    let found = text.lines().enumerate().skip(last).find(|(_, line)| {
        let line = line.trim();
        !rest.is_empty() && !line.starts_with('#') && line.ends_with(rest)
    });
    let Some((index, line)) = found else { return BrokenLine { number: None, name: None } };
    let line = line.trim();
    let name = line.strip_prefix("export ").unwrap_or(line).split('=').next().unwrap_or("").trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    BrokenLine { number: Some(index + 1), name: is_name.then(|| name.to_owned()) }
}

#[cfg(test)]
mod tests;
