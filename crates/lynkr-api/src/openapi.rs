//! The description of the surface in OpenAPI 3.1, made from the table of routes and from the schemas beside
//! this file. (Format: the OpenAPI Initiative's "OpenAPI Specification", version 3.1.)
//!
//! The vendors' own bodies are described as far as the gateway looks at them; their documents have the rest,
//! and fields that aren't named here are taken as well.

use http::HeaderMap;
use lynkr_protocol::Dialect;
use serde_json::{Map, Value, json};

use crate::VERSION;
use crate::caller::dialect_of;
use crate::route::{Content, Operation, Route};
use crate::table::table;

const SCHEMAS: &str = include_str!("openapi/schemas.json");

const INTRODUCTION: &str = "\
A gateway that coding tools use in a vendor's place. It speaks Anthropic Messages, Chat Completions, Responses, \
Ollama's API and Gemini's, and hands requests to the provider that is set up, whatever that one speaks.

A key is only wanted where `LYNKR_API_KEYS` is set; it can be shown in any of the headers below. Errors come in \
the form of the API whose path was asked, or, at paths that several share, in the form that the caller's headers \
hint at. `x-should-retry: false` says that trying again can't help.";

const TAGS: &[(&str, &str)] = &[
    ("Answers", "What a model answers, in the form of each vendor's API."),
    ("Embeddings", "Texts as vectors, in OpenAI's form and in Ollama's."),
    (
        "Files and batches",
        "The vendors' own: passed on as they are to the provider that has them, Anthropic's where the caller's \
         headers say so.",
    ),
    (
        "Stored responses",
        "Answers in Responses by their ids. Those that were translated are kept here; the others live with their \
         provider.",
    ),
    ("Models", "Which models can be asked for."),
    ("Ollama", "Ollama's own API."),
    ("Gemini", "Gemini's API, at the paths of its key-based and its Vertex form."),
    ("Clouds", "Claude as Bedrock and Vertex AI serve it, for clients that are set to them."),
    ("Providers", "Which providers there are, how they fare, and what is in effect. No key is shown."),
    ("Routing", "Which model would answer, and what that is decided by."),
    ("Gateway", "The gateway itself."),
    ("Usage", "What the caller has used."),
    ("Dashboard", "What the dashboard and the status line read: figures of everybody."),
    ("Administration", "What operators do to a gateway that runs."),
];

/// The headers in which a key can be shown: scheme, header, how.
const KEYS: &[(&str, Option<&str>)] = &[
    ("bearer", None),
    ("xApiKey", Some("x-api-key")),
    ("apiKey", Some("api-key")),
    ("googleApiKey", Some("x-goog-api-key")),
];

/// The forms of errors: the name of the form, its dialect, and what it is called.
const ERRORS: &[(&str, Dialect, &str)] = &[
    ("AnthropicError", Dialect::Anthropic, "An error in the form of Anthropic's API."),
    ("OpenAiError", Dialect::OpenAiChat, "An error in the form of OpenAI's API."),
    ("OllamaError", Dialect::Ollama, "An error in the form of Ollama's API."),
    ("GeminiError", Dialect::Gemini, "An error in the form of Gemini's API."),
];

/// The form of errors at paths that clients of several APIs share.
const SHARED_ERROR: &str = "SharedError";

/// The text of the description, as `GET /openapi.json` and `docs/openapi.json` give it.
pub fn openapi_json() -> String {
    let mut text = serde_json::to_string_pretty(&document(&table())).unwrap_or_default();
    text.push('\n');
    text
}

fn document(routes: &[Route]) -> Value {
    let tags: Vec<Value> =
        TAGS.iter().map(|(name, what)| json!({"name": name, "description": what})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lynkr",
            "version": VERSION,
            "description": INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "The gateway that gives this description."}],
        "tags": tags,
        "security": security(),
        "paths": paths(routes),
        "components": {
            "schemas": schemas(),
            "responses": error_responses(),
            "headers": headers(),
            "securitySchemes": security_schemes(),
        },
    })
}

fn paths(routes: &[Route]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        for operation in &route.operations {
            let methods = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
            if let Value::Object(methods) = methods {
                methods.insert(route.method.as_str().to_ascii_lowercase(), described(operation));
            }
        }
    }
    Value::Object(paths)
}

fn described(operation: &Operation) -> Value {
    let mut text = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": responses(operation),
    });
    if !operation.parameters.is_empty() {
        text["parameters"] = parameters(operation);
    }
    if !operation.takes.is_empty() {
        text["requestBody"] = json!({"required": true, "content": contents(&operation.takes)});
    }
    if operation.open {
        text["security"] = json!([]);
    }
    text
}

fn parameters(operation: &Operation) -> Value {
    let parameter = |(name, meaning): &(&str, &str)| {
        let in_path = operation.path.contains(&format!("{{{name}}}"));
        json!({
            "name": name,
            "in": if in_path { "path" } else { "query" },
            "required": in_path,
            "description": meaning,
            "schema": {"type": "string"},
        })
    };
    operation.parameters.iter().map(parameter).collect()
}

fn responses(operation: &Operation) -> Value {
    let mut success =
        json!({"description": success_description(operation), "headers": header_names(operation)});
    if !operation.gives.is_empty() {
        success["content"] = contents(&operation.gives);
    }
    let mut responses = Map::from_iter([(operation.success.to_string(), success)]);
    let error = json!({"$ref": format!("#/components/responses/{}", error_form(&operation.path))});
    for status in failures(operation) {
        responses.insert(status.to_owned(), error.clone());
    }
    Value::Object(responses)
}

fn success_description(operation: &Operation) -> &'static str {
    match (operation.success, operation.gives.len()) {
        (101, _) => "The connection is a WebSocket from here on.",
        (_, 0) => "It worked.",
        (_, 1) => "The answer.",
        _ => "The answer, in the form that was asked for.",
    }
}

/// The failures that an operation can end with.
fn failures(operation: &Operation) -> Vec<&'static str> {
    let mut statuses = vec!["403", "5XX"];
    if !operation.open {
        statuses.push("401");
    }
    if !operation.takes.is_empty() {
        statuses.extend(["400", "413"]);
    }
    if operation.asks_provider {
        statuses.extend(["404", "429"]);
    } else if operation.path.contains('{') {
        statuses.push("404");
    }
    if operation.success == 101 {
        statuses.push("426");
    }
    statuses
}

/// The form in which a path's errors come, by the same rule that the surface follows.
fn error_form(path: &str) -> &'static str {
    let mut hinted = HeaderMap::new();
    hinted.insert("anthropic-version", http::HeaderValue::from_static("2023-06-01"));
    let dialect = dialect_of(path, &HeaderMap::new());
    if dialect != dialect_of(path, &hinted) {
        return SHARED_ERROR;
    }
    // Responses has the form of all of OpenAI's API.
    let dialect = if dialect == Dialect::OpenAiResponses { Dialect::OpenAiChat } else { dialect };
    ERRORS.iter().find(|(_, own, _)| *own == dialect).map_or(SHARED_ERROR, |(name, ..)| name)
}

fn contents(contents: &[Content]) -> Value {
    let content = |(kind, schema): &Content| ((*kind).to_owned(), json!({"schema": schema_named(schema)}));
    Value::Object(contents.iter().map(content).collect())
}

fn schema_named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The schemas by hand. A test reads them, so that they can't be broken.
fn schemas() -> Value {
    serde_json::from_str(SCHEMAS).unwrap_or_default()
}

fn error_responses() -> Value {
    let headers = json!({
        "x-request-id": header_named("RequestId"),
        "x-should-retry": header_named("ShouldRetry"),
        "retry-after": header_named("RetryAfter"),
    });
    let response = |name: &str, what: &str| {
        json!({
            "description": what,
            "headers": headers,
            "content": {"application/json": {"schema": schema_named(name)}},
        })
    };
    let shared =
        (SHARED_ERROR, "An error in the form of Anthropic's API or of OpenAI's, by the caller's headers.");
    let forms = ERRORS.iter().map(|(name, _, what)| (*name, *what)).chain([shared]);
    Value::Object(forms.map(|(name, what)| (name.to_owned(), response(name, what))).collect())
}

fn header_named(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn header_names(operation: &Operation) -> Value {
    let mut headers =
        json!({"x-request-id": header_named("RequestId"), "x-lynkr-version": header_named("Version")});
    if operation.asks_provider {
        headers["x-lynkr-receipt"] = header_named("Receipt");
        headers["x-lynkr-cost"] = header_named("Cost");
    }
    headers
}

fn headers() -> Value {
    let header = |what: &str| json!({"description": what, "schema": {"type": "string"}});
    json!({
        "RequestId": header("The request's id: the client's own where it sent one, else a new one."),
        "Version": header("The gateway's version."),
        "Receipt": header("What the gateway changed on the way. Absent when it changed nothing."),
        "Cost": header(
            "What a whole answer cost, in US dollars. Absent on streams, and where no price is known."
        ),
        "RetryAfter": header("After how many seconds another try may help."),
        "ShouldRetry": header("`false` where trying again can't help."),
    })
}

/// A key in any of the headers; none where the gateway has no keys.
fn security() -> Value {
    let any =
        KEYS.iter().map(|(scheme, _)| Value::Object(Map::from_iter([((*scheme).to_owned(), json!([]))])));
    any.chain([json!({})]).collect()
}

fn security_schemes() -> Value {
    let scheme = |header| match header {
        None => json!({"type": "http", "scheme": "bearer"}),
        Some(header) => json!({"type": "apiKey", "in": "header", "name": header}),
    };
    Value::Object(KEYS.iter().map(|(name, header)| ((*name).to_owned(), scheme(*header))).collect())
}

#[cfg(test)]
mod tests;
