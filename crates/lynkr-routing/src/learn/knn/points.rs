//! The points of the index: vectors of small integers, what became of each, and who served it.

use serde::{Deserialize, Serialize};

/// The longest vectors that are taken: embeddings have up to some thousand dimensions.
const MOST_DIMENSIONS: usize = 4096;
/// How many models are told apart.
const MOST_MODELS: usize = 1024;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Point {
    pub(super) quality: f64,
    pub(super) cost: Option<f64>,
    pub(super) latency: Option<f64>,
}

/// All points, each at the same place in every list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "Saved", try_from = "Saved")]
pub(super) struct Points {
    dimensions: usize,
    /// The vectors, one behind the other.
    vectors: Vec<i8>,
    lengths: Vec<f64>,
    points: Vec<Point>,
    /// Who served each, as a place in `names`.
    models: Vec<usize>,
    /// When each came: larger numbers are newer.
    ages: Vec<u64>,
    names: Vec<String>,
    /// How many points each name has; places with none are free for other names.
    times: Vec<usize>,
    clock: u64,
}

/// A vector of any length as integers from −127 to 127; `None` for one without direction, or with what is no number.
pub(super) fn quantised(vector: &[f32]) -> Option<Vec<i8>> {
    let most = vector.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let good = vector.len() <= MOST_DIMENSIONS && most > 0.0 && vector.iter().all(|value| value.is_finite());
    good.then(|| vector.iter().map(|value| small(value / most)).collect())
}

#[expect(clippy::cast_possible_truncation, reason = "the value is from −127 to 127")]
fn small(value: f32) -> i8 {
    (value * 127.0).round() as i8
}

fn dot(left: &[i8], right: &[i8]) -> i32 {
    left.iter().zip(right).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum()
}

fn length(vector: &[i8]) -> f64 {
    f64::from(dot(vector, vector)).sqrt()
}

impl Points {
    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// Adds a point, and drops others where there would be more than `most`.
    pub(super) fn add(&mut self, vector: Vec<i8>, model: &str, point: &Point, most: usize) -> bool {
        if self.points.is_empty() {
            self.dimensions = vector.len();
        }
        if vector.len() != self.dimensions || most == 0 {
            return false;
        }
        self.shrink(most - 1);
        let Some(model) = self.place_of(model) else { return false };
        self.clock += 1;
        self.times[model] += 1;
        self.lengths.push(length(&vector));
        self.vectors.extend(vector);
        self.points.push(*point);
        self.models.push(model);
        self.ages.push(self.clock);
        true
    }

    /// The place of a name, which may be a new one.
    fn place_of(&mut self, name: &str) -> Option<usize> {
        if let Some(place) = (0..self.names.len()).find(|at| self.names[*at] == name) {
            return Some(place);
        }
        if let Some(free) = self.times.iter().position(|times| *times == 0) {
            name.clone_into(&mut self.names[free]);
            return Some(free);
        }
        if self.names.len() >= MOST_MODELS {
            return None;
        }
        self.names.push(name.to_owned());
        self.times.push(0);
        Some(self.names.len() - 1)
    }

    /// Drops the oldest points of the models with most of them, until there are at most so many.
    pub(super) fn shrink(&mut self, most: usize) {
        while self.len() > most {
            let busiest = (0..self.times.len()).max_by_key(|model| self.times[*model]);
            let own = (0..self.len()).filter(|at| Some(self.models[*at]) == busiest);
            let Some(oldest) = own.min_by_key(|at| self.ages[*at]) else { return };
            self.remove(oldest);
        }
    }

    /// Calls for each point, the oldest first.
    pub(super) fn each(&self, mut call: impl FnMut(Vec<i8>, &str, &Point)) {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|at| self.ages[*at]);
        for at in order {
            let vector = self.vectors[at * self.dimensions..(at + 1) * self.dimensions].to_vec();
            call(vector, &self.names[self.models[at]], &self.points[at]);
        }
    }

    /// Removes a point; the last one takes its place.
    fn remove(&mut self, at: usize) {
        let last = self.len() - 1;
        self.times[self.models[at]] -= 1;
        self.vectors.copy_within(last * self.dimensions.., at * self.dimensions);
        self.vectors.truncate(last * self.dimensions);
        self.lengths.swap_remove(at);
        self.points.swap_remove(at);
        self.models.swap_remove(at);
        self.ages.swap_remove(at);
    }

    /// The nearest points of allowed models with their likeness, from above 0 to 1; the nearest first, among equals the
    /// newer.
    pub(super) fn nearest(
        &self,
        vector: &[i8],
        most: usize,
        allowed: impl Fn(&str) -> bool,
    ) -> Vec<(f64, &str, Point)> {
        if vector.len() != self.dimensions {
            return Vec::new();
        }
        let allowed: Vec<bool> = self.names.iter().map(|name| allowed(name)).collect();
        let own = length(vector);
        let mut best: Vec<(f64, usize)> = Vec::with_capacity(most + 1);
        for (at, other) in self.vectors.chunks_exact(self.dimensions.max(1)).enumerate() {
            let likeness = f64::from(dot(vector, other)) / (own * self.lengths[at]);
            let beaten = best.len() == most && best.last().is_none_or(|(worst, _)| likeness < *worst);
            if likeness <= 0.0 || beaten || !allowed[self.models[at]] {
                continue;
            }
            let nearer = |(other, place): &(f64, usize)| {
                *other > likeness || (*other >= likeness && self.ages[*place] > self.ages[at])
            };
            best.insert(best.partition_point(nearer), (likeness, at));
            best.truncate(most);
        }
        let told = |(likeness, at): (f64, usize)| {
            (likeness.min(1.0), self.names[self.models[at]].as_str(), self.points[at])
        };
        best.into_iter().map(told).collect()
    }
}

/// The points as they are kept, from old to new.
#[derive(Serialize, Deserialize)]
struct Saved {
    dimensions: usize,
    names: Vec<String>,
    points: Vec<SavedPoint>,
}

#[derive(Serialize, Deserialize)]
struct SavedPoint {
    model: usize,
    /// Two hexadecimal digits for each number.
    vector: String,
    #[serde(flatten)]
    point: Point,
}

fn digits(vector: &[i8]) -> String {
    let digit = |bits: u8| char::from_digit(u32::from(bits), 16);
    vector
        .iter()
        .map(|value| value.cast_unsigned())
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .flatten()
        .collect()
}

impl From<Points> for Saved {
    fn from(points: Points) -> Self {
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by_key(|at| points.ages[*at]);
        let vector = |at: usize| &points.vectors[at * points.dimensions..(at + 1) * points.dimensions];
        let saved = |at: usize| SavedPoint {
            model: points.models[at],
            vector: digits(vector(at)),
            point: points.points[at],
        };
        let saved = order.into_iter().map(saved).collect();
        Self { dimensions: points.dimensions, names: points.names, points: saved }
    }
}

impl TryFrom<Saved> for Points {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Self, &'static str> {
        let mut points = Self::default();
        for one in &saved.points {
            let digits = one.vector.as_bytes().chunks(2).map(|digits| {
                let digits = std::str::from_utf8(digits).ok()?;
                u8::from_str_radix(digits, 16).ok().map(u8::cast_signed)
            });
            let vector: Vec<i8> = digits.collect::<Option<_>>().ok_or("not a vector")?;
            let name = saved.names.get(one.model).ok_or("a model without a name")?;
            let good = (0.0..=1.0).contains(&one.point.quality) && vector.iter().any(|value| *value != 0);
            let fits = vector.len() == saved.dimensions && vector.len() <= MOST_DIMENSIONS;
            let known = [one.point.cost, one.point.latency].into_iter().flatten().all(|value| value >= 0.0);
            if !good || !fits || !known || !points.add(vector, name, &one.point, usize::MAX) {
                return Err("not a point");
            }
        }
        Ok(points)
    }
}
