//! Who sells a model, and what follows from that: under which names the table has it, and what its cache costs.

use super::price::Caching;

/// A provider, as far as prices go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seller<'a> {
    /// Its name, which may be the operator's.
    pub(super) name: &'a str,
    /// The provider whose copy it is, where the operator named it.
    pub(super) kind: Option<&'a str>,
}

const ANTHROPIC: Caching = Caching { read: 100, write: 1_250, write_1h: 2_000 };
/// Caches that fill by themselves, for nothing more.
const AUTOMATIC: Caching = Caching { read: 100, write: 1_000, write_1h: 1_000 };
const DEEPSEEK: Caching = Caching { read: 20, write: 1_000, write_1h: 1_000 };
/// Nothing is known: cached input costs what other input does.
const UNKNOWN: Caching = Caching { read: 1_000, write: 1_000, write_1h: 1_000 };

/// What the table's names begin with at a provider, and what its cache costs.
struct Row {
    provider: &'static str,
    prefixes: &'static [&'static str],
    caching: Caching,
}

const ROWS: &[Row] = &[
    Row { provider: "anthropic", prefixes: &["", "anthropic/"], caching: ANTHROPIC },
    Row { provider: "anthropic-compatible", prefixes: &[""], caching: ANTHROPIC },
    Row { provider: "atlas", prefixes: &[""], caching: UNKNOWN },
    Row { provider: "azure-anthropic", prefixes: &["azure_ai/", ""], caching: ANTHROPIC },
    Row { provider: "azure-openai", prefixes: &["azure/", "azure_ai/", ""], caching: AUTOMATIC },
    Row { provider: "baidu", prefixes: &[], caching: UNKNOWN },
    Row { provider: "bedrock", prefixes: &["", "bedrock/", "bedrock_mantle/"], caching: ANTHROPIC },
    Row { provider: "chatgpt", prefixes: &["chatgpt/", ""], caching: AUTOMATIC },
    Row {
        provider: "databricks",
        prefixes: &["databricks/", "databricks/databricks-", ""],
        caching: ANTHROPIC,
    },
    Row { provider: "deepseek", prefixes: &["deepseek/", ""], caching: DEEPSEEK },
    Row { provider: "edenai", prefixes: &["edenai/", ""], caching: AUTOMATIC },
    Row { provider: "moonshot", prefixes: &["moonshot/"], caching: AUTOMATIC },
    Row { provider: "openai", prefixes: &["", "openai/"], caching: AUTOMATIC },
    Row { provider: "openrouter", prefixes: &["openrouter/", ""], caching: AUTOMATIC },
    Row { provider: "vertex", prefixes: &["vertex_ai/", "", "gemini/"], caching: AUTOMATIC },
    Row { provider: "zai", prefixes: &["zai/"], caching: AUTOMATIC },
];

/// Providers on the operator's own machine.
const LOCAL: &[&str] = &["builtin", "llamacpp", "lmstudio", "ollama"];

/// Sellers of others' models that take the vendors' own prices.
const AT_VENDORS_PRICE: &[&str] = &["edenai", "openrouter"];

/// What a name begins with that says whose model it is, and what the table's names begin with there. Weights that
/// anybody may serve are left out: another server's price says nothing.
const VENDORS: &[(&str, &str, bool)] = &[
    ("anthropic/", "", true),
    ("azure/", "azure/", false),
    ("bedrock/", "", false),
    ("deepseek/", "deepseek/", false),
    ("google/", "gemini/", true),
    ("gemini/", "gemini/", true),
    ("minimax/", "minimax/", false),
    ("mistral/", "mistral/", false),
    ("mistralai/", "mistral/", false),
    ("moonshotai/", "moonshot/", false),
    ("openai/", "", true),
    ("qwen/", "dashscope/", false),
    ("x-ai/", "xai/", true),
    ("xai/", "xai/", true),
    ("z-ai/", "zai/", false),
    ("zai/", "zai/", false),
];

impl<'a> Seller<'a> {
    /// The provider whose rules hold.
    fn rules(self) -> &'a str {
        self.kind.unwrap_or(self.name)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.provider == self.rules())
    }

    /// Whether it is a server on the operator's own machine.
    pub(super) fn is_local(self) -> bool {
        LOCAL.contains(&self.rules())
    }

    /// Whether a model costs nothing there. Ollama's models in its maker's cloud are no local ones.
    pub(super) fn gives(self, model: &str) -> bool {
        let in_cloud = model.ends_with("-cloud") || model.ends_with(":cloud");
        (self.is_local() && !in_cloud) || (self.rules() == "openrouter" && model.ends_with(":free"))
    }

    /// What the table's names begin with for this seller, the likeliest first.
    pub(super) fn prefixes(self) -> Vec<String> {
        let own = self.kind.map(|_| format!("{}/", self.name));
        // Whoever is reached by an address may have any vendor behind it.
        let rest = self.row().map_or(&[""] as &[&str], |row| row.prefixes);
        own.into_iter().chain(rest.iter().map(|prefix| (*prefix).to_owned())).collect()
    }

    /// A vendor's name taken off a model's: what the table has it as.
    pub(super) fn at_vendor(self, model: &str) -> Option<String> {
        let takes_vendors_price = AT_VENDORS_PRICE.contains(&self.rules());
        let (vendor, table, _) = VENDORS
            .iter()
            .find(|(vendor, _, closed)| model.starts_with(vendor) && (*closed || takes_vendors_price))?;
        Some(format!("{table}{}", model.strip_prefix(vendor)?))
    }

    /// What its cache costs where a price doesn't say.
    pub(super) fn caching(self, model: &str) -> Caching {
        if model.contains("claude") {
            return ANTHROPIC;
        }
        self.row().map_or(UNKNOWN, |row| row.caching)
    }
}
