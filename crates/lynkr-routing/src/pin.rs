//! What sticks: a session stays with its model, since a provider's prompt cache is worth more than a better choice for
//! one turn; and when a change pays.

use crate::ladder::Candidate;
use crate::tier::{Score, Tier, TierBounds};

/// What is remembered of a session's choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Pin {
    /// The model that serves it.
    pub candidate: Candidate,
    /// The tier that it serves.
    pub tier: Tier,
    /// The score that chose it.
    pub score: Score,
    /// How many turns the conversation had.
    pub turns: usize,
    /// When it was last used, in seconds of Unix time.
    pub at: u64,
    /// Tokens of the prompt that the provider has cached, as it last measured; `None` when it didn't say.
    pub warm: Option<u64>,
    /// Whether the session works with tools: what comes without any then is beside the conversation.
    pub has_tools: bool,
}

/// How sessions stick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StickyRules {
    /// `LYNKR_STICKY_SESSIONS`.
    pub enabled: bool,
    /// `LYNKR_STICKY_TTL_MS`, in seconds.
    pub ttl: u64,
    /// `LYNKR_PIN_DRIFT_MARGIN`: how far above the tier's range a score must be to leave it.
    pub drift: f32,
    /// `LYNKR_SWITCH_MAX_PROMPT_TOKENS`: a larger prompt goes to no cheaper model, since its cache is worth more.
    pub most_tokens: u64,
}

impl Default for StickyRules {
    fn default() -> Self {
        Self { enabled: true, ttl: 6 * 3_600, drift: 15.0, most_tokens: 20_000 }
    }
}

/// What a request is to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Its conversation just began.
    Beginning,
    /// Within an exchange of tools: calls wait for their results, or results for their answer.
    MidTools,
    /// The conversation goes on with the user's words.
    Continuing,
    /// The client has summed up what was before.
    Compacted,
    /// A new conversation under an old name.
    Anew,
}

/// So many turns are a beginning.
pub const BEGINNING: usize = 2;
/// A conversation that was longer than this and is a beginning now is another one.
const WAS_LONG: usize = 4;

/// What a request of `turns` turns is to its session. `mid_tools` says that the last turn brings results of tools and
/// no words of the user.
pub fn place(pin: Option<&Pin>, turns: usize, mid_tools: bool) -> Place {
    match pin {
        Some(pin) if turns <= BEGINNING && pin.turns > WAS_LONG => Place::Anew,
        _ if mid_tools => Place::MidTools,
        Some(pin) if turns + 2 < pin.turns => Place::Compacted,
        None | Some(_) if turns <= BEGINNING => Place::Beginning,
        None | Some(_) => Place::Continuing,
    }
}

/// What a pin says to a request that would go elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The pin serves.
    Stays(&'static str),
    /// The new choice serves, and is pinned.
    Moves(&'static str),
}

/// What a choice would be without the pin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fresh {
    /// Its tier.
    pub tier: Tier,
    /// Its score.
    pub score: Score,
    /// Whether something decided by itself: a phrase, risk, work on its own.
    pub forced: bool,
    /// The prompt, in tokens.
    pub tokens: u64,
    /// Whether changing to its model pays; `None` when that isn't known.
    pub pays: Option<bool>,
}

/// Whether a session stays with its model.
pub fn verdict(
    pin: &Pin,
    place: Place,
    fresh: Fresh,
    (bounds, rules, now): (&TierBounds, &StickyRules, u64),
) -> Verdict {
    if now.saturating_sub(pin.at) > rules.ttl {
        return Verdict::Moves("pin_expired");
    }
    match place {
        Place::Anew => return Verdict::Moves("new_conversation"),
        // Signed reasoning and half an exchange belong to the model that began it.
        Place::MidTools => return Verdict::Stays("mid_tools"),
        Place::Beginning | Place::Continuing | Place::Compacted => {}
    }
    if fresh.tier > pin.tier {
        let far = fresh.score.get() > bounds.ceiling(pin.tier).get() + rules.drift;
        return if fresh.forced || far {
            Verdict::Moves("drift_up")
        } else {
            Verdict::Stays("within_margin")
        };
    }
    // The summary of a hard conversation reads easily.
    if place == Place::Compacted
        && fresh.tier < pin.tier
        && fresh.tokens <= rules.most_tokens
        && fresh.pays == Some(true)
    {
        return Verdict::Moves("cheaper_after_compaction");
    }
    Verdict::Stays(if fresh.tier == pin.tier { "same_tier" } else { "no_way_down" })
}

/// What tokens of a model cost, in one unit for all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenPrices {
    /// New input.
    pub input: f64,
    /// Input that the provider has cached.
    pub cache_read: f64,
    /// Input that the provider then caches.
    pub cache_write: f64,
    /// Output.
    pub output: f64,
}

/// What a session is expected to need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Tokens of the prefix that the present model's provider has cached.
    pub warm: f64,
    /// New input of each turn, in tokens.
    pub fresh: f64,
    /// Output of each turn, in tokens.
    pub output: f64,
    /// How many turns of the user are still to come.
    pub turns: f64,
}

impl Default for Outlook {
    fn default() -> Self {
        Self { warm: 0.0, fresh: 2_000.0, output: 800.0, turns: 10.0 }
    }
}

/// How many turns it takes until a change of the model has paid for writing the cache anew; `None` when it never does.
pub fn break_even(stay: TokenPrices, switch: TokenPrices, outlook: Outlook) -> Option<f64> {
    let turn = |prices: TokenPrices| {
        outlook.warm * prices.cache_read + outlook.fresh * prices.input + outlook.output * prices.output
    };
    let once = (outlook.warm + outlook.fresh) * switch.cache_write.max(switch.input);
    let saved = turn(stay) - turn(switch);
    let turns = once / saved;
    (saved > 0.0 && turns.is_finite()).then_some(turns)
}

/// Whether a change of the model pays within what is still to come.
pub fn pays(stay: TokenPrices, switch: TokenPrices, outlook: Outlook) -> bool {
    break_even(stay, switch, outlook).is_some_and(|turns| turns <= outlook.turns)
}

#[cfg(test)]
mod tests {
    //! The escape ladder, and the arithmetic of caches.

    use proptest::prelude::*;

    use super::*;

    fn pin(tier: Tier, turns: usize) -> Pin {
        Pin {
            candidate: Candidate { provider: "openai".into(), model: "m".into() },
            tier,
            score: Score::new(40.0),
            turns,
            at: 1_000,
            warm: Some(10_000),
            has_tools: true,
        }
    }

    fn fresh(tier: Tier, score: f32) -> Fresh {
        Fresh { tier, score: Score::new(score), forced: false, tokens: 10_000, pays: Some(true) }
    }

    fn of(pin: &Pin, place: Place, fresh: Fresh) -> Verdict {
        verdict(pin, place, fresh, (&TierBounds::default(), &StickyRules::default(), 2_000))
    }

    #[test]
    fn places() {
        let pin = pin(Tier::Medium, 20);
        let table = [
            (None, 1, false, Place::Beginning),
            (None, 9, false, Place::Continuing),
            (Some(&pin), 22, false, Place::Continuing),
            (Some(&pin), 22, true, Place::MidTools),
            (Some(&pin), 10, false, Place::Compacted),
            (Some(&pin), 10, true, Place::MidTools),
            (Some(&pin), 1, false, Place::Anew),
        ];
        for (pin, turns, mid, wanted) in table {
            assert_eq!(place(pin, turns, mid), wanted, "{turns} {mid}");
        }
    }

    #[test]
    fn the_escape_ladder() {
        let pin = pin(Tier::Medium, 20);
        let table = [
            (Place::Continuing, fresh(Tier::Simple, 5.0), Verdict::Stays("no_way_down")),
            (Place::Continuing, fresh(Tier::Complex, 60.0), Verdict::Stays("within_margin")),
            (Place::Continuing, fresh(Tier::Complex, 70.0), Verdict::Moves("drift_up")),
            (
                Place::Continuing,
                Fresh { forced: true, ..fresh(Tier::Complex, 55.0) },
                Verdict::Moves("drift_up"),
            ),
            (Place::MidTools, fresh(Tier::Reasoning, 99.0), Verdict::Stays("mid_tools")),
            (Place::Compacted, fresh(Tier::Simple, 5.0), Verdict::Moves("cheaper_after_compaction")),
            (
                Place::Compacted,
                Fresh { pays: None, ..fresh(Tier::Simple, 5.0) },
                Verdict::Stays("no_way_down"),
            ),
            (
                Place::Compacted,
                Fresh { tokens: 50_000, ..fresh(Tier::Simple, 5.0) },
                Verdict::Stays("no_way_down"),
            ),
            (Place::Anew, fresh(Tier::Simple, 5.0), Verdict::Moves("new_conversation")),
        ];
        for (place, fresh, wanted) in table {
            assert_eq!(of(&pin, place, fresh), wanted, "{place:?} {fresh:?}");
        }
        let old = Pin { at: 0, ..pin };
        let rules = StickyRules { ttl: 60, ..StickyRules::default() };
        let late =
            verdict(&old, Place::MidTools, fresh(Tier::Simple, 0.0), (&TierBounds::default(), &rules, 100));
        assert_eq!(late, Verdict::Moves("pin_expired"));
    }

    #[test]
    fn a_warm_cache_keeps_a_session() {
        let strong = TokenPrices { input: 3.0, cache_read: 0.3, cache_write: 3.75, output: 15.0 };
        let cheap = TokenPrices { input: 1.0, cache_read: 0.1, cache_write: 1.25, output: 5.0 };
        let warm = |tokens: f64| Outlook { warm: tokens, ..Outlook::default() };
        // (2000 + 2000) × 1.25 once, against (600 + 6000 + 12000) − (200 + 2000 + 4000) saved each turn.
        let turns = break_even(strong, cheap, warm(2_000.0)).unwrap();
        assert!((turns - 5_000.0 / 12_400.0).abs() < 1e-9, "{turns}");
        assert!(pays(strong, cheap, warm(100_000.0)));
        assert!(!pays(strong, cheap, Outlook { turns: 1.0, ..warm(100_000.0) }));
        assert_eq!(break_even(cheap, strong, warm(2_000.0)), None);
        // Dearer to read from its cache than the other's is: never.
        let local = TokenPrices { input: 0.0, cache_read: 0.0, cache_write: 0.0, output: 0.0 };
        assert_eq!(break_even(local, cheap, warm(0.0)), None);
    }

    proptest! {
        #[test]
        fn a_larger_cache_never_makes_a_change_to_a_dearer_reader_pay(warm in 0.0..1e6, more in 0.0..1e6) {
            let stay = TokenPrices { input: 3.0, cache_read: 0.3, cache_write: 3.75, output: 15.0 };
            let switch = TokenPrices { input: 2.5, cache_read: 2.5, cache_write: 2.5, output: 10.0 };
            let at = |warm| Outlook { warm, ..Outlook::default() };
            prop_assert!(!pays(stay, switch, at(warm + more)) || pays(stay, switch, at(warm)));
        }
    }
}
