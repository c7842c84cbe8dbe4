//! Unified diffs: read, and applied to a text. Hunks may have moved, but each line must be there as it is written.

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Kept(String),
    Removed(String),
    Added(String),
}

/// One hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hunk {
    /// The line before which it stands, from 0; `None` where the header says none.
    at: Option<usize>,
    lines: Vec<Line>,
    /// Whether the new text ends without a line break; `None` where nothing is said of an end.
    unended: Option<bool>,
}

impl Hunk {
    fn before(&self) -> Vec<&str> {
        let of = |line| match line {
            &Line::Kept(ref text) | &Line::Removed(ref text) => Some(text.as_str()),
            Line::Added(_) => None,
        };
        self.lines.iter().filter_map(of).collect()
    }

    fn after(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match line {
            Line::Kept(text) | Line::Added(text) => Some(text.as_str()),
            Line::Removed(_) => None,
        })
    }
}

/// Reads a diff of one file. Lines before the first hunk are headers.
pub(crate) fn parse(patch: &str) -> Result<Vec<Hunk>, String> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let lines: Vec<&str> = patch.split_terminator('\n').collect();
    // A diff that was written on Windows, for a file that wasn't.
    let strip = lines.iter().all(|line| line.ends_with('\r'));
    for (number, line) in lines.iter().enumerate() {
        let line = if strip { line.trim_end_matches('\r') } else { line };
        if line.starts_with("@@") {
            hunks.push(Hunk { at: position(line), lines: Vec::new(), unended: None });
            continue;
        }
        let Some(hunk) = hunks.last_mut() else { continue };
        let next = lines.get(number + 1).copied().unwrap_or_default();
        if line.starts_with("diff --git ") || (line.starts_with("--- ") && next.starts_with("+++ ")) {
            return Err("the patch is for more than one file; patch them one by one".to_owned());
        }
        take(hunk, line).map_err(|why| format!("line {} of the patch {why}", number + 1))?;
    }
    let changes = |hunk: &Hunk| hunk.lines.iter().any(|line| !matches!(line, Line::Kept(_)));
    if !hunks.iter().any(changes) {
        return Err(
            "patch must be a unified diff with at least one hunk (@@ -line,count +line,count @@)".to_owned()
        );
    }
    Ok(hunks)
}

fn take(hunk: &mut Hunk, line: &str) -> Result<(), String> {
    let mut letters = line.chars();
    let taken = match letters.next() {
        // Editors cut the blank of an empty line of context.
        None => Line::Kept(String::new()),
        Some(' ') => Line::Kept(letters.as_str().to_owned()),
        Some('-') => Line::Removed(letters.as_str().to_owned()),
        Some('+') => Line::Added(letters.as_str().to_owned()),
        Some('\\') => {
            let is_new = !matches!(hunk.lines.last(), Some(Line::Removed(_)));
            hunk.unended = Some(is_new || hunk.unended.unwrap_or(false));
            return Ok(());
        }
        Some('\r') if letters.as_str().is_empty() => Line::Kept("\r".to_owned()),
        Some(_) => return Err("begins with none of ` `, `+`, `-` and `@@`".to_owned()),
    };
    hunk.lines.push(taken);
    Ok(())
}

/// The place that `@@ -3,4 +3,5 @@` says: line 3 is the index 2. A hunk without old lines stands after its line.
fn position(header: &str) -> Option<usize> {
    let old = header.split_whitespace().find_map(|part| part.strip_prefix('-'))?;
    let (line, count) = old.split_once(',').unwrap_or((old, "1"));
    let line: usize = line.parse().ok()?;
    Some(if count == "0" { line } else { line.saturating_sub(1) })
}

/// The text with all hunks applied, or why one of them doesn't fit.
pub(crate) fn apply(text: &str, hunks: &[Hunk]) -> Result<String, String> {
    let is_crlf = text.contains("\r\n")
        && text.split_inclusive('\n').all(|line| !line.ends_with('\n') || line.ends_with("\r\n"));
    let ending = if is_crlf { "\r\n" } else { "\n" };
    let mut ended = text.is_empty() || text.ends_with('\n');
    let bare = |line: &str| if is_crlf { line.trim_end_matches('\r').to_owned() } else { line.to_owned() };
    let old: Vec<String> = text.split_terminator('\n').map(bare).collect();
    let (mut new, mut cursor, mut drift) = (Vec::<String>::new(), 0_usize, 0_isize);
    for (number, hunk) in hunks.iter().enumerate() {
        let wanted: Vec<String> = hunk.before().into_iter().map(bare).collect();
        let expected = hunk.at.map(|at| at.saturating_add_signed(drift));
        let at = find(&old, &wanted, cursor, expected).map_err(|why| format!("hunk {} {why}", number + 1))?;
        if let Some(said) = hunk.at {
            drift = isize::try_from(at).unwrap_or(isize::MAX).saturating_sub_unsigned(said);
        }
        new.extend(old.get(cursor..at).unwrap_or_default().iter().cloned());
        new.extend(hunk.after().map(bare));
        cursor = at + wanted.len();
        if cursor == old.len() {
            ended = hunk.unended.map_or(ended, |unended| !unended);
        }
    }
    new.extend(old.get(cursor..).unwrap_or_default().iter().cloned());
    let mut text = new.join(ending);
    if ended && !new.is_empty() {
        text.push_str(ending);
    }
    Ok(text)
}

/// Where these lines stand, from `from` on: at the place that is expected, else at the nearest.
fn find(old: &[String], wanted: &[String], from: usize, expected: Option<usize>) -> Result<usize, String> {
    if wanted.is_empty() {
        let at = expected.unwrap_or(old.len()).max(from);
        return if at <= old.len() {
            Ok(at)
        } else {
            Err(format!("stands after line {at}, and the file has {}", old.len()))
        };
    }
    let last = (old.len() + 1).saturating_sub(wanted.len());
    let fits = |at: &usize| old.get(*at..*at + wanted.len()) == Some(wanted);
    let places: Vec<usize> = (from..last).filter(fits).collect();
    match (places.as_slice(), expected) {
        ([], _) => Err(misfit(old, wanted, from, expected)),
        ([only], _) => Ok(*only),
        (_, None) => Err(format!("fits in {} places; say the line in its header", places.len())),
        (all, Some(expected)) => {
            Ok(all.iter().copied().min_by_key(|at| at.abs_diff(expected)).unwrap_or(from))
        }
    }
}

/// The first line that isn't as the hunk says.
fn misfit(old: &[String], wanted: &[String], from: usize, expected: Option<usize>) -> String {
    let at = expected.unwrap_or(from).max(from);
    let differs = wanted.iter().enumerate().find(|(offset, line)| old.get(at + offset) != Some(line));
    let (offset, line) = differs.map_or((0, ""), |(offset, line)| (offset, line.as_str()));
    let found =
        old.get(at + offset).map_or("the file ends there".to_owned(), |line| format!("it is `{line}`"));
    format!("doesn't fit: line {} should be `{line}`, but {found}", at + offset + 1)
}

#[cfg(test)]
mod tests;
