//! What the committed model says of the sets that it was never trained on.

use super::prompts::{Scenario, harmless, paraphrases, prompts, scenarios};
use crate::scorer::{ASSET, Model, explain, score};
use crate::{Tier, TierBounds};

fn tier(text: &str) -> Tier {
    TierBounds::default().tier(score(text).score)
}

#[track_caller]
fn check(scenarios: Vec<Scenario>) {
    let wrong: Vec<String> = scenarios
        .iter()
        .filter(|scenario| !scenario.right.contains(&tier(&scenario.text)))
        .map(|scenario| format!("{} ({}): {:?}", scenario.id, scenario.needs, score(&scenario.text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_asset_is_of_this_version() {
    let model = Model::decode(ASSET).unwrap();
    assert_eq!(model.encode(), ASSET);
    assert!(Model::decode(&ASSET[..ASSET.len() - 1]).is_none());
    assert!(Model::decode(b"LYNKRSC\x02").is_none());
}

#[test]
fn the_eleven_scenarios() {
    check(scenarios());
}

#[test]
fn the_eleven_in_other_words() {
    check(paraphrases());
}

#[test]
fn harmless_requests_stay_cheap() {
    let dear: Vec<String> = harmless().into_iter().filter(|text| tier(text) > Tier::Medium).collect();
    assert!(dear.len() <= 3, "{dear:#?}");
}

#[test]
fn held_out_prompts() {
    let held: Vec<_> = prompts().into_iter().filter(|prompt| prompt.held_out).collect();
    let off = |prompt: &super::prompts::Prompt| tier(&prompt.text).index().abs_diff(prompt.tier.index());
    let [right, far] =
        [0..1, 2..4].map(|range| held.iter().filter(|prompt| range.contains(&off(prompt))).count());
    assert!(right * 100 >= held.len() * 75, "{right} of {} are right", held.len());
    assert!(far * 100 <= held.len() * 2, "{far} of {} are off by two tiers", held.len());
}

#[test]
fn an_explanation_names_what_counts() {
    let text = "prove that the replicated log never diverges";
    let parts = explain(text);
    let proof = parts.iter().find(|part| part.what == "proof").unwrap();
    assert!(proof.points > 0.0, "{parts:?}");
    assert!(parts.windows(2).all(|pair| pair[0].points.abs() >= pair[1].points.abs()));
    assert!(parts.iter().any(|part| part.what == "\u{201c}diverges\u{201d}"), "{parts:?}");
    assert!(explain("").is_empty());
}
