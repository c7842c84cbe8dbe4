//! Limits kept, missed and not measured.

use super::*;
use std::collections::HashSet;

fn measured(figure: &str, value: f64) -> Measured {
    Measured { figure: figure.to_owned(), value }
}

#[test]
fn the_limit_itself_is_kept() {
    assert!(Bound::AtLeast(0.6).is_met(0.6) && !Bound::AtLeast(0.6).is_met(0.599));
    assert!(Bound::AtMost(2.0).is_met(2.0) && !Bound::AtMost(2.0).is_met(2.001));
}

#[test]
fn every_figure_of_a_suite_has_a_row_measured_or_not() {
    let start = "start to first healthy answer, passthrough";
    let all = verdicts(&[measured(start, 41.0)], &["start"]).unwrap();
    assert_eq!(all.iter().map(Verdict::is_met).collect::<Vec<_>>(), [Some(false), None]);
    assert!(is_missed(&all));
    let text = markdown(&all, None);
    assert!(text.contains(&format!("| {start} | ≤ 40 ms | 41.00 | **no** |")), "{text}");
    assert!(text.contains("| – | not measured |"), "{text}");
    assert!(text.ends_with("0 met, 1 missed, 1 not measured."), "{text}");
    let rows = json(&all);
    assert_eq!((&rows[0]["at_most"], &rows[0]["met"]), (&json!(40.0), &json!(false)));
    assert!(rows[1]["measured"].is_null() && rows[1]["met"].is_null());
}

#[test]
fn an_earlier_run_stands_beside() {
    let start = "start to first healthy answer, translated";
    let now = verdicts(&[measured(start, 20.0)], &["start"]).unwrap();
    let before = json!({ "verdicts": [{ "figure": start, "measured": 30.0 }] });
    let text = markdown(&now, Some(&before));
    assert!(text.contains(&format!("| {start} | ≤ 40 ms | 30.00 | 20.00 | yes |")), "{text}");
    assert!(!is_missed(&now));
}

#[test]
fn a_figure_without_a_limit_is_refused() {
    let error = verdicts(&[measured("requests/s by moonlight", 1.0)], &["start"]).unwrap_err();
    assert!(error.to_string().contains("by moonlight"), "{error}");
}

#[test]
fn what_could_not_be_measured_is_left_out() {
    let mut figures = Figures::default();
    figures.take("a".to_owned(), None);
    figures.take("b".to_owned(), Some(f64::NAN));
    figures.take("c".to_owned(), Some(1.0));
    assert_eq!(figures.0, [measured("c", 1.0)]);
}

#[test]
fn figures_have_names_of_their_own() {
    let names: HashSet<_> = LIMITS.iter().map(|limit| limit.figure).collect();
    assert_eq!(names.len(), LIMITS.len());
}
