//! The budgets of a moment, arranged so that those of a subject are found without a look at all the others.

use std::collections::HashMap;
use std::sync::Arc;

use super::definition::{Budget, SubjectKind};
use crate::ids::within_bounds;
use crate::time::Timestamp;

/// A budget that a request counts to, with the subject that it counts for.
#[derive(Debug, Clone)]
pub struct Counted<'a> {
    /// The budget.
    pub budget: &'a Arc<Budget>,
    /// The subject's name; of the budget's kind.
    pub subject: &'a str,
}

type Named = HashMap<String, Vec<Arc<Budget>>>;

/// The budgets as they were when they were read.
#[derive(Debug, Clone, Default)]
pub struct BudgetRules {
    all: Vec<Arc<Budget>>,
    /// By the name of the subject, one map for each kind.
    own: [Named; SubjectKind::ALL.len()],
    read_at: Timestamp,
}

impl BudgetRules {
    /// Arranges the budgets that were read at this time, or a little later.
    pub fn new(budgets: Vec<Budget>, read_at: Timestamp) -> Self {
        let mut rules = Self { read_at, ..Self::default() };
        for budget in budgets {
            let budget = Arc::new(budget);
            if let Some(named) = rules.own.get_mut(budget.rule.subject.kind as usize) {
                named.entry(budget.rule.subject.id.clone()).or_default().push(Arc::clone(&budget));
            }
            rules.all.push(budget);
        }
        rules
    }

    /// Every budget.
    pub fn all(&self) -> &[Arc<Budget>] {
        &self.all
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// When they were read.
    pub const fn read_at(&self) -> Timestamp {
        self.read_at
    }

    /// The budgets that hold for a subject: its own, and the general ones of those units that it has none of its own in.
    pub fn of<'a>(&'a self, kind: SubjectKind, id: &'a str) -> impl Iterator<Item = Counted<'a>> {
        let named = |name: &str| {
            self.own.get(kind as usize).and_then(|own| own.get(name)).map(Vec::as_slice).unwrap_or_default()
        };
        let own = named(&within_bounds(id));
        let general = if id == "*" { &[] } else { named("*") };
        let is_left =
            move |budget: &&Arc<Budget>| own.iter().all(|other| other.rule.unit != budget.rule.unit);
        own.iter().chain(general.iter().filter(is_left)).map(move |budget| Counted { budget, subject: id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budgets::{NewBudget, Subject, Unit};
    use crate::time::Period;

    fn budget(kind: SubjectKind, id: &str, unit: Unit) -> Budget {
        let rule = NewBudget {
            subject: Subject::new(kind, id),
            period: Period::Day,
            unit,
            warn_at: None,
            block_at: Some(1),
        };
        let at = Timestamp::default();
        Budget { id: format!("{}:{id}:{}", kind.name(), unit.name()), rule, created_at: at, updated_at: at }
    }

    #[test]
    fn a_subject_has_its_own_budgets_and_the_general_ones_of_other_units() {
        let long = "x".repeat(300);
        let rules = BudgetRules::new(
            vec![
                budget(SubjectKind::User, "*", Unit::Tokens),
                budget(SubjectKind::User, "*", Unit::Requests),
                budget(SubjectKind::User, "ann", Unit::Tokens),
                budget(SubjectKind::Team, "ann", Unit::CostNanos),
                budget(SubjectKind::User, &within_bounds(&long), Unit::Tokens),
            ],
            Timestamp::default(),
        );
        let of = |kind, id: &str| {
            rules
                .of(kind, id)
                .map(|own| (own.budget.rule.subject.id.len(), own.budget.rule.unit))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(SubjectKind::User, "ann"), [(3, Unit::Tokens), (1, Unit::Requests)]);
        assert_eq!(of(SubjectKind::User, "bob"), [(1, Unit::Tokens), (1, Unit::Requests)]);
        assert_eq!(of(SubjectKind::Team, "ann"), [(3, Unit::CostNanos)]);
        assert_eq!(of(SubjectKind::Key, "ann"), []);
        assert_eq!(of(SubjectKind::User, "*"), [(1, Unit::Tokens), (1, Unit::Requests)]);
        assert_eq!(of(SubjectKind::User, &long).len(), 2, "long names are kept in short");
    }
}
