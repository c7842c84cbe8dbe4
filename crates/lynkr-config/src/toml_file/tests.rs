//! What is read from TOML files.

use super::{UnknownKey, parse};
use crate::parse::Raw;

fn known(key: &str) -> bool {
    ["server.port", "models.aliases", "ollama.tool_capable", "openai.api_key"].contains(&key)
}

#[test]
fn known_keys_are_read_and_unknown_ones_named() {
    let text = "[server]\nport = 9\nprot = 8\n[models.aliases]\nfast = 'openai:a'\n[ollama]\ntool_capable = ['x', 'y']\n[sevrer]\nport = 1";
    let file = parse(text, &known).unwrap();
    assert_eq!(
        file.entries,
        [
            ("models.aliases".to_owned(), Raw::Pairs(vec![("fast".to_owned(), "openai:a".to_owned())])),
            ("ollama.tool_capable".to_owned(), Raw::List(vec!["x".to_owned(), "y".to_owned()])),
            ("server.port".to_owned(), Raw::Text("9".to_owned())),
        ]
    );
    assert_eq!(file.unknown, [UnknownKey("server.prot".to_owned()), UnknownKey("sevrer.port".to_owned())]);
}

#[test]
fn scalars_keep_their_text() {
    for (value, expected) in [("-3", "-3"), ("true", "true"), ("1.5", "1.5"), ("''", ""), ("'a'", "a")] {
        let file = parse(&format!("[server]\nport = {value}"), &known).unwrap();
        assert_eq!(file.entries, [("server.port".to_owned(), Raw::Text(expected.to_owned()))]);
    }
}

#[test]
fn an_error_names_the_place_without_quoting_the_file() {
    let Err(message) = parse("[openai]\napi_key = sk-live-secret-value\n", &known) else {
        panic!("unquoted text is not TOML")
    };
    assert!(message.contains("line 2"), "{message}");
    assert!(!message.contains("secret"), "{message}");
}
