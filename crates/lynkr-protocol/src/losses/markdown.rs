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
    out.push('\n');
    out.push_str(TAIL);
    out
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
