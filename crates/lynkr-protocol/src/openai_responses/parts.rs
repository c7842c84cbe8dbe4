//! Content parts: words, pictures, files, refusals.

use lynkr_types::Loss;

use super::DIALECT;
use super::keeping::{self, Keeper};
use super::place::Place;
use super::wire::{FilePart, ImagePart, Part, RefusalPart, TextPart};
use crate::error::{DecodeError, EncodeError};
use crate::neutral::{Block, Document, Image, Media, Opaque, Refusal, Text};
use crate::wire::Json;

/// Who speaks decides how words are spelled: `output_text` is the model's, `input_text` everyone else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The model.
    Model,
    /// Anyone else, tools included.
    Other,
}

impl Speaker {
    fn spelling(self) -> &'static str {
        match self {
            Self::Model => "output_text",
            Self::Other => "input_text",
        }
    }
}

/// Parts of types that we don't know are told from items by their kind: `input_…` and `output_…` are
/// parts by their names, every other kind gets this prefix.
const PART: &str = "content_part:";

/// Whether an opaque block is a content part rather than an item.
pub(super) fn is_part(opaque: &Opaque) -> bool {
    ["input_", "output_", PART].iter().any(|prefix| opaque.kind.starts_with(prefix))
}

/// Reads one part.
pub(super) fn read(part: Part, speaker: Speaker, place: &Place<'_>) -> Result<Block, DecodeError> {
    let spelling = part.tag().to_owned();
    match part {
        Part::InputText(part) | Part::OutputText(part) | Part::Text(part) => {
            let odd = (spelling != speaker.spelling()).then_some(spelling.as_str());
            read_text(part, odd, place).map(Block::Text)
        }
        Part::InputImage(part) => read_image(part, place).map(Block::Image),
        Part::InputFile(part) => read_file(part, place).map(Block::Document),
        Part::Refusal(part) => Ok(Block::Refusal(Refusal { text: place.need("refusal", part.refusal)? })),
        Part::Other { .. } => Ok(Block::Opaque(opaque(&part, &spelling))),
    }
}

fn opaque(part: &Part, spelling: &str) -> Opaque {
    let known = spelling.starts_with("input_") || spelling.starts_with("output_");
    let kind = if known { spelling.to_owned() } else { format!("{PART}{spelling}") };
    Opaque { dialect: DIALECT, kind, value: Json::of(part) }
}

fn read_text(part: TextPart, odd: Option<&str>, place: &Place<'_>) -> Result<Text, DecodeError> {
    let text = place.need("text", part.text)?;
    let (citations, none) = match part.annotations {
        Some(list) if list.is_empty() => (None, Some(list)),
        Some(list) => (Some(Json::of(&list)), None),
        None => (None, None),
    };
    let mut keeper = Keeper::new(part.rest).silently("annotations", none.as_ref());
    if let Some(spelling) = odd {
        keeper = keeper.mark(spelling, true);
    }
    Ok(Text { text, citations, extra: keeper.into_extra(), ..Text::default() })
}

fn read_image(part: ImagePart, place: &Place<'_>) -> Result<Image, DecodeError> {
    let (source, file) = match (part.image_url, part.file_id) {
        (Some(url), file) => (Media::from_url(&url), file),
        (None, Some(file)) => (Media::File(file), None),
        (None, None) => return Err(place.fault("image_url", "an image needs image_url or file_id")),
    };
    let extra = Keeper::new(part.rest).openly("file_id", file.as_ref()).into_extra();
    Ok(Image { source, detail: part.detail, cache: None, extra })
}

fn read_file(part: FilePart, place: &Place<'_>) -> Result<Document, DecodeError> {
    let FilePart { file_data, mut file_id, mut file_url, filename, rest } = part;
    let mut bare = false;
    let source = if let Some(data) = file_data {
        bare = !data.starts_with("data:");
        if bare {
            Media::Base64 { media_type: media_type(filename.as_deref()).to_owned(), data }
        } else {
            Media::from_url(&data)
        }
    } else if let Some(file) = file_id.take() {
        Media::File(file)
    } else if let Some(url) = file_url.take() {
        Media::Url(url)
    } else {
        return Err(place.fault("file_data", "a file needs file_data, file_id or file_url"));
    };
    let keeper = Keeper::new(rest).openly("file_id", file_id.as_ref()).openly("file_url", file_url.as_ref());
    Ok(Document { source, title: filename, cache: None, extra: keeper.mark("bare", bare).into_extra() })
}

/// The API takes PDF above all, so that is what a file of an unknown name is.
fn media_type(filename: Option<&str>) -> &'static str {
    match filename.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension) {
        Some("txt") => "text/plain",
        Some("md") => "text/markdown",
        Some("html") => "text/html",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        _ => "application/pdf",
    }
}

/// Writes one block as a part; `None`, with a receipt, for what isn't one.
pub(super) fn write(
    block: &Block,
    speaker: Speaker,
    native: bool,
    losses: &mut Vec<Loss>,
) -> Result<Option<Part>, EncodeError> {
    Ok(match block {
        // Other dialects' clients send empty texts, beside calls above all.
        Block::Text(text) if text.text.is_empty() && !native => None,
        Block::Text(text) => Some(write_text(text, speaker, native, losses)),
        Block::Refusal(refusal) => Some(write_refusal(&refusal.text, speaker)),
        Block::Image(_) | Block::Document(_) if speaker == Speaker::Model && !native => {
            losses.push(Loss::dropped(format!("assistant.{}", block.kind())));
            None
        }
        Block::Image(image) => Some(write_image(image, native, losses)?),
        Block::Document(document) => Some(write_file(document, native, losses)?),
        Block::Opaque(opaque) if opaque.dialect == DIALECT => opaque.value.read().ok(),
        Block::Opaque(opaque) => {
            crate::losses::leave_out(opaque, DIALECT, losses)?;
            None
        }
        Block::ToolUse(_) | Block::ToolResult(_) | Block::Thinking(_) => {
            losses.push(Loss::dropped(block.kind().to_owned()));
            None
        }
    })
}

fn refused(feature: &str, why: &str) -> EncodeError {
    EncodeError { target: DIALECT, feature: feature.to_owned(), why: why.to_owned() }
}

/// OpenAI's two dialects share a file store; another provider's ids mean nothing here.
fn own_file(id: &str, native: bool, feature: &str) -> Result<Option<String>, EncodeError> {
    if native || id.starts_with("file-") {
        return Ok(Some(id.to_owned()));
    }
    Err(refused(feature, "the file lies in another provider's store; send the bytes"))
}

fn write_refusal(text: &str, speaker: Speaker) -> Part {
    match speaker {
        Speaker::Model => {
            Part::Refusal(RefusalPart { refusal: Some(text.to_owned()), ..RefusalPart::default() })
        }
        Speaker::Other => Part::InputText(plain(text)),
    }
}

/// Words without anything else.
pub(super) fn plain(text: &str) -> TextPart {
    TextPart { text: Some(text.to_owned()), ..TextPart::default() }
}

fn write_text(text: &Text, speaker: Speaker, native: bool, losses: &mut Vec<Loss>) -> Part {
    note_cache(text.cache.as_ref(), losses);
    text.extra.note_losses(DIALECT, "text.", losses);
    let annotations = text.citations.as_ref().and_then(|list| list.read::<Vec<Json>>().ok());
    if annotations.is_some() && !native {
        losses.push(Loss::dropped("citations"));
    }
    let part = TextPart {
        text: Some(text.text.clone()),
        annotations: annotations.filter(|_| native),
        rest: keeping::restore(&text.extra),
    };
    let spelled = ["input_text", "output_text", "text"]
        .into_iter()
        .find(|spelling| keeping::is_marked(&text.extra, spelling))
        .unwrap_or_else(|| speaker.spelling());
    match spelled {
        "output_text" => Part::OutputText(part),
        "text" => Part::Text(part),
        _ => Part::InputText(part),
    }
}

fn write_image(image: &Image, native: bool, losses: &mut Vec<Loss>) -> Result<Part, EncodeError> {
    note_cache(image.cache.as_ref(), losses);
    image.extra.note_losses(DIALECT, "image.", losses);
    let mut part = ImagePart {
        image_url: image.source.to_url(),
        detail: image.detail.clone(),
        rest: keeping::restore(&image.extra),
        ..ImagePart::default()
    };
    if let Media::File(file) = &image.source {
        part.file_id = own_file(file, native, "image.source")?;
    }
    if part.image_url.is_none() && part.file_id.is_none() {
        return Err(refused("image.source", "send the image in place or as a URL"));
    }
    Ok(Part::InputImage(part))
}

fn write_file(document: &Document, native: bool, losses: &mut Vec<Loss>) -> Result<Part, EncodeError> {
    note_cache(document.cache.as_ref(), losses);
    document.extra.note_losses(DIALECT, "document.", losses);
    let mut part = FilePart {
        filename: document.title.clone(),
        rest: keeping::restore(&document.extra),
        ..FilePart::default()
    };
    match &document.source {
        Media::Base64 { data, .. } if keeping::is_marked(&document.extra, "bare") => {
            part.file_data = Some(data.clone());
        }
        Media::Base64 { media_type, .. } => {
            part.file_data = document.source.to_url();
            if part.filename.is_none() && !native {
                // Bytes in place are refused without a name.
                part.filename = Some(format!("document.{}", extension(media_type)));
            }
        }
        Media::Url(url) if url.starts_with("data:") => part.file_data = Some(url.clone()),
        Media::Url(url) => part.file_url = Some(url.clone()),
        Media::File(file) => part.file_id = own_file(file, native, "document.source")?,
        Media::Text(text) => {
            // Words are understood by every model; a file of them is not.
            losses.push(Loss::approximated("document"));
            let title = document.title.as_ref().map(|title| format!("{title}\n\n")).unwrap_or_default();
            return Ok(Part::InputText(plain(&format!("{title}{text}"))));
        }
        Media::Other { .. } => {
            return Err(refused("document.source", "send the document in place or as a URL"));
        }
    }
    Ok(Part::InputFile(part))
}

fn extension(media_type: &str) -> &str {
    match media_type {
        "text/plain" => "txt",
        "text/markdown" => "md",
        other => other.rsplit('/').next().unwrap_or("pdf"),
    }
}

/// The API caches by itself; an explicit marker has no place in it.
pub(super) fn note_cache(cache: Option<&Json>, losses: &mut Vec<Loss>) {
    if cache.is_some() {
        losses.push(Loss::dropped("cache_control"));
    }
}
