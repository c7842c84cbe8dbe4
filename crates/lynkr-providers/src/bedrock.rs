//! Amazon Bedrock: every vendor's models through Converse, and Claude in its own dialect through InvokeModel.
//!
//! Sources: "Amazon Bedrock API Reference" (Converse, ConverseStream, InvokeModel, InvokeModelWithResponseStream,
//! CountTokens), "Amazon Bedrock endpoints and quotas", "Supported Regions and models for inference profiles" and
//! "Anthropic Claude Messages API" in AWS's documentation; "Claude on Amazon Bedrock" and "Model IDs and versions" in
//! Anthropic's; "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::endpoint::{Endpoint, Offer};
use crate::envelope::{BetaPlace, CountBody, Envelope, Frames};
use crate::provider::{AuthScheme, Provider};
use crate::quirks::Quirks;
use crate::region::CloudRegions;

const BASE: &str = "https://bedrock-runtime.us-east-1.amazonaws.com";

const SETTINGS: &[Setting] = &[
    Setting::new(
        "AWS_BEDROCK_API_KEY",
        "bedrock.api_key",
        Kind::Secret,
        "A Bedrock API key, sent as a bearer token. Without one, requests are signed with AWS's own credentials.",
    ),
    Setting::new(
        "AWS_BEARER_TOKEN_BEDROCK",
        "bedrock.bearer_token",
        Kind::Secret,
        "The same under the name that AWS's SDKs and Claude Code read. `AWS_BEDROCK_API_KEY` goes before it.",
    ),
    Setting::new(
        "AWS_BEDROCK_REGION",
        "bedrock.region",
        Kind::Text,
        "The region whose Bedrock is used, and that is signed for. Unset, `AWS_REGION`, then `AWS_DEFAULT_REGION`, then \
         `us-east-1`. An endpoint that names its region goes before all of them.",
    ),
    Setting::new(
        "AWS_REGION",
        "bedrock.aws_region",
        Kind::Text,
        "The same under the name that AWS's SDKs read.",
    ),
    Setting::new(
        "AWS_DEFAULT_REGION",
        "bedrock.aws_default_region",
        Kind::Text,
        "The same under the name that the AWS CLI reads.",
    ),
    Setting::new(
        "AWS_BEDROCK_MODEL_ID",
        "bedrock.model",
        Kind::Text,
        "The model for clients that ask for one that isn't Bedrock's: a model's id, an inference profile's, or an ARN. \
         Unset, and without `MODEL_DEFAULT`, Claude's names have counterparts, and anything else is \
         `anthropic.claude-3-5-sonnet-20241022-v2:0`. AWS retires models: name a current one.",
    ),
    Setting::new(
        "AWS_BEDROCK_ENDPOINT",
        "bedrock.endpoint",
        Kind::Url,
        "Where Bedrock is, if not at the region's own host: an endpoint of your network, FIPS, a gateway. The default is that of the \
         default region.",
    )
    .with_default(BASE),
    Setting::new(
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        "bedrock.endpoint_url",
        Kind::Url,
        "The same under the name that AWS's SDKs read. `AWS_BEDROCK_ENDPOINT` goes before it.",
    ),
];

/// Claude through InvokeModel: the URL says the model and whether the answer is streamed.
const CLAUDE: Envelope = Envelope {
    removed: &["model", "stream"],
    version: "bedrock-2023-05-31",
    betas: BetaPlace::Body,
    frames: Frames::AwsEventStream,
    count: CountBody::BedrockInput,
    errors: Dialect::BedrockConverse,
};

/// Claude by id, by inference profile, and by the ARN of either. The ARN of an application's own profile doesn't
/// tell whose model it is; Converse takes those.
const CLAUDE_NAMES: &[&str] = &["*anthropic.claude*"];

const DIALECTS: &[Endpoint] = &[
    Endpoint::always(Dialect::BedrockConverse, "/model/{model}/converse")
        .streamed_at("/model/{model}/converse-stream"),
    Endpoint::always(Dialect::Anthropic, "/model/{model}/invoke")
        .streamed_at("/model/{model}/invoke-with-response-stream")
        .counted_at("/model/{model}/count-tokens")
        .offered(Offer::ForModels(CLAUDE_NAMES))
        .within(&CLAUDE),
];

const REGIONS: CloudRegions = CloudRegions {
    envs: &["AWS_BEDROCK_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"],
    default: "us-east-1",
    hosts: &[
        ("cn-*", "https://bedrock-runtime.{region}.amazonaws.com.cn"),
        ("eusc-*", "https://bedrock-runtime.{region}.amazonaws.eu"),
        ("*", "https://bedrock-runtime.{region}.amazonaws.com"),
    ],
    services: &["bedrock-runtime", "bedrock-runtime-fips"],
    profiles: &[("us-gov-*", "us-gov."), ("us-*", "us."), ("eu-*", "eu."), ("*", "global.")],
    service: "bedrock",
};

/// What Anthropic's names are here. Names with a date have it here as well; those without one of the models before
/// 4.6 stand for the last date; newer models have none.
const COUNTERPARTS: &[(&str, &str)] = &[
    ("claude-3-5-sonnet-20240620*", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
    ("claude-3-5-sonnet*", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("claude-*-20*", "anthropic.*-v1:0"),
    ("claude-3-haiku*", "anthropic.claude-3-haiku-20240307-v1:0"),
    ("claude-3-opus*", "anthropic.claude-3-opus-20240229-v1:0"),
    ("claude-3-5-haiku*", "anthropic.claude-3-5-haiku-20241022-v1:0"),
    ("claude-3-7-sonnet*", "anthropic.claude-3-7-sonnet-20250219-v1:0"),
    ("claude-sonnet-4-0*", "anthropic.claude-sonnet-4-20250514-v1:0"),
    ("claude-opus-4-0*", "anthropic.claude-opus-4-20250514-v1:0"),
    ("claude-opus-4-1*", "anthropic.claude-opus-4-1-20250805-v1:0"),
    ("claude-haiku-4-5*", "anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("claude-sonnet-4-5*", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("claude-opus-4-5*", "anthropic.claude-opus-4-5-20251101-v1:0"),
    ("claude-opus-4-6*", "anthropic.claude-opus-4-6-v1"),
    ("claude-*", "anthropic.*"),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "bedrock",
    aliases: &["amazon", "amazon-bedrock", "aws", "aws-bedrock"],
    title: "Amazon Bedrock",
    settings: SETTINGS,
    endpoint_env: Some("AWS_BEDROCK_ENDPOINT"),
    endpoint_aliases: &["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
    endpoint_example: BASE,
    default_base: Some(BASE),
    key_env: Some("AWS_BEDROCK_API_KEY"),
    key_aliases: &["AWS_BEARER_TOKEN_BEDROCK"],
    key_required: true,
    auth: AuthScheme::Aws,
    model_env: Some("AWS_BEDROCK_MODEL_ID"),
    default_model: "anthropic.claude-3-5-sonnet-20241022-v2:0",
    regions: Some(REGIONS),
    dialects: DIALECTS,
    models_path: None,
    vendor_hosts: &[
        "bedrock-runtime.*.amazonaws.com",
        "bedrock-runtime-fips.*.amazonaws.com",
        "bedrock-runtime.*.amazonaws.com.cn",
        "bedrock-runtime.*.amazonaws.eu",
    ],
    families: &[
        // Where it is served.
        "apac.",
        "arn:aws",
        "au.",
        "ca.",
        "eu.",
        "global.",
        "jp.",
        "us-gov.",
        "us.", // Whose it is.
        "ai21.",
        "amazon.",
        "anthropic.",
        "cohere.",
        "deepseek.",
        "google.",
        "meta.",
        "minimax.",
        "mistral.",
        "moonshot.",
        "moonshotai.",
        "nvidia.",
        "openai.",
        "qwen.",
        "writer.",
        "zai.",
    ],
    own_headers: &[
        "x-amzn-bedrock-guardrailidentifier",
        "x-amzn-bedrock-guardrailversion",
        "x-amzn-bedrock-performanceconfig-latency",
        "x-amzn-bedrock-service-tier",
        "x-amzn-bedrock-trace",
    ],
    quirks: Quirks {
        max_tokens_caps: &[
            ("*anthropic.claude-3-haiku*", 4_096),
            ("*anthropic.claude-3-opus*", 4_096),
            ("*anthropic.claude-3-sonnet*", 4_096),
            ("*anthropic.claude-3-5-*", 8_192),
            ("*amazon.nova-micro-*", 10_000),
            ("*amazon.nova-lite-*", 10_000),
            ("*amazon.nova-pro-*", 10_000),
        ],
        model_map: COUNTERPARTS,
        ..Quirks::NONE
    },
    notes: "Every vendor's models through Converse; Claude for clients of Anthropic's dialect through InvokeModel, byte \
            for byte inside the request that Bedrock wants, streams taken out of AWS's frames. A model is named by its \
            id, by an inference profile (`us.`, `eu.`, `global.` …) or by an ARN. `AWS_BEDROCK_API_KEY`, else \
            `AWS_BEARER_TOKEN_BEDROCK`, is a bearer token. Without a key, requests are signed (Signature Version 4) \
            with what AWS's own chain finds: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` in the environment, the \
            profile (`AWS_PROFILE`) of `~/.aws` with its keys, roles, SSO sign-in or process, a web identity, the \
            container's or the instance's role. These are the process's own: a project folder's `.env` can't set them, \
            and an endpoint that one names never gets what they or a key prove. Claude's names have counterparts with \
            the inference profile of the region's part of the world: `us.` and `eu.`, elsewhere `global.`. The headers \
            `x-amzn-bedrock-…` of guardrails, tracing, latency and service tier go up with InvokeModel and mean nothing \
            to Converse. `ANTHROPIC_BEDROCK_BASE_URL` and `CLAUDE_CODE_USE_BEDROCK` are Claude Code's own: the gateway \
            doesn't read them.",
    ..Provider::BLANK
};

#[cfg(test)]
mod tests;
