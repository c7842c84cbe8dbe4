//! Addresses that a front door knows.

use super::fits;

#[test]
fn a_star_is_part_of_one_name() {
    for (form, address, expected) in [
        ("/v1/messages", "/v1/messages", true),
        ("/v1/messages", "/v1/messages?beta=true", false),
        ("/models/gemini-*:count", "/models/gemini-2.5:count", true),
        ("/models/gemini-*:count", "/models/gemini-:count", false),
        ("/models/gemini-*:count", "/models/gemini-a/b:count", false),
        ("/models/gemini-*:count", "/models/other:count", false),
    ] {
        assert_eq!(fits(form, address), expected, "{form} {address}");
    }
}
