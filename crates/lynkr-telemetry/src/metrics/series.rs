//! A family of cells, one per set of label values.

use std::collections::HashMap;
use std::ops::AddAssign;

use foldhash::fast::RandomState;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::MOST_SERIES;
use super::cells::Histogram;

/// What stands in for label values past the limit.
const OTHER: &str = "other";

/// A family of cells, one per set of label values.
#[derive(Debug)]
pub(super) struct Series<T> {
    labels: &'static [&'static str],
    /// What a cell begins as.
    zero: T,
    /// By the digest of their label values: a lookup by texts would need a key of texts of its own each time.
    cells: HashMap<u64, Labelled<T>, RandomState>,
}

#[derive(Debug)]
struct Labelled<T> {
    values: Vec<String>,
    cell: T,
}

impl Series<u64> {
    pub(super) fn new(labels: &'static [&'static str]) -> Self {
        Self { labels, zero: 0, cells: HashMap::default() }
    }

    pub(super) fn sum(&self) -> u64 {
        self.cells.values().map(|own| own.cell).sum()
    }
}

impl Series<Histogram> {
    pub(super) fn of_histograms(labels: &'static [&'static str], bounds: &'static [f64]) -> Self {
        Self { labels, zero: Histogram::new(bounds), cells: HashMap::default() }
    }
}

impl<T: Clone> Series<T> {
    /// The cell of these label values, which is made at its first use; past the limit it is that of all others.
    pub(super) fn at(&mut self, values: &[&str]) -> &mut T {
        let own = digest(values);
        let is_known = match self.cells.get(&own) {
            Some(known) => known.values == values,
            None => self.cells.len() < MOST_SERIES,
        };
        if is_known {
            return self.made(own, values);
        }
        let others: Vec<&str> = values.iter().map(|_| OTHER).collect();
        self.made(digest(&others), &others)
    }

    fn made(&mut self, digest: u64, values: &[&str]) -> &mut T {
        let made = || Labelled {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            cell: self.zero.clone(),
        };
        &mut self.cells.entry(digest).or_insert_with(made).cell
    }

    /// Adds what another lane has counted. Lanes have a limit each: what they have kept apart stays apart.
    pub(super) fn absorb(&mut self, other: &Self)
    where
        T: for<'a> AddAssign<&'a T>,
    {
        for labelled in other.cells.values() {
            let values: Vec<&str> = labelled.values.iter().map(String::as_str).collect();
            *self.made(digest(&values), &values) += &labelled.cell;
        }
    }

    /// The names of the labels.
    pub(super) const fn labels(&self) -> &'static [&'static str] {
        self.labels
    }

    /// Every cell with its label values, in their order.
    pub(super) fn all(&self) -> Vec<(&[String], &T)> {
        let mut all: Vec<_> = self.cells.values().map(|own| (&*own.values, &own.cell)).collect();
        all.sort_by_key(|(values, _)| *values);
        all
    }
}

/// Values that share a digest are told apart by the values themselves: the later ones count as `other`.
fn digest(values: &[&str]) -> u64 {
    values.iter().fold(0, |seed, value| xxh3_64_with_seed(value.as_bytes(), seed))
}
