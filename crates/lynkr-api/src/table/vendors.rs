//! The rows that pass on to vendors' own APIs: files, batches, stored responses.

use crate::route::Route;
use crate::routes::apis;

const EVENTS: &str = "text/event-stream";
const FILE: &str = "A file's id.";
const BATCH: &str = "A batch's id.";
const RESPONSE: &str = "An answer's id.";

pub(super) fn files_and_batches() -> Vec<Route> {
    files().into_iter().chain(batches()).chain(message_batches()).chain(azure_files_and_batches()).collect()
}

/// The same where clients that are set to Azure's versionless API look for it.
fn azure_files_and_batches() -> Vec<Route> {
    vec![
        passed(Route::get("/openai/v1/files", apis::files))
            .says("listFilesAzure", "List files, at Azure's path"),
        passed(Route::post("/openai/v1/files", apis::files))
            .says("uploadFileAzure", "Upload a file, at Azure's path")
            .takes_as("multipart/form-data", "FileUpload"),
        passed(Route::get("/openai/v1/files/{id}", apis::files))
            .says("getFileAzure", "Describe a file, at Azure's path")
            .parameter("id", FILE),
        passed(Route::delete("/openai/v1/files/{id}", apis::files))
            .says("deleteFileAzure", "Delete a file, at Azure's path")
            .parameter("id", FILE),
        Route::get("/openai/v1/files/{id}/content", apis::files)
            .says("getFileContentAzure", "Download a file, at Azure's path")
            .parameter("id", FILE)
            .gives_as("application/octet-stream", "Bytes")
            .asks_provider(),
        passed(Route::get("/openai/v1/batches", apis::batches))
            .says("listBatchesAzure", "List batches, at Azure's path"),
        passed(Route::post("/openai/v1/batches", apis::batches))
            .says("createBatchAzure", "Begin a batch, at Azure's path")
            .takes("Anything"),
        passed(Route::get("/openai/v1/batches/{id}", apis::batches))
            .says("getBatchAzure", "Describe a batch, at Azure's path")
            .parameter("id", BATCH),
        passed(Route::post("/openai/v1/batches/{id}/cancel", apis::batches))
            .says("cancelBatchAzure", "Cancel a batch, at Azure's path")
            .parameter("id", BATCH),
    ]
}

fn azure_responses() -> Vec<Route> {
    const ONE: &str = "/openai/v1/responses/{id}";
    vec![
        passed(Route::get(ONE, apis::response))
            .says("getResponseAzure", "Give an answer again, at Azure's path")
            .parameter("id", RESPONSE),
        passed(Route::delete(ONE, apis::delete_response))
            .says("deleteResponseAzure", "Forget an answer, at Azure's path")
            .parameter("id", RESPONSE),
        passed(Route::post("/openai/v1/responses/{id}/cancel", apis::cancel_response))
            .says("cancelResponseAzure", "Stop working at an answer, at Azure's path")
            .parameter("id", RESPONSE),
        passed(Route::get("/openai/v1/responses/{id}/input_items", apis::input_items))
            .says("listResponseInputAzure", "List what an answer answers, at Azure's path")
            .parameter("id", RESPONSE),
        compaction("/openai/v1/responses/compact")
            .says("compactResponseAzure", "Compact a conversation, at Azure's path"),
    ]
}

fn files() -> Vec<Route> {
    vec![
        passed(Route::get("/v1/files", apis::files)).says("listFiles", "List files"),
        passed(Route::post("/v1/files", apis::files))
            .says("uploadFile", "Upload a file")
            .takes_as("multipart/form-data", "FileUpload"),
        passed(Route::get("/v1/files/{id}", apis::files))
            .says("getFile", "Describe a file")
            .parameter("id", FILE),
        passed(Route::delete("/v1/files/{id}", apis::files))
            .says("deleteFile", "Delete a file")
            .parameter("id", FILE),
        Route::get("/v1/files/{id}/content", apis::files)
            .says("getFileContent", "Download a file")
            .parameter("id", FILE)
            .gives_as("application/octet-stream", "Bytes")
            .asks_provider(),
    ]
}

fn batches() -> Vec<Route> {
    vec![
        passed(Route::get("/v1/batches", apis::batches)).says("listBatches", "List OpenAI's batches"),
        passed(Route::post("/v1/batches", apis::batches))
            .says("createBatch", "Begin a batch of OpenAI's")
            .takes("Anything"),
        passed(Route::get("/v1/batches/{id}", apis::batches))
            .says("getBatch", "Describe a batch of OpenAI's")
            .parameter("id", BATCH),
        passed(Route::post("/v1/batches/{id}/cancel", apis::batches))
            .says("cancelBatch", "Cancel a batch of OpenAI's")
            .parameter("id", BATCH),
    ]
}

fn message_batches() -> Vec<Route> {
    const PATH: &str = "/v1/messages/batches";
    const ONE: &str = "/v1/messages/batches/{id}";
    vec![
        passed(Route::get(PATH, apis::message_batches))
            .says("listMessageBatches", "List Anthropic's message batches"),
        passed(Route::post(PATH, apis::message_batches))
            .says("createMessageBatch", "Begin a message batch of Anthropic's")
            .takes("Anything"),
        passed(Route::get(ONE, apis::message_batches))
            .says("getMessageBatch", "Describe a message batch of Anthropic's")
            .parameter("id", BATCH),
        passed(Route::delete(ONE, apis::message_batches))
            .says("deleteMessageBatch", "Delete a message batch of Anthropic's")
            .parameter("id", BATCH),
        passed(Route::post("/v1/messages/batches/{id}/cancel", apis::message_batches))
            .says("cancelMessageBatch", "Cancel a message batch of Anthropic's")
            .parameter("id", BATCH),
        Route::get("/v1/messages/batches/{id}/results", apis::message_batches)
            .says("getMessageBatchResults", "Download what a message batch of Anthropic's came to")
            .parameter("id", BATCH)
            .gives_as("application/x-jsonl", "JsonLines")
            .asks_provider(),
    ]
}

pub(super) fn stored_responses() -> Vec<Route> {
    openai_responses().into_iter().chain(azure_responses()).collect()
}

fn openai_responses() -> Vec<Route> {
    const ONE: &str = "/v1/responses/{id}";
    vec![
        Route::get(ONE, apis::response)
            .says("getResponse", "Give an answer again")
            .parameter("id", RESPONSE)
            .parameter("stream", "`true` asks for its events, where its provider has it.")
            .gives("Response")
            .gives_as(EVENTS, "Events")
            .asks_provider(),
        passed(Route::delete(ONE, apis::delete_response))
            .says("deleteResponse", "Forget an answer")
            .parameter("id", RESPONSE),
        Route::post("/v1/responses/{id}/cancel", apis::cancel_response)
            .says("cancelResponse", "Stop working at an answer in the background")
            .parameter("id", RESPONSE)
            .gives("Response")
            .asks_provider(),
        passed(Route::get("/v1/responses/{id}/input_items", apis::input_items))
            .says("listResponseInput", "List what an answer answers")
            .parameter("id", RESPONSE)
            .parameter("limit", "How many items a page has: 20, and no more than 100.")
            .parameter("order", "`asc` or `desc`; the newest come first.")
            .parameter("after", "The item that the page before ended with."),
        compaction("/v1/responses/compact").says("compactResponse", "Compact a conversation"),
        compaction("/backend-api/codex/responses/compact")
            .says("compactResponseSignedIn", "Compact a conversation, at ChatGPT's path"),
    ]
}

fn compaction(path: &'static str) -> Route {
    passed(Route::post(path, apis::compact)).takes("Anything")
}

/// What the vendor answers is the vendor's to describe.
fn passed(route: Route) -> Route {
    route.gives("Anything").asks_provider()
}
