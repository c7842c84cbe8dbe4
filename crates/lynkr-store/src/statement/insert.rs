//! How rows go into a table, many in one statement.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Statement, Value};

/// How many rows go into one statement, the larger first: few enough sizes that prepared statements are used again.
pub(super) const ROWS_AT_ONCE: [usize; 5] = [64, 32, 16, 4, 1];

/// About the most values that one statement takes: a database keeps room for all of them as long as it knows the statement.
const MOST_PLACES: usize = 1_300;

/// How a statement treats a group of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// They are left out: no row has any of them.
    Absent,
    /// They come once: all rows have the same.
    Common,
    /// They come with each row.
    Own,
}

/// Columns of a table that belong together.
#[derive(Debug)]
pub(crate) struct Columns<R: 'static> {
    pub(crate) names: &'static [&'static str],
    /// Adds a record's values of these columns.
    pub(crate) put: fn(&R, &mut Vec<Value>),
    /// Whether two records have the same in all of them.
    pub(crate) same: fn(&R, &R) -> bool,
    /// Whether a record has in all of them what a row has that isn't told.
    pub(crate) absent: fn(&R) -> bool,
}

/// How rows go into a table. A row that is there already, by its id, is left alone: whoever isn't sure that a batch was
/// written can write it again.
///
/// Binding is most of what a row costs. So where all rows of a statement have the same in a group of columns its values
/// are bound once, and where none has any it is left out.
#[derive(Debug)]
pub(crate) struct Insert<R: 'static> {
    table: &'static str,
    own: Columns<R>,
    groups: &'static [Columns<R>],
    /// Made at their first use and kept as long as the process lives: they are long, and every batch needs them.
    texts: Mutex<BTreeMap<Shape, &'static InsertText>>,
}

/// How many rows there are, and what becomes of each group.
type Shape = (usize, Vec<Group>);

impl<R> Columns<R> {
    fn group(&self, rows: &[&R]) -> Group {
        let Some((first, others)) = rows.split_first() else { return Group::Absent };
        if rows.iter().all(|row| (self.absent)(row)) {
            Group::Absent
        } else if !others.is_empty() && others.iter().all(|row| (self.same)(first, row)) {
            Group::Common
        } else {
            Group::Own
        }
    }
}

/// A statement in the forms of both databases.
#[derive(Debug)]
struct InsertText {
    numbered: String,
    /// A statement that fails fails its transaction, so that SQLite needn't keep what each page was before it.
    plain: String,
    /// How many values it takes.
    places: usize,
}

impl<R> Insert<R> {
    /// Rows of these columns, one of which is `id`.
    pub(crate) const fn new(
        table: &'static str,
        names: &'static [&'static str],
        put: fn(&R, &mut Vec<Value>),
    ) -> Self {
        Self::grouped(table, names, put, &[])
    }

    /// The same, with groups of columns besides in which many rows have the same, or nothing.
    pub(crate) const fn grouped(
        table: &'static str,
        names: &'static [&'static str],
        put: fn(&R, &mut Vec<Value>),
        groups: &'static [Columns<R>],
    ) -> Self {
        let own = Columns { names, put, same: |_, _| false, absent: |_| false };
        Self { table, own, groups, texts: Mutex::new(BTreeMap::new()) }
    }

    /// Statements that insert these records, each with its own.
    pub(crate) fn statements<'r, 'a>(
        &'static self,
        mut records: &'a [&'r R],
    ) -> Vec<(&'a [&'r R], Statement)> {
        let mut statements = Vec::new();
        while let Some((these, groups)) =
            ROWS_AT_ONCE.into_iter().find_map(|size| self.shaped(records.get(..size)?))
        {
            records = records.get(these.len()..).unwrap_or_default();
            statements.extend(self.statement(these, groups).map(|statement| (these, statement)));
        }
        statements
    }

    /// What becomes of each group, unless there are too many values for one statement.
    fn shaped<'a, 'r>(&self, rows: &'a [&'r R]) -> Option<(&'a [&'r R], Vec<Group>)> {
        let groups: Vec<Group> = self.groups.iter().map(|columns| columns.group(rows)).collect();
        let own = self.groups.iter().zip(&groups).filter(|(_, group)| **group == Group::Own);
        let width = self.own.names.len() + own.map(|(columns, _)| columns.names.len()).sum::<usize>();
        (rows.len() == 1 || rows.len() * width <= MOST_PLACES).then_some((rows, groups))
    }

    fn statement(&'static self, rows: &[&R], groups: Vec<Group>) -> Option<Statement> {
        let first = rows.first()?;
        let of = |wanted: Group| {
            let treated = self.groups.iter().zip(&groups);
            treated.filter(move |(_, group)| **group == wanted).map(|(columns, _)| columns)
        };
        let common: Vec<&Columns<R>> = of(Group::Common).collect();
        let own: Vec<&Columns<R>> = [&self.own].into_iter().chain(of(Group::Own)).collect();
        let text = {
            let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
            let text = || Box::leak(Box::new(self.text(&names(&common), &names(&own), rows.len())));
            *texts.entry((rows.len(), groups)).or_insert_with(|| text())
        };
        let mut values = Vec::with_capacity(text.places);
        for columns in common {
            (columns.put)(first, &mut values);
        }
        for row in rows {
            for columns in &own {
                (columns.put)(row, &mut values);
            }
        }
        Some(Statement { sql: Cow::Borrowed(&text.numbered), plain: Some(&text.plain), values })
    }

    /// What is common comes before the rows, in both forms.
    fn text(&self, common: &[&str], own: &[&str], rows: usize) -> InsertText {
        let columns = [common, own].concat().join(", ");
        let (table, places) = (self.table, common.len() + rows * own.len());
        let plain_rows =
            joined((0..rows).map(|_| format!("({})", joined(own.iter().map(|_| "?".to_owned())))));
        let numbered_rows = joined((0..rows).map(|row| {
            let first = common.len() + row * own.len();
            let numbers = (0..common.len()).chain(first..first + own.len());
            format!("({})", joined(numbers.map(|number| format!("${}", number + 1))))
        }));
        let plain_source = if common.is_empty() {
            format!("VALUES {plain_rows}")
        } else {
            // SQLite names the columns of rows so. The condition tells the conflict's `ON` from a join's.
            let own = (1..=own.len()).map(|column| format!("column{column}"));
            let all = joined(common.iter().map(|_| "?".to_owned()).chain(own));
            format!("SELECT {all} FROM (VALUES {plain_rows}) WHERE TRUE")
        };
        InsertText {
            numbered: format!("INSERT INTO {table} ({columns}) VALUES {numbered_rows} {LEFT_ALONE}"),
            plain: format!("INSERT OR FAIL INTO {table} ({columns}) {plain_source} {LEFT_ALONE}"),
            places,
        }
    }
}

const LEFT_ALONE: &str = "ON CONFLICT (id) DO NOTHING";

fn names<R>(columns: &[&Columns<R>]) -> Vec<&'static str> {
    columns.iter().flat_map(|columns| columns.names).copied().collect()
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
