//! Content parts: wire → blocks.

use super::DIALECT;
use super::nested::nest;
use super::wire::{FilePart, ImagePart, ImageUrl, Part};
use crate::error::DecodeError;
use crate::neutral::{Block, Document, Extra, Image, Media, Opaque, Refusal, Text};
use crate::wire::{Json, Rest, TextOr};

/// The blocks of a message's content.
pub(super) fn blocks(content: Option<TextOr<Part>>) -> Result<Vec<Block>, DecodeError> {
    match content {
        None => Ok(Vec::new()),
        Some(TextOr::Text(text)) => Ok(vec![Block::text(text)]),
        Some(TextOr::List(parts)) => parts.into_iter().map(block).collect(),
    }
}

fn block(part: Part) -> Result<Block, DecodeError> {
    match part {
        Part::Text(part) => Ok(Block::Text(Text {
            text: part.text.unwrap_or_default(),
            citations: None,
            cache: part.cache_control,
            extra: Extra::new(DIALECT, part.rest),
        })),
        Part::ImageUrl(part) => image(part),
        Part::File(part) => Ok(document(part)),
        Part::Refusal(part) => Ok(Block::Refusal(Refusal { text: part.refusal.unwrap_or_default() })),
        Part::Other { .. } => {
            let (kind, value) = (part.tag().to_owned(), Json::of(&part));
            Ok(Block::Opaque(Opaque { dialect: DIALECT, kind, value }))
        }
    }
}

fn image(part: ImagePart) -> Result<Block, DecodeError> {
    let raw = part.image_url.unwrap_or_default();
    let inner = match raw.as_string() {
        Some(url) => ImageUrl { url: Some(url), ..ImageUrl::default() },
        None => raw
            .read()
            .map_err(|_| DecodeError::at("messages[].content[].image_url", "must be an object with `url`"))?,
    };
    let url =
        inner.url.ok_or_else(|| DecodeError::at("messages[].content[].image_url.url", "is required"))?;
    let mut rest = part.rest;
    nest(&mut rest, "image_url", &inner.rest);
    Ok(Block::Image(Image {
        source: Media::from_url(&url),
        detail: inner.detail,
        cache: part.cache_control,
        extra: Extra::new(DIALECT, rest),
    }))
}

fn document(mut part: FilePart) -> Block {
    let file = part.file.clone().unwrap_or_default();
    let source = match (file.file_data, file.file_id) {
        (Some(data), None) => file_source(&data, &mut part.rest),
        (None, Some(id)) => Media::File(id),
        // Both or neither: the vendor may make sense of it.
        _ => {
            let value = Json::of(&Part::File(part));
            return Block::Opaque(Opaque { dialect: DIALECT, kind: "file".to_owned(), value });
        }
    };
    let mut rest = part.rest;
    nest(&mut rest, "file", &file.rest);
    Block::Document(Document {
        source,
        title: file.filename,
        cache: part.cache_control,
        extra: Extra::new(DIALECT, rest),
    })
}

/// `file_data` is a `data:` URL, with OpenRouter also an address; some clients send the base64 alone.
fn file_source(data: &str, rest: &mut Rest) -> Media {
    if data.starts_with("data:") || data.starts_with("https:") || data.starts_with("http:") {
        return Media::from_url(data);
    }
    // The mark says that the base64 came without its `data:` prefix.
    rest.push("file.file_data", Json::null());
    Media::Base64 { media_type: "application/pdf".to_owned(), data: data.to_owned() }
}
