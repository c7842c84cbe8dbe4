//! What stands behind the gateway in a column of the matrix, and how the gateway is told.

use anyhow::bail;
use lynkr_testkit::Dialect;

/// The credential that the gateway is configured with.
pub(super) const UPSTREAM_KEY: &str = "sk-test-upstream-0123456789";
/// The credential that clients present to the gateway; it must not travel on.
pub(super) const CLIENT_KEY: &str = "sk-test-client-9876543210";

/// A column of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// No gateway: the client against the scripted model, which checks the harness itself.
    Direct(Dialect),
    Upstream(Dialect),
    /// The gateway's own responder; no upstream at all.
    Builtin,
}

impl Column {
    pub(super) const ALL: [Self; 5] = [
        Self::Upstream(Dialect::Anthropic),
        Self::Upstream(Dialect::Chat),
        Self::Upstream(Dialect::Responses),
        Self::Upstream(Dialect::Ollama),
        Self::Builtin,
    ];

    pub(super) fn parse(name: &str) -> anyhow::Result<Self> {
        let found = Self::ALL.into_iter().find(|column| column.name() == name);
        let Some(column) = found else {
            let names: Vec<_> = Self::ALL.iter().map(|column| column.name()).collect();
            bail!("unknown upstream {name}; known: {}", names.join(", "));
        };
        Ok(column)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Direct(_) => "direct",
            Self::Upstream(Dialect::Anthropic) => "anthropic",
            Self::Upstream(Dialect::Chat) => "openai_chat",
            Self::Upstream(Dialect::Responses) => "openai_responses",
            Self::Upstream(Dialect::Ollama) => "ollama",
            Self::Builtin => "builtin",
        }
    }

    /// The dialect of the scripted model, if there is one.
    pub(super) fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Direct(dialect) | Self::Upstream(dialect) => Some(dialect),
            Self::Builtin => None,
        }
    }

    /// The gateway's settings for this column. `target` is the upstream's URL, or the builtin's scenario file.
    pub(super) fn environment(self, target: &str) -> Vec<(String, String)> {
        let pairs: Vec<(&str, String)> = match self {
            Self::Direct(_) => Vec::new(),
            Self::Upstream(Dialect::Anthropic) => vec![
                ("MODEL_PROVIDER", "anthropic".to_owned()),
                ("ANTHROPIC_ENDPOINT", target.to_owned()),
                ("ANTHROPIC_API_KEY", UPSTREAM_KEY.to_owned()),
            ],
            Self::Upstream(Dialect::Chat) => openai(format!("{target}/v1/chat/completions")),
            Self::Upstream(Dialect::Responses) => openai(format!("{target}/v1/responses")),
            Self::Upstream(Dialect::Ollama) => vec![
                ("MODEL_PROVIDER", "ollama".to_owned()),
                ("OLLAMA_ENDPOINT", target.to_owned()),
                ("OLLAMA_MODEL", "qwen3".to_owned()),
            ],
            Self::Builtin => {
                vec![("MODEL_PROVIDER", "builtin".to_owned()), ("LYNKR_BUILTIN_SCENARIO", target.to_owned())]
            }
        };
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn openai(endpoint: String) -> Vec<(&'static str, String)> {
    vec![
        ("MODEL_PROVIDER", "openai".to_owned()),
        ("OPENAI_ENDPOINT", endpoint),
        ("OPENAI_API_KEY", UPSTREAM_KEY.to_owned()),
        // Of the kind that reasons: the default one is not, and nothing would be asked of it.
        ("OPENAI_MODEL", "gpt-5.4".to_owned()),
    ]
}
