//! The search finds what a plain look at every point finds, to the last bit, whatever was dropped before; or as many that
//! are nearly the same.

use super::*;
use proptest::prelude::*;

/// A point as the plain way has it: its vector, its model, its quality and when it came.
type Plain = (Vec<i16>, String, f64, u64);

/// Adds a point, and drops the oldest of the model with most of them, the one with the last place among equals. The places
/// of models without points are others' to take.
fn add(all: &mut Vec<Plain>, places: &mut Vec<String>, most: usize, new: Plain) {
    let times = |all: &[Plain], name: &str| all.iter().filter(|(_, own, ..)| own == name).count();
    while all.len() >= most {
        let busiest = places.iter().max_by_key(|name| times(all, name)).unwrap();
        let oldest = all.iter().position(|(_, own, ..)| own == busiest).unwrap();
        all.remove(oldest);
    }
    if !places.contains(&new.1) {
        match places.iter_mut().find(|name| times(all, name) == 0) {
            Some(free) => free.clone_from(&new.1),
            None => places.push(new.1.clone()),
        }
    }
    all.push(new);
}

fn plain(left: &[i16], right: &[i16]) -> f64 {
    let dot = |left: &[i16], right: &[i16]| {
        f64::from(left.iter().zip(right).map(|(one, other)| i32::from(*one) * i32::from(*other)).sum::<i32>())
    };
    dot(left, right) / (dot(left, left).sqrt() * dot(right, right).sqrt())
}

fn nearest(all: &[Plain], ask: &[i16], most: usize, allowed: impl Fn(&str) -> bool) -> Vec<(f64, f64)> {
    let like = all.iter().filter(|(_, model, ..)| allowed(model));
    let mut found: Vec<(f64, u64, f64)> =
        like.map(|(vector, _, quality, age)| (plain(ask, vector), *age, *quality)).collect();
    found.retain(|(likeness, ..)| *likeness > 0.0);
    found.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)));
    found.truncate(most);
    found.into_iter().map(|(likeness, _, quality)| (likeness.min(1.0), quality)).collect()
}

/// Vectors of few different numbers, so that many are the same or as near, and of many.
fn vector(dimensions: usize) -> impl Strategy<Value = Vec<i16>> {
    let few = prop::collection::vec(prop_oneof![Just(0), Just(127), Just(-64)], dimensions);
    let many = prop::collection::vec(-127..=127_i16, dimensions);
    // All but the last number alike: near each other, and seldom the same.
    let near = (-127..=127_i16).prop_map(move |last| {
        let mut vector = vec![90; dimensions];
        vector[dimensions - 1] = last;
        vector
    });
    prop_oneof![few, many, near].prop_filter("a direction", |vector| vector.iter().any(|value| *value != 0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn as_a_plain_look_at_every_point(
        (rows, asks) in prop_oneof![Just(3_usize), Just(8), Just(64), Just(65), Just(300)].prop_flat_map(|dimensions| (
            prop::collection::vec((vector(dimensions), 0..4_usize), 1..80),
            prop::collection::vec(vector(dimensions), 1..6),
        )),
        most in 1..60_usize, neighbours in 1..12_usize, allowed in any::<[bool; 4]>(), again in any::<bool>()
    ) {
        let (mut points, mut all, mut places) = (Points::default(), Vec::new(), Vec::new());
        let dimensions = rows[0].0.len();
        for (age, (vector, model)) in (1..).zip(&rows) {
            let name = ["a", "b", "c", "d"][*model];
            let quality = f64::from(u32::try_from(age).unwrap()) / 100.0;
            let point = Point { quality, cost: None, latency: None };
            prop_assert!(points.add(vector, name, &point, most));
            add(&mut all, &mut places, most, (vector.clone(), name.to_owned(), quality, age));
        }
        if again {
            let saved = serde_json::to_string(&points).unwrap();
            points = serde_json::from_str(&saved).unwrap();
        }
        prop_assert_eq!(points.len(), all.len());
        prop_assert_eq!(points.dimensions, dimensions);
        let is_allowed = |name: &str| allowed[usize::from(name.as_bytes()[0] - b'a')];
        // What is asked is often there already.
        for ask in asks.iter().chain([&rows[rows.len() / 2].0, &rows[0].0]) {
            let found: Vec<(f64, f64)> =
                points.nearest(ask, neighbours, is_allowed).iter().map(|(like, _, own)| (*like, own.quality)).collect();
            let exact = nearest(&all, ask, neighbours, is_allowed);
            let alike = found.len() == exact.len() && found.iter().all(|(like, _)| *like >= search::ALIKE);
            prop_assert!(found == exact || alike, "{:?} {:?}", found, exact);
        }
    }
}
