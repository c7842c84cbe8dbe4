//! Images as a strict vendor sees them: valid base64 of the kind of file that its media type says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An image that reached the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) media_type: String,
    pub(crate) bytes: usize,
}

/// Decodes an image. Without a media type it is taken from the bytes.
pub(crate) fn inspect(media_type: Option<&str>, data: &str) -> Result<Picture, String> {
    let bytes = STANDARD.decode(data).map_err(|error| format!("image data is no base64: {error}"))?;
    let found = sniff(&bytes).ok_or("image data is no known image file")?;
    match media_type {
        Some(said) if said != found => Err(format!("image is {found}, not {said}")),
        _ => Ok(Picture { media_type: found.to_owned(), bytes: bytes.len() }),
    }
}

/// As [`inspect`], for a `data:` URL; other URLs are taken as given.
pub(crate) fn inspect_url(url: &str) -> Result<Picture, String> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(Picture { media_type: "url".to_owned(), bytes: url.len() });
    }
    let rest = url.strip_prefix("data:").ok_or("image URL is neither http nor data")?;
    let (media_type, data) = rest.split_once(";base64,").ok_or("image data URL is not base64")?;
    inspect(Some(media_type), data)
}

fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 4] = [
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"RIFF", "image/webp"),
    ];
    kinds.into_iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| name)
}
