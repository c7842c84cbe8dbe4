//! The table of routes. The router and the description (`GET /openapi.json`) are both made from it, so that
//! they can't part: a new route is one row in here, and a schema in `openapi/schemas.json` if none fits.

mod dashboard;
mod routing;
mod vendors;

use http::Method;

use crate::route::Route;
use crate::routes::{
    admin, clouds, description, embeddings, gemini, generate, health, instance, metrics, models, ollama,
    providers, readiness, root, sessions, websocket,
};
use crate::scope::Scope;

const EVENTS: &str = "text/event-stream";

/// Every route of the gateway.
pub(crate) fn table() -> Vec<Route> {
    use Scope::{Admin, Inference, Lists, Open, Read};
    // What the rows of a group need, where they don't say it themselves.
    let groups = [
        ("Answers", Some(Inference), answers()),
        ("Embeddings", Some(Inference), embedders()),
        ("Files and batches", Some(Inference), vendors::files_and_batches()),
        ("Stored responses", Some(Inference), vendors::stored_responses()),
        ("Models", Some(Lists), model_lists()),
        ("Ollama", None, ollamas()),
        ("Gemini", None, geminis()),
        ("Clouds", Some(Inference), cloud_routes()),
        ("Providers", Some(Read), provider_routes()),
        ("Routing", None, routing::routes()),
        ("Gateway", None, gateway()),
        ("Usage", Some(Lists), dashboard::own_usage()),
        ("Dashboard", Some(Admin), dashboard::rows()),
        ("Dashboard", Some(Open), dashboard::page()),
        ("Gateway", None, identity()),
        ("Administration", Some(Admin), administration()),
    ];
    let rows = groups.into_iter().flat_map(|(tag, scope, rows)| {
        rows.into_iter().map(move |row| Route { scope: row.scope.or(scope), ..row.tagged(tag) })
    });
    rows.collect()
}

fn answers() -> Vec<Route> {
    vec![
        messages("/v1/messages").says("createMessage", "Answer in Anthropic Messages"),
        Route::post("/v1/messages/count_tokens", generate::count_tokens)
            .says("countMessageTokens", "Count the input tokens of an Anthropic request")
            .takes("MessagesRequest")
            .gives("TokenCount")
            .asks_provider(),
        Route::post("/v1/responses/input_tokens", generate::input_tokens)
            .says("countResponseTokens", "Count the input tokens of a Responses request")
            .takes("ResponsesRequest")
            .gives("ResponseTokenCount")
            .asks_provider(),
        chat("/v1/chat/completions").says("createChatCompletion", "Answer in Chat Completions"),
        responses("/v1/responses").says("createResponse", "Answer in Responses"),
        response_socket("/v1/responses").says("openResponsesSocket", "Answer in Responses over a WebSocket"),
        // What clients that are set to Azure's versionless API append to a base URL.
        chat("/openai/v1/chat/completions")
            .says("createChatCompletionAzure", "Answer in Chat Completions, at Azure's path"),
        responses("/openai/v1/responses").says("createResponseAzure", "Answer in Responses, at Azure's path"),
        response_socket("/openai/v1/responses")
            .says("openResponsesSocketAzure", "Answer in Responses over a WebSocket, at Azure's path"),
        // What a Codex that signed in with ChatGPT appends, when its base is this host instead of ChatGPT's.
        responses("/backend-api/codex/responses")
            .says("createResponseSignedIn", "Answer in Responses, at ChatGPT's path"),
        response_socket("/backend-api/codex/responses")
            .says("openResponsesSocketSignedIn", "Answer in Responses over a WebSocket, at ChatGPT's path"),
    ]
}

fn messages(path: &'static str) -> Route {
    let route = Route::post(path, generate::messages).takes("MessagesRequest").asks_provider();
    route.gives("Message").gives_as(EVENTS, "Events")
}

fn chat(path: &'static str) -> Route {
    let route = Route::post(path, generate::chat).takes("ChatRequest").asks_provider();
    route.gives("ChatCompletion").gives_as(EVENTS, "Events")
}

fn responses(path: &'static str) -> Route {
    let route = Route::post(path, generate::responses).takes("ResponsesRequest").asks_provider();
    route.gives("Response").gives_as(EVENTS, "Events")
}

/// Each text frame of the client is a `ResponsesRequest` of the type `response.create`.
fn response_socket(path: &'static str) -> Route {
    Route::get(path, websocket::upgrade).succeeds_with(101)
}

fn embedders() -> Vec<Route> {
    let openai = |path| {
        let route = Route::post(path, embeddings::openai).takes("EmbeddingsRequest").asks_provider();
        route.gives("EmbeddingList")
    };
    vec![
        openai("/v1/embeddings").says("createEmbeddings", "Embed texts"),
        openai("/openai/v1/embeddings").says("createEmbeddingsAzure", "Embed texts, at Azure's path"),
        Route::post("/api/embed", embeddings::ollama)
            .says("ollamaEmbed", "Embed texts in Ollama's form")
            .takes("OllamaEmbedRequest")
            .gives("OllamaEmbeddings")
            .asks_provider(),
        Route::post("/api/embeddings", embeddings::ollama_prompt)
            .says("ollamaEmbedPrompt", "Embed one text in Ollama's older form")
            .takes("OllamaPromptRequest")
            .gives("OllamaEmbedding")
            .asks_provider(),
    ]
}

fn model_lists() -> Vec<Route> {
    vec![
        Route::get("/v1/models", models::list)
            .says("listModels", "List the models that can be asked for, in the caller's own form")
            .gives("ModelList"),
        // Names hold slashes (`openai/gpt-4o-mini`).
        Route::get("/v1/models/{*id}", models::one)
            .says("getModel", "Describe one model")
            .parameter("id", "A model of the list. It may hold slashes, as they are.")
            .gives("Model"),
        Route::get("/openai/v1/models", models::list)
            .says("listModelsAzure", "List the models, at Azure's path")
            .gives("ModelList"),
        Route::get("/backend-api/codex/models", models::list)
            .says("listModelsSignedIn", "List the models, at ChatGPT's path")
            .gives("ModelList"),
    ]
}

fn ollamas() -> Vec<Route> {
    vec![
        Route::post("/api/chat", generate::ollama)
            .needs(Scope::Inference)
            .says("ollamaChat", "Answer in Ollama's own API")
            .takes("OllamaChatRequest")
            .gives("OllamaChatReply")
            .gives_as("application/x-ndjson", "Lines")
            .asks_provider(),
        Route::get("/api/tags", ollama::tags)
            .needs(Scope::Lists)
            .says("ollamaTags", "List the models in Ollama's form")
            .gives("OllamaTags"),
        Route::get("/api/version", ollama::version)
            .needs(Scope::Lists)
            .says("ollamaVersion", "Say which version is spoken")
            .gives("OllamaVersion"),
        Route::post("/api/show", ollama::show)
            .needs(Scope::Lists)
            .says("ollamaShow", "Describe a model in Ollama's form")
            .takes("OllamaShowRequest")
            .gives("OllamaShow"),
    ]
}

/// Gemini CLI's two forms: by key, and Vertex's. What follows the colon says what is done.
fn geminis() -> Vec<Route> {
    vec![
        Route::get("/v1beta/models", gemini::list)
            .needs(Scope::Lists)
            .says("geminiListModels", "List the models in Gemini's form")
            .gives("GeminiModels"),
        Route::post("/v1beta/models/{*call}", gemini::call)
            .needs(Scope::Inference)
            .at("/v1beta/models/{model}:generateContent")
            .says("geminiGenerate", "Answer in Gemini's API")
            .answered_by_gemini()
            .at("/v1beta/models/{model}:streamGenerateContent")
            .says("geminiStream", "Answer in Gemini's API, as a stream")
            .streamed_by_gemini()
            .at("/v1beta/models/{model}:countTokens")
            .says("geminiCountTokens", "Count the input tokens of a Gemini request")
            .counted_by_gemini(),
        Route::post("/v1beta1/publishers/google/models/{*call}", gemini::call)
            .needs(Scope::Inference)
            .at("/v1beta1/publishers/google/models/{model}:generateContent")
            .says("vertexGenerate", "Answer in Gemini's API, at Vertex's path")
            .answered_by_gemini()
            .at("/v1beta1/publishers/google/models/{model}:streamGenerateContent")
            .says("vertexStream", "Answer in Gemini's API as a stream, at Vertex's path")
            .streamed_by_gemini()
            .at("/v1beta1/publishers/google/models/{model}:countTokens")
            .says("vertexCountTokens", "Count the input tokens of a Gemini request, at Vertex's path")
            .counted_by_gemini(),
    ]
}

/// Claude Code set to a cloud, whose paths these are. What follows the last slash or the colon says what is done.
fn cloud_routes() -> Vec<Route> {
    const BEDROCK: &str = "The model, percent-encoded.";
    vec![
        Route::post("/model/{*call}", clouds::bedrock)
            .at("/model/{model}/invoke")
            .says("bedrockInvoke", "Answer as Bedrock's InvokeModel answers for Claude")
            .parameter("model", BEDROCK)
            .takes("Anything")
            .gives("Message")
            .asks_provider()
            .at("/model/{model}/invoke-with-response-stream")
            .says("bedrockInvokeStream", "The same as a stream, in AWS's frames")
            .parameter("model", BEDROCK)
            .takes("Anything")
            .gives_as("application/vnd.amazon.eventstream", "Bytes")
            .asks_provider()
            .at("/model/{model}/count-tokens")
            .says("bedrockCountTokens", "Count tokens as Bedrock does")
            .parameter("model", BEDROCK)
            .takes("Anything")
            .gives("Anything")
            .asks_provider(),
        vertex_claude(
            "/v1/projects/{*call}",
            "/v1/projects/{project}/locations/{location}/publishers/anthropic/models/",
            ["vertexRawPredict", "vertexStreamRawPredict", "vertexClaudeCountTokens"],
        ),
        vertex_claude(
            "/projects/{*call}",
            "/projects/{project}/locations/{location}/publishers/anthropic/models/",
            ["vertexRawPredictBare", "vertexStreamRawPredictBare", "vertexClaudeCountTokensBare"],
        ),
    ]
}

fn vertex_claude(path: &'static str, models: &str, [whole, stream, count]: [&'static str; 3]) -> Route {
    let within = |route: Route| {
        let route = route.parameter("project", "Any: none is used here.");
        route.parameter("location", "Any: none is used here.").takes("Anything").asks_provider()
    };
    let route = Route::post(path, clouds::vertex).at(&format!("{models}{{model}}:rawPredict"));
    let route = route.says(whole, "Answer as Vertex AI answers for Claude").parameter("model", "The model.");
    let route = within(route).gives("Message").at(&format!("{models}{{model}}:streamRawPredict"));
    let route = route.says(stream, "The same as a stream").parameter("model", "The model.");
    let route = within(route).gives_as(EVENTS, "Events").at(&format!("{models}count-tokens:rawPredict"));
    within(route.says(count, "Count tokens as Vertex AI does for Claude")).gives("TokenCount")
}

impl Route {
    fn of_gemini_model(self) -> Self {
        self.parameter("model", "The model. It may hold slashes, as they are.")
            .takes("GenerateContentRequest")
    }

    fn answered_by_gemini(self) -> Self {
        self.of_gemini_model().gives("GenerateContentResponse").asks_provider()
    }

    fn streamed_by_gemini(self) -> Self {
        self.of_gemini_model()
            .parameter("alt", "`sse` asks for server-sent events; else a list comes in one piece.")
            .gives("GenerateContentResponses")
            .gives_as(EVENTS, "Events")
            .asks_provider()
    }

    fn counted_by_gemini(self) -> Self {
        self.of_gemini_model().gives("GeminiTokenCount")
    }
}

fn provider_routes() -> Vec<Route> {
    const NAME: &str = "A provider's name, or another that it is known under.";
    vec![
        Route::get("/v1/providers", providers::list)
            .says("listProviders", "List the providers that are set up")
            .gives("ProviderList"),
        Route::get("/v1/providers/{name}", providers::one)
            .says("getProvider", "Describe one provider")
            .parameter("name", NAME)
            .gives("Provider"),
        Route::get("/v1/health", health::gateway)
            .says("getGatewayHealth", "Say that it lives, and who answers")
            .gives("GatewayHealth"),
        Route::get("/v1/health/providers", health::providers)
            .says("listProviderHealth", "Say how the providers have fared in the last five minutes")
            .gives("HealthSummary"),
        Route::get("/v1/health/providers/{name}", health::provider)
            .says("getProviderHealth", "Say how one provider has fared in the last five minutes")
            .parameter("name", NAME)
            .gives("ProviderHealth"),
        Route::get("/v1/config", providers::config)
            .says("getConfig", "Say what is in effect")
            .gives("Config"),
    ]
}

fn administration() -> Vec<Route> {
    vec![
        Route::post("/v1/admin/reload", admin::reload)
            .says("reload", "Read the configuration anew; what can't be used changes nothing")
            .gives("Reloaded"),
        Route::get("/v1/admin/audit", admin::audit)
            .says("listAudit", "List who did what to the gateway, the newest first")
            .parameter("limit", "How many entries at most; 100 if it isn't given, 1,000 at most.")
            .parameter("since", "Not before this time, in milliseconds since 1970 UTC.")
            .parameter("until", "Before this time, in milliseconds since 1970 UTC.")
            .parameter("actor", "By this key's id, `cli` or `anonymous`.")
            .parameter("action", "Of this action: `key.create`, say.")
            .parameter("target", "To this target.")
            .gives("AuditList"),
        Route::post("/v1/admin/circuit-breakers/reset", admin::reset_breakers)
            .says("resetBreakers", "Close the circuit breakers")
            .parameter("provider", "The provider whose breakers are closed; all, if it isn't given.")
            .gives("BreakersReset"),
    ]
}

fn gateway() -> Vec<Route> {
    vec![
        Route::get("/", root::service).says("getService", "Say what this is").gives("Service").open(),
        Route::new(Method::HEAD, "/", root::service).says("warmUp", "Warm a connection up").open(),
        Route::get("/health", health::health).says("getHealth", "Say that it lives").gives("Health").open(),
        Route::get("/health/live", readiness::live)
            .says("getLiveness", "Say that it lives, for orchestrators")
            .gives("Health")
            .open(),
        Route::get("/health/ready", readiness::ready)
            .says("getReadiness", "Say whether requests may be sent here")
            .parameter("deep", "Asks the providers' servers as well whether they are there.")
            .gives("Health")
            .open(),
        Route::get("/debug/session", sessions::session)
            .needs(Scope::Lists)
            .says(
                "getSession",
                "Show the session that the header `x-session-id` names, with its newest turns",
            )
            .gives("Numbers"),
        Route::get("/metrics", metrics::totals)
            .needs(Scope::Read)
            .says("getTotals", "Count requests")
            .gives("Numbers"),
        Route::get("/metrics/observability", metrics::observability)
            .needs(Scope::Read)
            .says("getObservability", "Give the numbers of requests, latency, tokens and cost")
            .gives("Numbers"),
        Route::get("/metrics/prometheus", metrics::prometheus)
            .needs(Scope::Read)
            .says("getPrometheus", "Give the numbers as Prometheus text")
            .gives_as("text/plain", "Text"),
        Route::get("/metrics/circuit-breakers", metrics::breakers)
            .needs(Scope::Read)
            .says("getBreakers", "Show the circuit breakers by name")
            .gives("Numbers"),
        Route::get("/metrics/load-shedding", metrics::load_shedding)
            .needs(Scope::Read)
            .says("getLoad", "Show what is under way and what is refused")
            .gives("Numbers"),
        Route::get("/openapi.json", description::openapi)
            .needs(Scope::Lists)
            .says("getDescription", "Give this description")
            .gives("Description"),
        Route::post("/api/event_logging/batch", root::event_logging)
            .needs(Scope::Lists)
            .says("dropEvents", "Take a client's own telemetry, which goes nowhere")
            .takes("Anything")
            .gives("Accepted"),
    ]
}

fn identity() -> Vec<Route> {
    vec![
        Route::get("/v1/instance", instance::instance)
            .says("getInstance", "Prove to whoever started this process that it is that one")
            .parameter(
                "challenge",
                "Any text. The proof is HMAC-SHA256 of it under the process's start token, in hexadecimal.",
            )
            .gives("Instance")
            .open(),
    ]
}
