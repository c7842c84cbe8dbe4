//! What clients ask of a stored answer by its id: the answer, its input, that it be deleted or cancelled. What lives
//! here is answered from here; everything else is its provider's to answer.
//!
//! (Format: "Responses" in OpenAI's API reference.)

use bytes::Bytes;
use lynkr_http::Upload;
use lynkr_protocol::ApiError;
use lynkr_types::{FaultKind, Receipt};
use serde_json::{Value, json};

use super::{Kept, Key};
use crate::answer::{Answer, AnswerBody};
use crate::apis::ApiRequest;
use crate::failure::Failure;
use crate::gateway::Gateway;

/// What is asked of a stored answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredCall {
    /// The answer itself.
    Retrieve,
    /// That it be forgotten.
    Delete,
    /// That it be no longer worked at.
    Cancel,
    /// What it is an answer to.
    InputItems,
}

/// How many items a page has, unless the client says so; and the most that it may have.
const PAGE: usize = 20;
const MOST_OF_PAGE: usize = 100;

impl Gateway {
    /// Answers a call about the stored answer of this id.
    pub async fn stored_response(
        &self,
        request: ApiRequest,
        call: StoredCall,
        id: &str,
        body: Upload,
    ) -> Result<Answer, Failure> {
        let key: Key = (request.ingress.caller(), id.into());
        self.recall(&request.ingress, id).await;
        let Some(kept) = self.stored().kept(&key) else {
            let pin = self.stored().pin_of(&key);
            let answer =
                self.call_api_of(&request, pin, body).await.map_err(|failure| unknown(failure, id))?;
            if call == StoredCall::Delete && (200..300).contains(&answer.status) {
                self.stored().forget_of(&request.ingress, id).await;
            }
            return Ok(answer);
        };
        let query = request.ingress.query.as_deref().unwrap_or_default();
        match call {
            StoredCall::Retrieve if asked(query, "stream") == Some("true") => {
                let message = "stream: the answer is complete and kept by the gateway, which gives it whole";
                Err(refused(message, "stream"))
            }
            StoredCall::Retrieve => Ok(whole(kept.body)),
            StoredCall::Delete => {
                self.stored().forget_of(&request.ingress, id).await;
                Ok(json_answer(&json!({"id": id, "object": "response", "deleted": true})))
            }
            StoredCall::Cancel => Err(refused(
                "the answer is complete: only one in the background can be cancelled",
                "background",
            )),
            StoredCall::InputItems => Ok(json_answer(&page(&kept, id, query))),
        }
    }
}

/// Where nobody has stored answers, this one is not to be found.
fn unknown(mut failure: Failure, id: &str) -> Failure {
    if failure.error.kind == FaultKind::NotImplemented {
        let message = format!("no response `{id}` is kept here, and {}", failure.error.message);
        failure.error = Box::new(ApiError::new(FaultKind::NotFound, message).with_param("response_id"));
    }
    failure
}

fn refused(message: &str, param: &str) -> Failure {
    Failure::client(ApiError::new(FaultKind::InvalidRequest, message).with_param(param))
}

fn whole(body: Bytes) -> Answer {
    Answer {
        status: 200,
        content_type: "application/json".to_owned(),
        headers: lynkr_providers::Headers::new(),
        receipt: Receipt::default(),
        body: AnswerBody::Whole(body),
    }
}

fn json_answer(body: &Value) -> Answer {
    whole(Bytes::from(body.to_string()))
}

fn asked<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(own, _)| *own == name)
        .map(|(_, value)| value)
}

/// The page of an answer's input that `limit`, `order` and `after` ask for; the newest first, unless asked otherwise.
fn page(kept: &Kept, id: &str, query: &str) -> Value {
    let inputs = kept.items.iter().take(kept.inputs).enumerate();
    let mut items: Vec<Value> = inputs.map(|(index, item)| shown(item.to_value(), id, index)).collect();
    if asked(query, "order") != Some("asc") {
        items.reverse();
    }
    let after = asked(query, "after").and_then(|after| items.iter().position(|item| item["id"] == after));
    let limit =
        asked(query, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE).clamp(1, MOST_OF_PAGE);
    let rest = items.get(after.map_or(0, |at| at + 1)..).unwrap_or_default();
    let part = rest.get(..limit).unwrap_or(rest);
    let id_of = |item: Option<&Value>| item.and_then(|item| item.get("id")).cloned().unwrap_or(Value::Null);
    json!({
        "object": "list", "data": part, "has_more": part.len() < rest.len(),
        "first_id": id_of(part.first()), "last_id": id_of(part.last())
    })
}

/// An item as a list shows it: with an id, and a message's text as a part.
fn shown(mut item: Value, response: &str, index: usize) -> Value {
    let Some(fields) = item.as_object_mut() else { return item };
    let kind = fields.entry("type").or_insert_with(|| "message".into()).clone();
    let prefix = if kind == "message" { "msg" } else { "item" };
    fields.entry("id").or_insert_with(|| format!("{prefix}_{index}_of_{response}").into());
    let is_assistant = fields.get("role").is_some_and(|role| role == "assistant");
    if kind == "message"
        && let Some(content) = fields.get_mut("content")
        && let Some(text) = content.as_str()
    {
        let part = if is_assistant {
            json!({"type": "output_text", "text": text, "annotations": []})
        } else {
            json!({"type": "input_text", "text": text})
        };
        *content = json!([part]);
    }
    if kind == "message" {
        fields.entry("status").or_insert_with(|| "completed".into());
    }
    item
}

#[cfg(test)]
mod tests;
