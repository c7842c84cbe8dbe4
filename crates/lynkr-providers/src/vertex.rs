//! Google: Gemini by key (`generativelanguage.googleapis.com`), and Gemini, Claude and other vendors' models on
//! Vertex AI (`aiplatform.googleapis.com`), in a customer's project or in express mode.
//!
//! Sources: "Gemini API reference" at `ai.google.dev/api`; "Vertex AI in express mode REST API reference",
//! "Generative AI on Vertex AI locations" and "Use Claude models" in Google Cloud's documentation; "Claude on Vertex
//! AI" in Anthropic's, which also has the paths that its SDK calls.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::endpoint::{Endpoint, Layout, Offer};
use crate::envelope::{BetaPlace, CountBody, Envelope, Frames};
use crate::project::CloudProject;
use crate::provider::{AuthScheme, Names, Provider};
use crate::quirks::Quirks;

const BASE: &str = "https://generativelanguage.googleapis.com";

const SETTINGS: &[Setting] = &[
    Setting::new(
        "VERTEX_API_KEY",
        "vertex.api_key",
        Kind::Secret,
        "A key of the Gemini API, of Vertex AI in express mode, or, where `VERTEX_PROJECT` is set, of that project. \
         Sent as `x-goog-api-key`, never in a URL.",
    ),
    Setting::new(
        "GOOGLE_API_KEY",
        "vertex.google_api_key",
        Kind::Secret,
        "The same under the name that Google's SDKs read. `VERTEX_API_KEY` goes before it; without effect in a \
         project.",
    ),
    Setting::new(
        "GEMINI_API_KEY",
        "vertex.gemini_api_key",
        Kind::Secret,
        "The same under the name that Gemini CLI reads. `VERTEX_API_KEY` and `GOOGLE_API_KEY` go before it; without \
         effect in a project.",
    ),
    Setting::new(
        "VERTEX_MODEL",
        "vertex.model",
        Kind::Text,
        "The model for clients that ask for one that isn't Google's. Unset, and without `MODEL_DEFAULT`, Claude's \
         names have counterparts, and anything else is `gemini-2.0-flash`. Google retires models: name a current one.",
    ),
    Setting::new(
        "VERTEX_ENDPOINT",
        "vertex.endpoint",
        Kind::Url,
        "Where the API is: another host, `https://aiplatform.googleapis.com` for a key of Vertex AI in express mode, \
         or a URL with `/projects/…/locations/…` in it. A project that is set otherwise is appended.",
    )
    .with_default(BASE),
    Setting::new(
        "VERTEX_PROJECT",
        "vertex.project",
        Kind::Text,
        "The Google Cloud project to use Vertex AI in, with Gemini, Claude and others, instead of the Gemini API. The \
         credentials are Google's application-default ones.",
    ),
    Setting::new(
        "GOOGLE_CLOUD_PROJECT",
        "vertex.google_cloud_project",
        Kind::Text,
        "The same under the name that Google's SDKs read. Counts where no key is configured.",
    ),
    Setting::new(
        "ANTHROPIC_VERTEX_PROJECT_ID",
        "vertex.anthropic_project",
        Kind::Text,
        "The same under the name that Claude Code reads. Counts where no key is configured.",
    ),
    Setting::new(
        "VERTEX_LOCATION",
        "vertex.location",
        Kind::Text,
        "The project's location: a region such as `europe-west1`, `us` or `eu`, or `global`, which it is when neither \
         this nor one of the next three is set.",
    ),
    Setting::new("VERTEX_REGION", "vertex.region", Kind::Text, "The same as `VERTEX_LOCATION`, which goes before it."),
    Setting::new(
        "GOOGLE_CLOUD_LOCATION",
        "vertex.google_cloud_location",
        Kind::Text,
        "The same under the name that Google's SDKs read.",
    ),
    Setting::new(
        "CLOUD_ML_REGION",
        "vertex.cloud_ml_region",
        Kind::Text,
        "The same under the name that Claude Code reads.",
    ),
];

/// Claude on Vertex AI: the URL says the model, and the version stands in the body.
const CLAUDE: Envelope = Envelope {
    removed: &["model"],
    version: "vertex-2023-10-16",
    betas: BetaPlace::Header,
    frames: Frames::ServerSentEvents,
    count: CountBody::Plain,
    errors: Dialect::Anthropic,
};

/// What marks an endpoint as a customer's project.
const PROJECT: &str = "/projects/";

const CLAUDE_NAMES: &[&str] = &["claude-*"];

/// In a project, first the dialect of each vendor's own models.
const IN_PROJECT: &[Endpoint] = &[
    Endpoint::always(Dialect::Gemini, "/publishers/google/models/{model}:generateContent")
        .streamed_at("/publishers/google/models/{model}:streamGenerateContent?alt=sse")
        .counted_at("/publishers/google/models/{model}:countTokens")
        .offered(Offer::ExceptModels(&["claude-*", "*/*"])),
    Endpoint::always(Dialect::Anthropic, "/publishers/anthropic/models/{model}:rawPredict")
        .streamed_at("/publishers/anthropic/models/{model}:streamRawPredict")
        .counted_at("/publishers/anthropic/models/count-tokens:rawPredict")
        .offered(Offer::ForModels(CLAUDE_NAMES))
        .within(&CLAUDE),
    Endpoint::always(Dialect::OpenAiChat, "/endpoints/openapi/chat/completions")
        .offered(Offer::ForModels(&["*/*"])),
];

const EXPRESS: &[Endpoint] =
    &[Endpoint::always(Dialect::Gemini, "/v1/publishers/google/models/{model}:generateContent")
        .streamed_at("/v1/publishers/google/models/{model}:streamGenerateContent?alt=sse")
        .counted_at("/v1/publishers/google/models/{model}:countTokens")];

pub(crate) const PROVIDER: Provider = Provider {
    name: "vertex",
    aliases: &[
        "gemini",
        "google",
        "google-gemini",
        "google-vertex",
        "google_vertex",
        "vertex-ai",
        "vertex_ai",
        "vertexai",
    ],
    title: "Google (Gemini and Vertex AI)",
    settings: SETTINGS,
    endpoint_env: Some("VERTEX_ENDPOINT"),
    endpoint_example: "https://generativelanguage.googleapis.com",
    default_base: Some(BASE),
    key_env: Some("VERTEX_API_KEY"),
    key_aliases: &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
    key_required: true,
    auth: AuthScheme::Google,
    model_env: Some("VERTEX_MODEL"),
    default_model: "gemini-2.0-flash",
    project: Some(CloudProject {
        marker: PROJECT,
        project_envs: &["VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"],
        location_envs: &["VERTEX_LOCATION", "VERTEX_REGION", "GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"],
        default_location: "global",
        hosts: &[
            ("global", "https://aiplatform.googleapis.com"),
            ("us", "https://aiplatform.us.rep.googleapis.com"),
            ("eu", "https://aiplatform.eu.rep.googleapis.com"),
            ("*", "https://{location}-aiplatform.googleapis.com"),
        ],
        path: "/v1/projects/{project}/locations/{location}",
    }),
    dialects: &[Endpoint::always(Dialect::Gemini, "/v1beta/models/{model}:generateContent")
        .streamed_at("/v1beta/models/{model}:streamGenerateContent?alt=sse")
        .counted_at("/v1beta/models/{model}:countTokens")
        .counted_whole()],
    layouts: &[
        Layout { marker: PROJECT, dialects: IN_PROJECT, models_path: None },
        Layout { marker: "aiplatform.googleapis.com", dialects: EXPRESS, models_path: None },
    ],
    models_path: Some("/v1beta/models?pageSize=1000"),
    vendor_hosts: &[
        "generativelanguage.googleapis.com",
        "aiplatform.googleapis.com",
        "aiplatform.us.rep.googleapis.com",
        "aiplatform.eu.rep.googleapis.com",
        "*-aiplatform.googleapis.com",
    ],
    families: &["gemini-", "gemma-"],
    names: &[Names {
        marker: PROJECT,
        families: &["gemini-", "deepseek-ai/", "meta/", "minimaxai/", "moonshotai/", "qwen/", "zai-org/"],
        siblings: &["claude-"],
        model_map: &[("claude-*", "*")],
    }],
    quirks: Quirks {
        reasoning_effort: &["gemini-*", "google/gemini-*", "*gpt-oss*"],
        max_tokens_caps: &[
            ("gemini-1.5-*", 8_192),
            ("gemini-2.0-*", 8_192),
            ("claude-3-haiku*", 4_096),
            ("claude-3-opus*", 4_096),
            ("claude-3-5-*", 8_192),
        ],
        model_map: &[
            ("claude-*haiku*", "gemini-2.0-flash-lite"),
            ("claude-*opus*", "gemini-2.5-pro"),
            ("claude-*", "gemini-2.0-flash"),
        ],
        dates_behind_at: CLAUDE_NAMES,
        ..Quirks::NONE
    },
    notes: "With a key (`VERTEX_API_KEY`, else `GOOGLE_API_KEY`, else `GEMINI_API_KEY`) it is the Gemini API. With \
            `VERTEX_PROJECT`, or with another name of the project and no key, it is Vertex AI in that project, at \
            `VERTEX_LOCATION`: Gemini, Claude (in its own dialect, byte for byte inside the request that Vertex wants), and, \
            as `vendor/model`, what Vertex serves in OpenAI's. `VERTEX_API_KEY` is used there if it is set, and else \
            Google's application-default credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, what \
            `gcloud auth application-default login` left, or the metadata server of the machine. A project that a \
            project folder's own `.env` names never gets them. In a project Claude's names go to Claude, with the date \
            behind an `@`, unless `VERTEX_MODEL` names another vendor's model. `GOOGLE_GEMINI_BASE_URL` and \
            `GOOGLE_VERTEX_BASE_URL` are the clients' own, which point them at the gateway: it doesn't read them.",
    ..Provider::BLANK
};

#[cfg(test)]
mod tests;
