//! Writes `docs/dialects.md` from the table.

use std::fmt::Write as _;

use super::{Fate, Row, TABLE};
use crate::Dialect;

const HEAD: &str = include_str!("markdown/head.md");
const TAIL: &str = include_str!("markdown/tail.md");

/// The document about the dialects: what each is, what becomes of everything on the way from one to
/// another, what the gateway adds, and how proofs of reasoning travel.
pub fn dialects_markdown() -> String {
    let mut out = HEAD.to_owned();
    for section in TABLE {
        let _ = write!(out, "\n### {}\n\n| A client says | |", section.title);
        for dialect in Dialect::ALL {
            let _ = write!(out, " `{dialect}` |");
        }
        out.push_str("\n| --- | --- |");
        out.push_str(&" --- |".repeat(Dialect::ALL.len()));
        out.push('\n');
        for row in section.rows {
            write_row(row, &mut out);
        }
    }
    out.push_str(REFUSALS);
    for row in TABLE.iter().flat_map(|section| section.rows) {
        write_refusals(row, &mut out);
    }
    out.push('\n');
    out.push_str(TAIL);
    out
}

const REFUSALS: &str = "\n## What is refused\n\nThe whole list: nothing else that a client can say is answered with a 400 \
    because of the dialect on the other side.\n\n| A client says | | Refused by | Why |\n| --- | --- | --- | --- |\n";

/// A line for each reason, with the dialects that have it.
fn write_refusals(row: &Row, out: &mut String) {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for target in Dialect::ALL {
        let Fate::Refused(why) = row.fate(target) else { continue };
        match reasons.iter_mut().find(|(other, _)| *other == why) {
            Some((_, dialects)) => dialects.push(format!("`{target}`")),
            None => reasons.push((why, vec![format!("`{target}`")])),
        }
    }
    for (why, dialects) in reasons {
        let _ = writeln!(out, "| `{}` | {} | {} | {why} |", row.feature, row.about, dialects.join(", "));
    }
}

fn write_row(row: &Row, out: &mut String) {
    let _ = write!(out, "| `{}` | {} |", row.feature, row.about);
    for fate in row.fates {
        let _ = match fate {
            Fate::Kept => write!(out, " kept |"),
            Fate::Implied(why) => write!(out, " implied: {why} |"),
            Fate::Approximated(how) => write!(out, " **approximated**: {how} |"),
            Fate::Dropped(why) => write!(out, " **dropped**: {why} |"),
            Fate::Refused(why) => write!(out, " **refused**: {why} |"),
        };
    }
    out.push('\n');
}
