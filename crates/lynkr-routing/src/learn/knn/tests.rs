//! Neighbours are the true ones, confidence follows the documented formula, and memory is bounded.

use super::super::project;
use super::*;
use proptest::prelude::*;

fn outcome(model: &str, quality: f64, cost: f64) -> Outcome<'_> {
    Outcome { model, quality, cost: Some(cost), latency: Some(1_000.0) }
}

fn seeded(most: usize) -> Index {
    let mut index = Index::new(Settings { most, ..Settings::default() });
    for n in 0..600 {
        let sql = project::text(&format!("optimise the slow sql query number {n} with a join and an index"));
        let css = project::text(&format!("centre the button number {n} in the css of the header"));
        for (vector, good) in [(sql, "large"), (css, "small")] {
            for model in ["large", "small"] {
                let quality = if model == good { 0.9 } else { 0.3 };
                assert!(index.add(&vector, &outcome(model, quality, 0.01)));
            }
        }
    }
    index
}

#[test]
fn speaks_for_who_was_good_at_the_like() {
    let index = seeded(20_000);
    let sql =
        index.advise(&project::text("optimise the slow sql query of the report with an index"), |_| true);
    assert_eq!((sql.verdict, sql.model()), (Verdict::Confident, Some("large")), "{sql:?}");
    let css = index.advise(&project::text("centre the button number two in the css of the footer"), |_| true);
    assert_eq!(css.model(), Some("small"), "{css:?}");
    let only = index
        .advise(&project::text("centre the button number two in the css of the footer"), |model| {
            model == "large"
        });
    assert_eq!(only.models.len(), 1);
    let far = index.advise(&project::text("compose a haiku"), |_| true);
    assert!(far.confidence < 0.7 && far.model().is_none(), "{far:?}");
}

#[test]
fn cold_start_and_damping() {
    let mut index = Index::new(Settings::default());
    for n in 0..99 {
        index.add(&[1.0, 0.0], &outcome("m", 0.5, 0.0));
        assert_eq!(index.advise(&[1.0, 0.0], |_| true).verdict, Verdict::Cold, "{n}");
    }
    index.add(&[1.0, 0.0], &outcome("m", 0.5, 0.0));
    let advice = index.advise(&[1.0, 0.0], |_| true);
    assert_eq!(advice.verdict, Verdict::Unsure);
    assert!(
        (advice.confidence - 0.1).abs() < 1e-9,
        "all ten neighbours are equal, and 100 of 1,000 points known"
    );
    (0..400).for_each(|_| assert!(index.add(&[1.0, 0.0], &outcome("m", 0.5, 0.0))));
    assert_eq!(index.advise(&[1.0, 0.0], |_| true).verdict, Verdict::Ambiguous);
    assert_eq!(index.advise(&[-1.0, 0.0], |_| true).verdict, Verdict::Cold, "nothing is like that");
}

#[test]
fn scores_weigh_cost() {
    let mut index = Index::new(Settings { cold_start: 0, trusted: 1, neighbours: 6, ..Settings::default() });
    for (model, quality, cost) in
        [("dear", 0.9, Some(0.1)), ("cheap", 0.8, Some(0.001)), ("unpriced", 0.85, None)]
    {
        (0..2).for_each(|_| {
            index.add(&[1.0], &Outcome { cost, ..outcome(model, quality, 0.0) });
        });
    }
    let advice = index.advise(&[2.0], |_| true);
    let order: Vec<&str> = advice.models.iter().map(|one| one.model.as_str()).collect();
    assert_eq!(order, ["cheap", "dear", "unpriced"]);
    assert!((advice.models[0].score - 0.8 / 3.0_f64.ln()).abs() < 1e-9);
    assert!((advice.models[2].score - 0.85 / 102.0_f64.ln()).abs() < 1e-9);
}

#[test]
fn the_busiest_model_loses_its_oldest() {
    let mut index = Index::new(Settings { most: 5, cold_start: 0, neighbours: 9, ..Settings::default() });
    index.add(&[1.0, 0.0], &outcome("rare", 0.1, 0.0));
    (0..20).for_each(|n| {
        index.add(&[1.0, 0.0], &outcome("busy", f64::from(n) / 20.0, 0.0));
    });
    let advice = index.advise(&[1.0, 0.0], |_| true);
    assert_eq!(index.len(), 5);
    assert!(
        advice.models.iter().any(|one| one.model == "busy" && (one.quality - 0.875).abs() < 1e-9),
        "{advice:?}"
    );
    assert_eq!(
        index.advise(&[1.0, 0.0], |model| model == "rare").verdict,
        Verdict::Unsure,
        "it is still there"
    );
    assert!(!index.add(&[1.0, 0.0, 0.0], &outcome("busy", 0.5, 0.0)), "another number of dimensions");
}

#[test]
fn state_comes_back() {
    let index = seeded(1_000);
    let bytes = index.save();
    let back = Index::load(index.settings, &bytes).unwrap();
    let ask = project::text("optimise the slow sql query of the report");
    assert_eq!(back.advise(&ask, |_| true), index.advise(&ask, |_| true));
    assert_eq!(back.save(), bytes);
    let text = String::from_utf8(bytes).unwrap();
    for (from, to) in [
        ("\"model\":0", "\"model\":70"),
        ("\"quality\":0.", "\"quality\":7."),
        ("\"vector\":\"", "\"vector\":\"é"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(text, broken);
        assert!(Index::load(Settings::default(), broken.as_bytes()).is_err(), "{from} → {to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_nearest_are_the_nearest(
        vectors in prop::collection::vec(prop::array::uniform4(-1.0..1.0_f32), 1..60),
        ask in prop::array::uniform4(-1.0..1.0_f32), neighbours in 1..12_usize
    ) {
        let mut index = Index::new(Settings { cold_start: 0, trusted: 1, neighbours, least: 1, ..Settings::default() });
        let cosine = |left: &[f32; 4], right: &[f32; 4]| {
            let dot = |a: &[f32; 4], b: &[f32; 4]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
            dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
        };
        for vector in &vectors {
            index.add(vector, &outcome("m", 0.5, 0.0));
        }
        let mut likeness: Vec<f64> =
            vectors.iter().map(|vector| cosine(vector, &ask)).filter(|likeness| *likeness > 0.0).collect();
        likeness.sort_by(|left, right| right.total_cmp(left));
        likeness.truncate(neighbours);
        let expect = likeness.iter().sum::<f64>() / super::count(neighbours);
        let confidence = index.advise(&ask, |_| true).confidence;
        prop_assert!((confidence - expect).abs() < 0.03, "{} {}", confidence, expect);
    }

    #[test]
    fn hostile_numbers(
        rows in prop::collection::vec(
            (prop::collection::vec(any::<f32>(), 0..4), any::<f64>(), any::<Option<f64>>(), 0..6_u8), 0..40),
        ask in prop::collection::vec(any::<f32>(), 0..4), most in 0..20_usize
    ) {
        let mut index = Index::new(Settings { cold_start: 0, least: 0, most, ..Settings::default() });
        for (vector, quality, cost, model) in rows {
            let latency = cost;
            index.add(&vector, &Outcome { model: &model.to_string(), quality, cost, latency });
        }
        prop_assert!(index.len() <= most);
        let advice = index.advise(&ask, |_| true);
        prop_assert!((0.0..=1.0).contains(&advice.confidence));
        prop_assert!(advice.models.iter().all(|one| one.quality.is_finite() && !one.score.is_nan()));
        prop_assert_eq!(Index::load(index.settings, &index.save()).unwrap().len(), index.len());
    }
}
