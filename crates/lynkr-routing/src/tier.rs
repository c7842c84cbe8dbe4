//! How hard a request is: four tiers over a score from 0 to 100.

use std::fmt;
use std::str::FromStr;

/// How hard a request is, from easy to hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Greetings, trivia, one-line lookups.
    Simple,
    /// Ordinary coding, small edits.
    Medium,
    /// Work over several files, design, debugging.
    Complex,
    /// Proofs, security reviews, long autonomous work.
    Reasoning,
}

impl Tier {
    /// All of them, from easy to hard.
    pub const ALL: [Self; 4] = [Self::Simple, Self::Medium, Self::Complex, Self::Reasoning];

    /// Its name, as headers and settings write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simple => "SIMPLE",
            Self::Medium => "MEDIUM",
            Self::Complex => "COMPLEX",
            Self::Reasoning => "REASONING",
        }
    }

    /// The setting that lists its models.
    pub const fn env(self) -> &'static str {
        match self {
            Self::Simple => "TIER_SIMPLE",
            Self::Medium => "TIER_MEDIUM",
            Self::Complex => "TIER_COMPLEX",
            Self::Reasoning => "TIER_REASONING",
        }
    }

    /// Its place from 0 (easy) to 3 (hard).
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The tier at a place; places beyond the last are the last.
    pub fn at(index: usize) -> Self {
        Self::ALL.get(index).copied().unwrap_or(Self::Reasoning)
    }

    /// The next harder one.
    pub fn above(self) -> Option<Self> {
        Self::ALL.get(self.index() + 1).copied()
    }

    /// The next easier one.
    pub fn below(self) -> Option<Self> {
        self.index().checked_sub(1).and_then(|index| Self::ALL.get(index).copied())
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Tier {
    type Err = UnknownTier;

    /// In capitals or not.
    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        let found = Self::ALL.into_iter().find(|tier| tier.name().eq_ignore_ascii_case(text.trim()));
        found.ok_or_else(|| UnknownTier(text.to_owned()))
    }
}

/// A word that names no tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no tier: they are SIMPLE, MEDIUM, COMPLEX and REASONING")]
pub struct UnknownTier(pub String);

/// How hard a request is, from 0 (trivial) to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Score(f32);

impl Score {
    /// The easiest.
    pub const LEAST: Self = Self(0.0);
    /// The hardest.
    pub const MOST: Self = Self(100.0);

    /// A score; what is out of range is brought to its nearest end, what is no number is 0.
    pub fn new(value: f32) -> Self {
        if value.is_nan() { Self::LEAST } else { Self(value.clamp(0.0, 100.0)) }
    }

    /// Its value, from 0 to 100.
    pub const fn get(self) -> f32 {
        self.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}", self.0)
    }
}

/// Where one tier ends and the next begins: the least scores of MEDIUM, COMPLEX and REASONING.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TierBounds {
    starts: [f32; 3],
}

impl Default for TierBounds {
    /// The documented ranges: 0–19, 20–50, 51–75, 76–100.
    fn default() -> Self {
        Self { starts: [20.0, 51.0, 76.0] }
    }
}

impl TierBounds {
    /// Bounds with these least scores of MEDIUM, COMPLEX and REASONING; `None` unless they rise within 0 to 100.
    pub fn new(medium: f32, complex: f32, reasoning: f32) -> Option<Self> {
        let rises = 0.0 < medium && medium < complex && complex < reasoning && reasoning <= 100.0;
        rises.then_some(Self { starts: [medium, complex, reasoning] })
    }

    /// The tier of a score.
    pub fn tier(&self, score: Score) -> Tier {
        // Scores are shown without decimals: 50.6 reads as 51 and is COMPLEX as well.
        let shown = score.get().round();
        Tier::at(self.starts.iter().filter(|start| shown >= **start).count())
    }

    /// The least score of a tier.
    pub fn floor(&self, tier: Tier) -> Score {
        let start = tier.index().checked_sub(1).and_then(|index| self.starts.get(index));
        Score::new(start.copied().unwrap_or_default())
    }

    /// The greatest score of a tier.
    pub fn ceiling(&self, tier: Tier) -> Score {
        self.starts.get(tier.index()).map_or(Score::MOST, |start| Score::new(start - 1.0))
    }

    /// The middle of a tier's range.
    pub fn middle(&self, tier: Tier) -> Score {
        Score::new(f32::midpoint(self.floor(tier).get(), self.ceiling(tier).get()))
    }
}

#[cfg(test)]
mod tests {
    //! The documented ranges.

    use super::*;

    #[test]
    fn the_documented_ranges() {
        let bounds = TierBounds::default();
        let table = [
            (0.0, Tier::Simple),
            (19.0, Tier::Simple),
            (20.0, Tier::Medium),
            (50.0, Tier::Medium),
            (51.0, Tier::Complex),
            (75.0, Tier::Complex),
            (76.0, Tier::Reasoning),
            (100.0, Tier::Reasoning),
        ];
        for (score, tier) in table {
            assert_eq!(bounds.tier(Score::new(score)), tier, "{score}");
        }
        for tier in Tier::ALL {
            assert_eq!(bounds.tier(bounds.floor(tier)), tier);
            assert_eq!(bounds.tier(bounds.ceiling(tier)), tier);
            assert_eq!(bounds.tier(bounds.middle(tier)), tier);
            assert_eq!(tier.name().to_lowercase().parse(), Ok(tier));
        }
    }

    #[test]
    fn bounds_rise() {
        assert!(TierBounds::new(25.0, 51.0, 76.0).is_some());
        for [medium, complex, reasoning] in
            [[51.0, 20.0, 76.0], [0.0, 51.0, 76.0], [20.0, 51.0, 101.0], [f32::NAN, 51.0, 76.0]]
        {
            assert!(TierBounds::new(medium, complex, reasoning).is_none());
        }
        assert_eq!(Score::new(f32::NAN), Score::LEAST);
        assert_eq!(Score::new(1e9), Score::MOST);
    }
}
