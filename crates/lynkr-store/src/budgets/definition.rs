//! What a budget is.

use crate::database::{Database, Row, Work};
use crate::error::StoreError;
use crate::ids::{bounded, id, record_id};
use crate::statement::{Statement, sql};
use crate::time::{Period, Timestamp};

/// What kind of thing has a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// An API key.
    Key,
    /// A user.
    User,
    /// A team.
    Team,
    /// A customer.
    Customer,
    /// An organisation.
    Organisation,
    /// A session.
    Session,
}

impl SubjectKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Key, Self::User, Self::Team, Self::Customer, Self::Organisation, Self::Session];

    /// The name that is stored and that people write.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::User => "user",
            Self::Team => "team",
            Self::Customer => "customer",
            Self::Organisation => "organisation",
            Self::Session => "session",
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text)
    }
}

/// Something that has a budget.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Which one. In a definition `*` stands for each that has no budget of the same kind and unit of its own.
    pub id: String,
}

impl Subject {
    /// A subject.
    pub fn new(kind: SubjectKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Tokens.
    Tokens,
    /// Requests.
    Requests,
    /// Billionths of a dollar.
    CostNanos,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Requests, Self::CostNanos];

    /// The name that is stored and that people write.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Requests => "requests",
            Self::CostNanos => "cost",
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == text)
    }
}

/// What a request costs, or may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charge {
    /// Tokens.
    pub tokens: u64,
    /// Requests; usually one.
    pub requests: u64,
    /// Billionths of a dollar.
    pub cost_nanos: u64,
}

impl Charge {
    /// The amount in one unit.
    pub const fn in_unit(&self, unit: Unit) -> u64 {
        match unit {
            Unit::Tokens => self.tokens,
            Unit::Requests => self.requests,
            Unit::CostNanos => self.cost_nanos,
        }
    }
}

/// A budget to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBudget {
    /// Whose it is.
    pub subject: Subject,
    /// How long it lasts.
    pub period: Period,
    /// What it counts.
    pub unit: Unit,
    /// From this amount on requests are answered with a warning.
    pub warn_at: Option<u64>,
    /// Beyond this amount requests are refused; `None` only counts.
    pub block_at: Option<u64>,
}

/// A budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Its id.
    pub id: String,
    /// What was set.
    pub rule: NewBudget,
    /// When it was set first.
    pub created_at: Timestamp,
    /// When it was set last.
    pub updated_at: Timestamp,
}

const PUT: &str = "INSERT INTO budgets \
    (id, subject_kind, subject_id, period, unit, warn_at, block_at, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
    ON CONFLICT (subject_kind, subject_id, period, unit) DO UPDATE SET \
    warn_at = excluded.warn_at, block_at = excluded.block_at, updated_at = excluded.updated_at RETURNING *";

pub(super) async fn put(
    database: &Database,
    budget: &NewBudget,
    now: Timestamp,
) -> Result<Budget, StoreError> {
    let statement = sql(PUT)
        .bind(record_id())
        .bind(budget.subject.kind.name())
        .bind(id(&budget.subject.id))
        .bind(budget.period.to_text())
        .bind(budget.unit.name())
        .bind(budget.warn_at)
        .bind(budget.block_at)
        .bind(now);
    let rows = database.change(statement).await?;
    rows.first().map(read).transpose()?.ok_or_else(|| StoreError::Corrupt("a budget vanished".to_owned()))
}

pub(super) async fn list(database: &Database) -> Result<Vec<Budget>, StoreError> {
    let statement = sql("SELECT * FROM budgets ORDER BY subject_kind, subject_id, unit, period");
    database.read(statement).await?.iter().map(read).collect()
}

pub(super) async fn remove(database: &Database, id: &str) -> Result<bool, StoreError> {
    Ok(database.execute(sql("DELETE FROM budgets WHERE id = $1").bind(id)).await? > 0)
}

/// The budgets that hold for the subjects, each with the subject that it counts for, in an order that is the same
/// everywhere: whoever locks their counters in this order never waits in a circle.
pub(super) async fn applicable(
    work: &mut Work,
    subjects: &[Subject],
) -> Result<Vec<(Budget, Subject)>, StoreError> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let rows = work.rows(of_any(subjects)).await?;
    pairs(&rows, subjects)
}

/// Every budget of the subjects, their own and general ones.
pub(super) fn of_any(subjects: &[Subject]) -> Statement {
    let mut statement = sql("SELECT * FROM budgets WHERE FALSE");
    for subject in subjects {
        statement.push(" OR (subject_kind = ?", subject.kind.name());
        statement.push(" AND subject_id IN (?, '*'))", id(&subject.id));
    }
    statement
}

/// Which of these hold for whom.
pub(super) fn pairs(rows: &[Row], subjects: &[Subject]) -> Result<Vec<(Budget, Subject)>, StoreError> {
    let budgets: Vec<Budget> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let mut pairs: Vec<(Budget, Subject)> =
        subjects.iter().flat_map(|subject| of(&budgets, subject)).collect();
    pairs.sort_by(|a, b| (&a.0.id, &a.1).cmp(&(&b.0.id, &b.1)));
    pairs.dedup();
    Ok(pairs)
}

/// A subject's own budgets, and the general ones of those units that it has none of its own in.
fn of(budgets: &[Budget], subject: &Subject) -> Vec<(Budget, Subject)> {
    let own = Subject::new(subject.kind, bounded(&subject.id));
    let is_own = |budget: &&Budget| budget.rule.subject == own;
    let has_own = |unit: Unit| budgets.iter().filter(is_own).any(|budget| budget.rule.unit == unit);
    let holds = |budget: &&Budget| {
        let general = budget.rule.subject.kind == subject.kind && budget.rule.subject.id == "*";
        is_own(budget) || (general && !has_own(budget.rule.unit))
    };
    budgets.iter().filter(holds).map(|budget| (budget.clone(), subject.clone())).collect()
}

/// Those budgets of the ids that there are still.
pub(super) async fn by_ids(work: &mut Work, ids: &[&str]) -> Result<Vec<Budget>, StoreError> {
    let mut statement = sql("SELECT * FROM budgets WHERE id IN (''");
    for id in ids {
        statement.push(", ?", *id);
    }
    statement.append(")");
    work.rows(statement).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Budget, StoreError> {
    let named = |column: &str, text: &str| StoreError::Corrupt(format!("{column} is `{text}`"));
    let (kind, period, unit) = (row.text("subject_kind")?, row.text("period")?, row.text("unit")?);
    Ok(Budget {
        id: row.text("id")?,
        rule: NewBudget {
            subject: Subject {
                kind: SubjectKind::parse(&kind).ok_or_else(|| named("subject_kind", &kind))?,
                id: row.text("subject_id")?,
            },
            period: Period::parse(&period).ok_or_else(|| named("period", &period))?,
            unit: Unit::parse(&unit).ok_or_else(|| named("unit", &unit))?,
            warn_at: row.opt_count("warn_at")?,
            block_at: row.opt_count("block_at")?,
        },
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
