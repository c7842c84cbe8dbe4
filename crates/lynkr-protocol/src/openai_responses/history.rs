//! What `previous_response_id` needs: an answer's items as input, and a request with them in front.

use super::output;
use super::wire::{Continued, Item, Message};
use crate::codec::ReplyContext;
use crate::error::{DecodeError, read_json};
use crate::neutral::Reply;
use crate::wire::{Json, TextOr};

/// The items of an answer, as a client that keeps the conversation itself sends them back in `input`.
pub fn output_items(reply: &Reply, context: &ReplyContext) -> Vec<Json> {
    output::items(reply, context)
}

/// Puts `items` in front of a request's `input` and takes its `previous_response_id` out, which has then
/// been followed. Every other field stays as it is.
pub fn with_history(body: &[u8], items: &[Json]) -> Result<Vec<u8>, DecodeError> {
    let mut request: Continued = read_json(body)?;
    request.rest.remove("input");
    request.rest.remove("previous_response_id");
    let mut input = items.to_vec();
    match request.input.take() {
        None => return Err(DecodeError::at("input", "is required")),
        Some(TextOr::Text(text)) => input.push(Json::of(&Item::Message(Message {
            role: Some("user".to_owned()),
            content: Some(TextOr::Text(text)),
            ..Message::default()
        }))),
        Some(TextOr::List(newest)) => input.extend(newest),
    }
    request.input = Some(TextOr::List(input));
    serde_json::to_vec(&request).map_err(|error| DecodeError::new(error.to_string()))
}
