//! What a masked value still shows.

use super::{for_display, mask};
use crate::Kind;

#[test]
fn a_secret_shows_its_ending_only_when_it_is_long() {
    for (secret, shown) in [
        ("", "****"),
        ("short", "****"),
        ("elevenchars", "****"),
        ("twelve-chars", "****hars"),
        ("ключ-ключ-ключ", "****ключ"),
    ] {
        assert_eq!(mask(secret), shown, "{secret}");
    }
}

#[test]
fn a_url_loses_its_user_part_and_query() {
    for (url, shown) in [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://me:pass@host/v1", "https://****@host/v1"),
        ("me:pass@host", "****@host"),
        ("https://h/v1?key=sk-123", "https://h/v1?****"),
    ] {
        assert_eq!(for_display(Kind::Url, url), shown);
    }
}

#[test]
fn a_servers_password_is_never_shown() {
    let rows = [
        (
            "postgres://lynkr:pw@db.internal:5432/lynkr?sslpassword=pw",
            "postgres://****@db.internal:5432/lynkr?****",
        ),
        ("postgres://lynkr:p?w@d#b@db/lynkr", "postgres://****@db/lynkr"),
        ("redis://:pw@cache:6379/0", "redis://****@cache:6379/0"),
        ("postgres://db/lynkr?password=pw", "postgres://db/lynkr?****"),
        ("sqlite:/var/lib/lynkr.db", "sqlite:/var/lib/lynkr.db"),
        ("redis://cache", "redis://cache"),
    ];
    for (value, shown) in rows {
        assert_eq!(for_display(Kind::ServerUrl, value), shown);
    }
}
