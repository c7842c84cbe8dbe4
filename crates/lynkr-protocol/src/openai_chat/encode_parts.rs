//! Blocks of content: neutral → parts.

use lynkr_types::Loss;

use super::DIALECT;
use super::encode::{Scope, inexpressible};
use super::nested::unnest;
use super::wire::{FilePart, FileSource, ImagePart, ImageUrl, Part, RefusalPart, TextPart};
use crate::error::EncodeError;
use crate::neutral::{Block, Document, Image, Media, Text, decoded_text};
use crate::wire::{Json, TextOr};

/// Several texts of another dialect become one string: some vendors take no list, and a blank line is
/// what separates them for the model.
const BETWEEN_TEXTS: &str = "\n\n";

/// The parts of a message. Blocks that stand elsewhere in this dialect (calls, results, reasoning) are
/// the caller's.
pub(super) fn parts<'b>(
    scope: &mut Scope<'_>,
    blocks: impl IntoIterator<Item = &'b Block>,
) -> Result<Vec<Part>, EncodeError> {
    let blocks = blocks.into_iter();
    let mut parts = Vec::with_capacity(blocks.size_hint().0);
    for block in blocks {
        match block {
            Block::Text(text) => parts.push(text_part(scope, text)),
            Block::Image(image) => parts.push(image_part(scope, image)?),
            Block::Document(document) => parts.push(document_part(scope, document)?),
            Block::Refusal(refusal) => parts.push(Part::Refusal(RefusalPart {
                refusal: Some(refusal.text.clone()),
                ..RefusalPart::default()
            })),
            Block::Opaque(opaque) if opaque.dialect == DIALECT => parts.extend(opaque.value.read().ok()),
            Block::Opaque(opaque) => crate::losses::leave_out(opaque, DIALECT, &mut scope.losses)?,
            Block::ToolUse(_) | Block::ToolResult(_) | Block::Thinking(_) => {
                scope.note(Loss::dropped(block.kind().to_owned()));
            }
        }
    }
    Ok(parts)
}

/// The shortest form that says the same. Empty texts are left out, since vendors refuse
/// them, but for the one that a client of this dialect sent alone.
pub(super) fn content(scope: &Scope<'_>, mut parts: Vec<Part>) -> Option<TextOr<Part>> {
    let empty = |part: &Part| plain_text(part) == Some("");
    if scope.native && !parts.is_empty() && parts.iter().all(empty) {
        return Some(TextOr::Text(String::new()));
    }
    parts.retain(|part| !empty(part));
    if let [Part::Text(only)] = parts.as_mut_slice()
        && only.cache_control.is_none()
        && only.rest.is_empty()
    {
        return only.text.take().map(TextOr::Text);
    }
    let texts: Option<Vec<&str>> = parts.iter().map(plain_text).collect();
    match texts {
        Some(texts) if texts.is_empty() => None,
        Some(texts) if texts.len() == 1 || !scope.native => Some(TextOr::Text(texts.join(BETWEEN_TEXTS))),
        _ => Some(TextOr::List(parts)),
    }
}

/// The words of a part that is nothing but words.
fn plain_text(part: &Part) -> Option<&str> {
    match part {
        Part::Text(part) if part.cache_control.is_none() && part.rest.is_empty() => {
            Some(part.text.as_deref().unwrap_or_default())
        }
        _ => None,
    }
}

/// A part of words.
pub(super) fn words(text: impl Into<String>) -> Part {
    Part::Text(TextPart { text: Some(text.into()), ..TextPart::default() })
}

fn text_part(scope: &mut Scope<'_>, text: &Text) -> Part {
    text.extra.note_losses(DIALECT, "text.", &mut scope.losses);
    if text.citations.is_some() {
        scope.note(Loss::dropped("citations"));
    }
    Part::Text(TextPart {
        text: Some(text.text.clone()),
        cache_control: scope.cache(text.cache.as_ref()),
        rest: text.extra.of(DIALECT),
    })
}

fn image_part(scope: &mut Scope<'_>, image: &Image) -> Result<Part, EncodeError> {
    let Some(url) = image.source.to_url() else {
        return Err(inexpressible("image.source", "send the image in place or as a URL"));
    };
    image.extra.note_losses(DIALECT, "image.", &mut scope.losses);
    let mut rest = image.extra.of(DIALECT);
    let inner = unnest(&mut rest, "image_url");
    let image_url = ImageUrl { url: Some(url), detail: image.detail.clone(), rest: inner };
    let cache_control = scope.cache(image.cache.as_ref());
    Ok(Part::ImageUrl(ImagePart { image_url: Some(Json::of(&image_url)), cache_control, rest }))
}

fn document_part(scope: &mut Scope<'_>, document: &Document) -> Result<Part, EncodeError> {
    document.extra.note_losses(DIALECT, "document.", &mut scope.losses);
    let mut rest = document.extra.of(DIALECT);
    let mut inner = unnest(&mut rest, "file");
    let bare = inner.remove("file_data").is_some();
    let mut file = FileSource { filename: document.title.clone(), ..FileSource::default() };
    match &document.source {
        Media::Base64 { data, .. } if bare => file.file_data = Some(data.clone()),
        Media::Base64 { media_type, data }
            if !scope.native
                && let Some(text) = decoded_text(media_type, data) =>
        {
            scope.note(Loss::approximated("document"));
            return Ok(text_document(document.title.as_deref(), &text));
        }
        Media::Base64 { .. } => {
            file.file_data = document.source.to_url();
            if !scope.native {
                // OpenAI wants a name with the bytes.
                file.filename.get_or_insert_with(|| "document.pdf".to_owned());
            }
        }
        Media::Text(text) => {
            scope.note(Loss::approximated("document"));
            return Ok(text_document(document.title.as_deref(), text));
        }
        Media::Url(url) if scope.native => file.file_data = Some(url.clone()),
        // OpenAI's own file ids, which its two dialects share.
        Media::File(id) if scope.native || id.starts_with("file-") => file.file_id = Some(id.clone()),
        Media::Url(_) | Media::File(_) | Media::Other { .. } => {
            return Err(inexpressible("document.source", "send the document in place, as base64"));
        }
    }
    file.rest = inner;
    let cache_control = scope.cache(document.cache.as_ref());
    Ok(Part::File(FilePart { file: Some(file), cache_control, rest }))
}

fn text_document(title: Option<&str>, text: &str) -> Part {
    match title {
        Some(title) => words(format!("Document \"{title}\":\n\n{text}")),
        None => words(format!("Document:\n\n{text}")),
    }
}
