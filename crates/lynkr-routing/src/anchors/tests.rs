//! What anchors' vectors are good for, and which are refused.

use proptest::prelude::*;

use super::*;

/// A vector that points to a tier, and a little elsewhere by a number.
fn towards(tier: Tier, number: usize) -> Vec<f32> {
    let mut vector = vec![0.1; 8];
    vector[tier.index()] = 1.0;
    vector[4 + number % 4] = 0.3;
    vector
}

fn usual() -> Vec<Vec<f32>> {
    anchors().iter().enumerate().map(|(number, anchor)| towards(anchor.tier, number)).collect()
}

#[test]
fn each_tier_has_as_many_and_none_is_twice() {
    for tier in Tier::ALL {
        assert_eq!(anchors().iter().filter(|anchor| anchor.tier == tier).count(), 16, "{tier}");
    }
    let texts: std::collections::HashSet<&str> = anchors().iter().map(|anchor| anchor.text).collect();
    assert_eq!(texts.len(), anchors().len());
    assert!(texts.iter().all(|text| !text.trim().is_empty()));
}

#[test]
fn a_text_gets_the_score_of_the_tier_that_it_is_like() {
    let (centroids, bounds) = (Centroids::of(&usual()).unwrap(), TierBounds::default());
    assert_eq!(centroids.right(), anchors().len());
    for tier in Tier::ALL {
        let score = centroids.score(&towards(tier, 1), &bounds).unwrap();
        assert_eq!(bounds.tier(score), tier, "{score}");
        // How long a vector is says nothing.
        let longer: Vec<f32> = towards(tier, 1).iter().map(|own| own * 1e6).collect();
        let other = centroids.score(&longer, &bounds).unwrap();
        assert!((score.get() - other.get()).abs() < 0.01, "{score} {other}");
    }
    let mut between = towards(Tier::Medium, 0);
    between[Tier::Complex.index()] = 0.98;
    let (score, sure) = (
        centroids.score(&between, &bounds).unwrap(),
        centroids.score(&towards(Tier::Medium, 0), &bounds).unwrap(),
    );
    assert_eq!(bounds.tier(score), Tier::Medium);
    assert!(score > sure, "nearer to the next tier: {score} {sure}");
    let own = TierBounds::new(10.0, 30.0, 40.0).unwrap();
    assert_eq!(own.tier(centroids.score(&towards(Tier::Reasoning, 0), &own).unwrap()), Tier::Reasoning);
}

#[test]
fn what_is_no_vector_is_refused() {
    let centroids = Centroids::of(&usual()).unwrap();
    let holding = |number: f32| {
        let mut vector = towards(Tier::Medium, 0);
        vector[2] = number;
        vector
    };
    let table = [
        Vec::new(),
        vec![0.0; 8],
        vec![0.5; 7],
        vec![0.5; 9],
        holding(f32::NAN),
        holding(f32::INFINITY),
        holding(f32::NEG_INFINITY),
        vec![1.0; MOST_DIMENSIONS + 1],
    ];
    for vector in table {
        assert_eq!(centroids.score(&vector, &TierBounds::default()), None, "{}", vector.len());
        let mut all = usual();
        all[5] = vector;
        assert_eq!(Centroids::of(&all), Err(AnchorError::Vectors));
    }
    assert_eq!(Centroids::of(&[]), Err(AnchorError::Vectors));
    assert_eq!(Centroids::of(&usual()[1..]), Err(AnchorError::Vectors));
    assert_eq!(Centroids::of(&[usual(), usual()].concat()), Err(AnchorError::Vectors));
    assert!(centroids.score(&holding(f32::MAX), &TierBounds::default()).is_some());
}

#[test]
fn a_model_that_can_t_tell_tiers_apart_is_refused() {
    let same = vec![vec![1.0, 2.0]; anchors().len()];
    assert!(matches!(Centroids::of(&same), Err(AnchorError::Alike { .. })));
    // By their number and not by what they say.
    let blind: Vec<Vec<f32>> =
        (0..anchors().len()).map(|number| towards(Tier::at(number % 4), number)).collect();
    let error = Centroids::of(&blind).unwrap_err();
    assert!(matches!(error, AnchorError::Alike { right, all: 64 } if right < 32), "{error}");
}

proptest! {
    #[test]
    fn no_vectors_panic_and_scores_are_in_range(
        vectors in proptest::collection::vec(proptest::collection::vec(proptest::num::f32::ANY, 3), 64),
        other in proptest::collection::vec(proptest::num::f32::ANY, 0..5),
    ) {
        let _ = Centroids::of(&vectors);
        let centroids = Centroids::of(&usual()).unwrap();
        let long: Vec<f32> = other.iter().copied().cycle().take(if other.is_empty() { 0 } else { 8 }).collect();
        for vector in [other, long] {
            if let Some(score) = centroids.score(&vector, &TierBounds::default()) {
                prop_assert!((0.0..=100.0).contains(&score.get()));
            }
        }
    }
}
