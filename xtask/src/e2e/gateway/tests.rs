//! Reading the address that a started gateway prints.

use super::listening_address;

#[test]
fn the_address_is_read_once_its_line_is_complete() {
    let check = |output: &str, expected: Option<&str>| {
        assert_eq!(listening_address(output).as_deref(), expected, "{output:?}");
    };
    check("", None);
    check("starting\nlistening on http://127.0.0.1:80", None);
    check("starting\nlistening on http://127.0.0.1:8081\n", Some("127.0.0.1:8081"));
    check("INFO listening on http://[::1]:8081 version=1\n", Some("[::1]:8081"));
}
