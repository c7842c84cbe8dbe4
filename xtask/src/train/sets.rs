//! The committed prompts, and public outcomes where somebody has them.

use anyhow::Context as _;
use lynkr_routing::Tier;
use std::path::Path;

/// A labelled prompt.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    pub(crate) held_out: bool,
    pub(crate) tier: Tier,
    /// Written by hand, not from a form with slots.
    pub(crate) hand: bool,
    pub(crate) family: String,
    pub(crate) text: String,
}

/// One prompt's public outcome: whether a weak model answered it right.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) prompt: String,
    pub(crate) weak: bool,
}

/// Reads `data/prompts.tsv`.
pub(crate) fn prompts(table: &str) -> anyhow::Result<Vec<Prompt>> {
    let read = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [split, tier, origin, family, text] = columns[..] else {
            anyhow::bail!("not five columns: {line}");
        };
        let (held_out, hand) = (split == "held-out", origin == "hand");
        let tier = tier.parse().with_context(|| format!("in {line}"))?;
        Ok(Prompt { held_out, tier, hand, family: family.to_owned(), text: plain(text) })
    };
    table.lines().filter(|line| !line.starts_with('#')).map(read).collect()
}

/// The last column of each row of an evaluation set, with the columns before it.
pub(crate) fn rows(table: &str) -> Vec<(Vec<String>, String)> {
    let row = |line: &str| {
        let (before, text) = line.rsplit_once('\t').unwrap_or(("", line));
        (before.split('\t').map(str::to_owned).collect(), plain(text))
    };
    table.lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

fn plain(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

/// Reads a file of outcomes: `subject,prompt,weak_correct,strong_correct`, quoted as spreadsheets do.
pub(crate) fn outcomes(path: &Path) -> anyhow::Result<Vec<Outcome>> {
    let table = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let mut records = records(&table).into_iter();
    let head = records.next().context("the file is empty")?;
    anyhow::ensure!(
        head == ["subject", "prompt", "weak_correct", "strong_correct"],
        "other columns: {head:?}"
    );
    let read = |record: Vec<String>| match <[String; 4]>::try_from(record) {
        Ok([_, prompt, weak, _]) => Ok(Outcome { prompt, weak: weak == "1" }),
        Err(record) => anyhow::bail!("not four columns: {record:?}"),
    };
    records.map(read).collect()
}

/// The records of a table whose fields may be quoted and then hold commas, quotes and line breaks.
fn records(table: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let (mut record, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = table.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !quoted => {}
            other => field.push(other),
        }
    }
    if !record.is_empty() || !field.is_empty() {
        record.push(field);
        records.push(record);
    }
    records
}

/// A hash of data, to see whether it has changed (FNV-1a of 64 bits).
pub(crate) fn hash(data: &[u8]) -> u64 {
    data.iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    //! Tables with quotes, and the labelled rows.

    use super::*;

    #[test]
    fn quoted_fields() {
        let table = "a,\"b, \"\"c\"\"\nd\",1\n2,,3";
        assert_eq!(records(table), [vec!["a", "b, \"c\"\nd", "1"], vec!["2", "", "3"]]);
    }

    #[test]
    fn labelled_rows() {
        let read =
            prompts("# note\ntrain\tMEDIUM\thand\tf\ta\\nb\nheld-out\tSIMPLE\ttemplate\tg\tc").unwrap();
        assert_eq!((read[0].text.as_str(), read[0].tier, read[0].hand), ("a\nb", Tier::Medium, true));
        assert!(read[1].held_out && !read[1].hand && !read[0].held_out);
        assert!(prompts("train\tHARD\thand\tf\ta").is_err());
        assert!(prompts("train\tSIMPLE").is_err());
    }
}
