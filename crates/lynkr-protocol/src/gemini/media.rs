//! Bytes in place and elsewhere, both ways.

use serde::Deserialize;

use super::DIALECT;
use super::model::generation;
use super::notes::{self, Kept, nest};
use super::wire::{Blob, FileData, Part};
use crate::Dialect;
use crate::error::EncodeError;
use crate::neutral::{Block, Document, Extra, Image, Media, Opaque};
use crate::wire::{Json, Rest};

/// Reads a part that holds bytes. Sound and film, which no other dialect takes as bytes, stay opaque.
pub(super) fn read(mut part: Part) -> Block {
    let mut extra = std::mem::take(&mut part.rest);
    let (source, mime) = match (part.inline_data.take(), part.file_data.take()) {
        (Some(Blob { mime_type: Some(mime), data: Some(data), rest }), None) if is_readable(&mime) => {
            nest(&mut extra, "inlineData", &rest);
            (Media::Base64 { media_type: mime.clone(), data }, mime)
        }
        (None, Some(FileData { mime_type, file_uri: Some(uri), rest }))
            if mime_type.as_deref().is_none_or(is_readable) =>
        {
            nest(&mut extra, "fileData", &rest);
            let mime = mime_type.clone().or_else(|| guess(&uri).map(str::to_owned)).unwrap_or_default();
            extra.push(notes::MIME, mime_type.map_or_else(Json::null, |mime| Json::of(&mime)));
            (if is_store(&uri) { Media::File(uri) } else { Media::Url(uri) }, mime)
        }
        (inline_data, file_data) => {
            let mime = inline_data.as_ref().and_then(|blob| blob.mime_type.as_deref());
            let mime = mime.or(file_data.as_ref().and_then(|file| file.mime_type.as_deref()));
            let is_sound = mime.is_some_and(|mime| mime.starts_with("audio/"));
            let kind = if is_sound { "input_audio" } else { "input_video" };
            let value = Json::of(&Part { inline_data, file_data, rest: extra, ..part });
            return Block::Opaque(Opaque { dialect: DIALECT, kind: kind.to_owned(), value });
        }
    };
    let extra = Extra::new(DIALECT, extra);
    if mime.starts_with("image/") {
        return Block::Image(Image { source, detail: None, cache: None, extra });
    }
    Block::Document(Document { source, title: None, cache: None, extra })
}

/// Writes bytes. `feature` names the block in errors.
pub(super) fn write(source: &Media, extra: &Extra, model: &str, feature: &str) -> Result<Part, EncodeError> {
    let mut kept = Kept::of(extra, DIALECT);
    let mut part = Part::default();
    match source {
        Media::Base64 { media_type, data } => {
            let (mime_type, data) = (Some(media_type.clone()), Some(data.clone()));
            part.inline_data = Some(Blob { mime_type, data, rest: kept.take("inlineData") });
        }
        Media::Url(uri) | Media::File(uri) => {
            if !kept.has(notes::MIME) {
                check_uri(source, uri, model, feature)?;
            }
            let mime_type = match kept.note(notes::MIME) {
                Some(mime) => mime.as_string(),
                None => guess(uri).map(str::to_owned),
            };
            let rest = kept.take("fileData");
            part.file_data = Some(FileData { mime_type, file_uri: Some(uri.clone()), rest });
        }
        Media::Text(text) => part.text = Some(text.clone()),
        Media::Other { .. } => {
            return Err(refuse(feature, "its bytes must be in place, at a URL or in Google's file store"));
        }
    }
    part.rest = kept.rest;
    Ok(part)
}

/// The sound in a part of OpenAI's chat dialect; `None` for every other block.
pub(super) fn read_sound(opaque: &Opaque) -> Option<Part> {
    #[derive(Deserialize)]
    struct SoundPart {
        input_audio: Sound,
    }
    #[derive(Deserialize)]
    struct Sound {
        data: String,
        format: String,
    }
    let is_sound = opaque.dialect == Dialect::OpenAiChat && opaque.kind == "input_audio";
    let sound = opaque.value.read::<SoundPart>().ok().filter(|_| is_sound)?.input_audio;
    let (mime_type, data) = (Some(format!("audio/{}", sound.format)), Some(sound.data));
    let inline_data = Some(Blob { mime_type, data, ..Blob::default() });
    Some(Part { inline_data, ..Part::default() })
}

/// What stands beside bytes for a client: only what it could itself have sent.
pub(super) fn write_for_client(source: &Media, extra: &Extra) -> Option<Part> {
    let newest = "gemini";
    write(source, extra, newest, "media").ok()
}

fn check_uri(source: &Media, uri: &str, model: &str, feature: &str) -> Result<(), EncodeError> {
    if is_store(uri) {
        return Ok(());
    }
    if matches!(source, Media::File(_)) {
        return Err(refuse(feature, "the file is in another provider's store; send the bytes"));
    }
    if generation(model) < 25 {
        return Err(refuse(feature, "the model takes bytes in place only; send the bytes"));
    }
    Ok(())
}

fn refuse(feature: &str, why: &str) -> EncodeError {
    EncodeError { target: DIALECT, feature: format!("{feature}.source"), why: why.to_owned() }
}

/// Whether the URI names a file in one of Google's stores.
fn is_store(uri: &str) -> bool {
    uri.starts_with("gs://")
        || uri.starts_with("files/")
        || uri.contains("generativelanguage.googleapis.com/")
}

fn is_readable(mime: &str) -> bool {
    !mime.starts_with("audio/") && !mime.starts_with("video/")
}

/// The MIME type that a URI's ending tells.
fn guess(uri: &str) -> Option<&'static str> {
    const ENDINGS: &[(&str, &str)] = &[
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("webp", "image/webp"),
        ("gif", "image/gif"),
        ("heic", "image/heic"),
        ("pdf", "application/pdf"),
        ("txt", "text/plain"),
        ("md", "text/markdown"),
        ("html", "text/html"),
        ("csv", "text/csv"),
    ];
    let path = uri.split(['?', '#']).next().unwrap_or(uri);
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, mime)| *mime)
}

/// A part's other fields, as the extra fields of its block.
pub(super) fn extra(rest: Rest) -> Extra {
    Extra::new(DIALECT, rest)
}
