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

/// The id by which a client may continue an answer: the provider's, or one made of the answer's seed.
pub fn response_id(reply: &Reply, context: &ReplyContext) -> String {
    super::response::id_of(&reply.id, context)
}

/// The items of a request's `input`; a plain text is one message.
pub fn input_items(body: &[u8]) -> Result<Vec<Json>, DecodeError> {
    let mut request: Continued = read_json(body)?;
    take_items(&mut request)
}

/// Puts `items` in front of a request's `input` and takes its `previous_response_id` out, which has then
/// been followed. Every other field stays as it is.
pub fn with_history(body: &[u8], items: &[Json]) -> Result<Vec<u8>, DecodeError> {
    let mut request: Continued = read_json(body)?;
    let newest = take_items(&mut request)?;
    request.rest.remove("input");
    request.rest.remove("previous_response_id");
    request.input = Some(TextOr::List(items.iter().cloned().chain(newest).collect()));
    serde_json::to_vec(&request).map_err(|error| DecodeError::new(error.to_string()))
}

fn take_items(request: &mut Continued) -> Result<Vec<Json>, DecodeError> {
    match request.input.take() {
        None => Err(DecodeError::at("input", "is required")),
        Some(TextOr::Text(text)) => {
            let content = Some(TextOr::Text(text));
            let message = Message { role: Some("user".to_owned()), content, ..Message::default() };
            Ok(vec![Json::of(&Item::Message(message))])
        }
        Some(TextOr::List(items)) => Ok(items),
    }
}
