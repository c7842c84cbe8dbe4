//! The search for the nearest points. Every point that can be among them is compared exactly, until enough are found that
//! are nearly the same; that others can't is told by a product of small integers, eight at a time, and one multiplication.

use super::list::List;

/// How many numbers the vectors of this crate have ([`crate::learn::project`]): for these the products are unrolled.
const USUAL: usize = crate::learn::project::DIMENSIONS;
/// What is left of a bound in single precision, whatever its roundings: three of them, each below 10⁻⁷ of the value.
const SURE: f64 = 1.0 - 1e-6;
/// Up to so many numbers, two vectors that aren't the same differ in their likeness to one of them by more than it is
/// rounded: with squares of lengths up to 127² × 256 by more than 10⁻¹⁴.
const TOLD_APART: usize = 256;

pub(super) fn dot(left: &[i16], right: &[i16]) -> i32 {
    left.iter().zip(right).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum()
}

/// The same for vectors that are as long as most. Eight sums side by side are what processors multiply and add at once.
fn usual_dot(left: &[i16; USUAL], right: &[i16; USUAL]) -> i32 {
    let mut sums = [0_i32; 8];
    for (left, right) in left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0) {
        let products = left.iter().zip(right).map(|(left, right)| i32::from(*left) * i32::from(*right));
        sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
    }
    sums.iter().sum()
}

/// Points that are so like a vector say the same of it: where enough of them are found, older ones aren't looked for. Else a
/// gateway that is asked much the same again and again would look at all of them each time.
pub(super) const ALIKE: f64 = 0.97;

/// A point that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) likeness: f64,
    /// The place of its model.
    pub(super) model: usize,
    /// Its place in the model's list.
    pub(super) at: usize,
    age: u64,
}

impl Found {
    /// Whether this is nearer than another one, or as near and newer.
    fn is_before(&self, other: &Self) -> bool {
        self.likeness > other.likeness || (self.likeness >= other.likeness && self.age > other.age)
    }
}

/// A search that goes on.
pub(super) struct Search<'a> {
    vector: &'a [i16],
    length: f64,
    /// The likeness of a vector to itself, as it is rounded; more than any where they can't be told apart by it.
    itself: f64,
    most: usize,
    best: Vec<Found>,
}

impl<'a> Search<'a> {
    /// Searches for so many points that are like a vector.
    pub(super) fn new(vector: &'a [i16], most: usize) -> Self {
        let square = f64::from(dot(vector, vector));
        let length = square.sqrt();
        let itself = if vector.len() <= TOLD_APART { square / (length * length) } else { f64::INFINITY };
        Self { vector, length, itself, most, best: Vec::with_capacity(most.min(64) + 1) }
    }

    /// Goes through a model's points, the newest first.
    pub(super) fn among(&mut self, points: &List, model: usize) {
        let rows = points.vectors(self.vector.len());
        let (inverses, items) = (points.inverses(), points.items());
        let mut left = items.len();
        if items.last().is_some_and(|newest| self.has_enough(newest.age)) {
            return;
        }
        while let Some(at) = last_above(self.vector, rows, &inverses[..left], self.bar()) {
            left = at;
            let item = &items[at];
            let product = dot(self.vector, points.vector(at, self.vector.len()));
            let likeness = f64::from(product) / (self.length * item.length);
            let found = Found { likeness, model, at, age: item.age };
            if likeness > 0.0 {
                self.take(found);
            }
            // All that is left of this model is older.
            if self.has_enough(item.age) {
                return;
            }
        }
    }

    /// Whether those that were found say as much as any could that came at a time, or before: nothing is nearer than the same
    /// again, and what is nearly the same says no less for being older.
    fn has_enough(&self, age: u64) -> bool {
        self.worst().is_some_and(|worst| worst.likeness >= self.itself.min(ALIKE) && worst.age > age)
    }

    /// The nearest, the nearest first.
    pub(super) fn ended(self) -> Vec<Found> {
        self.best
    }

    /// The one that gives way to a nearer one; `None` while there is room.
    fn worst(&self) -> Option<&Found> {
        self.best.last().filter(|_| self.best.len() >= self.most)
    }

    fn take(&mut self, found: Found) {
        if self.worst().is_some_and(|worst| !found.is_before(worst)) {
            return;
        }
        self.best.truncate(self.most - 1);
        self.best.insert(self.best.partition_point(|other| other.is_before(&found)), found);
    }

    /// What a product divided by its point's length is above, of a point that can be among the nearest.
    #[expect(clippy::cast_possible_truncation, reason = "the bound has room for it")]
    fn bar(&self) -> f32 {
        self.worst().map_or(0.0, |worst| (worst.likeness * self.length * SURE) as f32)
    }
}

/// The last of the points whose product with a vector, divided by its length, is above a bar.
fn last_above(vector: &[i16], rows: &[i16], inverses: &[f32], bar: f32) -> Option<usize> {
    if let Ok(vector) = <&[i16; USUAL]>::try_from(vector) {
        let rows = rows.as_chunks::<USUAL>().0.iter();
        return rows.zip(inverses).rposition(|(row, inverse)| near(usual_dot(vector, row), *inverse) > bar);
    }
    let rows = rows.chunks_exact(vector.len().max(1));
    rows.zip(inverses).rposition(|(row, inverse)| near(dot(vector, row), *inverse) > bar)
}

#[expect(clippy::cast_precision_loss, reason = "the bar is low enough for it")]
fn near(product: i32, inverse: f32) -> f32 {
    product as f32 * inverse
}
