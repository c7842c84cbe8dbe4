//! The commands that people copy, on the terminal and in the documents.

use super::{Connection, clients, reachable};

const DOCUMENTS: &[(&str, &str)] = &[
    ("README.md", include_str!("../../../../README.md")),
    ("docs/clients.md", include_str!("../../../../docs/clients.md")),
];

const BUILTIN: Connection<'_> =
    Connection { base: "http://127.0.0.1:8080", key: "lynkr", model: "lynkr-builtin", codex_default: false };

#[test]
fn the_documents_show_the_commands_that_the_gateway_prints() {
    for (name, text) in DOCUMENTS {
        for client in clients(&BUILTIN) {
            assert!(text.contains(&client.command), "{name} lacks {}: {}", client.name, client.command);
        }
    }
}

#[test]
fn codex_keeps_its_own_model_where_openai_answers() {
    let codex = |codex_default| clients(&Connection { codex_default, ..BUILTIN })[1].command.clone();
    assert!(codex(false).contains("codex -m lynkr-builtin -c"), "{}", codex(false));
    assert!(codex(true).contains("codex -c"), "{}", codex(true));
}

#[test]
fn commands_name_an_address_that_can_be_reached() {
    let shown = |address: &str| reachable(address.parse().unwrap()).to_string();
    assert_eq!(shown("0.0.0.0:80"), "127.0.0.1:80");
    assert_eq!(shown("[::]:80"), "[::1]:80");
    assert_eq!(shown("192.0.2.1:80"), "192.0.2.1:80");
}
