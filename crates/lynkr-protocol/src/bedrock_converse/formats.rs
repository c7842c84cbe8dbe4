//! The formats of pictures, files and sound, and their MIME types.

/// The formats of files, as the API names them.
const DOCUMENTS: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// The MIME type of a file's format.
pub(super) fn media_type(format: &str) -> Option<&'static str> {
    DOCUMENTS.iter().find(|(name, _)| *name == format).map(|(_, media_type)| *media_type)
}

/// A MIME type without its parameters.
fn bare(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// The format of a file; every text is read as plain text.
pub(super) fn document(media_type: &str) -> Option<&'static str> {
    let bare = bare(media_type);
    let known = DOCUMENTS.iter().find(|(_, known)| *known == bare).map(|(name, _)| *name);
    let is_text = bare.starts_with("text/") || matches!(bare, "application/json" | "application/xml");
    known.or_else(|| is_text.then_some("txt"))
}

/// The format that the ending of a file's name tells.
pub(super) fn of_name(name: &str) -> Option<&'static str> {
    let ending = ending(name);
    DOCUMENTS.iter().find(|(known, _)| *known == ending).map(|(known, _)| *known)
}

/// The format of a picture.
pub(super) fn image(media_type: &str) -> Option<&'static str> {
    match bare(media_type) {
        "image/png" => Some("png"),
        "image/jpeg" | "image/jpg" => Some("jpeg"),
        "image/gif" => Some("gif"),
        "image/webp" => Some("webp"),
        _ => None,
    }
}

/// The format of a picture that the ending of its file's name tells.
pub(super) fn image_of_name(name: &str) -> Option<&'static str> {
    image(&format!("image/{}", ending(name)))
}

fn ending(name: &str) -> String {
    name.rsplit(['.', '/']).next().unwrap_or_default().to_ascii_lowercase()
}
