//! What stands behind the gateway in a column of the matrix, and how the gateway is told.

use std::path::Path;

use anyhow::bail;

use super::case::Case;
use super::vendor::{Credential, Rules};
use super::wire::Wire;

/// The credential that the gateway is configured with.
pub(super) const UPSTREAM_KEY: &str = "sk-test-upstream-0123456789";
/// The credential that clients present to the gateway; it must not travel on.
pub(super) const CLIENT_KEY: &str = "sk-test-client-9876543210";
/// What Google's token endpoint gives out for a proof that holds.
pub(super) const GOOGLE_TOKEN: &str = "ya29.token-of-the-service-account";

pub(super) const AWS_REGION: &str = "eu-central-1";
pub(super) const AWS_ACCESS_KEY: &str = "AKIAKITKITKITKITKIT0";
pub(super) const AWS_SECRET: &str = "kit/secret+access=key";
pub(super) const AWS_SESSION: &str = "kit/session+token==";

/// The ARN of an application's inference profile, which doesn't tell whose model it is, with colons and a slash; and
/// the id of a profile of Claude's, with a colon.
const BEDROCK_PROFILE: &str =
    "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3d4e5f6";
const BEDROCK_CLAUDE: &str = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// A column of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// No gateway: the client against the scripted model, which checks the harness itself.
    Direct(Wire),
    Anthropic,
    OpenAiChat,
    OpenAiResponses,
    Ollama,
    /// The Gemini API, by key.
    Gemini,
    /// Converse, signed.
    Bedrock,
    /// The gateway's own responder; no upstream at all.
    Builtin,
    /// Claude behind Bedrock's `InvokeModel`, signed with a session's credentials.
    BedrockClaude,
    /// Gemini in a project, by a service account.
    VertexGemini,
    /// Claude in a project, by a service account.
    VertexClaude,
    /// A deployment with its `api-version`.
    AzureOpenAi,
    /// `/openai/v1`, which has none.
    AzureOpenAiV1,
    AzureAnthropic,
    Databricks,
}

/// Where a column's gateway finds what it is set up with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The upstream's URL, or the builtin's scenario file.
    pub(super) target: &'a str,
    /// The file of Google's application-default credentials.
    pub(super) login: &'a Path,
}

impl Column {
    pub(super) const ALL: [Self; 14] = [
        Self::Anthropic,
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::Ollama,
        Self::Gemini,
        Self::Bedrock,
        Self::Builtin,
        Self::BedrockClaude,
        Self::VertexGemini,
        Self::VertexClaude,
        Self::AzureOpenAi,
        Self::AzureOpenAiV1,
        Self::AzureAnthropic,
        Self::Databricks,
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
            Self::Anthropic => "anthropic",
            Self::OpenAiChat => "openai_chat",
            Self::OpenAiResponses => "openai_responses",
            Self::Ollama => "ollama",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
            Self::Builtin => "builtin",
            Self::BedrockClaude => "bedrock-claude",
            Self::VertexGemini => "vertex-gemini",
            Self::VertexClaude => "vertex-claude",
            Self::AzureOpenAi => "azure-openai",
            Self::AzureOpenAiV1 => "azure-openai-v1",
            Self::AzureAnthropic => "azure-anthropic",
            Self::Databricks => "databricks",
        }
    }

    /// What the scripted model hears, if there is one, when a client of this wire asks.
    pub(super) fn wire(self, client: Wire) -> Option<Wire> {
        match self {
            Self::Direct(wire) => Some(wire),
            Self::Databricks | Self::BedrockClaude if client == Wire::Anthropic => Some(Wire::Anthropic),
            Self::Anthropic | Self::VertexClaude | Self::AzureAnthropic => Some(Wire::Anthropic),
            Self::OpenAiChat | Self::AzureOpenAi | Self::Databricks => Some(Wire::Chat),
            Self::OpenAiResponses | Self::AzureOpenAiV1 => Some(Wire::Responses),
            Self::Ollama => Some(Wire::Ollama),
            Self::Gemini | Self::VertexGemini => Some(Wire::Gemini),
            Self::Bedrock | Self::BedrockClaude => Some(Wire::Converse),
            Self::Builtin => None,
        }
    }

    /// Whether it is one of the clouds that wrap a dialect: how they are addressed and what proves who asks is
    /// what differs, so they aren't put through every case.
    pub(super) fn is_cloud(self) -> bool {
        matches!(
            self,
            Self::BedrockClaude
                | Self::VertexGemini
                | Self::VertexClaude
                | Self::AzureOpenAi
                | Self::AzureOpenAiV1
                | Self::AzureAnthropic
                | Self::Databricks
        )
    }

    /// Whether a case is put to it.
    pub(super) fn takes(self, case: Case) -> bool {
        !self.is_cloud()
            || matches!(case, Case::Plain | Case::Tool | Case::Thinking | Case::Image | Case::RateLimit)
    }

    /// What the cloud or vendor checks besides the body.
    pub(super) fn rules(self) -> Option<Rules> {
        let rules = match self {
            Self::Direct(_) | Self::Builtin => return None,
            Self::Anthropic => rules(Credential::Header("x-api-key"), ANTHROPIC_PATHS),
            Self::OpenAiChat => rules(
                Credential::Bearer,
                &[
                    "/v1/chat/completions",
                    "/v1/embeddings",
                    "/v1/files",
                    "/v1/batches",
                    "/v1/batches/*/cancel",
                ],
            ),
            Self::OpenAiResponses => rules(
                Credential::Bearer,
                &["/v1/responses", "/v1/embeddings", "/v1/files", "/v1/batches", "/v1/batches/*/cancel"],
            ),
            Self::Ollama => rules(
                Credential::None,
                &["/api/chat", "/api/show", "/api/embed", "/v1/chat/completions", "/v1/responses"],
            ),
            Self::Gemini => rules(
                Credential::Header("x-goog-api-key"),
                &[
                    "/v1beta/models/gemini-*:generateContent",
                    "/v1beta/models/gemini-*:streamGenerateContent?alt=sse",
                    "/v1beta/models/gemini-*:countTokens",
                ],
            ),
            Self::Bedrock => rules(Credential::AwsSignature, BEDROCK_PATHS),
            Self::BedrockClaude => rules(Credential::AwsSignature, BEDROCK_CLAUDE_PATHS),
            Self::VertexGemini => rules(Credential::GoogleToken, VERTEX_GEMINI_PATHS),
            Self::VertexClaude => rules(Credential::GoogleToken, VERTEX_CLAUDE_PATHS),
            Self::AzureOpenAi => rules(
                Credential::Header("api-key"),
                &["/openai/deployments/my-gpt-5/chat/completions?api-version=2024-10-21"],
            ),
            Self::AzureOpenAiV1 => rules(Credential::Header("api-key"), &["/openai/v1/responses"]),
            Self::AzureAnthropic => rules(
                Credential::Header("x-api-key"),
                &["/anthropic/v1/messages", "/anthropic/v1/messages/count_tokens"],
            ),
            Self::Databricks => rules(
                Credential::Bearer,
                &[
                    "/serving-endpoints/databricks-claude-*/invocations",
                    "/serving-endpoints/anthropic/v1/messages",
                ],
            ),
        };
        Some(rules)
    }

    pub(super) fn credential(self) -> Credential {
        self.rules().map_or(Credential::None, |rules| rules.credential)
    }

    /// Whether the vendors' own libraries are needed to judge it.
    pub(super) fn needs_judge(self) -> bool {
        matches!(self.credential(), Credential::GoogleToken | Credential::AwsSignature)
    }

    /// The gateway's settings for this column.
    pub(super) fn environment(self, place: Place<'_>) -> Vec<(String, String)> {
        let target = place.target;
        let below = |path: &str| format!("{target}{path}");
        let key = UPSTREAM_KEY.to_owned();
        let pairs: Vec<(&str, String)> = match self {
            Self::Direct(_) => Vec::new(),
            Self::Anthropic => vec![
                ("MODEL_PROVIDER", "anthropic".to_owned()),
                ("ANTHROPIC_ENDPOINT", target.to_owned()),
                ("ANTHROPIC_API_KEY", key),
            ],
            Self::OpenAiChat => openai(below("/v1/chat/completions")),
            Self::OpenAiResponses => openai(below("/v1/responses")),
            Self::Ollama => vec![
                ("MODEL_PROVIDER", "ollama".to_owned()),
                ("OLLAMA_ENDPOINT", target.to_owned()),
                ("OLLAMA_MODEL", "qwen3".to_owned()),
            ],
            Self::Gemini => vec![
                ("MODEL_PROVIDER", "vertex".to_owned()),
                ("VERTEX_ENDPOINT", target.to_owned()),
                ("VERTEX_API_KEY", key),
                // Of those that refuse a call without its signature.
                ("VERTEX_MODEL", "gemini-3-pro-preview".to_owned()),
            ],
            Self::VertexGemini => vertex(place, "gemini-2.5-pro"),
            Self::VertexClaude => vertex(place, "claude-sonnet-4-5@20250929"),
            Self::Bedrock => bedrock(target, BEDROCK_PROFILE),
            Self::BedrockClaude => {
                let mut pairs = bedrock(target, BEDROCK_CLAUDE);
                pairs.push(("AWS_SESSION_TOKEN", AWS_SESSION.to_owned()));
                pairs
            }
            Self::Builtin => {
                vec![("MODEL_PROVIDER", "builtin".to_owned()), ("LYNKR_BUILTIN_SCENARIO", target.to_owned())]
            }
            Self::AzureOpenAi => {
                azure(below("/openai/deployments/my-gpt-5/chat/completions?api-version=2024-10-21"))
            }
            Self::AzureOpenAiV1 => azure(below("/openai/v1/responses")),
            Self::AzureAnthropic => vec![
                ("MODEL_PROVIDER", "azure-anthropic".to_owned()),
                ("AZURE_ANTHROPIC_ENDPOINT", below("/anthropic/v1/messages")),
                ("AZURE_ANTHROPIC_API_KEY", key),
            ],
            Self::Databricks => vec![
                ("MODEL_PROVIDER", "databricks".to_owned()),
                ("DATABRICKS_API_BASE", target.to_owned()),
                ("DATABRICKS_API_KEY", key),
            ],
        };
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

const ANTHROPIC_PATHS: &[&str] = &[
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/messages/batches",
    "/v1/messages/batches/*/cancel",
    "/v1/files",
];

const BEDROCK_PATHS: &[&str] = &[
    "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3d4e5f6/converse",
    "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3d4e5f6/converse-stream",
];

const BEDROCK_CLAUDE_PATHS: &[&str] = &[
    "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke",
    "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream",
    "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens",
    // What Claude Code asks for when it takes the gateway for Bedrock.
    "/model/us.anthropic.claude-*/invoke",
    "/model/us.anthropic.claude-*/invoke-with-response-stream",
    // Clients of other dialects.
    "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
    "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream",
];

const VERTEX_GEMINI_PATHS: &[&str] = &[
    "/v1/projects/my-project/locations/europe-west1/publishers/google/models/gemini-*:generateContent",
    "/v1/projects/my-project/locations/europe-west1/publishers/google/models/gemini-*:streamGenerateContent?alt=sse",
    "/v1/projects/my-project/locations/europe-west1/publishers/google/models/gemini-*:countTokens",
];

const VERTEX_CLAUDE_PATHS: &[&str] = &[
    "/v1/projects/my-project/locations/europe-west1/publishers/anthropic/models/claude-*:rawPredict",
    "/v1/projects/my-project/locations/europe-west1/publishers/anthropic/models/claude-*:streamRawPredict",
    "/v1/projects/my-project/locations/europe-west1/publishers/anthropic/models/count-tokens:rawPredict",
];

const fn rules(credential: Credential, posts: &'static [&'static str]) -> Rules {
    Rules { credential, posts }
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

fn azure(endpoint: String) -> Vec<(&'static str, String)> {
    vec![
        ("MODEL_PROVIDER", "azure-openai".to_owned()),
        ("AZURE_OPENAI_ENDPOINT", endpoint),
        ("AZURE_OPENAI_API_KEY", UPSTREAM_KEY.to_owned()),
        ("AZURE_OPENAI_DEPLOYMENT", "my-gpt-5".to_owned()),
    ]
}

fn vertex(place: Place<'_>, model: &str) -> Vec<(&'static str, String)> {
    vec![
        ("MODEL_PROVIDER", "vertex".to_owned()),
        ("VERTEX_ENDPOINT", place.target.to_owned()),
        ("VERTEX_PROJECT", "my-project".to_owned()),
        ("VERTEX_LOCATION", "europe-west1".to_owned()),
        ("VERTEX_MODEL", model.to_owned()),
        ("GOOGLE_APPLICATION_CREDENTIALS", place.login.display().to_string()),
    ]
}

fn bedrock(target: &str, model: &str) -> Vec<(&'static str, String)> {
    vec![
        ("MODEL_PROVIDER", "bedrock".to_owned()),
        ("AWS_BEDROCK_ENDPOINT", target.to_owned()),
        ("AWS_BEDROCK_REGION", AWS_REGION.to_owned()),
        ("AWS_BEDROCK_MODEL_ID", model.to_owned()),
        ("AWS_ACCESS_KEY_ID", AWS_ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", AWS_SECRET.to_owned()),
    ]
}
