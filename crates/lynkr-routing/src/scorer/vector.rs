//! A text's features as a vector, for training, and as contributions, for people.

use super::features::{self, Sink};
use super::model::Model;
use super::{BORDERS, Contribution, reader, share};

/// The features of a text without envelopes, as places in a trainer's vector of weights (see [`Model::layout`]) and
/// values. Their order is that of the text; no place comes twice.
pub fn vector(words: &str) -> Vec<(u32, f32)> {
    let mut found = Found::default();
    reader::read(words, &mut found);
    let [_, parts, pairs, named, _] = Model::layout();
    let families = [
        (found.words, 0, None),
        (found.parts, parts, None),
        (found.pairs, pairs, None),
        (found.named, named, Some(1.0)),
    ];
    let mut vector = Vec::new();
    for (places, start, value) in families {
        let value = value.unwrap_or_else(|| share(places.len()));
        let place = |place: &(usize, String)| (u32::try_from(start + place.0).unwrap_or(u32::MAX), value);
        vector.extend(places.iter().map(place));
    }
    vector
}

/// What each word and each named feature adds to a text's score, the weightiest first.
pub(super) fn contributions(model: &Model, words: &str) -> Vec<Contribution> {
    let mut found = Found::default();
    reader::read(words, &mut found);
    if found.words.is_empty() {
        return Vec::new();
    }
    let [first, _, third] = model.thresholds;
    let points = (BORDERS[2] - BORDERS[0]) / (third - first);
    let mut all: Vec<Contribution> = Vec::new();
    let mut add = |what: String, weight: f32| match all.iter_mut().find(|known| known.what == what) {
        Some(known) => known.points += weight * points,
        None => all.push(Contribution { what, points: weight * points }),
    };
    let [word_scale, part_scale, pair_scale] = model.scales;
    for (places, table, scale) in
        [(&found.words, &model.words, word_scale), (&found.parts, &model.parts, part_scale)]
    {
        for (place, source) in places {
            let byte = f32::from(table.get(*place).copied().unwrap_or_default().cast_signed());
            add(format!("\u{201c}{source}\u{201d}"), byte * scale * share(places.len()));
        }
    }
    for (index, _) in &found.pairs {
        let byte = f32::from(model.pairs.get(*index).copied().unwrap_or_default().cast_signed());
        add(features::pair_name(*index), byte * pair_scale * share(found.pairs.len()));
    }
    for (index, _) in &found.named {
        add(features::name(*index), model.named.get(*index).copied().unwrap_or_default());
    }
    all.sort_by(|one, other| other.points.abs().total_cmp(&one.points.abs()));
    all
}

/// What was found: places, and the words they come from.
#[derive(Default)]
struct Found {
    words: Vec<(usize, String)>,
    parts: Vec<(usize, String)>,
    pairs: Vec<(usize, String)>,
    named: Vec<(usize, String)>,
}

impl Sink for Found {
    fn word(&mut self, place: usize, source: &[u8]) {
        self.words.push((place, String::from_utf8_lossy(source).to_lowercase()));
    }

    fn part(&mut self, place: usize, source: &[u8]) {
        self.parts.push((place, String::from_utf8_lossy(source).to_lowercase()));
    }

    fn pair(&mut self, index: usize) {
        self.pairs.push((index, String::new()));
    }

    fn named(&mut self, index: usize) {
        self.named.push((index, String::new()));
    }
}
