//! A family of cells, one per set of label values.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::MOST_SERIES;
use super::cells::{Counter, Histogram};

/// What stands in for label values past the limit.
const OTHER: &str = "other";

/// A family of cells, one per set of label values.
#[derive(Debug)]
pub(super) struct Series<T> {
    labels: &'static [&'static str],
    bounds: &'static [f64],
    make: fn(&'static [f64]) -> T,
    cells: RwLock<HashMap<Vec<String>, Arc<T>>>,
}

impl Series<Counter> {
    pub(super) fn new(labels: &'static [&'static str]) -> Self {
        Self { labels, bounds: &[], make: |_| Counter::default(), cells: RwLock::default() }
    }
}

impl Series<Histogram> {
    pub(super) fn of_histograms(labels: &'static [&'static str], bounds: &'static [f64]) -> Self {
        Self { labels, bounds, make: Histogram::new, cells: RwLock::default() }
    }
}

impl<T> Series<T> {
    /// Does something to the cell of these label values, which is made at its first use.
    pub(super) fn at(&self, values: &[&str], change: impl FnOnce(&T)) {
        let known = {
            let cells = self.cells.read().unwrap_or_else(PoisonError::into_inner);
            // A borrowed key would need a lookup by slice of borrowed texts, which the standard map hasn't: few
            // series exist, and building the key is cheaper than a second index.
            cells.get(&key(values)).map(Arc::clone)
        };
        match known {
            Some(cell) => change(&cell),
            None => change(&self.made(values)),
        }
    }

    fn made(&self, values: &[&str]) -> Arc<T> {
        let mut cells = self.cells.write().unwrap_or_else(PoisonError::into_inner);
        let others: Vec<&str> = values.iter().map(|_| OTHER).collect();
        let values = if cells.len() < MOST_SERIES { values } else { &others };
        Arc::clone(cells.entry(key(values)).or_insert_with(|| Arc::new((self.make)(self.bounds))))
    }

    /// The names of the labels.
    pub(super) const fn labels(&self) -> &'static [&'static str] {
        self.labels
    }

    /// Every cell with its label values, in their order.
    pub(super) fn all(&self) -> Vec<(Vec<String>, Arc<T>)> {
        let cells = self.cells.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = cells.iter().map(|(values, cell)| (values.clone(), Arc::clone(cell))).collect();
        drop(cells);
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all
    }
}

fn key(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}
