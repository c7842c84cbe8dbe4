//! Pictures, files and sound: neutral → wire.

use serde::Deserialize;

use super::wire::{ContentBlock, MediaBlock, S3Location, Source};
use super::write_blocks::{Side, Writer};
use super::{DIALECT, formats, notes};
use crate::Dialect;
use crate::error::EncodeError;
use crate::kept::Kept;
use crate::neutral::{Document, Image, Media, Opaque};
use crate::wire::Json;

const OTHER_STORE: &str = "it takes bytes and places in Amazon S3; send the bytes";

impl Writer<'_> {
    pub(super) fn image(&mut self, image: &Image) -> Result<Option<ContentBlock>, EncodeError> {
        if image.detail.as_deref().is_some_and(|detail| detail != "auto") {
            self.dropped("image.detail");
        }
        let mut kept = self.kept(&image.extra, "image.");
        let format = match (&image.source, kept.word(notes::FORMAT)) {
            (_, Some(format)) => Some(format),
            (Media::Base64 { media_type, .. }, None) if self.native => {
                Some(media_type.trim_start_matches("image/").to_owned())
            }
            (Media::Base64 { media_type, .. }, None) => formats::image(media_type).map(str::to_owned),
            (Media::File(name) | Media::Url(name), None) => formats::image_of_name(name).map(str::to_owned),
            (Media::Text(_) | Media::Other { .. }, None) => None,
        };
        let source = match self.source(&image.source, "image", &mut kept) {
            Ok(source) => source,
            Err(_) if self.side == Side::Client => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(format) = format else {
            return Err(refuse("image", "it reads PNG, JPEG, GIF and WebP"));
        };
        let block = MediaBlock {
            format: Some(format),
            source: Some(source),
            rest: kept.rest,
            ..MediaBlock::default()
        };
        Ok(Some(ContentBlock { image: Some(block), ..ContentBlock::default() }))
    }

    pub(super) fn document(&mut self, document: &Document) -> Result<Option<ContentBlock>, EncodeError> {
        let shared = document.extra.of(Dialect::Anthropic);
        let (mut context, mut citations) = (None, None);
        for (name, value) in shared.iter() {
            match name {
                "context" => context = Some(value.clone()),
                "citations" => citations = Some(value.clone()),
                other => self.dropped(&format!("document.{other}")),
            }
        }
        let mut kept = Kept::of(&document.extra, DIALECT);
        if shared.is_empty() {
            kept = self.kept(&document.extra, "document.");
            (context, citations) = (kept.rest.remove("context"), kept.rest.remove("citations"));
        }
        let format = document_format(document, &kept)?;
        let source = match self.source(&document.source, "document", &mut kept) {
            Ok(source) => source,
            Err(_) if self.side == Side::Client => return Ok(None),
            Err(error) => return Err(error),
        };
        let name = self.file_name(document.title.as_deref());
        let block = MediaBlock { format, name, source: Some(source), context, citations, rest: kept.rest };
        Ok(Some(ContentBlock { document: Some(block), ..ContentBlock::default() }))
    }

    /// The name that a file goes by: the API takes few characters and no name twice.
    fn file_name(&mut self, title: Option<&str>) -> Option<String> {
        if self.native {
            return title.map(str::to_owned);
        }
        let plain = title.map(plain_name).filter(|name| !name.is_empty());
        let base = plain.unwrap_or_else(|| "document".to_owned());
        let mut name = base.clone();
        let mut number = 2;
        while !self.file_names.insert(name.clone()) {
            name = format!("{base} ({number})");
            number += 1;
        }
        if title.is_some_and(|title| title != name) {
            self.approximated("document.title");
        }
        Some(name)
    }

    fn source(&self, source: &Media, feature: &str, kept: &mut Kept) -> Result<Source, EncodeError> {
        Ok(match source {
            Media::Base64 { data, .. } => Source { bytes: Some(data.clone()), ..Source::default() },
            Media::Text(text) => Source { text: Some(text.clone()), ..Source::default() },
            Media::File(uri) | Media::Url(uri) if self.native || uri.starts_with("s3://") => {
                let rest = kept.take("source.s3Location");
                Source { s3: Some(S3Location { uri: Some(uri.clone()), rest }), ..Source::default() }
            }
            Media::Other { dialect: DIALECT, value } => {
                value.read().map_err(|_| refuse(feature, OTHER_STORE))?
            }
            Media::Url(_) => {
                let place = if feature == "image" { "url" } else { "source" };
                return Err(refuse(&format!("{feature}.{place}"), OTHER_STORE));
            }
            Media::File(_) | Media::Other { .. } => {
                return Err(refuse(&format!("{feature}.source"), OTHER_STORE));
            }
        })
    }
}

/// The format of a file; `None` where a native client said none.
fn document_format(document: &Document, kept: &Kept) -> Result<Option<String>, EncodeError> {
    if let Some(format) = kept.note(notes::FORMAT) {
        return Ok(format.as_string());
    }
    let by_title = document.title.as_deref().and_then(formats::of_name);
    let format = match &document.source {
        Media::Text(_) => Some("txt"),
        Media::Base64 { media_type, .. } => formats::document(media_type).or(by_title),
        Media::File(name) | Media::Url(name) => formats::of_name(name).or(by_title),
        Media::Other { .. } => by_title,
    };
    match (format, &document.source) {
        (Some(format), _) => Ok(Some(format.to_owned())),
        (None, Media::Base64 { media_type, .. }) => {
            Err(refuse("document", &format!("it reads PDF, text and office files, not {media_type}")))
        }
        // What the source is matters more: it is looked at next.
        (None, _) => Ok(None),
    }
}

/// Letters, digits, single spaces, hyphens, parentheses and square brackets, at most 190 of them.
fn plain_name(title: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '(' | ')' | '[' | ']');
    let spaced: String = title.chars().map(|c| if fits(c) { c } else { ' ' }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(190).collect();
    name.trim_end().to_owned()
}

/// The sound in a part of OpenAI's chat dialect; `None` for every other block.
pub(super) fn sound(opaque: &Opaque) -> Option<ContentBlock> {
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
    let audio = serde_json::json!({"format": sound.format, "source": {"bytes": sound.data}});
    let mut block = ContentBlock::default();
    block.rest.push("audio", Json::of(&audio));
    Some(block)
}

fn refuse(feature: &str, why: &str) -> EncodeError {
    EncodeError { target: DIALECT, feature: feature.to_owned(), why: why.to_owned() }
}
