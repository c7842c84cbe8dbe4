//! Azure OpenAI, and the other models that a Foundry resource serves in OpenAI's dialects.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::api::{Api, Apis};
use crate::embeddings::Embeddings;
use crate::endpoint::{Endpoint, Layout};
use crate::openai;
use crate::provider::{AuthScheme, Provider};
use crate::quirks::Quirks;

/// Models that think before they answer. A deployment can have any name; these are the usual ones.
const REASONING: &[&str] = &["o1*", "o3*", "o4*", "*gpt-5*", "*gpt5*", "codex-*"];

const SETTINGS: &[Setting] = &[
    Setting::new(
        "AZURE_OPENAI_ENDPOINT",
        "azure_openai.endpoint",
        Kind::Url,
        "The resource's URL, such as `https://my-resource.openai.azure.com`, or a URL below it: of a deployment, \
         `/openai/v1`, `/openai/responses` or `/models`.",
    ),
    Setting::new(
        "AZURE_OPENAI_API_KEY",
        "azure_openai.api_key",
        Kind::Secret,
        "The resource's key, or a Microsoft Entra token.",
    ),
    Setting::new(
        "AZURE_OPENAI_DEPLOYMENT",
        "azure_openai.deployment",
        Kind::Text,
        "The deployment for clients that name none with `azure-openai:`. When neither this nor `MODEL_DEFAULT` is \
         set, an OpenAI model's name is taken for the deployment's, and else it is `gpt-4o`.",
    ),
    Setting::new(
        "AZURE_OPENAI_API_VERSION",
        "azure_openai.api_version",
        Kind::Text,
        "The `api-version` of URLs that want one and don't say it. Unset, it is `2024-08-01-preview` for \
         deployments, `2025-04-01-preview` for `/openai/responses`, `2024-05-01-preview` for `/models`. \
         `/openai/v1` has none.",
    ),
    Setting::new(
        "AZURE_OPENAI_REASONING_EFFORT",
        "azure_openai.reasoning_effort",
        Kind::Choice(&["none", "minimal", "low", "medium", "high", "xhigh"]),
        "The reasoning effort for clients that ask for none.",
    ),
];

const DEPLOYMENT: Endpoint = Endpoint::always(
    Dialect::OpenAiChat,
    "/openai/deployments/{model}/chat/completions?api-version=2024-08-01-preview",
);

pub(crate) const PROVIDER: Provider = Provider {
    name: "azure-openai",
    aliases: &["azure", "azure_openai"],
    title: "Azure OpenAI",
    settings: SETTINGS,
    endpoint_env: Some("AZURE_OPENAI_ENDPOINT"),
    endpoint_example: "https://my-resource.openai.azure.com",
    key_env: Some("AZURE_OPENAI_API_KEY"),
    key_required: true,
    auth: AuthScheme::Azure("api-key"),
    model_env: Some("AZURE_OPENAI_DEPLOYMENT"),
    default_model: "gpt-4o",
    // Responses has no deployment in its URL, and the version-free URL serves it in every region.
    dialects: &[DEPLOYMENT, Endpoint::always(Dialect::OpenAiResponses, "/openai/v1/responses")],
    layouts: &[
        Layout { marker: "/openai/deployments/", dialects: &[DEPLOYMENT], models_path: None },
        Layout {
            marker: "/openai/v1",
            dialects: &[
                Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
                Endpoint::always(Dialect::OpenAiResponses, "/v1/responses"),
            ],
            models_path: None,
        },
        Layout {
            marker: "/openai/responses",
            dialects: &[Endpoint::always(
                Dialect::OpenAiResponses,
                "/openai/responses?api-version=2025-04-01-preview",
            )],
            models_path: None,
        },
        Layout {
            marker: "/models",
            dialects: &[Endpoint::always(
                Dialect::OpenAiChat,
                "/models/chat/completions?api-version=2024-05-01-preview",
            )],
            models_path: None,
        },
    ],
    // The model is the name of a deployment of an embeddings model.
    embeddings: Some(Embeddings {
        path: "/openai/deployments/{model}/embeddings?api-version=2024-08-01-preview",
        paths: &[
            ("/openai/v1", "/v1/embeddings"),
            ("/models", "/models/embeddings?api-version=2024-05-01-preview"),
        ],
        ..Embeddings::OPENAI
    }),
    // Endpoints with an `api-version` would carry it into paths that take another one.
    apis: Apis {
        offered: &[Api::OpenAiFiles, Api::OpenAiBatches, Api::OpenAiResponses],
        root: "/openai/v1",
        roots: &[
            ("/openai/v1", Some("/v1")),
            ("/openai/deployments/", None),
            ("/openai/responses", None),
            ("/models", None),
        ],
    },
    // What is listed are all models that could be deployed, not the deployments.
    models_path: None,
    vendor_hosts: &["*.openai.azure.com", "*.services.ai.azure.com", "*.cognitiveservices.azure.com"],
    api_version_env: Some("AZURE_OPENAI_API_VERSION"),
    reasoning_effort_env: Some("AZURE_OPENAI_REASONING_EFFORT"),
    quirks: Quirks {
        max_completion_tokens: REASONING,
        fixed_sampling: REASONING,
        reasoning_effort: REASONING,
        responses_preferred: REASONING,
        model_map: &[("gpt-*", "*"), ("o1*", "*"), ("o3*", "*"), ("o4*", "*"), ("codex-*", "*")],
        ..openai::PROVIDER.quirks
    },
    notes: "Set `AZURE_OPENAI_ENDPOINT`, `AZURE_OPENAI_API_KEY` and `AZURE_OPENAI_DEPLOYMENT`. The model is the \
            deployment's name. With the resource's bare URL, chat goes to the deployment and Responses to \
            `/openai/v1`; a URL below it settles which of them is used.",
    ..Provider::BLANK
};
