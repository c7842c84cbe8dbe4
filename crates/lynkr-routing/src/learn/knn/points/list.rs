//! One model's points, the oldest first. What is dropped at the beginning is moved out of the way once in a while.

use super::Point;
use super::search::dot;

/// One point, without its vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Item {
    pub(super) point: Point,
    /// How long its vector is.
    pub(super) length: f64,
    /// When it came: larger numbers are newer.
    pub(super) age: u64,
}

/// The points of a model.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    /// The vectors, one behind the other.
    vectors: Vec<i16>,
    /// For each what its length is divided by, about.
    inverses: Vec<f32>,
    items: Vec<Item>,
    /// So many at the beginning of each list were dropped.
    dropped: usize,
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        let rows = |list: &Self| list.vectors.len() / list.items.len().max(1);
        let same = self.items() == other.items() && rows(self) == rows(other);
        same && self.vectors(rows(self)) == other.vectors(rows(other))
    }
}

impl List {
    pub(super) const fn len(&self) -> usize {
        self.items.len() - self.dropped
    }

    pub(super) fn items(&self) -> &[Item] {
        &self.items[self.dropped..]
    }

    /// The vectors, each of so many numbers.
    pub(super) fn vectors(&self, dimensions: usize) -> &[i16] {
        &self.vectors[self.dropped * dimensions..]
    }

    /// One vector of so many numbers.
    pub(super) fn vector(&self, at: usize, dimensions: usize) -> &[i16] {
        &self.vectors(dimensions)[at * dimensions..(at + 1) * dimensions]
    }

    /// For each vector 1 divided by its length, about.
    pub(super) fn inverses(&self) -> &[f32] {
        &self.inverses[self.dropped..]
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounded once more")]
    pub(super) fn push(&mut self, vector: &[i16], point: &Point, age: u64) {
        let length = f64::from(dot(vector, vector)).sqrt();
        self.vectors.extend_from_slice(vector);
        self.inverses.push(length.recip() as f32);
        self.items.push(Item { point: *point, length, age });
    }

    /// Drops the oldest point, whose vector has so many numbers.
    pub(super) fn drop_oldest(&mut self, dimensions: usize) {
        self.dropped = (self.dropped + 1).min(self.items.len());
        // Each point is moved a few times at most before its own turn comes.
        if self.dropped * 4 >= self.items.len() {
            self.vectors.drain(..self.dropped * dimensions);
            self.inverses.drain(..self.dropped);
            self.items.drain(..self.dropped);
            self.dropped = 0;
        }
    }
}
