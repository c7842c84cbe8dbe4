//! Images and documents: sizes from heads, tokens from sizes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{ImageRule, Meter, Size, size_of_base64};

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes
}

fn jpeg(before: usize) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    let mut left = before;
    while left > 0 {
        let length = left.min(60_000);
        bytes.extend([0xFF, 0xE1]);
        bytes.extend(u16::try_from(length + 2).unwrap().to_be_bytes());
        bytes.extend(std::iter::repeat_n(0, length));
        left -= length;
    }
    bytes.extend([0xFF, 0xFF, 0xC2, 0, 17, 8, 0x03, 0x00, 0x04, 0x00, 3]);
    bytes
}

#[test]
fn sizes_are_read_from_the_head() {
    let cases = [
        ("png", png(1024, 768), Some((1024, 768))),
        ("gif", b"GIF89a\x40\x01\xC8\x00rest".to_vec(), Some((320, 200))),
        ("jpeg", jpeg(0), Some((1024, 768))),
        ("jpeg of a camera", jpeg(200_000), Some((1024, 768))),
        ("jpeg with too much before", jpeg(700_000), None),
        (
            "webp, lossy",
            b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01".to_vec(),
            Some((640, 480)),
        ),
        ("webp, lossless", b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x7f\xc2\x77\x00".to_vec(), Some((640, 480))),
        (
            "webp, extended",
            b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0".to_vec(),
            Some((640, 480)),
        ),
        ("a short png", png(1, 1)[..18].to_vec(), None),
        ("a png of nothing", png(0, 7), None),
        ("bmp", b"BM\0\0\0\0".to_vec(), None),
        ("nothing", Vec::new(), None),
    ];
    for (name, bytes, expected) in cases {
        let size = size_of_base64(&STANDARD.encode(bytes)).map(|size| (size.width, size.height));
        assert_eq!(size, expected, "{name}");
    }
    // What isn't base64 further on doesn't spoil the head.
    let broken = format!("{}\u{fffd}", STANDARD.encode(png(1024, 768)));
    assert_eq!(size_of_base64(&broken), Some(Size { width: 1024, height: 768 }));
}

/// The figures of the vendors' own documents.
#[test]
fn tokens_follow_from_the_size() {
    let of = |model: &str, width, height, detail| {
        Meter::counting(model).image_of(Some(Size { width, height }), detail)
    };
    let cases = [
        (of("gpt-4o", 1024, 1024, None), 765),
        (of("gpt-4o", 2048, 4096, Some("high")), 1105),
        (of("gpt-4o", 4096, 8192, Some("low")), 85),
        (of("gpt-4o-mini", 512, 512, None), 8_500),
        (of("o1", 1024, 1024, None), 675),
        (of("gpt-5", 512, 512, None), 210),
        (of("gpt-4.1-mini", 1024, 1024, None), 1_659),
        (of("gpt-4.1-nano", 4000, 4000, None), 3_779),
        (of("claude-sonnet-4-5", 1000, 1000, None), 1_334),
        (of("claude-sonnet-4-5", 200, 200, None), 54),
        (of("claude-sonnet-4-5", 8000, 6000, None), 1_600),
        (of("gemini-2.5-pro", 384, 384, None), 258),
        (of("gemini-2.5-pro", 1024, 1024, None), 4 * 258),
    ];
    for (at, (tokens, expected)) in cases.into_iter().enumerate() {
        assert_eq!(tokens, expected, "case {at}");
    }
    assert_eq!(ImageRule::Tiles { base: 85, tile: 170 }.tokens(None, false), 1_105);
    let endless = Size { width: u64::MAX, height: u64::MAX };
    for model in ["gpt-4o", "gpt-5-mini", "claude-opus-4-7", "gemini-3-pro"] {
        assert!(Meter::counting(model).image_of(Some(endless), None) < 20_000, "{model}");
    }
}

#[test]
fn pages_are_seen_or_guessed() {
    let pdf =
        "%PDF-1.4 <</Type /Pages /Kids[]>> <</Type /Page /Parent 1>> <</Type/Page>> <</Type /PageLabel>>";
    let meter = Meter::counting("claude-sonnet-4-5");
    assert_eq!(meter.document(Some(&STANDARD.encode(pdf))), 2 * 4_000);
    assert_eq!(meter.document(Some(&STANDARD.encode(vec![b'x'; 50_000]))), 3 * 4_000);
    assert_eq!(meter.document(None), 4_000);
}
