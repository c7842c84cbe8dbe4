//! Images: their size from the first bytes, and what it costs.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::family::ImageRule;

/// How much of an image is looked at. A photo's own description (EXIF, a thumbnail, a colour profile) stands before
/// its size, and has up to 64 KiB apiece.
const HEAD: usize = 512 * 1024;

/// What is taken of an image whose size isn't known: a screenshot.
const UNKNOWN: Size = Size { width: 1_920, height: 1_080 };

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The size of an image in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u64,
    /// Rows.
    pub height: u64,
}

impl Size {
    fn of(width: u64, height: u64) -> Option<Self> {
        (width > 0 && height > 0).then_some(Self { width, height })
    }

    fn longest(self) -> u64 {
        self.width.max(self.height)
    }

    fn shortest(self) -> u64 {
        self.width.min(self.height)
    }

    /// Scaled so that `side` becomes `most`, if it is longer.
    fn down_to(self, side: u64, most: u64) -> Self {
        if side <= most {
            return self;
        }
        let scaled = |edge: u64| (edge.saturating_mul(most) / side).max(1);
        Self { width: scaled(self.width), height: scaled(self.height) }
    }

    fn squares(self, edge: u64) -> u64 {
        self.width.div_ceil(edge).saturating_mul(self.height.div_ceil(edge))
    }
}

impl ImageRule {
    /// The tokens of an image; `low` is OpenAI's `detail`. An image of unknown size is taken for a screenshot.
    pub fn tokens(self, size: Option<Size>, low: bool) -> u64 {
        let size = size.unwrap_or(UNKNOWN);
        match self {
            Self::Tiles { base, .. } if low => base,
            Self::Tiles { base, tile } => {
                let fits = size.down_to(size.longest(), 2_048);
                base + tile.saturating_mul(fits.down_to(fits.shortest(), 768).squares(512))
            }
            Self::Patches { percent } => (size.squares(32).min(1_536) * percent).div_ceil(100),
            Self::Pixels { edge, most } => {
                let scaled = size.down_to(size.longest(), edge);
                scaled.width.saturating_mul(scaled.height).div_ceil(750).min(most)
            }
            Self::Squares { least } if size.longest() <= 384 => least,
            Self::Squares { least } => size.squares(768).min(64).saturating_mul(258).max(least),
        }
    }
}

/// The size of an image in base64, from the head of PNG, GIF, WebP and JPEG files; `None` for other files.
pub fn size_of_base64(data: &str) -> Option<Size> {
    // The small head settles all but photos.
    [64, HEAD].into_iter().find_map(|length| size(&decoded_head(data, length)))
}

/// The first bytes of base64, as far as they can be read.
pub(crate) fn decoded_head(data: &str, bytes: usize) -> Vec<u8> {
    let length = (bytes.div_ceil(3) * 4).min(data.len());
    let head = data.as_bytes().get(..length - length % 4).unwrap_or_default();
    match BASE64.decode(head) {
        Ok(bytes) => bytes,
        Err(base64::DecodeError::InvalidByte(at, _)) => {
            let good = head.get(..at - at % 4).unwrap_or_default();
            BASE64.decode(good).unwrap_or_default()
        }
        Err(_) => Vec::new(),
    }
}

fn size(bytes: &[u8]) -> Option<Size> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Size::of(big(bytes, 16, 4)?, big(bytes, 20, 4)?),
        [b'G', b'I', b'F', b'8', ..] => Size::of(little(bytes, 6, 2)?, little(bytes, 8, 2)?),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(bytes),
        [0xFF, 0xD8, ..] => jpeg(bytes),
        _ => None,
    }
}

fn big(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(length)?)?;
    Some(field.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(length)?)?;
    Some(field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// WebP has three kinds of first chunk: lossy, lossless, extended.
fn webp(bytes: &[u8]) -> Option<Size> {
    match bytes.get(12..16)? {
        b"VP8 " => Size::of(little(bytes, 26, 2)? & 0x3FFF, little(bytes, 28, 2)? & 0x3FFF),
        b"VP8L" => {
            let packed = little(bytes, 21, 4)?;
            Size::of((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
        }
        b"VP8X" => Size::of(little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1),
        _ => None,
    }
}

/// A JPEG is a list of segments; one of the frame headers says the size.
fn jpeg(bytes: &[u8]) -> Option<Size> {
    let mut at = 2_usize;
    loop {
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Fill bytes, and markers without a body.
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Size::of(big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?);
            }
            _ => {
                let length = usize::try_from(big(bytes, at + 2, 2)?).ok()?;
                at += 2 + length.max(2);
            }
        }
    }
}
