//! The rows, the most telling ones first.
//!
//! Sources: each vendor's page on errors and limits: "Errors" and "Rate limits" (Claude API docs), "Error codes"
//! (OpenAI API docs), "Content filtering" and "Quotas" (Azure OpenAI), "Error Codes" (DeepSeek, Z.ai, Moonshot),
//! "Errors and debugging" (OpenRouter), "Troubleshooting Amazon Bedrock API error codes", "API errors" (Gemini
//! API), "Model Serving limits" (Databricks), `server/routes.go` in ollama/ollama.

use lynkr_types::{FaultKind, Scope};

use super::row::{Again, ErrorRow, Wait};

use Again::{Elsewhere, Never, Same};
use ErrorRow as Row;
use FaultKind::{
    Authentication, BadGateway, Billing, ContextLength, InvalidRequest, NotFound, Overloaded, Permission,
    RateLimit, Timeout, Unavailable,
};
use Scope::{Credential, Model, Provider, Request};

const ANY: ErrorRow = ErrorRow::ANY;

/// Every row, in the order in which they are tried.
pub const ERROR_ROWS: &[ErrorRow] = &[
    Row {
        statuses: &[400, 413, 422],
        codes: &[
            "1261",
            "characters_too_long",
            "context_length_exceeded",
            "context_window_exceeded",
            "exceed_context_size_error",
            "model_context_window_exceeded",
            "tokens_too_long",
        ],
        note: "the conversation is longer than the model's window",
        ..ANY
    }
    .means(ContextLength, Request, Elsewhere)
    .example(400, r#"{"error":{"message":"This model's maximum context length is 128000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#),
    Row {
        statuses: &[400, 413, 422, 500],
        says: &[
            "context length exceeded",
            "context limit",
            "exceeds the available context",
            "exceeds the maximum number of tokens",
            "input is too long for requested model",
            "maximum context length",
            "prompt is too long",
        ],
        note: "the same, told by the message alone",
        ..ANY
    }
    .means(ContextLength, Request, Elsewhere)
    .example(400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"},"request_id":"req_1"}"#),
    Row {
        statuses: &[400, 403],
        codes: &["1301", "content_filter", "content_policy_violation", "data_inspection_failed", "ResponsibleAIPolicyViolation", "unsafe_request"],
        note: "the content was refused by a filter",
        ..ANY
    }
    .means(InvalidRequest, Request, Never)
    .example(400, r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#),
    Row {
        providers: &["openrouter"],
        statuses: &[403],
        says: &["moderation", "flagged"],
        note: "the content was refused by a moderation",
        ..ANY
    }
    .means(Permission, Request, Never)
    .example(403, r#"{"error":{"code":403,"message":"Input flagged by moderation","metadata":{"reasons":["violence"]}}}"#),
    Row {
        codes: &[
            "1112",
            "1113",
            "billing_error",
            "billing_hard_limit_reached",
            "billing_not_active",
            "exceeded_current_quota_error",
            "insufficient_quota",
            "usage_not_included",
        ],
        note: "the account is empty or may not spend more",
        ..ANY
    }
    .means(Billing, Credential, Never)
    .example(429, r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#),
    Row {
        providers: &["anthropic", "azure-anthropic"],
        statuses: &[400, 403],
        says: &["credit balance is too low"],
        note: "the account is empty",
        ..ANY
    }
    .means(Billing, Credential, Never)
    .example(400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."},"request_id":"req_1"}"#),
    Row { statuses: &[402], note: "the account is empty (DeepSeek, OpenRouter and others)", ..ANY }
        .means(Billing, Credential, Never)
        .example(402, r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#),
    Row {
        providers: &["anthropic", "azure-anthropic"],
        statuses: &[429],
        says: &["model:"],
        note: "the organization's limit for one model",
        ..ANY
    }
    .means(RateLimit, Model, Same)
    .waits(Wait::Header)
    .with_header("retry-after", "7")
    .example(429, r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 30,000 input tokens per minute (model: claude-sonnet-4-5)."},"request_id":"req_1"}"#),
    Row {
        providers: &["anthropic", "azure-anthropic"],
        statuses: &[529],
        note: "the model is overloaded for everybody",
        ..ANY
    }
    .means(Overloaded, Model, Same)
    .waits(Wait::Header)
    .example(529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#),
    Row {
        codes: &["usage_limit_reached", "1304", "1308"],
        note: "a subscription's allowance, or a day's, is used up",
        ..ANY
    }
    .means(RateLimit, Credential, Never)
    .waits(Wait::Body)
    .example(429, r#"{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached","plan_type":"plus","resets_in_seconds":3600}}"#),
    Row {
        providers: &["ollama"],
        statuses: &[429],
        says: &["usage limit"],
        note: "the allowance of an account with Ollama's cloud is used up",
        ..ANY
    }
    .means(RateLimit, Credential, Never)
    .example(429, r#"{"error":"you've reached your hourly usage limit, please upgrade to continue"}"#),
    Row {
        codes: &["rate_limit_exceeded"],
        says: &["for gpt-", "for o1", "for o3", "for o4", "for codex-", "for model", "for chatgpt-"],
        note: "the account's limit for one model, which the message names",
        ..ANY
    }
    .means(RateLimit, Model, Same)
    .waits(Wait::Body)
    .example(429, r#"{"error":{"message":"Rate limit reached for gpt-5 in organization org-1 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2.5s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#),
    Row {
        providers: &["azure-openai"],
        statuses: &[429],
        note: "a deployment's limit",
        ..ANY
    }
    .means(RateLimit, Model, Same)
    .waits(Wait::Header)
    .with_header("retry-after", "7")
    .example(429, r#"{"error":{"code":"429","message":"Requests to this deployment have exceeded the token rate limit of your current pricing tier."}}"#),
    Row {
        providers: &["openrouter"],
        says: &["rate-limited upstream"],
        note: "the vendor behind OpenRouter limits this model",
        ..ANY
    }
    .means(RateLimit, Model, Same)
    .waits(Wait::Header)
    .example(429, r#"{"error":{"code":429,"message":"Provider returned error","metadata":{"raw":"some/model is temporarily rate-limited upstream. Please retry shortly.","provider_name":"Somebody"}}}"#),
    Row {
        providers: &["openrouter"],
        statuses: &[500, 502, 503],
        says: &["provider returned error", "no endpoints", "no available"],
        note: "the vendor behind OpenRouter failed; in a 200 as well",
        ..ANY
    }
    .means(BadGateway, Model, Same)
    .example(200, r#"{"error":{"code":502,"message":"Provider returned error","metadata":{"provider_name":"Somebody","raw":"upstream failed"}}}"#),
    Row {
        codes: &["engine_overloaded_error", "1305"],
        note: "the model is overloaded for everybody (Moonshot, Z.ai)",
        ..ANY
    }
    .means(Overloaded, Model, Same)
    .waits(Wait::Header)
    .example(429, r#"{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}"#),
    Row {
        providers: &["zai"],
        codes: &["1302", "1303"],
        note: "too many requests at once, or too often, with one key",
        ..ANY
    }
    .means(RateLimit, Credential, Same)
    .waits(Wait::Header)
    .example(429, r#"{"error":{"code":"1302","message":"High concurrency usage of this API, please reduce concurrency or contact customer service to increase limits"}}"#),
    Row { providers: &["zai"], codes: &["1211"], note: "there is no such model", ..ANY }
        .means(NotFound, Model, Elsewhere)
        .example(400, r#"{"error":{"code":"1211","message":"Unknown Model, please check the model code."}}"#),
    Row {
        providers: &["baidu"],
        codes: &["rpm_rate_limit_exceeded", "tpm_rate_limit_exceeded"],
        note: "the account's limit for one model",
        ..ANY
    }
    .means(RateLimit, Model, Same)
    .example(429, r#"{"error":{"code":"rpm_rate_limit_exceeded","message":"Rate limit reached for RPM","type":"invalid_request_error"},"id":"as-1"}"#),
    Row {
        codes: &["REQUEST_LIMIT_EXCEEDED"],
        note: "a serving endpoint's limit (Databricks)",
        ..ANY
    }
    .means(RateLimit, Model, Same)
    .waits(Wait::Header)
    .example(429, r#"{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"REQUEST_LIMIT_EXCEEDED: Exceeded workspace output tokens per minute rate limit for databricks-claude-sonnet-4-5."}"#),
    Row {
        codes: &["ThrottlingException", "TooManyRequestsException"],
        note: "the account's limit for one model (Amazon Bedrock)",
        ..ANY
    }
    .means(RateLimit, Model, Same)
    .with_header("x-amzn-errortype", "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/")
    .example(429, r#"{"message":"Too many tokens, please wait before trying again."}"#),
    Row {
        codes: &["ModelNotReadyException"],
        note: "the model is being loaded (Amazon Bedrock)",
        ..ANY
    }
    .means(Unavailable, Model, Same)
    .with_header("x-amzn-errortype", "ModelNotReadyException")
    .example(429, r#"{"message":"The model is not ready for inference."}"#),
    Row {
        codes: &["ServiceQuotaExceededException"],
        note: "the account's quota is used up (Amazon Bedrock)",
        ..ANY
    }
    .means(RateLimit, Credential, Never)
    .with_header("x-amzn-errortype", "ServiceQuotaExceededException")
    .example(400, r#"{"message":"Your request exceeds the service quota for your account."}"#),
    Row { codes: &["ModelTimeoutException"], note: "the model took too long (Amazon Bedrock)", ..ANY }
        .means(Timeout, Model, Same)
        .with_header("x-amzn-errortype", "ModelTimeoutException")
        .example(408, r#"{"message":"Model has timed out in processing the request."}"#),
    Row {
        codes: &["ModelErrorException", "ModelStreamErrorException"],
        status: Some(502),
        note: "the model failed (Amazon Bedrock)",
        ..ANY
    }
    .means(BadGateway, Model, Same)
    .with_header("x-amzn-errortype", "ModelErrorException")
    .example(424, r#"{"message":"The system encountered an unexpected error during processing.","originalStatusCode":500}"#),
    Row {
        codes: &[
            "ExpiredTokenException",
            "IncompleteSignatureException",
            "InvalidSignatureException",
            "MissingAuthenticationTokenException",
            "UnrecognizedClientException",
        ],
        status: Some(401),
        note: "the key or the signature is refused, though with 403 (AWS)",
        ..ANY
    }
    .means(Authentication, Credential, Never)
    .with_header("x-amzn-errortype", "UnrecognizedClientException")
    .example(403, r#"{"message":"The security token included in the request is invalid."}"#),
    Row {
        codes: &["AccessDeniedException"],
        says: &["access to the model", "specified model id"],
        note: "the account wasn't given this model (Amazon Bedrock)",
        ..ANY
    }
    .means(Permission, Model, Elsewhere)
    .with_header("x-amzn-errortype", "AccessDeniedException")
    .example(403, r#"{"message":"You don't have access to the model with the specified model ID."}"#),
    Row {
        codes: &["ValidationException"],
        says: &["on-demand throughput", "model identifier is invalid"],
        status: Some(404),
        note: "the name is none that can be asked for (Amazon Bedrock)",
        ..ANY
    }
    .means(NotFound, Model, Elsewhere)
    .with_header("x-amzn-errortype", "ValidationException")
    .example(400, r#"{"message":"The provided model identifier is invalid."}"#),
    Row {
        codes: &["RESOURCE_EXHAUSTED"],
        says: &["perday"],
        note: "the day's quota for a model is used up (Google)",
        ..ANY
    }
    .means(RateLimit, Model, Never)
    .waits(Wait::Body)
    .example(429, r#"{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"41s"}]}}"#),
    Row {
        codes: &["RESOURCE_EXHAUSTED"],
        note: "the minute's quota for a model is used up (Google)",
        ..ANY
    }
    .means(RateLimit, Model, Same)
    .waits(Wait::Body)
    .example(429, r#"{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3.5s"}]}}"#),
    Row { codes: &["API_KEY_INVALID"], note: "the key is refused, though with 400 (Google)", ..ANY }
        .means(Authentication, Credential, Never)
        .example(400, r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#),
    Row {
        statuses: &[503],
        says: &["overloaded", "maximum pending requests", "server busy"],
        note: "the model is overloaded (Gemini, Ollama)",
        ..ANY
    }
    .means(Overloaded, Model, Same)
    .example(503, r#"{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}"#),
    Row {
        statuses: &[400, 403, 404],
        codes: &["DeploymentNotFound", "ENDPOINT_NOT_FOUND", "model_not_found", "RESOURCE_DOES_NOT_EXIST", "resource_not_found_error"],
        note: "there is no such model, deployment or serving endpoint",
        ..ANY
    }
    .means(NotFound, Model, Elsewhere)
    .example(404, r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#),
    Row { providers: &["ollama"], statuses: &[404], says: &["not found"], note: "the model isn't pulled", ..ANY }
        .means(NotFound, Model, Elsewhere)
        .example(404, r#"{"error":"model 'qwen3:latest' not found"}"#),
    Row { statuses: &[400], note: "the request is at fault", ..ANY }
        .means(InvalidRequest, Request, Never)
        .example(400, r#"{"error":{"message":"Invalid value: 'x'.","type":"invalid_request_error","param":"temperature","code":"invalid_value"}}"#),
    Row { statuses: &[401], note: "the credential is refused", ..ANY }
        .means(Authentication, Credential, Never)
        .example(401, r#"{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#),
    Row { statuses: &[403], note: "the credential may not do this", ..ANY }
        .means(Permission, Credential, Never)
        .example(403, r#"{"error":{"message":"Your project does not have access.","type":"permission_error","param":null,"code":null}}"#),
    Row { statuses: &[404], note: "there is no such model, or nothing is served there", ..ANY }
        .means(NotFound, Model, Elsewhere)
        .example(404, r#"{"error":{"message":"The model `x` does not exist.","type":"invalid_request_error","param":null,"code":null}}"#),
    Row { statuses: &[429], note: "too many requests or tokens, of which kind isn't said", ..ANY }
        .means(RateLimit, Credential, Same)
        .waits(Wait::Header)
        .with_header("retry-after", "7")
        .example(429, r#"{"error":{"message":"Too many requests.","type":"rate_limit_error","param":null,"code":null}}"#),
    Row { statuses: &[502], note: "a server in between got no answer", ..ANY }
        .means(BadGateway, Provider, Same)
        .example(502, r#"{"error":{"message":"Bad gateway.","type":"server_error","param":null,"code":null}}"#),
    Row { statuses: &[503], note: "the provider can't serve for the moment", ..ANY }
        .means(Unavailable, Provider, Same)
        .waits(Wait::Header)
        .with_header("retry-after", "7")
        .example(503, r#"{"error":{"message":"The server is busy.","type":"server_error","param":null,"code":null}}"#),
    Row { statuses: &[504], note: "the model took too long for a server in between", ..ANY }
        .means(Timeout, Model, Same)
        .example(504, r#"{"error":{"message":"Gateway time-out.","type":"server_error","param":null,"code":null}}"#),
    Row { statuses: &[529], note: "overloaded", ..ANY }
        .means(Overloaded, Model, Same)
        .example(529, r#"{"error":{"message":"Overloaded.","type":"overloaded_error","param":null,"code":null}}"#),
    Row { statuses: &[500, 520, 521, 522, 523, 524], note: "the provider failed", ..ANY }
        .means(FaultKind::Internal, Provider, Same)
        .example(500, r#"{"error":{"message":"The server had an error.","type":"server_error","param":null,"code":null}}"#),
];
