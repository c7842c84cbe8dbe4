//! Which models the operator has for each tier.

use crate::tier::Tier;

/// One model of one provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate {
    /// The provider's name, not an alias.
    pub provider: String,
    /// The model, as the provider names it.
    pub model: String,
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.provider, self.model)
    }
}

/// What is wrong with an entry of a tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CandidateError {
    /// Nothing stands before or behind a comma or colon.
    #[error("has an empty entry; write provider:model[,provider:model…]")]
    Empty,
    /// A model without a provider, and none is set.
    #[error("`{0}` names no provider: write provider:{0}, or set MODEL_PROVIDER")]
    NoProvider(String),
}

impl Candidate {
    /// Reads `provider:model[,provider:model…]`. A provider ends at the first colon, since models hold colons too.
    /// An entry whose first part is no provider's name, and an entry without a colon, is a model of `default`.
    /// `provider` says the name of a provider for a name or an alias.
    pub fn list(
        text: &str,
        default: Option<&str>,
        provider: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Self>, CandidateError> {
        let one = |entry: &str| {
            let entry = entry.trim();
            let split = entry.split_once(':').and_then(|(name, model)| Some((provider(name.trim())?, model)));
            let (provider, model) = match (split, default) {
                (Some((provider, model)), _) => (provider, model.trim()),
                (None, _) if entry.is_empty() => return Err(CandidateError::Empty),
                (None, Some(default)) => (default.to_owned(), entry),
                (None, None) => return Err(CandidateError::NoProvider(entry.to_owned())),
            };
            if model.is_empty() {
                return Err(CandidateError::Empty);
            }
            Ok(Self { provider, model: model.to_owned() })
        };
        let mut list: Vec<Self> = Vec::new();
        for candidate in text.split(',').map(one) {
            let candidate = candidate?;
            if !list.contains(&candidate) {
                list.push(candidate);
            }
        }
        Ok(list)
    }
}

/// The models of one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The models, the preferred one first; never empty.
    pub candidates: Vec<Candidate>,
    /// The tier whose models these are, where this one has none of its own.
    pub borrowed: Option<Tier>,
}

/// The models of all tiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    rungs: [Rung; 4],
}

impl Ladder {
    /// A ladder of what is set for each tier. A tier without models borrows from its neighbours: first from the harder
    /// ones, since too strong a model answers too, then from the easier ones. `None` when no tier has a model.
    pub fn new(set: [Vec<Candidate>; 4]) -> Option<Self> {
        let lender = |index: usize| {
            let own = |at: &usize| set.get(*at).is_some_and(|list| !list.is_empty());
            (index..set.len()).find(own).or_else(|| (0..index).rev().find(own))
        };
        let rung = |index: usize| {
            let from = lender(index)?;
            let borrowed = (from != index).then(|| Tier::at(from));
            Some(Rung { candidates: set.get(from)?.clone(), borrowed })
        };
        Some(Self { rungs: [rung(0)?, rung(1)?, rung(2)?, rung(3)?] })
    }

    /// The models of a tier.
    pub fn rung(&self, tier: Tier) -> &Rung {
        let [simple, medium, complex, reasoning] = &self.rungs;
        match tier {
            Tier::Simple => simple,
            Tier::Medium => medium,
            Tier::Complex => complex,
            Tier::Reasoning => reasoning,
        }
    }

    /// Every model once, from easy to hard.
    pub fn candidates(&self) -> Vec<&Candidate> {
        let mut all: Vec<&Candidate> = Vec::new();
        for candidate in self.rungs.iter().flat_map(|rung| &rung.candidates) {
            if !all.contains(&candidate) {
                all.push(candidate);
            }
        }
        all
    }

    /// Whether a model is among them.
    pub fn holds(&self, candidate: &Candidate) -> bool {
        self.rungs.iter().any(|rung| rung.candidates.contains(candidate))
    }

    /// The tier that a model stands in for itself, the easiest if it stands in several.
    pub fn tier_of(&self, candidate: &Candidate) -> Option<Tier> {
        let own = |tier: &Tier| {
            let rung = self.rung(*tier);
            rung.borrowed.is_none() && rung.candidates.contains(candidate)
        };
        Tier::ALL.into_iter().find(own)
    }

    /// The tiers to try when one has failed: the harder ones upwards, then the easier ones downwards.
    pub fn after(tier: Tier) -> impl Iterator<Item = Tier> {
        let up = Tier::ALL.into_iter().filter(move |other| *other > tier);
        up.chain(Tier::ALL.into_iter().rev().filter(move |other| *other < tier))
    }
}

#[cfg(test)]
mod tests {
    //! Entries of `TIER_*`, and what borrows from what.

    use super::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "ollama" | "openai" | "zai" => Some(name.to_owned()),
            "z-ai" => Some("zai".to_owned()),
            _ => None,
        }
    }

    fn list(text: &str, default: Option<&str>) -> Result<Vec<String>, CandidateError> {
        Ok(Candidate::list(text, default, known)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn entries() {
        let of = |texts: &[&str]| Ok(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(list("ollama:qwen2.5:7b", None), of(&["ollama:qwen2.5:7b"]));
        assert_eq!(list("z-ai:glm-5 , openai:gpt-6", None), of(&["zai:glm-5", "openai:gpt-6"]));
        assert_eq!(list("openai:a,openai:a", None), of(&["openai:a"]));
        // A tag is no provider.
        assert_eq!(list("qwen2.5:7b", Some("ollama")), of(&["ollama:qwen2.5:7b"]));
        assert_eq!(list("gpt-6", Some("openai")), of(&["openai:gpt-6"]));
        assert_eq!(list("gpt-6", None), Err(CandidateError::NoProvider("gpt-6".to_owned())));
        for empty in ["", ",", "openai:", "openai:a,,openai:b"] {
            assert_eq!(list(empty, Some("openai")), Err(CandidateError::Empty), "{empty}");
        }
    }

    #[test]
    fn a_tier_without_models_borrows_upwards_first() {
        let candidates = |text| Candidate::list(text, None, known).unwrap_or_default();
        let ladder = Ladder::new([vec![], candidates("ollama:m"), vec![], vec![]]).unwrap();
        for tier in Tier::ALL {
            assert_eq!(ladder.rung(tier).candidates, candidates("ollama:m"));
            assert_eq!(ladder.rung(tier).borrowed, (tier != Tier::Medium).then_some(Tier::Medium));
        }
        let ladder = Ladder::new([candidates("ollama:s"), vec![], candidates("openai:c"), vec![]]).unwrap();
        assert_eq!(ladder.rung(Tier::Medium).borrowed, Some(Tier::Complex));
        assert_eq!(ladder.rung(Tier::Reasoning).borrowed, Some(Tier::Complex));
        assert_eq!(ladder.tier_of(&candidates("openai:c")[0]), Some(Tier::Complex));
        assert_eq!(Ladder::new([vec![], vec![], vec![], vec![]]), None);
    }

    #[test]
    fn after_a_failure_up_then_down() {
        let after = |tier| Ladder::after(tier).collect::<Vec<_>>();
        assert_eq!(after(Tier::Complex), [Tier::Reasoning, Tier::Medium, Tier::Simple]);
        assert_eq!(after(Tier::Simple), [Tier::Medium, Tier::Complex, Tier::Reasoning]);
    }
}
