//! The cheaper one of a tier's models, where that is switched on.

use super::Choice;
use crate::ladder::Candidate;
use crate::tier::Tier;

/// What a cheaper model may cost at most of what the preferred one costs.
const SHARE: f64 = 0.75;

/// Puts the cheapest model of the tier first, if it costs at most three quarters of the first one. Says which one gave way.
/// A model whose price isn't known is never preferred, and never gives way.
pub(super) fn cheaper(
    choices: &mut [Choice],
    tier: Tier,
    price: impl Fn(&Candidate) -> Option<f64>,
) -> Option<Candidate> {
    let first = choices.first().filter(|first| first.tier == tier)?.candidate.clone();
    let most = price(&first)? * SHARE;
    let priced = choices.iter().enumerate().filter(|(_, choice)| choice.tier == tier);
    let priced = priced.filter_map(|(at, choice)| Some((at, price(&choice.candidate)?)));
    let (at, cost) = priced.min_by(|one, other| one.1.total_cmp(&other.1).then(one.0.cmp(&other.0)))?;
    if at == 0 || cost > most {
        return None;
    }
    // The others keep their order behind it.
    choices.get_mut(..=at)?.rotate_right(1);
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(model: &str, tier: Tier) -> Choice {
        Choice { candidate: Candidate { provider: "p".into(), model: model.into() }, tier }
    }

    fn price(candidate: &Candidate) -> Option<f64> {
        match candidate.model.as_str() {
            "dear" => Some(10.0),
            "near" => Some(7.6),
            "cheap" => Some(2.0),
            "free" => Some(0.0),
            _ => None,
        }
    }

    /// Models with their tiers as they were in order, and as they should be.
    type Case = (&'static [(&'static str, Tier)], &'static [&'static str]);

    #[test]
    fn only_what_saves_a_quarter_and_only_within_the_tier() {
        let table: &[Case] = &[
            (&[("dear", Tier::Medium), ("near", Tier::Medium)], &["dear", "near"]),
            (
                &[("dear", Tier::Medium), ("near", Tier::Medium), ("cheap", Tier::Medium)],
                &["cheap", "dear", "near"],
            ),
            (&[("dear", Tier::Medium), ("free", Tier::Simple)], &["dear", "free"]),
            (&[("dear", Tier::Complex), ("free", Tier::Medium)], &["dear", "free"]),
            (&[("unknown", Tier::Medium), ("cheap", Tier::Medium)], &["unknown", "cheap"]),
            (&[("cheap", Tier::Medium), ("unknown", Tier::Medium)], &["cheap", "unknown"]),
            (&[], &[]),
        ];
        for (given, wanted) in table {
            let mut choices: Vec<Choice> = given.iter().map(|(model, tier)| choice(model, *tier)).collect();
            let gave_way = cheaper(&mut choices, Tier::Medium, price);
            let order: Vec<&str> = choices.iter().map(|own| own.candidate.model.as_str()).collect();
            assert_eq!(&order, wanted);
            assert_eq!(gave_way.is_some(), order.first() != given.first().map(|(model, _)| model));
        }
    }
}
