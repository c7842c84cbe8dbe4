//! The points of the index: vectors of small integers, what became of each, and who served it.
//!
//! Each model's points lie one behind the other, the oldest first: the oldest of a model goes without a search, models
//! that nobody may ask aren't looked at, and a search that begins with the newest can end at the first point that can't
//! be among the nearest any more.

mod list;
mod search;

use serde::{Deserialize, Serialize};

use list::List;
use search::Search;

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

/// All points.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "Saved", try_from = "Saved")]
pub(super) struct Points {
    dimensions: usize,
    /// By model; those without points are free for other names.
    models: Vec<Model>,
    /// How many points all models have.
    len: usize,
    clock: u64,
}

/// A model and its points.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    name: String,
    points: List,
}

/// A vector of any length as integers from −127 to 127; `None` for one without direction, or with what is no number.
pub(super) fn quantised(vector: &[f32]) -> Option<Vec<i16>> {
    let most = vector.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let good = vector.len() <= MOST_DIMENSIONS && most > 0.0 && vector.iter().all(|value| value.is_finite());
    good.then(|| vector.iter().map(|value| small(value / most)).collect())
}

#[expect(clippy::cast_possible_truncation, reason = "the value is from −127 to 127")]
fn small(value: f32) -> i16 {
    (value * 127.0).round() as i16
}

impl Points {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Adds a point, and drops others where there would be more than `most`.
    pub(super) fn add(&mut self, vector: &[i16], model: &str, point: &Point, most: usize) -> bool {
        if self.len == 0 {
            self.dimensions = vector.len();
        }
        if vector.len() != self.dimensions || most == 0 {
            return false;
        }
        self.shrink(most - 1);
        let age = self.clock + 1;
        let Some(model) = self.place_of(model).and_then(|place| self.models.get_mut(place)) else {
            return false;
        };
        model.points.push(vector, point, age);
        self.clock = age;
        self.len += 1;
        true
    }

    /// The place of a name, which may be a new one.
    fn place_of(&mut self, name: &str) -> Option<usize> {
        if let Some(place) = self.models.iter().position(|model| model.name == name) {
            return Some(place);
        }
        if let Some(free) = self.models.iter().position(|model| model.points.len() == 0) {
            name.clone_into(&mut self.models[free].name);
            return Some(free);
        }
        if self.models.len() >= MOST_MODELS {
            return None;
        }
        self.models.push(Model { name: name.to_owned(), points: List::default() });
        Some(self.models.len() - 1)
    }

    /// Drops the oldest points of the models with most of them, until there are at most so many.
    pub(super) fn shrink(&mut self, most: usize) {
        while self.len > most {
            let Some(busiest) = self.models.iter_mut().max_by_key(|model| model.points.len()) else { return };
            busiest.points.drop_oldest(self.dimensions);
            self.len -= 1;
        }
    }

    /// The places of all points, each a model's and one in its list, the oldest first.
    fn by_age(&self) -> Vec<(usize, usize)> {
        let places = self.models.iter().enumerate().flat_map(|(model, own)| {
            own.points.items().iter().enumerate().map(move |(at, item)| (item.age, (model, at)))
        });
        let mut places: Vec<_> = places.collect();
        places.sort_unstable_by_key(|(age, _)| *age);
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// Calls for each point, the oldest first.
    pub(super) fn each(&self, mut call: impl FnMut(&[i16], &str, &Point)) {
        for (model, at) in self.by_age() {
            let own = &self.models[model];
            call(own.points.vector(at, self.dimensions), &own.name, &own.points.items()[at].point);
        }
    }

    /// The nearest points of allowed models with their likeness, from above 0 to 1; the nearest first, among equals the
    /// newer.
    pub(super) fn nearest(
        &self,
        vector: &[i16],
        most: usize,
        allowed: impl Fn(&str) -> bool,
    ) -> Vec<(f64, &str, Point)> {
        if vector.len() != self.dimensions || most == 0 {
            return Vec::new();
        }
        let mut search = Search::new(vector, most);
        for (place, model) in self.models.iter().enumerate().filter(|(_, model)| allowed(&model.name)) {
            search.among(&model.points, place);
        }
        let told = |found: search::Found| {
            let model = &self.models[found.model];
            (found.likeness.min(1.0), model.name.as_str(), model.points.items()[found.at].point)
        };
        search.ended().into_iter().map(told).collect()
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

fn digits(vector: &[i16]) -> String {
    let digit = |bits: u8| char::from_digit(u32::from(bits), 16);
    vector
        .iter()
        .map(|value| value.to_le_bytes()[0])
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .flatten()
        .collect()
}

impl From<Points> for Saved {
    fn from(points: Points) -> Self {
        let saved = |(model, at): (usize, usize)| {
            let own = &points.models[model].points;
            let vector = digits(own.vector(at, points.dimensions));
            SavedPoint { model, vector, point: own.items()[at].point }
        };
        let saved = points.by_age().into_iter().map(saved).collect();
        let names = points.models.into_iter().map(|model| model.name).collect();
        Self { dimensions: points.dimensions, names, points: saved }
    }
}

impl TryFrom<Saved> for Points {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Self, &'static str> {
        let mut points = Self::default();
        for one in &saved.points {
            let digits = one.vector.as_bytes().chunks(2).map(|digits| {
                let digits = std::str::from_utf8(digits).ok()?;
                u8::from_str_radix(digits, 16).ok().map(|byte| i16::from(byte.cast_signed()))
            });
            let vector: Vec<i16> = digits.collect::<Option<_>>().ok_or("not a vector")?;
            let name = saved.names.get(one.model).ok_or("a model without a name")?;
            let good = (0.0..=1.0).contains(&one.point.quality) && vector.iter().any(|value| *value != 0);
            let fits = vector.len() == saved.dimensions && vector.len() <= MOST_DIMENSIONS;
            let known = [one.point.cost, one.point.latency].into_iter().flatten().all(|value| value >= 0.0);
            if !good || !fits || !known || !points.add(&vector, name, &one.point, usize::MAX) {
                return Err("not a point");
            }
        }
        Ok(points)
    }
}

#[cfg(test)]
mod tests;
