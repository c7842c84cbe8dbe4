//! A family of cells, one per set of label values.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::RandomState;
use xxhash_rust::xxh3::xxh3_64_with_seed;

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
    /// By the digest of their label values: a lookup by texts would need a key of texts of its own each time.
    cells: RwLock<HashMap<u64, Labelled<T>, RandomState>>,
}

#[derive(Debug)]
struct Labelled<T> {
    values: Vec<String>,
    cell: Arc<T>,
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
            let own = cells.get(&digest(values)).filter(|own| own.values == values);
            own.map(|own| Arc::clone(&own.cell))
        };
        match known {
            Some(cell) => change(&cell),
            None => change(&self.made(values)),
        }
    }

    fn made(&self, values: &[&str]) -> Arc<T> {
        let mut cells = self.cells.write().unwrap_or_else(PoisonError::into_inner);
        let others: Vec<&str> = values.iter().map(|_| OTHER).collect();
        let is_taken = cells.get(&digest(values)).is_some_and(|own| own.values != values);
        let values = if cells.len() < MOST_SERIES && !is_taken { values } else { &others };
        let made = || Labelled {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            cell: Arc::new((self.make)(self.bounds)),
        };
        Arc::clone(&cells.entry(digest(values)).or_insert_with(made).cell)
    }

    /// The names of the labels.
    pub(super) const fn labels(&self) -> &'static [&'static str] {
        self.labels
    }

    /// Every cell with its label values, in their order.
    pub(super) fn all(&self) -> Vec<(Vec<String>, Arc<T>)> {
        let cells = self.cells.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = cells.values().map(|own| (own.values.clone(), Arc::clone(&own.cell))).collect();
        drop(cells);
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all
    }
}

/// Values that share a digest are told apart by the values themselves: the later ones count as `other`.
fn digest(values: &[&str]) -> u64 {
    values.iter().fold(0, |seed, value| xxh3_64_with_seed(value.as_bytes(), seed))
}
