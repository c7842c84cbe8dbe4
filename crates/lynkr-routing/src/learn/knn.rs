//! Past outcomes of work like this: which model did best on the nearest neighbours of a request.
//!
//! A search over at most some ten thousand points, whose vectors are kept as small integers: a point of 64 numbers
//! takes some 40 instructions. When it is full, the oldest point of the model with most points goes, so that a busy model
//! doesn't push out what is known of the others.

mod points;

use super::number::{count, unit};
use super::state::{self, StateError};
use points::{Point, Points, quantised};

const VERSION: u32 = 1;
/// Added to a cost in thousandths of a dollar before its logarithm is taken: what costs nothing divides by ln 2.
const FREE: f64 = 2.0;

/// How the index behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// How many neighbours count.
    pub neighbours: usize,
    /// With fewer points it says nothing.
    pub cold_start: usize,
    /// With fewer points than this its confidence is less than its neighbours', in proportion.
    pub trusted: usize,
    /// Above this confidence it speaks for another model.
    pub high: f64,
    /// From this confidence on it is at least of two minds.
    pub low: f64,
    /// With fewer neighbours than this nothing is said of a model.
    pub least: usize,
    /// How many points are kept.
    pub most: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { neighbours: 10, cold_start: 100, trusted: 1_000, high: 0.7, low: 0.4, least: 2, most: 20_000 }
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome<'a> {
    /// Who served it, as `provider:model`.
    pub model: &'a str,
    /// How good it was, from 0 to 1.
    pub quality: f64,
    /// What it cost, in dollars, if that is known.
    pub cost: Option<f64>,
    /// How long it took, in milliseconds, if that is known.
    pub latency: Option<f64>,
}

/// A model among the neighbours.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The model, as `provider:model`.
    pub model: String,
    /// How many of the neighbours it served.
    pub times: usize,
    /// Its mean quality there, nearer ones counting for more.
    pub quality: f64,
    /// Its mean cost in dollars, where costs are known.
    pub cost: Option<f64>,
    /// Its mean latency in milliseconds, where latencies are known.
    pub latency: Option<f64>,
    /// `quality / ln(cost × 1000 + 2)`; unknown costs count as the greatest mean cost among the neighbours.
    pub score: f64,
}

/// How much the answer is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Too few points, or none that is like this.
    Cold,
    /// Too unsure to say anything.
    Unsure,
    /// Good for a hint: the request may be harder than it looks.
    Ambiguous,
    /// Sure enough to choose the model.
    Confident,
}

/// What the neighbours say.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// How much it is worth.
    pub verdict: Verdict,
    /// From 0 to 1.
    pub confidence: f64,
    /// The models with enough neighbours, the best score first.
    pub models: Vec<Neighbour>,
}

impl Advice {
    /// The model that it speaks for, if it is confident.
    pub fn model(&self) -> Option<&str> {
        let best = self.models.first().filter(|_| self.verdict == Verdict::Confident);
        best.map(|neighbour| neighbour.model.as_str())
    }
}

/// The index.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    settings: Settings,
    points: Points,
}

impl Index {
    /// An empty one.
    pub fn new(settings: Settings) -> Self {
        Self { settings, points: Points::default() }
    }

    /// Behaves otherwise from now on, and knows what it knew.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
        self.points.shrink(settings.most);
    }

    /// Takes an outcome in; says whether it was usable. The first vector sets the number of dimensions; vectors with
    /// another number, with anything that is no finite number, or without direction, are left out, as is a quality
    /// that is no number.
    pub fn add(&mut self, vector: &[f32], outcome: &Outcome<'_>) -> bool {
        let (Some(vector), Some(quality)) = (quantised(vector), unit(outcome.quality)) else { return false };
        let known = |value: Option<f64>| value.filter(|value| value.is_finite() && *value >= 0.0);
        let (cost, latency) = (known(outcome.cost), known(outcome.latency));
        self.points.add(&vector, outcome.model, &Point { quality, cost, latency }, self.settings.most)
    }

    /// What the nearest neighbours of a vector say about models of which `allowed` is true: candidates with
    /// credentials that fit the request.
    pub fn advise(&self, vector: &[f32], allowed: impl Fn(&str) -> bool) -> Advice {
        let settings = &self.settings;
        let nearest = match quantised(vector) {
            Some(vector) if self.len() >= settings.cold_start => {
                self.points.nearest(&vector, settings.neighbours, allowed)
            }
            _ => Vec::new(),
        };
        let weight: f64 = nearest.iter().map(|(weight, ..)| weight).sum();
        let trust = (count(self.len()) / count(settings.trusted.max(1))).min(1.0);
        let confidence = (weight / count(settings.neighbours.max(1))).min(1.0) * trust;
        let verdict = match confidence {
            _ if nearest.is_empty() => Verdict::Cold,
            sure if sure > settings.high => Verdict::Confident,
            sure if sure >= settings.low => Verdict::Ambiguous,
            _ => Verdict::Unsure,
        };
        Advice { verdict, confidence, models: compare(&nearest, settings.least) }
    }

    /// Adds another one's points, a replica's of this gateway say; as usual, the oldest give way.
    pub fn merge(&mut self, other: &Self) {
        let most = self.settings.most;
        other.points.each(|vector, model, point| {
            self.points.add(vector, model, point, most);
        });
    }

    /// How many points it holds.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its points as bytes; the settings stay out.
    pub fn save(&self) -> Vec<u8> {
        state::save(VERSION, &self.points)
    }

    /// An index with the points that were kept.
    pub fn load(settings: Settings, bytes: &[u8]) -> Result<Self, StateError> {
        let mut points: Points = state::load(VERSION, bytes)?;
        points.shrink(settings.most);
        Ok(Self { settings, points })
    }
}

/// The models among the neighbours, the best score first.
fn compare(nearest: &[(f64, &str, Point)], least: usize) -> Vec<Neighbour> {
    let mut names: Vec<&str> = nearest.iter().map(|(_, model, _)| *model).collect();
    names.sort_unstable();
    names.dedup();
    let mut models: Vec<Neighbour> = Vec::new();
    for name in names {
        let own = || nearest.iter().filter(move |(_, model, _)| *model == name);
        let mean = |value: fn(&Point) -> Option<f64>| {
            let known = own().filter_map(|(weight, _, point)| Some((*weight, value(point)?)));
            let (sum, weights) =
                known.fold((0.0, 0.0), |(sum, all), (weight, v)| (sum + weight * v, all + weight));
            (weights > 0.0).then(|| sum / weights)
        };
        let (times, quality) = (own().count(), mean(|point| Some(point.quality)));
        let (cost, latency) = (mean(|point| point.cost), mean(|point| point.latency));
        let quality = quality.filter(|_| times >= least).map(|quality| (quality, times));
        let model = name.to_owned();
        models.extend(quality.map(|(quality, times)| Neighbour {
            model,
            times,
            quality,
            cost,
            latency,
            score: 0.0,
        }));
    }
    let dearest = models.iter().filter_map(|one| one.cost).fold(0.0, f64::max);
    for one in &mut models {
        one.score = one.quality / (one.cost.unwrap_or(dearest) * 1000.0 + FREE).ln();
    }
    // Names are sorted already, so that equal scores keep that order.
    models.sort_by(|left, right| right.score.total_cmp(&left.score));
    models
}

#[cfg(test)]
mod tests;
