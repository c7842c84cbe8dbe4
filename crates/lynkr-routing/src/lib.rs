//! Which model should answer a request: how hard it is ([`Tier`]), which models the operator has for that
//! ([`Ladder`]), what they cost, what sticks from turn to turn, and what experience says.
//!
//! Everything here is a function over values. Time, random draws, embeddings and what the store remembers come in
//! as plain values from the caller, so a decision can be explained, replayed and tested with strings.
//!
//! Deliberately absent: I/O, a clock, randomness, and any knowledge of providers beyond their names.

#![warn(missing_docs)]

mod anchors;
mod decide;
mod explain;
mod ladder;
pub mod learn;
mod phrases;
mod pin;
mod prices;
mod runs;
pub mod scorer;
mod side;
pub mod signals;
mod text;
mod tier;
mod turn;
mod vocabulary;
mod words;

pub use anchors::{Anchor, AnchorError, Centroids, anchors};
pub use decide::{
    Choice, Decision, Doubt, Facts, Learned, Learning, LearningMode, Policy, Refined, Refiner, RiskPolicy,
    Standing, Step, Surroundings, Unfit, Unheard, classified, decide, decide_learning, unsure,
};
pub use explain::weighted_json;
pub use ladder::{Candidate, CandidateError, Ladder, Rung};
pub use pin::{
    BEGINNING, Fresh, Outlook, Pin, Place, StickyRules, TokenPrices, Verdict, break_even, pays, place,
    verdict,
};
pub use prices::{
    ConvertError, Date, Entry, LongContext, Mode, Money, Origin, OverrideError, Overrides, Price,
    PriceSource, Prices, Quote, Rates, Table, TableError, TokenUse, convert, prices_markdown,
};
pub use scorer::{Scored, score};
pub use side::{Around, Side, side};
pub use text::own_words;
pub use tier::{Score, Tier, TierBounds, UnknownTier};
pub use turn::{Ask, Gist, Memo, Reader, Speaker, Turn};
pub use words::Words;
