//! How versions are read.

use super::Version;

#[test]
fn versions() {
    for (text, expected) in [
        ("0.14.0", Some(Version(0, 14, 0))),
        ("v0.13.5\n", Some(Version(0, 13, 5))),
        ("0.14.0-rc1", Some(Version(0, 14, 0))),
        ("1", Some(Version(1, 0, 0))),
        ("0.15.1+build.7", Some(Version(0, 15, 1))),
        ("", None),
        ("x.y", None),
        ("1.99999999999.0", None),
    ] {
        assert_eq!(Version::parse(text), expected, "{text}");
    }
    assert!(Version(0, 9, 9) < Version(0, 14, 0));
}
