//! Routing by the number of tools, as the first versions documented it: up to two tools to Ollama, up to fifteen to the
//! first cloud of three that has a key, more to the fallback provider.

use crate::gateway::Gateway;

/// What the legacy settings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyRules {
    /// `OLLAMA_MAX_TOOLS_FOR_ROUTING`: fewer tools than this go to Ollama.
    pub ollama: usize,
    /// `OPENROUTER_MAX_TOOLS_FOR_ROUTING`: up to so many go to a cloud of the middle.
    pub middle: usize,
    /// `FALLBACK_ENABLED`: without it everything goes to Ollama.
    pub fallback: bool,
}

/// Clouds of the middle, the preferred one first.
const MIDDLE: &[&str] = &["openrouter", "openai", "azure-openai"];

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LegacyChoice {
    /// The providers to ask, in order.
    pub(crate) providers: Vec<String>,
    /// Why the first one, for the header.
    pub(crate) reason: &'static str,
}

impl LegacyRules {
    /// Where a request with so many tools goes. `has` says whether a provider is set up, `tools` whether Ollama's model
    /// calls tools.
    fn choose(
        &self,
        count: usize,
        fallback: Option<&str>,
        has: impl Fn(&str) -> bool,
        tools: bool,
    ) -> LegacyChoice {
        let after = |first: &str| {
            let fallback = fallback.filter(|own| *own != first);
            std::iter::once(first).chain(fallback).map(str::to_owned).collect()
        };
        let fallback_only =
            |reason| fallback.map(|own| LegacyChoice { providers: vec![own.to_owned()], reason });
        let ollama = |reason| {
            let providers = if self.fallback { after("ollama") } else { vec!["ollama".to_owned()] };
            LegacyChoice { providers, reason }
        };
        if !self.fallback {
            return ollama("fallback_disabled");
        }
        if count > 0 && !tools {
            return fallback_only("tool_incompatible").unwrap_or_else(|| ollama("no_fallback"));
        }
        if count < self.ollama {
            return ollama("few_tools");
        }
        let middle = MIDDLE.iter().copied().find(|name| has(name)).filter(|_| count <= self.middle);
        match middle {
            Some(name) => LegacyChoice { providers: after(name), reason: "moderate_tools" },
            None => fallback_only("many_tools").unwrap_or_else(|| ollama("no_fallback")),
        }
    }
}

impl Gateway {
    /// Where a request with so many tools goes by the legacy rules; `None` where they are off.
    pub(crate) fn legacy(&self, tools: usize) -> Option<LegacyChoice> {
        let options = &self.options().routing;
        let rules = options.legacy.as_ref()?;
        let upstream = self.upstream("ollama")?;
        let model = upstream.configured_model().unwrap_or(upstream.provider().default_model);
        let has = |name: &str| self.upstream(name).is_some_and(lynkr_providers::Upstream::is_configured);
        Some(rules.choose(tools, options.fallback.as_deref(), has, upstream.tool_capable(model)))
    }
}

#[cfg(test)]
mod tests {
    //! The documented table: 0–2, 3–15, 16 and more.

    use super::*;

    fn first(count: usize, rules: &LegacyRules, has: &[&str], tools: bool) -> (String, usize) {
        let choice = rules.choose(count, Some("databricks"), |name| has.contains(&name), tools);
        (choice.providers[0].clone(), choice.providers.len())
    }

    #[test]
    fn the_documented_table() {
        let rules = LegacyRules { ollama: 3, middle: 15, fallback: true };
        let has = ["openai", "azure-openai"];
        let table = [
            (0, "ollama"),
            (2, "ollama"),
            (3, "openai"),
            (15, "openai"),
            (16, "databricks"),
            (200, "databricks"),
        ];
        for (count, provider) in table {
            assert_eq!(first(count, &rules, &has, true).0, provider, "{count}");
        }
        // No cloud of the middle, and a model without tools.
        assert_eq!(first(3, &rules, &[], true).0, "databricks");
        assert_eq!(first(1, &rules, &has, false).0, "databricks");
        assert_eq!(first(0, &rules, &has, false), ("ollama".to_owned(), 2));
        // Without fallback Ollama takes all.
        let rules = LegacyRules { fallback: false, ..rules };
        assert_eq!(first(100, &rules, &has, true), ("ollama".to_owned(), 1));
        let rules = LegacyRules { fallback: true, ..rules };
        let nobody = rules.choose(20, None, |_| false, true);
        assert_eq!(nobody.providers, ["ollama"]);
    }
}
